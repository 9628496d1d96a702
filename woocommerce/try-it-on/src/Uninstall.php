<?php

namespace FittingRoom\TryItOn;

/** Removes what the plugin has stored on the current site. */
final class Uninstall
{
    public static function run(): void
    {
        global $wpdb;
        delete_option(Settings::OPTION);
        foreach (array_merge(ProductOptions::META_KEYS, [OrderSender::SENT_META]) as $key) {
            delete_post_meta_by_key($key);
        }
        // Orders may have tables of their own, and the classes for them may be gone by now.
        $orders = $wpdb->prefix . 'wc_orders_meta';
        $tables = $wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like($orders));
        if ($wpdb->get_var($tables) === $orders) {
            $wpdb->delete($orders, ['meta_key' => OrderSender::SENT_META]);
        }
        OrderSender::unschedule();
    }
}
