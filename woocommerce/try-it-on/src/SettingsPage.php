<?php

namespace FittingRoom\TryItOn;

/** WooCommerce → Try it on. */
final class SettingsPage
{
    public const SLUG = 'try-it-on';

    private const CAPABILITY = 'manage_woocommerce';

    private string $pluginFile;
    private bool $hasReported = false;

    public function __construct(string $pluginFile)
    {
        $this->pluginFile = $pluginFile;
    }

    public function register(): void
    {
        add_action('admin_menu', [$this, 'addToMenu']);
        add_action('admin_init', [$this, 'registerSetting']);
        // WordPress verifies the form's nonce and, by this filter, that the user may change it.
        add_filter('option_page_capability_' . self::SLUG, static fn (): string => self::CAPABILITY);
        add_filter('plugin_action_links_' . plugin_basename($this->pluginFile), [$this, 'addLink']);
    }

    public function addToMenu(): void
    {
        $title = __('Try it on', 'try-it-on');
        add_submenu_page('woocommerce', $title, $title, self::CAPABILITY, self::SLUG, [$this, 'print']);
    }

    public function registerSetting(): void
    {
        register_setting(self::SLUG, Settings::OPTION, [
            'type' => 'array',
            'sanitize_callback' => [$this, 'sanitize'],
            'show_in_rest' => false,
        ]);
    }

    /**
     * @param mixed $links
     * @return mixed
     */
    public function addLink($links)
    {
        if (is_array($links) && current_user_can(self::CAPABILITY)) {
            $url = admin_url('admin.php?page=' . self::SLUG);
            array_unshift($links, sprintf('<a href="%s">%s</a>', esc_url($url), esc_html__('Settings', 'try-it-on')));
        }
        return $links;
    }

    /**
     * @param mixed $input
     * @return array<string, string>
     */
    public function sanitize($input): array
    {
        $parsed = new SettingsInput($input, Settings::load());
        // WordPress asks twice when the option is new.
        if (!$this->hasReported) {
            foreach ($parsed->problems() as $field => $problem) {
                add_settings_error(self::SLUG, self::SLUG . '-' . $field, $problem);
            }
            if ($parsed->problems() !== []) {
                $rest = __('Everything else was saved.', 'try-it-on');
                add_settings_error(self::SLUG, self::SLUG . '-rest', $rest, 'info');
            }
            $this->hasReported = true;
        }
        return $parsed->settings()->toArray();
    }

    public function print(): void
    {
        if (!current_user_can(self::CAPABILITY)) {
            return;
        }
        $settings = Settings::load();
        echo '<div class="wrap"><h1>' . esc_html__('Try it on', 'try-it-on') . '</h1>';
        settings_errors();
        echo '<form method="post" action="' . esc_url(admin_url('options.php')) . '">';
        settings_fields(self::SLUG);
        echo '<table class="form-table" role="presentation"><tbody>';
        $this->fields($settings);
        echo '</tbody></table>';
        submit_button();
        echo '</form>';
        $this->printGatewaySettings();
        echo '</div>';
    }

    private function fields(Settings $settings): void
    {
        $this->text('gateway', $settings, 'url', __('Gateway’s address', 'try-it-on'), __('Where your Fitting Room gateway runs, such as https://try-on.example.com. Without it no button is shown.', 'try-it-on'));
        $this->secret('garment_secret', $settings, __('Garment secret', 'try-it-on'), __('The gateway’s GARMENT_SECRET. With it the shop signs its product pictures, and nothing else can be tried on.', 'try-it-on'));
        $this->choice('products', $settings, __('Products', 'try-it-on'), [
            'all' => __('All, unless a product’s box says otherwise', 'try-it-on'),
            'chosen' => __('Only those with “Shown” in their box', 'try-it-on'),
        ]);
        $this->choice('position', $settings, __('Where the button stands', 'try-it-on'), [
            'after_button' => __('After “Add to cart”', 'try-it-on'),
            'before_button' => __('Before “Add to cart”', 'try-it-on'),
            'after_form' => __('Below the whole form', 'try-it-on'),
            'shortcode' => __('Where the shortcode [try_it_on] is', 'try-it-on'),
        ]);
        $this->choice('model', $settings, __('Model', 'try-it-on'), [
            'tryon-v1.6' => __('Fast: about 8 seconds, 1 credit', 'try-it-on'),
            'tryon-max' => __('Fine: slower, 2 credits or more', 'try-it-on'),
        ]);
        $this->text('label', $settings, 'text', __('Button’s label', 'try-it-on'), __('Leave it empty for “Try it on” in the shopper’s language.', 'try-it-on'));
        $languages = [
            'en' => 'English', 'de' => 'Deutsch', 'fr' => 'Français', 'es' => 'Español', 'ja' => '日本語', 'ar' => 'العربية',
        ];
        $this->choice('locale', $settings, __('Language', 'try-it-on'), ['' => __('The page’s', 'try-it-on')] + $languages);
        $this->text('consent_version', $settings, 'text', __('Version of your terms on photos', 'try-it-on'), __('The gateway’s CONSENT_VERSION, if it has one.', 'try-it-on'));
        $this->text('privacy_url', $settings, 'url', __('Page on photos', 'try-it-on'), __('Linked beside the consent text. Leave it empty for your privacy page.', 'try-it-on'));
        $this->secret('orders_secret', $settings, __('Orders secret', 'try-it-on'), __('Tells the gateway of paid orders with something that was tried on: no names, addresses or order numbers. It needs a gateway that takes orders; leave it empty otherwise.', 'try-it-on'));
    }

