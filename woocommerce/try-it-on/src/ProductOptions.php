<?php

namespace FittingRoom\TryItOn;

/** What the product's own box says, kept as the product's metadata. */
final class ProductOptions
{
    public const SHOW_META = '_try_it_on_show';
    public const IMAGE_META = '_try_it_on_image';
    public const CATEGORY_META = '_try_it_on_category';
    public const MODEL_META = '_try_it_on_model';

    public const META_KEYS = [
        self::SHOW_META,
        self::IMAGE_META,
        self::CATEGORY_META,
        self::MODEL_META,
    ];

    public const CATEGORIES = ['tops', 'bottoms', 'one-pieces'];

    /** @var array<string, string> */
    private array $values;

    /** @param array<string, mixed> $values By metadata key; what is unknown is left out. */
    public function __construct(array $values)
    {
        $known = [
            self::SHOW_META => ['yes', 'no'],
            self::CATEGORY_META => self::CATEGORIES,
            self::MODEL_META => Settings::MODELS,
        ];
        $this->values = array_fill_keys(self::META_KEYS, '');
        foreach ($known as $key => $choices) {
            $value = $values[$key] ?? '';
            if (in_array($value, $choices, true)) {
                $this->values[$key] = $value;
            }
        }
        $image = $values[self::IMAGE_META] ?? '';
        if (is_scalar($image) && preg_match('/^[1-9]\d*$/', (string) $image)) {
            $this->values[self::IMAGE_META] = (string) $image;
        }
    }

    public static function of(\WC_Product $product): self
    {
        $values = [];
        foreach (self::META_KEYS as $key) {
            $values[$key] = $product->get_meta($key);
        }
        return new self($values);
    }

    /** Writes into the product, which the caller saves. */
    public function writeTo(\WC_Product $product): void
    {
        foreach ($this->values as $key => $value) {
            if ($value === '') {
                $product->delete_meta_data($key);
            } else {
                $product->update_meta_data($key, $value);
            }
        }
    }

    /** `yes`, `no`, or empty for what the settings say. */
    public function show(): string
    {
        return $this->values[self::SHOW_META];
    }

    public function isShown(Settings $settings): bool
    {
        return ($this->show() ?: ($settings->get('products') === 'all' ? 'yes' : 'no')) === 'yes';
    }

    /** Id of the picture that is tried on instead of the product's own; 0 for none. */
    public function imageId(): int
    {
        return (int) $this->values[self::IMAGE_META];
    }

    public function category(): string
    {
        return $this->values[self::CATEGORY_META];
    }

    /** Empty for the settings' model. */
    public function model(): string
    {
        return $this->values[self::MODEL_META];
    }
}
