//! The world of one history: the account object, `Body` objects, Workers, FASHN, the merchant's
//! backend and people, on one clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use fitting_room::auth::ids::{AccountId, Jurisdiction, Signer, Ticket};
use fitting_room::auth::secret::Secret;
use fitting_room::config::shops::KeyName;
use fitting_room::http::origin::Origin;
use futures::future::LocalBoxFuture;

use crate::account_object::AccountObject;
use crate::body_object::BodyObject;
use crate::coverage::{Port, Trip, When};
use crate::estimates::Estimates;
use crate::executor::{Cancel, Executor, Invocation, Location, Polled, Scope, Step};
use crate::fashn::Fashn;
use crate::fault::Fault;
use crate::guards::{Guard, Guards};
use crate::invariants::{Invariants, Violation};
use crate::people::People;
use crate::plan::{Plan, Trouble};
use crate::randomness::{RandomStream, Randomness};
use crate::story::Story;
use crate::tally::Tally;

const DAY_MS: u64 = 86_400_000;
/// No history has more steps.
const EVENTS_MAX: u64 = 400_000;
/// By then everything is deleted: FASHN keeps a result for three days.
const OVER_MS: u64 = 9 * DAY_MS;
/// Work goes on for so long after its request was answered.
pub const AFTER_ANSWER_MS: u64 = 30_000;

/// Everything.
pub struct World {
    pub plan: Plan,
    pub guards: Guards,
    pub executor: Executor<World>,
    pub account: AccountObject,
    pub account_id: AccountId,
    pub bodies: RefCell<BTreeMap<Ticket, Rc<BodyObject>>>,
    pub fashn: RefCell<Fashn>,
    /// Workers KV: until when each output is kept.
    pub outputs: RefCell<BTreeMap<(Ticket, usize), u64>>,
    pub people: RefCell<People>,
    pub invariants: RefCell<Invariants>,
    pub tally: RefCell<Tally>,
    pub estimates: RefCell<Estimates>,
    pub story: RefCell<Story>,
    pub randomness: RefCell<Randomness>,
    pub signer: Rc<Signer>,
    /// Signs with another secret.
    pub forger: Signer,
    pub origin: Origin,
    pub key: KeyName,
    /// True time at the beginning, in milliseconds since 1970.
    begin_ms: u64,
    /// Counts steps: what happens within one is one turn of an object.
    pub turn: Cell<u64>,
    is_touched_daily: Cell<bool>,
    /// When a webhook first named an id that wasn't confirmed since.
    pub hinted_ms: RefCell<BTreeMap<String, u64>>,
    /// Invocations that were cut.
    cuts: Cell<u32>,
}

impl World {
    /// A world before anything happens.
    ///
    /// # Errors
    /// [`Violation`]: a name in it can't be read.
    pub fn new(
        plan: &Plan,
        guards: Guards,
        account: AccountObject,
        story: Story,
    ) -> Result<Rc<Self>, Violation> {
        let wrong = |what: &str| Violation::new(0, format!("{what} can't be read"));
        let signer = |secret: &str| Signer::new(&Secret::new(secret.to_owned()));
        let key = KeyName::parse(KeyName::DEFAULT).ok_or_else(|| wrong("the key's name"))?;
        // Half of the histories see midnight.
        let into_day_ms = if plan.seed.is_multiple_of(2) { DAY_MS / 2 } else { DAY_MS - 60_000 };
        Ok(Rc::new(Self {
            guards,
            executor: Executor::new(plan.seed),
            account,
            account_id: AccountId::of_key(key.as_str(), Jurisdiction::Global),
            bodies: RefCell::default(),
            fashn: RefCell::new(Fashn::new(&plan.limits, plan.balance)),
            outputs: RefCell::default(),
            people: RefCell::new(People::of(plan)),
            invariants: RefCell::new(Invariants::new(plan)),
            tally: RefCell::default(),
            estimates: RefCell::default(),
            story: RefCell::new(story),
            randomness: RefCell::new(Randomness::of(plan)),
            signer: Rc::new(signer("the account's").ok_or_else(|| wrong("a secret"))?),
            forger: signer("another").ok_or_else(|| wrong("a secret"))?,
            origin: Origin::parse("https://gateway.example")
                .map_err(|_| wrong("the gateway's origin"))?,
            key,
            begin_ms: 20_700 * DAY_MS + into_day_ms,
            turn: Cell::new(0),
            is_touched_daily: Cell::new(false),
            hinted_ms: RefCell::default(),
            cuts: Cell::new(0),
            plan: plan.clone(),
        }))
    }

