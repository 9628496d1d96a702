//! What staff see of the figures is one bounded query a table, however much there is.

use std::time::Instant;

use fitting_room::account::rows::{
    FAILURE_NAMES_MAX, Figures, FiguresKey, Histogram, OTHER_FAILURES, Write,
};
use fitting_room::storage::sql::Value;

use crate::samples::{self, DAY};

const MODELS: [&str; 3] = ["tryon-v1.6", "tryon-max", "product-to-model"];

fn key(day: u64, shop: &str, model: &str) -> FiguresKey {
    FiguresKey { day, shop: shop.to_owned(), model: model.to_owned() }
}

fn rows_of(figures: &Value, list: &str) -> usize {
    figures[list].as_array().map_or(0, Vec::len)
}

/// A quarter of twenty shops with three models each, and ten failures a day.
#[test]
#[expect(clippy::disallowed_methods, reason = "what it takes is printed")]
fn ninety_days_of_twenty_shops_are_read_at_once() {
    let host = samples::opened();
    let mut writes = Vec::new();
    for day in DAY - 99..=DAY {
        for shop in 0..20 {
            let shop = format!("shop-{shop}");
            for model in MODELS {
                let figures = Figures {
                    completed: 120,
                    credits: 120,
                    waits: Histogram(vec![90; 4]),
                    durations: Histogram(vec![12; 12]),
                    ..Figures::default()
                };
                writes.push(Write::AddFigures(key(day, &shop, model), figures));
            }
            let failed = key(day, &shop, MODELS[0]);
            writes.extend(
                ["PoseError", "PhotoTypeError"]
                    .map(|name| Write::AddFailure(failed.clone(), name.to_owned())),
            );
        }
    }
    samples::store(&host, writes);
    let began = Instant::now();
    let (figures, _) = samples::read(&host, |rows| rows.figures((DAY - 89, DAY), None));
    let text = figures.to_string();
    let ms = began.elapsed().as_millis();
    println!("90 days of 20 shops and 3 models: {} kB in {ms} ms", text.len() / 1_000);
    assert_eq!(rows_of(&figures, "runs"), 90 * 20 * 3);
    assert_eq!(rows_of(&figures, "failures"), 90 * 20 * 2);
    let (of_one, _) = samples::read(&host, |rows| rows.figures((DAY - 89, DAY), Some("shop-7")));
    assert_eq!(rows_of(&of_one, "runs"), 90 * 3);
}

#[test]
fn names_of_failures_are_bounded() {
    let host = samples::opened();
    let failed = key(DAY, "atelier", MODELS[0]);
    let named = (0..100).map(|number| format!("Error{number}"));
    let writes = named.map(|name| Write::AddFailure(failed.clone(), name)).collect();
    samples::store(&host, writes);
    let again = Write::AddFailure(failed, "Error0".to_owned());
    samples::store(&host, vec![again]);
    let (figures, _) = samples::read(&host, |rows| rows.figures((DAY, DAY), None));
    assert_eq!(rows_of(&figures, "failures"), FAILURE_NAMES_MAX + 1);
    let count = |name: &str| {
        let rows = figures["failures"].as_array().into_iter().flatten();
        rows.filter(|row| row[3] == name).map(|row| row[4].clone()).next()
    };
    assert_eq!(count("Error0"), Some(Value::from(2)));
    assert_eq!(count(OTHER_FAILURES), Some(Value::from(100 - FAILURE_NAMES_MAX)));
}

/// It begins anew; sums and other rows stay.
#[test]
fn a_histogram_that_can_not_be_read_stops_no_event() {
    for spoilt in ["", "[", "{}", "[-1]", "[1.5]", "[\"a\"]", "null"] {
        let host = samples::opened();
        let write = || {
            let waits = Histogram::of(0);
            let figures = Figures { completed: 1, waits, ..Figures::default() };
            vec![Write::AddFigures(samples::figures_key(), figures)]
        };
        samples::store(&host, write());
        host.raw(&format!("UPDATE figures SET waits = '{spoilt}'")).expect("spoils");
        samples::store(&host, write());
        let row = host.raw("SELECT completed, waits FROM figures").expect("reads");
        assert_eq!(row, [[Value::from(2), Value::from("[1]")]], "{spoilt}");
    }
}
