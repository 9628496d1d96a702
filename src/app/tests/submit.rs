//! A submit, by what the account admits and what fails on the way.

use fashn::error::ApiErrorCode;
use fashn::response::RunAnswer;

use super::ports::{BODY, Ports};
use super::{
    NOON, admission_request, broken, done, key, origin, overloaded, refusal, signer, ticket,
    upstream,
};
use crate::account::admission::{Admission, Refusal, RefusalReason};
use crate::account::event::{SendOutcome, Verdict};
use crate::app::message::{Request, Response};
use crate::app::submit::Submit;
use crate::run::view::Standing;

const BODY_LIFE_MS: u64 = 100_000;

/// The id that is answered, or the private reason of the problem.
fn submit(ports: &Ports) -> Result<String, String> {
    let submit =
        Submit { origin: &origin(), key: &key(), signer: &signer(), body_life_ms: BODY_LIFE_MS };
    let answered = done(submit.run(ports, admission_request(1), &BODY));
    answered.map(|id| id.as_str().to_owned()).map_err(|problem| problem.to_string())
}

fn id(number: u8) -> String {
    signer().id(&ticket(number)).as_str().to_owned()
}

fn admits(admission: Admission) -> Ports {
    let ports = Ports::new();
    ports.accounts.will_answer([Ok(Response::Admission(admission))]);
    ports
}

fn store() -> Admission {
    Admission::Store(Standing::default())
}

/// A run that goes, and FASHN's answer.
fn goes(answer: RunAnswer) -> Ports {
    let ports = admits(Admission::Go(1));
    ports.runs.will_answer([Ok(answer)]);
    ports
}

fn refused() -> RunAnswer {
    RunAnswer::Refused(refusal(400, ApiErrorCode::BadRequest, None))
}

const REFUSED: &str = "FASHN answered 400 BadRequest";
const UNREACHED: &str = "overloaded: broken: the connection was cut";
const UNEXPECTED: &str = "internal: the account gave an answer of another kind";

#[test]
fn what_is_not_admitted_is_answered_without_a_call() {
    let refusal = Refusal {
        reason: RefusalReason::QueueFull,
        retry_after_seconds: 1,
        retry_helps: true,
        position: None,
    };
    for (admission, answer) in [
        (Admission::Admitted, Ok(id(1))),
        (Admission::Duplicate(ticket(2)), Ok(id(2))),
        (Admission::InProgress, Err("the same request is in progress")),
        (Admission::KeyReused, Err("Idempotency-Key came with another body before")),
        (Admission::Refused(refusal), Err("not admitted: QueueFull")),
    ] {
        let ports = admits(admission.clone());
        assert_eq!(submit(&ports), answer.map_err(str::to_owned), "{admission:?}");
        assert_eq!(ports.accounts.asked(), [Request::Submit(admission_request(1))]);
    }
}

#[test]
fn the_account_is_asked_three_times_before_it_counts_as_out_of_reach() {
    for (failures, answer) in [(1, Ok(id(1))), (2, Ok(id(1))), (3, Err(UNREACHED.to_owned()))] {
        let ports = Ports::new();
        let failed = [Err(overloaded()), Err(overloaded()), Err(broken())];
        ports.accounts.will_answer(failed.into_iter().take(failures));
        ports.accounts.will_answer([Ok(Response::Admission(Admission::Admitted))]);
        assert_eq!(submit(&ports), answer);
        assert_eq!(ports.slept_ms.take(), vec![300; failures.min(2)]);
        assert_eq!(ports.logged(), vec!["account"; failures.min(2)]);
    }
}

#[test]
fn an_answer_of_another_kind_is_ours_to_mend() {
    let ports = Ports::new();
    ports.accounts.will_answer([Ok(Response::Done)]);
    assert_eq!(submit(&ports), Err(UNEXPECTED.to_owned()));
}

#[test]
fn a_run_that_went_is_answered_by_fashns_answer_and_the_accounts_verdict() {
    for (answer, verdict, expected) in [
        (RunAnswer::Accepted(upstream()), Verdict::Noted, Ok(id(1))),
        (RunAnswer::Accepted(upstream()), Verdict::OutOfDate, Ok(id(1))),
        (refused(), Verdict::GiveUp, Err(REFUSED.to_owned())),
        (refused(), Verdict::OutOfDate, Err(REFUSED.to_owned())),
    ] {
        let ports = goes(answer);
        ports.accounts.will_answer([Ok(Response::Verdict(verdict))]);
        assert_eq!(submit(&ports), expected, "{verdict:?}");
    }
}

#[test]
fn a_run_that_has_to_wait_after_its_send_is_stored() {
    let ports = goes(refused());
    ports.accounts.will_answer([Ok(Response::Verdict(Verdict::Again)), Ok(Response::Stored(true))]);
    ports.body_store.will_answer([Ok(())]);
    assert_eq!(submit(&ports), Ok(id(1)));
    let [meta] = &ports.body_store.asked()[..] else { panic!("stored once") };
    assert_eq!((meta.length, meta.delete_at_ms), (400, NOON + BODY_LIFE_MS));
}

#[test]
fn a_report_that_is_lost_leaves_fashns_own_answer() {
    let unknown = RunAnswer::Unknown { timed_out: true, reason: "late".to_owned() };
    for (answer, expected) in [
        (RunAnswer::Accepted(upstream()), Ok(id(1))),
        (refused(), Err(REFUSED.to_owned())),
        (unknown, Err("the send's outcome is unknown: late".to_owned())),
    ] {
        let ports = goes(answer);
        ports.accounts.will_answer([Err(broken()), Err(overloaded()), Err(broken())]);
        assert_eq!(submit(&ports), expected);
        assert_eq!(ports.logged(), ["account", "account", "report"]);
        let [_, Request::Sent(first), .., Request::Sent(last)] = &ports.accounts.asked()[..] else {
            panic!("it is reported")
        };
        assert_eq!(first, last, "repeated, a report is the same");
        assert_ne!(first.outcome, SendOutcome::NotSent);
    }
}

#[test]
fn a_body_that_can_not_be_stored_releases_its_place() {
    for (told, logged) in [(Ok(Response::Done), 1), (Err(broken()), 2)] {
        let ports = admits(store());
        ports.body_store.will_answer([Err(broken())]);
        ports.accounts.will_answer([told]);
        let refused = Err("overloaded: the body could not be stored".to_owned());
        assert_eq!(submit(&ports), refused);
        assert_eq!(ports.accounts.asked().last(), Some(&Request::NotStored(ticket(1))));
        assert_eq!(ports.logged(), vec!["store"; logged]);
    }
}

#[test]
fn a_stored_body_waits_if_the_account_still_wants_it() {
    for (told, expected) in [
        (vec![Ok(Response::Stored(true))], Ok(id(1))),
        (vec![Err(broken()), Ok(Response::Stored(true))], Ok(id(1))),
        (vec![Ok(Response::Stored(false))], Err("overloaded: its place was given up meanwhile")),
        (vec![Ok(Response::Done)], Err(UNEXPECTED)),
        (vec![Err(broken()), Err(broken()), Err(broken())], Err(UNREACHED)),
    ] {
        let ports = admits(store());
        ports.body_store.will_answer([Ok(())]);
        ports.accounts.will_answer(told);
        assert_eq!(submit(&ports), expected.map_err(str::to_owned));
        assert_eq!(ports.accounts.asked().last(), Some(&Request::Stored(ticket(1))));
    }
}
