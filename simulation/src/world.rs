//! The world of one history: the account object, `Body` objects, Workers, FASHN, the merchant's backend
//! and people, on one clock.

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
use crate::dice::{Dice, Lot};
use crate::executor::{Doom, Executor, Invocation, Place, Polled, Scope, Step};
use crate::fashn::Fashn;
use crate::fault::Fault;
use crate::guards::{Guard, Guards};
use crate::invariants::{Invariants, Violation};
use crate::people::People;
use crate::plan::{Plan, Trouble};
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
    pub story: RefCell<Story>,
    pub dice: RefCell<Dice>,
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
        let into_day_ms = if plan.seed.is_multiple_of(2) {
            DAY_MS / 2
        } else {
            DAY_MS - 60_000
        };
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
            story: RefCell::new(story),
            dice: RefCell::new(Dice::of(plan)),
            signer: Rc::new(signer("the account's").ok_or_else(|| wrong("a secret"))?),
            forger: signer("another").ok_or_else(|| wrong("a secret"))?,
            origin: Origin::parse("https://gateway.example")
                .map_err(|_| wrong("the gateway's origin"))?,
            key,
            begin_ms: 20_700 * DAY_MS + into_day_ms,
            turn: Cell::new(0),
            is_touched_daily: Cell::new(false),
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
                self.press_once_more();
                continue;
            };
            self.turn.set(self.turn.get() + 1);
            match step {
                Step::Wake(id) => match self.executor.poll(id) {
                    // A timer that nobody waits for any more is no event.
                    Polled::Nothing => continue,
                    Polled::Done => {}
                    Polled::Adrift(scope) => {
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
        for (number, press) in self.plan.presses.iter().enumerate() {
            at_ms += press.after_ms;
            self.executor
                .act_at(at_ms, move |world| world.press(number));
        }
        for at_ms in &self.plan.resets_ms {
            self.executor.act_at(*at_ms, |world| {
                world.tell(|| "the account object is reset".to_owned());
                world.executor.doom(Doom::Object(Place::Account));
            });
        }
        for spell in &self.plan.spells {
            let trouble = spell.trouble;
            let (from_ms, to_ms) = (spell.from_ms, spell.to_ms);
            self.executor.act_at(from_ms, move |world| {
                world.tell(|| format!("{trouble:?} until {:.1} s", seconds(to_ms)));
                *world
                    .tally
                    .borrow_mut()
                    .troubles
                    .entry(trouble)
                    .or_default() += 1;
            });
        }
        let refill_ms = 600_000;
        self.executor.act_at(refill_ms, |world| {
            world.fashn.borrow_mut().balance += 1_000;
        });
    }

    /// Drops what is doomed, and looks whether everything holds.
    fn end_step(self: &Rc<Self>) {
        self.account.end_turn(self);
        loop {
            let doomed = self.executor.take_doomed();
            if doomed.is_empty() {
                break;
            }
            for doom in doomed {
                self.executor.drop_tasks(doom);
                match doom {
                    Doom::Object(Place::Account) => self.account.reset(),
                    Doom::Object(Place::Body(ticket)) => {
                        let body = self.bodies.borrow().get(&ticket).cloned();
                        if let Some(body) = body {
                            body.reset();
                        }
                    }
                    Doom::Object(Place::Worker) | Doom::Invocation(_) => {}
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
        clock_ms
            .saturating_add_signed(-skew_ms)
            .saturating_sub(self.begin_ms)
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

    /// The lot of what runs now.
    pub fn lot(&self) -> Lot {
        self.executor.scope().map_or(Lot(0), |scope| scope.lot)
    }

    /// Whether a fault happens on this occasion.
    pub fn falls_for(&self, lot: Lot, fault: Fault) -> bool {
        let is_burst = self.is_bad(Trouble::Burst);
        let falls = self.dice.borrow_mut().falls(lot, fault, is_burst);
        if falls {
            self.tally.borrow_mut().meet(fault);
        }
        falls
    }

    /// Whether a fault happens to what runs now.
    pub fn falls(&self, fault: Fault) -> bool {
        self.falls_for(self.lot(), fault)
    }

    /// A time in milliseconds, by the lot of what runs now.
    pub fn between(&self, min: u64, max: u64) -> u64 {
        let lot = self.lot();
        self.dice.borrow_mut().between(lot, min, max)
    }

    /// A new request of a Worker; it is dropped when its caller has been gone for 30 s.
    pub fn run_worker(
        &self,
        trip: Trip,
        lot: Lot,
        work: LocalBoxFuture<'static, ()>,
    ) -> Invocation {
        self.run_in(Place::Worker, trip, lot, work)
    }

    /// A new invocation somewhere.
    pub fn run_in(
        &self,
        place: Place,
        trip: Trip,
        lot: Lot,
        work: LocalBoxFuture<'static, ()>,
    ) -> Invocation {
        let invocation = self.executor.new_invocation();
        let scope = Scope {
            invocation,
            place,
            trip,
            lot,
        };
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
        let is_object = scope.place != Place::Worker;
        let may_cut = self.cuts.get() < self.plan.cuts_max;
        let doom = if may_cut && self.falls(Fault::InvocationCut) {
            self.cuts.set(self.cuts.get() + 1);
            Doom::Invocation(scope.invocation)
        } else if is_object && self.falls(Fault::ObjectReset) {
            Doom::Object(scope.place)
        } else {
            return;
        };
        self.crash(scope, port, when, doom);
        self.executor.forever().await;
    }

    /// The side before a call that isn't waited for: whether it fails.
    pub fn fails_before(&self, port: Port) -> bool {
        let Some(scope) = self.executor.scope() else {
            return false;
        };
        self.tally.borrow_mut().coverage.call(scope.trip, port);
        let fails = self.falls(Fault::StorageFails);
        if fails {
            self.crash(scope, port, When::Before, Doom::Object(scope.place));
        }
        fails
    }

    /// The side after such a call: its object may be reset at the end of the turn.
    pub fn crash_after(&self, port: Port) {
        let Some(scope) = self.executor.scope() else {
            return;
        };
        if self.falls(Fault::ObjectReset) {
            self.crash(scope, port, When::After, Doom::Object(scope.place));
        }
    }

    pub fn crash(&self, scope: Scope, port: Port, when: When, doom: Doom) {
        let mut tally = self.tally.borrow_mut();
        tally.coverage.crash(scope.trip, port, when);
        drop(tally);
        self.tell(|| {
            let what = match doom {
                Doom::Invocation(_) => "is gone",
                Doom::Object(_) => "is gone with its object",
            };
            let side = match when {
                When::Before => "before",
                When::After => "after",
            };
            let trip = scope.trip;
            format!("{trip:?} {what}, {side} {port:?} took effect")
        });
        self.executor.doom(doom);
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
        format!(
            "it never comes to rest: {}",
            self.account.what_is_left(self)
        )
    }
}

/// For people.
#[expect(clippy::cast_precision_loss, reason = "a story is short")]
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
