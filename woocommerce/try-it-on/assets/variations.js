// Where a product has more variations than WooCommerce puts into the page, it asks its server for
// the selected one and tells by `found_variation`, an event of jQuery's: the element learns of it.
(($) => {
  $(document.body).on('found_variation', '.variations_form', ({ currentTarget }, variation) => {
    const product = variation.try_it_on;
    if (!product) return;
    const id = currentTarget.dataset.product_id;
    for (const element of document.querySelectorAll(`try-it-on[product-id="${CSS.escape(id)}"]`)) {
      const known = JSON.parse(element.getAttribute('products') ?? '[]');
      if (known.some((other) => other.id === product.id)) continue;
      element.setAttribute('products', JSON.stringify([...known, product]));
    }
  });
})(window.jQuery);
