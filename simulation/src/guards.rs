//! What keeps the gateway's word. Each can be taken away, by what surrounds the machines or by their limits,
//! to see that the checks notice: a check that can't fail proves nothing.

/// Which guards stand; all by default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a guard that stands or doesn't"
)]
pub struct Guards {
    /// What was settled is stored as settled, together with the totals.
    pub idempotent_settle: bool,
    /// A slot that nobody gives back comes back by itself: by its lease, or sooner as its Prediction isn't there.
    /// Either alone is enough here, so both are taken away.
    pub lease: bool,
    /// The Prediction is written before FASHN is called.
    pub pre_write: bool,
    /// The window of runs.
    pub run_window: bool,
    /// The window of statuses.
    pub status_window: bool,
    /// The slots.
    pub slots: bool,
    /// What was sent and not answered isn't sent again.
    pub no_resend_of_unknown: bool,
    /// A terminal state is final.
    pub terminal_is_final: bool,
    /// A webhook is a hint: FASHN's status confirms it.
    pub webhook_is_a_hint: bool,
    /// A body is deleted with the record's word for it.
    pub body_wiped: bool,
    /// Visitors take turns.
    pub fair_queue: bool,
    /// A budget is reserved before it is spent.
    pub budget: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            idempotent_settle: true,
            lease: true,
            pre_write: true,
            run_window: true,
            status_window: true,
            slots: true,
            no_resend_of_unknown: true,
            terminal_is_final: true,
            webhook_is_a_hint: true,
            body_wiped: true,
            fair_queue: true,
            budget: true,
        }
    }
}
