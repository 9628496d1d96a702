//! Sends a run to FASHN, once, and learns from the Dispatcher what a refusal comes to.

use super::dispatchers::DispatcherHandle;
use super::fashn_client::FashnClient;
use super::gateway::Configured;
use super::log;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::shops::KeyName;
use crate::dispatcher::{self, Attempt, Reins, Verdict};
use crate::fashn_api::response::{Sent, failure, refusal};
use crate::http::origin::Origin;
use crate::prediction::{Event, StoredBody};
use js_sys::Uint8Array;

/// A run on its way.
pub struct Sending<'s> {
    /// Of that key.
    pub dispatcher: &'s DispatcherHandle,
    pub configured: &'s Configured,
    /// Where FASHN's webhook finds this Worker.
    pub origin: &'s Origin,
    /// With which key.
    pub key: &'s KeyName,
    pub ticket: Ticket,
    pub attempt: Attempt,
    pub body: &'s Uint8Array,
    pub sender: Sender,
    /// How much it does without asking.
    pub reins: Reins,
}

/// Who sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The Worker, for the caller who waits for its id.
    Worker,
    /// The Prediction object, for one who holds the id already.
    Object,
}

/// What became of it.
pub struct Fate {
    /// What the Prediction has to hear; nothing if the sending was not the one that counts.
    pub event: Option<Event>,
    /// Whether the caller gets the id.
    pub answer: Result<(), Problem>,
}

impl Sending<'_> {
    /// (1) Call FASHN. (2) Tell the Dispatcher, if it wants to hear. (3) Say what the Prediction has to hear.
    pub async fn send(self) -> Result<Fate, Problem> {
        let Configured { settings, signer } = self.configured;
        let token = signer.webhook_token(&self.ticket);
        let webhook_url = format!("{}/webhooks/fashn/{}", self.origin, token.reveal());
        // (1)
        let sent = match FashnClient::new(&settings.fashn, self.key) {
            Ok(client) => client.run(self.body, &webhook_url).await,
            Err(problem) => Ok(Sent::Refused(problem)),
        };
        // (2), (3)
        let (timed_out, reason) = match sent {
            Ok(Sent::Accepted(upstream)) => {
                match self.reins {
                    Reins::Tight => self.note(dispatcher::Sent::Accepted).await,
                    Reins::Loose => {}
                }
                return Ok(Fate {
                    event: Some(Event::Accepted(upstream)),
                    answer: Ok(()),
                });
            }
            Ok(Sent::Refused(problem)) => return self.refused(problem).await,
            Ok(Sent::Unknown { reason }) => (false, reason),
            Err(Problem::NoAnswer {
                timed_out, reason, ..
            }) => (timed_out, reason),
            Err(other) => (false, other.to_string()),
        };
        self.note(dispatcher::Sent::Unknown).await;
        Ok(Fate {
            event: Some(Event::Unanswered(self.attempt)),
            answer: Err(Problem::NoAnswer {
                timed_out,
                reason,
                id: Some(signer.id(&self.ticket)),
            }),
        })
    }

    /// FASHN may have the run, so whatever happens here, its webhook or the deadline tells the rest.
    async fn note(&self, sent: dispatcher::Sent) {
        let told = self.dispatcher.sent(self.ticket, self.attempt, sent);
        if let Err(problem) = told.await {
            log::error("sending", &problem);
        }
    }

    /// FASHN surely doesn't have it: the Dispatcher says whether it waits again.
    async fn refused(self, problem: Problem) -> Result<Fate, Problem> {
        let verdict = self
            .dispatcher
            .sent(self.ticket, self.attempt, refusal(&problem))
            .await?;
        let attempt = self.attempt;
        Ok(match (verdict, self.sender) {
            (Verdict::Again(place), sender) => Fate {
                event: Some(Event::Requeued {
                    attempt,
                    body: (sender == Sender::Worker)
                        .then(|| StoredBody::of(self.body.length() as usize)),
                    give_up_ms: place.give_up_ms,
                }),
                answer: Ok(()),
            },
            (Verdict::GiveUp { shared: false }, Sender::Worker) => Fate {
                event: Some(Event::Refused),
                answer: Err(problem),
            },
            (Verdict::GiveUp { .. }, _) => Fate {
                event: Some(Event::Rejected {
                    attempt,
                    error: failure(&problem),
                }),
                answer: Err(problem),
            },
            (Verdict::OutOfDate, _) => Fate {
                event: None,
                answer: Ok(()),
            },
        })
    }
}
