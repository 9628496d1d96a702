//! What holds all runs of a key back alike, as one row: two windows, back-offs, the balance.

use std::fmt;

use litemap::LiteMap;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::account::breaker::Breaker;
use crate::account::window::Window;
use crate::config::backoff;
use crate::config::limits::AccountLimits;
use crate::run::record::Run;

/// Written with each decision that it takes part in. All times are in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limiter {
    /// `POST /v1/run` calls, each at the time of its report.
    pub runs: Window,
    /// Status calls, each at the time of its answer.
    pub statuses: Window,
    /// No run before this: `RateLimitExceeded`.
    pub run_backoff: Backoff,
    pub status_backoff: Backoff,
    /// Fewer slots for a while: `ConcurrencyLimitExceeded`.
    pub reduced_concurrency: Option<ReducedConcurrency>,
    /// FASHN answered `OutOfCredits`: when its balance is asked next.
    pub out_of_credits_until_ms: Option<u64>,
    pub breaker: Breaker,
    /// Credits, ever.
    pub charged: u64,
    pub balance: Option<KnownBalance>,
    pub balance_asked_ms: u64,
    /// The round of the run that left the queue last.
    pub round: u64,
    /// The next place in the queue.
    pub sequence: u64,
    /// The last day (UTC) that was begun, counted from 1970: a clock that goes back begins none
    /// anew.
    pub day: u64,
    pub durations: RecentDurations,
    pub alerts: Alerts,
}

/// Which alerts were told already; kept in the limiter's row as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// The day (UTC) that `budget_percent` is about, counted from 1970.
    pub budget_day: u64,
    pub budget_percent: u8,
    pub is_balance_low: bool,
    /// Ends without a webhook in a row.
    pub webhooks_missed: u32,
    /// Until when rows in quarantine are kept, in milliseconds since 1970: none is told again.
    pub quarantined_until_ms: u64,
}

/// How long runs took lately, in milliseconds, by class; kept in the limiter's row as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RecentDurations(pub LiteMap<String, Vec<u64>>);

/// An entry at a time: `LiteMap`'s own has a sort of its entries with it, 6 kB for a few classes.
impl<'de> Deserialize<'de> for RecentDurations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Classes;

        impl<'de> Visitor<'de> for Classes {
            type Value = RecentDurations;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("durations by class")
            }

            /// An empty one is written as an empty list.
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<RecentDurations, A::Error> {
                Ok(RecentDurations::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecentDurations, A::Error> {
                let mut classes = LiteMap::new();
                while let Some((class, durations)) = map.next_entry()? {
                    classes.insert(class, durations);
                }
                Ok(RecentDurations(classes))
            }
        }

        deserializer.deserialize_any(Classes)
    }
}

