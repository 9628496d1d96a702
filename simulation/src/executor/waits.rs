//! What a task waits for: a time, an answer, or nothing any more.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Executor, Step, TaskId};

/// See [`Executor::until`].
pub struct Until<'e, W> {
    pub(super) executor: &'e Executor<W>,
    pub(super) at_ms: u64,
    pub(super) is_set: bool,
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
    pub(super) executor: &'e Executor<W>,
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
        Self { value: RefCell::new(None), waits: Cell::new(None) }
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
        Waiting { reply: self, executor, until_ms, is_set: false }
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
        self.reply.waits.set(executor.current.get().map(|(id, _)| id));
        executor.is_parked.set(true);
        Poll::Pending
    }
}
