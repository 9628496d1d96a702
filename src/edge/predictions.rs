//! The way to the Prediction objects, and what is said there.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::gateway::binding::Objects;
use super::object_address::ObjectAddress;
use super::object_call::Conversation;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::dispatcher::{Attempt, Place};
use crate::http::origin::Origin;
use crate::notify::subscription::Form;
use crate::prediction::{Decision, Event, Record, UpstreamId};

/// What is said to a prediction in its object, behind its ticket.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// Store a new record, and beside it the body of a run that waits. The origin is where FASHN's webhook finds
    /// this Worker.
    Create(Record, Origin),
    /// Take an event in.
    Event(Event),
    /// Take an event in, with the body of a run that waits again beside it.
    EventWithBody(Event, Origin),
    /// FASHN's webhook came, for the run that it knows by this id: ask FASHN.
    Hint(UpstreamId),
    /// The Dispatcher lets the run go.
    Permit(Attempt),
    /// Show the record.
    Read,
    /// Show the record, and where the run stands if it isn't over.
    Look,
}

/// Let somebody listen who has seen what this tag names; an empty one names nothing. The answer is theirs.
pub type Listen = (Form, String);

/// What the object says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// There is no such prediction, or not any more.
    Absent,
    /// There is one already.
    Exists,
    /// Done; nothing more to say.
    Done,
    /// What a webhook came to.
    Hinted(Hinted),
    /// What the caller has to do.
    Decided(Decision),
    /// The record as it stands.
    Record(Record),
    /// The same, and where the run stands if it isn't over.
    Standing(Record, Option<Place>),
}

/// What a webhook came to.
#[derive(Debug, Serialize, Deserialize)]
pub enum Hinted {
    /// It is written down, or was before.
    Noted,
    /// No prediction has this webhook.
    Disowned,
    /// FASHN may not be asked before so many seconds are over.
    TooEarly {
        /// How many.
        retry_after_seconds: u64,
    },
    /// FASHN gave no answer, or says that the run isn't over. The object's own log says which.
    Unconfirmed,
    /// FASHN could not be asked, for a reason of ours, which the object's log has.
    Failed,
}

/// The way to one prediction.
pub struct PredictionHandle {
    object: Conversation,
    ticket: Ticket,
}

/// What somebody hears who listens.
pub enum Heard {
    /// This, until it ends.
    Answer(web_sys::Response),
    /// It is over, and was seen.
    Over,
    /// Too many listen.
    Full,
}

impl PredictionHandle {
    /// A prediction, in the object that it is in.
    pub fn of(env: &Env, ticket: &Ticket) -> Self {
        Self {
            object: Conversation::with(ObjectAddress {
                env: env.clone(),
                objects: Objects::Prediction,
                name: ticket.object_name(),
            }),
            ticket: *ticket,
        }
    }

    /// Stores the record before anything else happens, with the body of a run that waits. What becomes of it may be told in
    /// the same conversation.
    pub async fn create(
        &self,
        record: Record,
        origin: &Origin,
        body: Option<&Uint8Array>,
    ) -> Result<(), Problem> {
        let command = Command::Create(record, origin.clone());
        match self.object.begin(&(self.ticket, command), body).await? {
            Told::Done => Ok(()),
            _ => Err(unexpected()),
        }
    }

    /// Passes on what a webhook says, with FASHN's id; answers once it is confirmed and written down.
    pub async fn hint(&self, upstream: UpstreamId) -> Result<Hinted, Problem> {
        match self.say(&Command::Hint(upstream), None).await? {
            Told::Hinted(hinted) => Ok(hinted),
            _ => Err(unexpected()),
        }
    }

    /// Takes an event in. An object that knows of no prediction disowns it.
    pub async fn event(&self, event: Event) -> Result<Decision, Problem> {
        self.decide(&Command::Event(event), None).await
    }

    /// Takes an event in, with the body that is to be kept.
    pub async fn event_with_body(
        &self,
        event: Event,
        origin: &Origin,
        body: &Uint8Array,
    ) -> Result<Decision, Problem> {
        let command = Command::EventWithBody(event, origin.clone());
        self.decide(&command, Some(body)).await
    }

    async fn decide(
        &self,
        command: &Command,
        body: Option<&Uint8Array>,
    ) -> Result<Decision, Problem> {
        match self.say(command, body).await? {
            Told::Decided(decision) => Ok(decision),
            Told::Absent => Ok(Decision::Disown),
            _ => Err(unexpected()),
        }
    }

    /// Says that the run may go; false if there is no such prediction.
    pub async fn permit(&self, attempt: Attempt) -> Result<bool, Problem> {
        match self.say(&Command::Permit(attempt), None).await? {
            Told::Done => Ok(true),
            Told::Absent => Ok(false),
            _ => Err(unexpected()),
        }
    }

    /// The record.
    pub async fn read(&self) -> Result<Option<Record>, Problem> {
        match self.say(&Command::Read, None).await? {
            Told::Record(record) => Ok(Some(record)),
            Told::Absent => Ok(None),
            _ => Err(unexpected()),
        }
    }

    /// The record, and where the run stands if it isn't over.
    pub async fn look(&self) -> Result<Option<(Record, Option<Place>)>, Problem> {
        match self.say(&Command::Look, None).await? {
            Told::Standing(record, place) => Ok(Some((record, place))),
            Told::Absent => Ok(None),
            _ => Err(unexpected()),
        }
    }

    /// Listens.
    ///
    /// # Errors
    /// [`Problem::NotFound`]: there is no such prediction, or not any more.
    pub async fn listen(&self, form: Form, seen: &str) -> Result<Heard, Problem> {
        let message = (self.ticket, (form, seen));
        let answer = self.object.listen(&message).await?;
        match answer.status() {
            200 => Ok(Heard::Answer(answer)),
            204 => Ok(Heard::Over),
            404 => Err(Problem::NotFound),
            429 => Ok(Heard::Full),
            _ => Err(unexpected()),
        }
    }

    async fn say(&self, command: &Command, body: Option<&Uint8Array>) -> Result<Told, Problem> {
        self.object.say(&(self.ticket, command), body).await
    }
}

fn unexpected() -> Problem {
    Problem::Internal("Prediction object answered something else than it was asked".to_owned())
}
