use std::rc::Rc;

use super::*;
use crate::auth::shopify::{Proxied, ShopDomain};
use crate::config::policy::Policy;
use crate::config::shops::KeyName;
use crate::http::hosts::HostPattern;
use crate::http::origin::OriginPattern;

const HERE: &str = "http://127.0.0.1:8787";
const OUT_THERE: &str = "https://try.example";

/// As staff, on this machine.
fn accept(text: &str) -> Result<String, String> {
    judge(&Caller::Staff, HERE, &bounds(""), Role::Person, text)
}

/// As a shopper of a shop with these bounds, on a gateway out there.
fn shopper(bounds: &ShopperPictures, role: Role, text: &str) -> Result<String, String> {
    judge(&a_page(), OUT_THERE, bounds, role, text)
}

fn a_page() -> Caller {
    Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"))
}

/// A shop with these pages and these domains at Shopify.
pub(crate) fn shop(origins: &[&str], shopify: &[&str]) -> Shop {
    let origins = origins.iter().map(|text| OriginPattern::parse(text).expect("an origin"));
    let domains = shopify.iter().map(|text| ShopDomain::parse(text).expect("a domain"));
    Shop {
        origins: origins.collect(),
        shopify: domains.collect(),
        key: KeyName::default(),
        policy: Rc::new(Policy::default()),
        garments: None,
        orders_secrets: Vec::new(),
        shopify_secrets: Vec::new(),
        day_credits: None,
    }
}

fn judge(
    caller: &Caller,
    own: &str,
    bounds: &ShopperPictures,
    role: Role,
    text: &str,
) -> Result<String, String> {
    judge_in(&shop(&["https://shop.example"], &[]), caller, own, bounds, role, text)
}

fn judge_in(
    shop: &Shop,
    caller: &Caller,
    own: &str,
    bounds: &ShopperPictures,
    role: Role,
    text: &str,
) -> Result<String, String> {
    let own = &Origin::parse(own).expect("an origin");
    let image = Image::read(text.into()).map_err(str::to_owned)?;
    GatewayPictures { own, caller, shop, bounds }
        .accept(role, image)
        .map(|image| image.to_text().into_owned())
}

fn proxied(shop: &str) -> Caller {
    let shop = ShopDomain::parse(shop).expect("a domain");
    Caller::Shopify(Proxied { shop, customer: None })
}

#[test]
fn a_shop_on_shopify_serves_its_own_pictures_on_each_of_its_hosts() {
    let listed =
        shop(&["https://north.example", "https://*.south.example"], &["two.myshopify.com"]);
    let page = Caller::Storefront(Origin::parse("https://north.example").expect("an origin"));
    let taken = |caller: &Caller, role, text: &str| {
        judge_in(&listed, caller, OUT_THERE, &bounds(""), role, text).is_ok()
    };
    // (the address, whether a page's run may have it, whether one through the app proxy may)
    for (address, by_page, by_proxy) in [
        ("https://north.example/cdn/shop/files/shirt.jpg?v=1&width=2000", true, true),
        ("https://www.south.example/cdn/shop/products/shirt.png", true, true),
        ("https://two.myshopify.com/cdn/shop/files/shirt.jpg", true, true),
        ("https://one.myshopify.com/cdn/shop/files/shirt.jpg", false, true),
        ("https://NORTH.example:443/cdn/shop/files/shirt.jpg", true, true),
        ("https://other.myshopify.com/cdn/shop/files/shirt.jpg", false, false),
        ("https://north.example/files/shirt.jpg", false, false),
        ("https://north.example/cdn/shopping/shirt.jpg", false, false),
        ("https://north.example/cdn/shop/../../files/shirt.jpg", false, false),
        ("https://north.example/cdn/shop/%2e%2e/%2e%2e/files/shirt.jpg", false, false),
        ("https://north.example.evil.example/cdn/shop/files/shirt.jpg", false, false),
        ("https://evil.example/https://north.example/cdn/shop/files/shirt.jpg", false, false),
        ("http://north.example/cdn/shop/files/shirt.jpg", false, false),
        ("https://north.example:8443/cdn/shop/files/shirt.jpg", false, false),
    ] {
        for role in [Role::Product, Role::Reference] {
            assert_eq!(taken(&page, role, address), by_page, "{address}");
            assert_eq!(taken(&proxied("one.myshopify.com"), role, address), by_proxy, "{address}");
        }
        // It is no photograph of a shopper.
        assert!(!taken(&page, Role::Person, address), "{address}");
    }
}

