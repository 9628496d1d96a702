// A shop in Vue: one button, and a choice that changes its product. Written as a render function, so that a strict policy holds.
import { createApp, h, ref } from 'vue';

const colours = [
  { id: '1', title: 'Sage', image: '/pictures/tshirt-sage.jpg' },
  { id: '2', title: 'Rust', image: '/pictures/tshirt-rust.jpg' },
];

createApp({
  setup() {
    const chosen = ref(0);
    const said = ref('');
    return () => {
      const { id, title, image } = colours[chosen.value];
      return h('main', [
        h('button', { id: 'next', onClick: () => (chosen.value = 1 - chosen.value) }, 'Next colour'),
        h('p', { id: 'said' }, said.value),
        h('try-it-on', {
          gateway: '', 'product-id': id, 'product-title': title, 'product-image': image, cart: '',
          'onTryon:result': ({ detail }) => (said.value = `result of ${detail.productId}`),
          'onTryon:cart': ({ detail }) => detail.respondWith(Promise.resolve((said.value = `cart of ${detail.productId}`))),
        }),
      ]);
    };
  },
}).mount('#app');
