<?php

namespace FittingRoom\TryItOn\Tests;

use FittingRoom\TryItOn\GarmentSignature;
use PHPUnit\Framework\TestCase;

final class GarmentSignatureTest extends TestCase
{
    private static function vectors(): array
    {
        return json_decode(file_get_contents(__DIR__ . '/../vectors.json'), true);
    }

    public function testItIsWhatOpensslMakes(): void
    {
        $vectors = self::vectors();
        foreach ($vectors['signatures'] as ['address' => $address, 'signature' => $expected]) {
            $signature = GarmentSignature::of($address, $vectors['secret']);
            $this->assertSame($expected, $signature, $address);
        }
    }

    public function testTheGatewaysOwnTestsTakeIt(): void
    {
        $rust = file_get_contents(__DIR__ . '/../../../src/auth/garment_signature/tests.rs');
        $text = static function (string $name) use ($rust): string {
            preg_match('/\b' . $name . '(?:: &str)? = "([^"]+)"/', $rust, $found);
            return $found[1] ?? "no $name";
        };
        $this->assertSame($text('made'), GarmentSignature::of($text('SHIRT'), $text('KEY')));
        $vectors = self::vectors();
        $this->assertSame($text('KEY'), $vectors['secret']);
        $this->assertSame($text('SHIRT'), $vectors['signatures'][0]['address']);
    }
}
