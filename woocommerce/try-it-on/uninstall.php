<?php

/**
 * Removes what the plugin has stored: its settings, what products' boxes say, the marks of orders
 * that were told, and what is scheduled. Lines of orders keep their result's id: they are the
 * shop's books.
 */

namespace FittingRoom\TryItOn;

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/autoload.php';

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $site) {
        switch_to_blog($site);
        Uninstall::run();
        restore_current_blog();
    }
} else {
    Uninstall::run();
}
