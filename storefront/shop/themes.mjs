// Two product pages in others' markup, for people who put the element into such a theme: Shopify's Dawn (an instalments form
// first, the product form in an element of the theme's own) and WooCommerce (a simple product, named by its submit button).
// `src/shop/themes.ts` stands in for the theme's script.

/** @param {(page: { title: string, main: string, scripts?: string[] }) => string} page */
export function themes(page) {
  return new Map([
    ['themes/dawn.html', dawn(page)],
    ['themes/woocommerce.html', woocommerce(page)],
  ]);
}

const variants = [
  { id: '41', colour: 'Sage', image: '/pictures/tshirt-sage.jpg' },
  { id: '42', colour: 'Rust', image: '/pictures/tshirt-rust.jpg' },
];

function dawn(page) {
  const products = variants.map(({ id, colour, image }) => ({ id, title: `T-shirt, ${colour}`, image, option: colour, price: '39,00 €' }));
  return page({
    title: 'A page in Dawn’s markup',
    scripts: ['/themes.js'],
    main: `<section class="intro"><h1>T-shirt</h1><p>A product page as Shopify’s theme Dawn writes it.</p></section>
<form method="post" action="/cart/add" id="product-form-installment" class="installment caption-large">
  <input type="hidden" name="form_type" value="product"><input type="hidden" name="id" value="41">
</form>
<variant-selects><fieldset><legend>Colour</legend>
  ${variants.map(({ id, colour }, at) => `<label><input type="radio" name="Colour" value="${colour}" form="product-form" data-id="${id}"${at === 0 ? ' checked' : ''}> ${colour}</label>`).join('\n  ')}
</fieldset></variant-selects>
<label>Quantity <input type="number" name="quantity" min="1" value="1" form="product-form" class="quantity__input"></label>
<product-form class="product-form">
  <form method="post" action="/cart/add" id="product-form" class="form" novalidate data-type="add-to-cart-form">
    <input type="hidden" name="form_type" value="product">
    <input type="hidden" name="id" value="41" class="product-variant-id">
    <div class="product-form__buttons buttons">
      <button type="submit" name="add" class="product-form__submit button add"><span>Add to cart</span></button>
      <try-it-on gateway="" product-id="41" product-title="T-shirt" product-image="/pictures/tshirt-sage.jpg" sample="/pictures/shopper-woman.jpg"
        products='${JSON.stringify(products)}' form='form[action*="/cart/add"]'></try-it-on>
    </div>
  </form>
</product-form>
<cart-drawer class="drawer" hidden role="status"></cart-drawer>`,
  });
}

function woocommerce(page) {
  return page({
    title: 'A page in WooCommerce’s markup',
    scripts: ['/themes.js'],
    // WooCommerce posts; this shop is made of files, so its form asks for the page with the fields in its address.
    main: `<div class="woocommerce-notices-wrapper" role="status"></div>
<section class="intro"><h1 class="product_title">Jumper</h1><p>A simple product as WooCommerce writes it: its submit button names it.</p></section>
<form class="cart" action="/themes/woocommerce" method="get">
  <div class="quantity"><label>Jumper quantity <input type="number" class="input-text qty text" name="quantity" value="1" min="1"></label></div>
  <div class="buttons">
    <button type="submit" name="add-to-cart" value="4711" class="single_add_to_cart_button button alt add">Add to cart</button>
    <try-it-on gateway="" product-id="4711" product-title="Jumper" product-image="/pictures/cable-jumper.jpg" sample="/pictures/shopper-woman.jpg"
      form="form.cart" cart-field="try_on"></try-it-on>
  </div>
</form>`,
  });
}
