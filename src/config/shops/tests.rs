use super::*;
use crate::auth::secret::Secret;
use crate::auth::shopify::Proxied;

fn default() -> Shop {
    Shop {
        origins: vec![OriginPattern::parse("https://shop.example").expect("a page")],
        shopify: Vec::new(),
        key: KeyName::default(),
        policy: Rc::default(),
        garments: None,
        orders_secrets: Vec::new(),
        shopify_secrets: Vec::new(),
        day_credits: None,
    }
}

/// Secrets are set by the end of their names.
struct Keys;

impl ShopSecrets for Keys {
    fn garment_keys(&self, name: &str) -> Result<GarmentKeys, String> {
        let current = self.shop_secrets(name, &table::GARMENT_SECRET)?.remove(0);
        Ok(GarmentKeys { current, previous: None })
    }

    fn shop_secrets(
        &self,
        name: &str,
        _like: &Setting<table::Secret>,
    ) -> Result<Vec<Secret>, String> {
        let of_north = || vec![Secret::new("of-north".into())];
        let missing = || format!("names {name}, which is missing");
        name.ends_with("_SECRET_NORTH").then(of_north).ok_or_else(missing)
    }
}

fn parse_beside(default: Shop, json: &str) -> Result<Shops, String> {
    let mut shops = Shops::new(default);
    shops.add(json, &Keys).map_err(|faults| faults.to_string())?;
    Ok(shops)
}

fn parse(json: &str) -> Result<Shops, String> {
    parse_beside(default(), json)
}

const TWO: &str = r#"{
    "north": {"origins": ["https://north.example", "https://*.north.example"], "shopify": ["north.myshopify.com"],
        "fashn_key": "FASHN_API_KEY_NORTH", "policy": {"prompts": true}, "day_credits": 500, "garment_secret": "GARMENT_SECRET_NORTH"},
    "south": {"origins": ["https://south.example"]}
}"#;

fn page(origin: &str) -> Caller {
    Caller::Storefront(Origin::parse(origin).expect("an origin"))
}

fn proxied(shop: &str) -> Caller {
    Caller::Shopify(Proxied { shop: ShopDomain::parse(shop).expect("a domain"), customer: None })
}

#[test]
fn each_caller_has_one_shop_and_an_unlisted_one_has_the_default_shop() {
    let shops = parse(TWO).expect("reads");
    let own = Origin::parse("https://try.north.example").expect("an origin");
    for (caller, key, prompts) in [
        (page("https://north.example"), "FASHN_API_KEY_NORTH", true),
        (page("https://a.b.north.example"), "FASHN_API_KEY_NORTH", true),
        (proxied("north.myshopify.com"), "FASHN_API_KEY_NORTH", true),
        (page("https://south.example"), "FASHN_API_KEY", false),
        (page("https://shop.example"), "FASHN_API_KEY", false),
        (proxied("south.myshopify.com"), "FASHN_API_KEY", false),
        (page("https://try.north.example"), "FASHN_API_KEY", false),
        (Caller::Staff, "FASHN_API_KEY", false),
    ] {
        let shop = shops.of(&caller, &own);
        assert_eq!(shop.key.as_str(), key, "{caller:?}");
        assert_eq!(shop.policy.prompts, prompts, "{caller:?}");
    }
}

#[test]
fn only_pages_of_the_gateway_and_of_shops_are_allowed() {
    let shops = parse(TWO).expect("reads");
    let own = Origin::parse("https://try.example").expect("an origin");
    for (origin, is_allowed) in [
        ("https://try.example", true),
        ("https://shop.example", true),
        ("https://SHOP.example:443", true),
        ("http://shop.example", false),
        ("https://shop.example:8443", false),
        ("https://shop.example.evil.example", false),
        ("null", false),
        ("", false),
        ("https://north.example", true),
        ("https://www.north.example", true),
        ("https://south.example", true),
        ("https://www.south.example", false),
        ("https://evilnorth.example", false),
    ] {
        let page = shops.page_origin(Some(origin), &own);
        assert_eq!(page.allowed().is_some(), is_allowed, "{origin}");
    }
    assert_eq!(shops.page_origin(None, &own), PageOrigin::Absent);
}

#[test]
fn a_key_has_the_budget_of_the_one_shop_that_set_it() {
    let shops = parse(TWO).expect("reads");
    let names: Vec<_> = shops.keys().into_iter().map(KeyName::as_str).collect();
    assert_eq!(names, ["FASHN_API_KEY", "FASHN_API_KEY_NORTH"]);
    let day = |name| shops.day_credits(&KeyName::parse(name).expect("a name"));
    assert_eq!(day("FASHN_API_KEY_NORTH"), Some(500));
    assert_eq!(day("FASHN_API_KEY"), None);
    assert_eq!(day("FASHN_API_KEY_GONE"), None);
}

