//! A body that waits, in an object of its own. It decides nothing: it stores, sends when the
//! account says so, reports, and deletes itself.

use std::cell::Cell;
use std::rc::Rc;

use crate::account::event::{SendOutcome, Verdict};
use crate::account::rows::StorageError;
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse};
use crate::app::ports::{BodyPorts, BodyState, StateError};
use crate::app::send::Send;
use crate::auth::ids::{Attempt, Signer};

/// When a report that didn't reach the account is tried again.
const REPORT_RETRY_MS: u64 = 5_000;

/// A body at work in its object.
pub struct BodyActor<P> {
    pub ports: P,
    signer: Rc<Signer>,
    /// The longest life of a send.
    send_ms: u64,
    /// A send is under way in this object's memory.
    is_sending: Cell<bool>,
}

impl<P: BodyPorts + 'static> BodyActor<P> {
    pub fn new(ports: P, signer: Rc<Signer>, send_ms: u64) -> Self {
        Self { ports, signer, send_ms, is_sending: Cell::new(false) }
    }

    /// An upload begins. Where it is cut, the alarm deletes what arrived.
    pub fn begin(&self, receive_ms: u64) -> Result<(), StorageError> {
        self.set_alarm_in(receive_ms)
    }

    /// Every piece has arrived. The state is written last: without it there is no body.
    pub fn complete(&self, meta: BodyMeta) -> Result<(), StorageError> {
        let delete_at_ms = meta.delete_at_ms;
        let attempt = match self.ports.state() {
            Ok(former) => former.map_or(0, |former| former.attempt),
            Err(StateError::Unreadable) => 0,
            Err(StateError::Storage(error)) => return Err(error),
        };
        self.ports.put_state(&BodyState { meta, attempt, outcome: None, is_reported: true })?;
        self.ports.set_alarm(delete_at_ms)
    }

    /// Answers a message of the account.
    pub async fn handle(
        self: &Rc<Self>,
        request: BodyRequest,
    ) -> Result<BodyResponse, StorageError> {
        match request {
            BodyRequest::Send(attempt) => self.send(attempt).await,
            BodyRequest::Drop => {
                self.ports.delete_all().await?;
                Ok(BodyResponse::Dropped)
            }
        }
    }

    /// The alarm went off. After an error the platform tries it again.
    ///
    /// (1) Delete what is past its time, or was never whole. (2) A send that was cut with its
    /// invocation ends as unknown. (3) Repeat a report that didn't reach the account.
    pub async fn alarm(self: &Rc<Self>) -> Result<(), StorageError> {
        // (1)
        let mut state = match self.state().await? {
            Some(state) if self.ports.now_ms() < state.meta.delete_at_ms => state,
            Some(_) | None => return self.ports.delete_all().await,
        };
        if state.is_reported {
            return self.ports.set_alarm(state.meta.delete_at_ms);
        }
        // (2)
        if state.outcome.is_none() {
            if self.is_sending.get() {
                return self.set_alarm_in(REPORT_RETRY_MS);
            }
            state.outcome = Some(SendOutcome::Unknown);
            self.ports.put_state(&state)?;
        }
        // (3)
        self.set_alarm_in(REPORT_RETRY_MS)?;
        let actor = Rc::clone(self);
        self.spawn(async move {
            match actor.state().await? {
                Some(state) => actor.report(state).await,
                None => Ok(()),
            }
        });
        Ok(())
    }

    /// What is stored beside the body. If it can't be understood, nothing knows what the body is for:
    /// all of it is deleted.
    async fn state(&self) -> Result<Option<BodyState>, StorageError> {
        match self.ports.state() {
            Ok(state) => Ok(state),
            Err(StateError::Storage(error)) => Err(error),
            Err(error @ StateError::Unreadable) => {
                self.ports.error("quarantine", &error.to_string());
                self.ports.delete_all().await?;
                Ok(None)
            }
        }
    }

    /// (1) Is there a body, and is this a new attempt. (2) Write the attempt down. (3) Send it.
    async fn send(self: &Rc<Self>, attempt: Attempt) -> Result<BodyResponse, StorageError> {
        // (1)
        let Some(state) = self.state().await? else {
            return Ok(BodyResponse::Missing);
        };
        if attempt <= state.attempt {
            return Ok(BodyResponse::Sending);
        }
        // (2)
        self.ports.put_state(&BodyState { attempt, outcome: None, is_reported: false, ..state })?;
        self.set_alarm_in(self.send_ms)?;
        // (3)
        self.is_sending.set(true);
        let actor = Rc::clone(self);
        self.spawn(async move {
            let carried = actor.carry().await;
            actor.is_sending.set(false);
            carried
        });
        Ok(BodyResponse::Sending)
    }

    /// (1) Call FASHN. (2) Write down what became of it. (3) Report.
    async fn carry(&self) -> Result<(), StorageError> {
        let Some(state) = self.state().await? else {
            return Ok(());
        };
        // (1)
        let body = self.ports.stored_body();
        let outcome = Some(self.send_of(&state).call(&self.ports, &body).await.report);
        // (2)
        let Some(now) = self.state().await? else {
            // It was dropped meanwhile; the account gets the report all the same.
            return self.report(BodyState { outcome, ..state }).await;
        };
        if now.attempt != state.attempt {
            return Ok(());
        }
        let state = BodyState { outcome, ..now };
        self.ports.put_state(&state)?;
        // (3)
        self.report(state).await
    }

    /// The account says whether the body is still wanted.
    async fn report(&self, state: BodyState) -> Result<(), StorageError> {
        let Some(outcome) = &state.outcome else {
            return Ok(());
        };
        let verdict = match self.send_of(&state).report(&self.ports, outcome.clone()).await {
            Ok(verdict) => verdict,
            // The alarm reports it again.
            Err(error) => {
                self.ports.run_error("report", &state.meta.ticket, &error.to_string());
                return self.set_alarm_in(REPORT_RETRY_MS);
            }
        };
        // The next attempt may have begun meanwhile.
        let Some(now) = self.state().await?.filter(|now| now.attempt == state.attempt) else {
            return Ok(());
        };
        match verdict {
            Verdict::Again => {
                let delete_at_ms = now.meta.delete_at_ms;
                self.ports.put_state(&BodyState { is_reported: true, ..now })?;
                self.ports.set_alarm(delete_at_ms)
            }
            Verdict::Noted | Verdict::GiveUp | Verdict::OutOfDate => self.ports.delete_all().await,
        }
    }

    fn send_of<'s>(&'s self, state: &'s BodyState) -> Send<'s> {
        let BodyMeta { ticket, key_name, origin, .. } = &state.meta;
        Send {
            origin,
            key: key_name,
            signer: &self.signer,
            ticket: *ticket,
            attempt: state.attempt,
        }
    }

    fn set_alarm_in(&self, ms: u64) -> Result<(), StorageError> {
        self.ports.set_alarm(self.ports.now_ms().saturating_add(ms))
    }

    fn spawn(self: &Rc<Self>, work: impl Future<Output = Result<(), StorageError>> + 'static) {
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            if let Err(error) = work.await {
                actor.ports.error("body", &error.to_string());
            }
        }));
    }
}
