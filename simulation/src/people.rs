//! People with a browser, and the requests that their buttons, FASHN's webhooks and the cron trigger
//! make of a Worker.

use std::collections::BTreeMap;
use std::rc::Rc;

use fashn::models::Credits;
use fitting_room::account::admission::AdmissionRequest;
use fitting_room::app::message::{Request, Response, Shown};
use fitting_room::app::problem::Problem;
use fitting_room::app::submit::Submit;
use fitting_room::auth::ids::{PredictionId, Ticket, Visitor};
use fitting_room::run::dedup::{DedupKind, DedupName, DedupQuery, Fingerprint};
use fitting_room::run::record::DurationClass;

use crate::body_object::SimBody;
use crate::coverage::Trip;
use crate::dice::Lot;
use crate::executor::{Doom, Invocation};
use crate::guards::Guard;
use crate::plan::{Conduct, Key, Model, Plan, Press};
use crate::ports::worker::WorkerPorts;
use crate::world::World;

/// The platform lets a Worker go on for so long after its caller left.
const AFTER_CALLER_MS: u64 = 30_000;
/// A browser waits no longer.
const PATIENCE_MS: u64 = 90_000;
/// A client tries again so often, with the same key.
const RETRIES_MAX: u32 = 2;
/// Bytes of a body.
const BODY_BYTES: u64 = 400_000;
/// Of a large one.
const LARGE_BODY_BYTES: u64 = 3 << 20;
/// When a run is looked up after its id was told.
const LOOKS_MS: [u64; 3] = [3_000, 25_000, 900_000];

/// Everybody.
pub struct People {
    presses: Vec<Pressed>,
    by_ticket: BTreeMap<Ticket, usize>,
}

/// One press of the button.
struct Pressed {
    press: Press,
    tries: u32,
    /// Hung up.
    has_left: bool,
    /// The id that was told.
    ticket: Option<Ticket>,
}

impl People {
    /// Those of a history.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut people = Self {
            presses: Vec::new(),
            by_ticket: BTreeMap::new(),
        };
        for press in &plan.presses {
            people.add(*press);
        }
        people
    }

    fn add(&mut self, press: Press) -> usize {
        self.presses.push(Pressed {
            press,
            tries: 0,
            has_left: false,
            ticket: None,
        });
        self.presses.len() - 1
    }
}

/// The lot of a press.
fn lot_of(number: usize) -> Lot {
    Lot(number + 1)
}

impl World {
    fn with_press<T>(&self, number: usize, query: impl FnOnce(&mut Pressed) -> T) -> Option<T> {
        let mut people = self.people.borrow_mut();
        people.presses.get_mut(number).map(query)
    }

    /// A press as it was planned.
    pub fn press_of(&self, number: usize) -> Option<Press> {
        self.with_press(number, |pressed| pressed.press)
    }

    /// The press of a run.
    pub fn press_of_run(&self, ticket: Ticket) -> Option<(usize, Press)> {
        let number = *self.people.borrow().by_ticket.get(&ticket)?;
        Some((number, self.press_of(number)?))
    }

    /// What a press asks FASHN for.
    pub fn model_of(&self, number: usize) -> Model {
        let press = self.press_of(number);
        press.map_or(crate::plan::MODELS[0], |press| press.model)
    }

    /// What a press is up to.
    pub fn conduct_of(&self, number: usize) -> Conduct {
        let press = self.press_of(number);
        press.map_or(Conduct::Shops, |press| press.conduct)
    }

    /// Whether a press asks for base64.
    pub fn wants_base64(&self, number: usize) -> bool {
        self.press_of(number)
            .is_some_and(|press| press.wants_base64)
    }

    /// A run, for the story.
    pub fn name_of(&self, ticket: Ticket) -> String {
        match self.press_of_run(ticket) {
            Some((number, press)) => format!("run {number} of person {}", press.person),
            None => "a run".to_owned(),
        }
    }

    /// The history was too short: an honest press more.
    pub fn press_once_more(self: &Rc<Self>) {
        let seed = self.between(0, u64::MAX);
        let press = Press {
            after_ms: 0,
            person: 1,
            garment: u32::try_from(seed >> 40).unwrap_or(0),
            model: crate::plan::MODELS[0],
            conduct: Conduct::Shops,
            key: None,
            wants_base64: false,
            is_staff: false,
            seed,
        };
        self.dice.borrow_mut().add_lot(seed);
        let number = self.people.borrow_mut().add(press);
        self.press(number);
    }

