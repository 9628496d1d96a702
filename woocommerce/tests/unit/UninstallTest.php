<?php

namespace FittingRoom\TryItOn\Tests;

use PHPUnit\Framework\TestCase;

final class UninstallTest extends TestCase
{
    protected function setUp(): void
    {
        wordpress_reset();
    }

    /**
     * @runInSeparateProcess
     * @preserveGlobalState disabled
     * @dataProvider networks
     */
    public function testEachSiteOfANetworkIsCleared(array $sites, array $tables): void
    {
        wordpress_reset();
        $GLOBALS['wordpress']['sites'] = $sites;
        $GLOBALS['wpdb'] = new Database($tables);
        define('WP_UNINSTALL_PLUGIN', 'try-it-on/try-it-on.php');
        require __DIR__ . '/../../try-it-on/uninstall.php';
        $all = $sites ?: [1];
        $meta = [
            '_try_it_on_show', '_try_it_on_image', '_try_it_on_category', '_try_it_on_model',
            '_try_it_on_sent',
        ];
        $expected = [];
        foreach ($all as $site) {
            $expected[] = [$site, 'option', 'try_it_on'];
            foreach ($meta as $key) {
                $expected[] = [$site, 'postmeta', $key];
            }
            if (in_array("wp_{$site}_wc_orders_meta", $tables, true)) {
                $expected[] = [$site, "wp_{$site}_wc_orders_meta", '_try_it_on_sent'];
            }
            $expected[] = [$site, 'hook', 'try_it_on_report_order'];
        }
        $this->assertSame($expected, $GLOBALS['wordpress']['removed']);
    }

    public function networks(): array
    {
        return [
            'one site' => [[], []],
            'one site with tables of orders' => [[], ['wp_1_wc_orders_meta']],
            'three sites, one of them with such tables' => [[1, 4, 7], ['wp_4_wc_orders_meta']],
        ];
    }
}
