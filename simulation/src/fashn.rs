//! A model of FASHN: its limits, its runs, and what it says of them.

use std::collections::{BTreeMap, VecDeque};

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::{Output, Prediction, Status};
use fashn::response::StatusAnswer;
use fitting_room::auth::ids::{Attempt, Ticket};
use fitting_room::config::limits::{AccountLimits, RequestWindow};

/// How long FASHN keeps a result.
pub const KEEPS_MS: u64 = 72 * 3_600_000;
/// How long it keeps one in base64.
const KEEPS_BASE64_MS: u64 = 3_600_000;
/// For so long its status may not know a new id.
pub const BEHIND_MS: u64 = 3_000;
/// The gateway's own margin on both windows.
const MARGIN_MS: u64 = 2_000;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a picture.
    Completed,
    /// Without.
    Failed,
    /// Stopped by somebody.
    Canceled,
    /// Stopped by FASHN.
    TimeOut,
}

/// A run that FASHN took.
#[derive(Debug, Clone)]
pub struct FashnRun {
    /// FASHN's id.
    pub id: String,
    /// Which run of ours.
    pub ticket: Ticket,
    /// Which send.
    pub attempt: Attempt,
    /// What it costs.
    pub credits: u32,
    /// It answers in base64.
    pub is_base64: bool,
    /// When it was taken.
    pub taken_ms: u64,
    /// Where its webhook goes.
    pub token: String,
    /// How it ended, once it has.
    pub end: Option<(End, u64)>,
}

/// FASHN.
pub struct Fashn {
    /// In the order in which they were taken.
    pub runs: Vec<FashnRun>,
    by_id: BTreeMap<String, usize>,
    run_calls: Calls,
    status_calls: Calls,
    /// Runs at work.
    pub in_flight: u32,
    slots: u32,
    /// What can still be spent.
    pub balance: u64,
    /// What was charged in all.
    pub charged: u64,
}

/// The calls of one kind.
struct Calls {
    limit: RequestWindow,
    made_ms: VecDeque<u64>,
}

impl Calls {
    fn new(limit: RequestWindow) -> Self {
        Self { limit, made_ms: VecDeque::new() }
    }

    /// A call is made; whether it is one too many.
    fn make(&mut self, now_ms: u64) -> bool {
        let window_ms = self.limit.window_ms;
        let kept_ms = window_ms + MARGIN_MS;
        while self.made_ms.front().is_some_and(|at_ms| at_ms + kept_ms <= now_ms) {
            self.made_ms.pop_front();
        }
        self.made_ms.push_back(now_ms);
        let calls = self.made_ms.iter();
        let inside = calls.filter(|at_ms| *at_ms + window_ms > now_ms).count();
        inside > self.limit.requests as usize
    }

    /// Since when there is room for one more, the margin included.
    fn free_since_ms(&self) -> u64 {
        let requests = self.limit.requests as usize;
        let over = self.made_ms.len().checked_sub(requests);
        let oldest = over.and_then(|over| self.made_ms.get(over));
        oldest.map_or(0, |at_ms| at_ms + self.limit.window_ms + MARGIN_MS)
    }
}

impl Fashn {
    /// One with these limits, and so many credits.
    pub fn new(limits: &AccountLimits, balance: u64) -> Self {
        Self {
            runs: Vec::new(),
            by_id: BTreeMap::new(),
            run_calls: Calls::new(limits.runs),
            status_calls: Calls::new(limits.statuses),
            in_flight: 0,
            slots: limits.slots,
            balance,
            charged: 0,
        }
    }

    /// `POST /v1/run` arrives; whether it is one too many.
    pub fn run_call(&mut self, now_ms: u64) -> bool {
        self.run_calls.make(now_ms)
    }

    /// `GET /v1/status/{id}` arrives; whether it is one too many.
    pub fn status_call(&mut self, now_ms: u64) -> bool {
        self.status_calls.make(now_ms)
    }

    /// All slots are taken.
    pub fn is_full(&self) -> bool {
        self.in_flight >= self.slots
    }

    /// Since when one more run could be sent, if it can.
    pub fn free_since_ms(&self) -> Option<u64> {
        (!self.is_full()).then(|| self.run_calls.free_since_ms())
    }

    /// Takes a run; its index in [`Fashn::runs`].
    pub fn take(&mut self, run: FashnRun) -> usize {
        let index = self.runs.len();
        self.by_id.insert(run.id.clone(), index);
        self.runs.push(run);
        self.in_flight += 1;
        index
    }

    /// A run ends.
    pub fn end(&mut self, index: usize, end: End, now_ms: u64) {
        let Some(run) = self.runs.get_mut(index) else {
            return;
        };
        run.end = Some((end, now_ms));
        self.in_flight = self.in_flight.saturating_sub(1);
        if end == End::Completed {
            let credits = u64::from(run.credits);
            self.balance = self.balance.saturating_sub(credits);
            self.charged += credits;
        }
    }

    /// A run by FASHN's id, while FASHN keeps it.
    pub fn find(&self, id: &str, now_ms: u64) -> Option<&FashnRun> {
        let run = self.run(id)?;
        let is_kept = run.end.is_none_or(|(_, ended_ms)| ended_ms + KEEPS_MS > now_ms);
        is_kept.then_some(run)
    }

    /// A run by FASHN's id.
    pub fn run(&self, id: &str) -> Option<&FashnRun> {
        self.runs.get(*self.by_id.get(id)?)
    }
}

impl FashnRun {
    /// What the status says.
    pub fn status(&self, now_ms: u64) -> StatusAnswer {
        let live = Prediction {
            id: self.id.clone(),
            status: Status::Processing,
            output: None,
            error: None,
        };
        let Some((end, ended_ms)) = self.end else {
            return StatusAnswer { prediction: live, credits_used: None };
        };
        let (status, output, error) = match end {
            End::Completed => {
                let picture = if !self.is_base64 {
                    format!("https://cdn.fashn.ai/{}/output_0.png", self.id)
                } else if ended_ms + KEEPS_BASE64_MS > now_ms {
                    "data:image/png;base64,AAAA".to_owned()
                } else {
                    Output::EXPIRED.to_owned()
                };
                (Status::Completed, Some(Output::List(vec![picture])), None)
            }
            End::Failed => {
                let error = RuntimeError {
                    name: RuntimeErrorName::PoseError,
                    message: "No body was found.".to_owned(),
                };
                (Status::Failed, None, Some(error))
            }
            End::Canceled => (Status::Canceled, None, None),
            End::TimeOut => (Status::TimeOut, None, None),
        };
        StatusAnswer {
            prediction: Prediction { status, output, error, ..live },
            credits_used: (end == End::Completed).then_some(Credits(self.credits)),
        }
    }
}