    /// Somebody presses the button: a request reaches a Worker.
    pub fn press(self: &Rc<Self>, number: usize) {
        let Some(press) = self.press_of(number) else {
            return;
        };
        let lot = lot_of(number);
        let ports = WorkerPorts {
            world: Rc::clone(self),
            skew_ms: self.worker_skew_ms(lot),
        };
        let request = self.admission_request(number, press, &ports);
        let ticket = request.ticket;
        self.people.borrow_mut().by_ticket.insert(ticket, number);
        self.tell(|| {
            let Press {
                person, garment, ..
            } = press;
            let conduct = press.conduct;
            format!("person {person} wants garment {garment} (run {number}): {conduct:?}")
        });
        let world = Rc::clone(self);
        let body = SimBody {
            press: number,
            length: request.body_bytes,
        };
        let answering = Answering {
            world: Rc::clone(self),
            number,
            is_over: false,
        };
        let work = Box::pin(async move {
            let mut answering = answering;
            let submit = Submit {
                origin: &world.origin,
                key: &world.key,
                signer: &world.signer,
                body_life_ms: world.plan.limits.queue_wait_ms + world.plan.limits.send_ms,
            };
            let answer = submit.run(&ports, request, &body).await;
            answering.is_over = true;
            world.answered(number, answer);
        });
        let invocation = self.run_worker(Trip::WorkerSubmit, lot, work);
        let leaves_ms = match press.conduct {
            Conduct::HangsUp(after_ms) => after_ms,
            _ => PATIENCE_MS,
        };
        self.leave_after(number, invocation, leaves_ms);
    }

    fn worker_skew_ms(&self, lot: Lot) -> i64 {
        let off = self.dice.borrow_mut().between(lot, 0, 600);
        i64::try_from(off).unwrap_or(0) - 300
    }

    fn leave_after(&self, number: usize, invocation: Invocation, after_ms: u64) {
        let at_ms = self.now_ms() + after_ms;
        self.executor.act_at(at_ms, move |world| {
            world.with_press(number, |pressed| pressed.has_left = true);
            let goes_on_ms = if world.guards.has(Guard::OutlivesCaller) {
                AFTER_CALLER_MS
            } else {
                0
            };
            let cut_at_ms = world.now_ms() + goes_on_ms;
            world.executor.act_at(cut_at_ms, move |world| {
                world.executor.doom(Doom::Invocation(invocation));
            });
        });
    }

