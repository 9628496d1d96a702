<!doctype html>
<html <?php language_attributes(); ?>>
<head><meta charset="utf-8"><?php wp_head(); ?></head>
<body <?php body_class(); ?>>
<?php
while (have_posts()) {
    the_post();
    if (is_product()) {
        global $product;
        $product = wc_get_product(get_the_ID());
        the_title('<h1>', '</h1>');
        woocommerce_template_single_add_to_cart();
    } else {
        the_content();
    }
}
wp_footer();
?>
</body>
</html>
