//! Counts of pages and orders in memory.

use fitting_room::account::proof::{FiguresQuery, Mark};
use fitting_room::config::limits;
use fitting_room::storage::sql::INTEGER_MAX;
use serde_json::{Value, json};

use super::{Tables, set};

/// Day, shop and product.
pub(super) type ProductKey = (u64, String, String);

/// Day, shop, mark and currency.
pub(super) type OrdersKey = (u64, String, Mark, String);

fn sum<const N: usize>(before: Option<&[u64; N]>, more: &[u64; N]) -> [u64; N] {
    let mut sums = before.copied().unwrap_or([0; N]);
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = (*sum + more).min(INTEGER_MAX);
    }
    sums
}

impl Tables {
    pub(super) fn count_product(&mut self, key: ProductKey, more: &[u64; 5]) {
        let sums = sum(self.products.get(&key), more);
        self.set_product(key, Some(sums));
    }

    pub(super) fn count_orders(&mut self, key: OrdersKey, more: &[u64; 4]) {
        let sums = sum(self.orders.get(&key), more);
        self.set_orders(key, Some(sums));
    }

    fn set_product(&mut self, key: ProductKey, row: Option<[u64; 5]>) {
        let before = set(&mut self.products, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_product(key, before)));
    }

    fn set_orders(&mut self, key: OrdersKey, row: Option<[u64; 4]>) {
        let before = set(&mut self.orders, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_orders(key, before)));
    }

    pub(super) fn set_order(&mut self, name: String, day: Option<u64>) {
        let before = set(&mut self.orders_seen, name.clone(), day);
        self.undo.push(Box::new(move |tables| tables.set_order(name, before)));
    }

    pub(super) fn orders_of_day(&self, day: u64) -> u64 {
        let of_day = self.orders.iter().filter(|(key, _)| key.0 == day);
        of_day.map(|(_, [_, orders, ..])| orders).sum()
    }

    pub(super) fn delete_counts(&mut self, day: u64) {
        let (kept, seen) = (limits::FIGURES_KEPT_DAYS, limits::ORDERS_SEEN_DAYS);
        let names = self.orders_seen.iter().filter(|(_, of_day)| of_day.abs_diff(day) > seen);
        for name in names.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.set_order(name, None);
        }
        let products = self.products.keys().filter(|key| key.0.abs_diff(day) > kept);
        for key in products.cloned().collect::<Vec<_>>() {
            self.set_product(key, None);
        }
        let orders = self.orders.keys().filter(|key| key.0.abs_diff(day) > kept);
        for key in orders.cloned().collect::<Vec<_>>() {
            self.set_orders(key, None);
        }
    }

    pub(super) fn has_room_for(&self, day: u64, shop: &str, product: &str) -> bool {
        let of_shop = self.products.keys().filter(|key| key.0 == day && key.1 == shop);
        let is_counted = self.products.contains_key(&(day, shop.to_owned(), product.to_owned()));
        is_counted || (of_shop.count() as u64) < limits::PRODUCTS_PER_DAY_MAX
    }

    /// Without the bound on rows of products.
    pub(super) fn proof(&self, query: &FiguresQuery) -> Value {
        let (first, last) = query.shops();
        let is_asked_for = |day: u64, shop: &str| {
            (query.from_day..=query.to_day).contains(&day) && (first..=last).contains(&shop)
        };
        let products = self.products.iter().rev().filter(|(key, _)| is_asked_for(key.0, &key.1));
        let products = products.map(|((day, shop, product), [impressions, opens, rest @ ..])| {
            let [tries, results, carts] = rest;
            json!([day, shop, product, impressions, opens, tries, results, carts])
        });
        let products: Vec<_> = products.collect();
        let (mut tried, mut groups) = (Vec::new(), Vec::new());
        let orders = self.orders.iter().filter(|(key, _)| is_asked_for(key.0, &key.1));
        for ((day, shop, mark, currency), [visitors, orders, lines, amount_minor]) in orders {
            let is_tried = *mark == Mark::Tried;
            let group = (!is_tried).then_some(mark);
            let sums = json!([day, shop, group, currency, visitors, orders, lines, amount_minor]);
            if is_tried { tried.push(sums) } else { groups.push(sums) }
        }
        json!({ "products": products, "orders": tried, "groups": groups })
    }
}
