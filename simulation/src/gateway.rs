//! The steps of the Worker and of the two objects, as `docs/dispatcher.md` numbers them, and FASHN's side of
//! each call.

use std::collections::BTreeSet;

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use fitting_room::dispatcher::{
    self, Admission, Answer, Application, Dispatcher, Effect, Lane, Phase, RefusalKind, Row,
    RowChange, RowKey, Run, Sent, StatusPermit, Verdict,
};
use fitting_room::output::StoredOutput;
use fitting_room::prediction::{
    Decision, Ending, Event, News, Record, Report, State, StoredBody, UpstreamId,
};
use fitting_room::ticket::Ticket;

use crate::plan::Fault;
use crate::upstream::Ended;
use crate::world::{Message, Object, Sender, Teller, Then, World};

const DEADLINE_SECONDS: u64 = 600;
/// A run is given up this long after FASHN took it at the earliest: its deadline counts from its record.
const GIVEN_UP_AFTER_MS: u64 = DEADLINE_SECONDS * 1_000 - 2_000;
const RESULT_TTL_SECONDS: u64 = 600;
/// How long a call to FASHN may take.
const CALL_MOST_MS: u64 = 30_000;
/// When FASHN comes again with a webhook that had no 2xx: 5 times in about 5 minutes.
const WEBHOOK_TIMES_MS: [u64; 6] = [0, 10_000, 20_000, 40_000, 80_000, 150_000];
/// A body of a few pieces.
const BODY_BYTES: usize = 3 << 20;

