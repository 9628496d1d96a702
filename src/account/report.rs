//! An account as staff see it: counts, times and limits; no id, no visitor, no address.

use serde::Serialize;

use crate::account::breaker::Breaker;
use crate::account::queue::Readiness;
use crate::account::rows::{Result, Rows};
use crate::account::state::Account;
use crate::account::window::Window;
use crate::config::limits::{self, RequestWindow};
use crate::run::record::{Run, State};

/// All times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub now_ms: u64,
    pub schema_version: u64,
    /// What an operator should look at; empty if all is well.
    pub notices: Vec<Notice>,
    pub runs: RunCounts,
    pub queue: Queue,
    pub slots: Slots,
    pub windows: Windows,
    pub backoff: Backoffs,
    pub breaker: BreakerReport,
    pub day: Day,
    pub balance: Balance,
    pub outbox: Outbox,
    pub alarm: Alarm,
    pub quarantine: Vec<Entry>,
}

/// What an operator should look at, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub about: &'static str,
    pub message: String,
}

/// Runs that aren't settled, by their state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunCounts {
    pub receiving: u64,
    pub queued: u64,
    pub sending: u64,
    pub unknown: u64,
    pub running: u64,
    /// Over, but what it cost isn't known yet.
    pub unsettled: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Queue {
    pub waiting: u64,
    pub waiting_max: usize,
    pub bodies_bytes: u64,
    pub bodies_bytes_max: u64,
    /// `time`, or `event`: a slot that is freed, a balance that FASHN reports. None if a run may go.
    pub held_by: Option<&'static str>,
    pub held_until_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slots {
    pub taken: u64,
    /// Fewer than the limit for a while, after FASHN's `ConcurrencyLimitExceeded`.
    pub usable: u64,
    pub limit: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Windows {
    pub runs: WindowReport,
    pub statuses: WindowReport,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WindowReport {
    pub used: u64,
    pub limit: u32,
    pub window_ms: u64,
}

/// None where nothing is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backoffs {
    pub runs_until_ms: Option<u64>,
    pub statuses_until_ms: Option<u64>,
    pub reduced_slots_until_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakerReport {
    /// `closed`, `open` or `half_open`.
    pub state: &'static str,
    /// When the next probe may go.
    pub until_ms: Option<u64>,
    /// Visitors with runs that FASHN failed since it last took one.
    pub failed_visitors: usize,
}

/// Credits of a day (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Counted from 1970.
    pub day: u64,
    pub spent: u64,
    pub reserved: u64,
    pub budget: u32,
    pub visitor_budget: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// FASHN's last word, if it was asked.
    pub total: Option<u64>,
    pub asked_ms: Option<u64>,
    pub floor: u32,
    /// FASHN answered `OutOfCredits`, and has told no better balance since.
    pub is_out_of_credits: bool,
}

/// Messages to the merchant's backend that aren't delivered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outbox {
    pub waiting: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub at_ms: Option<u64>,
    /// How late it was when this report was asked for, which set it again.
    pub late_ms: Option<u64>,
}

/// A row that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub at_ms: u64,
    pub table: String,
    pub reason: String,
}

