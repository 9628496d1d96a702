<?php

/**
 * Product pages with WooCommerce's forms: the fields, names and actions of its templates
 * `single-product/add-to-cart/`, and the cart that takes them.
 */

function is_product()
{
    return is_singular('product');
}

/** What a theme calls for the product's form. */
function woocommerce_template_single_add_to_cart()
{
    global $product;
    do_action('woocommerce_before_add_to_cart_form');
    $product instanceof WC_Product_Variable ? wc_contract_variable_form($product) : wc_contract_simple_form($product);
    do_action('woocommerce_after_add_to_cart_form');
}

function wc_contract_simple_form(WC_Product $product)
{
    printf('<form class="cart" action="%s" method="post" enctype="multipart/form-data">', esc_url($product->get_permalink()));
    do_action('woocommerce_before_add_to_cart_button');
    echo '<input type="number" class="input-text qty text" name="quantity" value="1" min="1">';
    printf(
        '<button type="submit" name="add-to-cart" value="%d" class="single_add_to_cart_button button alt">Add to cart</button>',
        $product->get_id()
    );
    do_action('woocommerce_after_add_to_cart_button');
    echo '</form>';
}

function wc_contract_variable_form(WC_Product_Variable $product)
{
    $isInPage = count($product->get_children()) <= apply_filters('woocommerce_ajax_variation_threshold', 30, $product);
    $variations = $isInPage ? $product->get_available_variations() : false;
    printf(
        '<form class="variations_form cart" action="%s" method="post" enctype="multipart/form-data" data-product_id="%d" data-product_variations="%s">',
        esc_url($product->get_permalink()),
        $product->get_id(),
        _wp_specialchars(wp_json_encode($variations), ENT_QUOTES, 'UTF-8', true)
    );
    $colours = array_map(
        static fn ($child) => $child->get_variation_attributes()['attribute_pa_colour'],
        $product->get_available_variations('objects')
    );
    echo '<table class="variations"><tr><td class="value"><select name="attribute_pa_colour"><option value="">Choose</option>';
    foreach ($colours as $colour) {
        printf('<option value="%1$s">%1$s</option>', esc_attr($colour));
    }
    echo '</select></td></tr></table><div class="single_variation_wrap"><div class="woocommerce-variation-add-to-cart variations_button">';
    do_action('woocommerce_before_add_to_cart_button');
    echo '<input type="number" class="input-text qty text" name="quantity" value="1" min="1">';
    echo '<button type="submit" class="single_add_to_cart_button button alt disabled">Add to cart</button>';
    do_action('woocommerce_after_add_to_cart_button');
    printf('<input type="hidden" name="add-to-cart" value="%1$d"><input type="hidden" name="product_id" value="%1$d">', $product->get_id());
    echo '<input type="hidden" name="variation_id" class="variation_id" value="0"></div></div></form>';
}

add_action('wp_enqueue_scripts', static function () {
    if (is_product()) {
        wp_enqueue_script('wc-add-to-cart-variation', plugins_url('variation-form.js', __FILE__), ['jquery'], null, true);
    }
});

// The page asks for a variation that isn't in it.
add_action('template_redirect', static function () {
    if (($_GET['wc-ajax'] ?? '') !== 'get_variation') {
        return;
    }
    $product = wc_get_product(absint($_POST['product_id']));
    foreach ($product->get_available_variations('objects') as $variation) {
        if ($variation->get_variation_attributes()['attribute_pa_colour'] === wp_unslash($_POST['attribute_pa_colour'])) {
            wp_send_json($product->get_available_variation($variation));
        }
    }
    wp_send_json(false);
});

/** The cart of this visitor, by key. */
function wc_contract_cart()
{
    return get_option('contract_cart_' . sanitize_key($_COOKIE['contract_visitor'] ?? ''), []);
}

add_action('wp_loaded', static function () {
    if (!isset($_REQUEST['add-to-cart']) || !is_numeric($_REQUEST['add-to-cart'])) {
        return;
    }
    $product = absint($_REQUEST['add-to-cart']);
    $variation = absint($_REQUEST['variation_id'] ?? 0);
    $quantity = absint($_REQUEST['quantity'] ?? 1);
    $data = (array) apply_filters('woocommerce_add_cart_item_data', [], $product, $variation, $quantity);
    // The same product with other data is another line.
    $key = md5(implode('_', [$product, $variation, wp_json_encode($data)]));
    $visitor = sanitize_key($_COOKIE['contract_visitor'] ?? '');
    if ($visitor === '') {
        $visitor = strtolower(wp_generate_password(20, false));
        setcookie('contract_visitor', $visitor, 0, '/');
        $_COOKIE['contract_visitor'] = $visitor;
    }
    $cart = wc_contract_cart();
    $quantity += $cart[$key]['quantity'] ?? 0;
    $cart[$key] = ['product_id' => $product, 'variation_id' => $variation, 'quantity' => $quantity] + $data;
    update_option('contract_cart_' . $visitor, $cart, false);
}, 20);

/** What `WC_Checkout` does with the cart: an order of its lines. */
function wc_contract_checkout()
{
    $order = new WC_Order();
    $items = [];
    foreach (wc_contract_cart() as $key => $values) {
        $price = (float) wc_get_product($values['product_id'])->get_price();
        $item = (new WC_Order_Item_Product())->fill(count($items) + 1, [
            'product_id' => $values['product_id'],
            'variation_id' => $values['variation_id'],
            'quantity' => $values['quantity'],
            'total' => (string) ($price * $values['quantity']),
        ]);
        do_action('woocommerce_checkout_create_order_line_item', $item, $key, $values, $order);
        $items[] = $item;
    }
    $order->fill(0, [
        'items' => $items, 'currency' => 'EUR', 'status' => 'pending', 'date_created' => new WC_DateTime(),
        'billing_email' => 'ada@customer.example',
    ]);
    $order->save();
    $order->update_status('processing');
    return $order;
}
