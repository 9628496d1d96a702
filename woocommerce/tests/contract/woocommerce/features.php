<?php

namespace Automattic\WooCommerce\Utilities;

/** Keeps what plugins declare. */
class FeaturesUtil
{
    /** @var array<string, array<string, bool>> By feature and plugin. */
    public static $declared = [];

    public static function declare_compatibility(
        string $feature_id,
        string $plugin_file,
        bool $positive_compatibility = true
    ): bool {
        self::$declared[$feature_id][plugin_basename($plugin_file)] = $positive_compatibility;
        return doing_action('before_woocommerce_init');
    }
}
