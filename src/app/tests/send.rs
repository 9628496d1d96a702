//! One send to FASHN, and its report.

use fashn::error::ApiErrorCode;
use fashn::response::{RefusalKind, RunAnswer};

use super::ports::{BODY, Ports};
use super::{broken, done, key, origin, overloaded, refusal, signer, ticket, upstream};
use crate::account::event::{SendOutcome, Sent, Verdict};
use crate::app::message::{Request, Response};
use crate::app::ports::NotSent;
use crate::app::send::Send;

fn with_send<T>(f: impl FnOnce(&Send<'_>) -> T) -> T {
    f(&Send { origin: &origin(), key: &key(), signer: &signer(), ticket: ticket(1), attempt: 3 })
}

#[test]
fn each_answer_of_fashn_is_a_report_and_a_problem_of_its_own() {
    let limited = refusal(429, ApiErrorCode::RateLimitExceeded, Some("7"));
    let unknown = RunAnswer::Unknown { timed_out: false, reason: "reset".to_owned() };
    for (answer, report, problem) in [
        (Ok(RunAnswer::Accepted(upstream())), SendOutcome::Accepted(upstream()), None),
        (
            Ok(RunAnswer::Refused(limited.clone())),
            SendOutcome::Refused {
                kind: RefusalKind::RateLimit,
                retry_after_ms: Some(7_000),
                error: limited.into(),
            },
            Some("FASHN answered 429 RateLimitExceeded"),
        ),
        (Ok(unknown), SendOutcome::Unknown, Some("the send's outcome is unknown: reset")),
        (Err(NotSent("no key".to_owned())), SendOutcome::NotSent, Some("internal: no key")),
    ] {
        let ports = Ports::new();
        ports.runs.will_answer([answer]);
        let outcome = with_send(|send| done(send.call(&ports, &BODY)));
        assert_eq!(outcome.report, report);
        assert_eq!(outcome.problem.map(|problem| problem.to_string()).as_deref(), problem);
    }
}

#[test]
fn the_webhooks_address_names_the_run_and_the_attempt() {
    let ports = Ports::new();
    ports.runs.will_answer([Ok(RunAnswer::Accepted(upstream()))]);
    with_send(|send| done(send.call(&ports, &BODY)));
    let asked = ports.runs.asked();
    let token = asked[0].strip_prefix("https://gateway.example/webhooks/fashn/").expect("ours");
    assert_eq!(signer().verify_webhook_token(token), Some((ticket(1), 3)));
}

#[test]
fn a_report_is_repeated_until_it_is_answered_three_times_at_most() {
    for (failures, answer) in
        [(0, Ok(Verdict::Noted)), (2, Ok(Verdict::Noted)), (3, Err(overloaded()))]
    {
        let ports = Ports::new();
        let failed = [Err(broken()), Err(broken()), Err(overloaded())];
        ports.accounts.will_answer(failed.into_iter().take(failures));
        ports.accounts.will_answer([Ok(Response::Verdict(Verdict::Noted))]);
        let reported = with_send(|send| done(send.report(&ports, SendOutcome::Unknown)));
        assert_eq!(reported, answer);
        assert_eq!(ports.slept_ms.take(), vec![500; failures.min(2)]);
        let sent = Sent { ticket: ticket(1), attempt: 3, outcome: SendOutcome::Unknown };
        assert!(ports.accounts.asked().iter().all(|one| *one == Request::Sent(sent.clone())));
    }
}

#[test]
fn a_report_that_is_answered_with_another_kind_is_not_repeated() {
    let ports = Ports::new();
    ports.accounts.will_answer([Ok(Response::Done)]);
    let reported = with_send(|send| done(send.report(&ports, SendOutcome::Unknown)));
    assert_eq!(reported.expect_err("fails").to_string(), "broken: an answer of another kind");
}
