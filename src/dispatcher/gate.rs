//! What holds all runs back alike: the two windows, the three back-offs, the breaker, the ledger of the day.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use super::durations::Durations;
use super::event::{Reason, RefusalKind};
use super::row::Account;
use super::window::Window;
use crate::auth::ids::Ticket;
use crate::config::backoff;
use crate::dispatcher::DispatcherLimits;

/// The one row of all that is counted in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Runs whose sending is over. Those that may be under way are counted beside it.
    pub runs: Window,
    /// Status permits.
    pub statuses: Window,
    /// So many more may have been given since this was stored: an object that wakes up counts them as given then.
    pub statuses_ahead: u32,
    /// No run before this: `RateLimitExceeded`.
    pub run_hold: Hold,
    /// No status call before this.
    pub status_hold: Hold,
    /// Fewer slots for a while: `ConcurrencyLimitExceeded`.
    pub fewer_slots: Option<FewerSlots>,
    /// FASHN said `OutOfCredits`; when its balance is asked next.
    pub closed_until_balance: Option<u64>,
    /// An upstream that fails.
    pub breaker: Breaker,
    /// The shop's credits of the day.
    pub account: Account,
    /// Reserved in all, whichever day.
    pub reserved: u64,
    /// Charged in all, ever.
    pub charged: u64,
    /// FASHN's last known balance.
    pub balance: Option<KnownBalance>,
    /// When it was asked last, in milliseconds since 1970.
    pub balance_asked_ms: u64,
    /// The round of the run that left the queue last.
    pub round: u64,
    /// The next place.
    pub sequence: u64,
    /// The day that visitors of earlier days were forgotten on.
    pub swept_day: u64,
    /// How long runs took lately.
    pub durations: Durations,
    /// What the alarm was set to last, in milliseconds since 1970; none when it has gone off since.
    pub alarm_ms: Option<u64>,
}

/// A wait that grows while FASHN keeps refusing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until when.
    pub until_ms: u64,
    /// How often in a row.
    pub times: u32,
}

/// Fewer slots than FASHN documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FewerSlots {
    /// So many.
    pub slots: u32,
    /// Until when.
    pub until_ms: u64,
    /// With nothing of ours in flight, someone else has the slots: nothing is sent before this.
    pub hold_until_ms: u64,
}

/// FASHN's balance as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBalance {
    /// `credits.total`.
    pub total: u64,
    /// What was [charged](Gate::charged) in all before FASHN was asked.
    pub mark: u64,
}

/// Keeps runs from an upstream that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// All is well, but for so many failures in a row.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// Nothing goes.
    Open {
        /// Until when.
        until_ms: u64,
        /// How often in a row it opened.
        times: u32,
    },
    /// One is let through, to see.
    HalfOpen {
        /// The one.
        trial: Ticket,
        /// How often in a row it opened.
        times: u32,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// What holds the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Free,
    /// Time alone; until when.
    Until(u64),
    /// An event: a slot, an answer, a balance.
    ByEvent,
}

impl Gate {
    /// Lets time pass.
    pub fn slide(&mut self, limits: &DispatcherLimits, now_ms: u64) {
        self.runs
            .slide(limits.runs, limits.window_margin_ms, now_ms);
        self.statuses
            .slide(limits.statuses, limits.window_margin_ms, now_ms);
        self.account.begin(day_of(now_ms));
        // A clock that went back would make a short wait long.
        self.run_hold.rein(limits, now_ms);
        self.status_hold.rein(limits, now_ms);
        if let Some(fewer) = &mut self.fewer_slots {
            let most_ms = now_ms.saturating_add(limits.fewer_slots_ms);
            fewer.until_ms = fewer.until_ms.min(most_ms);
            fewer.hold_until_ms = fewer.hold_until_ms.min(most_ms);
        }
        if self
            .fewer_slots
            .is_some_and(|fewer| fewer.until_ms <= now_ms)
        {
            self.fewer_slots = None;
        }
        if let Breaker::Open { until_ms, .. } = &mut self.breaker {
            *until_ms = (*until_ms).min(now_ms.saturating_add(limits.breaker_most_ms));
        }
    }

