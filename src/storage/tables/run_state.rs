//! A run's state as columns: its name, and those of its fields that the state has.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use fashn::response::UpstreamId;

use crate::account::rows::StorageError;
use crate::run::output::StoredOutput;
use crate::run::record::{Carrier, Ending, State};
use crate::storage::sql::{Columns, DecodeError, Params};

const RECEIVING: &str = "receiving";
const QUEUED: &str = "queued";
const SENDING: &str = "sending";
const UNKNOWN: &str = "unknown";
const RUNNING: &str = "running";
const COMPLETED: &str = "completed";
const FAILED: &str = "failed";
const CANCELED: &str = "canceled";
const TIME_OUT: &str = "time_out";

const WORKER: &str = "worker";
const BODY: &str = "body";

/// The columns of a state, in the table's order.
#[derive(Default)]
pub(super) struct StateColumns {
    state: String,
    until_ms: Option<u64>,
    give_up_ms: Option<u64>,
    not_before_ms: Option<u64>,
    carrier: Option<&'static str>,
    retry_ms: Option<u64>,
    slot_until_ms: Option<u64>,
    upstream_id: Option<UpstreamId>,
    upstream_status: Option<Status>,
    since_ms: Option<u64>,
    holds_slot: Option<bool>,
    polls: Option<u32>,
    next_poll_ms: Option<u64>,
    ended_ms: Option<u64>,
    expires_ms: Option<u64>,
    error_name: Option<RuntimeErrorName>,
    error_message: Option<String>,
    output: Option<StoredOutput>,
    credits_used: Option<u32>,
}

/// The value that a state can't be without.
fn required<T>(value: Option<T>, column: &'static str) -> Result<T, DecodeError> {
    value.ok_or(DecodeError::missing(column))
}

impl StateColumns {
    pub(super) fn of(state: &State) -> Self {
        match state.clone() {
            State::Receiving { until_ms } => {
                Self { state: RECEIVING.into(), until_ms: Some(until_ms), ..Self::default() }
            }
            State::Queued { give_up_ms, not_before_ms } => Self {
                state: QUEUED.into(),
                give_up_ms: Some(give_up_ms),
                not_before_ms: Some(not_before_ms),
                ..Self::default()
            },
            State::Sending { carrier, until_ms, retry_ms } => Self {
                state: SENDING.into(),
                carrier: Some(match carrier {
                    Carrier::Worker => WORKER,
                    Carrier::Body => BODY,
                }),
                until_ms: Some(until_ms),
                retry_ms: Some(retry_ms),
                ..Self::default()
            },
            State::Unknown { slot_until_ms } => {
                Self { state: UNKNOWN.into(), slot_until_ms, ..Self::default() }
            }
            State::Running { upstream, status, since_ms, holds_slot, polls, next_poll_ms } => {
                Self {
                    state: RUNNING.into(),
                    upstream_id: Some(upstream),
                    upstream_status: Some(status),
                    since_ms: Some(since_ms),
                    holds_slot: Some(holds_slot),
                    polls: Some(polls),
                    next_poll_ms: Some(next_poll_ms),
                    ..Self::default()
                }
            }
            State::Ended { ending, upstream, ended_ms, expires_ms } => Self {
                upstream_id: upstream,
                ended_ms: Some(ended_ms),
                expires_ms: Some(expires_ms),
                ..Self::of_ending(ending)
            },
        }
    }

    fn of_ending(ending: Ending) -> Self {
        match ending {
            Ending::Completed { output, credits_used } => Self {
                state: COMPLETED.into(),
                output: Some(output),
                credits_used: credits_used.map(|credits| credits.0),
                ..Self::default()
            },
            Ending::Failed(error) => Self::of_error(FAILED, Some(error)),
            Ending::Canceled(error) => Self::of_error(CANCELED, error),
            Ending::TimeOut(error) => Self::of_error(TIME_OUT, error),
        }
    }

    fn of_error(state: &str, error: Option<RuntimeError>) -> Self {
        let (name, message) = error.map(|error| (error.name, error.message)).unzip();
        Self { state: state.into(), error_name: name, error_message: message, ..Self::default() }
    }

