<?php

/** Products are posts, as WooCommerce keeps them; orders have tables of their own (HPOS). */

function wc_get_product($the_product = false, $deprecated = [])
{
    $post = get_post($the_product);
    if (!$post || !in_array($post->post_type, ['product', 'product_variation'], true)) {
        return false;
    }
    $meta = array_map(static fn ($values) => maybe_unserialize($values[0]), get_post_meta($post->ID));
    $data = [
        'name' => $post->post_title,
        'status' => $post->post_status,
        'price' => $meta['_price'] ?? '',
        'image_id' => $meta['_thumbnail_id'] ?? '',
        'gallery_image_ids' => wp_parse_id_list($meta['_product_image_gallery'] ?? ''),
    ];
    if ($post->post_type === 'product_variation') {
        foreach ($meta as $key => $value) {
            if (strncmp($key, 'attribute_', 10) === 0) {
                $data['attributes'][substr($key, 10)] = $value;
            }
        }
        $data['parent_image_id'] = get_post_thumbnail_id($post->post_parent);
        return (new WC_Product_Variation())->fill($post->ID, $data, $meta);
    }
    $children = get_posts([
        'post_type' => 'product_variation', 'post_parent' => $post->ID, 'numberposts' => -1,
        'orderby' => 'ID', 'order' => 'ASC', 'fields' => 'ids',
    ]);
    $data['children'] = array_map('wc_get_product', $children);
    $product = $children ? new WC_Product_Variable() : new WC_Product_Simple();
    return $product->fill($post->ID, $data, $meta);
}

function wc_get_order($the_order = false)
{
    global $wpdb;
    $id = absint($the_order);
    $row = $wpdb->get_var($wpdb->prepare("SELECT data FROM {$wpdb->prefix}wc_orders WHERE id = %d", $id));
    if ($row === null) {
        return false;
    }
    $data = json_decode($row, true);
    $items = [];
    foreach ($data['items'] as $item) {
        $items[] = (new WC_Order_Item_Product())->fill(count($items) + 1, $item['data'], $item['meta']);
    }
    $data['items'] = $items;
    $data['date_created'] = new WC_DateTime($data['date_created']);
    $select = "SELECT meta_key, meta_value FROM {$wpdb->prefix}wc_orders_meta WHERE order_id = %d";
    $meta = $wpdb->get_results($wpdb->prepare($select, $id), ARRAY_A);
    return (new WC_Order())->fill($id, $data, array_column($meta, 'meta_value', 'meta_key'));
}

/** The contract's own: what `WC_Order::save` does. */
function wc_contract_store_order($id, array $data, array $meta)
{
    global $wpdb;
    $data['items'] = array_map(static fn ($item) => $item->to_array(), $data['items']);
    $data['date_created'] = $data['date_created']->format('c');
    $row = ['data' => wp_json_encode($data)];
    if ($id) {
        $wpdb->update("{$wpdb->prefix}wc_orders", $row, ['id' => $id]);
    } else {
        $wpdb->insert("{$wpdb->prefix}wc_orders", $row);
        $id = (int) $wpdb->insert_id;
    }
    $wpdb->delete("{$wpdb->prefix}wc_orders_meta", ['order_id' => $id]);
    foreach ($meta as $key => $value) {
        $wpdb->insert("{$wpdb->prefix}wc_orders_meta", [
            'order_id' => $id, 'meta_key' => $key, 'meta_value' => $value,
        ]);
    }
    return $id;
}

function wc_get_logger()
{
    return new class {
        public function warning($message, $context = [])
        {
            error_log($context['source'] . ': ' . $message);
        }
    };
}
