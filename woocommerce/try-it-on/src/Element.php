<?php

namespace FittingRoom\TryItOn;

/** A product as the attributes of `<try-it-on>`. */
final class Element
{
    private \WC_Product $product;
    private Settings $settings;
    private ProductOptions $options;

    public function __construct(\WC_Product $product, Settings $settings)
    {
        $this->product = $product;
        $this->settings = $settings;
        $this->options = ProductOptions::of($product);
    }

    /** @return array<string, string>|null Null where there is nothing to try on. */
    public function attributes(): ?array
    {
        $settings = $this->settings;
        $image = $this->image();
        if (!$settings->isReady() || !$this->options->isShown($settings) || $image === '') {
            return null;
        }
        // A group of products has no picture of its own to try on.
        if ($this->product->is_type('grouped')) {
            return null;
        }
        $attributes = [
            'gateway' => $settings->get('gateway'),
            'product-id' => (string) $this->product->get_id(),
            'product-title' => $this->title(),
            'product-image' => $image,
            'garment-signature' => $this->signature($image),
            'products' => $this->variations(),
            'model' => $this->options->model() ?: $settings->get('model'),
            'category' => $this->options->category(),
            'label' => $settings->get('label'),
            'locale' => $settings->get('locale'),
            'consent-version' => $settings->get('consent_version'),
            'privacy-url' => $settings->get('privacy_url') ?: (string) get_privacy_policy_url(),
        ];
        if ($this->isSoldHere()) {
            $attributes['form'] = 'form.cart';
            $attributes['cart-field'] = CartLine::FIELD;
        }
        return array_filter($attributes, static fn (string $value): bool => $value !== '');
    }

    /** A product of another shop can be tried on here, and is bought there. */
    public function isSoldHere(): bool
    {
        return !$this->product->is_type('external');
    }

    /**
     * More variations than WooCommerce puts into the page: it asks for the selected one alone, and
     * so does the element, by `assets/variations.js`.
     */
    public function hasVariationsOnRequest(): bool
    {
        // The filter is WooCommerce's own.
        $most = (int) apply_filters('woocommerce_ajax_variation_threshold', 30, $this->product);
        return $this->isVariable() && count($this->product->get_children()) > $most;
    }

    /** @return array<string, mixed>|null An item of the element's `products`. */
    public function variation(\WC_Product_Variation $variation): ?array
    {
        // With "edit" a variation without a picture doesn't answer with its parent's.
        $image = self::address((int) $variation->get_image_id('edit')) ?: $this->image();
        if ($image === '') {
            return null;
        }
        $chosen = self::plain(wc_get_formatted_variation($variation, true, false));
        $fields = array_filter(
            $variation->get_variation_attributes(),
            static fn ($value): bool => is_string($value) && $value !== ''
        );
        return array_filter([
            'id' => (string) $variation->get_id(),
            'title' => $this->title() . ($chosen === '' ? '' : ', ' . $chosen),
            'option' => $chosen,
            'price' => self::price($variation),
            'image' => $image,
            'signature' => $this->signature($image),
            'fields' => $fields,
        ]);
    }

    /** The element as HTML. */
    public static function html(array $attributes): string
    {
        $html = '<try-it-on';
        foreach ($attributes as $name => $value) {
            $html .= sprintf(' %s="%s"', $name, self::escape($value));
        }
        return $html . '></try-it-on>';
    }

    /**
     * Unlike `esc_attr`, which leaves `&quot;` as it stands: the page must read the very characters
     * that are signed, and JSON with a quotation mark within stays JSON.
     */
    public static function escape(string $value): string
    {
        return htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8', true);
    }

    private function isVariable(): bool
    {
        return $this->product instanceof \WC_Product_Variable;
    }

    private function variations(): string
    {
        if (!$this->isVariable() || $this->hasVariationsOnRequest()) {
            return '';
        }
        $variations = $this->product->get_available_variations('objects');
        $items = array_values(array_filter(array_map([$this, 'variation'], $variations)));
        return $items === [] ? '' : (string) wp_json_encode($items);
    }

    private function title(): string
    {
        return self::plain($this->product->get_name());
    }

    private function image(): string
    {
        $own = (int) $this->product->get_image_id();
        return self::address($this->options->imageId()) ?: self::address($own);
    }

    private function signature(string $image): string
    {
        $secret = $this->settings->get('garment_secret');
        return $secret === '' ? '' : GarmentSignature::of($image, $secret);
    }

    /** As the shop shows it, with or without tax; empty where it has none. */
    private static function price(\WC_Product $product): string
    {
        if ((string) $product->get_price() === '') {
            return '';
        }
        return self::plain(wc_price(wc_get_price_to_display($product)));
    }

    /** The whole address of the largest picture; empty where there is none. */
    private static function address(int $imageId): string
    {
        $url = $imageId > 0 ? wp_get_attachment_image_url($imageId, 'full') : '';
        // Themes and content networks write it as HTML, or without the scheme.
        $url = html_entity_decode((string) $url, ENT_QUOTES | ENT_HTML5, 'UTF-8');
        if (strncmp($url, '//', 2) === 0) {
            $url = 'https:' . $url;
        } elseif (strncmp($url, '/', 1) === 0) {
            $url = home_url($url);
        }
        return $url === '' ? '' : esc_url_raw($url, ['https', 'http']);
    }

    /** WordPress keeps names as HTML. */
    private static function plain(string $html): string
    {
        return trim(html_entity_decode(wp_strip_all_tags($html), ENT_QUOTES | ENT_HTML5, 'UTF-8'));
    }
}
