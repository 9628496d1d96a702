//! `GET /staff/api/figures`: what the accounts counted by day, shop and model, as one answer.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::account::proof::FiguresQuery;
use crate::account::rows::{BOUNDS_MS, FIGURES_LISTS, Result as RowsResult, Rows};
use crate::app::brakes::{Answers, ask};
use crate::app::message::Request;
use crate::app::ports::{Accounts, Runtime};
use crate::config::limits::{DAY_MS, FIGURES_DAYS, FIGURES_KEPT_DAYS};
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use fashn::fields::FieldError;

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
) -> Shown {
    let to_day = ports.now_ms() / DAY_MS;
    let from_day = to_day.saturating_sub(wanted.days - 1);
    let request = Request::Figures(FiguresQuery { from_day, to_day, shop: wanted.shop });
    let Answers { accounts, told } = ask(ports, settings, keys, &request).await;
    Shown { from_day, to_day, accounts, told }
}

/// The answer. It is written without a copy of the accounts' rows, which are some thousands.
#[derive(Debug)]
pub struct Shown {
    from_day: u64,
    to_day: u64,
    accounts: Vec<Value>,
    told: Vec<(String, Value)>,
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_map(None)?;
        answer.serialize_entry("from_day", &self.from_day)?;
        answer.serialize_entry("to_day", &self.to_day)?;
        answer.serialize_entry("accounts", &self.accounts)?;
        answer.serialize_entry("bounds_ms", BOUNDS_MS.as_slice())?;
        for (list, columns) in FIGURES_LISTS {
            answer.serialize_entry(list, &Listed { told: &self.told, list, columns })?;
        }
        answer.end()
    }
}

/// One list of all accounts.
struct Listed<'f> {
    told: &'f [(String, Value)],
    list: &'f str,
    columns: &'f [&'f str],
}

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_accounts = self.told.iter().filter_map(|(_, lists)| lists[self.list].as_array());
        let rows = of_accounts.flatten().filter_map(Value::as_array);
        serializer.collect_seq(rows.map(|values| Named { columns: self.columns, values }))
    }
}

/// A row by its columns. A histogram comes as a text.
struct Named<'f> {
    columns: &'f [&'f str],
    values: &'f [Value],
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        for (column, value) in self.columns.iter().zip(self.values) {
            match value.as_str().filter(|_| matches!(*column, "wait" | "run")) {
                Some(text) => {
                    let counts =
                        serde_json::from_str(text).unwrap_or_else(|_| Value::Array(Vec::new()));
                    row.serialize_entry(column, &counts)?;
                }
                None => row.serialize_entry(column, value)?,
            }
        }
        row.end()
    }
}

/// What an account tells: [`FIGURES_LISTS`] as arrays.
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
