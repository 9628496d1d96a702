<?php

/**
 * WooCommerce's classes, as far as the plugin asks them: with the signatures that WooCommerce 10
 * publishes, and with what each is documented to answer. `stored` keeps them, in memory or in
 * WordPress' tables.
 */

abstract class WC_Data
{
    /** @var int */
    protected $id = 0;
    /** @var array<string, mixed> */
    protected $data = [];
    /** @var array<string, mixed> */
    protected $meta = [];

    public function get_id()
    {
        return $this->id;
    }

    public function get_meta($key = '', $single = true, $context = 'view')
    {
        return $this->meta[$key] ?? '';
    }

    public function add_meta_data($key, $value, $unique = false)
    {
        $this->meta[$key] = $value;
    }

    public function update_meta_data($key, $value, $meta_id = 0)
    {
        $this->meta[$key] = $value;
    }

    public function delete_meta_data($key)
    {
        unset($this->meta[$key]);
    }

    public function save()
    {
        return $this->id;
    }

    protected function get_prop($prop, $context = 'view')
    {
        return $this->data[$prop] ?? null;
    }

    /** The contract's own: fills an object. */
    public function fill($id, array $data, array $meta = [])
    {
        $this->id = $id;
        $this->data = $data;
        $this->meta = $meta;
        return $this;
    }
}

class WC_Product extends WC_Data
{
    public function get_type()
    {
        return 'simple';
    }

    public function is_type($type)
    {
        return in_array($this->get_type(), (array) $type, true);
    }

    public function get_name($context = 'view')
    {
        return $this->get_prop('name', $context);
    }

    public function get_status($context = 'view')
    {
        return $this->get_prop('status', $context) ?? 'publish';
    }

    public function get_price($context = 'view')
    {
        return $this->get_prop('price', $context);
    }

    public function get_image_id($context = 'view')
    {
        return $this->get_prop('image_id', $context);
    }

    public function get_gallery_image_ids($context = 'view')
    {
        return $this->get_prop('gallery_image_ids', $context) ?? [];
    }

    public function get_children()
    {
        return [];
    }

    public function get_permalink()
    {
        return get_permalink($this->id);
    }

    public function save()
    {
        foreach ($this->before as $key => $value) {
            if (!array_key_exists($key, $this->meta)) {
                delete_post_meta($this->id, $key);
            }
        }
        foreach ($this->meta as $key => $value) {
            update_post_meta($this->id, $key, $value);
        }
        $this->before = $this->meta;
        return $this->id;
    }

    /** @var array<string, mixed> The metadata as it is stored. */
    private $before = [];

    public function fill($id, array $data, array $meta = [])
    {
        $this->before = $meta;
        return parent::fill($id, $data, $meta);
    }
}

class WC_Product_Simple extends WC_Product
{
}

class WC_Product_External extends WC_Product
{
    public function get_type()
    {
        return 'external';
    }
}

class WC_Product_Grouped extends WC_Product
{
    public function get_type()
    {
        return 'grouped';
    }
}

class WC_Product_Variable extends WC_Product
{
    public function get_type()
    {
        return 'variable';
    }

    public function get_children($visible_only = '')
    {
        return array_map(static fn ($child) => $child->get_id(), $this->get_prop('children') ?? []);
    }

    /** With "array" what the page's script reads, with "objects" the variations themselves. */
    public function get_available_variations($return = 'array')
    {
        $children = $this->get_prop('children') ?? [];
        return $return === 'objects' ? $children : array_map([$this, 'get_available_variation'], $children);
    }

    public function get_available_variation($variation)
    {
        return apply_filters('woocommerce_available_variation', [
            'attributes' => $variation->get_variation_attributes(),
            'variation_id' => $variation->get_id(),
            'is_in_stock' => true,
        ], $this, $variation);
    }
}

class WC_Product_Variation extends WC_Product_Simple
{
    public function get_type()
    {
        return 'variation';
    }

    /** To be seen, a variation without a picture has its parent's. */
    public function get_image_id($context = 'view')
    {
        $own = $this->get_prop('image_id', $context);
        return $own || $context !== 'view' ? $own : $this->get_prop('parent_image_id');
    }

    public function get_variation_attributes($with_prefix = true)
    {
        $attributes = [];
        foreach ($this->get_prop('attributes') as $name => $value) {
            $attributes[($with_prefix ? 'attribute_' : '') . $name] = $value;
        }
        return $attributes;
    }
}

class WC_DateTime extends DateTime
{
}

class WC_Order_Item extends WC_Data
{
    public function get_quantity()
    {
        return 1;
    }
}

class WC_Order_Item_Product extends WC_Order_Item
{
    public function get_quantity($context = 'view')
    {
        return $this->get_prop('quantity', $context);
    }

    public function get_product_id($context = 'view')
    {
        return $this->get_prop('product_id', $context);
    }

    public function get_variation_id($context = 'view')
    {
        return $this->get_prop('variation_id', $context);
    }

    /** A decimal number as text: after discounts, without tax. */
    public function get_total($context = 'view')
    {
        return $this->get_prop('total', $context);
    }

    /** The contract's own: for storing. */
    public function to_array()
    {
        return ['data' => $this->data, 'meta' => $this->meta];
    }
}

class WC_Abstract_Order extends WC_Data
{
    /** @return WC_Order_Item[] By id. */
    public function get_items($types = 'line_item')
    {
        return $this->get_prop('items') ?? [];
    }

    public function get_currency($context = 'view')
    {
        return $this->get_prop('currency', $context);
    }

    /** @return WC_DateTime|null */
    public function get_date_created($context = 'view')
    {
        return $this->get_prop('date_created', $context);
    }

    public function get_status($context = 'view')
    {
        return $this->get_prop('status', $context);
    }
}

class WC_Order extends WC_Abstract_Order
{
    public function get_order_number()
    {
        return (string) apply_filters('woocommerce_order_number', $this->get_id(), $this);
    }

    public function get_billing_email($context = 'view')
    {
        return $this->get_prop('billing_email', $context);
    }

    public function update_status($new_status, $note = '', $manual = false)
    {
        $this->data['status'] = $new_status;
        $this->save();
        do_action('woocommerce_order_status_' . $new_status, $this->get_id(), $this);
        return true;
    }

    public function save()
    {
        if (function_exists('wc_contract_store_order')) {
            $this->id = wc_contract_store_order($this->id, $this->data, $this->meta);
        }
        return $this->id;
    }
}
