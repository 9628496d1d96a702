<?php

/**
 * What the plugin's own decisions ask of WordPress, without WordPress: functions of its published
 * signatures, which keep what they are told in `$GLOBALS['wordpress']`.
 */

$GLOBALS['wordpress'] = [];

/** Forgets everything; tests begin with it. */
function wordpress_reset(): void
{
    $GLOBALS['wordpress'] = [
        'options' => [],
        'filters' => [],
        'pictures' => [],
        'privacy' => '',
        'scheduled' => [],
        'requests' => [],
        'answers' => [],
        'logged' => [],
        'sites' => [],
        'site' => 1,
        'removed' => [],
    ];
}

/** Keeps what is removed, with the site that it is removed from. */
function wordpress_removed(string $from, string $what): void
{
    $GLOBALS['wordpress']['removed'][] = [$GLOBALS['wordpress']['site'], $from, $what];
}

function is_multisite()
{
    return $GLOBALS['wordpress']['sites'] !== [];
}

function get_sites($args = [])
{
    return $args['fields'] === 'ids' && $args['number'] === 0 ? $GLOBALS['wordpress']['sites'] : [];
}

function switch_to_blog($new_blog_id, $deprecated = null)
{
    $GLOBALS['wordpress']['site'] = $new_blog_id;
    $GLOBALS['wpdb']->prefix = "wp_{$new_blog_id}_";
    return true;
}

function restore_current_blog()
{
    return switch_to_blog(1);
}

function delete_option($option)
{
    wordpress_removed('option', $option);
    return true;
}

function delete_post_meta_by_key($post_meta_key)
{
    wordpress_removed('postmeta', $post_meta_key);
    return true;
}

function wp_unschedule_hook($hook, $wp_error = false)
{
    wordpress_removed('hook', $hook);
    return 1;
}

function __($text, $domain = 'default')
{
    return $text;
}

function get_option($option, $default = false)
{
    return $GLOBALS['wordpress']['options'][$option] ?? $default;
}

function apply_filters($hook, $value, ...$args)
{
    $filter = $GLOBALS['wordpress']['filters'][$hook] ?? null;
    return $filter === null ? $value : $filter($value, ...$args);
}

function absint($number)
{
    return abs((int) $number);
}

function wp_unslash($value)
{
    return is_array($value) ? array_map('wp_unslash', $value) : (is_string($value) ? stripslashes($value) : $value);
}

function wp_json_encode($value, $flags = 0, $depth = 512)
{
    return json_encode($value, $flags, $depth);
}

function wp_strip_all_tags($text, $remove_breaks = false)
{
    return trim(strip_tags($text));
}

function wp_get_attachment_image_url($id, $size = 'thumbnail', $icon = false)
{
    return $size === 'full' ? ($GLOBALS['wordpress']['pictures'][$id] ?? false) : false;
}

function esc_url_raw($url, $protocols = null)
{
    return in_array(parse_url($url, PHP_URL_SCHEME), $protocols, true) ? str_replace(' ', '%20', $url) : '';
}

function home_url($path = '', $scheme = null)
{
    return 'https://www.shop.example' . $path;
}

function get_privacy_policy_url()
{
    return $GLOBALS['wordpress']['privacy'];
}

class WP_Error
{
    private $message;

    public function __construct($code = '', $message = '', $data = '')
    {
        $this->message = $message;
    }

    public function get_error_message($code = '')
    {
        return $this->message;
    }
}

function is_wp_error($thing)
{
    return $thing instanceof WP_Error;
}

function wp_remote_post($url, $args = [])
{
    $GLOBALS['wordpress']['requests'][] = ['url' => $url] + $args;
    return array_shift($GLOBALS['wordpress']['answers']);
}

function wp_remote_retrieve_response_code($response)
{
    return is_int($response) ? $response : '';
}

function wp_next_scheduled($hook, $args = [])
{
    foreach ($GLOBALS['wordpress']['scheduled'] as $event) {
        if ($event['hook'] === $hook && $event['args'] === $args) {
            return $event['at'];
        }
    }
    return false;
}

function wp_schedule_single_event($timestamp, $hook, $args = [], $wp_error = false)
{
    $GLOBALS['wordpress']['scheduled'][] = ['at' => $timestamp, 'hook' => $hook, 'args' => $args];
    return true;
}

function wc_get_order($the_order = false)
{
    return $GLOBALS['wordpress']['orders'][$the_order] ?? false;
}

function wc_get_logger()
{
    return new class {
        public function warning($message, $context = [])
        {
            $GLOBALS['wordpress']['logged'][] = $message;
        }
    };
}
