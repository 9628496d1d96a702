<?php

namespace FittingRoom\TryItOn\Tests;

use DOMDocument;
use FittingRoom\TryItOn\Element;
use FittingRoom\TryItOn\GarmentSignature;
use FittingRoom\TryItOn\Settings;
use PHPUnit\Framework\TestCase;
use WC_Product_External;
use WC_Product_Grouped;

final class ElementTest extends TestCase
{
    protected function setUp(): void
    {
        wordpress_reset();
    }

    private static function attributes(\WC_Product $product, array $settings = []): ?array
    {
        return (new Element($product, Catalogue::settings($settings)))->attributes();
    }

    public function testASimpleProduct(): void
    {
        $this->assertSame([
            'gateway' => Catalogue::GATEWAY,
            'product-id' => '4711',
            'product-title' => 'Linen shirt',
            'product-image' => 'https://www.shop.example/shirt.jpg',
            'model' => 'tryon-v1.6',
            'form' => 'form.cart',
            'cart-field' => 'try_on',
        ], self::attributes(Catalogue::simple()));
    }

    public function testEachSettingIsItsAttribute(): void
    {
        $GLOBALS['wordpress']['privacy'] = 'https://www.shop.example/privacy/';
        $attributes = self::attributes(Catalogue::simple(), [
            'garment_secret' => Catalogue::GARMENT_SECRET,
            'label' => 'Anprobieren',
            'locale' => 'de',
            'consent_version' => '3',
            'model' => 'tryon-max',
        ]);
        $image = 'https://www.shop.example/shirt.jpg';
        $signature = GarmentSignature::of($image, Catalogue::GARMENT_SECRET);
        $this->assertSame($signature, $attributes['garment-signature']);
        $this->assertSame('Anprobieren', $attributes['label']);
        $this->assertSame('de', $attributes['locale']);
        $this->assertSame('3', $attributes['consent-version']);
        $this->assertSame('tryon-max', $attributes['model']);
        $this->assertSame('https://www.shop.example/privacy/', $attributes['privacy-url']);
        $own = self::attributes(Catalogue::simple(), ['privacy_url' => 'https://x.example/photos']);
        $this->assertSame('https://x.example/photos', $own['privacy-url']);
    }

    public function testTheProductsBoxGoesBeforeTheSettings(): void
    {
        $GLOBALS['wordpress']['pictures'][8] = 'https://www.shop.example/flat.jpg';
        $product = Catalogue::simple([
            '_try_it_on_image' => '8',
            '_try_it_on_category' => 'tops',
            '_try_it_on_model' => 'tryon-max',
        ]);
        $attributes = self::attributes($product);
        $this->assertSame('https://www.shop.example/flat.jpg', $attributes['product-image']);
        $this->assertSame('tops', $attributes['category']);
        $this->assertSame('tryon-max', $attributes['model']);
        $unknown = self::attributes(Catalogue::simple([
            '_try_it_on_image' => '1 OR 1',
            '_try_it_on_category' => 'hats',
            '_try_it_on_model' => 'x',
        ]));
        $this->assertSame(self::attributes(Catalogue::simple()), $unknown);
    }

    /** @dataProvider shown */
    public function testWhereTheButtonIs(string $setting, string $box, bool $isShown): void
    {
        $product = Catalogue::simple(['_try_it_on_show' => $box]);
        $this->assertSame($isShown, self::attributes($product, ['products' => $setting]) !== null);
    }

    public function shown(): array
    {
        return [
            ['all', '', true], ['all', 'no', false], ['all', 'yes', true], ['all', 'x', true],
            ['chosen', '', false], ['chosen', 'yes', true], ['chosen', 'no', false],
        ];
    }

    public function testThereIsNoneWithoutAPictureOrAGateway(): void
    {
        $this->assertNull(self::attributes(Catalogue::simple([], ['image_id' => 0])));
        $this->assertNull(self::attributes(Catalogue::simple([], ['image_id' => 404])));
        $this->assertNull((new Element(Catalogue::simple(), new Settings([])))->attributes());
        $bundle = (new WC_Product_Grouped())->fill(9, ['name' => 'Set', 'image_id' => 7]);
        $this->assertNull(self::attributes($bundle));
    }

    public function testAnotherShopsProductHasNoForm(): void
    {
        Catalogue::simple();
        $product = (new WC_Product_External())->fill(9, ['name' => 'Coat', 'image_id' => 7]);
        $this->assertArrayNotHasKey('form', self::attributes($product));
    }

