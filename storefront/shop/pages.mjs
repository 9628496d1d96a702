// The demo shop's pages, written once by the build. Plain HTML: no inline script, no inline style.
import { products, shop } from './catalogue.mjs';
import { themes } from './themes.mjs';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value) => String(value).replace(/[&<>"]/g, (char) => escapes[char]);
const price = (value) => new Intl.NumberFormat('en', { style: 'currency', currency: shop.currency, maximumFractionDigits: 0 }).format(value);
const address = (picture) => `/pictures/${picture}.jpg`;

/** Each page by its path in the site. */
export function pages() {
  return new Map([
    ['index.html', home()],
    ...products.map((product) => [`products/${product.id}.html`, productPage(product)]),
    ['states.html', states()],
    ...themes(page),
    ['404.html', missing()],
  ]);
}

function picture(name, alt, { sizes, first = false, extra = '' }) {
  const widths = [400, 800, 1200];
  const set = widths.map((width) => `/pictures/${name}-${width}.webp ${width}w`).join(', ');
  return `<img src="${address(name)}" srcset="${set}" sizes="${sizes}" width="1200" height="1500" alt="${text(alt)}"
    ${first ? 'fetchpriority="high"' : 'loading="lazy"'} decoding="async"${extra}>`;
}

/** What the dialog offers to try on with the same photo: the product's colours, then the other products. */
function others(product) {
  const rest = products.filter((other) => other !== product).map((other) => ({ ...other.colours[0], title: other.title, price: price(other.price), url: `/products/${other.id}` }));
  const own = product.colours.map((colour) => ({ ...colour, title: `${product.title}, ${colour.name}`, option: colour.name, price: price(product.price) }));
  const list = [...own, ...rest].map(({ id, title, picture: name, option, price: cost, url }) => ({ id, title, image: address(name), option, price: cost, url }));
  return text(JSON.stringify(list));
}

function tryItOn(product, colour, attributes = '') {
  const title = product.colours.length > 1 ? `${product.title}, ${colour.name}` : product.title;
  return `<try-it-on
    gateway=""
    product-id="${colour.id}"
    product-title="${text(title)}"
    product-image="${address(colour.picture)}"
    products="${others(product)}"
    sample="/pictures/${shop.sample}.jpg"
    privacy-url="/#privacy"
    ${attributes}></try-it-on>`;
}

function home() {
  const cards = products.map((product, index) => {
    const colour = product.colours[0];
    const swatches = product.colours.map(({ name }) => name).join(', ');
    return `<li class="card">
      <a href="/products/${product.id}">
        ${picture(colour.picture, '', { sizes: '(max-width: 40rem) 50vw, (max-width: 75rem) 25vw, 18rem', first: index < 2 })}
        <span class="card-title">${text(product.title)}</span>
        <span class="card-price">${price(product.price)}</span>
        <span class="card-colours">${text(swatches)}</span>
      </a>
      ${tryItOn(product, colour, 'cart')}
    </li>`;
  });
  return page({
    title: shop.name,
    main: `<section class="intro">
        <h1>New this season</h1>
        <p>Four pieces, made to be worn for years. See each one on you before you decide.</p>
      </section>
      <ul class="grid">${cards.join('\n')}</ul>
      <section class="note" id="privacy">
        <h2>Your photo</h2>
        <p>Your photo is turned upright, made smaller and freed from its metadata on your device, then sent only to make
        your picture. The shop never sees it. It is kept on your device until you forget it, which takes one tap.</p>
      </section>`,
  });
}

function productPage(product) {
  const [first] = product.colours;
  const colours = product.colours.map(
    (colour, index) => `<label class="swatch" title="${text(colour.name)}">
      <input type="radio" name="colour" value="${colour.id}" ${index === 0 ? 'checked' : ''}
        data-picture="${colour.picture}" data-title="${text(`${product.title}, ${colour.name}`)}" data-name="${text(colour.name)}">
      <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="15" fill="${colour.swatch}"/></svg>
      <span class="unseen">${text(colour.name)}</span>
    </label>`,
  );
  const sizes = ['XS', 'S', 'M', 'L', 'XL'].map(
    (size) => `<label class="size"><input type="radio" name="size" value="${size}" ${size === 'M' ? 'checked' : ''}><span>${size}</span></label>`,
  );
  return page({
    title: `${product.title} · ${shop.name}`,
    main: `<nav class="crumbs" aria-label="Breadcrumb"><a href="/">All clothes</a></nav>
      <article class="product">
        <div class="gallery">${picture(first.picture, `${product.title}, ${first.name}`, { sizes: '(max-width: 60rem) 100vw, 50vw', first: true, extra: ' id="picture"' })}</div>
        <div class="buy">
          <h1>${text(product.title)}</h1>
          <p class="price">${price(product.price)}</p>
          <p>${text(product.text)}</p>
          <form id="product-form" action="/" method="get" data-product="${product.id}" data-title="${text(product.title)}">
            <fieldset><legend>Colour: <output id="colour-name">${text(first.name)}</output></legend><div class="swatches">${colours.join('')}</div></fieldset>
            <fieldset><legend>Size</legend><div class="sizes">${sizes.join('')}</div></fieldset>
            <div class="buttons">
              ${tryItOn(product, first, `form="#product-form" product-field="colour" category="${product.category}"`)}
              <button type="submit" class="add">Add to cart</button>
            </div>
            <p class="cart-note" id="cart-note" role="status"></p>
          </form>
          <ul class="details">${product.details.map((detail) => `<li>${text(detail)}</li>`).join('')}</ul>
        </div>
      </article>`,
  });
}

function states() {
  const [product] = products;
  const [colour] = product.colours;
  const languages = ['en', 'de', 'fr', 'es', 'ja', 'ar'];
  return page({
    title: `The button in its states · ${shop.name}`,
    scripts: ['/shop.js', '/states.js'],
    main: `<section class="intro"><h1>The button in its states</h1>
        <p>The same element, dressed by the shop with CSS variables and parts, in each of its languages, and every face of its dialog.</p>
        <p>And on product pages of others: <a href="/themes/dawn">in Dawn’s markup</a>, <a href="/themes/woocommerce">in WooCommerce’s</a>.</p></section>
      <section class="board"><h2>Button</h2>
        <div class="samples">
          <div>${tryItOn(product, colour)}<p>As it comes</p></div>
          <div class="filled">${tryItOn(product, colour)}<p>Filled, by CSS variables</p></div>
          <div class="pill">${tryItOn(product, colour)}<p>Round, in the shop’s colour</p></div>
          <div>${tryItOn(product, colour, 'label="See it on you"')}<p>Own words, by attribute</p></div>
          <div class="text-only">${tryItOn(product, colour)}<p>As a link, by parts</p></div>
        </div>
      </section>
      <section class="board"><h2>Languages</h2>
        <div class="samples">${languages.map((tag) => `<div lang="${tag}">${tryItOn(product, colour)}<p lang="en">${tag}</p></div>`).join('')}</div>
      </section>
      <section class="board"><h2>Dialog</h2><div id="states" class="states" data-picture="${address(colour.picture)}" data-sample="/pictures/${shop.sample}.jpg"></div></section>`,
  });
}

function missing() {
  return page({ title: `Not found · ${shop.name}`, main: '<section class="intro"><h1>There is nothing here</h1><p><a href="/">To the shop</a></p></section>' });
}

/** Without the shop's own script there is no use for its tools. */
function page({ title, main, scripts = ['/shop.js'] }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shop.css">
<script type="module" src="/try-it-on.js"></script>
${scripts.map((script) => `<script type="module" src="${script}"></script>`).join('\n')}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
  <a class="brand" href="/">${shop.name}</a>
  <nav aria-label="Shop"><a href="/">Clothes</a><a href="/states">The button</a></nav>
  ${scripts.includes('/shop.js') ? '<div class="tools"><button type="button" id="theme" class="tool" aria-pressed="false">Dark</button><p class="tool" id="cart">Cart <span id="cart-count">0</span></p></div>' : ''}
</header>
<main id="main">${main}</main>
<footer class="bottom"><p>${shop.name} is not a real shop. It shows what Fitting Room does.</p></footer>
</body>
</html>
`;
}
