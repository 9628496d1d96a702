//! Who may go next: one Dispatcher for each FASHN key, as its object runs it. State + event + now → rows to
//! store, an answer, effects and the next alarm ([`Step`]).
//!
//! ```text
//!            admit                     sent: accepted, unknown            ended
//!  (none) ─────────▶ Permitted ─────────────────────────▶ InFlight ─────────────▶ Settled ──▶ forgotten
//!    │                │  ▲   │ refused: 429, 500             │ unknown, or the lease    ▲
//!    │ admit     again│  │go └─────────────┐                 ▼                          │
//!    └──────────────▶ Queued               └──▶ give up     Adrift ──truth, or a day────┘
//!                        └── forgotten, waited too long ──────────────────────────────▶ Settled
//! ```
//!
//! `Permitted` and `InFlight` hold a slot, all but `Settled` hold credits. Every event is harmless when told
//! twice. `docs/dispatcher.md` has the invariants and the edge's steps; `simulation/` drives this very code.
//!
//! ```text
//! event      what is said, answered, done
//! state      its memory: rows and the indexes over them
//! writing    what an event writes, and the alarm
//! sorted     a map for much
//! shard      several Dispatchers for one key
//! row        what is stored
//! admission  may a run be let in, may it wait, what would it be told
//! sending    whose turn it is; what became of a run that was sent
//! ending     what ended, what is overdue, what is settled
//! gate       windows, back-offs, breaker, ledger
//! window     a sliding window of requests
//! durations  how long runs took lately
//! ```

mod admission;
mod durations;
mod ending;
mod event;
mod gate;
mod limits;
mod repeat;
mod row;
mod sending;
mod shard;
mod sorted;
mod state;
mod window;
mod writing;

pub use event::{
    Admission, Answer, Application, Attempt, Effect, Event, Lane, Outcome, Place, Reason, Refusal,
    RefusalKind, Reins, Sent, StatusPermit, Step, Verdict, Visitor,
};
pub use gate::{Breaker, FewerSlots, Gate, Hold, KnownBalance};
pub use limits::DispatcherLimits;
pub use repeat::{Fingerprint, Remembered, Repeat, RepeatKind, RepeatName};
pub use row::{Account, Phase, Row, RowChange, RowKey, Run, Turn, VisitorAccount};
pub use shard::shard_of;
pub use state::Dispatcher;
pub use window::Window;

impl Dispatcher {
    /// Takes an event in.
    #[must_use]
    pub fn step(&mut self, event: Event, now_ms: u64) -> Step {
        self.wake(now_ms);
        self.gate.slide(&self.limits, now_ms);
        let mut effects = Vec::new();
        let answer = match event {
            Event::Admit(application) => {
                Answer::Admission(self.admit(application, now_ms, &mut effects))
            }
            Event::Quoted(application) => Answer::Admission(self.quote(&application, now_ms)),
            Event::Sent {
                ticket,
                attempt,
                sent,
            } => self.sent(ticket, attempt, sent, now_ms),
            Event::Ended {
                ticket,
                outcome,
                sent_ms,
            } => {
                self.ended(ticket, outcome, sent_ms, now_ms);
                Answer::Noted
            }
            Event::Forgotten(ticket) => {
                self.forgotten(ticket, now_ms);
                Answer::Noted
            }
            Event::Absent(ticket) => {
                self.absent(ticket, now_ms);
                Answer::Noted
            }
            Event::StatusWanted => Answer::Status(self.status_wanted(now_ms)),
            Event::StatusRefused { retry_after_ms } => {
                let gate = self.gate_mut();
                gate.0.status_hold.longer(gate.1, retry_after_ms, now_ms);
                Answer::Noted
            }
            Event::BalanceWanted => Answer::BalanceMark(self.gate.charged),
            Event::BalanceTold { total, mark } => {
                let gate = self.gate_mut();
                gate.0.balance_told(gate.1, total, mark);
                Answer::Noted
            }
            Event::PlaceWanted(ticket) => Answer::Place(self.standing(ticket, now_ms)),
            Event::Alarm => {
                // It has gone off.
                self.gate.alarm_ms = None;
                Answer::Noted
            }
        };
        self.look_after_overdue(now_ms, &mut effects);
        self.sweep_visitors();
        self.let_in(now_ms, &mut effects);
        self.finish(answer, effects, now_ms)
    }

    fn status_wanted(&mut self, now_ms: u64) -> StatusPermit {
        let hold_ms = self.gate.status_hold.until_ms;
        if hold_ms > now_ms {
            return StatusPermit::NotBefore(hold_ms);
        }
        if self
            .gate
            .statuses
            .room(self.limits.statuses, self.status_calls)
            == 0
        {
            let opens_ms = self
                .gate
                .statuses
                .opens_ms(self.limits.statuses, self.limits.window_margin_ms);
            return StatusPermit::NotBefore(opens_ms.unwrap_or(now_ms));
        }
        let (gate, limits) = self.gate_mut();
        gate.note_statuses(limits, 1, now_ms);
        gate.status_hold.times = 0;
        // What is stored says that so many may have been given.
        if let Some(ahead) = gate.statuses_ahead.checked_sub(1) {
            gate.statuses_ahead = ahead;
            self.may_come_later();
        }
        StatusPermit::Now
    }
}

#[cfg(test)]
mod tests;
