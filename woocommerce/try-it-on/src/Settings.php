<?php

namespace FittingRoom\TryItOn;

/** The plugin's settings, all in one option; what is missing there or wrong has its default. */
final class Settings
{
    public const OPTION = 'try_it_on';

    public const DEFAULTS = [
        'gateway' => '',
        'garment_secret' => '',
        'orders_secret' => '',
        'products' => 'all',
        'position' => 'after_button',
        'model' => 'tryon-v1.6',
        'label' => '',
        'locale' => '',
        'consent_version' => '',
        'privacy_url' => '',
    ];

    /** Where the button stands: the action of WooCommerce's templates that prints it. */
    public const POSITIONS = [
        'after_button' => 'woocommerce_after_add_to_cart_button',
        'before_button' => 'woocommerce_before_add_to_cart_button',
        'after_form' => 'woocommerce_after_add_to_cart_form',
        // Only where the shortcode stands.
        'shortcode' => '',
    ];

    public const PRODUCTS = ['all', 'chosen'];
    public const MODELS = ['tryon-v1.6', 'tryon-max'];
    public const LOCALES = ['en', 'de', 'fr', 'es', 'ja', 'ar'];

    /** @var array<string, string> */
    private array $values;

    /** @param mixed $stored The option's value. */
    public function __construct($stored)
    {
        $texts = is_array($stored) ? array_filter($stored, 'is_string') : [];
        $this->values = array_merge(self::DEFAULTS, array_intersect_key($texts, self::DEFAULTS));
        $choices = [
            'products' => self::PRODUCTS,
            'position' => array_keys(self::POSITIONS),
            'model' => self::MODELS,
        ];
        foreach ($choices as $name => $known) {
            if (!in_array($this->values[$name], $known, true)) {
                $this->values[$name] = self::DEFAULTS[$name];
            }
        }
    }

    public static function load(): self
    {
        return new self(get_option(self::OPTION, []));
    }

    /** One setting by its name in `DEFAULTS`. */
    public function get(string $name): string
    {
        return $this->values[$name];
    }

    /** @return array<string, string> What the option stores. */
    public function toArray(): array
    {
        return $this->values;
    }

    /** Without a gateway there is nothing to show. */
    public function isReady(): bool
    {
        return $this->get('gateway') !== '';
    }

    /** Whether orders are told to the gateway. */
    public function reportsOrders(): bool
    {
        return $this->isReady() && $this->get('orders_secret') !== '';
    }
}
