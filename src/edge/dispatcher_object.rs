//! The Dispatcher object: one for each FASHN key, and named as the secret that holds it. It keeps [`Dispatcher`]'s rows, takes events in, and tells
//! Predictions that they may be sent.
//!
//! Stored: each [`Row`] under its [`name`](crate::dispatcher::RowKey::name), as `docs/storage.md` lists them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::DurableObjectState;
use worker::{Env, Result, State};

use super::fashn_client::FashnClient;
use super::gateway::{Configured, configured, now_ms};
use super::log;
use super::object_call;
use super::predictions::PredictionHandle;
use super::storage::Writes;
use super::task;
use crate::dispatcher::{Answer, Dispatcher, Effect, Event, Row, RowChange, Step};
use crate::problem::Problem;
use crate::shop::KeyName;
use crate::stored;

/// Who may go next, for one FASHN key.
#[wasm_bindgen]
pub struct DispatcherObject(Rc<Desk>);

struct Desk {
    state: State,
    env: Env,
    /// What the rows say; none before they were read, and after a write failed.
    memory: RefCell<Option<Dispatcher>>,
    /// When the alarm goes off, as far as it is known.
    alarm_ms: Cell<Option<u64>>,
}

#[wasm_bindgen]
impl DispatcherObject {
    /// The object, before anything was asked of it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self(Rc::new(Desk {
            state: State::from(state),
            env,
            memory: RefCell::new(None),
            alarm_ms: Cell::new(None),
        }))
    }

    /// Takes an [`Event`] in; the answer is an [`Answer`].
    pub fn call(&self, message: &[u8]) -> std::result::Result<JsValue, JsValue> {
        let event = object_call::receive(message)?;
        let desk = Rc::clone(&self.0);
        task::begin(async move { object_call::answer(desk.take(event).await) })
    }

    /// The alarm went off.
    pub fn alarm(&self) -> std::result::Result<JsValue, JsValue> {
        let desk = Rc::clone(&self.0);
        // It has gone off, so there is none any more.
        desk.alarm_ms.set(None);
        task::begin(async move {
            desk.take(Event::Alarm).await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Desk {
    /// (1) Read the rows, once. (2) Decide. (3) Write. (4) Begin with the effects; the answer does not wait for them.
    async fn take(self: Rc<Self>, event: Event) -> Result<Answer> {
        // (1)
        let Configured { settings, .. } = configured(&self.env)
            .map_err(|_| worker::Error::RustError("settings are wrong".to_owned()))?;
        if self.memory.borrow().is_none() {
            let rows = self.rows().await?;
            let restored = Dispatcher::restore(settings.limits_of(&self.key()?), rows);
            self.memory.borrow_mut().get_or_insert(restored);
        }
        // (2)
        let step = self
            .memory
            .borrow_mut()
            .as_mut()
            .map(|dispatcher| dispatcher.step(event, now_ms()));
        let Some(Step {
            answer,
            rows,
            effects,
            alarm_ms,
        }) = step
        else {
            return Err(worker::Error::RustError("memory was dropped".to_owned()));
        };
        // (3)
        if let Err(error) = self.write(&rows, alarm_ms).await {
            self.memory.take();
            self.alarm_ms.set(None);
            return Err(error);
        }
        // (4)
        for effect in effects {
            self.state.wait_until(perform(Rc::clone(&self), effect));
        }
        Ok(answer)
    }

    /// The key that this Dispatcher looks after: its own name, which an alarm knows too.
    fn key(&self) -> Result<KeyName> {
        let name = self.state.id().name();
        let unknown = || worker::Error::RustError("no key has this Dispatcher's name".to_owned());
        name.and_then(|name| KeyName::parse(&name))
            .ok_or_else(unknown)
    }

    async fn rows(&self) -> Result<Vec<Row>> {
        let found = self.state.storage().list().await?;
        let mut rows = Vec::with_capacity(found.size() as usize);
        for value in found.values() {
            let bytes = Uint8Array::new(&value?).to_vec();
            let row = stored::read(&bytes);
            rows.push(row.map_err(|error| worker::Error::RustError(error.to_string()))?);
        }
        Ok(rows)
    }

    async fn write(&self, changes: &[RowChange], alarm_ms: Option<u64>) -> Result<()> {
        let storage = self.state.storage();
        let writes = Writes::new(storage.as_raw());
        for change in changes {
            if let RowChange::Put(row) = change {
                writes.put(&row.key().name(), row)?;
            }
        }
        writes.delete(changes.iter().filter_map(|change| match change {
            RowChange::Delete(key) => Some(key.name()),
            RowChange::Put(_) => None,
        }))?;
        if self.alarm_ms.replace(alarm_ms) != alarm_ms {
            writes.alarm(alarm_ms)?;
        }
        writes.done().await
    }

    async fn say(self: Rc<Self>, event: Event) {
        if let Err(error) = self.take(event).await {
            log::error("dispatcher", &error);
        }
    }
}

/// Performs an effect. One that is lost comes again by the alarm.
fn perform(desk: Rc<Desk>, effect: Effect) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        let done = match effect {
            Effect::Permit { ticket, attempt } => {
                let prediction = PredictionHandle::of(&desk.env, &ticket);
                match prediction.permit(attempt).await {
                    Ok(true) => Ok(()),
                    Ok(false) => {
                        desk.say(Event::Absent(ticket)).await;
                        Ok(())
                    }
                    Err(problem) => Err(problem),
                }
            }
            Effect::AskBalance => ask_balance(desk).await,
        };
        if let Err(problem) = done {
            log::error("dispatcher", &problem);
        }
    })
}

/// (1) Mark what was charged by now. (2) Ask FASHN. (3) Tell.
async fn ask_balance(desk: Rc<Desk>) -> std::result::Result<(), Problem> {
    let failed = |error: worker::Error| Problem::Internal(error.to_string());
    // (1)
    let answer = Rc::clone(&desk)
        .take(Event::BalanceWanted)
        .await
        .map_err(failed)?;
    let (Answer::BalanceMark(mark), Ok(configured)) = (answer, configured(&desk.env)) else {
        return Ok(());
    };
    // (2)
    let client = FashnClient::new(&configured.settings.fashn, &desk.key().map_err(failed)?)?;
    let balance = client.credits().await?;
    // (3)
    let total = balance.credits.total;
    desk.take(Event::BalanceTold { total, mark })
        .await
        .map(drop)
        .map_err(failed)
}
