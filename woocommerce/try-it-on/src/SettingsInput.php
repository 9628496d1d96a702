<?php

namespace FittingRoom\TryItOn;

/**
 * What the settings page sends, parsed: a field that is wrong keeps its former value, and a
 * sentence says why.
 */
final class SettingsInput
{
    /** The gateway refuses a shorter garment secret. */
    private const GARMENT_SECRET_CHARS_MIN = 32;
    /** Standard Webhooks asks for keys of at least this length. */
    private const ORDERS_KEY_BYTES_MIN = 24;
    private const TEXT_CHARS_MAX = 100;

    /** @var array<string, mixed> */
    private array $input;
    private Settings $former;
    /** @var array<string, string> Sentences by field. */
    private array $problems = [];
    private Settings $settings;

    /** @param mixed $input The form's fields, unslashed. */
    public function __construct($input, Settings $former)
    {
        $this->input = is_array($input) ? $input : [];
        $this->former = $former;
        $this->settings = new Settings([
            'gateway' => $this->checked('gateway', 'gatewayProblem', [self::class, 'address']),
            'garment_secret' => $this->secret('garment_secret', 'garmentSecretProblem'),
            'orders_secret' => $this->secret('orders_secret', 'ordersSecretProblem'),
            'products' => $this->choice('products', Settings::PRODUCTS),
            'position' => $this->choice('position', array_keys(Settings::POSITIONS)),
            'model' => $this->choice('model', Settings::MODELS),
            'label' => $this->checked('label', 'textProblem', [self::class, 'plain']),
            'locale' => $this->choice('locale', array_merge([''], Settings::LOCALES)),
            'consent_version' => $this->checked('consent_version', 'textProblem', [self::class, 'plain']),
            'privacy_url' => $this->checked('privacy_url', 'pageProblem', 'trim'),
        ]);
    }

    public function settings(): Settings
    {
        return $this->settings;
    }

    /** @return array<string, string> Sentences for people, by the field that they are about. */
    public function problems(): array
    {
        return $this->problems;
    }

    private function text(string $field): ?string
    {
        $value = $this->input[$field] ?? null;
        return is_string($value) ? $value : null;
    }

    /** @param callable(string): string $normal */
    private function checked(string $field, string $check, callable $normal): string
    {
        $text = $this->text($field);
        if ($text === null) {
            return $this->former->get($field);
        }
        $text = $normal($text);
        $problem = $text === '' ? null : $this->$check($text);
        if ($problem === null) {
            return $text;
        }
        $this->problems[$field] = $problem;
        return $this->former->get($field);
    }

    /** A secret isn't shown again: an empty field keeps it, and the box beside it removes it. */
    private function secret(string $field, string $check): string
    {
        if (!empty($this->input[$field . '_remove'])) {
            return '';
        }
        if (trim((string) $this->text($field)) === '') {
            return $this->former->get($field);
        }
        return $this->checked($field, $check, 'trim');
    }

    /** @param string[] $known */
    private function choice(string $field, array $known): string
    {
        $text = $this->text($field);
        return in_array($text, $known, true) ? $text : $this->former->get($field);
    }

    /** Without the slashes at its end: paths follow it. */
    private static function address(string $text): string
    {
        return rtrim(trim($text), '/');
    }

    private static function plain(string $text): string
    {
        // Bytes that are no text stay, and are refused below.
        return trim(preg_replace('/\s+/u', ' ', $text) ?? $text);
    }

    private function gatewayProblem(string $address): ?string
    {
        $parts = parse_url($address);
        if (!is_array($parts) || !isset($parts['scheme'], $parts['host'])) {
            return __('The gateway’s address is no web address. Write it in full, such as https://try-on.example.com.', 'try-it-on');
        }
        if (!self::isSecure($parts)) {
            return __('The gateway’s address must begin with https://, because shoppers’ photos are sent there.', 'try-it-on');
        }
        if (isset($parts['user']) || isset($parts['pass'])) {
            return __('The gateway’s address must have no user name or password: everybody who opens a product page can read it.', 'try-it-on');
        }
        if (isset($parts['query']) || isset($parts['fragment']) || preg_match('/\.js$/', $parts['path'] ?? '')) {
            return __('Write only where the gateway is, such as https://try-on.example.com, without a file’s name, “?” or “#”.', 'try-it-on');
        }
        if (preg_match('/[^\x21-\x7e]|["\'<>\\\\]/', $address)) {
            return __('The gateway’s address has a character that no address has. Copy it from the browser’s address bar.', 'try-it-on');
        }
        return null;
    }

    /**
     * Browsers take a gateway on the machine itself for a secure one too, which is for trying out.
     *
     * @param array<string, mixed> $parts
     */
    private static function isSecure(array $parts): bool
    {
        $isLoopback = in_array($parts['host'], ['localhost', '127.0.0.1', '[::1]'], true);
        $scheme = strtolower($parts['scheme']);
        return $scheme === 'https' || ($scheme === 'http' && $isLoopback);
    }

    private function garmentSecretProblem(string $secret): ?string
    {
        if (strlen($secret) >= self::GARMENT_SECRET_CHARS_MIN && !preg_match('/\s/', $secret)) {
            return null;
        }
        return __('The garment secret must have 32 characters or more, without spaces, and be the gateway’s GARMENT_SECRET. The former one stays.', 'try-it-on');
    }

    private function ordersSecretProblem(string $secret): ?string
    {
        if (strlen(OrderMessage::key($secret)) >= self::ORDERS_KEY_BYTES_MIN) {
            return null;
        }
        return __('The orders secret must be “whsec_” and 24 bytes or more in base64, and the gateway must have the same. The former one stays.', 'try-it-on');
    }

    private function textProblem(string $text): ?string
    {
        if (preg_match('/^[^\p{C}<>]*$/u', $text) && preg_match_all('/./us', $text) <= self::TEXT_CHARS_MAX) {
            return null;
        }
        return __('The label and the version of the terms must have at most 100 characters, and no “<” or “>”.', 'try-it-on');
    }

    private function pageProblem(string $address): ?string
    {
        if (preg_match('#^https?://[^\s"\'<>\\\\]+$#i', $address)) {
            return null;
        }
        return __('The address of the page on photos must begin with https:// or http://. Copy it from the browser’s address bar.', 'try-it-on');
    }
}
