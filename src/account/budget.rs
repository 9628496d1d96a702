//! Whether credits and brakes allow a run, and what staff change in the brakes.

use fashn::models::Credits;
use serde_json::{Map, Value};

use crate::account::admission::RefusalReason;
use crate::account::brakes::{Brakes, Credited, month_of};
use crate::account::event::Tx;
use crate::account::rows::{AuditEntry, Write};
use crate::account::state::{Account, DAY_MS};

/// A run as budgets and brakes see it.
#[derive(Debug, Clone, Copy)]
pub struct BudgetQuery<'a> {
    pub shop: &'a str,
    pub credits: Credits,
    pub is_staff: bool,
    /// The shop's customer, as far as the shop itself says so.
    pub is_signed_in: bool,
}

/// Why a run isn't taken, and after how long waiting helps, if it does.
pub type Braked = (RefusalReason, Option<u64>);

impl Account {
    pub fn brakes_of(&self, shop: &str) -> Option<&Brakes> {
        self.brakes.iter().find(|(braked, _)| braked == shop).map(|(_, brakes)| brakes)
    }

    /// Why a run isn't taken, by FASHN's balance, the settings' budgets and the shop's brakes.
    pub fn braked(&self, query: BudgetQuery<'_>, now_ms: u64) -> Option<Braked> {
        let limits = &self.settings.limits;
        let credits = u64::from(query.credits.0);
        let day = self.day_at(now_ms);
        let (month, next_month) = month_of(day);
        let until = |day: u64| Some(day.saturating_mul(DAY_MS).saturating_sub(now_ms));
        let next_day = day.saturating_add(1);
        let brakes = self.brakes_of(query.shop).filter(|_| !query.is_staff);
        if brakes.is_some_and(|brakes| brakes.is_paused) {
            return Some((RefusalReason::Paused, None));
        }
        if self.limiter.out_of_credits_until_ms.is_some() {
            return Some((RefusalReason::OutOfCredits, Some(limits.balance_every_ms)));
        }
        let of_day = self.committed_on(day).saturating_add(credits);
        if of_day > limits.day_credits.into() {
            return Some((RefusalReason::DayBudget, until(next_day)));
        }
        let of_month = self.committed_since(month).saturating_add(credits);
        if of_month > limits.month_credits() {
            return Some((RefusalReason::MonthBudget, until(next_month)));
        }
        if self.is_at_floor(query.credits) {
            return Some((RefusalReason::BalanceFloor, Some(limits.balance_every_ms)));
        }
        let brakes = brakes?;
        if brakes.signed_in_only && !query.is_signed_in {
            return Some((RefusalReason::SignedInOnly, None));
        }
        let committed = self.committed_of(query.shop, day, month);
        let needed = committed.day.saturating_add(credits);
        let own = brakes.day_credits.unwrap_or(u32::MAX).min(limits.day_credits).into();
        if needed > own {
            return Some((RefusalReason::ShopBudget, until(next_day)));
        }
        let of_month = committed.month.saturating_add(credits);
        if brakes.month_credits.is_some_and(|most| of_month > most.into()) {
            return Some((RefusalReason::MonthBudget, until(next_month)));
        }
        let ms_of_day = now_ms.saturating_sub(day.saturating_mul(DAY_MS));
        let allowance = brakes.allowance(own, ms_of_day);
        if needed > allowance {
            let at_ms = Brakes::allowed_at_ms(own, needed);
            return Some((RefusalReason::Pacing, Some(at_ms.saturating_sub(ms_of_day))));
        }
        let of_guests = 100_u64.saturating_sub(brakes.signed_in_share.into());
        let is_reserved = needed.saturating_mul(100) > allowance.saturating_mul(of_guests);
        (brakes.signed_in_share > 0 && is_reserved && !query.is_signed_in)
            .then_some((RefusalReason::SignedInOnly, None))
    }

    /// Credits of a shop that are spent or reserved.
    pub fn committed_of(&self, shop: &str, day: u64, month: u64) -> Credited {
        let mut sum = Credited::default();
        if day == self.limiter.day {
            sum = self.spent.of(shop);
        } else if month_of(self.limiter.day).0 == month {
            sum.month = self.spent.of(shop).month;
        }
        for run in self.live.values().filter(|run| run.shop == shop) {
            let of_run = run.admitted_ms / DAY_MS;
            if of_run >= month {
                sum.month = sum.month.saturating_add(run.reserved());
            }
            if of_run == day {
                sum.day = sum.day.saturating_add(run.reserved());
            }
        }
        sum
    }

    /// Credits of a month that are spent or reserved, by its first day.
    fn committed_since(&self, month: u64) -> u64 {
        let is_its = month_of(self.limiter.day).0 == month;
        let spent = if is_its { self.spent.total().month } else { 0 };
        let reserved = self.reserved.iter().filter(|(day, _)| **day >= month);
        reserved.fold(spent, |sum, (_, credits)| sum.saturating_add(*credits))
    }

    /// Tries of a visitor in a day: the setting, or the shop's brake below it.
    pub(super) fn day_tries(&self, shop: &str, is_signed_in: bool) -> u32 {
        let setting = self.settings.limits.visitor_day_attempts;
        let brake = self.brakes_of(shop).and_then(|brakes| {
            if is_signed_in { brakes.signed_in_day_tries } else { brakes.guest_day_tries }
        });
        brake.map_or(setting, |tries| tries.min(setting))
    }

    /// Staff set brakes of a shop, each by its name. Answers whether that changed anything.
    pub fn brake(
        &mut self,
        tx: &mut Tx<'_>,
        shop: String,
        by: String,
        set: &[(String, Value)],
    ) -> bool {
        let before = self.brakes_of(&shop).cloned().unwrap_or_default();
        let mut after = before.clone();
        for (name, value) in set {
            after.set(name, value);
        }
        if after == before {
            return false;
        }
        let both = before.fields().into_iter().zip(after.fields());
        let changed = both.filter(|((_, before), (_, after))| before != after);
        // Not its `Display`, which has a second way to write JSON with it.
        let text = |value: &Value| serde_json::to_string(value).unwrap_or_default();
        let texts: Vec<_> = changed
            .map(|((name, before), (_, after))| {
                [name, ": ", &text(&before), " → ", &text(&after)].concat()
            })
            .collect();
        let change = texts.join("; ");
        match self.brakes.iter_mut().find(|(braked, _)| *braked == shop) {
            Some((_, brakes)) => brakes.clone_from(&after),
            None => self.brakes.push((shop.clone(), after.clone())),
        }
        tx.writes.push(Write::PutBrakes(shop.clone(), after));
        tx.writes.push(Write::AddAudit(AuditEntry { at_ms: tx.now_ms, by, shop, change }));
        true
    }

    /// The brakes of these shops and what each has spent, as staff see them.
    pub fn brakes_shown(&self, shops: &[String], now_ms: u64) -> Value {
        let day = self.day_at(now_ms);
        let shown = shops.iter().map(|shop| {
            let brakes = self.brakes_of(shop).cloned().unwrap_or_default();
            let mut shown = Map::new();
            for (name, value) in brakes.fields() {
                shown.insert(name.to_owned(), value);
            }
            let spent = self.committed_of(shop, day, month_of(day).0);
            shown.insert("shop".to_owned(), shop.as_str().into());
            let spent = serde_json::json!({ "day": spent.day, "month": spent.month });
            shown.insert("spent".to_owned(), spent);
            Value::Object(shown)
        });
        shown.collect()
    }
}
