//! The Durable Object: the desk in memory, kept in `SQLite`, moved by requests and its alarm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use worker::{Date, DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::storage::{Kind, Storage};
use super::{control, deliver, load, outputs, requests};
use crate::desk::{Desk, Effect};
use crate::id::PredictionId;
use crate::page;
use crate::problem::Problem;
use crate::settings::{SettingFault, Settings};

/// While something is in hand the alarm looks again after that long, should the object have died with it.
const LOOK_AGAIN_MS: u64 = 30_000;

/// The object.
#[durable_object(alarm)]
pub struct DeskObject {
    inner: Rc<Inner>,
}

/// Shared with what runs on after an answer: making pictures, delivering webhooks.
pub struct Inner {
    state: State,
    env: Env,
    desk: RefCell<Option<Desk>>,
    /// The time the alarm is set to, by the machine's clock.
    alarm_at_ms: Cell<Option<u64>>,
}

impl DurableObject for DeskObject {
    fn new(state: State, env: Env) -> Self {
        let inner = Inner {
            state,
            env,
            desk: RefCell::new(None),
            alarm_at_ms: Cell::new(None),
        };
        Self {
            inner: Rc::new(inner),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        if let Err(faults) = self.inner.vars() {
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return Response::error(
                format!("Settings of the sandbox:\n{}", told.join("\n")),
                500,
            );
        }
        let path = request.path();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let answer = match segments.as_slice() {
            ["v1", ..] => requests::serve(&self.inner, request).await,
            ["cdn", id, file] => outputs::serve(&self.inner, &request, id, file),
            ["_sandbox", ..] => control::serve(&self.inner, request).await,
            [""] => self.inner.page(&request),
            _ => requests::answer(Problem::NotFound("Endpoint not found").into()),
        };
        self.inner.set_alarm().await?;
        answer
    }

    async fn alarm(&self) -> Result<Response> {
        self.inner.alarm_at_ms.set(None);
        self.inner.at_desk(|_, _| ())?;
        self.inner.set_alarm().await?;
        Response::empty()
    }
}

impl Inner {
    /// A var of the Worker.
    pub fn var(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|var| var.to_string())
    }

    fn vars(&self) -> std::result::Result<Settings, Vec<SettingFault>> {
        Settings::from_vars(|name| self.var(name))
    }

    /// The object's tables.
    pub fn storage(&self) -> Result<Storage> {
        Storage::open(&self.state)
    }

    /// Something at the desk, all at once: (1) what time brought, (2) `act`, (3) what follows from it at once,
    /// (4) what changed is kept.
    pub fn at_desk<T>(self: &Rc<Self>, act: impl FnOnce(&mut Desk, u64) -> T) -> Result<T> {
        let storage = self.storage()?;
        let mut slot = self
            .desk
            .try_borrow_mut()
            .map_err(|_| Error::from("the desk is in use"))?;
        if slot.is_none() {
            *slot = Some(self.opened(&storage)?);
        }
        let desk = slot.as_mut().ok_or_else(|| Error::from("no desk"))?;
        let effects = desk.tick(now_ms(desk));
        self.carry_out(effects, &storage)?;
        let acted = act(desk, now_ms(desk));
        let effects = desk.tick(now_ms(desk));
        self.carry_out(effects, &storage)?;
        storage.keep(desk)?;
        Ok(acted)
    }

    fn opened(&self, storage: &Storage) -> Result<Desk> {
        let vars = self.vars().unwrap_or_default();
        let Some(mut desk) = storage.desk()? else {
            return Ok(Desk::new(vars, self.seed(None)?));
        };
        desk.use_vars(vars);
        let now_ms = now_ms(&desk);
        for run in storage.runs()? {
            desk.restore(run, now_ms);
        }
        Ok(desk)
    }

    /// The seed that was asked for, or `SEED`'s, or any.
    fn seed(&self, asked: Option<u64>) -> Result<u64> {
        let var = || self.var("SEED").and_then(|seed| seed.trim().parse().ok());
        match asked.or_else(var) {
            Some(seed) => Ok(seed),
            None => getrandom::u64().map_err(|error| Error::from(error.to_string())),
        }
    }

    fn page(self: &Rc<Self>, request: &Request) -> Result<Response> {
        let origin = request.url()?.origin().ascii_serialization();
        let control = control::is_on(self);
        let html = self.at_desk(|desk, now_ms| page::page(desk, &origin, control, now_ms))?;
        let response = Response::from_html(html)?;
        response.headers().set("cache-control", "no-store")?;
        Ok(response)
    }

    /// Forgets everything and begins anew.
    pub fn reset(&self, seed: Option<u64>) -> Result<()> {
        self.storage()?.clear()?;
        let fresh = Desk::new(self.vars().unwrap_or_default(), self.seed(seed)?);
        *self
            .desk
            .try_borrow_mut()
            .map_err(|_| Error::from("the desk is in use"))? = Some(fresh);
        Ok(())
    }

    /// Does what the desk asks, at once or in the background.
    pub fn carry_out(self: &Rc<Self>, effects: Vec<Effect>, storage: &Storage) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Make(id) => self.state.wait_until(load::make(Rc::clone(self), id)),
                Effect::Deliver(id, number) => {
                    self.state
                        .wait_until(deliver::deliver(Rc::clone(self), id, number));
                }
                Effect::WipeInputs(id) => storage.wipe(&id, Kind::Input)?,
                Effect::WipeOutputs(id) => storage.wipe(&id, Kind::Output)?,
                Effect::Forget(id) => storage.forget(&id)?,
            }
        }
        Ok(())
    }

    /// Sets the alarm to what is due next. The last thing an event does.
    pub async fn set_alarm(&self) -> Result<()> {
        let due = self.desk.try_borrow().ok().and_then(|slot| {
            let desk = slot.as_ref()?;
            let due = desk
                .next_due_ms()
                .map(|due| due.saturating_add_signed(desk.clock_ahead_ms.saturating_neg()));
            let look = desk
                .is_busy()
                .then(|| Date::now().as_millis() + LOOK_AGAIN_MS);
            due.into_iter().chain(look).min()
        });
        let Some(due_ms) = due else { return Ok(()) };
        // One that is set and rings earlier will see for itself.
        if self.alarm_at_ms.get().is_some_and(|set| set <= due_ms) {
            return Ok(());
        }
        self.alarm_at_ms.set(Some(due_ms));
        let offset_ms = due_ms.saturating_sub(Date::now().as_millis());
        self.state
            .storage()
            .set_alarm(i64::try_from(offset_ms).unwrap_or(i64::MAX))
            .await
    }

    /// An output as a data URL.
    pub fn data_url(&self, id: &PredictionId, number: u32, media_type: &str) -> Option<String> {
        let bytes = self
            .storage()
            .ok()?
            .whole(id, Kind::Output, &number.to_string())
            .ok()??;
        Some(format!(
            "data:{media_type};base64,{}",
            base64_simd::STANDARD.encode_to_string(bytes)
        ))
    }
}

/// The desk's time.
fn now_ms(desk: &Desk) -> u64 {
    Date::now()
        .as_millis()
        .saturating_add_signed(desk.clock_ahead_ms)
}