    fn admission_request(
        &self,
        number: usize,
        press: Press,
        ports: &WorkerPorts,
    ) -> AdmissionRequest {
        use fitting_room::app::ports::Clock as _;

        let mut random = [0; 11];
        let lot = lot_of(number);
        let drawn = self.dice.borrow_mut().between(lot, 0, u64::MAX);
        random
            .iter_mut()
            .zip(drawn.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        let ticket = Ticket::mint(self.account_id, ports.now_ms(), random);
        let person = press.person;
        // What is asked for: the same garment and manner is the same body.
        let payload = format!(
            "{}/{:?}/{}",
            press.garment, press.model.name, press.wants_base64
        );
        let query = |name: String, kind| DedupQuery {
            name: DedupName(name),
            kind,
            fingerprint: Fingerprint(payload.clone()),
        };
        let mut dedup = Vec::new();
        match press.key {
            Some(Key::Uuid(key)) => dedup.push(query(format!("uuid {key}"), DedupKind::Key)),
            Some(Key::Short(key)) => {
                dedup.push(query(format!("short {person} {key}"), DedupKind::Key));
            }
            None => {}
        }
        // Staff runs are joined by their own key alone.
        if !press.is_staff {
            let likeness = format!("likeness {person} {payload}");
            dedup.push(query(likeness, DedupKind::Likeness));
        }
        AdmissionRequest {
            ticket,
            visitor: Visitor(format!("visitor {person}")),
            is_staff: press.is_staff,
            shop: "shop".to_owned(),
            model: press.model.name.to_owned(),
            class: DurationClass(press.model.name.to_owned()),
            credits: Credits(press.model.credits),
            expected_ms: press.model.expected_ms,
            body_bytes: if press.conduct == Conduct::PoisonsLarge {
                LARGE_BODY_BYTES
            } else {
                BODY_BYTES
            },
            dedup,
        }
    }

    /// The answer of `POST /v1/run`.
    fn answered(self: &Rc<Self>, number: usize, answer: Result<PredictionId, Problem>) {
        let Some((press, has_left, tries)) = self.with_press(number, |pressed| {
            (pressed.press, pressed.has_left, pressed.tries)
        }) else {
            return;
        };
        let (id, may_help) = match answer {
            Ok(id) => (Some(id), false),
            Err(Problem::UnknownOutcome { id, .. }) => (Some(id), true),
            Err(problem) => {
                self.tell(|| format!("run {number} is answered: {problem}"));
                let may_help = matches!(problem, Problem::Overloaded { .. } | Problem::InProgress);
                self.tally.borrow_mut().refused += u64::from(!may_help);
                (None, may_help)
            }
        };
        if has_left {
            return;
        }
        if let Some(id) = id {
            self.id_told(number, press, &id);
        } else if may_help && tries < RETRIES_MAX {
            self.press_again(number);
        }
    }

    fn press_again(&self, number: usize) {
        self.with_press(number, |pressed| pressed.tries += 1);
        let at_ms = self.now_ms() + self.dice.borrow_mut().between(lot_of(number), 500, 4_000);
        self.executor
            .act_at(at_ms, move |world| world.press(number));
    }

    fn id_told(self: &Rc<Self>, number: usize, press: Press, id: &PredictionId) {
        let Some(ticket) = self.signer.verify_id(id.as_str()) else {
            return self.fail(|| "an id was handed out that isn't signed".to_owned());
        };
        self.with_press(number, |pressed| pressed.ticket = Some(ticket));
        self.tell(|| {
            format!(
                "run {number} is answered: its id is that of {}",
                self.name_of(ticket)
            )
        });
        let mut tally = self.tally.borrow_mut();
        tally.announced += 1;
        let is_joined = self
            .press_of_run(ticket)
            .is_none_or(|(own, _)| own != number);
        tally.joined += u64::from(is_joined);
        drop(tally);
        self.announced(ticket);
        let lot = lot_of(number);
        if let Conduct::Deletes(after_ms) = press.conduct {
            let at_ms = self.now_ms() + after_ms;
            self.executor
                .act_at(at_ms, move |world| world.delete(lot, ticket));
        }
        for after_ms in LOOKS_MS {
            let at_ms = self.now_ms() + after_ms;
            self.executor
                .act_at(at_ms, move |world| world.look(lot, ticket));
        }
    }

    // ---- other requests --------------------------------------------------------------------------

    fn look(self: &Rc<Self>, lot: Lot, ticket: Ticket) {
        let world = Rc::clone(self);
        let was_deleted = self.is_deleted(ticket);
        let work = Box::pin(async move {
            if let Ok(Response::View(shown)) = world.ask(Request::Look(ticket)).await {
                let shown: Option<Shown> = shown.map(|shown| *shown);
                world.looked_up(ticket, was_deleted, shown.as_ref());
            }
        });
        self.run_worker(Trip::WorkerLook, lot, work);
    }

    fn delete(self: &Rc<Self>, lot: Lot, ticket: Ticket) {
        let world = Rc::clone(self);
        self.delete_asked(ticket);
        let work = Box::pin(async move {
            if let Ok(Response::Deleted(found)) = world.ask(Request::Delete(ticket)).await {
                world.tell(|| {
                    let name = world.name_of(ticket);
                    format!("{name} is deleted: {found}")
                });
                world.deleted(ticket);
            }
        });
        self.run_worker(Trip::WorkerDelete, lot, work);
    }

    /// The cron trigger.
    pub fn touch(self: &Rc<Self>) {
        let world = Rc::clone(self);
        let work = Box::pin(async move {
            // The platform doesn't say who was missed: it is there again tomorrow.
            drop(world.ask(Request::Touch).await);
        });
        self.run_worker(Trip::WorkerTouch, Lot(0), work);
    }
}

/// A client that waits for its answer. Where the request is dropped, it sees a broken connection.
struct Answering {
    world: Rc<World>,
    number: usize,
    is_over: bool,
}

impl Drop for Answering {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let again = self.world.with_press(self.number, |pressed| {
            !pressed.has_left && pressed.tries < RETRIES_MAX
        });
        if again == Some(true) {
            self.world.press_again(self.number);
        }
    }
}
