//! Ports that answer what a test has written down, at once, and keep what they were asked.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt::Debug;
use std::rc::Rc;
use std::task::Poll;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, RunAnswer, StatusAnswer, UpstreamId};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, poll_fn};

use super::NOON;
use crate::account::rows::{Rows, StorageError, Write};
use crate::account::tests::memory::MemoryRows;
use crate::app::log::LogEvent;
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response};
use crate::app::metrics::Point;
use crate::app::ports::{
    AccountPorts, Accounts, BodyPorts, BodyState, CallError, FashnRuns, Guards, NotSent,
    OutputStore, RateLimit, Runtime, StateError, StreamWriter, Subscribed, Subscriptions,
    WorkerPorts,
};
use crate::auth::ids::{AccountId, Ticket};
use crate::config::shops::KeyName;
use crate::notify::subscription::SubscribeRequest;

/// One call's answers, in the order of the calls, and what was asked.
pub struct Script<Q, A> {
    answers: RefCell<VecDeque<A>>,
    asked: RefCell<Vec<Q>>,
}

impl<Q, A> Default for Script<Q, A> {
    fn default() -> Self {
        Self { answers: RefCell::default(), asked: RefCell::default() }
    }
}

impl<Q: Debug, A> Script<Q, A> {
    pub fn will_answer(&self, answers: impl IntoIterator<Item = A>) {
        self.answers.borrow_mut().extend(answers);
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Q> {
        self.asked.take()
    }

    fn ask(&self, question: Q) -> A {
        let answer = self.answers.borrow_mut().pop_front();
        let answer = answer.unwrap_or_else(|| panic!("not expected: {question:?}"));
        self.asked.borrow_mut().push(question);
        answer
    }
}

/// A call of an object's own storage that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageCall {
    Transact,
    Read,
    SetAlarm,
    State,
    PutState,
    DeleteAll,
}

/// All ports. A call without an answer ends the test.
#[derive(Default)]
pub struct Ports {
    pub now_ms: Cell<u64>,
    /// A sleep ends when its time has come; otherwise at once, and the clock is at its end.
    pub has_timers: Cell<bool>,
    pub slept_ms: RefCell<Vec<u64>>,
    pub log: RefCell<Vec<String>>,
    failures: RefCell<Vec<&'static str>>,
    pub points: RefCell<Vec<Point>>,
    pub quarantined: Cell<usize>,
    pub accounts: Script<Request, Result<Response, CallError>>,
    pub subscriptions: Script<SubscribeRequest, Result<Subscribed<&'static str>, CallError>>,
    pub limits: Script<(RateLimit, String), bool>,
    pub challenges: Script<String, Result<Vec<u8>, CallError>>,
    pub has_no_randomness: Cell<bool>,
    pub bodies: Script<(Ticket, BodyRequest), Result<BodyResponse, CallError>>,
    pub body_store: Script<BodyMeta, Result<(), CallError>>,
    /// The address of FASHN's webhook of each send.
    pub runs: Script<String, Result<RunAnswer, NotSent>>,
    pub statuses: Script<UpstreamId, Result<StatusAnswer, FashnError>>,
    pub credits: Script<(), Result<CreditsBalance, FashnError>>,
    pub output_puts: Script<usize, Result<usize, CallError>>,
    pub output_gets: Script<usize, Result<Option<Vec<u8>>, CallError>>,
    pub output_deletes: Script<(usize, usize), Result<(), CallError>>,
    pub merchant: Script<String, Result<u16, CallError>>,
    /// Where the last message went.
    pub posted_to: RefCell<String>,
    pub rows: MemoryRows,
    /// The object's storage fails at this call.
    pub fails_at: Cell<Option<StorageCall>>,
    pub alarm_ms: Cell<Option<u64>>,
    pub aborted: Cell<bool>,
    pub body_state: RefCell<Option<BodyState>>,
    pub has_unreadable_state: Cell<bool>,
    pub spawned: RefCell<VecDeque<LocalBoxFuture<'static, ()>>>,
    elsewhere: RefCell<Option<Elsewhere>>,
}

type Elsewhere = Box<dyn FnOnce(&Ports)>;

impl Ports {
    pub fn new() -> Self {
        Self { now_ms: Cell::new(NOON), ..Self::default() }
    }

    pub fn later(&self, ms: u64) {
        self.now_ms.set(self.now_ms.get() + ms);
    }

    /// What happens elsewhere during the next call of FASHN or of the account.
    pub fn meanwhile(&self, happens: impl FnOnce(&Self) + 'static) {
        self.elsewhere.replace(Some(Box::new(happens)));
    }

    fn go_on_elsewhere(&self) {
        let happens = self.elsewhere.take();
        if let Some(happens) = happens {
            happens(self);
        }
    }

    /// The places of the failures that were logged.
    pub fn logged(&self) -> Vec<&'static str> {
        self.failures.take()
    }

    /// Runs all work that was started, and what that starts, until it is done or sleeps.
    pub fn run_all(&self) {
        let mut sleeping = VecDeque::new();
        while let Some(mut work) = self.next_work() {
            if (&mut work).now_or_never().is_none() {
                assert!(self.has_timers.get(), "no port waits");
                sleeping.push_back(work);
            }
        }
        self.spawned.replace(sleeping);
    }

    fn next_work(&self) -> Option<LocalBoxFuture<'static, ()>> {
        self.spawned.borrow_mut().pop_front()
    }

    fn storage(&self, call: StorageCall) -> Result<(), StorageError> {
        if self.fails_at.get() == Some(call) {
            return Err(StorageError(format!("{call:?} failed")));
        }
        Ok(())
    }
}

