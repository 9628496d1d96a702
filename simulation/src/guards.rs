//! What is taken away, to see that the checks would notice. Production code has no switches for it:
//! a limit is lifted, or a port of the simulation misbehaves.

use fitting_room::account::event::SendOutcome;
use fitting_room::account::state::AccountSettings;
use fitting_room::app::message::Request;

const A_DAY_MS: u64 = 86_400_000;

macro_rules! guards {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// A guard that can be taken away.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Guard {
            $($(#[$doc])+ $name,)+
        }

        impl Guard {
            /// All of them.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];
        }
    };
}

guards! {
    /// A Worker goes on for 30 s after its caller left.
    OutlivesCaller,
    /// The breaker opens on failures of distinct visitors.
    FairFailure,
    /// A probe has a time limit of its own.
    ProbeLimit,
    /// A send whose sender can't live any more ends.
    SendLimit,
    /// While others wait, one visitor holds at most half of the slots.
    HalfOfSlots,
    /// A run has few deduplication rows.
    DedupRows,
    /// A visitor has few admissions a day.
    VisitorAttempts,
    /// Few runs wait.
    QueueLength,
    /// Few runs of one visitor wait.
    VisitorQueueLength,
    /// Waiting bodies take little room.
    BodiesBytes,
    /// FASHN's own 500 is answered with few more sends.
    SendAttempts,
    /// One key and body is one run.
    Dedup,
    /// A place for a call has a time limit.
    TimedPlaces,
    /// A webhook's token names the send.
    AttemptInToken,
    /// A webhook's token is signed.
    SignedToken,
    /// A send of which nobody knows the outcome is never sent again.
    NoResendOfUnknown,
    /// Runs in a minute.
    RunWindow,
    /// Statuses in ten seconds.
    StatusWindow,
    /// Runs at once.
    Slots,
    /// The day's credits.
    DayBudget,
    /// A visitor's credits of a day.
    VisitorBudget,
    /// A run gives its slot back at the deadline.
    Deadline,
    /// A place is kept only while a body may still arrive.
    ReceiveLimit,
    /// Credits of a run that nobody heard of count as spent after a day.
    UnknownCredits,
    /// The cron trigger touches the account daily.
    DailyTouch,
    /// A decision is stored before it is acted on.
    WrittenFirst,
    /// A body deletes itself.
    BodyDeletesItself,
}

/// Which guards are up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guards {
    without: Option<Guard>,
}

impl Guards {
    /// All but one.
    pub fn without(guard: Guard) -> Self {
        Self { without: Some(guard) }
    }

    /// Whether this one is up.
    pub fn has(self, guard: Guard) -> bool {
        self.without != Some(guard)
    }

    /// The settings without it.
    pub fn lift(self, settings: &mut AccountSettings) {
        let limits = &mut settings.limits;
        match self.without {
            Some(Guard::FairFailure) => limits.breaker_failures = 1,
            Some(Guard::ProbeLimit) => limits.probe_ms = A_DAY_MS,
            Some(Guard::SendLimit) => settings.times.send_ms = A_DAY_MS,
            Some(Guard::DedupRows) => limits.dedup_per_run_max = u32::MAX,
            Some(Guard::VisitorAttempts) => limits.visitor_day_attempts = u32::MAX,
            Some(Guard::QueueLength) => limits.queue_max = usize::MAX,
            Some(Guard::VisitorQueueLength) => limits.queue_per_visitor_max = u32::MAX,
            Some(Guard::BodiesBytes) => limits.bodies_bytes_max = u64::MAX,
            Some(Guard::SendAttempts) => limits.send_attempts_max = u32::MAX,
            Some(Guard::TimedPlaces) => settings.call_ms = 40 * A_DAY_MS,
            Some(Guard::RunWindow) => limits.runs.requests = 10_000,
            Some(Guard::StatusWindow) => limits.statuses.requests = 10_000,
            Some(Guard::Slots) => limits.slots = 1_000,
            Some(Guard::DayBudget) => limits.day_credits = u32::MAX,
            Some(Guard::VisitorBudget) => limits.visitor_day_credits = u32::MAX,
            Some(Guard::Deadline) => settings.times.deadline_ms = 40 * A_DAY_MS,
            Some(Guard::ReceiveLimit) => settings.times.receive_ms = 40 * A_DAY_MS,
            Some(Guard::UnknownCredits) => settings.times.unknown_credits_ms = 40 * A_DAY_MS,
            Some(
                Guard::OutlivesCaller
                | Guard::HalfOfSlots
                | Guard::Dedup
                | Guard::AttemptInToken
                | Guard::SignedToken
                | Guard::NoResendOfUnknown
                | Guard::DailyTouch
                | Guard::WrittenFirst
                | Guard::BodyDeletesItself,
            )
            | None => {}
        }
    }

    /// A message to the account without it.
    pub fn rewrite(self, request: &mut Request) {
        match (self.without, request) {
            (Some(Guard::Dedup), Request::Submit(request)) => request.dedup.clear(),
            (Some(Guard::HalfOfSlots), Request::Submit(request)) => {
                // Each run counts for a visitor of its own.
                request.spec.visitor.0 = request.spec.ticket.name();
            }
            (Some(Guard::NoResendOfUnknown), Request::Sent(sent))
                if sent.outcome == SendOutcome::Unknown =>
            {
                sent.outcome = SendOutcome::NotSent;
            }
            _ => {}
        }
    }
}
