<?php

namespace FittingRoom\TryItOn;

/** The box on a product's edit page. */
final class ProductBox
{
    private const NONCE = 'try_it_on_product';
    private const NONCE_FIELD = '_try_it_on_nonce';
    /** The fields' names: `try_it_on[…]`, by metadata key. */
    private const FIELD = 'try_it_on';

    public function register(): void
    {
        add_action('add_meta_boxes_product', [$this, 'add']);
        // WooCommerce saves the product after this action.
        add_action('woocommerce_admin_process_product_object', [$this, 'save']);
    }

    public function add(): void
    {
        $title = __('Try it on', 'try-it-on');
        add_meta_box('try-it-on', $title, [$this, 'print'], 'product', 'side');
    }

    public function print(\WP_Post $post): void
    {
        $product = wc_get_product($post->ID);
        if (!$product instanceof \WC_Product) {
            return;
        }
        $options = ProductOptions::of($product);
        wp_nonce_field(self::NONCE, self::NONCE_FIELD);
        $this->select(ProductOptions::SHOW_META, __('Button', 'try-it-on'), $options->show(), [
            '' => __('As the settings say', 'try-it-on'),
            'yes' => __('Shown', 'try-it-on'),
            'no' => __('Not shown', 'try-it-on'),
        ]);
        $this->select(
            ProductOptions::IMAGE_META,
            __('Picture to try on', 'try-it-on'),
            $options->imageId() > 0 ? (string) $options->imageId() : '',
            $this->pictures($product, $options->imageId())
        );
        $kinds = [
            '' => __('Found by itself', 'try-it-on'),
            'tops' => __('Top', 'try-it-on'),
            'bottoms' => __('Bottom', 'try-it-on'),
            'one-pieces' => __('One piece', 'try-it-on'),
        ];
        $label = __('Kind of garment', 'try-it-on');
        $this->select(ProductOptions::CATEGORY_META, $label, $options->category(), $kinds);
        $this->select(ProductOptions::MODEL_META, __('Model', 'try-it-on'), $options->model(), [
            '' => __('As the settings say', 'try-it-on'),
            'tryon-v1.6' => __('Fast', 'try-it-on'),
            'tryon-max' => __('Fine, slower and dearer', 'try-it-on'),
        ]);
    }

    /** @param mixed $product */
    public function save($product): void
    {
        $nonce = wp_unslash($_POST[self::NONCE_FIELD] ?? '');
        $isOurs = is_string($nonce) && wp_verify_nonce(sanitize_key($nonce), self::NONCE);
        if (!$product instanceof \WC_Product || !$isOurs) {
            return;
        }
        if (!current_user_can('edit_post', $product->get_id())) {
            return;
        }
        // Each value is checked against those that are known.
        $fields = isset($_POST[self::FIELD]) ? wp_unslash($_POST[self::FIELD]) : [];
        $options = new ProductOptions(is_array($fields) ? $fields : []);
        if ($options->imageId() > 0 && !wp_attachment_is_image($options->imageId())) {
            return;
        }
        $options->writeTo($product);
    }

    /** @return array<int|string, string> The product's own pictures, by id. */
    private function pictures(\WC_Product $product, int $chosen): array
    {
        $ids = array_merge([$chosen], array_map('intval', $product->get_gallery_image_ids()));
        $names = ['' => __('The product’s picture', 'try-it-on')];
        foreach (array_filter(array_unique($ids)) as $id) {
            $file = get_attached_file($id);
            $names[$id] = $file ? wp_basename($file) : '#' . $id;
        }
        return $names;
    }

    /** @param array<int|string, string> $choices Labels by value. */
    private function select(string $name, string $label, string $value, array $choices): void
    {
        printf(
            '<p><label>%s<br><select name="%s[%s]" style="max-width:100%%">',
            esc_html($label),
            esc_attr(self::FIELD),
            esc_attr($name)
        );
        foreach ($choices as $choice => $text) {
            printf(
                '<option value="%s"%s>%s</option>',
                esc_attr((string) $choice),
                selected($value, (string) $choice, false),
                esc_html($text)
            );
        }
        echo '</select></label></p>';
    }
}
