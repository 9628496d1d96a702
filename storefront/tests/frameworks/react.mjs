// A shop in React 19, in strict mode: the plain tag, with attributes and events as React sets them.
import { createElement as h, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const colours = [
  { id: '1', title: 'Sage', image: '/pictures/tshirt-sage.jpg' },
  { id: '2', title: 'Rust', image: '/pictures/tshirt-rust.jpg' },
];

function Shop() {
  const [chosen, choose] = useState(0);
  const [said, say] = useState('');
  const { id, title, image } = colours[chosen];
  return h('main', null,
    h('button', { id: 'next', onClick: () => choose(1 - chosen) }, 'Next colour'),
    h('p', { id: 'said' }, said),
    h('try-it-on', {
      gateway: '', 'product-id': id, 'product-title': title, 'product-image': image, cart: true,
      'ontryon:result': ({ detail }) => say(`result of ${detail.productId}`),
      'ontryon:cart': ({ detail }) => detail.respondWith(Promise.resolve(say(`cart of ${detail.productId}`))),
    }));
}

createRoot(document.getElementById('app')).render(h(StrictMode, null, h(Shop)));
