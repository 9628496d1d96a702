<?php

namespace FittingRoom\TryItOn;

/**
 * Tells the gateway of paid orders, if there is a secret to sign with: later than the request that
 * changed the order, once, and again where no answer came.
 */
final class OrderSender
{
    public const JOB = 'try_it_on_report_order';
    public const SENT_META = '_try_it_on_sent';

    private const GROUP = 'try-it-on';
    private const PATH = '/webhooks/orders';
    private const TIMEOUT_SECONDS = 10;
    /** How long to wait after each attempt that failed; after the last one the order is given up. */
    private const RETRY_SECONDS = [60, 300, 1800, 7200, 43200];

    private Settings $settings;

    public function __construct(Settings $settings)
    {
        $this->settings = $settings;
    }

    public function register(): void
    {
        add_action('woocommerce_order_status_processing', [$this, 'onPaid'], 10, 2);
        add_action('woocommerce_order_status_completed', [$this, 'onPaid'], 10, 2);
        add_action(self::JOB, [$this, 'send'], 10, 2);
    }

    /**
     * @param int $orderId
     * @param mixed $order
     */
    public function onPaid($orderId, $order = null): void
    {
        $order = $order instanceof \WC_Order ? $order : wc_get_order($orderId);
        if ($this->message($order) !== null) {
            self::schedule((int) $orderId, 1, 0);
        }
    }

    /**
     * One attempt. What was scheduled before the settings changed goes by the new ones.
     *
     * @param int $orderId
     * @param int $attempt Counts from 1.
     */
    public function send($orderId, $attempt = 1): void
    {
        $order = wc_get_order($orderId);
        $message = $this->message($order);
        if ($message === null) {
            return;
        }
        $answer = wp_remote_post($this->settings->get('gateway') . self::PATH, [
            'headers' => $message->headers($this->settings->get('orders_secret'), time()),
            'body' => $message->body(),
            'timeout' => self::TIMEOUT_SECONDS,
            'redirection' => 0,
        ]);
        $status = (int) wp_remote_retrieve_response_code($answer);
        // By Standard Webhooks a 410 says: never again.
        if (($status >= 200 && $status < 300) || $status === 410) {
            $order->update_meta_data(self::SENT_META, (string) time());
            $order->save();
            return;
        }
        $reason = is_wp_error($answer) ? $answer->get_error_message() : (string) $status;
        $this->retry((int) $orderId, (int) $attempt, $reason);
    }

    /** Forgets what is scheduled. */
    public static function unschedule(): void
    {
        if (function_exists('as_unschedule_all_actions')) {
            as_unschedule_all_actions(self::JOB);
        }
        wp_unschedule_hook(self::JOB);
    }

    /** @param mixed $order */
    private function message($order): ?OrderMessage
    {
        if (!$this->settings->reportsOrders() || !$order instanceof \WC_Order) {
            return null;
        }
        $isSent = $order->get_meta(self::SENT_META) !== '';
        return $isSent ? null : OrderMessage::of($order, $this->settings->get('orders_secret'));
    }

    private function retry(int $orderId, int $attempt, string $reason): void
    {
        $delay = self::RETRY_SECONDS[$attempt - 1] ?? null;
        if ($delay !== null) {
            self::schedule($orderId, $attempt + 1, $delay);
            return;
        }
        wc_get_logger()->warning(
            "The gateway wasn't told of order $orderId in $attempt attempts. The last: $reason.",
            ['source' => self::GROUP]
        );
    }

    /** By WooCommerce's own queue, and by WordPress' where there is none. */
    private static function schedule(int $orderId, int $attempt, int $delay): void
    {
        $args = [$orderId, $attempt];
        $at = time() + $delay;
        if (function_exists('as_schedule_single_action')) {
            if (!as_next_scheduled_action(self::JOB, $args, self::GROUP)) {
                as_schedule_single_action($at, self::JOB, $args, self::GROUP);
            }
        } elseif (!wp_next_scheduled(self::JOB, $args)) {
            wp_schedule_single_event($at, self::JOB, $args);
        }
    }
}