    /// The sending of a run was over then, or is now.
    pub fn note_run(&mut self, limits: &DispatcherLimits, at_ms: u64) {
        self.runs
            .note(limits.runs, limits.window_margin_ms, 1, at_ms);
    }

    /// So many status permits are given.
    pub fn note_statuses(&mut self, limits: &DispatcherLimits, count: u32, now_ms: u64) {
        self.statuses
            .note(limits.statuses, limits.window_margin_ms, count, now_ms);
    }

    /// FASHN works, and nothing that it did lately says otherwise.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.breaker == Breaker::default()
            && self.run_hold.times == 0
            && self.status_hold.times == 0
    }

    /// What holds the next run, `permitted` being about to be sent and `taken` holding slots.
    #[must_use]
    pub fn held(
        &self,
        limits: &DispatcherLimits,
        taken: usize,
        permitted: usize,
        now_ms: u64,
    ) -> Held {
        if self.closed_until_balance.is_some() || taken >= self.slots(limits) {
            return self.held_by_slots(now_ms);
        }
        // A floor under a balance that nobody knows yet holds until it is told.
        if limits.balance_floor > 0 && self.balance.is_none() {
            return Held::ByEvent;
        }
        let mut until_ms = self.run_hold.until_ms;
        match self.breaker {
            Breaker::Closed { .. } => {}
            Breaker::Open {
                until_ms: opens_ms, ..
            } => until_ms = until_ms.max(opens_ms),
            Breaker::HalfOpen { .. } => return Held::ByEvent,
        }
        if let Some(fewer) = self.fewer_slots {
            until_ms = until_ms.max(fewer.hold_until_ms);
        }
        if self.runs.room(limits.runs, permitted) == 0 {
            match self.runs.opens_ms(limits.runs, limits.window_margin_ms) {
                Some(opens_ms) => until_ms = until_ms.max(opens_ms),
                None => return Held::ByEvent,
            }
        }
        if until_ms > now_ms {
            Held::Until(until_ms)
        } else {
            Held::Free
        }
    }

    /// Slots that are lacking for a while come back by time.
    fn held_by_slots(&self, now_ms: u64) -> Held {
        match (self.closed_until_balance, self.fewer_slots) {
            (None, Some(fewer)) if fewer.until_ms > now_ms => Held::Until(fewer.until_ms),
            _ => Held::ByEvent,
        }
    }

    fn slots(&self, limits: &DispatcherLimits) -> usize {
        let fewer = self.fewer_slots.map_or(limits.slots, |fewer| fewer.slots);
        fewer.min(limits.slots) as usize
    }

    /// A run goes. An open breaker, its time over, lets this one through.
    pub fn pass(&mut self, ticket: Ticket) {
        if let Breaker::Open { times, .. } = self.breaker {
            self.breaker = Breaker::HalfOpen {
                trial: ticket,
                times,
            };
        }
    }

    /// FASHN works.
    pub fn upstream_works(&mut self) {
        self.breaker = Breaker::default();
    }

    /// FASHN fails.
    pub fn upstream_fails(&mut self, limits: &DispatcherLimits, now_ms: u64) {
        let times = match self.breaker {
            Breaker::Closed { failures }
                if failures.saturating_add(1) < limits.breaker_failures =>
            {
                self.breaker = Breaker::Closed {
                    failures: failures.saturating_add(1),
                };
                return;
            }
            // One that was sent before it opened.
            Breaker::Open { .. } => return,
            Breaker::Closed { .. } => 0,
            Breaker::HalfOpen { times, .. } => times,
        };
        let wait_ms = backoff::pause_ms(limits.breaker_least_ms, 2, times, limits.breaker_most_ms);
        self.breaker = Breaker::Open {
            until_ms: now_ms.saturating_add(wait_ms),
            times: times.saturating_add(1),
        };
    }

    /// The trial of a half-open breaker came to nothing that says anything: another is let through.
    pub fn trial_lost(&mut self, ticket: Ticket, now_ms: u64) {
        if let Breaker::HalfOpen { trial, times } = self.breaker
            && trial == ticket
        {
            self.breaker = Breaker::Open {
                until_ms: now_ms,
                times,
            };
        }
    }

    /// FASHN refused a run; `others` of ours hold slots.
    pub fn refused(
        &mut self,
        limits: &DispatcherLimits,
        kind: RefusalKind,
        retry_after_ms: Option<u64>,
        others: usize,
        now_ms: u64,
    ) {
        match kind {
            RefusalKind::RateLimit => {
                self.upstream_works();
                self.run_hold.longer(limits, retry_after_ms, now_ms);
            }
            RefusalKind::Concurrency => {
                self.upstream_works();
                let hold_ms = if others == 0 {
                    retry_after_ms.unwrap_or(limits.hold_least_ms)
                } else {
                    0
                };
                self.fewer_slots = Some(FewerSlots {
                    slots: u32::try_from(others).unwrap_or(u32::MAX).max(1),
                    until_ms: now_ms.saturating_add(limits.fewer_slots_ms),
                    hold_until_ms: now_ms.saturating_add(hold_ms.min(limits.fewer_slots_ms)),
                });
            }
            RefusalKind::OutOfCredits => {
                self.upstream_works();
                // What was known of the balance is out of date.
                self.balance = None;
                self.closed_until_balance.get_or_insert(now_ms);
            }
            RefusalKind::ServerError | RefusalKind::Unauthorized => {
                self.upstream_fails(limits, now_ms);
            }
            RefusalKind::Request => self.upstream_works(),
        }
    }

    /// A balance was told. It opens what `OutOfCredits` closed if there is anything to spend.
    pub fn balance_told(&mut self, limits: &DispatcherLimits, total: u64, mark: u64) {
        self.balance = Some(KnownBalance {
            total,
            mark: mark.min(self.charged),
        });
        if total > u64::from(limits.balance_floor) {
            self.closed_until_balance = None;
        }
    }

    /// The balance decides over runs, and was last asked a while ago.
    #[must_use]
    pub fn balance_is_stale(&self, limits: &DispatcherLimits, now_ms: u64) -> bool {
        (limits.balance_floor > 0 || self.balance.is_some())
            && self
                .balance_asked_ms
                .saturating_add(limits.balance_every_ms)
                <= now_ms
    }

    /// Why the credits don't allow a run, if they don't.
    #[must_use]
    pub fn unaffordable(&self, limits: &DispatcherLimits, credits: Credits) -> Option<Reason> {
        let credits = u64::from(credits.0);
        if self.closed_until_balance.is_some() {
            return Some(Reason::OutOfCredits);
        }
        if self.account.committed().saturating_add(credits) > u64::from(limits.day_credits) {
            return Some(Reason::DayBudget);
        }
        let balance = self.balance?;
        let gone = self
            .charged
            .saturating_sub(balance.mark)
            .saturating_add(self.reserved)
            .saturating_add(credits)
            .saturating_add(u64::from(limits.balance_floor));
        (gone > balance.total).then_some(Reason::BalanceFloor)
    }
}

impl Hold {
    /// Waits longer than before, or as long as FASHN says.
    pub fn longer(&mut self, limits: &DispatcherLimits, retry_after_ms: Option<u64>, now_ms: u64) {
        let wait_ms = retry_after_ms
            .unwrap_or_else(|| {
                backoff::pause_ms(limits.hold_least_ms, 2, self.times, limits.hold_most_ms)
            })
            .min(limits.hold_most_ms);
        self.until_ms = self.until_ms.max(now_ms.saturating_add(wait_ms));
        self.times = self.times.saturating_add(1);
    }

    fn rein(&mut self, limits: &DispatcherLimits, now_ms: u64) {
        self.until_ms = self
            .until_ms
            .min(now_ms.saturating_add(limits.hold_most_ms));
    }
}

pub(super) const DAY_MS: u64 = 86_400_000;

/// The UTC day, counted from 1970.
#[must_use]
pub fn day_of(now_ms: u64) -> u64 {
    now_ms / DAY_MS
}
