<?php

namespace FittingRoom\TryItOn;

/**
 * What the gateway is told of an order with lines that were tried on: no name, no address, no
 * order number. Signed as Standard Webhooks has it: an HMAC-SHA256 in base64 over
 * `{id}.{timestamp}.{body}`.
 */
final class OrderMessage
{
    /** Metadata of an order's line, and the key of the result's id in messages. */
    public const LINE_META = '_try_on';

    private const PREFIX = 'whsec_';

    private string $order;
    private string $body;

    private function __construct(string $order, string $body)
    {
        $this->order = $order;
        $this->body = $body;
    }

    /** Null for an order without a line that was tried on. */
    public static function of(\WC_Order $order, string $secret): ?self
    {
        $lines = [];
        foreach ($order->get_items() as $item) {
            $result = CartLine::resultId($item->get_meta(self::LINE_META));
            if ($result === null || !$item instanceof \WC_Order_Item_Product) {
                continue;
            }
            $lines[] = [
                'try_on' => $result,
                'product_id' => (string) ($item->get_variation_id() ?: $item->get_product_id()),
                'quantity' => (int) $item->get_quantity(),
                // What was paid for the whole line, after discounts and without tax.
                'amount' => (string) wc_format_decimal($item->get_total(), wc_get_price_decimals()),
            ];
        }
        if ($lines === []) {
            return null;
        }
        // Numbers of orders can be counted through, so that a plain hash would tell them.
        $number = 'fitting-room/order:' . $order->get_order_number();
        $hash = hash_hmac('sha256', $number, self::key($secret));
        $created = $order->get_date_created();
        $body = wp_json_encode([
            'type' => 'order.paid',
            'timestamp' => gmdate('Y-m-d\TH:i:s\Z', $created ? $created->getTimestamp() : 0),
            'data' => [
                'order' => $hash,
                'currency' => $order->get_currency(),
                'lines' => $lines,
            ],
        ]);
        return new self($hash, (string) $body);
    }

    public function body(): string
    {
        return $this->body;
    }

    /**
     * The headers of an attempt. The id is the order's, so that the gateway counts a repeat once.
     *
     * @param int $now Seconds since 1970.
     * @return array<string, string>
     */
    public function headers(string $secret, int $now): array
    {
        $id = 'ord_' . substr($this->order, 0, 32);
        $mac = hash_hmac('sha256', "$id.$now." . $this->body, self::key($secret), true);
        return [
            'content-type' => 'application/json',
            'webhook-id' => $id,
            'webhook-timestamp' => (string) $now,
            'webhook-signature' => 'v1,' . base64_encode($mac),
        ];
    }

    /** The bytes of a secret `whsec_…`, none if it isn't one. */
    public static function key(string $secret): string
    {
        if (strncmp($secret, self::PREFIX, strlen(self::PREFIX)) !== 0) {
            return '';
        }
        return (string) base64_decode(substr($secret, strlen(self::PREFIX)), true);
    }
}