    /// Plays it to its end: everything is over and deleted.
    ///
    /// # Errors
    /// The first thing that should always hold and didn't.
    pub fn play(self: &Rc<Self>) -> Result<Tally, Violation> {
        self.begin();
        loop {
            let Some(step) = self.executor.next() else {
                if self.tally.borrow().events >= self.plan.events_min {
                    break;
                }
                self.submit_once_more();
                continue;
            };
            self.turn.set(self.turn.get() + 1);
            match step {
                Step::Wake(id) => match self.executor.poll(id) {
                    // A timer that nothing waits for any more is no event.
                    Polled::Nothing => continue,
                    Polled::Done => {}
                    Polled::OutsidePort(scope) => {
                        let trip = scope.trip;
                        self.fail(|| format!("{trip:?} waits for something that is no port"));
                    }
                },
                Step::Do(act) => act(self),
            }
            self.tally.borrow_mut().events += 1;
            self.end_step();
            let events = self.tally.borrow().events;
            if events > EVENTS_MAX || self.now_ms() > OVER_MS {
                self.fail(|| self.what_is_left());
            }
            if let Some(violation) = self.invariants.borrow_mut().violation.take() {
                return Err(violation);
            }
        }
        self.judge_end();
        match self.invariants.borrow_mut().violation.take() {
            Some(violation) => Err(violation),
            None => Ok(self.tally.take()),
        }
    }

    fn begin(self: &Rc<Self>) {
        self.tally.borrow_mut().kinds.insert(self.plan.kind, 1);
        let mut at_ms = 0;
        for (number, submission) in self.plan.submissions.iter().enumerate() {
            at_ms += submission.after_ms;
            self.executor.act_at(at_ms, move |world| world.submit(number));
        }
        for at_ms in &self.plan.resets_ms {
            self.executor.act_at(*at_ms, |world| {
                world.tell(|| "the account object is reset".to_owned());
                world.executor.cancel(Cancel::Object(Location::Account));
            });
        }
        for spell in &self.plan.spells {
            let trouble = spell.trouble;
            let (from_ms, to_ms) = (spell.from_ms, spell.to_ms);
            self.executor.act_at(from_ms, move |world| {
                world.tell(|| format!("{trouble:?} until {:.1} s", seconds(to_ms)));
                *world.tally.borrow_mut().troubles.entry(trouble).or_default() += 1;
            });
        }
        let refill_ms = 600_000;
        self.executor.act_at(refill_ms, |world| {
            world.fashn.borrow_mut().balance += 1_000;
        });
    }

    /// Drops what is canceled, and looks whether everything holds.
    fn end_step(self: &Rc<Self>) {
        self.account.end_turn(self);
        loop {
            let canceled = self.executor.take_canceled();
            if canceled.is_empty() {
                break;
            }
            for cancel in canceled {
                self.executor.drop_tasks(cancel);
                match cancel {
                    Cancel::Object(Location::Account) => self.account.reset(),
                    Cancel::Object(Location::Body(ticket)) => {
                        let body = self.bodies.borrow().get(&ticket).cloned();
                        if let Some(body) = body {
                            body.reset();
                        }
                    }
                    Cancel::Object(Location::Worker) | Cancel::Invocation(_) => {}
                }
            }
        }
        self.judge_liveness();
    }

    /// The cron trigger, as long as there is anything.
    pub fn touch_daily(self: &Rc<Self>) {
        if self.is_touched_daily.replace(true) || !self.guards.has(Guard::DailyTouch) {
            return;
        }
        let at_ms = self.now_ms() + DAY_MS;
        self.executor.act_at(at_ms, |world| {
            world.is_touched_daily.set(false);
            if world.account.has_rows() {
                world.tell(|| "the cron trigger touches the account".to_owned());
                world.touch();
                world.touch_daily();
            }
        });
    }

    /// Milliseconds since the history began.
    pub fn now_ms(&self) -> u64 {
        self.executor.now_ms()
    }

    /// A clock that is so far off, in milliseconds since 1970.
    pub fn clock_ms(&self, skew_ms: i64) -> u64 {
        (self.begin_ms + self.now_ms()).saturating_add_signed(skew_ms)
    }

    /// Since the history began, what such a clock shows then.
    pub fn true_ms(&self, clock_ms: u64, skew_ms: i64) -> u64 {
        clock_ms.saturating_add_signed(-skew_ms).saturating_sub(self.begin_ms)
    }

