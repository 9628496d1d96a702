//! Reads of what pages and orders told.

use serde_json::{Map, Value};

use crate::account::proof::FiguresQuery;
use crate::account::rows::StorageError;
use crate::config::limits;
use crate::storage::rows::{SqlRows, number};
use crate::storage::sql::{Sql, params};
use crate::storage::tables::proof::{orders, products};

impl<S: Sql> SqlRows<'_, S> {
    /// Whether a product has a row of this day and shop, or there is room for one more.
    pub(super) fn has_room(
        &self,
        day: u64,
        shop: &str,
        product: &str,
    ) -> Result<bool, StorageError> {
        if !self.sql.exec(products::ONE, &params![day, shop, product])?.is_empty() {
            return Ok(true);
        }
        let counted = number(&self.sql.exec(products::COUNT, &params![day, shop])?);
        Ok(counted.is_none_or(|counted| counted < limits::PRODUCTS_PER_DAY_MAX))
    }

    /// The lists of the figures.
    pub(super) fn read_proof(&self, query: &FiguresQuery) -> Result<Value, StorageError> {
        let ((first, last), most) = (query.shops(), limits::PRODUCTS_SHOWN_MAX);
        let days = params![query.from_day, query.to_day, first, last];
        let newest = [&days[..], &params![most]].concat();
        let mut of_products = self.read(&products::TABLE, products::NEWEST, &newest)?;
        if of_products.len() >= most {
            // The last day that was read isn't whole.
            let day = of_products.last().and_then(|row| row[0].as_u64()).unwrap_or_default();
            of_products.retain(|row| row[0].as_u64() > Some(day));
            let earlier = params![query.from_day, day.saturating_add(1), first, last];
            of_products.extend(self.read(&products::TABLE, products::EARLIER, &earlier)?);
        }
        let (mut tried, mut groups) = (Vec::new(), Vec::new());
        for mut sums in self.read(&orders::TABLE, orders::BETWEEN, &days)? {
            match sums.get_mut(2) {
                Some(group) if group == "tried" => {
                    *group = Value::Null;
                    tried.push(sums);
                }
                _ => groups.push(sums),
            }
        }
        let mut lists = Map::new();
        for (name, rows) in [("products", of_products), ("orders", tried), ("groups", groups)] {
            lists.insert(name.to_owned(), Value::Array(rows));
        }
        Ok(Value::Object(lists))
    }
}