impl Runtime for Ports {
    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    async fn sleep(&self, ms: u64) {
        self.slept_ms.borrow_mut().push(ms);
        if !self.has_timers.get() {
            return self.later(ms);
        }
        let until_ms = self.now_ms() + ms;
        poll_fn(|_| if self.now_ms() >= until_ms { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn measure(&self, point: &Point) {
        self.points.borrow_mut().push(point.clone());
    }

    fn log(&self, event: &LogEvent<'_>) {
        let line = event.line();
        if let LogEvent::Failure { place, .. } = event {
            self.failures.borrow_mut().push(place);
        }
        self.log.borrow_mut().push(line);
    }
}

impl Accounts for Ports {
    async fn ask(&self, account: AccountId, request: Request) -> Result<Response, CallError> {
        assert_eq!(account, super::ticket(1).account());
        self.go_on_elsewhere();
        self.accounts.ask(request)
    }
}

impl Subscriptions for Ports {
    type Stream = &'static str;

    async fn subscribe(
        &self,
        request: &SubscribeRequest,
    ) -> Result<Subscribed<&'static str>, CallError> {
        self.subscriptions.ask(request.clone())
    }
}

impl Guards for Ports {
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool {
        self.limits.ask((limit, key.to_owned()))
    }

    async fn siteverify(&self, question: &str) -> Result<Vec<u8>, CallError> {
        self.challenges.ask(question.to_owned())
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], CallError> {
        if self.has_no_randomness.get() { Err(super::broken()) } else { Ok([7; N]) }
    }
}

impl WorkerPorts for Ports {
    async fn put(&self, meta: BodyMeta, _body: &&'static str) -> Result<(), CallError> {
        self.body_store.ask(meta)
    }
}

impl FashnRuns for Ports {
    type Body = &'static str;

    async fn run(
        &self,
        _key: &KeyName,
        body: &&'static str,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        assert_eq!(*body, BODY);
        self.go_on_elsewhere();
        self.runs.ask(webhook_url.to_owned())
    }
}

/// The body of every run.
pub const BODY: &str = "{}";

impl OutputStore for Ports {
    async fn put(
        &self,
        _ticket: &Ticket,
        index: usize,
        _bytes: &[u8],
        _ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        self.output_puts.ask(index)
    }

    async fn get(
        &self,
        _ticket: &Ticket,
        index: usize,
        _pieces: usize,
        _length: usize,
    ) -> Result<Option<Vec<u8>>, CallError> {
        self.output_gets.ask(index)
    }

    async fn delete(&self, _ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError> {
        self.output_deletes.ask((index, pieces))
    }
}

impl AccountPorts for Ports {
    type Writer = Reader;

    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        let commit = self.storage(StorageCall::Transact);
        self.rows.transact(|rows| {
            let stepped = event(rows)?;
            commit?;
            Ok(stepped)
        })
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.storage(StorageCall::Read)?;
        query(&self.rows)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        self.storage(StorageCall::SetAlarm)?;
        self.alarm_ms.set(Some(at_ms));
        Ok(())
    }

    fn take_quarantined(&self) -> usize {
        self.quarantined.take()
    }

    fn abort(&self, _reason: &StorageError) {
        self.aborted.set(true);
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.spawned.borrow_mut().push_back(work);
    }

    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError> {
        self.bodies.ask((ticket, request))
    }

    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        self.statuses.ask(upstream.clone())
    }

    async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        self.credits.ask(())
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<u16, CallError> {
        assert_eq!(headers.len(), 3, "it is signed");
        self.posted_to.replace(url.to_owned());
        self.merchant.ask(String::from_utf8(body.to_vec()).expect("JSON"))
    }
}

impl BodyPorts for Ports {
    fn stored_body(&self) -> &'static str {
        BODY
    }

    fn state(&self) -> Result<Option<BodyState>, StateError> {
        self.storage(StorageCall::State)?;
        if self.has_unreadable_state.get() {
            return Err(StateError::Unreadable);
        }
        Ok(self.body_state.borrow().clone())
    }

    fn put_state(&self, state: &BodyState) -> Result<(), StorageError> {
        self.storage(StorageCall::PutState)?;
        self.body_state.replace(Some(state.clone()));
        self.has_unreadable_state.set(false);
        Ok(())
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        AccountPorts::set_alarm(self, at_ms)
    }

    async fn delete_all(&self) -> Result<(), StorageError> {
        self.storage(StorageCall::DeleteAll)?;
        self.body_state.take();
        self.has_unreadable_state.set(false);
        self.alarm_ms.set(None);
        Ok(())
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        AccountPorts::spawn(self, work);
    }
}

/// One answer that stays open, as its reader has it.
#[derive(Clone, Default)]
pub struct Reader {
    read: Rc<RefCell<Vec<String>>>,
    pub has_left: Rc<Cell<bool>>,
}

impl Reader {
    /// What came since the last call.
    pub fn read(&self) -> Vec<String> {
        self.read.take()
    }

    pub fn is_open(&self) -> bool {
        Rc::strong_count(&self.read) > 1
    }
}

impl StreamWriter for Reader {
    fn write(&self, bytes: &[u8]) {
        self.read.borrow_mut().push(String::from_utf8_lossy(bytes).into_owned());
    }

    fn is_lost(&self) -> bool {
        self.has_left.get()
    }
}
