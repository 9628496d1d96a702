//! What keeps the gateway's word. Each can be taken away, by what surrounds the machines or by their limits,
//! to see that the checks notice: a check that can't fail proves nothing.

use fitting_room::config::limits::DispatcherLimits;

/// Which guards stand; all by default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a guard that stands or doesn't"
)]
pub struct Guards {
    /// What was settled is stored as settled, together with the totals.
    pub idempotent_settle: bool,
    /// A slot comes back by its lease, if nobody gives it back.
    pub lease: bool,
    /// A slot comes back when its Prediction isn't there.
    pub absence: bool,
    /// The Prediction is written before FASHN is called.
    pub pre_write: bool,
    /// The window of runs.
    pub run_window: bool,
    /// The window of statuses.
    pub status_window: bool,
    /// A Dispatcher that wakes up counts the status permits that it may have given and not stored.
    pub statuses_ahead: bool,
    /// The slots.
    pub slots: bool,
    /// What was sent and not answered isn't sent again.
    pub no_resend_of_unknown: bool,
    /// A terminal state is final.
    pub terminal_is_final: bool,
    /// Only a token that was minted here leads to a Prediction.
    pub webhook_token: bool,
    /// A webhook is a hint: FASHN's status confirms it.
    pub webhook_is_a_hint: bool,
    /// A run that FASHN gave an id to listens to that id alone.
    pub own_id: bool,
    /// Without a webhook the alarm asks FASHN.
    pub alarm_asks: bool,
    /// A run is given up at its deadline.
    pub deadline: bool,
    /// Nobody is answered with an earlier run before it is written.
    pub repeat_is_written: bool,
    /// A body is deleted with the record's word for it.
    pub body_wiped: bool,
    /// Visitors take turns.
    pub fair_queue: bool,
    /// A budget is reserved before it is spent.
    pub budget: bool,
    /// Of several Dispatchers each has its share, and no more.
    pub shares: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            idempotent_settle: true,
            lease: true,
            absence: true,
            pre_write: true,
            run_window: true,
            status_window: true,
            statuses_ahead: true,
            slots: true,
            no_resend_of_unknown: true,
            terminal_is_final: true,
            webhook_token: true,
            webhook_is_a_hint: true,
            own_id: true,
            alarm_asks: true,
            deadline: true,
            repeat_is_written: true,
            body_wiped: true,
            fair_queue: true,
            budget: true,
            shares: true,
        }
    }
}

impl Guards {
    /// What is taken away by the Dispatcher's limits.
    pub(crate) fn limits(&self, planned: &DispatcherLimits) -> DispatcherLimits {
        let mut limits = planned.clone();
        if !self.lease {
            limits.lease_ms = u64::MAX / 4;
        }
        if !self.absence {
            limits.absence_grace_ms = u64::MAX / 4;
        }
        if !self.run_window {
            limits.runs.requests = 10_000;
        }
        if !self.status_window {
            limits.statuses.requests = 10_000;
        }
        if !self.slots {
            limits.slots = 50;
        }
        if !self.budget {
            limits.day_credits = u32::MAX;
            limits.visitor_credits = u32::MAX;
        }
        limits
    }
}
