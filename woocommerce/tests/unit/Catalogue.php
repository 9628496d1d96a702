<?php

namespace FittingRoom\TryItOn\Tests;

use FittingRoom\TryItOn\Settings;
use WC_DateTime;
use WC_Order;
use WC_Order_Item_Product;
use WC_Product_Simple;
use WC_Product_Variable;
use WC_Product_Variation;

/** Products, orders and settings of a shop. */
final class Catalogue
{
    public const GATEWAY = 'https://try-on.example.com';
    public const GARMENT_SECRET = '0123456789abcdef0123456789abcdef';
    public const ORDERS_KEY = 'a key of 24 bytes or more';

    public static function ordersSecret(): string
    {
        return 'whsec_' . base64_encode(self::ORDERS_KEY);
    }

    public static function settings(array $more = []): Settings
    {
        return new Settings($more + ['gateway' => self::GATEWAY]);
    }

    public static function simple(array $meta = [], array $data = []): WC_Product_Simple
    {
        $GLOBALS['wordpress']['pictures'][7] = 'https://www.shop.example/shirt.jpg';
        $data += ['name' => 'Linen shirt', 'image_id' => 7];
        return (new WC_Product_Simple())->fill(4711, $data, $meta);
    }

    public static function variation(
        int $id,
        array $attributes,
        int $image = 0,
        string $price = ''
    ): WC_Product_Variation {
        $GLOBALS['wordpress']['pictures'][$image] = "https://www.shop.example/$image.jpg";
        $data = ['attributes' => $attributes, 'image_id' => $image, 'parent_image_id' => 7];
        $data['price'] = $price;
        return (new WC_Product_Variation())->fill($id, $data);
    }

    public static function variable(
        array $children,
        array $meta = [],
        array $data = []
    ): WC_Product_Variable {
        $GLOBALS['wordpress']['pictures'][7] = 'https://www.shop.example/shirt.jpg';
        $data += ['name' => 'T-shirt', 'image_id' => 7, 'children' => $children];
        return (new WC_Product_Variable())->fill(50, $data, $meta);
    }

    public static function line(?string $result, array $data = []): WC_Order_Item_Product
    {
        $data += ['product_id' => 4711, 'variation_id' => 0, 'quantity' => 1, 'total' => '39.9'];
        $meta = $result === null ? [] : ['_try_on' => $result];
        return (new WC_Order_Item_Product())->fill(1, $data, $meta);
    }

    public static function order(array $lines, array $data = []): WC_Order
    {
        $data += [
            'items' => $lines,
            'currency' => 'EUR',
            'date_created' => new WC_DateTime('2026-11-30T09:00:00Z'),
            'status' => 'processing',
            'billing_email' => 'ada@customer.example',
        ];
        $order = (new WC_Order())->fill(815, $data);
        $GLOBALS['wordpress']['orders'][815] = $order;
        return $order;
    }
}
