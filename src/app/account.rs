//! The account object: each event is one transaction, then its effects.

mod count;
pub mod ended;
mod subscribe;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;

use serde_json::Value;

use crate::account::budget::BudgetQuery;
use crate::account::event::{Effect, StatusCall, StatusOutcome, Step, Tx, WebhookDecision};
use crate::account::report::Alarm;
use crate::account::rows::{OutboxMessage, Rows, StorageError};
use crate::account::staff::StaffOutcome;
use crate::account::state::{Account, AccountSettings};
use crate::app::account::ended::EndedRuns;
use crate::app::confirm;
use crate::app::dead_letters;
use crate::app::figures;
use crate::app::log::LogEvent;
use crate::app::message::{BodyRequest, BodyResponse, Request, Response, Shown, WebhookAck};
use crate::app::metrics::Point;
use crate::app::outbox::{self, Content, Sender};
use crate::app::ports::AccountPorts;
use crate::app::subscribers::SubscriberList;
use crate::auth::ids::Ticket;
use crate::config::base_url::BaseUrl;
use crate::run::record::{News, Run};
use crate::run::view::View;

/// How late an alarm may be before a touch takes it for lost.
const ALARM_LATE_MS: u64 = 5_000;

/// One account at work in its object.
pub struct AccountActor<P: AccountPorts> {
    pub ports: P,
    pub settings: AccountSettings,
    /// FASHN's own address: outputs may come from it.
    pub base_url: BaseUrl,
    /// The merchant's backend, if it gets messages.
    pub sender: Option<Sender>,
    pub subscribers: SubscriberList<P::Writer>,
    /// What the tables hold; none before the first event, and after the storage failed.
    pub memory: RefCell<Option<Account>>,
    /// What the alarm is set to, as far as this object knows, in milliseconds since 1970.
    pub alarm_ms: Cell<Option<u64>>,
    pub ended: EndedRuns,
}

/// What happens to an account.
type Event<'e> = dyn FnMut(&mut Account, &mut Tx<'_>) -> Result<(), StorageError> + 'e;

