//! What a page's events add up to, and which of them are refused.

use serde_json::{Value, json};

use super::account::{actor, handle};
use super::ports::Ports;
use super::settings::settings;
use super::{NOON, done, origin, signer};
use crate::account::proof::{FiguresQuery, Mark, PageCounts};
use crate::app::authorize::Authority;
use crate::app::events::{admit, count};
use crate::app::message::{Request, Response};
use crate::app::ports::RateLimit;
use crate::config::limits::{EVENTS_MAX, FIGURES_KEPT_DAYS, PRODUCTS_PER_DAY_MAX};
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};

const SHOPS: &str = r#"{"north":{"origins":["https://north.example"]}}"#;
const DAY: u64 = NOON / 86_400_000;

/// What the account is asked, or the private reason and the paths that are wrong.
fn send(ports: &Ports, page: &str, body: &[u8]) -> Result<Vec<Request>, (String, Vec<String>)> {
    let settings = settings(&[("ALLOWED_ORIGINS", "https://shop.example"), ("SHOPS", SHOPS)]);
    let text = text_with("", &[(Header::Origin, page)]);
    let head = RequestHead::parse(&text);
    let origins = settings.shops.page_origin(head.header(Header::Origin), &origin());
    let (signer, own_origin) = (&signer(), &origin());
    let authority = Authority { settings: &settings, signer, own_origin, page: &origins };
    let counted = done(async {
        let destination = admit(ports, &authority, &head).await?;
        count(ports, destination, body).await
    });
    counted.map(|()| ports.accounts.asked()).map_err(|problem| {
        let paths = problem.answer().body.errors.into_iter().map(|error| error.path);
        (problem.to_string(), paths.collect())
    })
}

fn within() -> Ports {
    let ports = Ports::new();
    ports.limits.will_answer([true]);
    ports.accounts.will_answer([Ok(Response::Done)]);
    ports
}

fn event(name: &str, product: &Value, group: &Value) -> Value {
    json!({ "name": name, "product": product, "group": group })
}

fn of(events: &[Value]) -> Vec<u8> {
    json!({ "events": events }).to_string().into_bytes()
}

#[test]
fn events_add_up_by_product_for_the_shop_of_the_page() {
    let events = [
        event("impression", &json!("48211"), &json!("shown")),
        event("impression", &json!("48212"), &Value::Null),
        event("open", &json!("48211"), &Value::Null),
        event("try", &json!("48211"), &Value::Null),
        event("result", &json!("48211"), &Value::Null),
        event("cart", &json!("48211"), &Value::Null),
        event("impression", &json!("48211"), &Value::Null),
        json!({ "name": "impression" }),
        event("visitor", &Value::Null, &json!("held")),
        event("visitor", &Value::Null, &Value::Null),
    ];
    let counts = |shop: &str| PageCounts {
        shop: shop.to_owned(),
        products: vec![
            ("48211".to_owned(), [2, 1, 1, 1, 1]),
            ("48212".to_owned(), [1, 0, 0, 0, 0]),
            (String::new(), [1, 0, 0, 0, 0]),
        ],
        visitors: vec![(Mark::Held, 1)],
    };
    for (page, shop) in [("https://shop.example", ""), ("https://north.example", "north")] {
        let ports = within();
        assert_eq!(send(&ports, page, &of(&events)), Ok(vec![Request::CountPage(counts(shop))]));
        let asked = ports.limits.asked();
        assert!(matches!(&*asked, [(RateLimit::Address, key)] if key.starts_with("events/")));
    }
}

#[test]
fn nothing_is_asked_where_there_is_nothing_to_count() {
    let ports = Ports::new();
    ports.limits.will_answer([true]);
    assert_eq!(send(&ports, "https://shop.example", &of(&[])), Ok(Vec::new()));
}

