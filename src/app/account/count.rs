//! What a shop's pages tell is counted beside the runs: it decides nothing, so that nothing of the
//! account's memory changes.

use std::rc::Rc;

use crate::account::proof::{OrderCounts, PageCounts};
use crate::account::rows::{Result, Rows, Write};
use crate::app::account::AccountActor;
use crate::app::ports::AccountPorts;
use crate::config::limits::{self, DAY_MS};

/// Adds what is counted on a day.
type Counting<'c> = dyn FnMut(u64, &dyn Rows, &mut Vec<Write>) -> Result<()> + 'c;

impl<P: AccountPorts + 'static> AccountActor<P> {
    pub(super) fn count_page(self: &Rc<Self>, counts: PageCounts) -> Result<()> {
        let PageCounts { shop, products, visitors } = counts;
        self.count(&mut |day, rows, writes| {
            for (product, more) in &products {
                let is_named = rows.has_room_for(day, &shop, product)?;
                let product = if is_named { product.clone() } else { String::new() };
                writes.push(Write::CountProduct(day, shop.clone(), product, more.map(u64::from)));
            }
            for (mark, more) in &visitors {
                let sums = [u64::from(*more), 0, 0, 0];
                let currency = String::new();
                writes.push(Write::CountOrders(day, shop.clone(), *mark, currency, sums));
            }
            Ok(())
        })
    }

    /// An order that was counted before changes nothing.
    pub(super) fn count_order(self: &Rc<Self>, order: &OrderCounts) -> Result<()> {
        self.count(&mut |day, rows, writes| {
            if rows.has_order(&order.name)?
                || rows.orders_of_day(day)? >= limits::ORDERS_PER_DAY_MAX
            {
                return Ok(());
            }
            writes.push(Write::PutOrder(order.name.clone(), day));
            for (mark, lines, amount) in &order.sums {
                let (shop, currency) = (order.shop.clone(), order.currency.clone());
                let sums = [0, 1, *lines, *amount];
                writes.push(Write::CountOrders(day, shop, *mark, currency, sums));
            }
            Ok(())
        })
    }

    /// Counts today, in a transaction of its own.
    fn count(self: &Rc<Self>, count: &mut Counting<'_>) -> Result<()> {
        self.touch()?;
        let day = self.ports.now_ms() / DAY_MS;
        self.ports.transact(|rows| {
            let mut writes = Vec::new();
            count(day, rows, &mut writes)?;
            Ok(((), writes))
        })
    }
}