impl<P: AccountPorts + 'static> AccountActor<P> {
    /// Answers a message. After an error nothing of it took effect, and the object was reset.
    pub async fn handle(self: &Rc<Self>, request: Request) -> Result<Response, StorageError> {
        Ok(match request {
            Request::Submit(request) => {
                Response::Admission(self.apply(|account, tx| account.admit(tx, request))?)
            }
            Request::Quote(request) => {
                self.touch()?;
                let now_ms = self.ports.now_ms();
                let quote =
                    |account: &Account, rows: &dyn Rows| account.quote(&request, rows, now_ms);
                Response::Admission(self.read(quote)?)
            }
            Request::Opening { credits, shop, is_signed_in } => {
                let now_ms = self.ports.now_ms();
                let asked = BudgetQuery { shop: &shop, credits, is_staff: false, is_signed_in };
                Response::Opening(self.read(|account, _| Ok(account.closed(asked, now_ms)))?)
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
                let event = |account: &mut Account, tx: &mut Tx<'_>| {
                    account.webhook(tx, ticket, attempt, upstream)
                };
                Response::Webhook(match self.apply(event)? {
                    WebhookDecision::Confirm(call) => self.confirm(call).await?,
                    WebhookDecision::Known => WebhookAck::Noted,
                    WebhookDecision::NotOurs => WebhookAck::NotOurs,
                    WebhookDecision::NotBefore(at_ms) => {
                        too_early(at_ms.saturating_sub(self.ports.now_ms()))
                    }
                })
            }
            Request::Look(ticket) => Response::View(self.look(ticket)?.map(Box::new)),
            Request::Delete(ticket) => {
                Response::Deleted(self.apply(|account, tx| account.delete(tx, ticket))?)
            }
            Request::DeadLetters => {
                Response::Told(Box::new(self.read(|_, rows| dead_letters::of(rows))?))
            }
            Request::Touch => {
                self.apply(Account::look_daily)?;
                Response::Done
            }
            Request::CountPage(counts) => {
                self.count_page(counts)?;
                Response::Done
            }
            Request::CountOrder(counts) => {
                self.count_order(&counts)?;
                Response::Done
            }
            Request::Inspect => Response::Account(Box::new(self.inspect()?)),
            Request::Figures(query) => {
                let figures = self.read(|_, rows| figures::of(rows, &query))?;
                Response::Told(Box::new(figures))
            }
            Request::Brakes(shops) => {
                let now_ms = self.ports.now_ms();
                let shown = self.read(|account, _| Ok(account.brakes_shown(&shops, now_ms)))?;
                Response::Told(Box::new(shown))
            }
            Request::Brake { shop, by, set } => {
                let is_changed = self.apply(|account, tx| Ok(account.brake(tx, shop, by, &set)))?;
                Response::Changed(StaffOutcome::of(is_changed))
            }
            Request::Audit(shop) => {
                let changes = self.read(|_, rows| rows.audit(shop.as_deref()))?;
                Response::Told(Box::new(changes))
            }
            Request::Run(ticket) => {
                let run = self.read(|account, rows| account.run_shown(rows, ticket))?;
                Response::Told(Box::new(run))
            }
            Request::Change(change) => {
                Response::Changed(self.apply(|account, tx| account.staff_change(tx, change))?)
            }
        })
    }

    /// The alarm went off. It decides, sets the next alarm, starts calls and returns. After an
    /// error the platform tries it again.
    pub fn alarm(self: &Rc<Self>) -> Result<(), StorageError> {
        self.alarm_ms.set(None);
        self.apply(|_, _| Ok(()))
    }

    /// A run as its holder sees it; none if there is nothing to see.
    pub fn look(self: &Rc<Self>, ticket: Ticket) -> Result<Option<Shown>, StorageError> {
        self.touch()?;
        let now_ms = self.ports.now_ms();
        let shown = |account: &Account, run: &Run| {
            run.is_visible(now_ms)
                .then(|| Shown { view: View::of(run), standing: account.standing(run, now_ms) })
        };
        if let Some(account) = self.memory.borrow().as_ref()
            && let Some(run) = account.live.get(&ticket)
        {
            return Ok(shown(account, run));
        }
        let is_kept = |shown: &Shown| shown.view.expires_ms.is_some_and(|at_ms| now_ms < at_ms);
        if let Some(shown) = self.ended.get(&ticket) {
            return Ok(Some(shown).filter(is_kept));
        }
        self.read(|account, rows| {
            if let Some(run) = account.live.get(&ticket) {
                return Ok(shown(account, run));
            }
            let Some(view) = rows.ended_view(&ticket)? else { return Ok(None) };
            let shown = Shown { view, standing: None };
            self.ended.remember(ticket, shown.clone());
            Ok(Some(shown).filter(is_kept))
        })
    }

    /// The account as staff see it. The alarm is judged before this message sets it again.
    fn inspect(self: &Rc<Self>) -> Result<Value, StorageError> {
        let now_ms = self.ports.now_ms();
        let late_ms = self.alarm_ms.get().and_then(|at_ms| now_ms.checked_sub(at_ms));
        let late_ms = late_ms.filter(|late_ms| *late_ms > ALARM_LATE_MS);
        self.touch()?;
        let alarm = Alarm { at_ms: self.alarm_ms.get(), late_ms };
        let report = self.read(|account, rows| account.report(rows, alarm, now_ms))?;
        serde_json::to_value(report).map_err(|error| StorageError(error.to_string()))
    }

    /// Each message looks after what is due: one that only reads does so where the object has just
    /// started, or where its alarm is overdue, and so was lost.
    fn touch(self: &Rc<Self>) -> Result<(), StorageError> {
        let alarm_ms = self.alarm_ms.get();
        let is_lost = alarm_ms.is_some_and(|at_ms| at_ms < self.lost_before_ms());
        if is_lost || self.memory.borrow().is_none() {
            self.apply(|_, _| Ok(()))?;
        }
        Ok(())
    }

    fn lost_before_ms(&self) -> u64 {
        self.ports.now_ms().saturating_sub(ALARM_LATE_MS)
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Account, &dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.ports.read(|rows| query(self.awake(&mut self.memory.borrow_mut(), rows)?, rows))
    }

    fn awake<'m>(
        &self,
        memory: &'m mut Option<Account>,
        rows: &dyn Rows,
    ) -> Result<&'m mut Account, StorageError> {
        if let Some(account) = memory {
            return Ok(account);
        }
        let settings = self.settings.clone();
        Ok(memory.insert(Account::restore(settings, rows, self.ports.now_ms())?))
    }

    /// One event; its answer.
    fn apply<T>(
        self: &Rc<Self>,
        event: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let (mut event, mut answer) = (Some(event), None);
        self.go_through(&mut |account, tx| {
            if let Some(event) = event.take() {
                answer = Some(event(account, tx)?);
            }
            Ok(())
        })?;
        answer.ok_or_else(|| StorageError("an event did not happen".to_owned()))
    }

    /// (1) Read, decide and write, in one transaction. (2) Set the alarm. (3) Start the effects.
    /// A storage error resets the object: memory holds what was not written. It is compiled once,
    /// and not for each kind of event.
    fn go_through(self: &Rc<Self>, event: &mut Event<'_>) -> Result<(), StorageError> {
        // (1), (2)
        let stepped = self.transact(event).and_then(|step| {
            self.set_alarm(step.alarm_ms)?;
            Ok(step)
        });
        let step = stepped.inspect_err(|error| {
            self.memory.take();
            self.ended.clear();
            self.ports.abort(error);
        })?;
        // (3)
        for notice in &step.notices {
            self.ports.log(&LogEvent::Account(notice));
            if let Some(point) = Point::of_notice(notice) {
                self.ports.measure(&point);
            }
        }
        for effect in step.effects {
            self.perform(effect);
        }
        self.note_quarantined()
    }

    /// The event, or a lookup before it, met rows that could not be understood.
    fn note_quarantined(self: &Rc<Self>) -> Result<(), StorageError> {
        if self.ports.take_quarantined() == 0 {
            return Ok(());
        }
        self.apply(|account, tx| {
            account.rows_quarantined(tx);
            Ok(())
        })
    }

    fn transact(&self, event: &mut Event<'_>) -> Result<Step, StorageError> {
        let now_ms = self.ports.now_ms();
        self.ports.transact(|rows| {
            let mut memory = self.memory.borrow_mut();
            let ((), mut step) = self.awake(&mut memory, rows)?.apply(rows, now_ms, event)?;
            let writes = std::mem::take(&mut step.writes);
            for write in &writes {
                self.ended.follow(write);
            }
            Ok((step, writes))
        })
    }

    /// One that is set earlier stays, and finds nothing to do. One that is overdue was lost, and
    /// one that this object doesn't know of may be: it is set again.
    fn set_alarm(&self, wanted_ms: Option<u64>) -> Result<(), StorageError> {
        let lost_before_ms = self.lost_before_ms();
        let set_ms = self.alarm_ms.get().filter(|at_ms| *at_ms >= lost_before_ms);
        self.alarm_ms.set(set_ms);
        if let Some(wanted_ms) = wanted_ms
            && set_ms.is_none_or(|at_ms| at_ms > wanted_ms)
        {
            self.ports.set_alarm(wanted_ms)?;
            self.alarm_ms.set(Some(wanted_ms));
        }
        Ok(())
    }

    /// Starts an effect. An alarm repeats one that fails.
    fn perform(self: &Rc<Self>, effect: Effect) {
        if let Effect::Notify(ticket) = effect {
            return self.notify(ticket);
        }
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            if let Err(error) = actor.carry_out(effect).await {
                actor.ports.error("account", &error.to_string());
            }
        }));
    }

    async fn carry_out(self: &Rc<Self>, effect: Effect) -> Result<(), Box<dyn Error>> {
        match effect {
            Effect::Notify(ticket) => self.notify(ticket),
            Effect::SendBody { ticket, attempt } => {
                let told = self.ports.tell(ticket, BodyRequest::Send(attempt)).await?;
                if told != BodyResponse::Sending {
                    self.apply(|account, tx| account.body_missing(tx, ticket, attempt))?;
                }
            }
            // Its own alarm deletes a body that this message doesn't reach, and so does the daily look.
            Effect::DropBody(ticket) => {
                if let Err(error) = self.ports.tell(ticket, BodyRequest::Drop).await {
                    self.apply(|account, tx| {
                        account.body_not_dropped(tx, ticket);
                        Ok(())
                    })?;
                    return Err(error.into());
                }
            }
            Effect::AskStatus(call) => {
                self.confirm(call).await?;
            }
            Effect::AskBalance { mark } => {
                let balance = self.ports.credits().await;
                let total = balance.as_ref().ok().map(|balance| balance.credits.total);
                self.apply(|account, _| {
                    account.balance_answered(total, mark);
                    Ok(())
                })?;
                balance?;
            }
            Effect::Deliver(message) => {
                let failure = self.deliver(&message).await;
                self.apply(|account, tx| account.message_sent(tx, &message.id, failure))?;
            }
            Effect::DeleteOutputs(ticket, output) => {
                for (index, pieces) in output.kept() {
                    if let Err(error) = self.ports.delete(&ticket, index, pieces).await {
                        self.ports.run_error("outputs", &ticket, &error.to_string());
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks FASHN what became of a run, and writes down what it says; what a webhook that waits is
    /// told then.
    async fn confirm(self: &Rc<Self>, call: StatusCall) -> Result<WebhookAck, StorageError> {
        let ttl_seconds = self.settings.times.result_ttl_ms / 1_000;
        let answer = confirm::ask(&self.ports, &self.base_url, ttl_seconds, &call).await;
        let ack = match &answer {
            StatusOutcome::News(News::Over(_)) => WebhookAck::Noted,
            StatusOutcome::TooMany(wait_ms) => too_early(wait_ms.unwrap_or_default()),
            StatusOutcome::News(News::Live(_))
            | StatusOutcome::NotFound
            | StatusOutcome::Nothing => WebhookAck::Unconfirmed,
        };
        self.apply(|account, tx| account.status_answered(tx, &call, answer))?;
        Ok(ack)
    }

    /// Sends the merchant's backend a message; why it has to be sent again, if it has.
    async fn deliver(self: &Rc<Self>, message: &OutboxMessage) -> Option<String> {
        let sender = self.sender.as_ref()?;
        match self.content(message) {
            Ok(content) => outbox::deliver(&self.ports, sender, message, content?).await,
            Err(error) => {
                self.ports.error("outbox", &error.to_string());
                Some("its run could not be read".to_owned())
            }
        }
    }

    /// What a message says of its run; nothing if it isn't wanted any more.
    fn content(self: &Rc<Self>, message: &OutboxMessage) -> Result<Option<Content>, StorageError> {
        if let Some(ticket) = message.ticket
            && let Some(shown) = self.look(ticket)?
        {
            return Ok(Some(Content::Shown(ticket, Box::new(shown.view))));
        }
        // The run's holder may have deleted it since the try began.
        let is_wanted = self.read(|_, rows| Ok(rows.message(&message.id)?.is_some()))?;
        Ok(is_wanted.then_some(Content::Known))
    }
}

fn too_early(wait_ms: u64) -> WebhookAck {
    WebhookAck::TooEarly { retry_after_seconds: wait_ms.div_ceil(1_000).max(1) }
}
