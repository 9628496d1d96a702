//! Counts of a shop's pages and orders, a few rows a day and shop. Rows are arrays, by
//! the columns of `FIGURES_LISTS`.

use serde_json::Value;

use crate::storage::sql::{DecodeError, READ_MAX, Row};

/// A row's values, which are texts and counts.
fn values(row: &Row<'_>) -> Result<Value, DecodeError> {
    for (column, value) in row.columns.iter().zip(row.values) {
        if !value.is_string() && value.as_u64().is_none_or(|count| count > READ_MAX) {
            return Err(DecodeError::unknown(column));
        }
    }
    Ok(Value::Array(row.values.to_vec()))
}

/// By day, shop and product.
pub(in crate::storage) mod products {
    use serde_json::Value;

    // The newest days first. What lies before the days that were read is read as one row a day and
    // shop, so that an answer stays small.
    table! {
        products of Value, read by super::values;
        key (day shop product) columns (impressions opens tries results carts)
        select ONE "WHERE day = ? AND shop = ? AND product = ?"
        select NEWEST "WHERE day >= ? AND day <= ? AND shop >= ? AND shop <= ? \
            ORDER BY day DESC, shop DESC, product DESC LIMIT ?"
        statement EARLIER "SELECT day, shop, '', min(sum(impressions), 9007199254740991), \
            min(sum(opens), 9007199254740991), min(sum(tries), 9007199254740991), \
            min(sum(results), 9007199254740991), min(sum(carts), 9007199254740991) FROM products \
            WHERE day >= ? AND day < ? AND shop >= ? AND shop <= ? GROUP BY day, shop"
        statement COUNT "SELECT count(*) FROM products WHERE day = ? AND shop = ?"
        statement ADD concat!(
            "INSERT INTO products (day, shop, product, impressions, opens, tries, results, carts) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, shop, product) DO UPDATE SET ",
            sum!(impressions), ", ", sum!(opens), ", ", sum!(tries), ", ", sum!(results), ", ",
            sum!(carts)
        )
        statement DELETE_BEFORE "DELETE FROM products WHERE day < ?"
        statement DELETE_AFTER "DELETE FROM products WHERE day > ?"
    }
}

/// By day, shop, mark and currency.
pub(in crate::storage) mod orders {
    use serde_json::Value;

    table! {
        orders of Value, read by super::values;
        key (day shop mark currency) columns (visitors orders lines amount_minor)
        select BETWEEN "WHERE day >= ? AND day <= ? AND shop >= ? AND shop <= ? \
            ORDER BY day, shop, mark, currency LIMIT 20000"
        statement ADD concat!(
            "INSERT INTO orders (day, shop, mark, currency, visitors, orders, lines, amount_minor) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, shop, mark, currency) DO UPDATE SET ",
            sum!(visitors), ", ", sum!(orders), ", ", sum!(lines), ", ", sum!(amount_minor)
        )
        statement OF_DAY "SELECT sum(orders) FROM orders WHERE day = ?"
        statement DELETE_BEFORE "DELETE FROM orders WHERE day < ?"
        statement DELETE_AFTER "DELETE FROM orders WHERE day > ?"
    }
}

/// Orders that were counted, by a hash of the shop and the order.
pub(in crate::storage) mod orders_seen {
    use crate::storage::sql::{DecodeError, Row};

    table! {
        orders_seen of u64, read by read;
        key (name) columns (day)
        select ONE "WHERE name = ?"
        put PUT () ""
        statement DELETE_BEFORE "DELETE FROM orders_seen WHERE day < ?"
        statement DELETE_AFTER "DELETE FROM orders_seen WHERE day > ?"
    }

    fn read(row: &Row<'_>) -> Result<u64, DecodeError> {
        row.get("day")
    }
}
