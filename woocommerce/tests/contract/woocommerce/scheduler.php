<?php

/** Action Scheduler, which WooCommerce brings along: its published functions over one option. */

function as_schedule_single_action(
    $timestamp,
    $hook,
    $args = [],
    $group = '',
    $unique = false,
    $priority = 10
) {
    $actions = get_option('contract_actions', []);
    $actions[] = ['at' => $timestamp, 'hook' => $hook, 'args' => $args, 'group' => $group];
    update_option('contract_actions', $actions);
    return count($actions);
}

function as_next_scheduled_action($hook, $args = null, $group = '')
{
    foreach (get_option('contract_actions', []) as $action) {
        if ($action['hook'] === $hook && $action['args'] === $args && $action['group'] === $group) {
            return $action['at'];
        }
    }
    return false;
}

function as_unschedule_all_actions($hook, $args = [], $group = '')
{
    $others = static fn ($action) => $action['hook'] !== $hook;
    update_option('contract_actions', array_filter(get_option('contract_actions', []), $others));
}
