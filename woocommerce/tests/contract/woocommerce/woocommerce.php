<?php

/**
 * Plugin Name: WooCommerce (contract)
 * Description: A shop by WooCommerce's published signatures, for the tests of "Try it on".
 * Version:     10.0.0
 */

defined('ABSPATH') || exit;

/** Plugins look for this class to know that WooCommerce is there. */
final class WooCommerce
{
}

require __DIR__ . '/data.php';
require __DIR__ . '/functions.php';
require __DIR__ . '/features.php';
require __DIR__ . '/store.php';
require __DIR__ . '/pages.php';
require __DIR__ . '/controls.php';
if (get_option('contract_has_scheduler')) {
    require __DIR__ . '/scheduler.php';
}

add_action('init', static function () {
    do_action('before_woocommerce_init');
}, 0);

add_action('init', static function () {
    register_post_type('product', [
        'label' => 'Products', 'public' => true, 'supports' => ['title', 'thumbnail'],
        'rewrite' => ['slug' => 'product'], 'capability_type' => 'post',
    ]);
    register_post_type('product_variation', ['label' => 'Variations', 'public' => false]);
}, 5);

add_filter('use_block_editor_for_post_type', static function ($can, $type) {
    return $type === 'product' ? false : $can;
}, 10, 2);

add_action('admin_menu', static function () {
    add_menu_page('WooCommerce', 'WooCommerce', 'edit_others_posts', 'woocommerce', static function () {
        echo '<h1>WooCommerce</h1>';
    });
}, 9);

// As WooCommerce saves a product: its own nonce, then the action, then the product.
add_action('add_meta_boxes_product', static function () {
    add_meta_box('woocommerce-product-data', 'Product data', static function () {
        wp_nonce_field('woocommerce_save_data', 'woocommerce_meta_nonce');
    }, 'product');
});
add_action('save_post_product', static function ($id) {
    $nonce = $_POST['woocommerce_meta_nonce'] ?? '';
    if (!wp_verify_nonce(wp_unslash($nonce), 'woocommerce_save_data') || !current_user_can('edit_post', $id)) {
        return;
    }
    $product = wc_get_product($id);
    do_action('woocommerce_admin_process_product_object', $product);
    $product->save();
}, 1);

register_activation_hook(__FILE__, static function () {
    global $wpdb;
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    dbDelta("CREATE TABLE {$wpdb->prefix}wc_orders (
        id bigint unsigned NOT NULL AUTO_INCREMENT, data longtext NOT NULL, PRIMARY KEY  (id))");
    dbDelta("CREATE TABLE {$wpdb->prefix}wc_orders_meta (
        id bigint unsigned NOT NULL AUTO_INCREMENT, order_id bigint unsigned, meta_key varchar(255),
        meta_value text, PRIMARY KEY  (id))");
    get_role('administrator')->add_cap('manage_woocommerce');
    add_role('shop_manager', 'Shop manager', [
        'read' => true, 'manage_woocommerce' => true, 'edit_posts' => true, 'edit_others_posts' => true,
    ]);
});
