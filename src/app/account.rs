//! The account object: each event is one transaction, then its effects.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use crate::account::admission::AdmissionRequest;
use crate::account::event::{Effect, StatusCall, StatusOutcome, Step, Tx, WebhookDecision};
use crate::account::rows::{Rows, StorageError};
use crate::account::state::{Account, AccountSettings};
use crate::app::confirm;
use crate::app::message::{BodyRequest, BodyResponse, Request, Response, Shown, WebhookAck};
use crate::app::outbox::{self, Sender};
use crate::app::ports::AccountPorts;
use crate::auth::ids::Ticket;
use crate::run::record::{News, Run};
use crate::run::view::View;

/// How late an alarm may be before a touch takes it for lost, in milliseconds.
const ALARM_LATE_MS: u64 = 5_000;

/// One account at work in its object. Memory holds what the tables hold; it is dropped when the
/// storage fails.
pub struct AccountActor<P> {
    ports: P,
    settings: AccountSettings,
    /// The merchant's backend and how it is signed, if there is one.
    sender: Option<Sender>,
    confirm: confirm::Settings,
    memory: RefCell<Option<Account>>,
    /// What the alarm is set to, as far as this object knows, in milliseconds since 1970.
    alarm_ms: Cell<Option<u64>>,
}

impl<P: AccountPorts + 'static> AccountActor<P> {
    /// An account before anything was asked of it.
    pub fn new(
        ports: P,
        settings: AccountSettings,
        confirm: confirm::Settings,
        sender: Option<Sender>,
    ) -> Self {
        Self {
            ports,
            settings,
            sender,
            confirm,
            memory: RefCell::new(None),
            alarm_ms: Cell::new(None),
        }
    }

    /// The world outside.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// What memory holds; none before the first event.
    pub fn memory(&self) -> Ref<'_, Option<Account>> {
        self.memory.borrow()
    }

    /// Answers a message.
    ///
    /// # Errors
    /// [`StorageError`]: the object was reset, nothing of the message took effect.
    pub async fn handle(self: &Rc<Self>, request: Request) -> Result<Response, StorageError> {
        Ok(match request {
            Request::Submit(request) => {
                Response::Admission(self.apply(|account, tx| account.admit(tx, request))?)
            }
            Request::Quote(request) => {
                let now_ms = self.ports.now_ms();
                let quote =
                    |account: &Account, rows: &dyn Rows| account.quote(&request, rows, now_ms);
                Response::Admission(self.with_memory(quote)?)
            }
            Request::Stored(ticket) => {
                Response::Stored(self.apply(|account, tx| account.body_stored(tx, ticket))?)
            }
            Request::NotStored(ticket) => {
                self.apply(|account, tx| account.body_not_stored(tx, ticket))?;
                Response::Done
            }
            Request::Sent(sent) => {
                Response::Verdict(self.apply(|account, tx| account.sent(tx, sent))?)
            }
            Request::Webhook { ticket, attempt, upstream } => {
                let hinted =
                    self.apply(|account, tx| account.webhook(tx, ticket, attempt, upstream))?;
                Response::Webhook(self.confirm_hint(hinted).await?)
            }
            Request::Look(ticket) => Response::View(self.look(&ticket)?.map(Box::new)),
            Request::Delete(ticket) => {
                Response::Deleted(self.apply(|account, tx| account.delete(tx, ticket))?)
            }
            Request::Touch => {
                self.apply(|_, _| Ok(()))?;
                Response::Done
            }
        })
    }

    /// The alarm went off. It decides, sets the next alarm, starts calls and returns.
    ///
    /// # Errors
    /// [`StorageError`]: the platform tries the alarm again.
    pub fn alarm(self: &Rc<Self>) -> Result<(), StorageError> {
        self.alarm_ms.set(None);
        self.apply(|_, _| Ok(()))
    }

    /// A run as its holder sees it; none if there is nothing to see.
    pub fn look(&self, ticket: &Ticket) -> Result<Option<Shown>, StorageError> {
        let now_ms = self.ports.now_ms();
        let shown = |account: &Account, run: &Run| {
            run.is_visible(now_ms)
                .then(|| Shown { view: View::of(run), standing: account.standing(run, now_ms) })
        };
        if let Some(account) = self.memory.borrow().as_ref()
            && let Some(run) = account.live.get(ticket)
        {
            return Ok(shown(account, run));
        }
        self.with_memory(|account, rows| {
            let run = account.find(rows, *ticket)?;
            Ok(run.and_then(|run| shown(account, &run)))
        })
    }

    /// Reads with memory awake.
    fn with_memory<T>(
        &self,
        query: impl FnOnce(&Account, &dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let now_ms = self.ports.now_ms();
        self.ports.read(|rows| {
            let mut memory = self.memory.borrow_mut();
            let account = match memory.as_mut() {
                Some(account) => account,
                None => memory.insert(Account::restore(self.settings.clone(), rows, now_ms)?),
            };
            query(account, rows)
        })
    }

    /// (1) Read, decide and write, in one transaction. (2) Set the alarm. (3) Start the effects.
    /// A storage error resets the object: memory holds what was not written.
    fn apply<T>(
        self: &Rc<Self>,
        event: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        // (1), (2)
        let stepped = self.transact(event).and_then(|(answer, step)| {
            self.set_alarm(step.alarm_ms)?;
            Ok((answer, step.effects))
        });
        let (answer, effects) = stepped.inspect_err(|error| {
            self.memory.take();
            self.ports.abort(error);
        })?;
        // (3)
        for effect in effects {
            self.perform(effect);
        }
        Ok(answer)
    }

    fn transact<T>(
        &self,
        event: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<T, StorageError>,
    ) -> Result<(T, Step), StorageError> {
        let now_ms = self.ports.now_ms();
        self.ports.transact(|rows| {
            let mut memory = self.memory.borrow_mut();
            let account = match memory.as_mut() {
                Some(account) => account,
                None => memory.insert(Account::restore(self.settings.clone(), rows, now_ms)?),
            };
            let (answer, mut step) = account.apply(rows, now_ms, event)?;
            let writes = std::mem::take(&mut step.writes);
            Ok(((answer, step), writes))
        })
    }

    /// One that is set earlier stays, and finds nothing to do. One that is overdue was lost, and
    /// one that this object doesn't know of may be: it is set again.
    fn set_alarm(&self, wanted_ms: Option<u64>) -> Result<(), StorageError> {
        let Some(wanted_ms) = wanted_ms else {
            return Ok(());
        };
        let lost_before_ms = self.ports.now_ms().saturating_sub(ALARM_LATE_MS);
        let stays =
            self.alarm_ms.get().is_some_and(|at_ms| at_ms <= wanted_ms && at_ms >= lost_before_ms);
        if !stays {
            self.ports.set_alarm(wanted_ms)?;
            self.alarm_ms.set(Some(wanted_ms));
        }
        Ok(())
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        let actor = Rc::clone(self);
        match effect {
            Effect::Notify(ticket) => self.ports.notify(ticket),
            Effect::SendBody { ticket, attempt } => self.ports.spawn(Box::pin(async move {
                let told = actor.ports.tell(ticket, BodyRequest::Send(attempt)).await;
                match told {
                    Ok(BodyResponse::Sending) => {}
                    Ok(BodyResponse::Missing | BodyResponse::Dropped) => {
                        actor.apply_later(|account, tx| account.body_missing(tx, ticket, attempt));
                    }
                    // The alarm repeats the message.
                    Err(error) => actor.ports.error("send", &error.to_string()),
                }
            })),
            Effect::DropBody(ticket) => self.ports.spawn(Box::pin(async move {
                // Its own alarm deletes a body that this message doesn't reach.
                if let Err(error) = actor.ports.tell(ticket, BodyRequest::Drop).await {
                    actor.ports.error("drop", &error.to_string());
                }
            })),
            Effect::AskStatus(call) => self.ports.spawn(Box::pin(async move {
                if let Err(error) = actor.confirm(call).await {
                    actor.ports.error("status", &error.to_string());
                }
            })),
            Effect::AskBalance { mark } => self.ports.spawn(Box::pin(async move {
                let total = match actor.ports.credits().await {
                    Ok(balance) => Some(balance.credits.total),
                    Err(error) => {
                        actor.ports.error("balance", &error.to_string());
                        None
                    }
                };
                actor.apply_later(|account, _| {
                    account.balance_answered(total, mark);
                    Ok(())
                });
            })),
            Effect::Deliver(ticket) => self.ports.spawn(Box::pin(async move {
                let is_settled = actor.deliver(&ticket).await;
                actor.apply_later(|account, tx| account.message_sent(tx, ticket, is_settled));
            })),
            Effect::DeleteOutputs(ticket, output) => self.ports.spawn(Box::pin(async move {
                for (index, pieces) in output.kept() {
                    if let Err(error) = actor.ports.delete(&ticket, index, pieces).await {
                        actor.ports.error("outputs", &error.to_string());
                    }
                }
            })),
        }
    }

    /// An event without a sender that waits for its answer.
    fn apply_later(
        self: &Rc<Self>,
        event: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<(), StorageError>,
    ) {
        if let Err(error) = self.apply(event) {
            self.ports.error("account", &error.to_string());
        }
    }

    async fn confirm_hint(
        self: &Rc<Self>,
        hinted: WebhookDecision,
    ) -> Result<WebhookAck, StorageError> {
        Ok(match hinted {
            WebhookDecision::Confirm(call) => match self.confirm(call).await? {
                Confirmed::Over => WebhookAck::Noted,
                Confirmed::Live | Confirmed::Nothing => WebhookAck::Unconfirmed,
                Confirmed::TooMany(retry_after_seconds) => {
                    WebhookAck::TooEarly { retry_after_seconds }
                }
            },
            WebhookDecision::Known => WebhookAck::Noted,
            WebhookDecision::NotOurs => WebhookAck::NotOurs,
            WebhookDecision::NotBefore(at_ms) => WebhookAck::TooEarly {
                retry_after_seconds: at_ms
                    .saturating_sub(self.ports.now_ms())
                    .div_ceil(1_000)
                    .max(1),
            },
        })
    }

    /// Asks FASHN what became of a run, and writes down what it says.
    async fn confirm(self: &Rc<Self>, call: StatusCall) -> Result<Confirmed, StorageError> {
        let answer = confirm::ask(&self.ports, &self.confirm, &call).await;
        let confirmed = match &answer {
            StatusOutcome::News(News::Over(_)) => Confirmed::Over,
            StatusOutcome::News(News::Live(_)) => Confirmed::Live,
            StatusOutcome::TooMany(wait_ms) => {
                Confirmed::TooMany(wait_ms.unwrap_or_default().div_ceil(1_000).max(1))
            }
            StatusOutcome::NotFound | StatusOutcome::Nothing => Confirmed::Nothing,
        };
        let StatusCall { ticket, upstream, .. } = call;
        self.apply(|account, tx| account.status_answered(tx, ticket, &upstream, answer))?;
        Ok(confirmed)
    }

    /// Sends the merchant's backend its message about a run's end; whether that is settled.
    async fn deliver(&self, ticket: &Ticket) -> bool {
        let Some(sender) = &self.sender else {
            return true;
        };
        match self.look(ticket) {
            // It was deleted, or expired.
            Ok(None) => true,
            Ok(Some(shown)) => outbox::deliver(&self.ports, sender, ticket, &shown.view).await,
            Err(error) => {
                self.ports.error("outbox", &error.to_string());
                false
            }
        }
    }
}

/// What a status call came to, for a webhook that waits.
enum Confirmed {
    Over,
    Live,
    TooMany(u64),
    Nothing,
}
