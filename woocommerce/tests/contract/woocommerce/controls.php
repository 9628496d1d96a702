<?php

/** The contract's own addresses, by which a test checks out and looks at what is there. */

use Automattic\WooCommerce\Utilities\FeaturesUtil;

add_action('template_redirect', static function () {
    $controls = [
        'cart' => static fn () => array_values(wc_contract_cart()),
        'checkout' => static fn () => ['order' => wc_contract_checkout()->get_id()],
        'complete' => static fn () => wc_get_order(absint($_GET['order']))->update_status('completed'),
        'features' => static fn () => FeaturesUtil::$declared,
        'order' => static function () {
            $order = wc_get_order(absint($_GET['order']));
            $lines = array_map(static fn ($item) => $item->to_array(), array_values($order->get_items()));
            return ['lines' => $lines, 'sent' => $order->get_meta('_try_it_on_sent')];
        },
        'jobs' => static fn () => wc_contract_jobs(),
        'run-jobs' => static function () {
            $jobs = wc_contract_jobs();
            update_option('contract_actions', []);
            foreach (_get_cron_array() as $at => $hooks) {
                foreach ($hooks['try_it_on_report_order'] ?? [] as $event) {
                    wp_unschedule_event($at, 'try_it_on_report_order', $event['args']);
                }
            }
            foreach ($jobs as $job) {
                do_action_ref_array($job['hook'], $job['args']);
            }
            return count($jobs);
        },
        'scheduler' => static fn () => update_option('contract_has_scheduler', absint($_GET['on'])),
    ];
    $asked = $_GET['contract'] ?? null;
    if (is_string($asked) && isset($controls[$asked])) {
        wp_send_json($controls[$asked]());
    }
}, 1);

/** What waits to be run, in either queue: its arguments and how many seconds from now it is due. */
function wc_contract_jobs()
{
    $jobs = [];
    foreach (_get_cron_array() as $at => $hooks) {
        foreach ($hooks['try_it_on_report_order'] ?? [] as $event) {
            $jobs[] = ['queue' => 'wp-cron', 'at' => $at, 'hook' => 'try_it_on_report_order', 'args' => $event['args']];
        }
    }
    foreach (get_option('contract_actions', []) as $action) {
        $jobs[] = ['queue' => 'scheduler'] + $action;
    }
    return $jobs;
}
