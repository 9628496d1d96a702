//! A single-threaded executor with virtual time. It runs tasks in an order that a seed decides, and
//! drops any of them at a call of a port, as the platform drops invocations and objects.
//!
//! A task waits for one thing at a time, and always for a port: one that is suspended otherwise is a
//! fault, because no crash could be played there.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use futures::future::LocalBoxFuture;

use crate::coverage::Trip;
use crate::dice::Lot;

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
pub enum Place {
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
    pub place: Place,
    /// What it does.
    pub trip: Trip,
    /// Which lot decides over it.
    pub lot: Lot,
}

/// What is dropped after the current step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doom {
    /// One invocation.
    Invocation(Invocation),
    /// An object: its memory and all its tasks.
    Object(Place),
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
    Adrift(Scope),
}

/// Tasks, timers, and what is dropped.
pub struct Executor<W> {
    now_ms: Cell<u64>,
    queue: RefCell<BinaryHeap<Entry<W>>>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    current: Cell<Option<(TaskId, Scope)>>,
    is_parked: Cell<bool>,
    doomed: RefCell<Vec<Doom>>,
    sequence: Cell<u64>,
    invocations: Cell<u32>,
    ties: RefCell<Rng>,
}

impl<W> Executor<W> {
    /// Nothing to do yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now_ms: Cell::new(0),
            queue: RefCell::default(),
            slots: RefCell::default(),
            free: RefCell::default(),
            current: Cell::new(None),
            is_parked: Cell::new(false),
            doomed: RefCell::default(),
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
        let Some(place) = slots.get_mut(slot) else {
            return;
        };
        place.task = Some(Task {
            future: Some(future),
            scope,
            cut_at_ms,
        });
        let generation = place.generation;
        drop(slots);
        self.at(self.now_ms.get(), Step::Wake(TaskId { slot, generation }));
    }

    /// Drops this after the current step.
    pub fn doom(&self, doom: Doom) {
        self.doomed.borrow_mut().push(doom);
    }

    /// What is to be dropped now.
    pub fn take_doomed(&self) -> Vec<Doom> {
        std::mem::take(&mut *self.doomed.borrow_mut())
    }

    /// The next step; time passes until then.
    pub fn next(&self) -> Option<Step<W>> {
        let entry = self.queue.borrow_mut().pop()?;
        self.now_ms.set(entry.at_ms.max(self.now_ms.get()));
        Some(entry.step)
    }

    /// Whether a task of an object is under way.
    pub fn is_busy(&self, object: Place) -> bool {
        let slots = self.slots.borrow();
        let mut tasks = slots.iter().filter_map(|slot| slot.task.as_ref());
        tasks.any(|task| task.scope.place == object)
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
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
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
        if self.is_parked.get() {
            Polled::Done
        } else {
            Polled::Adrift(scope)
        }
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

    /// Drops the tasks that are doomed.
    pub fn drop_tasks(&self, doom: Doom) {
        let ids: Vec<TaskId> = {
            let slots = self.slots.borrow();
            let tasks = slots.iter().enumerate();
            let doomed = tasks.filter(|(_, slot)| {
                slot.task.as_ref().is_some_and(|task| match doom {
                    Doom::Invocation(invocation) => task.scope.invocation == invocation,
                    Doom::Object(place) => task.scope.place == place,
                })
            });
            let id = |(slot, held): (usize, &Slot)| TaskId {
                slot,
                generation: held.generation,
            };
            doomed.map(id).collect()
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
        Until {
            executor: self,
            at_ms,
            is_set: false,
        }
    }

    /// Never goes on: whatever waits here is doomed.
    pub fn forever(&self) -> Forever<'_, W> {
        Forever { executor: self }
    }

    fn wake_current_at(&self, at_ms: u64) {
        if let Some((id, _)) = self.current.get() {
            self.at(at_ms, Step::Wake(id));
        }
    }
}

/// See [`Executor::until`].
pub struct Until<'e, W> {
    executor: &'e Executor<W>,
    at_ms: u64,
    is_set: bool,
}

impl<W> Future for Until<'_, W> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.executor.now_ms() >= self.at_ms {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.executor.wake_current_at(self.at_ms);
            self.is_set = true;
        }
        self.executor.is_parked.set(true);
        Poll::Pending
    }
}

/// See [`Executor::forever`].
pub struct Forever<'e, W> {
    executor: &'e Executor<W>,
}

impl<W> Future for Forever<'_, W> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.executor.is_parked.set(true);
        Poll::Pending
    }
}

/// An answer that somebody waits for.
pub struct Reply<T> {
    value: RefCell<Option<T>>,
    waits: Cell<Option<TaskId>>,
}

impl<T> Default for Reply<T> {
    fn default() -> Self {
        Self {
            value: RefCell::new(None),
            waits: Cell::new(None),
        }
    }
}

impl<T> Reply<T> {
    /// The answer is there; a second one is too late.
    pub fn put<W>(&self, executor: &Executor<W>, value: T) {
        let mut held = self.value.borrow_mut();
        if held.is_some() {
            return;
        }
        *held = Some(value);
        if let Some(id) = self.waits.take() {
            executor.at(executor.now_ms(), Step::Wake(id));
        }
    }

    /// Waits for the answer, until a time if there is one.
    pub fn wait<'r, W>(
        &'r self,
        executor: &'r Executor<W>,
        until_ms: Option<u64>,
    ) -> Waiting<'r, T, W> {
        Waiting {
            reply: self,
            executor,
            until_ms,
            is_set: false,
        }
    }
}

/// See [`Reply::wait`].
pub struct Waiting<'r, T, W> {
    reply: &'r Reply<T>,
    executor: &'r Executor<W>,
    until_ms: Option<u64>,
    is_set: bool,
}

impl<T, W> Future for Waiting<'_, T, W> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(value) = self.reply.value.borrow_mut().take() {
            return Poll::Ready(Some(value));
        }
        let executor = self.executor;
        if let Some(until_ms) = self.until_ms {
            if executor.now_ms() >= until_ms {
                return Poll::Ready(None);
            }
            if !self.is_set {
                executor.wake_current_at(until_ms);
                self.is_set = true;
            }
        }
        self.reply
            .waits
            .set(executor.current.get().map(|(id, _)| id));
        executor.is_parked.set(true);
        Poll::Pending
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