impl Account {
    /// The account now. What `alarm` is set to, the object alone knows.
    pub fn report(&self, rows: &dyn Rows, alarm: Alarm, now_ms: u64) -> Result<Report> {
        let (limits, limiter) = (&self.settings.limits, &self.limiter);
        let later = |at_ms: u64| (at_ms > now_ms).then_some(at_ms);
        let (held_by, held_until_ms) = match self.readiness(now_ms) {
            Readiness::Ready => (None, None),
            Readiness::Until(at_ms) => (Some("time"), Some(at_ms)),
            Readiness::Waiting => (Some("event"), None),
        };
        let quarantine = rows.quarantine(limits::QUARANTINE_SHOWN_MAX)?;
        let mut report = Report {
            now_ms,
            schema_version: rows.schema_version()?,
            notices: Vec::new(),
            runs: self.live.values().fold(RunCounts::default(), RunCounts::and),
            queue: Queue {
                waiting: self.visitors.values().map(|load| load.waiting).sum(),
                waiting_max: limits.queue_max,
                bodies_bytes: self.body_bytes,
                bodies_bytes_max: limits.bodies_bytes_max,
                held_by,
                held_until_ms,
            },
            slots: Slots {
                taken: self.slots_taken,
                usable: limiter.slots(limits),
                limit: limits.slots,
            },
            windows: Windows {
                runs: window(&limiter.runs, limits.runs, self.sending),
                statuses: window(&limiter.statuses, limits.statuses, self.status_calls.count()),
            },
            backoff: Backoffs {
                runs_until_ms: later(limiter.run_backoff.until_ms),
                statuses_until_ms: later(limiter.status_backoff.until_ms),
                reduced_slots_until_ms: limiter
                    .reduced_concurrency
                    .and_then(|reduced| later(reduced.until_ms)),
            },
            breaker: breaker(&limiter.breaker),
            day: Day {
                day: limiter.day,
                spent: self.spent.total().day,
                reserved: self.reserved.get(&limiter.day).copied().unwrap_or(0),
                budget: limits.day_credits,
                visitor_budget: limits.visitor_day_credits,
            },
            balance: Balance {
                total: limiter.balance.map(|balance| balance.total),
                asked_ms: Some(limiter.balance_asked_ms).filter(|at_ms| *at_ms > 0),
                floor: limits.balance_floor,
                is_out_of_credits: limiter.out_of_credits_until_ms.is_some(),
            },
            outbox: Outbox { waiting: rows.messages_waiting()? },
            alarm,
            quarantine: quarantine
                .into_iter()
                .map(|entry| Entry { at_ms: entry.at_ms, table: entry.table, reason: entry.reason })
                .collect(),
        };
        report.notices = notices(&report);
        Ok(report)
    }
}

impl RunCounts {
    fn and(mut self, run: &Run) -> Self {
        let count = match run.state {
            State::Receiving { .. } => &mut self.receiving,
            State::Queued { .. } => &mut self.queued,
            State::Sending { .. } => &mut self.sending,
            State::Unknown { .. } => &mut self.unknown,
            State::Running { .. } => &mut self.running,
            State::Ended { .. } => &mut self.unsettled,
        };
        *count = count.saturating_add(1);
        self
    }
}

fn window(window: &Window, limit: RequestWindow, outstanding: u64) -> WindowReport {
    let used = u64::from(limit.requests).saturating_sub(window.room(limit, outstanding));
    WindowReport { used, limit: limit.requests, window_ms: limit.window_ms }
}

fn breaker(breaker: &Breaker) -> BreakerReport {
    let (state, until_ms, failed_visitors) = match breaker {
        Breaker::Closed { failed } => ("closed", None, failed.len()),
        Breaker::Open { until_ms, .. } => ("open", Some(*until_ms), 0),
        Breaker::HalfOpen { until_ms, .. } => ("half_open", Some(*until_ms), 0),
    };
    BreakerReport { state, until_ms, failed_visitors }
}

/// What an operator should look at, the worst first.
fn notices(report: &Report) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut add = |about, message: String| notices.push(Notice { about, message });
    let unreadable = report.quarantine.len();
    if unreadable > 0 {
        let last = if unreadable == limits::QUARANTINE_SHOWN_MAX { "the last " } else { "" };
        add(
            "quarantine",
            format!("{last}{unreadable} stored rows could not be understood and were deleted"),
        );
    }
    if report.breaker.state != "closed" {
        add("breaker", "FASHN fails: runs wait, and one at a time is tried".to_owned());
    }
    if report.balance.is_out_of_credits {
        add("balance", "FASHN answered that its credits are used up".to_owned());
    }
    if let Some(late_ms) = report.alarm.late_ms {
        let seconds = late_ms / 1_000;
        add("alarm", format!("the alarm was {seconds} s late; it was set again now"));
    }
    notices
}
