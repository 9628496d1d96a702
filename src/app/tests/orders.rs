//! Orders: which shop signed one, what is counted of it, and that it is counted once.

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::account::{Actor, actor, handle};
use super::ports::Ports;
use super::settings::settings;
use super::{NOON, done, signer, ticket};
use crate::account::proof::{FiguresQuery, Mark, OrderCounts};
use crate::app::message::{Request, Response};
use crate::app::orders::{Format, authenticate, count};
use crate::app::problem::Problem;
use crate::auth::crypto::digest_name;
use crate::config::limits::ORDERS_SEEN_DAYS;
use crate::config::settings::Settings;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};

const SHOPS: &str = r#"{
    "north": {"origins": ["https://north.example"], "orders_secret": "ORDERS_WEBHOOK_SECRET_NORTH"},
    "south": {"origins": ["https://south.example"]}
}"#;
const KEYS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "abcdef0123456789abcdef0123456789"];
const DAY: u64 = NOON / 86_400_000;

fn secret(key: &str) -> String {
    ["whsec_", &BASE64.encode_to_string(key)].concat()
}

fn shops() -> Settings {
    let [usual, north] = KEYS.map(secret);
    settings(&[
        ("SHOPS", SHOPS),
        ("ORDERS_WEBHOOK_SECRET", &usual),
        ("ORDERS_WEBHOOK_SECRET_NORTH", &north),
    ])
}

/// The name of the shop that signed, or the private reason.
fn shop_of(settings: &Settings, key: &str, seconds: u64, body: &[u8]) -> Result<String, String> {
    let seconds = seconds.to_string();
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
    let mac = mac.chain_update(["ord_1.", &seconds, "."].concat()).chain_update(body);
    let signature = ["v1,", &BASE64.encode_to_string(mac.finalize().into_bytes())].concat();
    let headers = [
        (Header::WebhookId, "ord_1"),
        (Header::WebhookTimestamp, &*seconds),
        (Header::WebhookSignature, &*signature),
    ];
    let text = text_with("", &headers);
    let shop = authenticate(settings, &RequestHead::parse(&text), body, NOON);
    shop.map(|shop| settings.shops.name_of(shop).to_owned()).map_err(|error| error.to_string())
}

#[test]
fn while_a_secret_is_changed_the_previous_one_is_good_beside_it() {
    let before = ["before-0123456789abcdef012345678", "before-abcdef0123456789abcdef012"];
    let [usual, north] = KEYS.map(secret);
    let [usual_before, north_before] = before.map(secret);
    let current = [("ORDERS_WEBHOOK_SECRET", &*usual), ("ORDERS_WEBHOOK_SECRET_NORTH", &north)];
    let previous = [
        ("ORDERS_WEBHOOK_SECRET_PREVIOUS", &*usual_before),
        ("ORDERS_WEBHOOK_SECRET_NORTH_PREVIOUS", &north_before),
    ];
    let both = settings(&[&[("SHOPS", SHOPS)], &current[..], &previous].concat());
    let name = |settings: &Settings, key| shop_of(settings, key, NOON / 1_000, b"{}").ok();
    for (key, shop) in [(KEYS[0], ""), (before[0], ""), (KEYS[1], "north"), (before[1], "north")] {
        assert_eq!(name(&both, key).as_deref(), Some(shop), "{key}");
    }
    // Alone it holds nothing up.
    let [previous, _] = previous;
    assert_eq!(name(&settings(&[previous]), before[0]), None);
}

#[test]
fn the_secret_tells_the_shop() {
    let (settings, now) = (shops(), NOON / 1_000);
    let [usual, north] = KEYS;
    assert_eq!(shop_of(&settings, usual, now, b"{}"), Ok(String::new()));
    assert_eq!(shop_of(&settings, north, now, b"{}"), Ok("north".to_owned()));
    let refused = Err("not signed with a secret for orders, or too long ago".to_owned());
    assert_eq!(shop_of(&settings, "another key of thirty-two bytes.", now, b"{}"), refused);
    assert_eq!(shop_of(&settings, north, now - 301, b"{}"), refused);
    assert_eq!(shop_of(&super::settings::settings(&[]), usual, now, b"{}"), refused);
}

