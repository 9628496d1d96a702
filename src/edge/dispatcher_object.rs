//! The Dispatcher object: one for each FASHN key, and named as the secret that holds it. It keeps [`Dispatcher`]'s rows, takes events in, and tells
//! Predictions that they may be sent.
//!
//! Stored: each [`Row`] under its [`name`](crate::dispatcher::RowKey::name), as `docs/storage.md` lists them.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use super::fashn_client::FashnClient;
use super::gateway::{Configured, configured, now_ms};
use super::log;
use super::object_call;
use super::platform::{Asked, Thrown, name_of};
use super::predictions::PredictionHandle;
use super::storage::Storage;
use super::task;
use crate::app::problem::Problem;
use crate::config::shops::KeyName;
use crate::dispatcher::{Answer, Dispatcher, Effect, Event, Row, RowChange, Step};

/// Who may go next, for one FASHN key.
#[wasm_bindgen]
pub struct DispatcherObject(Rc<Desk>);

struct Desk {
    state: JsValue,
    storage: Storage,
    env: Env,
    /// What the rows say; none before they were read, and after a write failed.
    memory: RefCell<Option<Dispatcher>>,
}

#[wasm_bindgen]
impl DispatcherObject {
    /// The object, before anything was asked of it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: JsValue, env: Env) -> Self {
        Self(Rc::new(Desk {
            storage: Storage::of(&state),
            state,
            env,
            memory: RefCell::new(None),
        }))
    }

    /// Takes an [`Event`] in; the answer is an [`Answer`].
    pub fn call(&self, message: &[u8]) -> Result<JsValue, JsValue> {
        object_call::answer(self.0.take(object_call::receive(message)?))
    }

    /// The alarm went off.
    pub fn alarm(&self) -> Result<(), JsValue> {
        self.0.take(Event::Alarm)?;
        Ok(())
    }
}

impl Desk {
    /// (1) Read the rows, once. (2) Decide. (3) Write. (4) Begin with the effects; the answer does not wait for them.
    fn take(self: &Rc<Self>, event: Event) -> Asked<Answer> {
        // (1)
        let mut memory = self.memory.borrow_mut();
        let dispatcher = match memory.take() {
            Some(dispatcher) => memory.insert(dispatcher),
            None => memory.insert(self.restored()?),
        };
        // (2)
        let Step {
            answer,
            rows,
            effects,
            alarm_ms,
            sets_alarm,
        } = dispatcher.step(event, now_ms());
        // (3)
        if let Err(error) = self.write(&rows, alarm_ms.filter(|_| sets_alarm)) {
            memory.take();
            return Err(error);
        }
        drop(memory);
        // (4)
        for effect in effects {
            task::spawn(perform(Rc::clone(self), effect));
        }
        Ok(answer)
    }

    fn restored(&self) -> Asked<Dispatcher> {
        let Configured { settings, .. } =
            configured(&self.env).map_err(|_| Thrown::new("settings are wrong"))?;
        let rows = self.storage.read_all::<Row>()?;
        Ok(Dispatcher::restore(settings.limits_of(&self.key()?), rows))
    }

    /// The key that this Dispatcher looks after: its own name, which an alarm knows too.
    fn key(&self) -> Asked<KeyName> {
        let name = name_of(&self.state);
        let unknown = || Thrown::new("no key has this Dispatcher's name");
        name.and_then(|name| KeyName::parse(&name))
            .ok_or_else(unknown)
    }

    /// Writes what changed, and sets the alarm if there is a time for it.
    fn write(&self, changes: &[RowChange], alarm_ms: Option<u64>) -> Asked<()> {
        for change in changes {
            match change {
                RowChange::Put(row) => self.storage.put(&row.key().name(), row)?,
                RowChange::Delete(key) => self.storage.delete(&key.name())?,
            }
        }
        match alarm_ms {
            Some(_) => self.storage.alarm(alarm_ms),
            None => Ok(()),
        }
    }

    fn say(self: &Rc<Self>, event: Event) {
        if let Err(error) = self.take(event) {
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
                        desk.say(Event::Absent(ticket));
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
async fn ask_balance(desk: Rc<Desk>) -> Result<(), Problem> {
    let failed = |error: Thrown| Problem::Internal(error.to_string());
    // (1)
    let answer = desk.take(Event::BalanceWanted).map_err(failed)?;
    let (Answer::BalanceMark(mark), Ok(configured)) = (answer, configured(&desk.env)) else {
        return Ok(());
    };
    // (2)
    let client = FashnClient::new(&configured.settings.fashn, &desk.key().map_err(failed)?)?;
    let balance = client.credits().await?;
    // (3)
    let total = balance.credits.total;
    desk.take(Event::BalanceTold { total, mark })
        .map(drop)
        .map_err(failed)
}
