//! A single-threaded executor with virtual time. It runs tasks in an order that a seed decides, and
//! drops any of them at a call of a port, as the platform drops invocations and objects.
//!
//! A task waits for one thing at a time, and always for a port: one that is suspended otherwise is
//! a fault, because no crash could be played there.

mod waits;

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::task::{Context, Waker};

use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use futures::future::LocalBoxFuture;

use crate::coverage::Trip;
use crate::randomness::RandomStream;

pub use waits::Reply;
use waits::{Forever, Until};

/// One task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskId {
    slot: usize,
    generation: u32,
}

/// A request, an alarm, or an upload, with all that it started: what the platform drops together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invocation(pub u32);

/// Where a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In a Worker: each request stands alone.
    Worker,
    /// In the account object.
    Account,
    /// In a run's `Body` object.
    Body(Ticket),
}

/// What a task belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its invocation.
    pub invocation: Invocation,
    /// Where it runs.
    pub location: Location,
    /// What it does.
    pub trip: Trip,
    /// Which stream of random numbers decides over it.
    pub stream: RandomStream,
}

/// What is dropped after the current step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// One invocation.
    Invocation(Invocation),
    /// An object: its memory and all its tasks.
    Object(Location),
}

/// What happens at a time.
pub enum Step<W> {
    /// A task goes on.
    Wake(TaskId),
    /// The world does something.
    Do(Act<W>),
}

type Act<W> = Box<dyn FnOnce(&Rc<W>)>;

struct Entry<W> {
    at_ms: u64,
    tie: u32,
    sequence: u64,
    step: Step<W>,
}

struct Task {
    /// None while it is polled.
    future: Option<LocalBoxFuture<'static, ()>>,
    scope: Scope,
    /// It isn't woken any more after this.
    cut_at_ms: u64,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    task: Option<Task>,
}

/// What became of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// Nothing was there to poll.
    Nothing,
    /// The task goes on, or is over.
    Done,
    /// The task waits for something that is no port.
    OutsidePort(Scope),
}

/// Tasks, timers, and what is dropped.
pub struct Executor<W> {
    now_ms: Cell<u64>,
    queue: RefCell<BinaryHeap<Entry<W>>>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    current: Cell<Option<(TaskId, Scope)>>,
    is_parked: Cell<bool>,
    canceled: RefCell<Vec<Cancel>>,
    sequence: Cell<u64>,
    invocations: Cell<u32>,
    ties: RefCell<Rng>,
}

impl<W> Executor<W> {
    /// Nothing to do yet.
    pub fn new(seed: u64) -> Self {
        Self {
            now_ms: Cell::new(0),
            queue: RefCell::default(),
            slots: RefCell::default(),
            free: RefCell::default(),
            current: Cell::new(None),
            is_parked: Cell::new(false),
            canceled: RefCell::default(),
            sequence: Cell::new(0),
            invocations: Cell::new(0),
            ties: RefCell::new(Rng::with_seed(seed)),
        }
    }

    /// Milliseconds since the history began.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// What runs now; none if the world itself does something.
    pub fn scope(&self) -> Option<Scope> {
        self.current.get().map(|(_, scope)| scope)
    }

    /// The number of a new invocation.
    pub fn new_invocation(&self) -> Invocation {
        self.invocations.set(self.invocations.get() + 1);
        Invocation(self.invocations.get())
    }

