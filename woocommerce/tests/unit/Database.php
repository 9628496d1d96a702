<?php

namespace FittingRoom\TryItOn\Tests;

/** WordPress' `$wpdb`, as far as the plugin asks it: it knows which tables there are. */
final class Database
{
    /** @var string The prefix of the current site's tables. */
    public string $prefix = 'wp_1_';
    /** @var string[] */
    private array $tables;

    public function __construct(array $tables)
    {
        $this->tables = $tables;
    }

    public function prepare(string $query, string $text): string
    {
        return str_replace('%s', "'" . addslashes($text) . "'", $query);
    }

    // The name is WordPress' own.
    // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    public function esc_like(string $text): string
    {
        return addcslashes($text, '_%\\');
    }

    // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    public function get_var(string $query): ?string
    {
        preg_match("/^SHOW TABLES LIKE '(.+)'$/", $query, $found);
        $name = stripslashes(stripslashes($found[1] ?? ''));
        return in_array($name, $this->tables, true) ? $name : null;
    }

    public function delete(string $table, array $where): void
    {
        wordpress_removed($table, $where['meta_key']);
    }
}
