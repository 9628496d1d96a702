<?php

namespace FittingRoom\TryItOn;

/** Takes the result's id from the product form into the cart, and from there onto the order's line. */
final class CartLine
{
    /** The form's field, and the key in the cart's item data. */
    public const FIELD = 'try_on';

    private const ID_CHARS_MAX = 200;

    public function register(): void
    {
        add_filter('woocommerce_add_cart_item_data', [$this, 'addToCart']);
        add_action('woocommerce_checkout_create_order_line_item', [$this, 'addToOrder'], 10, 3);
    }

    /**
     * @param mixed $data The cart's item data.
     * @return mixed
     */
    public function addToCart($data)
    {
        // WooCommerce's own form carries no nonce; the id is checked and means nothing but itself.
        $result = self::resultId(wp_unslash($_POST[self::FIELD] ?? null));
        if ($result !== null && is_array($data)) {
            $data[self::FIELD] = $result;
        }
        return $data;
    }

    /**
     * @param \WC_Order_Item_Product $item
     * @param string $key
     * @param mixed $values The cart's item.
     */
    public function addToOrder($item, $key, $values): void
    {
        $result = self::resultId($values[self::FIELD] ?? null);
        if ($result !== null) {
            // With an underscore WooCommerce shows it to nobody.
            $item->add_meta_data(OrderMessage::LINE_META, $result, true);
        }
    }

    /**
     * The id of a result as the gateway writes it, or null for anything else.
     *
     * @param mixed $text
     */
    public static function resultId($text): ?string
    {
        $pattern = '/^[A-Za-z0-9._~-]{1,' . self::ID_CHARS_MAX . '}$/D';
        return is_string($text) && preg_match($pattern, $text) ? $text : null;
    }
}
