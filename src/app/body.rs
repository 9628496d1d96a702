//! A body that waits, in an object of its own. It decides nothing: it stores, sends when the
//! account says so, reports, and deletes itself.

use std::cell::Cell;
use std::rc::Rc;

use crate::account::event::{SendOutcome, Verdict};
use crate::account::rows::StorageError;
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse};
use crate::app::ports::{BodyPorts, BodyState};
use crate::app::send::Send;
use crate::auth::ids::{Attempt, Signer};
use crate::config::shops::KeyName;
use crate::http::origin::Origin;

/// When a report that didn't reach the account is tried again, in milliseconds.
const REPORT_RETRY_MS: u64 = 5_000;

/// A body at work in its object.
pub struct BodyActor<P> {
    ports: P,
    signer: Rc<Signer>,
    /// The longest life of a send, in milliseconds.
    send_ms: u64,
    /// A send is under way in this object's memory.
    is_sending: Cell<bool>,
}

impl<P: BodyPorts + 'static> BodyActor<P> {
    /// A body before anything was asked of it.
    pub fn new(ports: P, signer: Rc<Signer>, send_ms: u64) -> Self {
        Self { ports, signer, send_ms, is_sending: Cell::new(false) }
    }

    /// The world outside.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// An upload begins. Where it is cut, the alarm deletes what arrived.
    pub fn begin(&self, receive_ms: u64) -> Result<(), StorageError> {
        let at_ms = self.ports.now_ms().saturating_add(receive_ms);
        self.ports.set_alarm(at_ms)
    }

    /// Every piece has arrived. The state is written last: without it there is no body.
    pub fn complete(&self, meta: BodyMeta) -> Result<(), StorageError> {
        let delete_at_ms = meta.delete_at_ms;
        let former = self.ports.state()?;
        self.ports.put_state(&BodyState {
            meta,
            attempt: former.map_or(0, |state| state.attempt),
            outcome: None,
            is_reported: true,
        })?;
        self.ports.set_alarm(delete_at_ms)
    }

    /// Answers a message of the account.
    pub async fn handle(
        self: &Rc<Self>,
        request: BodyRequest,
    ) -> Result<BodyResponse, StorageError> {
        match request {
            BodyRequest::Send(attempt) => self.send(attempt),
            BodyRequest::Drop => {
                self.ports.delete_all().await?;
                Ok(BodyResponse::Dropped)
            }
        }
    }

    /// The alarm went off.
    ///
    /// (1) Delete what is past its time, or was never whole. (2) A send that was cut with its
    /// invocation ends as unknown. (3) Repeat a report that didn't reach the account.
    ///
    /// # Errors
    /// [`StorageError`]: the platform tries the alarm again.
    pub async fn alarm(self: &Rc<Self>) -> Result<(), StorageError> {
        let now_ms = self.ports.now_ms();
        // (1)
        let Some(mut state) = self.ports.state()? else {
            return self.ports.delete_all().await;
        };
        if now_ms >= state.meta.delete_at_ms {
            return self.ports.delete_all().await;
        }
        if state.is_reported {
            return self.ports.set_alarm(state.meta.delete_at_ms);
        }
        // (2)
        if state.outcome.is_none() {
            if self.is_sending.get() {
                return self.ports.set_alarm(now_ms.saturating_add(REPORT_RETRY_MS));
            }
            state.outcome = Some(SendOutcome::Unknown);
            self.ports.put_state(&state)?;
        }
        // (3)
        self.ports.set_alarm(now_ms.saturating_add(REPORT_RETRY_MS))?;
        self.report_later();
        Ok(())
    }

    /// (1) Is there a body, and is this a new attempt. (2) Write the attempt down. (3) Send it.
    fn send(self: &Rc<Self>, attempt: Attempt) -> Result<BodyResponse, StorageError> {
        // (1)
        let Some(state) = self.ports.state()? else {
            return Ok(BodyResponse::Missing);
        };
        if attempt <= state.attempt {
            return Ok(BodyResponse::Sending);
        }
        // (2)
        self.ports.put_state(&BodyState { attempt, outcome: None, is_reported: false, ..state })?;
        let until_ms = self.ports.now_ms().saturating_add(self.send_ms);
        self.ports.set_alarm(until_ms)?;
        // (3)
        self.is_sending.set(true);
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            let carried = actor.carry().await;
            actor.is_sending.set(false);
            if let Err(error) = carried {
                actor.ports.error("body", &error.to_string());
            }
        }));
        Ok(BodyResponse::Sending)
    }

    /// (1) Call FASHN. (2) Write down what became of it. (3) Report.
    async fn carry(self: &Rc<Self>) -> Result<(), StorageError> {
        let Some(state) = self.ports.state()? else {
            return Ok(());
        };
        // (1)
        let outcome = match Self::parts(&state.meta) {
            Some((origin, key)) => {
                let send = Send {
                    origin: &origin,
                    key: &key,
                    signer: &self.signer,
                    ticket: state.meta.ticket,
                    attempt: state.attempt,
                };
                let body = self.ports.stored_body();
                send.call(&self.ports, &body).await.report
            }
            None => SendOutcome::NotSent,
        };
        // (2)
        let Some(now) = self.ports.state()? else {
            // It was dropped meanwhile; the account gets the report all the same.
            return self.report(BodyState { outcome: Some(outcome), ..state }).await;
        };
        if now.attempt != state.attempt {
            return Ok(());
        }
        let state = BodyState { outcome: Some(outcome), ..now };
        self.ports.put_state(&state)?;
        // (3)
        self.report(state).await
    }

    fn report_later(self: &Rc<Self>) {
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            let reported = match actor.ports.state() {
                Ok(Some(state)) => actor.report(state).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = reported {
                actor.ports.error("body", &error.to_string());
            }
        }));
    }

    /// The account says whether the body is still wanted.
    async fn report(self: &Rc<Self>, state: BodyState) -> Result<(), StorageError> {
        let (Some(outcome), Some((origin, key))) = (&state.outcome, Self::parts(&state.meta))
        else {
            return Ok(());
        };
        let send = Send {
            origin: &origin,
            key: &key,
            signer: &self.signer,
            ticket: state.meta.ticket,
            attempt: state.attempt,
        };
        match send.report(&self.ports, outcome.clone()).await {
            Ok(Verdict::Again) => {
                // The next attempt may have begun meanwhile.
                let Some(now) = self.ports.state()? else {
                    return Ok(());
                };
                if now.attempt != state.attempt {
                    return Ok(());
                }
                let delete_at_ms = now.meta.delete_at_ms;
                self.ports.put_state(&BodyState { is_reported: true, ..now })?;
                self.ports.set_alarm(delete_at_ms)
            }
            Ok(Verdict::Noted | Verdict::GiveUp | Verdict::OutOfDate) => {
                match self.ports.state()? {
                    Some(now) if now.attempt != state.attempt => Ok(()),
                    Some(_) => self.ports.delete_all().await,
                    None => Ok(()),
                }
            }
            // The alarm reports it again.
            Err(error) => {
                self.ports.error("report", &error.to_string());
                let at_ms = self.ports.now_ms().saturating_add(REPORT_RETRY_MS);
                self.ports.set_alarm(at_ms)
            }
        }
    }

    fn parts(meta: &BodyMeta) -> Option<(Origin, KeyName)> {
        let origin = Origin::parse(&meta.origin).ok()?;
        Some((origin, KeyName::parse(&meta.key_name)?))
    }
}
