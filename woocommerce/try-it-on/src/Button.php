<?php

namespace FittingRoom\TryItOn;

/** Puts the button on product pages, with the gateway's script. */
final class Button
{
    public const SHORTCODE = 'try_it_on';

    private const SCRIPT = 'try-it-on';
    private const VARIATIONS_SCRIPT = 'try-it-on-variations';

    /** Holds the button's place while its script loads, and gives it up where it can't be loaded. */
    private const STYLE = 'try-it-on{display:block;clear:both;min-height:48px;margin-block:1em}'
        . 'try-it-on:not(:defined){overflow:hidden;visibility:hidden;'
        . 'animation:try-it-on-missing 0s 8s forwards}'
        . '@keyframes try-it-on-missing{to{height:0;min-height:0;margin:0}}';

    private string $pluginFile;
    private Settings $settings;
    /** @var array<int, true> Products of this page that have their button. */
    private array $printed = [];

    public function __construct(string $pluginFile, Settings $settings)
    {
        $this->pluginFile = $pluginFile;
        $this->settings = $settings;
    }

    public function register(): void
    {
        add_shortcode(self::SHORTCODE, [$this, 'shortcode']);
        if (!$this->settings->isReady()) {
            return;
        }
        $action = Settings::POSITIONS[$this->settings->get('position')];
        if ($action !== '') {
            add_action($action, [$this, 'print']);
        }
        add_action('wp_enqueue_scripts', [$this, 'registerAssets']);
        add_filter('script_loader_tag', [$this, 'asModule'], 10, 2);
        add_filter('woocommerce_available_variation', [$this, 'addToVariation'], 10, 3);
    }

    public function registerAssets(): void
    {
        $version = Plugin::VERSION;
        wp_register_style(self::SCRIPT, false, [], $version);
        wp_add_inline_style(self::SCRIPT, self::STYLE);
        // The gateway tells by its own headers how long the script is fresh.
        $element = $this->settings->get('gateway') . '/try-it-on.js';
        wp_register_script(self::SCRIPT, $element, [], null, true);
        $script = plugins_url('assets/variations.js', $this->pluginFile);
        wp_register_script(self::VARIATIONS_SCRIPT, $script, ['jquery'], $version, true);
        if (is_product()) {
            wp_enqueue_style(self::SCRIPT);
        }
    }

    /** Prints the button of the product that the page shows. */
    public function print(): void
    {
        global $product;
        if ($product instanceof \WC_Product) {
            // Escaped attribute by attribute.
            echo $this->html($product);
        }
    }

    /**
     * `[try_it_on]`, or `[try_it_on id="4711"]` outside of a product page.
     *
     * @param mixed $attributes
     */
    public function shortcode($attributes): string
    {
        global $product;
        $id = is_array($attributes) ? absint($attributes['id'] ?? 0) : 0;
        $shown = $id > 0 ? wc_get_product($id) : $product;
        $isPublic = $shown instanceof \WC_Product && $shown->get_status() === 'publish';
        return $isPublic ? $this->html($shown) : '';
    }

    /**
     * Modules may load others and run once the page is there.
     *
     * @param string $tag
     * @param string $handle
     */
    public function asModule($tag, $handle): string
    {
        if ($handle !== self::SCRIPT) {
            return $tag;
        }
        $untyped = preg_replace('/(<script\b[^>]*?)\s+type=(["\'])[^"\']*\2/', '$1', $tag);
        $module = '<script type="module"';
        return (string) preg_replace('/<script\b(?=[^>]*\ssrc=)/', $module, (string) $untyped);
    }

    /**
     * What `assets/variations.js` hands on when the shopper has selected a variation.
     *
     * @param mixed $data
     * @param mixed $product
     * @param mixed $variation
     * @return mixed
     */
    public function addToVariation($data, $product, $variation)
    {
        if (!is_array($data) || !$product instanceof \WC_Product) {
            return $data;
        }
        if (!$variation instanceof \WC_Product_Variation) {
            return $data;
        }
        $element = new Element($product, $this->settings);
        if ($element->hasVariationsOnRequest() && $element->attributes() !== null) {
            $data[self::SHORTCODE] = $element->variation($variation);
        }
        return $data;
    }

    private function html(\WC_Product $product): string
    {
        $element = new Element($product, $this->settings);
        $attributes = $element->attributes();
        // Some themes print a product's form twice, for a bar that stays in view.
        if ($attributes === null || isset($this->printed[$product->get_id()])) {
            return '';
        }
        $this->printed[$product->get_id()] = true;
        wp_enqueue_style(self::SCRIPT);
        wp_enqueue_script(self::SCRIPT);
        if ($element->hasVariationsOnRequest()) {
            wp_enqueue_script(self::VARIATIONS_SCRIPT);
        }
        return Element::html($attributes) . $this->field($element);
    }

    /**
     * The form's field for the result's id. WooCommerce's block "Add to Cart + Options" sends its
     * form as one, with such fields, only if a plugin has put one into it.
     */
    private function field(Element $element): string
    {
        $position = $this->settings->get('position');
        $isInForm = in_array($position, ['after_button', 'before_button'], true);
        if (!$isInForm || !$element->isSoldHere()) {
            return '';
        }
        return '<input type="hidden" name="' . Element::escape(CartLine::FIELD) . '" value="">';
    }
}
