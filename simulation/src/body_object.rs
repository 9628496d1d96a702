//! A run's `Body` object: the photograph and its state stay, memory and tasks go with a reset.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fitting_room::account::rows::StorageError;
use fitting_room::app::body::BodyActor;
use fitting_room::app::message::{BodyMeta, BodyRequest, BodyResponse};
use fitting_room::app::ports::BodyState;
use fitting_room::auth::ids::Ticket;

use crate::account_object::AccountObject;
use crate::alarm::{AlarmSlot, Setting};
use crate::coverage::{Port, Trip, When};
use crate::executor::{Cancel, Location};
use crate::fault::Fault;
use crate::guards::Guard;
use crate::network::{Presence, Replier};
use crate::ports::body::BodyPorts;
use crate::randomness::RandomStream;
use crate::world::World;

/// An alarm that was late and failed has come by then.
const ALARM_SLACK_MS: u64 = 400_000;

type Actor = BodyActor<BodyPorts>;

/// A body as FASHN gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimBody {
    /// The submission that it belongs to, and so what it asks for.
    pub submission: usize,
    /// Its bytes.
    pub length: u64,
}

/// A run's object.
pub struct BodyObject {
    pub ticket: Ticket,
    pub stream: RandomStream,
    pub state: RefCell<Option<BodyState>>,
    pub body: Cell<Option<SimBody>>,
    /// Pieces have arrived, and not all of them.
    is_partial: Cell<bool>,
    alarm: AlarmSlot,
    actor: RefCell<Option<Rc<Actor>>>,
    pub skew_ms: Cell<i64>,
    /// The state at the beginning of a turn.
    before: RefCell<(u64, Option<BodyState>)>,
}

impl World {
    /// The object of a run's body.
    pub fn body(&self, ticket: Ticket, stream: RandomStream) -> Rc<BodyObject> {
        let mut bodies = self.bodies.borrow_mut();
        let new = || {
            Rc::new(BodyObject {
                ticket,
                stream,
                state: RefCell::default(),
                body: Cell::new(None),
                is_partial: Cell::new(false),
                alarm: AlarmSlot::default(),
                actor: RefCell::default(),
                skew_ms: Cell::new(0),
                before: RefCell::default(),
            })
        };
        Rc::clone(bodies.entry(ticket).or_insert_with(new))
    }
}

impl BodyObject {
    /// Memory is gone.
    pub fn reset(&self) {
        drop(self.actor.take());
    }

    fn wake(self: &Rc<Self>, world: &Rc<World>) -> Rc<Actor> {
        let location = Location::Body(self.ticket);
        // An object that has nothing to do is evicted.
        if world.between(0, 3) == 0 && !world.executor.is_busy(location) {
            self.reset();
        }
        if let Some(actor) = &*self.actor.borrow() {
            return Rc::clone(actor);
        }
        self.skew_ms.set(i64::try_from(world.between(0, 600)).unwrap_or(0) - 300);
        let send_ms = AccountObject::settings(world).times.send_ms;
        let actor = Rc::new(BodyActor::new(
            BodyPorts { world: Rc::clone(world), object: Rc::clone(self) },
            Rc::clone(&world.signer),
            send_ms,
        ));
        self.actor.replace(Some(Rc::clone(&actor)));
        actor
    }

    /// A message arrives.
    pub fn deliver(
        self: &Rc<Self>,
        world: &Rc<World>,
        request: BodyRequest,
        replier: Replier<BodyResponse>,
    ) {
        let trip = match &request {
            BodyRequest::Send(_) => Trip::BodySend,
            BodyRequest::Drop => Trip::BodyDrop,
        };
        let actor = self.wake(world);
        let work = Box::pin(async move {
            match actor.handle(request).await {
                Ok(response) => replier.answer(response),
                Err(error) => replier.break_off(&error.to_string()),
            }
        });
        world.run_in(Location::Body(self.ticket), trip, self.stream, work);
    }

    /// A Worker uploads its body.
    pub fn receive(
        self: &Rc<Self>,
        world: &Rc<World>,
        meta: BodyMeta,
        body: SimBody,
        sender: Presence,
        replier: Replier<()>,
    ) {
        let actor = self.wake(world);
        let (object, at_work) = (Rc::clone(self), Rc::clone(world));
        let work = Box::pin(async move {
            let receive_ms = at_work.plan.limits.receive_ms;
            if let Err(error) = actor.begin(receive_ms) {
                return replier.break_off(&error.to_string());
            }
            object.is_partial.set(true);
            object.watch(&at_work, receive_ms);
            let until_ms = at_work.now_ms() + at_work.between(5, 400);
            at_work.executor.until(until_ms).await;
            if sender.is_gone() || at_work.happens(Fault::UploadBreaks) {
                return replier.break_off("the upload broke off");
            }
            let life_ms = meta.delete_at_ms.saturating_sub(at_work.clock_ms(object.skew_ms.get()));
            if let Err(error) = actor.complete(meta) {
                return replier.break_off(&error.to_string());
            }
            object.body.set(Some(body));
            object.is_partial.set(false);
            object.watch(&at_work, life_ms);
            replier.answer(());
        });
        world.run_in(Location::Body(self.ticket), Trip::BodyPut, self.stream, work);
    }