/// What the account is asked, or the paths that are wrong.
fn counted(format: Format, body: &Value) -> Result<Vec<Request>, Vec<String>> {
    let (ports, settings) = (Ports::new(), shops());
    ports.accounts.will_answer([Ok(Response::Done)]);
    let shop = settings.shops.named("north").expect("is there");
    let body = body.to_string();
    let done = done(count(&ports, &settings, &signer(), shop, (format, body.as_bytes())));
    done.map(|()| ports.accounts.asked()).map_err(|problem: Problem| {
        problem.answer().body.errors.into_iter().map(|error| error.path).collect()
    })
}

fn message(lines: &Value) -> Value {
    let data = json!({ "order": "o-1", "currency": "EUR", "lines": lines });
    json!({ "type": "order.paid", "timestamp": "2025-11-20T12:00:00Z", "data": data })
}

fn expected(sums: &[(Mark, u64, u64)]) -> Vec<Request> {
    vec![Request::CountOrder(OrderCounts {
        shop: "north".to_owned(),
        name: digest_name(b"north\0o-1"),
        currency: "EUR".to_owned(),
        sums: sums.to_vec(),
    })]
}

#[test]
fn lines_count_by_their_mark_and_the_order_by_the_visitor_s_group() {
    let id = signer().id(&ticket(1)).as_str().to_owned();
    let line = |mark: &str, amount: &str| json!({ "try_on": mark, "amount": amount });
    for (lines, sums) in [
        (json!([line(&id, "39.90")]), &[(Mark::Shown, 1, 3_990), (Mark::Tried, 1, 3_990)][..]),
        (
            json!([line(&id, "39.9"), line("shown", "10"), line("not an id", "99")]),
            &[(Mark::Shown, 2, 4_990), (Mark::Tried, 1, 3_990)],
        ),
        (json!([line("held", "12.345"), line("held", "0")]), &[(Mark::Held, 2, 1_235)]),
        (json!([line("held", "1"), line("shown", "1")]), &[(Mark::Shown, 2, 200)]),
    ] {
        assert_eq!(counted(Format::Message, &message(&lines)), Ok(expected(sums)), "{lines}");
    }
}

#[test]
fn an_order_without_a_marked_line_is_not_counted() {
    for lines in [
        json!([]),
        json!([{ "amount": "1" }, { "try_on": null, "amount": "1" }]),
        json!([{ "try_on": "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1", "amount": "x" }]),
    ] {
        assert_eq!(counted(Format::Message, &message(&lines)), Ok(Vec::new()), "{lines}");
    }
}

#[test]
fn an_order_of_shopify_s_has_its_marks_in_properties_and_its_discounts_taken_off() {
    let id = signer().id(&ticket(1)).as_str().to_owned();
    let line = |mark: &str| {
        json!({
            "price": "20.00", "quantity": 2, "product_id": 7,
            "properties": [{ "name": "Gift", "value": "yes" }, { "name": "_try_on", "value": mark }],
            "discount_allocations": [{ "amount": "4.50" }, { "amount": "0.50" }],
        })
    };
    let other = json!({ "price": "9.00", "quantity": 1, "properties": [] });
    let order = json!({ "id": 820_982, "currency": "EUR", "line_items": [line(&id), other] });
    let asked = counted(Format::Shopify, &order).expect("is counted");
    let [Request::CountOrder(counts)] = &*asked else { panic!("{asked:?}") };
    assert_eq!(counts.name, digest_name(b"north\0820982"));
    assert_eq!(counts.sums, [(Mark::Shown, 1, 3_500), (Mark::Tried, 1, 3_500)]);
}

