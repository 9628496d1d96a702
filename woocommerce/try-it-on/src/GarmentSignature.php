<?php

namespace FittingRoom\TryItOn;

/**
 * The shop's signature of a picture's address, as the gateway's `GARMENT_SECRET` asks for it: the
 * address counts letter by letter, as the page sends it.
 */
final class GarmentSignature
{
    /** 64 hexadecimal digits. */
    public static function of(string $address, string $secret): string
    {
        return hash_hmac('sha256', 'fitting-room/garment:' . $address, $secret);
    }
}
