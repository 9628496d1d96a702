//! Whether the account would take a run now, whichever shopper's it is: what a page shows before a
//! shopper is asked for a photograph. Limits of one visitor are no part of it.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use crate::account::admission::RefusalReason;
use crate::account::budget::BudgetQuery;
use crate::account::queue::Readiness;
use crate::account::state::{Account, DAY_MS};

/// Why no run is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedReason {
    /// The credits of the day are spent or reserved.
    Budget,
    /// FASHN's balance is used up, or at its floor.
    Credits,
    /// As many runs wait as may.
    Queue,
    /// Staff have paused the shop.
    Paused,
    /// The credits of the month are spent or reserved.
    MonthBudget,
    /// The day's credits are spread over the day, and those until now are spent or reserved.
    Pacing,
    /// What is left is for customers that are signed in.
    SignedInOnly,
    /// FASHN fails; and whatever reason a later release has.
    #[serde(other)]
    Unavailable,
}

impl Account {
    /// Why no run of at least so many credits would be taken now; none if one would.
    pub fn closed(&self, asked: BudgetQuery<'_>, now_ms: u64) -> Option<ClosedReason> {
        if let Some((reason, _)) = self.braked(asked, now_ms) {
            return Some(match reason {
                RefusalReason::Paused => ClosedReason::Paused,
                RefusalReason::DayBudget | RefusalReason::ShopBudget => ClosedReason::Budget,
                RefusalReason::MonthBudget => ClosedReason::MonthBudget,
                RefusalReason::Pacing => ClosedReason::Pacing,
                RefusalReason::SignedInOnly => ClosedReason::SignedInOnly,
                _ => ClosedReason::Credits,
            });
        }
        if self.limiter.breaker.holds_until_ms(now_ms).is_some() {
            Some(ClosedReason::Unavailable)
        } else if self.readiness(now_ms) != Readiness::Ready && self.is_queue_full(now_ms) {
            Some(ClosedReason::Queue)
        } else {
            None
        }
    }

    /// The day (UTC), counted from 1970: a clock that goes back begins none anew.
    pub(super) fn day_at(&self, now_ms: u64) -> u64 {
        self.limiter.day.max(now_ms / DAY_MS)
    }

    /// Credits of a day that are spent or reserved. A day that no event has begun is unspent.
    pub(super) fn committed_on(&self, day: u64) -> u64 {
        let spent = if day == self.limiter.day { self.spent.total().day } else { 0 };
        spent.saturating_add(self.reserved.get(&day).copied().unwrap_or(0))
    }

    /// So many credits more don't leave FASHN's balance over its floor.
    pub(super) fn is_at_floor(&self, credits: Credits) -> bool {
        let limiter = &self.limiter;
        limiter.balance.is_some_and(|balance| {
            let uncounted = limiter.charged.saturating_sub(balance.mark);
            let own = u64::from(credits.0);
            let reserved = self.reserved.values().fold(own, |sum, day| sum.saturating_add(*day));
            let needed = uncounted.saturating_add(reserved);
            needed.saturating_add(self.settings.limits.balance_floor.into()) > balance.total
        })
    }

    /// By number, by bytes, or by the estimated wait of one more run like the newest.
    fn is_queue_full(&self, now_ms: u64) -> bool {
        let limits = &self.settings.limits;
        let waiting: u64 = self.visitors.values().map(|load| load.waiting).sum();
        let eta_ms = self.live.last().map_or(0, |(_, newest)| {
            let standing = self.standing_behind(self.queue.len(), newest, now_ms);
            standing.eta_seconds.saturating_mul(1_000)
        });
        waiting >= limits.queue_max as u64
            || self.body_bytes >= limits.bodies_bytes_max
            || eta_ms > limits.queue_wait_ms
    }
}