    private function text(string $field, Settings $settings, string $type, string $label, string $help): void
    {
        $input = sprintf(
            '<input type="%s" class="regular-text" id="try-it-on-%2$s" name="%3$s[%2$s]" value="%4$s">',
            esc_attr($type),
            esc_attr($field),
            esc_attr(Settings::OPTION),
            esc_attr($settings->get($field))
        );
        $this->row($field, $label, $input, $help);
    }

    /** A secret isn't printed: nobody can take it along from the page. */
    private function secret(string $field, Settings $settings, string $label, string $help): void
    {
        $isSet = $settings->get($field) !== '';
        $input = sprintf(
            '<input type="password" class="regular-text" autocomplete="off" id="try-it-on-%1$s" name="%2$s[%1$s]" value="" placeholder="%3$s">',
            esc_attr($field),
            esc_attr(Settings::OPTION),
            $isSet ? esc_attr__('Saved. Leave it empty to keep it.', 'try-it-on') : ''
        );
        if ($isSet) {
            $input .= sprintf(
                '<br><label><input type="checkbox" name="%s[%s_remove]" value="1"> %s</label>',
                esc_attr(Settings::OPTION),
                esc_attr($field),
                esc_html__('Remove it', 'try-it-on')
            );
        }
        $this->row($field, $label, $input, $help);
    }

    /** @param array<string, string> $choices Labels by value. */
    private function choice(string $field, Settings $settings, string $label, array $choices): void
    {
        $options = '';
        foreach ($choices as $value => $text) {
            $isSelected = selected($settings->get($field), (string) $value, false);
            $options .= sprintf('<option value="%s"%s>%s</option>', esc_attr((string) $value), $isSelected, esc_html($text));
        }
        $name = esc_attr(Settings::OPTION);
        $this->row($field, $label, sprintf('<select id="try-it-on-%1$s" name="%2$s[%1$s]">%3$s</select>', esc_attr($field), $name, $options), '');
    }

    /** @param string $input HTML, escaped by the caller. */
    private function row(string $field, string $label, string $input, string $help): void
    {
        printf(
            '<tr><th scope="row"><label for="try-it-on-%s">%s</label></th><td>%s%s</td></tr>',
            esc_attr($field),
            esc_html($label),
            $input,
            $help === '' ? '' : '<p class="description">' . esc_html($help) . '</p>'
        );
    }

    /** What the gateway must know of this shop, to be copied. */
    private function printGatewaySettings(): void
    {
        $uploads = wp_get_upload_dir();
        $home = wp_parse_url(home_url());
        $origin = $home['scheme'] . '://' . $home['host'] . (isset($home['port']) ? ':' . $home['port'] : '');
        $hosts = (string) wp_parse_url($uploads['baseurl'], PHP_URL_HOST);
        printf(
            '<h2>%s</h2><p>%s</p><pre><code>ALLOWED_ORIGINS = "%s"' . "\n" . 'PRODUCT_HOSTS = "%s"</code></pre>',
            esc_html__('What the gateway must know of this shop', 'try-it-on'),
            esc_html__('Put these lines into the gateway’s wrangler.toml, beside what is there. If a content network serves your pictures, name its host.', 'try-it-on'),
            esc_html($origin),
            esc_html($hosts)
        );
    }
}
