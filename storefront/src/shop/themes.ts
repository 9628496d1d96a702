// What the scripts of two themes do on their product pages (`shop/themes.mjs`): Dawn's sends its form and opens a drawer,
// WooCommerce's page says after its form what is in the cart.

class ProductForm extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('form')?.addEventListener('submit', (event) => void this.#submit(event));
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    // A shop of files takes no POST: this one says 200 to whatever is added.
    const { ok } = await fetch('/cart/add.json', { cache: 'no-store' });
    const drawer = document.querySelector<HTMLElement>('cart-drawer');
    if (!ok || !drawer) return;
    drawer.textContent = `In your cart: ${String(fields.get('quantity'))} × ${String(fields.get('id'))}${fields.has('properties[_try_on]') ? ', tried on' : ''}`;
    drawer.hidden = false;
  }
}
customElements.define('product-form', ProductForm);

// The theme keeps the variant in a hidden field.
document.querySelector('variant-selects')?.addEventListener('change', ({ target }) => {
  const field = document.querySelector<HTMLInputElement>('.product-variant-id');
  if (!field) return;
  field.value = (target as HTMLElement).dataset['id'] ?? '';
  field.dispatchEvent(new Event('change', { bubbles: true }));
});

const added = new URLSearchParams(location.search);
const notices = document.querySelector('.woocommerce-notices-wrapper');
if (notices && added.has('add-to-cart')) {
  notices.textContent = `${added.get('quantity') ?? ''} × Jumper has been added to your cart${added.has('try_on') ? ', tried on' : ''}.`;
}