#[test]
fn staff_may_send_the_addresses_that_fashn_takes() {
    for given in [
        "http://example.com/path/to/model.jpg",
        "http://images.example:8080/model.jpg",
        "https://images.example:8443/model.jpg",
        "http://203.0.113.9:8000/model.jpg",
        "https://127.0.0.1.example/model.jpg",
    ] {
        assert_eq!(accept(given).as_deref(), Ok(given));
        let anywhere = ShopperPictures { product_hosts: Vec::new(), ..bounds("images.example") };
        for role in [Role::Product, Role::Person] {
            assert!(shopper(&anywhere, role, given).is_err(), "{given}");
        }
    }
}

/// Product pictures of Shopify's and the shop's own hosts; photographs of these.
fn bounds(photo_hosts: &str) -> ShopperPictures {
    let hosts = |list: &str| {
        list.split_whitespace().map(|text| HostPattern::parse(text).expect("a host")).collect()
    };
    ShopperPictures {
        product_hosts: hosts("cdn.shopify.com *.shop.example"),
        product_data: false,
        photo_hosts: hosts(photo_hosts),
    }
}

#[test]
fn a_shopper_s_product_comes_from_the_shop_s_hosts_alone() {
    for given in [
        "https://cdn.shopify.com/s/files/shirt.jpg?v=1",
        "https://CDN.shopify.com:443/s/files/shirt.jpg",
        "https://%63dn.shopify.com/shirt.jpg",
        "https://img.shop.example/shirt.jpg",
        "https://try.example/pictures/shirt.jpg",
    ] {
        for role in [Role::Product, Role::Reference] {
            assert!(shopper(&bounds(""), role, given).is_ok(), "{given}");
        }
    }
    for given in [
        "https://evil.example/shirt.jpg",
        "https://cdn.shopify.com.evil.example/shirt.jpg",
        "https://evil.example/cdn.shopify.com/shirt.jpg",
        "https://evil.example#@cdn.shopify.com/shirt.jpg",
        "https://evil.example?@cdn.shopify.com/shirt.jpg",
        "https://cdn.shopify.com@evil.example/shirt.jpg",
        "https://cdn.shopify.com:secret@evil.example/shirt.jpg",
        "https://cdn.shopify.com%2Eevil.example/shirt.jpg",
        "https://cdn.shopify.com%00.evil.example/shirt.jpg",
        "https://cdn.shopify.com%2f@evil.example/shirt.jpg",
        "https://cdn.shopify.com\\.evil.example/shirt.jpg",
        "https://cdn\u{3002}shopify\u{3002}com/shirt.jpg",
        "https://ｃdn.shopify.com/shirt.jpg",
        "https://cdn.ѕhopify.com/shirt.jpg",
        "https://xn--dn-3lc.shopify.com/shirt.jpg",
        "https://cdn.shopify.com./shirt.jpg",
        "https://cdn.shopify.com:8443/shirt.jpg",
        "https://cdn.shopify.com:80/shirt.jpg",
        "http://cdn.shopify.com/shirt.jpg",
        "https://user@cdn.shopify.com/shirt.jpg",
        "https://shop.example/shirt.jpg",
        "https://evilshop.example/shirt.jpg",
        "https://try.example:8443/pictures/shirt.jpg",
        "http://try.example/pictures/shirt.jpg",
        "https://user@try.example/pictures/shirt.jpg",
        "https://2130706433/shirt.jpg",
        "https://0177.0.0.1/shirt.jpg",
        "https://0x7f000001/shirt.jpg",
        "https://127.1/shirt.jpg",
        "https://１２７.0.0.1/shirt.jpg",
        "https://[::ffff:127.0.0.1]/shirt.jpg",
        "https://[::ffff:7f00:1]/shirt.jpg",
        "ftp://cdn.shopify.com/shirt.jpg",
        "//cdn.shopify.com/shirt.jpg",
        "https:cdn.shopify.com@evil.example/shirt.jpg",
        "https:///evil.example/shirt.jpg",
        " https://evil.example/shirt.jpg",
    ] {
        let judged = shopper(&bounds(""), Role::Product, given);
        assert!(judged.is_err(), "{given:?} was taken as {judged:?}");
    }
    assert_eq!(
        shopper(&bounds(""), Role::Product, "https://evil.example/shirt.jpg"),
        Err("must come from a host that the shop allows: cdn.shopify.com, *.shop.example".into())
    );
}

