//! The service in memory, with its storage, its clock and its alarm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use worker::{Date, Env, Error, Result, State};

use super::storage::{Kind, Storage};
use crate::id::PredictionId;
use crate::service::{Effect, Service};
use crate::settings::{SettingError, Settings};

/// While effects are being carried out, the alarm looks again after that time: the object may have
/// died with them.
const RECHECK_MS: u64 = 30_000;

/// What goes on after a response was sent.
pub enum Task {
    /// Render a run's outputs.
    Render(PredictionId),
    /// Make that attempt of a run's webhook.
    Deliver(PredictionId, usize),
}

/// Shared by requests, the alarm and tasks.
pub struct Host {
    state: State,
    env: Env,
    /// Starts a task.
    spawn: fn(&State, Rc<Host>, Task),
    service: RefCell<Option<Service>>,
    /// The time the alarm is set to, by the machine's clock.
    alarm_at_ms: Cell<Option<u64>>,
}

impl Host {
    /// The service is loaded with the first request.
    pub fn new(state: State, env: Env, spawn: fn(&State, Rc<Host>, Task)) -> Self {
        Self { state, env, spawn, service: RefCell::new(None), alarm_at_ms: Cell::new(None) }
    }

    /// A var of the Worker.
    pub fn var(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|var| var.to_string())
    }

    /// Whether the control route is on.
    pub fn has_control(&self) -> bool {
        self.var("SANDBOX_CONTROL").as_deref() == Some("on")
    }

    /// The settings from the Worker's vars.
    ///
    /// # Errors
    /// Every var that can't be read, in a line each.
    pub fn settings(&self) -> Result<Settings> {
        Settings::from_vars(|name| self.var(name)).map_err(|errors| {
            let lines: Vec<_> = errors.iter().map(SettingError::to_string).collect();
            Error::from(format!("Settings of the sandbox:\n{}", lines.join("\n")))
        })
    }

    /// The object's tables.
    pub fn storage(&self) -> Result<Storage> {
        Storage::open(&self.state)
    }

    /// Calls `act` with the service and its time. Whatever is due before or after it is done too,
    /// and all changes are stored.
    pub fn with_service<T>(self: &Rc<Self>, act: impl FnOnce(&mut Service, u64) -> T) -> Result<T> {
        let storage = self.storage()?;
        let mut slot =
            self.service.try_borrow_mut().map_err(|_| Error::from("the service is in use"))?;
        if slot.is_none() {
            *slot = Some(self.load(&storage)?);
        }
        let service = slot.as_mut().ok_or_else(|| Error::from("no service"))?;
        let effects = service.tick(now_ms(service));
        self.carry_out(effects, &storage)?;
        let result = act(service, now_ms(service));
        let effects = service.tick(now_ms(service));
        self.carry_out(effects, &storage)?;
        storage.save(service)?;
        Ok(result)
    }

    fn load(&self, storage: &Storage) -> Result<Service> {
        let settings = self.settings()?;
        let Some(mut service) = storage.service()? else {
            return Ok(Service::new(settings, self.seed(None)?));
        };
        service.use_vars(settings);
        let now_ms = now_ms(&service);
        for run in storage.runs()? {
            service.restore(run, now_ms);
        }
        Ok(service)
    }

    /// The given seed, or that of the var `SEED`, or a random one.
    fn seed(&self, given: Option<u64>) -> Result<u64> {
        let var = || self.var("SEED").and_then(|seed| seed.trim().parse().ok());
        match given.or_else(var) {
            Some(seed) => Ok(seed),
            None => getrandom::u64().map_err(|error| Error::from(error.to_string())),
        }
    }

    /// Deletes everything.
    pub fn reset(&self, seed: Option<u64>) -> Result<()> {
        self.storage()?.clear()?;
        let fresh = Service::new(self.settings()?, self.seed(seed)?);
        *self.service.try_borrow_mut().map_err(|_| Error::from("the service is in use"))? =
            Some(fresh);
        Ok(())
    }

    /// Carries out effects, tasks in the background.
    pub fn carry_out(self: &Rc<Self>, effects: Vec<Effect>, storage: &Storage) -> Result<()> {
        let spawn = |task| (self.spawn)(&self.state, Rc::clone(self), task);
        for effect in effects {
            match effect {
                Effect::Render(id) => spawn(Task::Render(id)),
                Effect::Deliver(id, number) => spawn(Task::Deliver(id, number)),
                Effect::DeleteInputs(id) => storage.delete_files(&id, Kind::Input)?,
                Effect::DeleteOutputs(id) => storage.delete_files(&id, Kind::Output)?,
                Effect::DeleteRun(id) => storage.delete_run(&id)?,
            }
        }
        Ok(())
    }

    /// Notes that the alarm went off.
    pub fn alarm_fired(&self) {
        self.alarm_at_ms.set(None);
    }

    /// Sets the alarm to what is due next. The last thing an event does.
    pub async fn set_alarm(&self) -> Result<()> {
        let due = self.service.try_borrow().ok().and_then(|slot| {
            let service = slot.as_ref()?;
            let due = service
                .next_due_ms()
                .map(|due| due.saturating_add_signed(service.clock_ahead_ms.saturating_neg()));
            let recheck = service.is_busy().then(|| Date::now().as_millis() + RECHECK_MS);
            due.into_iter().chain(recheck).min()
        });
        let Some(due_ms) = due else { return Ok(()) };
        // An earlier alarm sets the next one.
        if self.alarm_at_ms.get().is_some_and(|set| set <= due_ms) {
            return Ok(());
        }
        self.alarm_at_ms.set(Some(due_ms));
        let offset_ms = due_ms.saturating_sub(Date::now().as_millis());
        self.state.storage().set_alarm(i64::try_from(offset_ms).unwrap_or(i64::MAX)).await
    }

    /// An output as a data URL.
    pub fn data_url(&self, id: &PredictionId, number: u32, media_type: &str) -> Option<String> {
        let bytes = self.storage().ok()?.file(id, Kind::Output, &number.to_string()).ok()??;
        Some(format!("data:{media_type};base64,{}", base64_simd::STANDARD.encode_to_string(bytes)))
    }
}

/// The service's time.
fn now_ms(service: &Service) -> u64 {
    Date::now().as_millis().saturating_add_signed(service.clock_ahead_ms)
}