#[test]
fn a_wrong_event_is_named_by_its_path_and_leaves_the_others_uncounted() {
    let good = event("open", &json!("48211"), &Value::Null);
    let with = |wrong: Value| of(&[good.clone(), wrong]);
    for (body, path) in [
        (with(json!("open")), "events[1]"),
        (with(json!({})), "events[1].name"),
        (with(event("purchase", &Value::Null, &Value::Null)), "events[1].name"),
        (with(event("open", &json!(48_211), &Value::Null)), "events[1].product"),
        (with(event("open", &json!("x".repeat(65)), &Value::Null)), "events[1].product"),
        (with(event("open", &Value::Null, &json!("both"))), "events[1].group"),
        (of(&vec![good.clone(); EVENTS_MAX + 1]), "events"),
        (b"{}".to_vec(), "events"),
        (br#"{"events":{}}"#.to_vec(), "events"),
        (b"[]".to_vec(), "events"),
        (b"events".to_vec(), "body"),
        (Vec::new(), "body"),
    ] {
        let ports = Ports::new();
        ports.limits.will_answer([true]);
        let (reason, paths) = send(&ports, "https://shop.example", &body).expect_err(path);
        assert_eq!((&*reason, &*paths), ("1 field(s) wrong", &[path.to_owned()][..]));
    }
}

#[test]
fn a_foreign_page_and_one_too_many_are_refused_before_their_body_is_read() {
    let refused = send(&Ports::new(), "https://elsewhere.example", b"");
    assert_eq!(refused.map_err(|error| error.0), Err("the origin is not allowed".to_owned()));
    let ports = Ports::new();
    ports.limits.will_answer([false]);
    let refused = send(&ports, "https://shop.example", b"").expect_err("is over the limit");
    assert!(refused.1.is_empty(), "{refused:?}");
}

fn proof(actor: &super::account::Actor, shop: Option<&str>) -> Value {
    let query = FiguresQuery { from_day: 0, to_day: DAY + 1_000, shop: shop.map(str::to_owned) };
    match handle(actor, Request::Figures(query)) {
        Response::Told(mut figures) => {
            let lists = figures.as_object_mut().expect("lists");
            lists.retain(|name, _| !["runs", "failures"].contains(&&**name));
            super::figures::name_rows(lists);
            *figures
        }
        other => panic!("{other:?}"),
    }
}

fn page(shop: &str, product: &str) -> Request {
    let products = vec![(product.to_owned(), [3, 2, 1, 1, 0])];
    let visitors = vec![(Mark::Shown, 1)];
    Request::CountPage(PageCounts { shop: shop.to_owned(), products, visitors })
}

#[test]
fn the_account_sums_a_day_by_shop_and_product() {
    let actor = actor();
    for shop in ["", "north", "north"] {
        assert_eq!(handle(&actor, page(shop, "48211")), Response::Done);
    }
    let product = |shop: &str, times: u64| {
        json!({
            "day": DAY, "shop": shop, "product": "48211", "impressions": 3 * times,
            "opens": 2 * times, "tries": times, "results": times, "carts": 0,
        })
    };
    let group = |shop: &str, visitors: u64| {
        json!({
            "day": DAY, "shop": shop, "group": "shown", "visitors": visitors, "orders": 0,
            "currency": "", "lines": 0, "amount_minor": 0,
        })
    };
    let all = json!({
        "products": [product("north", 2), product("", 1)],
        "orders": [],
        "groups": [group("", 1), group("north", 2)],
    });
    assert_eq!(proof(&actor, None), all);
    let north = json!({
        "products": [product("north", 2)], "orders": [], "groups": [group("north", 2)],
    });
    assert_eq!(proof(&actor, Some("north")), north);
    assert_eq!(proof(&actor, Some("south"))["products"], json!([]));
}

#[test]
fn products_beyond_the_bound_are_counted_together() {
    let actor = actor();
    let bound = usize::try_from(PRODUCTS_PER_DAY_MAX).expect("is small");
    for number in 0..bound + 20 {
        handle(&actor, page("", &format!("product {number}")));
    }
    // One that has a row goes on.
    handle(&actor, page("", "product 7"));
    let counted = proof(&actor, None);
    let rows = counted["products"].as_array().expect("a list");
    assert_eq!(rows.len(), bound + 1);
    let impressions = |product: &str| {
        let row = rows.iter().find(|row| row["product"] == product).expect("is there");
        row["impressions"].as_u64()
    };
    assert_eq!((impressions(""), impressions("product 7")), (Some(60), Some(6)));
}

#[test]
fn counts_are_kept_as_long_as_figures() {
    let actor = actor();
    handle(&actor, page("", "48211"));
    actor.ports.later(FIGURES_KEPT_DAYS * 86_400_000);
    handle(&actor, Request::Touch);
    assert_eq!(proof(&actor, None)["products"].as_array().map(Vec::len), Some(1));
    actor.ports.later(86_400_000);
    handle(&actor, Request::Touch);
    assert_eq!(proof(&actor, None), json!({ "products": [], "orders": [], "groups": [] }));
}