    pub(super) fn into_state(self) -> Result<State, DecodeError> {
        match self.state.as_str() {
            RECEIVING => Ok(State::Receiving { until_ms: required(self.until_ms, "until_ms")? }),
            QUEUED => Ok(State::Queued {
                give_up_ms: required(self.give_up_ms, "give_up_ms")?,
                not_before_ms: required(self.not_before_ms, "not_before_ms")?,
            }),
            SENDING => Ok(State::Sending {
                carrier: match required(self.carrier, "carrier")? {
                    WORKER => Carrier::Worker,
                    _ => Carrier::Body,
                },
                until_ms: required(self.until_ms, "until_ms")?,
                retry_ms: required(self.retry_ms, "retry_ms")?,
            }),
            UNKNOWN => Ok(State::Unknown { slot_until_ms: self.slot_until_ms }),
            RUNNING => Ok(State::Running {
                upstream: required(self.upstream_id, "upstream_id")?,
                status: required(self.upstream_status, "upstream_status")?,
                since_ms: required(self.since_ms, "since_ms")?,
                holds_slot: required(self.holds_slot, "holds_slot")?,
                polls: required(self.polls, "polls")?,
                next_poll_ms: required(self.next_poll_ms, "next_poll_ms")?,
            }),
            COMPLETED | FAILED | CANCELED | TIME_OUT => self.into_ended(),
            _ => Err(DecodeError::unknown("state")),
        }
    }

    fn into_ended(self) -> Result<State, DecodeError> {
        let message = self.error_message.unwrap_or_default();
        let error = self.error_name.map(|name| RuntimeError { name, message });
        let ending = match self.state.as_str() {
            COMPLETED => Ending::Completed {
                output: required(self.output, "output")?,
                credits_used: self.credits_used.map(Credits),
            },
            FAILED => Ending::Failed(required(error, "error_name")?),
            CANCELED => Ending::Canceled(error),
            _ => Ending::TimeOut(error),
        };
        Ok(State::Ended {
            ending,
            upstream: self.upstream_id,
            ended_ms: required(self.ended_ms, "ended_ms")?,
            expires_ms: required(self.expires_ms, "expires_ms")?,
        })
    }

    pub(super) fn write(self, params: Params) -> Result<Params, StorageError> {
        let params = params
            .text(self.state)
            .optional_integer(self.until_ms)?
            .optional_integer(self.give_up_ms)?
            .optional_integer(self.not_before_ms)?
            .optional_text(self.carrier)
            .optional_integer(self.retry_ms)?
            .optional_integer(self.slot_until_ms)?
            .optional_text(self.upstream_id.as_ref().map(UpstreamId::as_str))
            .optional_text(self.upstream_status.as_ref().map(Status::as_str))
            .optional_integer(self.since_ms)?
            .optional_flag(self.holds_slot)
            .optional_integer(self.polls)?
            .optional_integer(self.next_poll_ms)?
            .optional_integer(self.ended_ms)?
            .optional_integer(self.expires_ms)?
            .optional_text(self.error_name.as_ref().map(RuntimeErrorName::as_str))
            .optional_text(self.error_message);
        match self.output {
            Some(output) => params.json(&output)?,
            None => params.null(),
        }
        .optional_integer(self.credits_used)
    }

    pub(super) fn read(columns: &mut Columns<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            state: columns.text("state")?.to_owned(),
            until_ms: columns.optional_integer("until_ms")?,
            give_up_ms: columns.optional_integer("give_up_ms")?,
            not_before_ms: columns.optional_integer("not_before_ms")?,
            carrier: match columns.optional_text("carrier")? {
                None => None,
                Some(WORKER) => Some(WORKER),
                Some(BODY) => Some(BODY),
                Some(_) => return Err(DecodeError::unknown("carrier")),
            },
            retry_ms: columns.optional_integer("retry_ms")?,
            slot_until_ms: columns.optional_integer("slot_until_ms")?,
            upstream_id: match columns.optional_text("upstream_id")? {
                None => None,
                Some(id) => Some(UpstreamId::parse(id).ok_or(DecodeError::unknown("upstream_id"))?),
            },
            upstream_status: columns.optional_text("upstream_status")?.map(Status::from),
            since_ms: columns.optional_integer("since_ms")?,
            holds_slot: columns.optional_flag("holds_slot")?,
            polls: columns.optional_integer("polls")?,
            next_poll_ms: columns.optional_integer("next_poll_ms")?,
            ended_ms: columns.optional_integer("ended_ms")?,
            expires_ms: columns.optional_integer("expires_ms")?,
            error_name: columns.optional_text("error_name")?.map(RuntimeErrorName::from),
            error_message: columns.optional_text("error_message")?.map(str::to_owned),
            output: columns.optional_json("output")?,
            credits_used: columns.optional_integer("credits_used")?,
        })
    }
}
