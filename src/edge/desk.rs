//! One prediction at work in its object: it takes events in, stores what comes of them (`prediction_storage`), sends the run
//! when the Dispatcher lets it go, holds the answers of who listens (`listening`), asks FASHN when its webhook comes or the
//! alarm says that none did, and wipes everything in the end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use worker::Env;

use super::body;
use super::confirm;
use super::dispatchers::DispatcherHandle;
use super::gateway::{Configured, configured, now_ms};
use super::listening::Listeners;
use super::log;
use super::platform::{Asked, Thrown};
use super::prediction_storage::{Batch, Body};
use super::predictions::{Command, Hinted, Told};
use super::sending::{Sender, Sending};
use super::task;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::shops::KeyName;
use crate::dispatcher::{Attempt, Reins};
use crate::prediction::{Decision, Event, News, Record, StoredBody, UpstreamId};

/// What one prediction works with.
pub struct Desk {
    pub(super) ticket: Ticket,
    pub(super) batch: Rc<Batch>,
    /// The record as it is stored, once it was read or written.
    pub(super) memory: RefCell<Option<Record>>,
    /// The status call that needs no permit, till it is made.
    status_call: Cell<bool>,
    pub(super) env: Env,
    pub(super) listeners: Listeners,
}

impl Desk {
    /// The prediction's, before anything was asked of it.
    pub fn new(ticket: Ticket, batch: &Rc<Batch>, env: &Env) -> Self {
        Self {
            ticket,
            batch: Rc::clone(batch),
            memory: RefCell::new(None),
            status_call: Cell::new(false),
            env: env.clone(),
            listeners: Listeners::default(),
        }
    }

    /// Nothing is lost with it: what it knows is stored, and nobody listens.
    pub fn is_at_rest(self: &Rc<Self>) -> bool {
        let is_under_way = |record: &Record| !record.is_over();
        Rc::strong_count(self) == 1
            && self.listeners.is_empty()
            && !self.memory.borrow().as_ref().is_some_and(is_under_way)
    }

    /// Does what a command says, with the body of a run that waits beside it.
    pub async fn obey(self: Rc<Self>, command: Command, body: Option<Uint8Array>) -> Asked<Told> {
        Ok(match command {
            Command::Create(record, origin) => {
                let body = body.map(|body| (body, origin));
                self.create(&record, body)?
            }
            Command::Read => self.load()?.map_or(Told::Absent, Told::Record),
            Command::Look => match self.load()? {
                Some(record) => {
                    let place = self.standing(&record).await;
                    Told::Standing(record, place)
                }
                None => Told::Absent,
            },
            Command::Hint(upstream) => Told::Hinted(self.hinted(upstream).await?),
            Command::Permit(attempt) => self
                .take(Event::Permitted(attempt), None)
                .await?
                .map_or(Told::Absent, |_| Told::Done),
            Command::Event(event) => self
                .take(event, None)
                .await?
                .map_or(Told::Absent, Told::Decided),
            Command::EventWithBody(event, origin) => self
                .take(event, body.map(|body| (body, origin)))
                .await?
                .map_or(Told::Absent, Told::Decided),
        })
    }

    fn create(&self, record: &Record, body: Option<Body>) -> Asked<Told> {
        if self.load()?.is_some() {
            return Ok(Told::Exists);
        }
        self.save(record, None, body, None)?;
        self.status_call.set(record.has_status_call(now_ms()));
        Ok(Told::Done)
    }

    /// The alarm went off for this prediction. (1) Tell the merchant's backend again, if that is due. (2) Decide; when it goes off next
    /// is known by then. Answers what FASHN is to be asked about.
    pub async fn alarm(self: Rc<Self>) -> Asked<Option<UpstreamId>> {
        // (1)
        self.deliver_again()?;
        // (2)
        Ok(match self.take(Event::Alarm, None).await? {
            Some(Decision::Ask(upstream)) => Some(upstream),
            _ => None,
        })
    }

    /// A webhook says how the run ended. It is believed when FASHN says so too.
    async fn hinted(self: Rc<Self>, upstream: UpstreamId) -> Asked<Hinted> {
        let taken = Rc::clone(&self).take(Event::Hinted(upstream), None);
        let upstream = match taken.await? {
            Some(Decision::Ask(upstream)) => upstream,
            Some(Decision::Keep | Decision::Save | Decision::Send(..)) => return Ok(Hinted::Noted),
            Some(Decision::Disown | Decision::Wipe) | None => return Ok(Hinted::Disowned),
        };
        Ok(match self.ask(upstream).await {
            Ok(true) => Hinted::Noted,
            // The webhook is ahead of the status: it comes again.
            Ok(false) => Hinted::Unconfirmed,
            Err(Problem::Busy {
                retry_after_seconds,
                ..
            }) => Hinted::TooEarly {
                retry_after_seconds,
            },
            Err(problem) => {
                log::error("/webhooks/fashn/", &problem);
                match problem {
                    Problem::Internal(_) | Problem::NotReady(_) => Hinted::Failed,
                    _ => Hinted::Unconfirmed,
                }
            }
        })
    }

