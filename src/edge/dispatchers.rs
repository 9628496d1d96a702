//! The way to the Dispatcher object.

use worker::Env;

use super::gateway::binding::Objects;
use super::object_address::ObjectAddress;
use super::object_call::Conversation;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::shops::KeyName;
use crate::dispatcher::{
    Admission, Answer, Application, Attempt, Event, Outcome, Place, Sent, StatusPermit, Verdict,
};

/// The way to the Dispatcher of a FASHN key.
pub struct DispatcherHandle(Conversation);

impl DispatcherHandle {
    /// The one of this key, whose name is its own.
    pub fn of(env: &Env, key: &KeyName) -> Self {
        Self(Conversation::with(ObjectAddress {
            env: env.clone(),
            objects: Objects::Dispatcher,
            name: key.as_str().to_owned(),
        }))
    }

    /// Asks for a run to be let in.
    pub async fn admit(&self, application: &Application) -> Result<Admission, Problem> {
        match self.say(&Event::Admit(application.clone())).await? {
            Answer::Admission(admission) => Ok(admission),
            _ => Err(unexpected()),
        }
    }

    /// What admission would say.
    pub async fn quote(&self, application: Application) -> Result<Admission, Problem> {
        match self.say(&Event::Quoted(application)).await? {
            Answer::Admission(admission) => Ok(admission),
            _ => Err(unexpected()),
        }
    }

    /// Tells what became of a run that was sent; of a refused one, answers what is to be done.
    pub async fn sent(
        &self,
        ticket: Ticket,
        attempt: Attempt,
        sent: Sent,
    ) -> Result<Verdict, Problem> {
        let event = Event::Sent {
            ticket,
            attempt,
            sent,
        };
        match self.say(&event).await? {
            Answer::Verdict(verdict) => Ok(verdict),
            Answer::Noted => Ok(Verdict::OutOfDate),
            _ => Err(unexpected()),
        }
    }

    /// Tells how a prediction ended, and since when FASHN had it.
    pub async fn ended(
        &self,
        ticket: Ticket,
        outcome: Outcome,
        sent_ms: Option<u64>,
    ) -> Result<(), Problem> {
        let event = Event::Ended {
            ticket,
            outcome,
            sent_ms,
        };
        self.say(&event).await.map(drop)
    }

    /// Tells that a prediction isn't wanted any more.
    pub async fn forgotten(&self, ticket: Ticket) -> Result<(), Problem> {
        self.say(&Event::Forgotten(ticket)).await.map(drop)
    }

    /// Tells that a run that was let in has no prediction.
    pub async fn absent(&self, ticket: Ticket) -> Result<(), Problem> {
        self.say(&Event::Absent(ticket)).await.map(drop)
    }

    /// Asks for a permit for one status call, which must begin at once; what it tells may be said in the same conversation.
    pub async fn status_permit(&self) -> Result<StatusPermit, Problem> {
        match self.begin(&Event::StatusWanted).await? {
            Answer::Status(permit) => Ok(permit),
            _ => Err(unexpected()),
        }
    }

    /// Tells that FASHN had too many status calls.
    pub async fn status_refused(&self, retry_after_ms: Option<u64>) -> Result<(), Problem> {
        self.say(&Event::StatusRefused { retry_after_ms })
            .await
            .map(drop)
    }

    /// Where a run stands.
    pub async fn place(&self, ticket: Ticket) -> Result<Option<Place>, Problem> {
        match self.say(&Event::PlaceWanted(ticket)).await? {
            Answer::Place(place) => Ok(place),
            _ => Err(unexpected()),
        }
    }

    async fn say(&self, event: &Event) -> Result<Answer, Problem> {
        self.0.say(event, None).await
    }

    async fn begin(&self, event: &Event) -> Result<Answer, Problem> {
        self.0.begin(event, None).await
    }
}

fn unexpected() -> Problem {
    Problem::Internal("Dispatcher answered something else than it was asked".to_owned())
}
