use super::*;
use crate::http::origin::Origin;
use crate::http::request_head::tests::text_with;

const NOW: u64 = 1_763_670_000_000;
const TOKEN: &str = "staff-token-of-the-shop";

fn secrets() -> CallerSecrets {
    CallerSecrets {
        staff_tokens: vec![Secret::new(TOKEN.into())],
        shopify: vec![Secret::new("the-secret-of-the-app".into())],
        shopify_of: Vec::new(),
        roles: Vec::new(),
        access: None,
    }
}

fn allowed() -> PageOrigin {
    PageOrigin::Allowed(Origin::parse("https://shop.example").expect("an origin"))
}

/// The caller of a request without a query, from this page.
fn caller_by(
    secrets: &CallerSecrets,
    page: &PageOrigin,
    authorization: Option<&str>,
) -> Result<Caller, AuthError> {
    let headers = authorization.map(|value| (Header::Authorization, value));
    let text = text_with("", headers.as_slice());
    authenticate(&RequestHead::parse(&text), page, secrets, NOW)
}

fn caller(page: &PageOrigin, authorization: Option<&str>) -> Result<Caller, AuthError> {
    caller_by(&secrets(), page, authorization)
}

#[test]
fn a_page_of_an_allowed_origin_is_a_storefront() {
    let origin = Origin::parse("https://shop.example").expect("an origin");
    assert_eq!(caller(&allowed(), None), Ok(Caller::Storefront(origin)));
}

#[test]
fn any_other_page_is_refused_and_no_page_and_no_token_is_no_caller() {
    let refused = caller(&PageOrigin::NotAllowed, None);
    assert_eq!(refused, Err(AuthError::OriginNotAllowed));
    assert_eq!(caller(&PageOrigin::Absent, None), Err(AuthError::NoCaller));
}

#[test]
fn staff_are_known_by_their_token_on_any_page() {
    for page in [PageOrigin::Absent, PageOrigin::NotAllowed, allowed()] {
        let staff = caller(&page, Some("Bearer staff-token-of-the-shop"));
        assert_eq!(staff, Ok(Caller::Staff));
    }
    let staff = caller(&PageOrigin::Absent, Some("bearer  staff-token-of-the-shop"));
    assert_eq!(staff, Ok(Caller::Staff));
}

#[test]
fn while_a_token_is_changed_the_new_and_the_previous_one_are_good() {
    let mut secrets = secrets();
    let previous = Secret::new("the-token-before-this-one".into());
    secrets.staff_tokens.push(previous);
    for (token, is_staff) in
        [(TOKEN, true), ("the-token-before-this-one", true), ("the-token-before-that-one", false)]
    {
        let authorization = format!("Bearer {token}");
        let caller = caller_by(&secrets, &PageOrigin::Absent, Some(&authorization));
        assert_eq!(caller == Ok(Caller::Staff), is_staff, "{token}");
    }
}

#[test]
fn a_wrong_token_is_refused_even_from_an_allowed_page() {
    for authorization in [
        "Bearer wrong",
        "Bearer ",
        "Bearer",
        "Basic staff-token-of-the-shop",
        "staff-token-of-the-shop",
        "",
    ] {
        let refused = caller(&allowed(), Some(authorization));
        assert_eq!(refused, Err(AuthError::WrongToken), "{authorization:?}");
    }
}

#[test]
fn without_a_staff_token_in_the_settings_there_is_no_staff() {
    let mut secrets = secrets();
    secrets.staff_tokens.clear();
    let refused = caller_by(&secrets, &PageOrigin::Absent, Some("Bearer "));
    assert_eq!(refused, Err(AuthError::WrongToken));
}

#[test]
fn a_request_that_claims_to_be_proxied_counts_by_shopify_s_signature_alone() {
    let page = allowed();
    let query = "shop=a.myshopify.com&timestamp=1763670000&signature=00";
    let text = text_with(query, &[(Header::Authorization, "Bearer staff-token-of-the-shop")]);
    let head = RequestHead::parse(&text);
    let below_prefix = RequestHead::parse("GET\nhttps://try.example/apps/x/v1/run");
    for head in [head, below_prefix] {
        let refused = authenticate(&head, &page, &secrets(), NOW);
        assert!(matches!(refused, Err(AuthError::NotShopify(_))), "{head:?}");
        let without_app = CallerSecrets { shopify: Vec::new(), ..secrets() };
        let refused = authenticate(&head, &page, &without_app, NOW);
        assert_eq!(refused, Err(AuthError::NoProxy), "{head:?}");
    }
}

#[test]
fn a_shop_with_an_app_of_its_own_is_held_to_that_app_s_secret() {
    let domain = |text: &str| ShopDomain::parse(text).expect("a domain");
    let own = Secret::new("the-secret-of-north-s-app".into());
    let previous = Secret::new("the-secret-of-north-s-app-before".into());
    let north = || domain("north.myshopify.com");
    let mut secrets =
        CallerSecrets { shopify_of: vec![(north(), own), (north(), previous)], ..secrets() };
    secrets.shopify.push(Secret::new("the-secret-of-the-app-before".into()));
    let signed = |shop: &str, secret: &str| {
        let timestamp = (NOW / 1_000).to_string();
        let text = ["shop=", shop, "timestamp=", &timestamp].concat();
        let mac = crate::auth::crypto::mac(&Secret::new(secret.into()), text.as_bytes());
        let signature = crate::auth::crypto::hex(&mac.expect("any key is taken"));
        let query = format!("shop={shop}&timestamp={timestamp}&signature={signature}");
        let text = text_with(&query, &[]);
        authenticate(&RequestHead::parse(&text), &PageOrigin::Absent, &secrets, NOW).is_ok()
    };
    for (shop, secret, is_let_in) in [
        ("north.myshopify.com", "the-secret-of-north-s-app", true),
        ("north.myshopify.com", "the-secret-of-north-s-app-before", true),
        ("north.myshopify.com", "the-secret-of-the-app", false),
        ("north.myshopify.com", "the-secret-of-the-app-before", false),
        ("south.myshopify.com", "the-secret-of-north-s-app", false),
        ("south.myshopify.com", "the-secret-of-the-app", true),
        ("south.myshopify.com", "the-secret-of-the-app-before", true),
    ] {
        assert_eq!(signed(shop, secret), is_let_in, "{shop} {secret}");
    }
    let without = CallerSecrets { shopify: Vec::new(), ..secrets.clone() };
    assert!(without.shopify_of(Some("north.myshopify.com")).is_ok());
    assert_eq!(without.shopify_of(Some("south.myshopify.com")).err(), Some(AuthError::NoProxy));
}