#[test]
fn a_shop_s_garments_are_signed_with_its_own_secret_or_with_the_default_shop_s() {
    let signed = |secret: &str| {
        let mac = crate::auth::crypto::mac(&Secret::new(secret.into()), b"fitting-room/garment:a");
        crate::auth::crypto::hex(&mac.expect("any key is taken"))
    };
    let default = Shop {
        garments: Some(Rc::new(GarmentKeys {
            current: Secret::new("usual".into()),
            previous: None,
        })),
        ..default()
    };
    let shops = parse_beside(default, TWO).expect("reads");
    let own = Origin::parse("https://try.example").expect("an origin");
    for (origin, secret) in [
        ("https://north.example", "of-north"),
        ("https://south.example", "usual"),
        ("https://shop.example", "usual"),
        ("https://try.example", "usual"),
    ] {
        let shop = shops.of(&page(origin), &own);
        let keys = shop.garments.as_ref().expect("keys");
        for other in ["of-north", "usual"] {
            assert_eq!(keys.is_signed("a", &signed(other)), other == secret, "{origin} {other}");
        }
    }
    // One shop alone may require signatures.
    let shops = parse(TWO).expect("reads");
    let asks = |origin| shops.of(&page(origin), &own).garments.is_some();
    assert!(asks("https://north.example") && !asks("https://south.example"));
}

#[test]
fn every_shopper_s_garments_must_be_signed_and_staff_s_need_not() {
    let shop = Shop {
        garments: Some(Rc::new(GarmentKeys {
            current: Secret::new("usual".into()),
            previous: None,
        })),
        ..default()
    };
    for (caller, is_bound) in [
        (page("https://shop.example"), true),
        (proxied("a.myshopify.com"), true),
        (Caller::Staff, false),
    ] {
        let keys = shop.garment_keys_for(&caller);
        assert_eq!(keys.is_some(), is_bound, "{caller:?}");
    }
}

#[test]
fn without_a_table_there_is_the_default_shop_alone() {
    let shops = Shops::new(default());
    assert_eq!(shops.keys(), [&KeyName::default()]);
}

#[test]
fn only_a_key_s_name_names_a_key() {
    for (text, is_name) in [
        ("FASHN_API_KEY", true),
        ("FASHN_API_KEY_NORTH_2", true),
        ("FASHN_API_KEY_", false),
        ("FASHN_API_KEYS", false),
        ("FASHN_API_KEY_north", false),
        ("FASHN_BASE_URL", false),
        ("SIGNING_SECRET", false),
        ("STAFF_TOKEN", false),
        ("fa-a-key-itself", false),
        ("", false),
    ] {
        assert_eq!(KeyName::parse(text).is_some(), is_name, "{text}");
    }
}

