<?php

namespace FittingRoom\TryItOn\Tests;

use FittingRoom\TryItOn\CartLine;
use FittingRoom\TryItOn\OrderMessage;
use FittingRoom\TryItOn\OrderSender;
use FittingRoom\TryItOn\Settings;
use PHPUnit\Framework\TestCase;
use WC_Order_Item;

final class OrderTest extends TestCase
{
    private const RESULT = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj';

    protected function setUp(): void
    {
        wordpress_reset();
    }

    private static function sender(array $settings = []): OrderSender
    {
        $settings += ['orders_secret' => Catalogue::ordersSecret()];
        return new OrderSender(Catalogue::settings($settings));
    }

    /** The attempts of the order that are scheduled, with their delays in seconds. */
    private static function scheduled(): array
    {
        $events = $GLOBALS['wordpress']['scheduled'];
        $GLOBALS['wordpress']['scheduled'] = [];
        return array_map(static fn ($event) => [$event['hook'], $event['args']], $events);
    }

    /** @dataProvider ids */
    public function testOnlyAResultsIdGoesIntoTheCart($sent, bool $isTaken): void
    {
        $_POST = $sent === null ? [] : ['try_on' => $sent];
        $data = (new CartLine())->addToCart(['gift' => 1]);
        $_POST = [];
        $this->assertSame($isTaken ? ['gift' => 1, 'try_on' => $sent] : ['gift' => 1], $data);
    }

    public function ids(): array
    {
        return [
            [self::RESULT, true], ['123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1', true],
            [null, false], ['', false], ['a b', false], ['<script>', false], ["a\n", false],
            [['a'], false], ['é', false],
            [str_repeat('a', 200), true], [str_repeat('a', 201), false],
        ];
    }

    public function testTheIdGoesFromTheCartOntoTheLine(): void
    {
        $item = Catalogue::line(null);
        (new CartLine())->addToOrder($item, 'key', ['try_on' => self::RESULT]);
        $this->assertSame(self::RESULT, $item->get_meta('_try_on'));
        foreach ([[], ['try_on' => 'a b'], ['try_on' => 5], null] as $values) {
            $item = Catalogue::line(null);
            (new CartLine())->addToOrder($item, 'key', $values);
            $this->assertSame('', $item->get_meta('_try_on'));
        }
    }

    public function testTheMessageHasTriedLinesAndNothingOfThePerson(): void
    {
        $data = ['variation_id' => 51, 'quantity' => 2, 'total' => '79.8'];
        $tried = Catalogue::line(self::RESULT, $data);
        $order = Catalogue::order([
            $tried,
            Catalogue::line(null, ['product_id' => 999, 'total' => '5']),
            Catalogue::line('not an id'),
            new WC_Order_Item(),
        ]);
        $message = OrderMessage::of($order, Catalogue::ordersSecret());
        $hash = hash_hmac('sha256', 'fitting-room/order:815', Catalogue::ORDERS_KEY);
        $this->assertSame([
            'type' => 'order.paid',
            'timestamp' => '2026-11-30T09:00:00Z',
            'data' => [
                'order' => $hash,
                'currency' => 'EUR',
                'lines' => [[
                    'try_on' => self::RESULT,
                    'product_id' => '51',
                    'quantity' => 2,
                    'amount' => '79.80',
                ]],
            ],
        ], json_decode($message->body(), true));
        foreach (['815"', 'ada', 'customer', '999'] as $secret) {
            $this->assertStringNotContainsString($secret, $message->body());
        }
    }

    public function testAmountsHaveTheCurrencysDecimals(): void
    {
        $GLOBALS['wordpress']['options']['woocommerce_price_num_decimals'] = 0;
        $line = Catalogue::line(self::RESULT, ['total' => '3980']);
        $order = Catalogue::order([$line], ['currency' => 'JPY']);
        $body = json_decode(OrderMessage::of($order, Catalogue::ordersSecret())->body(), true);
        $this->assertSame('3980', $body['data']['lines'][0]['amount']);
    }