#[test]
fn amounts_are_in_the_smallest_unit_of_their_currency() {
    for (currency, amount, minor) in [
        ("EUR", json!("39.90"), 3_990),
        ("EUR", json!(39.9), 3_990),
        ("EUR", json!(40), 4_000),
        ("JPY", json!("4200"), 4_200),
        ("JPY", json!("4200.50"), 4_201),
        ("KWD", json!("1.2345"), 1_235),
    ] {
        let mut order = message(&json!([{ "try_on": "shown", "amount": amount }]));
        order["data"]["currency"] = currency.into();
        let asked = counted(Format::Message, &order).expect("is counted");
        let [Request::CountOrder(counts)] = &*asked else { panic!("{asked:?}") };
        assert_eq!(counts.sums, [(Mark::Shown, 1, minor)], "{currency} {amount}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let good = message(&json!([{ "try_on": "shown", "amount": "1" }]));
    let with = |pointer: &str, value: Value| {
        let mut order = good.clone();
        *order.pointer_mut(pointer).expect("is there") = value;
        order
    };
    for (order, path) in [
        (json!("order"), "type"),
        (with("/type", json!("order.refunded")), "type"),
        (with("/data", json!(null)), "data.order"),
        (with("/data/order", json!("")), "data.order"),
        (with("/data/order", json!(1.5)), "data.order"),
        (with("/data/order", json!(-1)), "data.order"),
        (with("/data/currency", json!("eur")), "data.currency"),
        (with("/data/currency", json!("EURO")), "data.currency"),
        (with("/data/lines", json!({})), "data.lines"),
        (with("/data/lines", json!(vec![json!({}); 501])), "data.lines"),
        (with("/data/lines/0", json!([null])), "data.lines[0]"),
        (with("/data/lines/0", json!(null)), "data.lines[0]"),
        (with("/data/lines/0/try_on", json!(7)), "data.lines[0].try_on"),
        (with("/data/lines/0", json!({ "quantity": -1 })), "data.lines[0].quantity"),
        (with("/data/lines/0", json!({ "product_id": {} })), "data.lines[0].product_id"),
        (with("/data/lines/0", json!({ "amount": [] })), "data.lines[0].amount"),
        (with("/data/lines/0/amount", json!("-1")), "data.lines[0].amount"),
        (with("/data/lines/0/amount", json!("1,90")), "data.lines[0].amount"),
        (with("/data/lines/0/amount", json!("1e3")), "data.lines[0].amount"),
        (with("/data/lines/0/amount", json!("9999999999999")), "data.lines[0].amount"),
        (with("/data/lines/0/amount", json!(null)), "data.lines[0].amount"),
    ] {
        assert_eq!(counted(Format::Message, &order), Err(vec![path.to_owned()]), "{order}");
    }
    let unpaid = json!([{ "price": "x", "quantity": 1,
        "properties": [{ "name": "_try_on", "value": "held" }] }]);
    let order = json!({ "id": 1, "currency": "EUR", "line_items": unpaid });
    assert_eq!(counted(Format::Shopify, &order), Err(vec!["line_items[0]".to_owned()]));
}

fn order(name: &str, currency: &str) -> Request {
    Request::CountOrder(OrderCounts {
        shop: "north".to_owned(),
        name: name.to_owned(),
        currency: currency.to_owned(),
        sums: vec![(Mark::Shown, 2, 5_000), (Mark::Tried, 1, 3_990)],
    })
}

fn proof(actor: &Actor) -> Value {
    let query = FiguresQuery { from_day: 0, to_day: DAY + 1_000, shop: None };
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

#[test]
fn the_account_counts_an_order_once_by_currency() {
    let actor = actor();
    for (name, currency) in [("a", "EUR"), ("b", "EUR"), ("a", "EUR"), ("c", "JPY"), ("b", "JPY")] {
        assert_eq!(handle(&actor, order(name, currency)), Response::Done);
    }
    let tried = |currency: &str, times: u64| {
        json!({
            "day": DAY, "shop": "north", "group": null, "currency": currency, "visitors": 0,
            "orders": times, "lines": times, "amount_minor": 3_990 * times,
        })
    };
    let shown = |currency: &str, times: u64| {
        json!({
            "day": DAY, "shop": "north", "group": "shown", "visitors": 0, "orders": times,
            "currency": currency, "lines": 2 * times, "amount_minor": 5_000 * times,
        })
    };
    let expected = json!({
        "products": [],
        "orders": [tried("EUR", 2), tried("JPY", 1)],
        "groups": [shown("EUR", 2), shown("JPY", 1)],
    });
    assert_eq!(proof(&actor), expected);
}

#[test]
fn a_repeat_is_known_for_as_long_as_orders_are() {
    let actor = actor();
    let orders = |actor: &Actor| proof(actor)["orders"].as_array().map(Vec::len);
    handle(&actor, order("a", "EUR"));
    actor.ports.later(ORDERS_SEEN_DAYS * 86_400_000);
    handle(&actor, Request::Touch);
    handle(&actor, order("a", "EUR"));
    assert_eq!(orders(&actor), Some(1));
    actor.ports.later(86_400_000);
    handle(&actor, Request::Touch);
    handle(&actor, order("a", "EUR"));
    assert_eq!(orders(&actor), Some(2));
}