impl World<'_> {
    pub fn take(&mut self, message: Message) {
        match message {
            Message::Press(visitor) => self.press(visitor),
            Message::Dispatcher(event, then) => self.dispatch(event, then),
            Message::Prediction(ticket, event, teller) => self.tell(ticket, event, teller),
            Message::Create(ticket, record, send) => self.create(ticket, *record, send),
            Message::RunArrives(ticket, attempt, sender) => {
                self.run_arrives(ticket, attempt, sender);
            }
            Message::RunAnswered(ticket, attempt, sender, sent) => {
                self.run_answered(ticket, attempt, sender, sent);
            }
            Message::Finish(run, ending) => {
                self.upstream.finish(run, ending);
                self.after(5, Message::Webhook { run, time: 0 });
            }
            Message::Webhook { run, time } => self.webhook(run, time),
            Message::WebhookArrives {
                ticket,
                claim,
                run,
                lies,
            } => {
                if lies && !self.guards.webhook_is_a_hint {
                    let report = Report {
                        upstream: claim,
                        news: News::Over(completed(None)),
                    };
                    self.soon(Message::Prediction(
                        ticket,
                        Event::Told(report),
                        Teller::Webhook(run),
                    ));
                    return;
                }
                self.soon(Message::Prediction(
                    ticket,
                    Event::Hinted(claim),
                    Teller::Webhook(run),
                ));
            }
            Message::StatusArrives(ticket, upstream, teller) => {
                self.status_arrives(ticket, upstream, teller);
            }
            Message::Told(ticket, report, teller) => self.tell(ticket, Event::Told(report), teller),
            Message::DispatcherAlarm(at_ms) => {
                if self.dispatcher_alarm_ms == Some(at_ms) {
                    if self.clock_ms() < at_ms {
                        self.at_clock(at_ms, Message::DispatcherAlarm(at_ms));
                    } else {
                        self.dispatch(dispatcher::Event::Alarm, Then::Nothing);
                    }
                }
            }
            Message::PredictionAlarm(ticket, at_ms) => {
                if self
                    .predictions
                    .get(&ticket)
                    .is_some_and(|object| object.alarm_ms == Some(at_ms))
                {
                    if self.clock_ms() < at_ms {
                        self.at_clock(at_ms, Message::PredictionAlarm(ticket, at_ms));
                    } else {
                        self.tell(ticket, Event::Alarm, Teller::Alarm(at_ms));
                    }
                }
            }
            Message::BalanceArrives(mark) => {
                let total = self.upstream.balance;
                self.soon(Message::Dispatcher(
                    dispatcher::Event::BalanceTold { total, mark },
                    Then::Nothing,
                ));
            }
            Message::Refill => self.upstream.balance += 1_000,
            Message::Forget(ticket) => {
                self.book.forgotten.insert(ticket);
                self.book.tally.forgotten += 1;
                self.tell(ticket, Event::Forget, Teller::Shopper);
            }
        }
    }

    /// The Worker: (1) mints a ticket, (2) asks the Dispatcher.
    fn press(&mut self, visitor: u32) {
        let mut random = [0; 12];
        self.rng.fill(&mut random);
        let ticket = Ticket::mint(self.clock_ms(), random);
        let price = self.rng.u32(1..4);
        self.visitors.insert(ticket, visitor);
        self.prices.insert(ticket, price);
        let application = Application {
            ticket,
            visitor: self.visitor(visitor),
            unlimited: false,
            lane: Lane(format!("model-{price}")),
            credits: Credits(price),
            expected_ms: 10_000,
            repeats: Vec::new(),
            gone: None,
        };
        let event = dispatcher::Event::Admit(application);
        if self.fault(Fault::MessageTwice) {
            self.soon(Message::Dispatcher(event.clone(), Then::Nothing));
        }
        self.soon(Message::Dispatcher(event, Then::Admitted(ticket)));
    }

    /// The Dispatcher object: (1) restores its memory if it has none, (2) steps, (3) stores rows and alarm in
    /// one transaction, (4) answers, (5) performs the effects. It may crash before (3) and before (4).
    fn dispatch(&mut self, event: dispatcher::Event, then: Then) {
        if self.fault(Fault::DispatcherEvicted) {
            self.dispatcher = None;
            self.skew_ms = self.rng.i64(-400..400);
        }
        // (1)
        let now_ms = self.clock_ms();
        let limits = self.limits.clone();
        let mut dispatcher = self
            .dispatcher
            .take()
            .unwrap_or_else(|| Dispatcher::restore(limits, self.rows.values().cloned()));
        let is_alarm = event == dispatcher::Event::Alarm;
        let ended = match event {
            dispatcher::Event::Ended { ticket, .. } => Some(ticket),
            _ => None,
        };
        // (2)
        let step = dispatcher.step(event, now_ms);
        if self.fault(Fault::DispatcherCrashBeforeWrite) {
            if is_alarm && let Some(at_ms) = self.dispatcher_alarm_ms {
                self.after(2_000, Message::DispatcherAlarm(at_ms));
            }
            return;
        }
        // (3)
        self.note_who_was_let_in(&dispatcher, &step.effects);
        let unsettled = ended.and_then(|ticket| self.rows.get(&RowKey::Run(ticket)).cloned());
        self.book
            .stepped(&dispatcher, &step.rows, &self.plan.limits);
        for change in &step.rows {
            match change {
                RowChange::Put(row) => self.rows.insert(row.key(), row.clone()),
                RowChange::Delete(key) => self.rows.remove(key),
            };
        }
        if self.dispatcher_alarm_ms != step.alarm_ms || is_alarm {
            self.dispatcher_alarm_ms = step.alarm_ms;
            if let Some(at_ms) = step.alarm_ms {
                self.at_clock(at_ms, Message::DispatcherAlarm(at_ms));
            }
        }
        self.dispatcher = Some(dispatcher);
        if !self.guards.idempotent_settle
            && let Some(Row::Run(ticket, run)) = unsettled
        {
            self.unsettle(ticket, run);
        }
        if self.fault(Fault::DispatcherCrashAfterWrite) {
            self.dispatcher = None;
            return;
        }
        // (4)
        self.answered(step.answer, then);
        // (5)
        for effect in step.effects {
            match effect {
                Effect::Permit { ticket, attempt } => {
                    let event = Event::Permitted(attempt);
                    self.soon(Message::Prediction(ticket, event, Teller::Dispatcher));
                }
                Effect::AskBalance => {
                    self.soon(Message::Dispatcher(
                        dispatcher::Event::BalanceWanted,
                        Then::AskBalance,
                    ));
                }
            }
        }
    }

    /// Without the guard, that a run was settled is not remembered: its credits are given back once more when
    /// its end is told again.
    fn unsettle(&mut self, ticket: Ticket, mut run: Run) {
        let settled = matches!(
            self.rows.get(&RowKey::Run(ticket)),
            Some(Row::Run(_, now)) if matches!(now.phase, Phase::Settled { .. })
        );
        if !run.holds_credits() || !settled {
            return;
        }
        run.phase = Phase::Adrift {
            until_ms: self.clock_ms() + self.limits.adrift_ms,
        };
        if let Some(Row::Gate(gate)) = self.rows.get_mut(&RowKey::Gate) {
            gate.reserved += u64::from(run.reserved.0);
        }
        self.rows.insert(RowKey::Run(ticket), Row::Run(ticket, run));
        self.dispatcher = None;
    }

    fn note_who_was_let_in(&mut self, dispatcher: &Dispatcher, effects: &[Effect]) {
        for effect in effects {
            let Effect::Permit { ticket, attempt } = effect else {
                continue;
            };
            let Some((_, run)) = dispatcher.runs().find(|(known, _)| *known == ticket) else {
                continue;
            };
            if !matches!(run.phase, Phase::Permitted { told: 1, .. }) || run.turn.is_none() {
                continue;
            }
            // Who came with this event wasn't passed by those that it let in first.
            let waited = |ticket: &Ticket| {
                matches!(
                    self.rows.get(&RowKey::Run(*ticket)),
                    Some(Row::Run(_, run)) if run.phase == Phase::Queued
                )
            };
            // By who they are, whatever the Dispatcher was told.
            let who = |ticket: &Ticket| {
                let number = self.visitors.get(ticket).copied().unwrap_or_default();
                dispatcher::Visitor(format!("v{number}"))
            };
            let waiting: BTreeSet<_> = dispatcher
                .runs()
                .filter(|(ticket, run)| run.phase == Phase::Queued && waited(ticket))
                .map(|(ticket, _)| who(ticket))
                .collect();
            let visitor = who(ticket);
            self.book.let_in(&visitor, *attempt == 1, &waiting);
        }
    }

    fn answered(&mut self, answer: Answer, then: Then) {
        match (then, answer) {
            (Then::Admitted(ticket), Answer::Admission(admission)) => {
                self.admitted(ticket, &admission);
            }
            (Then::Verdict(ticket, attempt, sender), Answer::Verdict(verdict)) => {
                self.judged(ticket, attempt, sender, verdict);
            }
            (Then::Status(ticket, upstream, teller), Answer::Status(StatusPermit::Now)) => {
                self.soon(Message::StatusArrives(ticket, upstream, teller));
            }
            (Then::Reported(ticket, outcome), _) => {
                self.soon(Message::Prediction(
                    ticket,
                    Event::Reported(outcome),
                    Teller::Sender,
                ));
            }
            (Then::AskBalance, Answer::BalanceMark(mark)) => {
                self.soon(Message::BalanceArrives(mark));
            }
            // No permit for a status now: FASHN's webhook comes again, and so does the alarm.
            _ => {}
        }
    }

    /// The Worker: (3) writes the Prediction, to be sent now or to wait, or refuses.
    fn admitted(&mut self, ticket: Ticket, admission: &Admission) {
        if self.fault(Fault::WorkerCrash) {
            return;
        }
        let now_ms = self.clock_ms();
        let Some(id) = self.signer.as_ref().map(|signer| signer.id(&ticket)) else {
            return;
        };
        let record = Record::new(id, now_ms, 15, DEADLINE_SECONDS, RESULT_TTL_SECONDS);
        match admission {
            Admission::Go(attempt) => {
                let attempt = *attempt;
                let record = Box::new(record.dispatched(attempt, now_ms));
                if !self.guards.pre_write {
                    self.soon(Message::RunArrives(ticket, attempt, Sender::Worker));
                    self.after(400, Message::Create(ticket, record, None));
                    return;
                }
                self.soon(Message::Create(ticket, record, Some(attempt)));
            }
            Admission::Queued(place) => {
                self.book.tally.queued += 1;
                let record = record.queued(StoredBody::of(BODY_BYTES), place.give_up_ms, now_ms);
                self.soon(Message::Create(ticket, Box::new(record), None));
            }
            Admission::Over
            | Admission::Repeats { .. }
            | Admission::KeyInUse
            | Admission::KeyReused => {}
            Admission::Refused(_) => self.book.tally.refused += 1,
        }
    }

    /// The Prediction object stores a new record, once; the Worker (4) sends it or hands its id out.
    fn create(&mut self, ticket: Ticket, record: Record, send: Option<u32>) {
        if self.fault(Fault::PredictionCrashBeforeWrite) || self.predictions.contains_key(&ticket) {
            return;
        }
        let queued = record.state == State::Queued;
        self.save(ticket, record);
        if self.fault(Fault::PredictionCrashAfterWrite) || self.fault(Fault::WorkerCrash) {
            return;
        }
        if let Some(attempt) = send {
            self.soon(Message::RunArrives(ticket, attempt, Sender::Worker));
        } else if queued {
            self.hand_out(ticket);
        }
    }

    fn hand_out(&mut self, ticket: Ticket) {
        self.book.hand_out(ticket);
        if self.fault(Fault::Forget) {
            let delay_ms = self.rng.u64(10..40_000);
            self.after(delay_ms, Message::Forget(ticket));
        }
    }

    /// The Prediction object: (1) loads, (2) steps, (3) saves record, body and alarm in one transaction,
    /// (4) does what the decision says, (5) tells the Dispatcher what it is owed.
    fn tell(&mut self, ticket: Ticket, event: Event, teller: Teller) {
        // (1)
        let now_ms = self.clock_ms();
        let Some(object) = self.predictions.get(&ticket) else {
            if teller == Teller::Dispatcher {
                self.soon(Message::Dispatcher(
                    dispatcher::Event::Absent(ticket),
                    Then::Nothing,
                ));
            }
            return;
        };
        let mut record = object.record.clone();
        if !self.guards.terminal_is_final
            && let (State::Ended { .. }, Event::Hinted(upstream)) = (&record.state, &event)
        {
            record.state = State::Sending;
            record.deadline_ms = now_ms + 60_000;
            let _ = record.step(Event::Hinted(upstream.clone()), now_ms);
        }
        // (2)
        let told = matches!(event, Event::Told(_));
        let forgets = event == Event::Forget;
        let early = matches!((&record.state, &event), (State::Sending, Event::Hinted(_)));
        let decision = record.step(event, now_ms);
        if self.fault(Fault::PredictionCrashBeforeWrite) {
            if let Teller::Alarm(at_ms) = teller {
                self.after(2_000, Message::PredictionAlarm(ticket, at_ms));
            }
            return;
        }
        if early && matches!(decision, Decision::Ask(_)) {
            self.book.tally.reordered += 1;
        }
        // (3)
        let owed = record.report();
        match &decision {
            Decision::Save | Decision::Ask(_) | Decision::Send(..) => self.save(ticket, record),
            Decision::Wipe => {
                self.book.wipe(ticket, &record, now_ms);
                self.predictions.remove(&ticket);
            }
            Decision::Keep if matches!(teller, Teller::Alarm(_)) => self.save(ticket, record),
            Decision::Keep | Decision::Disown => {}
        }
        if self.fault(Fault::PredictionCrashAfterWrite) {
            return;
        }
        // (4)
        match decision.clone() {
            Decision::Ask(upstream) => {
                let then = Then::Status(ticket, upstream, teller);
                self.soon(Message::Dispatcher(dispatcher::Event::StatusWanted, then));
            }
            Decision::Send(_, attempt) => {
                self.soon(Message::RunArrives(ticket, attempt, Sender::Object));
            }
            Decision::Wipe if forgets => {
                self.soon(Message::Dispatcher(
                    dispatcher::Event::Forgotten(ticket),
                    Then::Nothing,
                ));
            }
            Decision::Keep | Decision::Save | Decision::Disown | Decision::Wipe => {}
        }
        if teller == Teller::HandsOut {
            self.hand_out(ticket);
        }
        if let Teller::Webhook(run) = teller
            && (told || matches!(decision, Decision::Keep))
            && let Some(run) = self.upstream.runs.get_mut(&run)
        {
            run.thanked = true;
        }
        // (5)
        if let (Some(outcome), Decision::Save) = (owed, &decision) {
            let event = dispatcher::Event::Ended { ticket, outcome };
            if self.fault(Fault::MessageTwice) {
                self.soon(Message::Dispatcher(event.clone(), Then::Nothing));
            }
            self.soon(Message::Dispatcher(event, Then::Reported(ticket, outcome)));
        }
    }

    fn save(&mut self, ticket: Ticket, record: Record) {
        let now_ms = self.clock_ms();
        let pieces = match record.body() {
            Some(body) => body.pieces,
            None if self.guards.body_wiped => 0,
            None => self
                .predictions
                .get(&ticket)
                .map_or(0, |object| object.pieces),
        };
        self.book
            .saved(ticket, &record, pieces, &self.upstream, now_ms);
        let alarm_ms = record.alarm_ms();
        self.predictions.insert(
            ticket,
            Object {
                record,
                pieces,
                alarm_ms: Some(alarm_ms),
            },
        );
        self.at_clock(alarm_ms, Message::PredictionAlarm(ticket, alarm_ms));
    }

    /// FASHN takes a run, or not; its answer may be lost.
    fn run_arrives(&mut self, ticket: Ticket, attempt: u32, sender: Sender) {
        let answer = |sent| Message::RunAnswered(ticket, attempt, sender, sent);
        if self.fault(Fault::TimeoutBeforeAcceptance) {
            return self.after(CALL_MOST_MS, answer(Err(Sent::Unknown)));
        }
        let refusals = [
            (Fault::RateLimit, RefusalKind::RateLimit),
            (Fault::Concurrency, RefusalKind::Concurrency),
            (Fault::OutOfCredits, RefusalKind::OutOfCredits),
            (Fault::ServerError, RefusalKind::ServerError),
        ];
        for (fault, kind) in refusals {
            if self.fault(fault) {
                let retry_after_ms = self.rng.bool().then_some(5_000);
                return self.after(
                    80,
                    answer(Err(Sent::Refused {
                        kind,
                        retry_after_ms,
                    })),
                );
            }
        }
        let written =
            self.predictions.contains_key(&ticket) || self.book.forgotten.contains(&ticket);
        self.book.check(written, || {
            format!("{ticket:?}: sent before it was written")
        });
        let price = self.prices.get(&ticket).copied().unwrap_or(1);
        let now_ms = self.now_ms;
        let sent = self.upstream.run(ticket, price, now_ms).map_err(|kind| {
            let stuck = self
                .upstream
                .runs
                .values()
                .any(|run| run.ending.is_none() && run.since_ms + GIVEN_UP_AFTER_MS <= now_ms);
            let excused = now_ms < self.excused_until_ms || kind == RefusalKind::OutOfCredits;
            let excused =
                excused || kind == RefusalKind::Concurrency && (stuck || self.book.jumped_ms > 0);
            self.book
                .check(excused, || format!("FASHN's limit was passed: {kind:?}"));
            Sent::Refused {
                kind,
                retry_after_ms: None,
            }
        });
        if let Ok(run) = sent {
            let times = self
                .upstream
                .accepted
                .get(&ticket)
                .copied()
                .unwrap_or_default();
            self.book.check(times <= 1, || {
                format!("{ticket:?}: accepted {times} times, so paid twice")
            });
            let mut takes_ms = self.rng.u64(500..self.plan.run_most_ms);
            if self.fault(Fault::RunStuck) {
                takes_ms = self.rng.u64(200_000..900_000);
            }
            let ending = if self.rng.u32(..8) == 0 {
                Ended::Failed
            } else {
                Ended::Completed
            };
            self.after(takes_ms, Message::Finish(run, ending));
            self.forge(ticket, run);
            if self.fault(Fault::TimeoutAfterAcceptance) {
                return self.after(CALL_MOST_MS, answer(Err(Sent::Unknown)));
            }
        }
        // The answer of a quick run may be slower than its webhook.
        let slow_ms = if self.rng.u32(..10) == 0 {
            self.rng.u64(500..9_000)
        } else {
            60
        };
        self.after(slow_ms, answer(sent));
    }

    /// Whoever sent a run: (1) tells the Prediction, (2) tells the Dispatcher.
    fn run_answered(
        &mut self,
        ticket: Ticket,
        attempt: u32,
        sender: Sender,
        sent: Result<u32, Sent>,
    ) {
        let crash = match sender {
            Sender::Worker => Fault::WorkerCrash,
            Sender::Object => Fault::PredictionCrashAfterWrite,
        };
        if self.fault(crash) {
            return;
        }
        let teller = match sender {
            Sender::Worker => Teller::HandsOut,
            Sender::Object => Teller::Sender,
        };
        let (event, sent) = match sent {
            Ok(run) => (Some(Event::Accepted(upstream_id(run))), Sent::Accepted),
            Err(Sent::Unknown) => (Some(Event::Unanswered(attempt)), Sent::Unknown),
            Err(sent) => (None, sent),
        };
        let sent = if sent == Sent::Unknown && !self.guards.no_resend_of_unknown {
            Sent::Refused {
                kind: RefusalKind::ServerError,
                retry_after_ms: None,
            }
        } else {
            sent
        };
        // (1)
        if let Some(event) = event {
            self.soon(Message::Prediction(ticket, event, teller));
        }
        // (2)
        let then = match sent {
            Sent::Refused { .. } => Then::Verdict(ticket, attempt, sender),
            Sent::Accepted | Sent::Unknown => Then::Nothing,
        };
        let event = dispatcher::Event::Sent {
            ticket,
            attempt,
            sent,
        };
        if self.fault(Fault::MessageTwice) {
            self.soon(Message::Dispatcher(event.clone(), then.clone()));
        }
        self.soon(Message::Dispatcher(event, then));
    }

    /// Whoever sent a run that FASHN refused does as the Dispatcher says.
    fn judged(&mut self, ticket: Ticket, attempt: u32, sender: Sender, verdict: Verdict) {
        let event = match (verdict, sender) {
            (Verdict::Again(place), _) => Event::Requeued {
                attempt,
                body: (sender == Sender::Worker).then(|| StoredBody::of(BODY_BYTES)),
                give_up_ms: place.give_up_ms,
            },
            (Verdict::GiveUp { .. }, Sender::Worker) => Event::Refused,
            (Verdict::GiveUp { .. }, Sender::Object) => Event::Rejected {
                attempt,
                error: RuntimeError {
                    name: RuntimeErrorName::UnavailableError,
                    message: String::new(),
                },
            },
            (Verdict::OutOfDate, _) => return,
        };
        let teller = match (verdict, sender) {
            (Verdict::Again(_), Sender::Worker) => Teller::HandsOut,
            _ => Teller::Sender,
        };
        self.soon(Message::Prediction(ticket, event, teller));
    }

    /// FASHN calls the webhook, and again until it is thanked.
    fn webhook(&mut self, run: u32, time: u32) {
        let Some(upstream) = self.upstream.runs.get(&run) else {
            return;
        };
        if upstream.thanked {
            return;
        }
        let ticket = upstream.ticket;
        let arrives = |claim, lies| Message::WebhookArrives {
            ticket,
            claim,
            run,
            lies,
        };
        if let Some(wait_ms) = WEBHOOK_TIMES_MS.get(time as usize + 1) {
            self.after(
                *wait_ms,
                Message::Webhook {
                    run,
                    time: time + 1,
                },
            );
        }
        if self.fault(Fault::WebhookLost) {
            return;
        }
        if self.fault(Fault::WebhookTwice) {
            // Or more often, and all at once.
            for later_ms in 10..14 {
                self.after(later_ms, arrives(upstream_id(run), false));
            }
        }
        if self.fault(Fault::WebhookForgedId) {
            self.after(1, arrives(upstream_id(run + 10_000), false));
        }
        let late_ms = if self.fault(Fault::WebhookLate) {
            self.rng.u64(1_000..900_000)
        } else {
            10
        };
        self.after(late_ms, arrives(upstream_id(run), false));
    }

    /// FASHN is asked for a status.
    fn status_arrives(&mut self, ticket: Ticket, upstream: UpstreamId, teller: Teller) {
        let now_ms = self.now_ms;
        let within = self.upstream.status(now_ms);
        let excused = now_ms < self.excused_until_ms;
        self.book
            .check(within || excused, || "more than 50 statuses in 10 s".into());
        if !within || self.fault(Fault::StatusRefused) {
            let event = dispatcher::Event::StatusRefused {
                retry_after_ms: None,
            };
            return self.soon(Message::Dispatcher(event, Then::Nothing));
        }
        let Some((run, known)) = self
            .upstream
            .runs
            .iter()
            .find(|(run, _)| upstream_id(**run) == upstream)
        else {
            return;
        };
        let _ = run;
        let news = match known.ending {
            None => News::Live(Status::Processing),
            Some(Ended::Completed) => News::Over(completed(Some(known.credits))),
            Some(Ended::Failed) => News::Over(Ending::Failed(RuntimeError {
                name: RuntimeErrorName::PipelineError,
                message: String::new(),
            })),
        };
        self.soon(Message::Told(ticket, Report { upstream, news }, teller));
    }

    /// Someone who knows the address claims that a run completed.
    pub fn forge(&mut self, ticket: Ticket, run: u32) {
        if self.fault(Fault::WebhookForgedStatus) {
            let claim = upstream_id(run);
            self.after(
                400,
                Message::WebhookArrives {
                    ticket,
                    claim,
                    run: 0,
                    lies: true,
                },
            );
        }
    }
}

fn completed(credits: Option<u32>) -> Ending {
    Ending::Completed {
        output: StoredOutput {
            as_images: false,
            items: Vec::new(),
        },
        credits_used: credits.map(Credits),
    }
}

fn upstream_id(run: u32) -> UpstreamId {
    // Made of a number, it is always an id.
    UpstreamId::parse(&format!("{run}-u1")).unwrap_or_else(|| unreachable!("a number is an id"))
}
