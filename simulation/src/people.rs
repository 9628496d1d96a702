//! People with a browser, and the requests that their buttons, FASHN's webhooks and the cron
//! trigger make of a Worker.

use std::collections::BTreeMap;
use std::rc::Rc;

use fashn::models::Credits;
use fitting_room::account::admission::AdmissionRequest;
use fitting_room::app::message::Request;
use fitting_room::app::problem::Problem;
use fitting_room::app::render::StatusRenderer;
use fitting_room::app::status;
use fitting_room::app::submit::Submit;
use fitting_room::auth::ids::{PredictionId, Ticket, Visitor};
use fitting_room::config::settings::OutputAddresses;
use fitting_room::notify::subscription::StatusQuery;
use fitting_room::run::dedup::{DedupKind, DedupName, DedupQuery, Fingerprint};
use fitting_room::run::record::{DurationClass, RunSpec};

use crate::body_object::SimBody;
use crate::coverage::Trip;
use crate::executor::{Cancel, Invocation};
use crate::guards::Guard;
use crate::plan::{Behavior, Key, Model, Plan, Submission};
use crate::ports::worker::WorkerPorts;
use crate::randomness::RandomStream;
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
/// Where staff want to be told of a run's end.
const STAFF_WEBHOOK_URL: &str = "https://hooks.example/run";
/// When a run is looked up after its id was told.
const LOOKS_MS: [u64; 3] = [3_000, 25_000, 900_000];

/// Everybody.
pub struct People {
    submissions: Vec<Submitted>,
    by_ticket: BTreeMap<Ticket, usize>,
}

/// One submission.
struct Submitted {
    submission: Submission,
    tries: u32,
    /// Hung up.
    has_left: bool,
    /// The id that was told.
    ticket: Option<Ticket>,
}

impl People {
    /// Those of a history.
    pub fn of(plan: &Plan) -> Self {
        let mut people = Self { submissions: Vec::new(), by_ticket: BTreeMap::new() };
        for submission in &plan.submissions {
            people.add(*submission);
        }
        people
    }

    fn add(&mut self, submission: Submission) -> usize {
        self.submissions.push(Submitted { submission, tries: 0, has_left: false, ticket: None });
        self.submissions.len() - 1
    }
}

/// The random numbers of a submission.
fn stream_of(number: usize) -> RandomStream {
    RandomStream(number + 1)
}

impl World {
    fn with_submission<T>(
        &self,
        number: usize,
        query: impl FnOnce(&mut Submitted) -> T,
    ) -> Option<T> {
        let mut people = self.people.borrow_mut();
        people.submissions.get_mut(number).map(query)
    }

    /// A submission as it was planned.
    pub fn submission_of(&self, number: usize) -> Option<Submission> {
        self.with_submission(number, |submitted| submitted.submission)
    }

    /// The submission of a run.
    pub fn submission_of_run(&self, ticket: Ticket) -> Option<(usize, Submission)> {
        let number = *self.people.borrow().by_ticket.get(&ticket)?;
        Some((number, self.submission_of(number)?))
    }

    /// What a submission asks FASHN for.
    pub fn model_of(&self, number: usize) -> Model {
        let submission = self.submission_of(number);
        submission.map_or(crate::plan::MODELS[0], |submission| submission.model)
    }

    /// What a submission is up to.
    pub fn behavior_of(&self, number: usize) -> Behavior {
        let submission = self.submission_of(number);
        submission.map_or(Behavior::Shops, |submission| submission.behavior)
    }

    /// Whether a submission asks for base64.
    pub fn wants_base64(&self, number: usize) -> bool {
        self.submission_of(number).is_some_and(|submission| submission.wants_base64)
    }

    /// A run, for the story.
    pub fn name_of(&self, ticket: Ticket) -> String {
        match self.submission_of_run(ticket) {
            Some((number, submission)) => format!("run {number} of person {}", submission.person),
            None => "a run".to_owned(),
        }
    }

    /// The history was too short: an honest submission more.
    pub fn submit_once_more(self: &Rc<Self>) {
        let seed = self.between(0, u64::MAX);
        let submission = Submission {
            after_ms: 0,
            person: 1,
            garment: u32::try_from(seed >> 40).unwrap_or(0),
            model: crate::plan::MODELS[0],
            behavior: Behavior::Shops,
            key: None,
            wants_base64: false,
            is_staff: false,
            seed,
        };
        self.randomness.borrow_mut().add_stream(seed);
        let number = self.people.borrow_mut().add(submission);
        self.submit(number);
    }