    /// One more line of the story.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        self.story.borrow_mut().add(self.now_ms(), line);
    }

    /// Something doesn't hold.
    pub fn fail(&self, what: impl FnOnce() -> String) {
        let now_ms = self.now_ms();
        self.invariants.borrow_mut().fail(now_ms, what);
    }

    /// Whether there is such a bad time now.
    pub fn is_bad(&self, trouble: Trouble) -> bool {
        let now_ms = self.now_ms();
        self.plan
            .spells
            .iter()
            .any(|spell| spell.trouble == trouble && (spell.from_ms..spell.to_ms).contains(&now_ms))
    }

    /// The random numbers of what runs now.
    pub fn stream(&self) -> RandomStream {
        self.executor.scope().map_or(RandomStream(0), |scope| scope.stream)
    }

    /// Whether a fault happens on this occasion.
    pub fn happens_for(&self, stream: RandomStream, fault: Fault) -> bool {
        let is_burst = self.is_bad(Trouble::Burst);
        let happens = self.randomness.borrow_mut().happens(stream, fault, is_burst);
        if happens {
            self.tally.borrow_mut().meet(fault);
        }
        happens
    }

    /// Whether a fault happens to what runs now.
    pub fn happens(&self, fault: Fault) -> bool {
        self.happens_for(self.stream(), fault)
    }

    /// A time in milliseconds, by the random numbers of what runs now.
    pub fn between(&self, min: u64, max: u64) -> u64 {
        let stream = self.stream();
        self.randomness.borrow_mut().between(stream, min, max)
    }

    /// A new request of a Worker; it is dropped when its caller has been gone for 30 s.
    pub fn run_worker(
        &self,
        trip: Trip,
        stream: RandomStream,
        work: LocalBoxFuture<'static, ()>,
    ) -> Invocation {
        self.run_in(Location::Worker, trip, stream, work)
    }

    /// A new invocation somewhere.
    pub fn run_in(
        &self,
        location: Location,
        trip: Trip,
        stream: RandomStream,
        work: LocalBoxFuture<'static, ()>,
    ) -> Invocation {
        let invocation = self.executor.new_invocation();
        let scope = Scope { invocation, location, trip, stream };
        self.executor.spawn(scope, u64::MAX, work);
        invocation
    }

    /// Work of an object that goes on after its request was answered.
    pub fn run_after_answer(&self, trip: Trip, work: LocalBoxFuture<'static, ()>) {
        if let Some(scope) = self.executor.scope() {
            let scope = Scope { trip, ..scope };
            let cut_at_ms = self.now_ms() + AFTER_ANSWER_MS;
            self.executor.spawn(scope, cut_at_ms, work);
        }
    }

    /// One side of a call that is waited for. Its caller may crash here.
    pub async fn point(&self, port: Port, when: When) {
        let Some(scope) = self.executor.scope() else {
            return;
        };
        if when == When::Before {
            self.tally.borrow_mut().coverage.call(scope.trip, port);
        }
        let is_object = scope.location != Location::Worker;
        let cancel = if self.may_cut() && self.happens(Fault::InvocationCut) {
            Cancel::Invocation(scope.invocation)
        } else if is_object && self.happens(Fault::ObjectReset) {
            Cancel::Object(scope.location)
        } else {
            return;
        };
        self.crash(scope, port, when, cancel);
        self.executor.forever().await;
    }

    /// The side before a call that isn't waited for: whether it fails.
    pub fn fails_before(&self, port: Port) -> bool {
        let Some(scope) = self.executor.scope() else {
            return false;
        };
        self.tally.borrow_mut().coverage.call(scope.trip, port);
        let fails = self.happens(Fault::StorageFails);
        if fails {
            self.crash(scope, port, When::Before, Cancel::Object(scope.location));
        }
        fails
    }

    /// The side after such a call: its object may be reset at the end of the turn.
    pub fn crash_after(&self, port: Port) {
        let Some(scope) = self.executor.scope() else {
            return;
        };
        if self.happens(Fault::ObjectReset) {
            self.crash(scope, port, When::After, Cancel::Object(scope.location));
        }
    }

    /// Whether one more invocation may be cut in this history.
    pub fn may_cut(&self) -> bool {
        self.cuts.get() < self.plan.cuts_max
    }

    /// A crash at a call of a port.
    pub fn crash(&self, scope: Scope, port: Port, when: When, cancel: Cancel) {
        if matches!(cancel, Cancel::Invocation(_)) {
            self.cuts.set(self.cuts.get() + 1);
        }
        let mut tally = self.tally.borrow_mut();
        tally.coverage.crash(scope.trip, port, when);
        drop(tally);
        self.tell(|| {
            let what = match cancel {
                Cancel::Invocation(_) => "is gone",
                Cancel::Object(_) => "is gone with its object",
            };
            let side = match when {
                When::Before => "before",
                When::After => "after",
            };
            let trip = scope.trip;
            format!("{trip:?} {what}, {side} {port:?} took effect")
        });
        self.executor.cancel(cancel);
    }

    /// Lets go of everything: tasks and objects hold the world.
    pub fn clear(&self) {
        self.account.reset();
        let bodies = self.bodies.take();
        for body in bodies.values() {
            body.reset();
        }
        self.executor.clear();
    }

    fn what_is_left(&self) -> String {
        format!("it never comes to rest: {}", self.account.what_is_left(self))
    }
}

/// For people.
#[expect(clippy::cast_precision_loss, reason = "a story is short")]
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
