<?php

namespace FittingRoom\TryItOn;

/** Puts the plugin's parts together, once WooCommerce is loaded. */
final class Plugin
{
    public const VERSION = '0.1.0';

    /** WooCommerce's optional features, and whether the plugin works with them. */
    private const FEATURES = [
        // Orders are read and written by WooCommerce's own classes alone.
        'custom_order_tables' => true,
        // Nothing is shown in cart and checkout, and lines are written by an action of both.
        'cart_checkout_blocks' => true,
        // The product's box is on the classic edit page.
        'product_block_editor' => false,
    ];

    private string $file;

    public function __construct(string $file)
    {
        $this->file = $file;
    }

    public function start(): void
    {
        add_action('before_woocommerce_init', [$this, 'declareFeatures']);
        add_action('plugins_loaded', [$this, 'load']);
        register_deactivation_hook($this->file, [OrderSender::class, 'unschedule']);
    }

    public function declareFeatures(): void
    {
        $features = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
        if (!class_exists($features)) {
            return;
        }
        foreach (self::FEATURES as $feature => $isSupported) {
            $features::declare_compatibility($feature, $this->file, $isSupported);
        }
    }

    public function load(): void
    {
        add_action('init', function (): void {
            $languages = dirname(plugin_basename($this->file)) . '/languages';
            load_plugin_textdomain('try-it-on', false, $languages);
        });
        if (!class_exists('WooCommerce')) {
            add_action('admin_notices', [$this, 'askForWooCommerce']);
            return;
        }
        $settings = Settings::load();
        (new Button($this->file, $settings))->register();
        (new CartLine())->register();
        (new OrderSender($settings))->register();
        if (is_admin()) {
            (new SettingsPage($this->file))->register();
            (new ProductBox())->register();
        }
    }

    public function askForWooCommerce(): void
    {
        if (!current_user_can('activate_plugins')) {
            return;
        }
        printf(
            '<div class="notice notice-warning"><p>%s</p></div>',
            esc_html__('“Try it on” needs WooCommerce: install and activate it.', 'try-it-on')
        );
    }
}