    /// Somebody presses the button: a request reaches a Worker.
    pub fn submit(self: &Rc<Self>, number: usize) {
        let Some(submission) = self.submission_of(number) else {
            return;
        };
        let stream = stream_of(number);
        let ports = self.worker_ports(stream);
        let request = self.admission_request(number, submission, &ports);
        let ticket = request.spec.ticket;
        self.people.borrow_mut().by_ticket.insert(ticket, number);
        self.tell(|| {
            let Submission { person, garment, .. } = submission;
            let behavior = submission.behavior;
            format!("person {person} wants garment {garment} (run {number}): {behavior:?}")
        });
        let world = Rc::clone(self);
        let body = SimBody { submission: number, length: request.spec.body_bytes };
        let answering = Answering { world: Rc::clone(self), number, is_over: false };
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
        let invocation = self.run_worker(Trip::WorkerSubmit, stream, work);
        let leaves_ms = match submission.behavior {
            Behavior::HangsUp(after_ms) => after_ms,
            _ => PATIENCE_MS,
        };
        self.leave_after(number, invocation, leaves_ms);
    }

    /// What a new request of a Worker works with.
    pub fn worker_ports(self: &Rc<Self>, stream: RandomStream) -> WorkerPorts {
        let off_ms = self.randomness.borrow_mut().between(stream, 0, 600);
        WorkerPorts { world: Rc::clone(self), skew_ms: i64::try_from(off_ms).unwrap_or(0) - 300 }
    }

    fn leave_after(&self, number: usize, invocation: Invocation, after_ms: u64) {
        let at_ms = self.now_ms() + after_ms;
        self.executor.act_at(at_ms, move |world| {
            world.with_submission(number, |submitted| submitted.has_left = true);
            let goes_on_ms =
                if world.guards.has(Guard::OutlivesCaller) { AFTER_CALLER_MS } else { 0 };
            let cut_at_ms = world.now_ms() + goes_on_ms;
            world.executor.act_at(cut_at_ms, move |world| {
                world.executor.cancel(Cancel::Invocation(invocation));
            });
        });
    }

    fn admission_request(
        &self,
        number: usize,
        submission: Submission,
        ports: &WorkerPorts,
    ) -> AdmissionRequest {
        use fitting_room::app::ports::Runtime as _;

        let mut random = [0; 11];
        let stream = stream_of(number);
        let drawn = self.randomness.borrow_mut().between(stream, 0, u64::MAX);
        random.iter_mut().zip(drawn.to_be_bytes()).for_each(|(to, from)| *to = from);
        let ticket = Ticket::mint(self.account_id, ports.now_ms(), random);
        let person = submission.person;
        // What is asked for: the same garment and manner is the same body.
        let payload = format!(
            "{}/{:?}/{}",
            submission.garment, submission.model.name, submission.wants_base64
        );
        let query = |name: String, kind| DedupQuery {
            name: DedupName(name),
            kind,
            fingerprint: Fingerprint(payload.clone()),
        };
        let mut dedup = Vec::new();
        match submission.key {
            Some(Key::Uuid(key)) => dedup.push(query(format!("uuid {key}"), DedupKind::Key)),
            Some(Key::Short(key)) => {
                dedup.push(query(format!("short {person} {key}"), DedupKind::Key));
            }
            None => {}
        }
        // Staff runs are joined by their own key alone.
        if !submission.is_staff {
            let likeness = format!("likeness {person} {payload}");
            dedup.push(query(likeness, DedupKind::Likeness));
        }
        let spec = RunSpec {
            ticket,
            visitor: Visitor(format!("visitor {person}")),
            is_staff: submission.is_staff,
            shop: "shop".to_owned(),
            model: submission.model.name.to_owned(),
            class: DurationClass(submission.model.name.to_owned()),
            credits: Credits(submission.model.credits),
            expected_ms: submission.model.expected_ms,
            body_bytes: if submission.behavior == Behavior::PoisonsLarge {
                LARGE_BODY_BYTES
            } else {
                BODY_BYTES
            },
            webhook_url: (submission.is_staff && self.plan.has_merchant)
                .then(|| STAFF_WEBHOOK_URL.to_owned()),
        };
        AdmissionRequest { spec, networks: Vec::new(), is_signed_in: false, dedup, consent: None }
    }