/// A wait that grows while FASHN keeps refusing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    pub until_ms: u64,
    /// How often in a row.
    pub times: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReducedConcurrency {
    pub slots: u32,
    pub until_ms: u64,
    /// With no run of ours in flight, other clients of the key have the slots: nothing is sent
    /// before this.
    pub hold_until_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBalance {
    /// `credits.total`.
    pub total: u64,
    /// What was [charged](Limiter::charged) in all before FASHN was asked.
    pub mark: u64,
}

impl Limiter {
    /// A limiter after the loss of its row: both windows count as full, and places go on behind the
    /// last.
    pub fn after_loss(limits: &AccountLimits, live: &[Run], now_ms: u64) -> Self {
        let turns = || live.iter().filter_map(|run| run.turn);
        let mut limiter = Self {
            round: turns().map(|turn| turn.round).max().unwrap_or(0),
            sequence: turns().map(|turn| turn.sequence.saturating_add(1)).max().unwrap_or(0),
            ..Self::default()
        };
        limiter.runs.note(limits.runs, limits.runs.requests, now_ms);
        limiter.statuses.note(limits.statuses, limits.statuses.requests, now_ms);
        limiter
    }

    /// Forgets what time has ended. Reading the row once more ends the same, so it isn't written.
    pub fn forget(&mut self, limits: &AccountLimits, now_ms: u64) {
        self.runs.forget(limits.runs, now_ms);
        self.statuses.forget(limits.statuses, now_ms);
        self.reduced_concurrency.take_if(|reduced| reduced.until_ms <= now_ms);
    }

    /// A clock that went back doesn't make a wait longer. What this changes has to be written: the
    /// row read later would begin each wait anew.
    pub fn bound(&mut self, limits: &AccountLimits, now_ms: u64) {
        self.runs.bound(limits.runs, now_ms);
        self.statuses.bound(limits.statuses, now_ms);
        let shorten = |until_ms: &mut u64, max_ms: u64| {
            *until_ms = (*until_ms).min(now_ms.saturating_add(max_ms));
        };
        shorten(&mut self.run_backoff.until_ms, limits.hold_max_ms);
        shorten(&mut self.status_backoff.until_ms, limits.hold_max_ms);
        if let Some(reduced) = &mut self.reduced_concurrency {
            shorten(&mut reduced.until_ms, limits.reduced_concurrency_ms);
            shorten(&mut reduced.hold_until_ms, limits.reduced_concurrency_ms);
        }
        self.breaker.bound(limits, now_ms);
    }

    /// FASHN has fewer slots than documented; `others` of our runs hold some.
    pub fn reduce(
        &mut self,
        limits: &AccountLimits,
        others: u64,
        retry_after_ms: Option<u64>,
        now_ms: u64,
    ) {
        let hold_ms = if others == 0 { retry_after_ms.unwrap_or(limits.hold_min_ms) } else { 0 };
        let until_ms = limits.reduced_concurrency_ms;
        self.reduced_concurrency = Some(ReducedConcurrency {
            slots: u32::try_from(others).unwrap_or(u32::MAX).max(1),
            until_ms: now_ms.saturating_add(until_ms),
            hold_until_ms: now_ms.saturating_add(hold_ms.min(until_ms)),
        });
    }

    pub fn slots(&self, limits: &AccountLimits) -> u64 {
        let reduced = self.reduced_concurrency.map_or(u32::MAX, |reduced| reduced.slots);
        limits.slots.min(reduced).into()
    }

    /// So many status calls are over, or were cut. FASHN got them before now.
    pub fn status_calls_ended(&mut self, limits: &AccountLimits, calls: usize, now_ms: u64) {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        self.statuses.note(limits.statuses, calls, now_ms);
    }

    /// When a status call may begin beside those under way, in milliseconds since 1970: none if now.
    pub fn status_opens_ms(
        &self,
        limits: &AccountLimits,
        under_way: u64,
        now_ms: u64,
    ) -> Option<u64> {
        if self.status_backoff.until_ms > now_ms {
            return Some(self.status_backoff.until_ms);
        }
        if self.statuses.room(limits.statuses, under_way) > 0 {
            return None;
        }
        // Those under way leave the window after their end.
        let soon_ms = now_ms.saturating_add(1_000);
        let opens_ms = self.statuses.opens_ms(limits.statuses).unwrap_or(soon_ms);
        Some(opens_ms.max(now_ms.saturating_add(1)))
    }

    /// A balance was reported. It opens what `OutOfCredits` closed if there is anything to spend.
    pub fn balance_told(&mut self, limits: &AccountLimits, total: u64, mark: u64) {
        self.balance = Some(KnownBalance { total, mark: mark.min(self.charged) });
        if total > u64::from(limits.balance_floor) {
            self.out_of_credits_until_ms = None;
        }
    }

    /// The balance decides over runs, and was asked a while ago.
    pub fn is_balance_stale(&self, limits: &AccountLimits, now_ms: u64) -> bool {
        let known_ms = self.balance.map(|_| self.next_question_ms(limits));
        self.balance_due_ms(limits).or(known_ms).is_some_and(|due_ms| due_ms <= now_ms)
    }

    /// When FASHN must be asked for the balance, in milliseconds since 1970: nothing goes before it
    /// answers.
    pub fn balance_due_ms(&self, limits: &AccountLimits) -> Option<u64> {
        let is_needed = limits.balance_floor > 0 && self.balance.is_none();
        let needed_ms = is_needed.then(|| self.next_question_ms(limits));
        self.out_of_credits_until_ms.or(needed_ms)
    }

    fn next_question_ms(&self, limits: &AccountLimits) -> u64 {
        self.balance_asked_ms.saturating_add(limits.balance_every_ms)
    }
}

impl Backoff {
    /// Waits longer than before, or as long as FASHN says.
    pub fn lengthen(&mut self, limits: &AccountLimits, retry_after_ms: Option<u64>, now_ms: u64) {
        let (min_ms, max_ms) = (limits.hold_min_ms, limits.hold_max_ms);
        let own_ms = backoff::pause_ms(min_ms, 2, self.times, max_ms);
        let wait_ms = retry_after_ms.unwrap_or(own_ms).min(max_ms);
        self.until_ms = self.until_ms.max(now_ms.saturating_add(wait_ms));
        self.times = self.times.saturating_add(1);
    }
}
