// A product page as Shopify's free themes write it: an instalments form first, then the product form in an element of the
// theme's own, whose script sends it and opens a drawer.

export interface Variant {
  id: string;
  colour: string;
  image: string;
}

const variants: Variant[] = [
  { id: '41', colour: 'Sage', image: '/pictures/tshirt-sage.jpg' },
  { id: '42', colour: 'Rust', image: '/pictures/tshirt-rust.jpg' },
];

export interface DawnOptions {
  soldOut?: boolean;
  /** A field that the theme requires, empty: an engraving. */
  required?: boolean;
  gateway?: string;
  /** More attributes of the element. */
  attributes?: string;
}

export function dawn({ soldOut = false, required = false, gateway = '', attributes = '' }: DawnOptions = {}): string {
  const products = [
    ...variants.map(({ id, colour, image }) => ({ id, title: `T-shirt, ${colour}`, image, option: `${colour} / M`, price: `€${id}.00` })),
    { id: 'jumper', title: 'Jumper', image: '/pictures/cable-jumper.jpg', url: '/products/cable-jumper' },
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>T-shirt</title><link rel="icon" href="/icon.svg">
<meta name="viewport" content="width=device-width">
<script type="module" src="/try-it-on.js"></script>
</head><body>
<main>
<h1>T-shirt</h1>
<form method="post" action="/cart/add" id="product-form-installment" class="installment caption-large" accept-charset="UTF-8" enctype="multipart/form-data">
  <input type="hidden" name="form_type" value="product"><input type="hidden" name="utf8" value="✓">
  <input type="hidden" name="id" value="41"><shopify-payment-terms></shopify-payment-terms>
</form>
<variant-selects>
  <fieldset><legend>Colour</legend>
  ${variants.map(({ id, colour }, at) => `<label><input type="radio" name="Colour" value="${colour}" form="product-form" data-id="${id}" ${at === 0 ? 'checked' : ''}>${colour}</label>`).join('')}
  </fieldset>
</variant-selects>
<label>Quantity <input type="number" name="quantity" min="1" value="1" form="product-form" class="quantity__input"></label>
<product-form class="product-form" data-hide-errors="false">
  <div class="product-form__error-message-wrapper" role="alert" hidden><span class="product-form__error-message"></span></div>
  <form method="post" action="/cart/add" id="product-form" class="form" novalidate data-type="add-to-cart-form" enctype="multipart/form-data">
    <input type="hidden" name="form_type" value="product">
    <input type="hidden" name="id" value="41" class="product-variant-id">
    ${required ? '<label>Engraving <input name="properties[Engraving]" required></label>' : ''}
    <div class="product-form__buttons">
      <button type="submit" name="add" class="product-form__submit button" ${soldOut ? 'disabled' : ''}><span>${soldOut ? 'Sold out' : 'Add to cart'}</span></button>
      <div class="shopify-payment-button"><button type="button">Buy it now</button></div>
      <try-it-on gateway="${gateway}" product-id="41" product-title="T-shirt" product-image="/pictures/tshirt-sage.jpg"
        products='${JSON.stringify(products)}' form='form[action*="/cart/add"]' ${attributes}></try-it-on>
    </div>
  </form>
</product-form>
</main>
<cart-drawer class="drawer" hidden>Your cart</cart-drawer>
<script>
class ProductForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('form');
    if (${String(required)}) this.form.noValidate = false;
    this.submitButton = this.querySelector('[type="submit"]');
    this.form.addEventListener('submit', (event) => this.onSubmit(event));
  }
  async onSubmit(event) {
    event.preventDefault();
    if (this.submitButton.getAttribute('aria-disabled') === 'true') return;
    this.submitButton.setAttribute('aria-disabled', 'true');
    const answer = await fetch('/cart/add', { method: 'POST', headers: { 'X-Requested-With': 'XMLHttpRequest' }, body: new FormData(this.form) });
    const line = await answer.json();
    this.submitButton.removeAttribute('aria-disabled');
    const wrapper = this.querySelector('.product-form__error-message-wrapper');
    wrapper.hidden = !line.status;
    if (line.status) { wrapper.firstElementChild.textContent = line.description; return; }
    document.querySelector('cart-drawer').hidden = false;
  }
}
customElements.define('product-form', ProductForm);
// The theme keeps the variant in a hidden field.
document.querySelector('variant-selects').addEventListener('change', ({ target }) => {
  const field = document.querySelector('.product-variant-id');
  field.value = target.dataset.id;
  field.dispatchEvent(new Event('change', { bubbles: true }));
});
</script>
</body></html>`;
}
