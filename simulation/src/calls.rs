//! FASHN's side of each call, and those who call a webhook's address in its place.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::prediction::Status;
use fitting_room::auth::ids::Ticket;
use fitting_room::dispatcher::{self, RefusalKind, Sent};
use fitting_room::prediction::{Ending, News, Report, UpstreamId};

use crate::fashn_api::response::{Ended, number_of, upstream_id};
use crate::fault::Fault;
use crate::post::{Call, Caller, Message, Sender, Teller, Then};
use crate::prediction_object::completed;
use crate::world::{ON_ITS_WAY_MOST_MS, World};

/// How long a call to FASHN may take.
const CALL_MOST_MS: u64 = 30_000;
/// When FASHN comes again with a webhook that had no 2xx: 5 times in about 5 minutes.
const WEBHOOK_TIMES_MS: [u64; 6] = [0, 10_000, 20_000, 40_000, 80_000, 150_000];
/// Ids that FASHN doesn't have begin here.
const NO_RUN: u32 = 1_000_000;

impl World<'_> {
    /// FASHN takes a run, or not; its answer may be lost.
    pub fn run_arrives(&mut self, ticket: Ticket, attempt: u32, sender: Sender) {
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
                let refused = Sent::Refused {
                    kind,
                    retry_after_ms,
                };
                return self.after(80, answer(Err(refused)));
            }
        }
        let written =
            self.predictions.contains_key(&ticket) || self.book.forgotten.contains(&ticket);
        self.book.check(written, || {
            format!("{ticket:?}: sent before it was written")
        });
        let sent = self.take_run(ticket);
        if sent.is_ok() && self.fault(Fault::TimeoutAfterAcceptance) {
            return self.after(CALL_MOST_MS, answer(Err(Sent::Unknown)));
        }
        // The answer of a quick run may be slower than its webhook.
        let slow_ms = if self.rng.u32(..10) == 0 {
            self.rng.u64(500..9_000)
        } else {
            60
        };
        self.after(slow_ms, answer(sent));
    }

    fn take_run(&mut self, ticket: Ticket) -> Result<u32, Sent> {
        let price = self.prices.get(&ticket).copied().unwrap_or(1);
        let token = self.signer.as_ref().map_or_else(String::new, |signer| {
            signer.webhook_token(&ticket).reveal().to_owned()
        });
        let answer = self.upstream.run(
            (ticket, price, token),
            self.clock.now_ms,
            self.clock.steady_since_ms(),
            &self.book.given_up,
        );
        let run = answer.map_err(|refused| {
            let kind = refused.kind;
            self.book.check(!refused.passed, || {
                format!("FASHN's limit was passed: {kind:?}")
            });
            Sent::Refused {
                kind,
                retry_after_ms: None,
            }
        })?;
        self.book.tally.sent += 1;
        let times = self.upstream.accepted.get(&ticket).map_or(0, |of| of.0);
        self.book.check(times <= 1, || {
            format!("{ticket:?}: accepted {times} times, so paid twice")
        });
        if let Some(wish) = self.wishes.get(&ticket) {
            self.book.taken(ticket, wish.key);
        }
        let mut takes_ms = self.rng.u64(500..self.plan.run_most_ms.max(501));
        if self.fault(Fault::RunStuck) {
            takes_ms = self.rng.u64(200_000..900_000);
        }
        let ended = if self.rng.u32(..8) == 0 {
            Ended::Failed
        } else {
            Ended::Completed
        };
        self.after(takes_ms, Message::Finish(run, ended));
        self.forge(run);
        Ok(run)
    }

    /// FASHN calls the webhook, and again until it is thanked.
    pub fn webhook(&mut self, run: u32, time: u32) {
        if self.upstream.runs.get(&run).is_none_or(|run| run.thanked) {
            return;
        }
        if let Some(wait_ms) = WEBHOOK_TIMES_MS.get(time as usize + 1) {
            let time = time + 1;
            self.after(*wait_ms, Message::Webhook { run, time });
        }
        if self.fault(Fault::WebhookLost) {
            return;
        }
        if self.fault(Fault::WebhookTwice) {
            // Or more often, and all at once.
            for later_ms in 10..14 {
                self.call(later_ms, run, upstream_id(run), Caller::Fashn);
            }
        }
        if self.fault(Fault::WebhookForgedId) {
            self.call(1, run, upstream_id(NO_RUN + run), Caller::Fashn);
        }
        let late_ms = if self.fault(Fault::WebhookLate) {
            self.rng.u64(1_000..900_000)
        } else {
            10
        };
        self.call(late_ms, run, upstream_id(run), Caller::Fashn);
    }

    fn call(&mut self, after_ms: u64, run: u32, claim: UpstreamId, made_by: Caller) {
        let Some(known) = self.upstream.runs.get(&run) else {
            return;
        };
        let (ticket, mut token) = (known.ticket, known.token.clone());
        if made_by == Caller::Forger {
            token = self.forged_token(ticket, token);
        }
        let call = Call {
            ticket,
            token,
            claim,
            run,
            made_by,
        };
        self.after(after_ms, Message::WebhookArrives(Box::new(call)));
    }

    /// What someone without the secret can make of what they may know: the id that the shopper holds, a token that
    /// another gateway minted, one letter changed in the right one.
    fn forged_token(&mut self, ticket: Ticket, mut token: String) -> String {
        match (self.rng.u32(..3), &self.signer, &self.forger) {
            (0, Some(signer), _) => signer.id(&ticket).as_str().to_owned(),
            (1, _, Some(forger)) => forger.webhook_token(&ticket).reveal().to_owned(),
            _ => {
                // Behind the ticket, so that it names the same Prediction. The last letter has unused bits.
                let at = self.rng.usize(22..token.len().max(24) - 1);
                let letter = if token.get(at..=at) == Some("A") {
                    "B"
                } else {
                    "A"
                };
                if token.is_char_boundary(at) && at < token.len() {
                    token.replace_range(at..=at, letter);
                }
                token
            }
        }
    }

    /// FASHN took a run: others than FASHN may call its webhook's address.
    fn forge(&mut self, run: u32) {
        if self.fault(Fault::WebhookForgedStatus) {
            self.call(400, run, upstream_id(run), Caller::Liar);
        }
        if self.fault(Fault::WebhookForgedToken) {
            let after_ms = self.rng.u64(1..2_000);
            self.call(after_ms, run, upstream_id(run), Caller::Forger);
        }
        if self.fault(Fault::WebhookForgedId) {
            self.call(1, run, upstream_id(NO_RUN + run), Caller::Fashn);
        }
        if run > 1 && self.fault(Fault::WebhookForeignId) {
            let other = self.rng.u32(1..run);
            self.call(400, run, upstream_id(other), Caller::Foreigner);
        }
    }

    /// FASHN is asked for a status.
    pub fn status_arrives(&mut self, ticket: Ticket, upstream: UpstreamId, teller: Teller) {
        // What had its permit before the clock jumped may arrive after it.
        let steady_since_ms = self.clock.steady_since_ms() + ON_ITS_WAY_MOST_MS;
        let called = self.upstream.status(self.clock.now_ms, steady_since_ms);
        self.book
            .check(!called.passed, || "too many statuses".into());
        if !called.within || self.fault(Fault::StatusRefused) {
            self.book.unheard(ticket);
            let event = dispatcher::Event::StatusRefused {
                retry_after_ms: None,
            };
            return self.say(ticket, event, Then::Nothing);
        }
        let asked = number_of(&upstream);
        let Some((run, known)) = asked.and_then(|run| self.upstream.runs.get_key_value(&run))
        else {
            return;
        };
        let news = match known.ended {
            None => News::Live(Status::Processing),
            Some((Ended::Completed, _)) => News::Over(completed(*run, Some(known.credits))),
            Some((Ended::Failed, _)) => News::Over(Ending::Failed(RuntimeError {
                name: RuntimeErrorName::PipelineError,
                message: String::new(),
            })),
        };
        self.soon(Message::Told(ticket, Report { upstream, news }, teller));
    }
}
