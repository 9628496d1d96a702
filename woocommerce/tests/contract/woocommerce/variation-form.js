// What WooCommerce's add-to-cart-variation.js does, as far as a product page sees it: the selected
// variation is looked up in the page, or asked for, then named in the form and told by
// `found_variation`.
jQuery(($) => {
  $('.variations_form').each((_, form) => {
    const $form = $(form);
    const found = (variation) => {
      $form
        .find('input.variation_id')
        .val(variation ? variation.variation_id : 0)
        .trigger('change');
      $form.find('.single_add_to_cart_button').toggleClass('disabled', !variation);
      if (variation) $form.trigger('found_variation', [variation]);
    };
    $form.on('change', '.variations select', ({ target }) => {
      const inPage = $form.data('product_variations');
      const fields = { [target.name]: target.value, product_id: $form.data('product_id') };
      if (!target.value) return found(undefined);
      if (!inPage) return $.post('/?wc-ajax=get_variation', fields, found);
      return found(inPage.find(({ attributes }) => attributes[target.name] === target.value));
    });
    $form.on('click', '.single_add_to_cart_button.disabled', (event) => event.preventDefault());
  });
});
