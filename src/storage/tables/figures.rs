//! Daily figures of each shop and model.

use crate::account::rows::{Figures, FiguresKey, StorageError};
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::{Named, Table};

pub(in crate::storage) const TABLE: Table =
    Table { name: "figures", key_columns: 3, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] = &[
    ("figures: credits of a day", CREDITS_OF_DAY),
    ("figures: add", ADD),
    ("figures: delete", DELETE),
];

/// A row for each shop and model, of which a deployment has a few.
pub(in crate::storage) const CREDITS_OF_DAY: &str =
    "SELECT day, shop, model, credits FROM figures WHERE day = ?";

pub(in crate::storage) const ADD: &str = "\
    INSERT INTO figures (day, shop, model, completed, failed, timed_out, credits, wait_ms, run_ms) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
    ON CONFLICT (day, shop, model) DO UPDATE SET \
    completed = completed + excluded.completed, \
    failed = failed + excluded.failed, \
    timed_out = timed_out + excluded.timed_out, \
    credits = credits + excluded.credits, \
    wait_ms = wait_ms + excluded.wait_ms, \
    run_ms = run_ms + excluded.run_ms";

pub(in crate::storage) const DELETE: &str =
    "DELETE FROM figures WHERE day = ? AND shop = ? AND model = ?";

pub(in crate::storage) fn params(
    key: &FiguresKey,
    figures: &Figures,
) -> Result<Vec<Value>, StorageError> {
    let params = Params::default()
        .integer(key.day)?
        .text(&key.shop)
        .text(&key.model)
        .integer(figures.completed)?
        .integer(figures.failed)?
        .integer(figures.timed_out)?
        .integer(figures.credits)?
        .integer(figures.wait_ms)?
        .integer(figures.run_ms)?;
    Ok(params.finish())
}

/// The credits of a row of [`CREDITS_OF_DAY`].
pub(in crate::storage) fn read_credits(values: &[Value]) -> Result<u64, DecodeError> {
    let mut columns = Columns::of(values);
    columns.integer::<u64>("day")?;
    columns.text("shop")?;
    columns.text("model")?;
    columns.integer("credits")
}
