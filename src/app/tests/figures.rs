//! What the accounts counted, as one answer.

use serde_json::{Map, Value, json};

use super::account::{actor, handle};
use super::ports::Ports;
use super::settings::settings;
use super::{NOON, broken, done};
use crate::account::proof::{FiguresQuery, Mark};
use crate::account::rows::{FIGURES_LISTS, Figures, FiguresKey, Histogram, Write};
use crate::app::figures::{Wanted, show};
use crate::app::message::{Request, Response};
use crate::config::limits::DAY_MS;

const TODAY: u64 = NOON / DAY_MS;

/// Turns the arrays that an account tells into objects by their columns.
pub(super) fn name_rows(lists: &mut Map<String, Value>) {
    for (list, columns) in FIGURES_LISTS {
        for row in lists.get_mut(*list).and_then(Value::as_array_mut).into_iter().flatten() {
            let values = row.as_array().expect("a row").iter().cloned();
            let named = columns.iter().map(|column| (*column).to_owned()).zip(values);
            *row = Value::Object(named.collect());
        }
    }
}

#[test]
fn days_are_whole_numbers_within_what_is_kept() {
    assert_eq!(Wanted::parse(None, None), Ok(Wanted { days: 90, shop: None }));
    let of_north = Wanted { days: 400, shop: Some("north".to_owned()) };
    assert_eq!(Wanted::parse(Some("400"), Some("north")), Ok(of_north));
    for days in ["", "0", "401", "-1", "1.5", "ten"] {
        assert_eq!(Wanted::parse(Some(days), None).expect_err(days).path, "days");
    }
}

/// What an account has counted, asked for so many days of a shop.
fn answer(from_day: u64, shop: Option<&str>) -> Response {
    let actor = actor();
    let key = |day, shop: &str| FiguresKey { day, shop: shop.to_owned(), model: "m".to_owned() };
    let times = (Histogram::of(0), Histogram::of(10_000));
    let completed = Figures {
        completed: 1,
        credits: 1,
        waits: times.0,
        durations: times.1,
        ..Figures::default()
    };
    let joined = Figures { joined: 2, ..Figures::default() };
    for write in [
        Write::AddFigures(key(TODAY, ""), completed.clone()),
        Write::AddFigures(key(TODAY, ""), completed.clone()),
        Write::AddFigures(key(TODAY, "north"), completed),
        Write::AddFigures(key(TODAY - 90, ""), joined),
        Write::AddFailure(key(TODAY, ""), "PoseError".to_owned()),
        Write::CountProduct(TODAY, String::new(), "48211".to_owned(), [9, 3, 2, 2, 1]),
        Write::CountOrders(TODAY, String::new(), Mark::Tried, "EUR".to_owned(), [0, 1, 2, 3_990]),
    ] {
        actor.ports.rows.apply(&write).expect("stores");
    }
    let shop = shop.map(str::to_owned);
    handle(&actor, Request::Figures(FiguresQuery { from_day, to_day: TODAY, shop }))
}

#[test]
fn rows_are_told_by_their_columns_and_a_silent_account_is_named() {
    let (settings, ports) = (settings(&[]), Ports::new());
    ports.accounts.will_answer([Ok(answer(TODAY - 89, None)), Err(broken())]);
    let key = &settings.shops.default.key;
    let wanted = Wanted::parse(None, None).expect("reads");
    let shown = json!(done(show(&ports, &settings, vec![key, key], wanted)));
    let asked = Request::Figures(FiguresQuery { from_day: TODAY - 89, to_day: TODAY, shop: None });
    assert_eq!(ports.accounts.asked(), [asked.clone(), asked]);
    let run = |shop, completed| {
        json!({
            "day": TODAY, "shop": shop, "model": "m", "completed": completed, "failed": 0,
            "timed_out": 0, "joined": 0, "credits": completed, "wait": [completed],
            "run": [0, 0, 0, 0, 0, 0, completed],
        })
    };
    assert_eq!(shown["runs"], json!([run("", 2), run("north", 1)]));
    let failure = json!({"day": TODAY, "shop": "", "model": "m", "name": "PoseError", "count": 1});
    assert_eq!(shown["failures"], json!([failure]));
    assert_eq!(shown["products"][0]["impressions"], json!(9));
    assert_eq!(shown["orders"][0]["amount_minor"], json!(3_990));
    assert_eq!(shown["groups"], json!([]));
    assert_eq!((&shown["from_day"], &shown["to_day"]), (&json!(TODAY - 89), &json!(TODAY)));
    assert_eq!(shown["bounds_ms"].as_array().map(Vec::len), Some(15));
    assert_eq!(shown["accounts"][0], json!({"account": "FASHN_API_KEY", "error": null}));
    assert!(shown["accounts"][1]["error"].is_string());
    assert_eq!(ports.logged(), ["staff"]);
}

#[test]
fn one_shop_s_figures_are_its_own() {
    let runs = |answer| match answer {
        Response::Told(mut lists) => {
            let Value::Array(runs) = lists["runs"].take() else { panic!("no list") };
            runs.len()
        }
        other => panic!("another answer: {other:?}"),
    };
    assert_eq!(runs(answer(TODAY, Some("north"))), 1);
    assert_eq!(runs(answer(TODAY - 90, Some(""))), 2);
    assert_eq!(runs(answer(0, Some("south"))), 0);
}

/// More keys than a request has connections.
#[test]
fn every_account_is_asked_however_many_there_are() {
    let (settings, ports) = (settings(&[]), Ports::new());
    let of_north = |at| if at == 7 { Err(broken()) } else { Ok(answer(TODAY, Some("north"))) };
    ports.accounts.will_answer((0..20).map(of_north));
    let keys = vec![&settings.shops.default.key; 20];
    let wanted = Wanted { days: 1, shop: None };
    let shown = json!(done(show(&ports, &settings, keys, wanted)));
    assert_eq!(shown["runs"].as_array().map(Vec::len), Some(19));
    let errors = shown["accounts"].as_array().into_iter().flatten();
    assert_eq!(errors.filter(|account| !account["error"].is_null()).count(), 1);
}