#[test]
fn a_shopper_s_photograph_is_in_the_request_unless_the_shop_allows_hosts() {
    let photo = data_url("image/png", &png(864, 1296));
    assert!(shopper(&bounds(""), Role::Person, &photo).is_ok());
    // The shop's sample of a person, say.
    assert!(shopper(&bounds(""), Role::Person, "https://try.example/pictures/her.jpg").is_ok());
    for given in [
        "https://cdn.shopify.com/me.jpg",
        "https://try.example.evil.example/me.jpg",
        "https://photos.example/me.jpg",
    ] {
        assert_eq!(
            shopper(&bounds(""), Role::Person, given),
            Err(
                "must be the picture itself, as a data URL: no address is taken from shoppers here"
                    .into()
            ),
            "{given}"
        );
    }
    let allowed = bounds("photos.example");
    let photo = "https://photos.example/me.jpg";
    assert!(shopper(&allowed, Role::Person, photo).is_ok());
    assert!(shopper(&allowed, Role::Person, "https://cdn.shopify.com/me.jpg").is_err());
    assert!(shopper(&allowed, Role::Product, photo).is_err());
}

#[test]
fn a_product_in_the_request_is_taken_where_the_shop_says_so_and_where_no_address_leads() {
    let product = data_url("image/png", &png(864, 1296));
    let taken = |caller: &Caller, own: &str, bounds: &ShopperPictures| {
        judge(caller, own, bounds, Role::Product, &product).is_ok()
    };
    assert!(!taken(&a_page(), OUT_THERE, &bounds("")));
    let anything = ShopperPictures { product_data: true, ..bounds("") };
    assert!(taken(&a_page(), OUT_THERE, &anything));
    assert!(taken(&a_page(), HERE, &bounds("")));
    assert!(taken(&Caller::Staff, OUT_THERE, &bounds("")));
}

#[test]
fn public_https_addresses_and_the_gateway_s_own_are_taken_in_normal_form() {
    for (given, taken) in [
        (
            "https://cdn.shopify.com/s/files/shirt.jpg?v=1",
            "https://cdn.shopify.com/s/files/shirt.jpg?v=1",
        ),
        ("https://EXAMPLE.com:443/a b.jpg", "https://example.com/a%20b.jpg"),
        ("http://127.0.0.1:8787/pictures/shirt.jpg", "http://127.0.0.1:8787/pictures/shirt.jpg"),
        ("https://xn--mnchen-3ya.example/x.png", "https://xn--mnchen-3ya.example/x.png"),
    ] {
        assert_eq!(accept(given).as_deref(), Ok(taken), "{given}");
    }
}

#[test]
fn addresses_that_lead_elsewhere_are_refused() {
    for given in [
        "http://127.0.0.1:8788/a.jpg",
        "http://localhost:3000/a.jpg",
        "http://10.1.2.3/a.jpg",
        "http://100.64.0.1/a.jpg",
        "http://0.0.0.0/a.jpg",
        "http://[2001:db8::1]/a.jpg",
        "http://user@example.com/a.jpg",
        "http://127.0.0.1:8787@evil.example/a.jpg",
        "http://user@127.0.0.1:8787/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://2130706433/a.jpg",
        "https://0x7f.1/a.jpg",
        "https://%31%32%37.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://[fd00::1]/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.8/a.jpg",
        "https://localhost/a.jpg",
        "https://shop.localhost/a.jpg",
        "https://printer.local/a.jpg",
        "https://metadata.google.internal/a.jpg",
        "https://router/a.jpg",
        "https://localhost./a.jpg",
        "https://.example/a.jpg",
        "https://a..example/a.jpg",
        "https://example..com/a.jpg",
        "https://user:pass@example.com/a.jpg",
        "https://example.com\\@evil.example/a.jpg",
        "https://exa\tmple.com/a.jpg",
        "//example.com/a.jpg",
        "ftp://example.com/a.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "blob:https://example.com/1",
        "just words",
        "",
    ] {
        assert!(accept(given).is_err(), "{given:?} was taken as {:?}", accept(given));
    }
}

