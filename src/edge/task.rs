//! Work that goes on while JavaScript does its part, and that JavaScript waits for.
//!
//! A task goes on in the very callback that brings what it waited for. The futures of `js-sys` make two closures for each
//! thing waited for, and put each step off to a microtask of its own: with them a webhook took a tenth more CPU and a run
//! 3 %.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::Promise;
use slab::Slab;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::platform::{Deferred, defer, drop_promise, settle, when_settled};

type Done = Result<JsValue, JsValue>;
type Work = Pin<Box<dyn Future<Output = Done>>>;

thread_local! {
    static TASKS: RefCell<Slab<Task>> = const { RefCell::new(Slab::new()) };
    static AWAITED: RefCell<Slab<Waiting>> = const { RefCell::new(Slab::new()) };
    /// The task that is looked at.
    static AT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// What JavaScript calls when something came, and when nothing ever will: made once.
    static CAME: Closure<dyn Fn(u32, bool, JsValue)> = Closure::new(came);
    static LOST: Closure<dyn Fn(u32)> = Closure::new(lost);
}

struct Task {
    /// None while it is looked at.
    work: Option<Work>,
    waker: Waker,
    /// It was woken while it was looked at.
    again: bool,
    /// Whom its end is told.
    deferred: Option<Deferred>,
}

/// What is waited for.
enum Waiting {
    /// By whom.
    For(Option<(Waker, usize)>),
    Came(Done),
    /// It came, and was taken.
    Taken,
    /// It comes still, and nobody waits for it.
    Left,
}

struct TaskWaker(usize);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let _ = look_at(self.0);
    }
}

/// Begins at once. What is over by then is answered as it is; for the rest there is a promise.
pub fn begin(work: impl Future<Output = Done> + 'static) -> Done {
    let id = add(Box::pin(work));
    match look_at(id) {
        Poll::Ready(done) => done,
        Poll::Pending => {
            let deferred = defer();
            let promise = deferred.promise();
            TASKS.with_borrow_mut(|tasks| {
                if let Some(task) = tasks.get_mut(id) {
                    task.deferred = Some(deferred);
                }
            });
            Ok(promise)
        }
    }
}

/// Begins at once, and nobody waits for it.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    let id = add(Box::pin(async {
        work.await;
        Ok(JsValue::UNDEFINED)
    }));
    let _ = look_at(id);
}

fn add(work: Work) -> usize {
    TASKS.with_borrow_mut(|tasks| {
        let entry = tasks.vacant_entry();
        let id = entry.key();
        entry.insert(Task {
            work: Some(work),
            waker: Arc::new(TaskWaker(id)).into(),
            again: false,
            deferred: None,
        });
        id
    })
}

/// Goes on with a task, as far as it goes. Its end is told to whom it was promised.
fn look_at(id: usize) -> Poll<Done> {
    while let Some((mut work, waker)) = take(id) {
        let before = AT.replace(id);
        let polled = work.as_mut().poll(&mut Context::from_waker(&waker));
        AT.set(before);
        if let Poll::Ready(done) = polled {
            let task = TASKS.with_borrow_mut(|tasks| tasks.try_remove(id));
            if let Some(deferred) = task.and_then(|task| task.deferred) {
                let (is_good, value) = match &done {
                    Ok(value) => (true, value),
                    Err(error) => (false, error),
                };
                settle(&deferred, is_good, value);
            }
            return Poll::Ready(done);
        }
        if !put_back(id, work) {
            break;
        }
    }
    Poll::Pending
}

/// The work of a task, unless it is in somebody's hands.
fn take(id: usize) -> Option<(Work, Waker)> {
    TASKS.with_borrow_mut(|tasks| {
        let task = tasks.get_mut(id)?;
        let work = task.work.take();
        task.again = work.is_none();
        Some((work?, task.waker.clone()))
    })
}

/// Whether it was woken meanwhile.
fn put_back(id: usize, work: Work) -> bool {
    TASKS.with_borrow_mut(|tasks| {
        tasks.get_mut(id).is_some_and(|task| {
            task.work = Some(work);
            std::mem::take(&mut task.again)
        })
    })
}

/// Waits for a promise.
pub fn awaited(promise: &Promise) -> Awaited {
    let slot = AWAITED.with_borrow_mut(|awaited| awaited.insert(Waiting::For(None)));
    let number = u32::try_from(slot).unwrap_or(u32::MAX);
    CAME.with(|came| LOST.with(|lost| when_settled(promise, number, came, lost)));
    Awaited(slot)
}

/// A promise that is waited for.
pub struct Awaited(usize);

impl Future for Awaited {
    type Output = Done;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done> {
        AWAITED.with_borrow_mut(|awaited| match awaited.get_mut(self.0) {
            Some(Waiting::For(waker)) => {
                *waker = Some((context.waker().clone(), AT.get()));
                Poll::Pending
            }
            Some(came @ Waiting::Came(_)) => match std::mem::replace(came, Waiting::Taken) {
                Waiting::Came(done) => Poll::Ready(done),
                Waiting::For(_) | Waiting::Taken | Waiting::Left => Poll::Pending,
            },
            Some(Waiting::Taken | Waiting::Left) | None => Poll::Pending,
        })
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        AWAITED.with_borrow_mut(|awaited| match awaited.get_mut(self.0) {
            Some(waiting @ Waiting::For(_)) => *waiting = Waiting::Left,
            Some(Waiting::Came(_) | Waiting::Taken) => {
                awaited.try_remove(self.0);
            }
            Some(Waiting::Left) | None => {}
        });
    }
}

/// Something came: whoever waits for it goes on.
fn came(slot: u32, is_good: bool, value: JsValue) {
    let slot = slot as usize;
    let done = if is_good { Ok(value) } else { Err(value) };
    let waker = AWAITED.with_borrow_mut(|awaited| {
        let waiting = awaited.get_mut(slot)?;
        match std::mem::replace(waiting, Waiting::Came(done)) {
            Waiting::For(waker) => waker,
            Waiting::Came(_) | Waiting::Taken | Waiting::Left => {
                awaited.try_remove(slot);
                None
            }
        }
    });
    if let Some((waker, _)) = waker {
        waker.wake();
    }
}

/// Nothing will come: the platform has forgotten the request, and so is its task, with all that it holds.
fn lost(slot: u32) {
    let waiting = AWAITED.with_borrow_mut(|awaited| awaited.try_remove(slot as usize));
    if let Some(Waiting::For(Some((_, id)))) = waiting
        && let Some(task) = TASKS.with_borrow_mut(|tasks| tasks.try_remove(id))
        && let Some(deferred) = &task.deferred
    {
        drop_promise(deferred);
    }
}