    /// Something happens at a time. Of what happens at the same one, the seed decides the order.
    pub fn at(&self, at_ms: u64, step: Step<W>) {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 1);
        let tie = self.ties.borrow_mut().u32(..);
        self.queue.borrow_mut().push(Entry {
            at_ms: at_ms.max(self.now_ms.get()),
            tie,
            sequence,
            step,
        });
    }

    /// The world does something at a time.
    pub fn act_at(&self, at_ms: u64, act: impl FnOnce(&Rc<W>) + 'static) {
        self.at(at_ms, Step::Do(Box::new(act)));
    }

    /// A task begins now; it isn't woken any more after `cut_at_ms`.
    pub fn spawn(&self, scope: Scope, cut_at_ms: u64, future: LocalBoxFuture<'static, ()>) {
        let slot = self.free.borrow_mut().pop();
        let mut slots = self.slots.borrow_mut();
        let slot = slot.unwrap_or(slots.len());
        if slot == slots.len() {
            slots.push(Slot::default());
        }
        let Some(entry) = slots.get_mut(slot) else {
            return;
        };
        entry.task = Some(Task { future: Some(future), scope, cut_at_ms });
        let generation = entry.generation;
        drop(slots);
        self.at(self.now_ms.get(), Step::Wake(TaskId { slot, generation }));
    }

    /// Drops this after the current step.
    pub fn cancel(&self, cancel: Cancel) {
        self.canceled.borrow_mut().push(cancel);
    }

    /// What is to be dropped now.
    pub fn take_canceled(&self) -> Vec<Cancel> {
        std::mem::take(&mut *self.canceled.borrow_mut())
    }

    /// The next step; time passes until then.
    pub fn next(&self) -> Option<Step<W>> {
        let entry = self.queue.borrow_mut().pop()?;
        self.now_ms.set(entry.at_ms.max(self.now_ms.get()));
        Some(entry.step)
    }

    /// Whether a task of an object is under way.
    pub fn is_busy(&self, object: Location) -> bool {
        let slots = self.slots.borrow();
        let mut tasks = slots.iter().filter_map(|slot| slot.task.as_ref());
        tasks.any(|task| task.scope.location == object)
    }

    /// Polls a task.
    pub fn poll(&self, id: TaskId) -> Polled {
        let Some((mut future, scope, is_cut)) = self.take(id) else {
            return Polled::Nothing;
        };
        if is_cut {
            self.remove(id);
            return Polled::Done;
        }
        self.current.set(Some((id, scope)));
        self.is_parked.set(false);
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.current.set(None);
        if polled.is_ready() {
            self.remove(id);
            return Polled::Done;
        }
        let mut slots = self.slots.borrow_mut();
        if let Some(slot) = slots.get_mut(id.slot)
            && slot.generation == id.generation
            && let Some(task) = &mut slot.task
        {
            task.future = Some(future);
        }
        if self.is_parked.get() { Polled::Done } else { Polled::OutsidePort(scope) }
    }

    fn take(&self, id: TaskId) -> Option<(LocalBoxFuture<'static, ()>, Scope, bool)> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(id.slot)?;
        if slot.generation != id.generation {
            return None;
        }
        let task = slot.task.as_mut()?;
        let is_cut = self.now_ms.get() > task.cut_at_ms;
        Some((task.future.take()?, task.scope, is_cut))
    }

    fn remove(&self, id: TaskId) -> Option<Task> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(id.slot)?;
        if slot.generation != id.generation {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        self.free.borrow_mut().push(id.slot);
        slot.task.take()
    }

    /// Drops the tasks that are canceled.
    pub fn drop_tasks(&self, cancel: Cancel) {
        let ids: Vec<TaskId> = {
            let slots = self.slots.borrow();
            let tasks = slots.iter().enumerate();
            let canceled = tasks.filter(|(_, slot)| {
                slot.task.as_ref().is_some_and(|task| match cancel {
                    Cancel::Invocation(invocation) => task.scope.invocation == invocation,
                    Cancel::Object(location) => task.scope.location == location,
                })
            });
            let id = |(slot, held): (usize, &Slot)| TaskId { slot, generation: held.generation };
            canceled.map(id).collect()
        };
        for id in ids {
            // Dropped outside of the borrow: a call that is cut tells the world.
            drop(self.remove(id));
        }
    }

    /// Drops everything: tasks hold the world that holds them.
    pub fn clear(&self) {
        let slots = std::mem::take(&mut *self.slots.borrow_mut());
        drop(slots);
        let queue = std::mem::take(&mut *self.queue.borrow_mut());
        drop(queue);
        self.free.borrow_mut().clear();
    }

    /// Waits until a time.
    pub fn until(&self, at_ms: u64) -> Until<'_, W> {
        Until { executor: self, at_ms, is_set: false }
    }

    /// Never goes on: whatever waits here is canceled.
    pub fn forever(&self) -> Forever<'_, W> {
        Forever { executor: self }
    }

    fn wake_current_at(&self, at_ms: u64) {
        if let Some((id, _)) = self.current.get() {
            self.at(at_ms, Step::Wake(id));
        }
    }
}

impl<W> PartialEq for Entry<W> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<W> Eq for Entry<W> {}

impl<W> PartialOrd for Entry<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The heap's greatest is the earliest.
impl<W> Ord for Entry<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |entry: &Self| (entry.at_ms, entry.tie, entry.sequence);
        key(other).cmp(&key(self))
    }
}

#[cfg(test)]
mod tests;
