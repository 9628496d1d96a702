<?php

namespace FittingRoom\TryItOn\Tests;

use FittingRoom\TryItOn\Settings;
use FittingRoom\TryItOn\SettingsInput;
use PHPUnit\Framework\TestCase;

final class SettingsTest extends TestCase
{
    protected function setUp(): void
    {
        wordpress_reset();
    }

    public function testWhatIsStoredWrongHasItsDefault(): void
    {
        $wrong = ['gateway' => ['x'], 'model' => 'tryon-v9', 'unknown' => 'x'];
        foreach ([false, null, 'text', $wrong] as $stored) {
            $this->assertSame(Settings::DEFAULTS, (new Settings($stored))->toArray());
        }
    }

    /** @dataProvider gateways */
    public function testTheGatewaysAddress(string $given, ?string $kept, string $sentence): void
    {
        $input = new SettingsInput(['gateway' => $given], Catalogue::settings());
        $this->assertSame($kept ?? Catalogue::GATEWAY, $input->settings()->get('gateway'));
        $this->assertStringContainsString($sentence, implode(' ', $input->problems()));
        $this->assertCount($sentence === '' ? 0 : 1, $input->problems());
    }

    public function gateways(): array
    {
        return [
            'https' => ['https://gate.example.com', 'https://gate.example.com', ''],
            'with slashes and spaces' => [" https://gate.example// \n", 'https://gate.example', ''],
            'in a folder' => ['https://example.com/try-on/', 'https://example.com/try-on', ''],
            'with a port' => ['https://example.com:8443', 'https://example.com:8443', ''],
            'empty: no button' => ['', '', ''],
            'on this machine' => ['http://localhost:8787', 'http://localhost:8787', ''],
            'on this machine, by number' => ['http://127.0.0.1:8787', 'http://127.0.0.1:8787', ''],
            'http' => ['http://gate.example.com', null, 'must begin with https://'],
            'http elsewhere' => ['http://localhost.example', null, 'must begin with https://'],
            'ftp' => ['ftp://gate.example.com', null, 'must begin with https://'],
            'a script' => ['javascript://x/%0aalert(1)', null, 'must begin with https://'],
            'no scheme' => ['gate.example.com', null, 'is no web address'],
            'no host' => ['https:///path', null, 'is no web address'],
            'words' => ['my gateway', null, 'is no web address'],
            'a password' => ['https://me:secret@gate.example', null, 'no user name or password'],
            'the script' => ['https://gate.example.com/try-it-on.js', null, 'Write only where'],
            'a query' => ['https://gate.example.com?shop=1', null, 'Write only where'],
            'a quotation mark' => ['https://gate.example/"x="', null, 'that no address has'],
            'a tag' => ['https://gate.example.com/<b>', null, 'that no address has'],
        ];
    }

    public function testASecretIsKeptReplacedAndRemoved(): void
    {
        $former = Catalogue::settings(['garment_secret' => Catalogue::GARMENT_SECRET]);
        $new = str_repeat('n', 32);
        $cases = [
            [[], Catalogue::GARMENT_SECRET],
            [['garment_secret' => ''], Catalogue::GARMENT_SECRET],
            [['garment_secret' => "  \n"], Catalogue::GARMENT_SECRET],
            [['garment_secret' => " $new "], $new],
            [['garment_secret' => '', 'garment_secret_remove' => '1'], ''],
        ];
        foreach ($cases as [$fields, $kept]) {
            $input = new SettingsInput($fields, $former);
            $this->assertSame($kept, $input->settings()->get('garment_secret'));
            $this->assertSame([], $input->problems());
        }
    }

    public function testASecretThatTheGatewayRefusesIsRefusedHere(): void
    {
        $former = Catalogue::settings(['orders_secret' => Catalogue::ordersSecret()]);
        $cases = [
            ['garment_secret', str_repeat('x', 31), '32 characters'],
            ['garment_secret', str_repeat('x ', 32), '32 characters'],
            ['orders_secret', 'a secret without its beginning, long enough', 'whsec_'],
            ['orders_secret', 'whsec_' . base64_encode('too short'), 'whsec_'],
            ['orders_secret', 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!', 'whsec_'],
        ];
        foreach ($cases as [$field, $text, $sentence]) {
            $input = new SettingsInput([$field => $text], $former);
            $this->assertSame($former->get($field), $input->settings()->get($field));
            $this->assertStringContainsString($sentence, $input->problems()[$field] ?? '');
            $this->assertStringNotContainsString($text, $input->problems()[$field]);
        }
    }

    public function testAChoiceThatIsNoneIsLeft(): void
    {
        $fields = [
            'products' => 'some', 'position' => 'wp_head', 'model' => ['x'], 'locale' => 'xx',
        ];
        $former = Catalogue::settings(['model' => 'tryon-max']);
        $input = new SettingsInput($fields, $former);
        $this->assertSame($former->toArray(), $input->settings()->toArray());
    }

    public function testTextsAreShortAndHaveNoTags(): void
    {
        $former = Catalogue::settings(['label' => 'Before']);
        foreach (['<b>Try</b>', "bell\x07", str_repeat('é', 101), "\xff"] as $label) {
            $input = new SettingsInput(['label' => $label], $former);
            $this->assertSame('Before', $input->settings()->get('label'));
            $this->assertArrayHasKey('label', $input->problems());
        }
        $input = new SettingsInput(['label' => "  Try \n it  “on” "], $former);
        $this->assertSame('Try it “on”', $input->settings()->get('label'));
        foreach (['javascript:alert(1)', '/privacy', 'https://x.example/"'] as $page) {
            $input = new SettingsInput(['privacy_url' => $page], $former);
            $this->assertArrayHasKey('privacy_url', $input->problems(), $page);
        }
    }

    public function testWhatIsNoFormChangesNothing(): void
    {
        foreach ([null, 'text', [], ['gateway' => ['x']]] as $input) {
            $parsed = new SettingsInput($input, Catalogue::settings());
            $this->assertSame(Catalogue::settings()->toArray(), $parsed->settings()->toArray());
            $this->assertSame([], $parsed->problems());
        }
    }

    public function testWhatIsParsedTwiceStays(): void
    {
        $fields = [
            'gateway' => 'https://gate.example.com/',
            'garment_secret' => Catalogue::GARMENT_SECRET,
            'orders_secret' => Catalogue::ordersSecret(),
            'label' => 'Try',
        ];
        $once = (new SettingsInput($fields, Catalogue::settings()))->settings()->toArray();
        $twice = (new SettingsInput($once, Catalogue::settings()))->settings()->toArray();
        $this->assertSame($once, $twice);
    }
}
