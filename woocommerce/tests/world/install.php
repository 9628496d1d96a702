<?php

/** Installs WordPress with the contract's WooCommerce, and fills the shop. Prints it as JSON. */

define('WP_INSTALLING', true);

require getenv('SHOP_FOLDER') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

// No mail is sent.
function wp_mail()
{
    return true;
}

wp_install('Shop', 'admin', 'admin@shop.example', true, '', getenv('SHOP_PASSWORD'), 'en_US');
update_option('template', 'shop');
update_option('stylesheet', 'shop');
update_option('permalink_structure', '/%postname%/');
wp_mkdir_p(wp_get_upload_dir()['basedir']);
$error = activate_plugin('woocommerce/woocommerce.php');
if (is_wp_error($error)) {
    exit($error->get_error_message());
}
do_action('init');

wp_insert_user([
    'user_login' => 'manager', 'user_pass' => getenv('SHOP_PASSWORD'), 'role' => 'shop_manager',
]);
wp_insert_user([
    'user_login' => 'author', 'user_pass' => getenv('SHOP_PASSWORD'), 'role' => 'author',
]);

function picture(string $file): int
{
    copy(getenv('SHOP_PICTURE'), wp_get_upload_dir()['basedir'] . '/' . $file);
    $id = wp_insert_attachment(['post_title' => $file, 'post_mime_type' => 'image/jpeg'], $file);
    wp_update_attachment_metadata($id, ['width' => 1200, 'height' => 1600, 'file' => $file]);
    return $id;
}

function product(string $name, array $meta, int $parent = 0): int
{
    return wp_insert_post([
        'post_type' => $parent ? 'product_variation' : 'product',
        'post_title' => wp_slash($name),
        'post_name' => sanitize_title($name),
        'post_status' => 'publish',
        'post_parent' => $parent,
        'meta_input' => $meta,
    ]);
}

function page(int $id, string $name): array
{
    return ['id' => $id, 'path' => '/product/' . sanitize_title($name) . '/'];
}

function variable(string $name, array $colours): array
{
    $image = picture(sanitize_title($name) . '.jpg');
    $id = product($name, ['_price' => '19.90', '_thumbnail_id' => $image]);
    $variations = [];
    foreach ($colours as $colour) {
        $meta = ['attribute_pa_colour' => $colour, '_price' => '19.90'];
        $meta['_thumbnail_id'] = picture("$colour.jpg");
        $variations[$colour] = product("$name - $colour", $meta, $id);
    }
    return page($id, $name) + ['variations' => $variations];
}

$name = 'Linen "summer" shirt & <b>more</b>';
$flat = picture('shirt-flat.jpg');
$simple = product($name, [
    '_price' => '39.90',
    '_thumbnail_id' => picture('shirt.jpg'),
    '_product_image_gallery' => (string) $flat,
]);

echo wp_json_encode([
    'simple' => page($simple, $name) + ['flat' => $flat],
    'variable' => variable('T-shirt', ['sage', 'rust']),
    'many' => variable('Scarf', array_map(static fn ($number) => "colour-$number", range(1, 31))),
    'bare' => page(product('Bare', ['_price' => '5']), 'Bare'),
]);