    /// Looks whether the photograph is gone by its time.
    fn watch(self: &Rc<Self>, world: &World, life_ms: u64) {
        let object = Rc::clone(self);
        let at_ms = world.now_ms() + life_ms + ALARM_SLACK_MS;
        world.executor.act_at(at_ms, move |world| {
            let state = object.state.borrow();
            let delete_at_ms = state.as_ref().map(|state| state.meta.delete_at_ms);
            let is_over = delete_at_ms.is_none_or(|at_ms| {
                at_ms.saturating_add(ALARM_SLACK_MS) <= world.clock_ms(0) + 1_000
            });
            if is_over && object.holds_photo() {
                world.fail(|| "a photograph outlived its time".to_owned());
            }
        });
    }

    /// Something of the photograph is there.
    pub fn holds_photo(&self) -> bool {
        self.body.get().is_some() || self.is_partial.get()
    }

    // ---- storage ----

    /// What is stored beside the body.
    pub fn read(&self, world: &World) -> Result<Option<BodyState>, StorageError> {
        if world.fails_before(Port::State) {
            return Err(failed());
        }
        world.crash_after(Port::State);
        Ok(self.state.borrow().clone())
    }

    /// Replaces it.
    pub fn write(&self, world: &World, state: &BodyState) -> Result<(), StorageError> {
        if world.fails_before(Port::PutState) {
            return Err(failed());
        }
        let mut before = self.before.borrow_mut();
        if before.0 != world.turn.get() {
            *before = (world.turn.get(), self.state.borrow().clone());
        }
        self.state.replace(Some(state.clone()));
        world.crash_after(Port::PutState);
        Ok(())
    }

    /// Deletes everything.
    pub async fn delete_all(&self, world: &World) -> Result<(), StorageError> {
        world.point(Port::DeleteAll, When::Before).await;
        self.state.take();
        self.body.take();
        self.is_partial.set(false);
        self.alarm.clear();
        world.point(Port::DeleteAll, When::After).await;
        Ok(())
    }

    /// Sets the alarm. Where that fails, the turn's write isn't stored either.
    pub fn set_alarm(self: &Rc<Self>, world: &Rc<World>, at_ms: u64) -> Result<(), StorageError> {
        if let Some(scope) = world.executor.scope() {
            let mut tally = world.tally.borrow_mut();
            tally.coverage.call(scope.trip, Port::BodyAlarm);
            drop(tally);
            if world.happens(Fault::AlarmNotSet) {
                let cancel = Cancel::Object(scope.location);
                world.crash(scope, Port::BodyAlarm, When::Before, cancel);
                let (turn, state) = self.before.take();
                if turn == world.turn.get() {
                    self.state.replace(state);
                }
                return Err(failed());
            }
        }
        let setting = self.alarm.set();
        self.schedule(world, setting, world.true_ms(at_ms, self.skew_ms.get()));
        world.crash_after(Port::BodyAlarm);
        Ok(())
    }

    // ---- the alarm ----

    fn schedule(self: &Rc<Self>, world: &Rc<World>, setting: Setting, mut at_ms: u64) {
        at_ms = at_ms.max(world.now_ms() + 1);
        if world.happens(Fault::AlarmLate) {
            at_ms += world.between(1_000, 60_000);
        }
        let object = Rc::clone(self);
        world.executor.act_at(at_ms, move |world| {
            if object.alarm.take(setting) && world.guards.has(Guard::BodyDeletesItself) {
                object.run_alarm(world);
            }
        });
    }

    fn run_alarm(self: &Rc<Self>, world: &Rc<World>) {
        let actor = self.wake(world);
        let alarm_run = AlarmRun {
            world: Rc::clone(world),
            object: Rc::clone(self),
            is_over: Cell::new(false),
        };
        let work = Box::pin(async move {
            if actor.alarm().await.is_ok() {
                alarm_run.is_over.set(true);
            }
        });
        world.run_in(Location::Body(self.ticket), Trip::BodyAlarm, self.stream, work);
    }
}

fn failed() -> StorageError {
    StorageError("no room on the disk".to_owned())
}

/// An alarm at work. Where it doesn't come to its end, the platform tries it again.
struct AlarmRun {
    world: Rc<World>,
    object: Rc<BodyObject>,
    is_over: Cell<bool>,
}

impl Drop for AlarmRun {
    fn drop(&mut self) {
        if self.is_over.get() {
            return;
        }
        if let Some((setting, pause_ms)) = self.object.alarm.retry() {
            let at_ms = self.world.now_ms() + pause_ms;
            self.object.schedule(&self.world, setting, at_ms);
        }
    }
}