    /// (1) Load. (2) Decide. (3) Save. (4) Begin with what is done here; what the caller has to do is answered.
    async fn take(self: Rc<Self>, event: Event, body: Option<Body>) -> Asked<Option<Decision>> {
        let is_alarm = event == Event::Alarm;
        let forgets = event == Event::Forget;
        if forgets && let Some(record) = self.load()? {
            self.forget_outputs(&record).await;
        }
        // (1)
        let Some(mut record) = self.load()? else {
            return Ok(None);
        };
        let kept_body = record.body().copied();
        let was_over = record.is_over();
        // (2)
        let decision = record.step(event, now_ms());
        // (3)
        let mut delivery = None;
        let saved = match &decision {
            // A webhook whose run is known already changes nothing.
            Decision::Ask(_) if !is_alarm && self.is_stored(&record) => false,
            Decision::Save | Decision::Ask(_) | Decision::Send(..) => {
                let dropped = kept_body.filter(|_| record.body().is_none());
                delivery = self.new_delivery(&record).filter(|_| !was_over);
                self.save(&record, dropped, body, delivery)?;
                true
            }
            Decision::Wipe => {
                self.wipe(&record, kept_body).await?;
                false
            }
            // An alarm is gone once it went off: an early one is set again.
            Decision::Keep if is_alarm => {
                self.set_alarm_again(&record)?;
                false
            }
            Decision::Keep | Decision::Disown => false,
        };
        // (4)
        let key = &record.key;
        if let Decision::Send(body, attempt) = &decision {
            begin(Rc::clone(&self).send(key.clone(), *body, *attempt));
        }
        if saved {
            self.changed(&record);
        }
        if delivery.is_some() {
            begin(Rc::clone(&self).deliver(record.clone()));
        }
        if forgets && matches!(decision, Decision::Wipe | Decision::Save) {
            begin(Rc::clone(&self).tell_forgotten(key.clone()));
        }
        if saved && record.report().is_some() {
            begin(Rc::clone(&self).report(record));
        }
        Ok(Some(decision))
    }

    /// (1) Wait for room. It may have been forgotten or given up meanwhile. (2) Send the stored body. (3) Take in what became of it. When
    /// that is lost, the webhook or the deadline tells.
    fn send(
        self: Rc<Self>,
        key: KeyName,
        stored: StoredBody,
        attempt: Attempt,
    ) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            // (1)
            let room = body::room_for_sending(stored.bytes).await;
            let record = self.load().map_err(failed)?;
            if !record.is_some_and(|record| record.is_to_be_sent(attempt)) {
                return Ok(());
            }
            // (2)
            let configured = self.configured()?;
            let (body, origin) = self.stored_body(stored).map_err(failed)?;
            let fate = Sending {
                dispatcher: &DispatcherHandle::of(&self.env, &key),
                configured: &configured,
                origin: &origin,
                key: &key,
                ticket: self.ticket,
                attempt,
                body: &body,
                sender: Sender::Object,
                reins: Reins::Tight,
            }
            .send()
            .await?;
            drop((body, room));
            // (3)
            if let Some(event) = fate.event {
                self.take(event, None).await.map_err(failed)?;
            }
            fate.answer
        })
    }

    /// Tells the Dispatcher how it ended, and then itself that this was told.
    fn report(self: Rc<Self>, record: Record) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let Some(outcome) = record.report() else {
                return Ok(());
            };
            DispatcherHandle::of(&self.env, &record.key)
                .ended(self.ticket, outcome, record.sent_ms())
                .await?;
            self.take(Event::Reported(outcome), None)
                .await
                .map(drop)
                .map_err(failed)
        })
    }

    fn tell_forgotten(
        self: Rc<Self>,
        key: KeyName,
    ) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            DispatcherHandle::of(&self.env, &key)
                .forgotten(self.ticket)
                .await
        })
    }

    /// (1) Ask FASHN, when it may be asked. (2) Tell the Dispatcher how it ended, so that the end is written once, with
    /// nothing owed. Who isn't told so is owed it. (3) Take the answer in, whatever came between. Answers whether it is over.
    pub async fn ask(self: Rc<Self>, upstream: UpstreamId) -> Result<bool, Problem> {
        let Some(record) = self.load().map_err(failed)? else {
            return Ok(true);
        };
        let ticket = self.ticket;
        let configured = self.configured()?;
        let dispatcher = DispatcherHandle::of(&self.env, &record.key);
        // (1)
        if !(record.has_status_call(now_ms()) && self.status_call.take()) {
            confirm::permit(&dispatcher).await?;
        }
        let report = confirm::ask(
            &self.env,
            &configured.settings,
            &dispatcher,
            &record.key,
            &ticket,
            upstream,
            record.wants_output(now_ms()),
        )
        .await?;
        let is_over = matches!(report.news, News::Over(_));
        // (2)
        let owed = self.load().map_err(failed)?.and_then(|record| {
            let outcome = record.would_report(&report, now_ms())?;
            Some((outcome, record.sent_ms()))
        });
        let is_heard = match owed {
            None => false,
            Some((outcome, sent_ms)) => match dispatcher.ended(ticket, outcome, sent_ms).await {
                Ok(()) => true,
                Err(problem) => {
                    log::error("prediction", &problem);
                    false
                }
            },
        };
        // (3)
        let event = if is_heard {
            Event::Settled(report)
        } else {
            Event::Told(report)
        };
        self.take(event, None).await.map_err(failed)?;
        Ok(is_over)
    }

    pub(super) fn configured(&self) -> Result<Configured, Problem> {
        configured(&self.env).map_err(Problem::NotReady)
    }
}

/// Goes on with something that the answer doesn't wait for.
pub(super) fn begin(work: LocalBoxFuture<'static, Result<(), Problem>>) {
    task::spawn(async {
        if let Err(problem) = work.await {
            log::error("prediction", &problem);
        }
    });
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: Thrown) -> Problem {
    Problem::Internal(format!("Prediction object: {error}"))
}