#[test]
fn what_can_t_be_is_told_with_its_place() {
    for (json, expected) in [
        ("[]", "body must be an object, not an array"),
        (r#"{"a":1}"#, "a must be an object"),
        (r#"{"a":{"origins":[]},"a":{"origins":[]}}"#, "a is given twice"),
        ("{\"a\":{}}", "a.origins is required, or shopify is: whose shop is it?"),
        (
            r#"{"a":{"origins":["https://*.com"]}}"#,
            "a.origins has an entry that must be a name of your own after the star, as https://*.shop.example: https://*.com",
        ),
        (
            r#"{"a":{"shopify":["a.example"]}}"#,
            "a.shopify has an entry that is no domain such as north.myshopify.com: a.example",
        ),
        (
            r#"{"a":{"origins":[],"fashn_key":"fa-secret"}}"#,
            "a.fashn_key must be the name of a secret that begins with FASHN_API_KEY_, in capitals: not the key",
        ),
        (
            r#"{"a":{"origins":[],"garment_secret":"the-secret-itself"}}"#,
            "a.garment_secret must be the name of a secret that begins with GARMENT_SECRET_, in capitals: not the secret",
        ),
        (
            r#"{"a":{"origins":[],"garment_secret":"FASHN_API_KEY_A"}}"#,
            "a.garment_secret must be the name of a secret that begins with GARMENT_SECRET_, in capitals: not the secret",
        ),
        (
            r#"{"a":{"origins":[],"garment_secret":"GARMENT_SECRET_PREVIOUS"}}"#,
            "a.garment_secret must be the name of a secret that begins with GARMENT_SECRET_, in capitals: not the secret",
        ),
        (
            r#"{"a":{"origins":[],"garment_secret":"GARMENT_SECRET_A"}}"#,
            "a.garment_secret names GARMENT_SECRET_A, which is missing",
        ),
        (
            r#"{"a":{"origins":[],"policy":{"modles":[]}}}"#,
            "a.policy.modles is not a field of a shop; did you mean models?",
        ),
        (
            r#"{"a":{"origins":[],"orgins":[]}}"#,
            "a.orgins is not a field of a shop; did you mean origins?",
        ),
        (
            r#"{"a":{"origins":["https://shop.example"]}}"#,
            "a.origins has https://shop.example, as has the default shop",
        ),
        (
            r#"{"a":{"origins":["https://*.a.example"]},"b":{"origins":["https://x.a.example"]}}"#,
            "b.origins has https://x.a.example, as has a",
        ),
        (
            r#"{"a":{"shopify":["s.myshopify.com"]},"b":{"shopify":["s.myshopify.com"]}}"#,
            "b.shopify has s.myshopify.com, as has a",
        ),
        (
            r#"{"a":{"origins":[],"day_credits":5}}"#,
            "a.day_credits needs a fashn_key that no other shop has: a budget is a key's",
        ),
        (
            r#"{"a":{"origins":[],"fashn_key":"FASHN_API_KEY_A","day_credits":5},"b":{"origins":[],"fashn_key":"FASHN_API_KEY_A"}}"#,
            "a.day_credits needs a fashn_key that no other shop has: a budget is a key's",
        ),
    ] {
        assert_eq!(parse(json).map(drop), Err(expected.to_owned()), "{json}");
    }
}

#[test]
fn a_shop_may_have_its_own_app_at_shopify_and_its_own_secret_for_orders() {
    let shops = parse(
        r#"{"north": {"shopify": ["north.myshopify.com", "n.myshopify.com"],
            "shopify_secret": "SHOPIFY_SECRET_NORTH",
            "orders_secret": "ORDERS_WEBHOOK_SECRET_NORTH"}, "south": {"origins": []}}"#,
    )
    .expect("reads");
    let own: Vec<_> = shops.shopify_secrets();
    let own: Vec<_> = own.iter().map(|(shop, secret)| (shop.as_str(), secret.reveal())).collect();
    assert_eq!(own, [("north.myshopify.com", "of-north"), ("n.myshopify.com", "of-north")]);
    let for_orders = |name| shops.named(name).expect("is there").orders_secrets.len() == 1;
    assert!(for_orders("north") && !for_orders("south"));
    for (domain, name) in [("n.myshopify.com", "north"), ("south.myshopify.com", ""), ("", "")] {
        assert_eq!(shops.name_of(shops.of_domain(domain)), name, "{domain}");
    }
}

#[test]
fn a_secret_is_named_as_the_default_shop_s_and_is_no_other_shop_s() {
    let shop = |name: &str, fields: &str| format!(r#""{name}": {{"origins": [], {fields}}}"#);
    let named = |field: &str, value: &str| format!(r#""{field}": "{value}""#);
    for (field, value, message) in [
        (
            "shopify_secret",
            "SHOPIFY_SECRET",
            "must be the name of a secret that begins with SHOPIFY_SECRET_, in capitals: not the secret",
        ),
        (
            "orders_secret",
            "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "must be the name of a secret that begins with ORDERS_WEBHOOK_SECRET_, in capitals: not \
             the secret",
        ),
        (
            "orders_secret",
            "ORDERS_WEBHOOK_SECRET_NORTH_PREVIOUS",
            "must be the name of a secret that begins with ORDERS_WEBHOOK_SECRET_, in capitals: not \
             the secret",
        ),
        (
            "orders_secret",
            "ORDERS_WEBHOOK_SECRET_SOUTH",
            "names ORDERS_WEBHOOK_SECRET_SOUTH, which is missing",
        ),
    ] {
        let table = format!("{{{}}}", shop("north", &named(field, value)));
        assert_eq!(parse(&table).err(), Some(format!("north.{field} {message}")));
    }
    let same = named("orders_secret", "ORDERS_WEBHOOK_SECRET_NORTH");
    let table = format!("{{{}, {}}}", shop("north", &same), shop("south", &same));
    let message = "south.orders_secret is the same as that of north: each shop needs its own";
    assert_eq!(parse(&table).err().as_deref(), Some(message));
}