    public function testAVariableProduct(): void
    {
        $product = Catalogue::variable([
            Catalogue::variation(51, ['pa_colour' => 'sage', 'pa_size' => 'M'], 91, '39.9'),
            Catalogue::variation(52, ['pa_colour' => 'rust', 'pa_size' => ''], 92, '0'),
            // Any colour, no picture of its own: the parent's, and no field selects it.
            Catalogue::variation(53, ['pa_colour' => '', 'pa_size' => '']),
        ]);
        $secret = Catalogue::GARMENT_SECRET;
        $attributes = self::attributes($product, ['garment_secret' => $secret]);
        $sign = static fn (string $url): string => GarmentSignature::of($url, $secret);
        $this->assertSame('50', $attributes['product-id']);
        $this->assertSame([
            [
                'id' => '51',
                'title' => 'T-shirt, sage, M',
                'option' => 'sage, M',
                'price' => "39,90\u{a0}€",
                'image' => 'https://www.shop.example/91.jpg',
                'signature' => $sign('https://www.shop.example/91.jpg'),
                'fields' => ['attribute_pa_colour' => 'sage', 'attribute_pa_size' => 'M'],
            ],
            [
                'id' => '52',
                'title' => 'T-shirt, rust',
                'option' => 'rust',
                'price' => "0,00\u{a0}€",
                'image' => 'https://www.shop.example/92.jpg',
                'signature' => $sign('https://www.shop.example/92.jpg'),
                'fields' => ['attribute_pa_colour' => 'rust'],
            ],
            [
                'id' => '53',
                'title' => 'T-shirt',
                'image' => 'https://www.shop.example/shirt.jpg',
                'signature' => $sign('https://www.shop.example/shirt.jpg'),
            ],
        ], json_decode($attributes['products'], true));
    }

    public function testAVariationWithoutAPictureHasTheOneOfTheBox(): void
    {
        $GLOBALS['wordpress']['pictures'][8] = 'https://www.shop.example/flat.jpg';
        $variations = [
            Catalogue::variation(51, ['pa_size' => 'M']),
            Catalogue::variation(52, ['pa_size' => 'L'], 91),
        ];
        $product = Catalogue::variable($variations, ['_try_it_on_image' => '8']);
        $products = json_decode(self::attributes($product)['products'], true);
        $expected = ['https://www.shop.example/flat.jpg', 'https://www.shop.example/91.jpg'];
        $this->assertSame($expected, array_column($products, 'image'));
    }

    public function testManyVariationsAreAskedForOneByOne(): void
    {
        $many = static function (int $count): array {
            $ids = range(1, $count);
            $one = static fn ($id) => Catalogue::variation($id, ['n' => "$id"], 91);
            return array_map($one, $ids);
        };
        $settings = Catalogue::settings();
        $few = new Element(Catalogue::variable($many(30)), $settings);
        $this->assertFalse($few->hasVariationsOnRequest());
        $element = new Element(Catalogue::variable($many(31)), $settings);
        $this->assertTrue($element->hasVariationsOnRequest());
        $this->assertArrayNotHasKey('products', $element->attributes());
        $filter = 'woocommerce_ajax_variation_threshold';
        $GLOBALS['wordpress']['filters'][$filter] = static fn () => 31;
        $this->assertCount(31, json_decode($element->attributes()['products'], true));
    }

    /** @dataProvider addresses */
    public function testThePicturesAddressIsWhole(string $written, string $sent): void
    {
        $product = Catalogue::simple();
        $GLOBALS['wordpress']['pictures'][7] = $written;
        $this->assertSame($sent, self::attributes($product)['product-image'] ?? '');
    }

    public function addresses(): array
    {
        return [
            ['https://cdn.example/a.jpg?w=1&amp;h=2', 'https://cdn.example/a.jpg?w=1&h=2'],
            ['https://cdn.example/a.jpg?w=1&#038;h=2', 'https://cdn.example/a.jpg?w=1&h=2'],
            ['//cdn.example/a.jpg', 'https://cdn.example/a.jpg'],
            ['/uploads/a b.jpg', 'https://www.shop.example/uploads/a%20b.jpg'],
            ['javascript:alert(1)', ''],
        ];
    }

    /** What the page reads is what was written, also where a name looks like HTML. */
    public function testTheHtmlSaysEachCharacter(): void
    {
        $html = 'R&amp;D &quot;6&quot; <b>heel</b>';
        $names = [$html, 'It’s "quoted" & <i>', "a'b\\\"c", '&amp;quot;', '日本'];
        foreach ($names as $name) {
            $variation = Catalogue::variation(51, ['pa_x' => '6" & \'x\''], 91);
            $product = Catalogue::variable([$variation], [], ['name' => $name]);
            $secret = Catalogue::GARMENT_SECRET;
            $attributes = self::attributes($product, ['garment_secret' => $secret]);
            $document = new DOMDocument();
            $page = '<?xml encoding="utf-8"?>' . Element::html($attributes);
            $document->loadHTML($page, LIBXML_NOERROR);
            $element = $document->getElementsByTagName('try-it-on')->item(0);
            $this->assertSame(count($attributes), $element->attributes->length);
            foreach ($attributes as $attribute => $value) {
                $this->assertSame($value, $element->getAttribute($attribute));
            }
            $products = json_decode($element->getAttribute('products'), true);
            $this->assertSame('6" & \'x\'', $products[0]['fields']['attribute_pa_x']);
        }
        $title = self::attributes(Catalogue::simple([], ['name' => $html]))['product-title'];
        $this->assertSame('R&D "6" heel', $title);
    }
}
