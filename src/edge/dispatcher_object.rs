//! The Dispatcher object: one for each FASHN key. It keeps [`Dispatcher`]'s rows, takes events in, and tells
//! Predictions that they may be sent.
//!
//! Stored: a key for each row, [`RowKey`] as JSON, and the row as JSON.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::alarm;
use super::fashn_client::FashnClient;
use super::gateway::{Configured, configured, now_ms};
use super::log;
use super::object_call;
use super::predictions::PredictionObjects;
use crate::dispatcher::{Answer, Dispatcher, Effect, Event, Row, RowChange, RowKey, Step};
use crate::problem::Problem;

/// Who may go next, for one FASHN key.
#[durable_object(alarm)]
pub struct DispatcherObject(Rc<Desk>);

struct Desk {
    state: State,
    env: Env,
    /// What the rows say; none before they were read, and after a write failed.
    memory: RefCell<Option<Dispatcher>>,
    /// When the alarm goes off, as far as it is known.
    alarm_ms: Cell<Option<u64>>,
}

impl DurableObject for DispatcherObject {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new(Desk {
            state,
            env,
            memory: RefCell::new(None),
            alarm_ms: Cell::new(None),
        }))
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let (event, _) = object_call::receive(&mut request).await?;
        let answer = Rc::clone(&self.0).take(event).await?;
        Response::from_bytes(postcard::to_allocvec(&answer).map_err(bad)?)
    }

    async fn alarm(&self) -> Result<Response> {
        // It has gone off, so there is none any more.
        self.0.alarm_ms.set(None);
        Rc::clone(&self.0).take(Event::Alarm).await?;
        Response::empty()
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
            let restored = Dispatcher::restore(settings.dispatcher.clone(), rows);
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
        if let Err(error) = self.write(rows, alarm_ms).await {
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

    async fn rows(&self) -> Result<Vec<Row>> {
        let stored = self.state.storage().list().await?;
        let mut rows = Vec::with_capacity(stored.size() as usize);
        for value in stored.values() {
            let json = js_sys::Uint8Array::new(&value?).to_vec();
            rows.push(postcard::from_bytes(&json).map_err(bad)?);
        }
        Ok(rows)
    }

    /// All of it is issued in one turn, so that it is one transaction.
    async fn write(&self, changes: Vec<RowChange>, alarm_ms: Option<u64>) -> Result<()> {
        let put = js_sys::Object::new();
        let mut deleted = Vec::new();
        for change in changes {
            match change {
                RowChange::Put(row) => {
                    let key = keyed(&row.key())?;
                    let json = js_sys::Uint8Array::from(
                        postcard::to_allocvec(&row).map_err(bad)?.as_slice(),
                    );
                    js_sys::Reflect::set(&put, &JsValue::from_str(&key), &json)?;
                }
                RowChange::Delete(key) => deleted.push(keyed(&key)?),
            }
        }
        let storage = self.state.storage();
        let delete = async {
            if !deleted.is_empty() {
                storage.delete_multiple(deleted).await?;
            }
            Ok(())
        };
        let set_alarm = async {
            if self.alarm_ms.replace(alarm_ms) == alarm_ms {
                return Ok(());
            }
            match alarm_ms {
                Some(at_ms) => storage.set_alarm(alarm::at(at_ms)).await,
                None => storage.delete_alarm().await,
            }
        };
        let put = storage.put_multiple_raw(put);
        futures::future::try_join3(put, delete, set_alarm)
            .await
            .map(|_| ())
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
                let told = async {
                    PredictionObjects::of(&desk.env)?
                        .get(&ticket)?
                        .permit(attempt)
                        .await
                };
                match told.await {
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
    let balance = FashnClient::new(&configured.settings.fashn)
        .credits()
        .await?;
    // (3)
    let total = balance.credits.total;
    desk.take(Event::BalanceTold { total, mark })
        .await
        .map(drop)
        .map_err(failed)
}

fn bad(_: postcard::Error) -> worker::Error {
    worker::Error::RustError("x".into())
}
fn keyed(key: &RowKey) -> Result<String> {
    Ok(base64_simd::STANDARD.encode_to_string(postcard::to_allocvec(key).map_err(bad)?))
}
