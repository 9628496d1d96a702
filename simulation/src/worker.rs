//! The Worker's steps, and those of whoever sent a run, as `docs/dispatcher.md` numbers them.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use fitting_room::config::shops::KeyName;
use fitting_room::dispatcher::{
    self, Admission, Application, Fingerprint, Lane, RefusalKind, Reins, Repeat, RepeatKind,
    RepeatName, Sent, Verdict,
};
use fitting_room::prediction::{Event, News, Record, Report, State, StoredBody};
use fitting_room::request::fingerprint::{Earlier, judge_earlier};

use crate::book::RUN_MOST_SECONDS;
use crate::fashn_api::response::upstream_id;
use crate::fault::Fault;
use crate::post::{Call, Caller, Message, Sender, Teller, Then, Wish};
use crate::prediction_object::completed;
use crate::world::World;

const RESULT_TTL_SECONDS: u64 = 600;
const KEY_KEPT_MS: u64 = 24 * 3_600_000;
/// A body of a few pieces.
const BODY_BYTES: usize = 3 << 20;

impl World<'_> {
    /// (1) mints a ticket and asks the Dispatcher.
    pub fn press(&mut self, wish: Wish, seed: u64) {
        let others = std::mem::replace(&mut self.rng, Rng::with_seed(seed));
        let ticket = self.apply(wish);
        let own = std::mem::replace(&mut self.rng, others);
        self.rngs.insert(ticket, own);
    }

    fn apply(&mut self, wish: Wish) -> Ticket {
        let mut random = [0; 12];
        self.rng.fill(&mut random);
        let ticket = Ticket::mint(self.clock.gateway_ms(), random);
        let price = 1 + wish.garment % 3;
        self.wishes.insert(ticket, wish);
        self.prices.insert(ticket, price);
        if self.fault(Fault::PressedAgain) {
            let (after_ms, seed) = (self.rng.u64(..20_000), self.rng.u64(..));
            self.after(after_ms, Message::Press(wish, seed));
        }
        let application = Application {
            ticket,
            visitor: self.visitor(wish.visitor),
            lane: Lane(format!("model-{price}")),
            credits: Credits(price),
            expected_ms: 10_000,
            unlimited: false,
            repeats: repeats(wish),
            gone: None,
        };
        self.admit(application);
        ticket
    }

    fn admit(&mut self, application: Application) {
        let event = dispatcher::Event::Admit(application.clone());
        if self.fault(Fault::MessageTwice) {
            self.say(application.ticket, event.clone(), Then::Nothing);
        }
        let ticket = application.ticket;
        let then = Then::Admitted(Box::new(application));
        self.say(ticket, event, then);
    }

    /// (2), (3) writes the Prediction, to be sent now or to wait, or answers with an earlier one, or refuses.
    pub fn admitted(&mut self, mut application: Application, admission: &Admission) {
        if self.fault(Fault::WorkerCrashBeforeCreate) {
            return;
        }
        let ticket = application.ticket;
        if let Admission::Repeats {
            ticket: earlier,
            by,
            written,
        } = *admission
        {
            let now_ms = self.clock.gateway_ms();
            let record = self.predictions.get(&earlier).map(|object| &object.record);
            let judged = match judge_earlier(record, by, written, now_ms) {
                _ if written && by == RepeatKind::Key => Earlier::Answers,
                // It was looked for before.
                _ if application.gone.is_some() => Earlier::Answers,
                _ if !written && !self.guards.repeat_is_written => Earlier::Answers,
                judged => judged,
            };
            match judged {
                Earlier::Answers => {
                    self.book.tally.repeated += 1;
                    self.hand_out(earlier);
                }
                Earlier::UnderWay => {
                    let absent = dispatcher::Event::Absent(earlier);
                    self.say(earlier, absent, Then::Nothing);
                }
                Earlier::Gone => {
                    application.gone = Some(earlier);
                    self.admit(application);
                }
            }
            return;
        }
        let now_ms = self.clock.gateway_ms();
        let Some(id) = self.signer.as_ref().map(|signer| signer.id(&ticket)) else {
            return;
        };
        let deadline_seconds = if self.guards.deadline {
            RUN_MOST_SECONDS
        } else {
            48 * 3_600
        };
        let record = Record::new(
            id,
            KeyName::default(),
            now_ms,
            15,
            deadline_seconds,
            RESULT_TTL_SECONDS,
        );
        match admission {
            Admission::Go(attempt, reins) => {
                let (attempt, reins) = (*attempt, *reins);
                let record = Box::new(record.dispatched(attempt, reins, now_ms));
                if !self.guards.pre_write {
                    self.soon(Message::RunArrives(ticket, attempt, Sender::Worker(reins)));
                    self.after(400, Message::Create(ticket, record, None));
                    return;
                }
                self.soon(Message::Create(ticket, record, Some((attempt, reins))));
            }
            Admission::Queued(place) => {
                self.book.tally.queued += 1;
                let record = record.queued(StoredBody::of(BODY_BYTES), place.give_up_ms, now_ms);
                self.soon(Message::Create(ticket, Box::new(record), None));
            }
            Admission::Over
            | Admission::Repeats { .. }
            | Admission::KeyInUse { .. }
            | Admission::KeyReused => {}
            Admission::Refused(_) => self.book.tally.refused += 1,
        }
    }

    /// (4) sends what was created, or hands its id out.
    pub fn created(&mut self, ticket: Ticket, queued: bool, send: Option<(u32, Reins)>) {
        if self.fault(Fault::WorkerCrashBeforeSend) {
            return;
        }
        if let Some((attempt, reins)) = send {
            self.soon(Message::RunArrives(ticket, attempt, Sender::Worker(reins)));
        } else if queued {
            self.hand_out(ticket);
        }
    }

    pub fn hand_out(&mut self, ticket: Ticket) {
        self.book.hand_out(ticket);
        if self.fault(Fault::Forget) {
            let delay_ms = self.rng.u64(10..40_000);
            self.after(delay_ms, Message::Forget(ticket));
        }
    }

    pub fn forget(&mut self, ticket: Ticket) {
        self.book.forget(ticket);
        self.tell(ticket, Event::Forget, Teller::Shopper);
    }

    /// (4), (5) whoever sent a run tells the Dispatcher of the answer, if it wants to hear, then the Prediction; of a refusal the Prediction
    /// hears what the Dispatcher says.
    pub fn run_answered(
        &mut self,
        ticket: Ticket,
        attempt: u32,
        sender: Sender,
        sent: Result<u32, Sent>,
    ) {
        if self.fault(Fault::SenderCrashBeforeAnswer) {
            return;
        }
        let teller = match sender {
            Sender::Worker(_) => Teller::HandsOut,
            Sender::Object => Teller::Sender,
        };
        let (told, sent) = match sent {
            Ok(run) => (Some(Event::Accepted(upstream_id(run))), Sent::Accepted),
            Err(Sent::Unknown) if !self.guards.no_resend_of_unknown => {
                let sent = Sent::Refused {
                    kind: RefusalKind::ServerError,
                    retry_after_ms: None,
                };
                (Some(Event::Unanswered(attempt)), sent)
            }
            Err(Sent::Unknown) => (Some(Event::Unanswered(attempt)), Sent::Unknown),
            Err(sent) => (None, sent),
        };
        let then = match sent {
            Sent::Refused { .. } => Then::Verdict(ticket, attempt, sender),
            Sent::Accepted | Sent::Unknown => Then::Nothing,
        };
        let event = dispatcher::Event::Sent {
            ticket,
            attempt,
            sent,
        };
        let waits = sent == Sent::Accepted && sender == Sender::Worker(Reins::Loose);
        if !waits {
            if self.fault(Fault::MessageTwice) {
                self.say(ticket, event.clone(), then.clone());
            }
            self.say(ticket, event, then);
        }
        if let Some(told) = told {
            if !waits && self.fault(Fault::SenderCrashBetweenReports) {
                return;
            }
            self.soon(Message::Prediction(ticket, told, teller));
        }
    }

    /// (5) whoever sent a run that FASHN refused does as the Dispatcher says.
    pub fn judged(&mut self, ticket: Ticket, attempt: u32, sender: Sender, verdict: Verdict) {
        if self.fault(Fault::SenderCrashBeforeVerdict) {
            return;
        }
        let event = match (verdict, sender) {
            (Verdict::Again(place), _) => Event::Requeued {
                attempt,
                body: matches!(sender, Sender::Worker(_)).then(|| StoredBody::of(BODY_BYTES)),
                give_up_ms: place.give_up_ms,
            },
            (Verdict::GiveUp { shared: false }, Sender::Worker(_)) => Event::Refused,
            (Verdict::GiveUp { .. }, _) => Event::Rejected {
                attempt,
                error: RuntimeError {
                    name: RuntimeErrorName::UnavailableError,
                    message: String::new(),
                },
            },
            (Verdict::OutOfDate, _) => return,
        };
        let teller = match (verdict, sender) {
            (Verdict::Again(_), Sender::Worker(_)) => Teller::HandsOut,
            _ => Teller::Sender,
        };
        self.soon(Message::Prediction(ticket, event, teller));
    }

    /// A webhook's address is called: (1) the token is verified, without storage, (2) its Prediction hears the claim.
    pub fn webhook_arrives(&mut self, call: Call) {
        let ticket = if self.guards.webhook_token {
            let signer = self.signer.as_ref();
            signer.and_then(|signer| signer.verify_webhook_token(&call.token))
        } else {
            Some(call.ticket)
        };
        let Some(ticket) = ticket else {
            return;
        };
        self.book.check(call.made_by != Caller::Forger, || {
            format!("{ticket:?}: a token that wasn't minted here was taken")
        });
        let teller = Teller::Webhook(call.run);
        match call.made_by {
            Caller::Liar if !self.guards.webhook_is_a_hint => {
                let report = Report {
                    upstream: call.claim,
                    news: News::Over(completed(call.run, None)),
                };
                self.soon(Message::Prediction(ticket, Event::Told(report), teller));
            }
            // Before FASHN's own answer the token alone vouches for an id, so only then is this anybody's fault.
            Caller::Foreigner if !self.knows_its_id(ticket, call.run) => {}
            Caller::Foreigner => self.tell(ticket, Event::Hinted(call.claim), teller),
            Caller::Fashn | Caller::Liar | Caller::Forger => {
                self.soon(Message::Prediction(
                    ticket,
                    Event::Hinted(call.claim),
                    teller,
                ));
            }
        }
    }

    fn knows_its_id(&self, ticket: Ticket, run: u32) -> bool {
        self.predictions.get(&ticket).is_some_and(|object| {
            matches!(&object.record.state, State::Running { upstream, .. } if *upstream == upstream_id(run))
        })
    }
}

/// What an earlier run must share with a wish to be answered in its place.
fn repeats(wish: Wish) -> Vec<Repeat> {
    let Wish {
        visitor,
        garment,
        key,
    } = wish;
    let fingerprint = Fingerprint(garment.to_string());
    let by_key = Repeat {
        name: RepeatName(format!("key {key}")),
        kind: RepeatKind::Key,
        fingerprint: fingerprint.clone(),
        kept_ms: KEY_KEPT_MS,
    };
    let by_likeness = Repeat {
        name: RepeatName(format!("same {visitor} {garment}")),
        kind: RepeatKind::Same,
        fingerprint,
        kept_ms: RESULT_TTL_SECONDS * 1_000,
    };
    vec![by_key, by_likeness]
}
