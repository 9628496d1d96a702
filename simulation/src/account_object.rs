//! The account object: its storage and alarm stay, its memory and tasks go with a reset.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fitting_room::account::rows::{Rows, StorageError, Write};
use fitting_room::account::state::{Account, AccountSettings};
use fitting_room::app::account::AccountActor;
use fitting_room::app::account::ended::EndedRuns;
use fitting_room::app::message::{Request, Response};
use fitting_room::app::outbox::Sender;
use fitting_room::app::subscribers::SubscriberList;
use fitting_room::config::base_url::BaseUrl;
use fitting_room::config::merchant_webhook::MerchantWebhook;
use fitting_room::config::settings::OutputAddresses;
use fitting_room::http::hosts::HostPattern;
use fitting_room::run::record::Run;
use fitting_room::run::times::RunTimes;

use crate::alarm::{AlarmSlot, Setting};
use crate::coverage::{Port, Trip, When};
use crate::difference::difference;
use crate::executor::{Cancel, Location};
use crate::fault::Fault;
use crate::guards::Guard;
use crate::network::Replier;
use crate::ports::account::AccountPorts;
use crate::randomness::RandomStream;
use crate::store::Store;
use crate::world::{World, seconds};

/// FASHN's time limit of a call, in milliseconds.
pub const FASHN_TIMEOUT_MS: u64 = 20_000;
/// When a run gives its slot back whatever happened.
pub const DEADLINE_MS: u64 = 600_000;
/// How long results are kept, in seconds.
pub const RESULT_TTL_SECONDS: u64 = 3_600;
/// Up to so many live runs memory is compared to the tables after each event.
const LIVE_MAX: usize = 24;
/// Beyond, after one of so many.
const COMPARE_EVERY: u64 = 8;
/// A merchant's key: 24 bytes in base64.
const MERCHANT_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

type Actor = AccountActor<AccountPorts>;

/// The account's object.
pub struct AccountObject {
    store: Store,
    alarm: AlarmSlot,
    actor: RefCell<Option<Rc<Actor>>>,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: Cell<i64>,
    back_ms: Cell<i64>,
    /// Writes of this turn that aren't stored yet, because the turn is about to fail.
    staged: RefCell<Option<Vec<Write>>>,
    is_dirty: Cell<bool>,
    /// Calls to other hosts that are open.
    pub connections: Cell<u32>,
}

