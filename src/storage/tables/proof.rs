//! Counts of a shop's pages and orders, a few rows a day and shop. They are read as JSON, which the
//! Worker passes on.

/// By day, shop and product.
pub(in crate::storage) mod products {
    use serde_json::{Value, json};

    use crate::storage::sql::{DecodeError, Row};

    // The newest days first. What lies before the days that were read is read as one row a day and
    // shop, so that an answer stays small.
    table! {
        products of Value, read by read;
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

    fn read(row: &Row<'_>) -> Result<Value, DecodeError> {
        let count = |column| row.get::<u64>(column);
        Ok(json!({
            "day": count("day")?,
            "shop": row.get::<String>("shop")?,
            "product": row.get::<String>("product")?,
            "impressions": count("impressions")?,
            "opens": count("opens")?,
            "tries": count("tries")?,
            "results": count("results")?,
            "carts": count("carts")?,
        }))
    }
}

/// By day, shop, mark and currency.
pub(in crate::storage) mod orders {
    use serde_json::{Value, json};

    use crate::account::proof::Mark;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        orders of (Mark, Value), read by read;
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

    fn read(row: &Row<'_>) -> Result<(Mark, Value), DecodeError> {
        let mark: Mark = row.get("mark")?;
        let count = |column| row.get::<u64>(column);
        let sums = if mark == Mark::Tried {
            json!({
                "day": count("day")?,
                "shop": row.get::<String>("shop")?,
                "currency": row.get::<String>("currency")?,
                "orders": count("orders")?,
                "lines": count("lines")?,
                "amount_minor": count("amount_minor")?,
            })
        } else {
            json!({
                "day": count("day")?,
                "shop": row.get::<String>("shop")?,
                "group": mark,
                "visitors": count("visitors")?,
                "orders": count("orders")?,
                "currency": row.get::<String>("currency")?,
                "amount_minor": count("amount_minor")?,
            })
        };
        Ok((mark, sums))
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
