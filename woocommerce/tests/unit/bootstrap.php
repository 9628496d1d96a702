<?php

require __DIR__ . '/../contract/wordpress.php';
require __DIR__ . '/../contract/woocommerce/data.php';
require __DIR__ . '/../contract/woocommerce/functions.php';
require __DIR__ . '/../../try-it-on/autoload.php';
require __DIR__ . '/Catalogue.php';
require __DIR__ . '/Database.php';