    /// The answer of `POST /v1/run`.
    fn answered(self: &Rc<Self>, number: usize, answer: Result<PredictionId, Problem>) {
        let Some((submission, has_left, tries)) = self.with_submission(number, |submitted| {
            (submitted.submission, submitted.has_left, submitted.tries)
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
            self.id_told(number, submission, &id);
        } else if may_help && tries < RETRIES_MAX {
            self.submit_again(number);
        }
    }

    fn submit_again(&self, number: usize) {
        self.with_submission(number, |submitted| submitted.tries += 1);
        let at_ms =
            self.now_ms() + self.randomness.borrow_mut().between(stream_of(number), 500, 4_000);
        self.executor.act_at(at_ms, move |world| world.submit(number));
    }

    fn id_told(self: &Rc<Self>, number: usize, submission: Submission, id: &PredictionId) {
        let Some(ticket) = self.signer.verify_id(id.as_str()) else {
            return self.fail(|| "an id was handed out that isn't signed".to_owned());
        };
        self.with_submission(number, |submitted| submitted.ticket = Some(ticket));
        self.tell(|| {
            format!("run {number} is answered: its id is that of {}", self.name_of(ticket))
        });
        let mut tally = self.tally.borrow_mut();
        tally.announced += 1;
        let is_joined = self.submission_of_run(ticket).is_none_or(|(own, _)| own != number);
        tally.joined += u64::from(is_joined);
        drop(tally);
        self.announced(ticket);
        let stream = stream_of(number);
        if let Behavior::Deletes(after_ms) = submission.behavior {
            let at_ms = self.now_ms() + after_ms;
            self.executor.act_at(at_ms, move |world| world.delete(stream, ticket));
        }
        for after_ms in LOOKS_MS {
            let at_ms = self.now_ms() + after_ms;
            self.executor.act_at(at_ms, move |world| world.look(stream, ticket));
        }
    }

    // ---- other requests ----

    fn look(self: &Rc<Self>, stream: RandomStream, ticket: Ticket) {
        let ports = self.worker_ports(stream);
        let was_deleted = self.is_deleted(ticket);
        let work = Box::pin(async move {
            let world = Rc::clone(&ports.world);
            let renderer = StatusRenderer {
                id: &world.signer.id(&ticket),
                origin: &world.origin,
                addresses: OutputAddresses::Own,
                data_urls: false,
            };
            let query = StatusQuery {
                wait_seconds: None,
                stream: false,
                seen: None,
                last_event: String::new(),
            };
            let is_shown = match status::show(&ports, &renderer, &ticket, &query).await {
                Ok(reply) => {
                    world.estimates.borrow_mut().told(ticket, &reply, world.now_ms());
                    true
                }
                Err(Problem::NotFound) => false,
                Err(_) => return,
            };
            world.looked_up(ticket, was_deleted, is_shown);
        });
        self.run_worker(Trip::WorkerLook, stream, work);
    }

    fn delete(self: &Rc<Self>, stream: RandomStream, ticket: Ticket) {
        let ports = self.worker_ports(stream);
        self.delete_asked(ticket);
        let work = Box::pin(async move {
            match status::delete(&ports, &ticket).await {
                Ok(()) | Err(Problem::NotFound) => ports.world.deleted(ticket),
                Err(_) => {}
            }
        });
        self.run_worker(Trip::WorkerDelete, stream, work);
    }

    /// The cron trigger.
    pub fn touch(self: &Rc<Self>) {
        let world = Rc::clone(self);
        let work = Box::pin(async move {
            // A touch that is lost is made good by the next day's.
            drop(world.ask(Request::Touch).await);
        });
        self.run_worker(Trip::WorkerTouch, RandomStream(0), work);
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
        let again = self.world.with_submission(self.number, |submitted| {
            !submitted.has_left && submitted.tries < RETRIES_MAX
        });
        if again == Some(true) {
            self.world.submit_again(self.number);
        }
    }
}
