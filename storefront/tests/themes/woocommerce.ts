// Product pages as WooCommerce writes them: a simple product, whose id is its submit button's name and value, and a
// variable one, whose script enables the button when every attribute is chosen. Both forms load the page anew.

const head = `<meta charset="utf-8"><link rel="icon" href="/icon.svg"><meta name="viewport" content="width=device-width">
<script type="module" src="/try-it-on.js"></script>`;

export function simple(): string {
  return `<!doctype html><html lang="en"><head>${head}<title>Jumper</title></head><body class="single-product woocommerce">
<div class="product"><h1 class="product_title">Jumper</h1>
<form class="cart" action="/product/jumper/" method="post" enctype="multipart/form-data">
  <div class="quantity"><label>Jumper quantity <input type="number" class="input-text qty text" name="quantity" value="2" min="1" step="1"></label></div>
  <button type="submit" name="add-to-cart" value="4711" class="single_add_to_cart_button button alt">Add to cart</button>
  <try-it-on gateway="" product-id="4711" product-title="Jumper" product-image="/pictures/cable-jumper.jpg" form="form.cart" cart-field="try_on"></try-it-on>
</form></div></body></html>`;
}

const variations = [
  { variation_id: 51, attributes: { attribute_pa_colour: 'sage' }, is_in_stock: true, image: { full_src: '/pictures/tshirt-sage.jpg' } },
  { variation_id: 52, attributes: { attribute_pa_colour: 'rust' }, is_in_stock: true, image: { full_src: '/pictures/tshirt-rust.jpg' } },
  { variation_id: 53, attributes: { attribute_pa_colour: 'ink' }, is_in_stock: false, image: { full_src: '/pictures/tshirt-ink.jpg' } },
];

/** As the plugin in `woocommerce/` prints it: each variation with the fields that select it. */
export function variable(): string {
  const products = variations.map(({ variation_id, attributes, image }) => ({
    id: String(variation_id), title: `T-shirt, ${attributes.attribute_pa_colour}`, image: image.full_src, fields: attributes,
  }));
  return `<!doctype html><html lang="en"><head>${head}<title>T-shirt</title></head><body class="single-product woocommerce">
<div class="product"><h1 class="product_title">T-shirt</h1>
<form class="variations_form cart" action="/product/t-shirt/" method="post" enctype="multipart/form-data" data-product_id="50" data-product_variations='${JSON.stringify(variations)}'>
  <table class="variations"><tr><th><label for="pa_colour">Colour</label></th><td>
    <select id="pa_colour" name="attribute_pa_colour" data-attribute_name="attribute_pa_colour"><option value="">Choose an option</option>
    <option value="sage">Sage</option><option value="rust">Rust</option><option value="ink">Ink</option></select></td></tr></table>
  <div class="single_variation_wrap"><div class="woocommerce-variation-add-to-cart variations_button woocommerce-variation-add-to-cart-disabled">
    <input type="number" class="input-text qty text" name="quantity" value="1" min="1">
    <button type="submit" class="single_add_to_cart_button button alt disabled wc-variation-selection-needed">Add to cart</button>
    <input type="hidden" name="add-to-cart" value="50"><input type="hidden" name="product_id" value="50"><input type="hidden" name="variation_id" class="variation_id" value="0">
  </div></div>
  <try-it-on gateway="" product-id="50" product-title="T-shirt" product-image="/pictures/tshirt-sage.jpg" products='${JSON.stringify(products)}' form="form.cart" cart-field="try_on"></try-it-on>
</form></div>
<script>
const form = document.querySelector('.variations_form');
const variations = JSON.parse(form.dataset.product_variations);
const button = form.querySelector('.single_add_to_cart_button');
// After the select has changed, and not at once: the real script looks the variation up.
form.querySelector('select').addEventListener('change', ({ target }) => setTimeout(() => {
  const found = variations.find(({ attributes }) => attributes.attribute_pa_colour === target.value);
  form.elements.variation_id.value = found ? found.variation_id : 0;
  button.classList.toggle('disabled', !found || !found.is_in_stock);
  button.classList.toggle('wc-variation-is-unavailable', Boolean(found) && !found.is_in_stock);
}, 50));
button.addEventListener('click', (event) => { if (button.matches('.disabled')) { event.preventDefault(); document.body.dataset.alerted = 'true'; } });
</script></body></html>`;
}
