<?php

/**
 * Plugin Name:          Try it on
 * Description:          Virtual try-on on product pages, by a Fitting Room gateway.
 * Version:              0.1.0
 * Requires at least:    6.1
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 7.1
 * Author:               Fitting Room
 * License:              Apache-2.0
 * License URI:          https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:          try-it-on
 */

namespace FittingRoom\TryItOn;

defined('ABSPATH') || exit;

require __DIR__ . '/autoload.php';

(new Plugin(__FILE__))->start();
