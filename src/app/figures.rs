//! `GET /staff/api/figures`: what the accounts counted by day, shop and model, as one answer.

use serde_json::{Map, Value};

use crate::account::proof::FiguresQuery;
use crate::account::rows::{BOUNDS_MS, FIGURES_LISTS, Result as RowsResult, Rows};
use crate::app::brakes::{Answers, ask, named};
use crate::app::message::Request;
use crate::app::ports::{Accounts, Runtime};
use crate::config::limits::{DAY_MS, FIGURES_DAYS, FIGURES_KEPT_DAYS};
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use fashn::fields::FieldError;

/// What pages and orders told, beside the runs.
const PROOF_LISTS: [&str; 3] = ["products", "orders", "groups"];

/// Which figures: `?days=` and `?shop=`.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    pub days: u64,
    /// One shop; all of them without it. The default shop's name is empty.
    pub shop: Option<String>,
}

impl Wanted {
    pub fn parse(days: Option<&str>, shop: Option<&str>) -> Result<Self, FieldError> {
        let days = days.map_or(Some(FIGURES_DAYS), |days| days.parse().ok());
        let days = days
            .filter(|days| (1..=FIGURES_KEPT_DAYS).contains(days))
            .ok_or_else(|| FieldError::new("days", "must be a whole number from 1 to 400"))?;
        Ok(Self { days, shop: shop.map(str::to_owned) })
    }
}

/// Asks the accounts of these keys. One that doesn't answer has an error, and the rest is told.
pub async fn show(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
    wanted: Wanted,
) -> Value {
    let to_day = ports.now_ms() / DAY_MS;
    let from_day = to_day.saturating_sub(wanted.days - 1);
    let request = Request::Figures(FiguresQuery { from_day, to_day, shop: wanted.shop });
    let Answers { accounts, told } = ask(ports, settings, keys, &request).await;
    let mut lists: Vec<_> = FIGURES_LISTS.iter().map(|list| (list, Vec::new())).collect();
    let mut proof = PROOF_LISTS.map(|list| (list, Vec::new()));
    for (_, mut figures) in told {
        for ((list, columns), rows) in &mut lists {
            if let Some(Value::Array(told)) = figures.get_mut(*list) {
                rows.extend(told.drain(..).map(|row| shaped(columns, row)));
            }
        }
        for (list, rows) in &mut proof {
            if let Some(Value::Array(told)) = figures.get_mut(*list) {
                rows.append(told);
            }
        }
    }
    let mut answer = Map::new();
    answer.insert("from_day".to_owned(), from_day.into());
    answer.insert("to_day".to_owned(), to_day.into());
    answer.insert("accounts".to_owned(), accounts.into());
    answer.insert("bounds_ms".to_owned(), BOUNDS_MS.as_slice().into());
    for ((list, _), rows) in lists {
        answer.insert((*list).to_owned(), rows.into());
    }
    for (list, rows) in proof {
        answer.insert(list.to_owned(), rows.into());
    }
    Value::Object(answer)
}

/// What an account tells: [`FIGURES_LISTS`] as arrays, the others as objects.
pub fn of(rows: &dyn Rows, query: &FiguresQuery) -> RowsResult<Value> {
    let days = (query.from_day, query.to_day);
    let mut figures = rows.figures(days, query.shop.as_deref())?;
    if let (Value::Object(lists), Value::Object(proof)) = (&mut figures, rows.proof(query)?) {
        for (list, rows) in proof {
            lists.insert(list, rows);
        }
    }
    Ok(figures)
}

/// A row by its columns. A histogram comes as a text.
fn shaped(columns: &[&str], row: Value) -> Value {
    let mut shaped = named(columns, row);
    for column in ["wait", "run"] {
        if let Some(value) = shaped.get_mut(column)
            && let Some(text) = value.as_str()
        {
            *value = serde_json::from_str(text).unwrap_or_else(|_| Value::Array(Vec::new()));
        }
    }
    shaped
}