impl AccountObject {
    /// One with such a storage.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            alarm: AlarmSlot::default(),
            actor: RefCell::default(),
            skew_ms: Cell::new(0),
            back_ms: Cell::new(0),
            staged: RefCell::default(),
            is_dirty: Cell::new(false),
            connections: Cell::new(0),
        }
    }

    /// Memory and tasks are gone. What the turn hasn't stored is not there.
    pub fn reset(&self) {
        self.staged.take();
        drop(self.actor.take());
    }

    /// Anything is stored.
    pub fn has_rows(&self) -> bool {
        let any = |rows: &dyn Rows| {
            Ok(!rows.live_runs()?.is_empty()
                || rows.next_expiry_ms(0)?.is_some()
                || rows.next_message_ms(0)?.is_some())
        };
        self.read(any).unwrap_or(true)
    }

    /// Reads what is stored.
    pub fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.store.transact(0, |rows| Ok((query(rows)?, Vec::new())))
    }

    /// What the account works by, in this history.
    pub fn settings(world: &World) -> AccountSettings {
        let limits = world.plan.limits.clone();
        let mut settings = AccountSettings {
            name: "FASHN_API_KEY".to_owned(),
            times: RunTimes {
                receive_ms: limits.receive_ms,
                queue_ms: limits.queue_wait_ms,
                fashn_timeout_ms: FASHN_TIMEOUT_MS,
                send_ms: limits.send_ms,
                deadline_ms: DEADLINE_MS,
                result_ttl_ms: RESULT_TTL_SECONDS * 1_000,
                unknown_credits_ms: limits.unknown_credits_ms,
            },
            limits,
            call_ms: FASHN_TIMEOUT_MS + fitting_room::config::limits::CALL_MARGIN_MS,
            has_merchant_webhook: world.plan.has_merchant,
        };
        world.guards.lift(&mut settings);
        settings
    }

    /// The object, awake.
    fn wake(&self, world: &Rc<World>) -> Result<Rc<Actor>, String> {
        if let Some(actor) = &*self.actor.borrow() {
            return Ok(Rc::clone(actor));
        }
        let mut skew_ms = i64::try_from(world.between(0, 600)).unwrap_or(0) - 300;
        if world.happens(Fault::ClockBack) {
            let back_ms = i64::try_from(world.between(1_000, 60_000)).unwrap_or(0);
            // It doesn't go forward again: by more than its margin no window could bear that.
            self.back_ms.set(self.back_ms.get() + back_ms);
        }
        skew_ms -= self.back_ms.get();
        self.skew_ms.set(skew_ms);
        let webhook = MerchantWebhook::parse(
            Some("https://merchant.example/hook".to_owned()),
            MERCHANT_SECRET.to_owned(),
            None,
        );
        let mut webhook = webhook.map_err(|error| format!("{error:?}"))?;
        webhook.staff.hosts.extend(HostPattern::parse("hooks.example"));
        let sender = Sender {
            webhook,
            origin: world.origin.clone(),
            addresses: OutputAddresses::Fashn,
            signer: Rc::clone(&world.signer),
        };
        let actor = Rc::new(AccountActor {
            ports: AccountPorts { world: Rc::clone(world) },
            settings: Self::settings(world),
            base_url: BaseUrl::parse(BaseUrl::DEFAULT).map_err(str::to_owned)?,
            sender: world.plan.has_merchant.then_some(sender),
            subscribers: SubscriberList::new(Rc::clone(&world.signer), OutputAddresses::Fashn),
            memory: RefCell::default(),
            alarm_ms: Cell::default(),
            ended: EndedRuns::default(),
        });
        self.actor.replace(Some(Rc::clone(&actor)));
        Ok(actor)
    }

    /// A message arrives.
    pub fn deliver(
        &self,
        world: &Rc<World>,
        stream: RandomStream,
        request: Request,
        replier: Replier<Response>,
    ) {
        world.touch_daily();
        let trip = match &request {
            Request::Submit(_) | Request::Quote(_) => Trip::AccountSubmit,
            Request::Stored(_) => Trip::AccountStored,
            Request::NotStored(_) => Trip::AccountNotStored,
            Request::Sent(_) => Trip::AccountSent,
            Request::Webhook { .. } => Trip::AccountWebhook,
            Request::Look(_) | Request::Opening { .. } => Trip::AccountLook,
            Request::Delete(_) => Trip::AccountDelete,
            // Staff ask for nothing here.
            Request::Touch
            | Request::Inspect
            | Request::Change(_)
            | Request::DeadLetters
            | Request::Figures(_)
            | Request::Brakes(_)
            | Request::Brake { .. }
            | Request::Audit(_)
            | Request::CountPage(_)
            | Request::CountOrder(_)
            | Request::Run(_) => Trip::AccountTouch,
        };
        let actor = match self.wake(world) {
            Ok(actor) => actor,
            Err(reason) => return world.fail(|| reason),
        };
        let work = Box::pin(async move {
            match actor.handle(request).await {
                Ok(response) => replier.answer(response),
                Err(error) => replier.break_off(&error.to_string()),
            }
        });
        world.run_in(Location::Account, trip, stream, work);
    }

    // ---- storage ----

    /// See [`fitting_room::app::ports::AccountPorts::transact`].
    pub fn transact<T>(
        &self,
        world: &World,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        self.flush(world)?;
        let now_ms = world.clock_ms(self.skew_ms.get());
        if world.fails_before(Port::Transact) {
            // The event ran, and its writes could not be stored.
            let lost = |rows: &dyn Rows| -> Result<(T, Vec<Write>), StorageError> {
                event(rows)?;
                Err(StorageError("no room on the disk".to_owned()))
            };
            return self.store.transact(now_ms, lost);
        }
        let is_staged = world.happens(Fault::AlarmNotSet) || !world.guards.has(Guard::WrittenFirst);
        let answer = self.store.transact(now_ms, |rows| {
            let (answer, writes) = event(rows)?;
            if is_staged {
                self.staged.replace(Some(writes));
                return Ok((answer, Vec::new()));
            }
            world.see(&writes);
            Ok((answer, writes))
        })?;
        self.is_dirty.set(true);
        world.crash_after(Port::Transact);
        Ok(answer)
    }

    /// See [`fitting_room::app::ports::AccountPorts::read`].
    pub fn query<T>(
        &self,
        world: &World,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.flush(world)?;
        if world.fails_before(Port::Read) {
            return Err(StorageError("the disk can't be read".to_owned()));
        }
        let answer = self.read(query)?;
        world.crash_after(Port::Read);
        Ok(answer)
    }

    /// Stores what is staged.
    fn flush(&self, world: &World) -> Result<(), StorageError> {
        let Some(writes) = self.staged.take() else {
            return Ok(());
        };
        world.see(&writes);
        let now_ms = world.clock_ms(self.skew_ms.get());
        self.store.transact(now_ms, |_| Ok(((), writes)))
    }

    /// See [`fitting_room::app::ports::AccountPorts::set_alarm`].
    pub fn set_alarm(&self, world: &Rc<World>, at_ms: u64) -> Result<(), StorageError> {
        let is_meant = world.guards.has(Guard::WrittenFirst);
        if let Some(scope) = world.executor.scope() {
            let mut tally = world.tally.borrow_mut();
            tally.coverage.call(scope.trip, Port::SetAlarm);
            drop(tally);
            if is_meant && self.staged.take().is_some() {
                let cancel = Cancel::Object(Location::Account);
                world.crash(scope, Port::SetAlarm, When::Before, cancel);
                return Err(StorageError("the alarm can't be set".to_owned()));
            }
        }
        let setting = self.alarm.set();
        world.tell(|| {
            let at_ms = world.true_ms(at_ms, self.skew_ms.get());
            format!("the account sets its alarm to {:.3} s", seconds(at_ms))
        });
        Self::schedule(world, setting, world.true_ms(at_ms, self.skew_ms.get()));
        world.crash_after(Port::SetAlarm);
        Ok(())
    }

    /// Stores what is left of the turn, and compares memory to the tables.
    pub fn end_turn(&self, world: &World) {
        if !world.guards.has(Guard::WrittenFirst) {
            return;
        }
        if self.flush(world).is_err() {
            world.fail(|| "a staged write can't be stored".to_owned());
        }
        if self.is_dirty.take() {
            self.compare(world);
        }
    }

    fn compare(&self, world: &World) {
        let actor = self.actor.borrow();
        let Some(actor) = actor.as_ref() else {
            return;
        };
        self.compare_shown(world, actor);
        let memory = actor.memory.borrow();
        let Some(memory) = memory.as_ref() else {
            return;
        };
        // With many runs under way it takes long, so that it isn't done each time.
        let is_long = memory.live.len() > LIVE_MAX;
        if is_long && !world.turn.get().is_multiple_of(COMPARE_EVERY) {
            return;
        }
        let now_ms = world.clock_ms(self.skew_ms.get());
        let settings = Self::settings(world);
        match self.read(|rows| Account::restore(settings, rows, now_ms)) {
            Ok(restored) => {
                world.tally.borrow_mut().compared += 1;
                if let Some(part) = difference(memory, &restored, now_ms) {
                    world.tell(|| format!("in memory: {memory:#?}\nas stored: {restored:#?}"));
                    world.fail(|| format!("memory isn't what the tables say: {part}"));
                }
            }
            Err(error) => world.fail(|| format!("the account can't be restored: {error}")),
        }
    }

    /// One of the settled runs that lookups get from memory, another one each turn.
    fn compare_shown(&self, world: &World, actor: &Actor) {
        let turn = usize::try_from(world.turn.get()).unwrap_or_default();
        let Some((ticket, shown)) = actor.ended.nth(turn) else {
            return;
        };
        match self.read(|rows| rows.ended_view(&ticket)) {
            Ok(stored) if stored.as_ref() == Some(&shown.view) => {}
            Ok(stored) => world.fail(|| format!("{shown:?} is shown, and stored is {stored:?}")),
            Err(error) => world.fail(|| format!("a settled run can't be read: {error}")),
        }
    }

    /// What memory holds, if the object is awake.
    pub fn with_memory<T>(&self, query: impl FnOnce(&Account) -> T) -> Option<T> {
        let actor = self.actor.borrow();
        let memory = actor.as_ref()?.memory.borrow();
        memory.as_ref().map(query)
    }

    // ---- the alarm ----

    fn schedule(world: &Rc<World>, setting: Setting, mut at_ms: u64) {
        at_ms = at_ms.max(world.now_ms() + 1);
        if world.happens(Fault::AlarmLate) {
            at_ms += world.between(1_000, 60_000);
        }
        world.executor.act_at(at_ms, move |world| {
            world.account.go_off(world, setting);
        });
    }

    fn go_off(&self, world: &Rc<World>, setting: Setting) {
        if !self.alarm.take(setting) {
            return;
        }
        if world.happens(Fault::AlarmLost) {
            world.tell(|| "the account's alarm never comes".to_owned());
            return;
        }
        self.run_alarm(world);
        if world.happens(Fault::AlarmTwice) {
            self.run_alarm(world);
        }
    }

    fn run_alarm(&self, world: &Rc<World>) {
        world.tell(|| "the account's alarm goes off".to_owned());
        let actor = match self.wake(world) {
            Ok(actor) => actor,
            Err(reason) => return world.fail(|| reason),
        };
        let alarm_run = AlarmRun { world: Rc::clone(world), is_over: Cell::new(false) };
        let work = Box::pin(async move {
            if actor.alarm().is_ok() {
                alarm_run.is_over.set(true);
            }
        });
        world.run_in(Location::Account, Trip::AccountAlarm, RandomStream(0), work);
    }

    // ---- the end ----

    /// What a history that doesn't end still has.
    pub fn what_is_left(&self, world: &World) -> String {
        let now_ms = world.clock_ms(0);
        let settings = Self::settings(world);
        let left = self.read(|rows| {
            let account = Account::restore(settings, rows, now_ms)?;
            Ok((account, rows.next_expiry_ms(0)?, rows.next_message_ms(0)?))
        });
        let (account, expiry_ms, message_ms) = match left {
            Ok(left) => left,
            Err(error) => return error.to_string(),
        };
        let count =
            |which: fn(&Run) -> bool| account.live.values().filter(|run| which(run)).count();
        let (slots, waiting) = (count(Run::holds_slot), count(Run::waits));
        let open = count(|run| !run.is_over());
        let reserved = count(|run| run.is_over() && run.reserved() > 0);
        let mut left = format!(
            "{open} runs aren't over ({slots} hold a slot, {waiting} wait), {reserved} are over with \
             reserved credits"
        );
        if expiry_ms.is_some() {
            left.push_str(", a settled run isn't deleted");
        }
        if message_ms.is_some() {
            left.push_str(", a message isn't sent");
        }
        left
    }
}

/// An alarm at work. Where it doesn't come to its end, the platform tries it again.
struct AlarmRun {
    world: Rc<World>,
    is_over: Cell<bool>,
}

impl Drop for AlarmRun {
    fn drop(&mut self) {
        if self.is_over.get() {
            return;
        }
        let account = &self.world.account;
        if let Some((setting, pause_ms)) = account.alarm.retry() {
            let at_ms = self.world.now_ms() + pause_ms;
            AccountObject::schedule(&self.world, setting, at_ms);
        }
    }
}