/// A PNG's signature and header chunk; nothing else is looked at.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", base64_simd::STANDARD.encode_to_string(bytes))
}

#[test]
fn a_picture_in_the_request_is_what_its_bytes_say() {
    let jpeg = jpeg(864, 1296);
    let webp = webp(864, 1296);
    for (word, bytes, written) in [
        ("image/png", &png(864, 1296), "image/png"),
        ("image/jpeg", &png(864, 1296), "image/png"),
        ("image/png", &jpeg, "image/jpeg"),
        ("image/jpg", &jpeg, "image/jpeg"),
        ("image/pjpeg", &jpeg, "image/jpeg"),
        ("IMAGE/JPEG", &jpeg, "image/jpeg"),
        ("image/heic", &jpeg, "image/jpeg"),
        ("image/*", &jpeg, "image/jpeg"),
        ("application/octet-stream", &jpeg, "image/jpeg"),
        ("", &jpeg, "image/jpeg"),
        ("image/jpeg;charset=utf-8", &jpeg, "image/jpeg"),
        ("image/png", &webp, "image/webp"),
    ] {
        assert_eq!(accept(&data_url(word, bytes)), Ok(data_url(written, bytes)), "{word}");
    }
}

/// A JPEG's beginning: a fill byte, its frame and its scan.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xff\xc0\0\x0b\x08".to_vec();
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0?\0");
    bytes
}

/// A WebP's beginning, of the extended form.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    for side in [width, height] {
        bytes.extend_from_slice(&(side - 1).to_le_bytes()[..3]);
    }
    bytes
}

#[test]
fn what_is_not_the_picture_it_says_is_refused_with_the_reason() {
    for (given, reason) in [
        (data_url("image/png", b"<html>not a picture</html>"), "is not the PNG it says it is"),
        (
            data_url("image/svg+xml", b"<svg/>"),
            "is image/svg+xml, which is not taken: send JPEG, PNG or WebP",
        ),
        (
            data_url("image/heic", b"....ftypheic"),
            "is image/heic, which is not taken: send JPEG, PNG or WebP",
        ),
        (data_url("image/png", &png(8, 8)), "is 8×8 pixels, too small to show anything"),
        (data_url("image/png", &png(2000, 100)), "is 2000×100 pixels, too narrow: crop it"),
        (
            data_url("image/png", &png(30_000, 30_000)),
            "is 30000×30000 pixels: scale it to 2000 on the longest edge",
        ),
        (data_url("image/jpeg", &jpeg(2000, 100)), "is 2000×100 pixels, too narrow: crop it"),
        (
            data_url("image/jpeg", b"\xff\xd8\xff\xe0\0\x04ab"),
            "is a JPEG whose size can't be read: save it again",
        ),
        (
            data_url("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\0\0\x03\x60\0\0\x05\x10"),
            "is a PNG whose size can't be read: save it again",
        ),
        (
            data_url("application/pdf", b"%PDF-1.7"),
            "is application/pdf, which is not taken: send JPEG, PNG or WebP",
        ),
        (
            data_url("", b"....ftypheic"),
            "is of an unknown type, which is not taken: send JPEG, PNG or WebP",
        ),
        (
            data_url("text/html", b"hello"),
            "is text/html, which is not taken: send JPEG, PNG or WebP",
        ),
        (
            "data:image/png,hello".into(),
            "is not a picture: a data URL must begin with data:image/TYPE;base64,",
        ),
        ("data:image/png;base64,".into(), "is not a picture: the data URL has no data"),
        (
            "data:image/png;base64,a b=".into(),
            "is not a picture: the data URL's data is not base64 (standard alphabet, padded, no spaces)",
        ),
    ] {
        assert_eq!(accept(&given), Err(reason.to_owned()), "{given}");
    }
}