    public function testItIsSignedAsStandardWebhooksHasIt(): void
    {
        $order = Catalogue::order([Catalogue::line(self::RESULT)]);
        $message = OrderMessage::of($order, Catalogue::ordersSecret());
        $headers = $message->headers(Catalogue::ordersSecret(), 1_764_500_000);
        $signed = $headers['webhook-id'] . '.1764500000.' . $message->body();
        $mac = base64_encode(hash_hmac('sha256', $signed, Catalogue::ORDERS_KEY, true));
        $this->assertSame("v1,$mac", $headers['webhook-signature']);
        $this->assertSame('1764500000', $headers['webhook-timestamp']);
        $this->assertMatchesRegularExpression('/^ord_[0-9a-f]{32}$/', $headers['webhook-id']);
        // A repeat has the same id and another time.
        $again = $message->headers(Catalogue::ordersSecret(), 1_764_500_060);
        $this->assertSame($headers['webhook-id'], $again['webhook-id']);
        $this->assertNotSame($headers['webhook-signature'], $again['webhook-signature']);
    }

    public function testThePublishedExampleOfStandardWebhooks(): void
    {
        $key = OrderMessage::key('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
        $signed = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
        $mac = base64_encode(hash_hmac('sha256', $signed, $key, true));
        $this->assertSame('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', $mac);
    }

    public function testAPaidOrderIsScheduledOnce(): void
    {
        $order = Catalogue::order([Catalogue::line(self::RESULT)]);
        self::sender()->onPaid(815, $order);
        self::sender()->onPaid(815);
        $this->assertSame([['try_it_on_report_order', [815, 1]]], self::scheduled());
        $this->assertSame([], $GLOBALS['wordpress']['requests']);
    }

    public function testNothingIsScheduledWithoutASecretAGatewayALineOrAnOrder(): void
    {
        $order = Catalogue::order([Catalogue::line(self::RESULT)]);
        self::sender(['orders_secret' => ''])->onPaid(815, $order);
        self::sender(['gateway' => ''])->onPaid(815, $order);
        self::sender()->onPaid(816);
        self::sender()->onPaid(815, Catalogue::order([Catalogue::line(null)]));
        $this->assertSame([], self::scheduled());
    }

    public function testAnOrderIsToldOnce(): void
    {
        $order = Catalogue::order([Catalogue::line(self::RESULT)]);
        $GLOBALS['wordpress']['answers'] = [204];
        self::sender()->send(815, 1);
        self::sender()->send(815, 1);
        self::sender()->onPaid(815, $order);
        [$request] = $GLOBALS['wordpress']['requests'];
        $this->assertCount(1, $GLOBALS['wordpress']['requests']);
        $this->assertSame(Catalogue::GATEWAY . '/webhooks/orders', $request['url']);
        $this->assertSame(0, $request['redirection']);
        $this->assertSame([], self::scheduled());
        $this->assertNotSame('', $order->get_meta('_try_it_on_sent'));
    }

    /** @dataProvider refusals */
    public function testItIsToldAgainWhereNoAnswerCame($answer): void
    {
        Catalogue::order([Catalogue::line(self::RESULT)]);
        $attempts = [];
        for ($attempt = 1; $attempt <= 6; $attempt++) {
            $GLOBALS['wordpress']['answers'] = [$answer];
            self::sender()->send(815, $attempt);
            $attempts[] = self::scheduled();
        }
        $next = static fn (int $attempt): array => [['try_it_on_report_order', [815, $attempt]]];
        $this->assertSame([$next(2), $next(3), $next(4), $next(5), $next(6), []], $attempts);
        $logged = $GLOBALS['wordpress']['logged'];
        $this->assertCount(1, $logged);
        $this->assertStringContainsString('order 815 in 6 attempts', $logged[0]);
    }

    public function refusals(): array
    {
        return [[500], [404], [401], [302], [new \WP_Error('http', 'timed out')]];
    }

    public function testAGatewayThatIsGoneIsNotAskedAgain(): void
    {
        $order = Catalogue::order([Catalogue::line(self::RESULT)]);
        $GLOBALS['wordpress']['answers'] = [410];
        self::sender()->send(815, 1);
        self::sender()->onPaid(815, $order);
        $this->assertSame([], self::scheduled());
    }

    public function testWhatWasScheduledBeforeTheSecretWasRemovedIsLeft(): void
    {
        Catalogue::order([Catalogue::line(self::RESULT)]);
        (new OrderSender(new Settings(['gateway' => Catalogue::GATEWAY])))->send(815, 1);
        $this->assertSame([], $GLOBALS['wordpress']['requests']);
        $this->assertSame([], self::scheduled());
    }
}
