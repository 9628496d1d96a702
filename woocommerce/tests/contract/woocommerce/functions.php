<?php

/**
 * WooCommerce's functions that ask for nothing but their arguments, with their published
 * signatures.
 */

function wc_get_formatted_variation(
    $variation,
    $flat = false,
    $include_names = true,
    $skip_attributes_in_name = false
) {
    $parts = [];
    foreach ($variation->get_variation_attributes(false) as $name => $value) {
        if ($value === '') {
            continue;
        }
        $label = ucfirst(str_replace('pa_', '', $name));
        $parts[] = $include_names ? "$label: $value" : $value;
    }
    return $flat ? implode(', ', $parts) : '<dl class="variation">' . implode('', $parts) . '</dl>';
}

function wc_get_price_decimals()
{
    return absint(apply_filters('wc_get_price_decimals', get_option('woocommerce_price_num_decimals', 2)));
}

function wc_format_decimal($number, $dp = false, $trim_zeros = false)
{
    return $dp === false ? (string) $number : number_format((float) $number, (int) $dp, '.', '');
}

function wc_get_price_to_display($product, $args = [])
{
    return (float) $product->get_price();
}

/** As HTML, the currency's sign within. */
function wc_price($price, $args = [])
{
    $number = number_format((float) $price, wc_get_price_decimals(), ',', '.');
    return '<span class="woocommerce-Price-amount amount"><bdi>' . $number
        . '&nbsp;<span class="woocommerce-Price-currencySymbol">&euro;</span></bdi></span>';
}
