//! A body in its object: stored, sent, reported and deleted.

use std::rc::Rc;

use fashn::response::RunAnswer;

use super::ports::{Ports, StorageCall};
use super::{NOON, broken, done, key, origin, signer, ticket, upstream};
use crate::account::event::{SendOutcome, Verdict};
use crate::account::rows::StorageError;
use crate::app::body::BodyActor;
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response};
use crate::app::ports::BodyState;
use crate::auth::ids::Attempt;

type Actor = Rc<BodyActor<Ports>>;

const SEND_MS: u64 = 50_000;
const DELETE_AT_MS: u64 = NOON + 1_000_000;
/// When a report that failed is repeated.
const RETRY_MS: u64 = 5_000;

fn meta() -> BodyMeta {
    BodyMeta {
        ticket: ticket(1),
        key_name: key(),
        origin: origin(),
        length: 2,
        delete_at_ms: DELETE_AT_MS,
    }
}

fn empty() -> Actor {
    Rc::new(BodyActor::new(Ports::new(), Rc::new(signer()), SEND_MS))
}

/// A body that waits.
fn stored() -> Actor {
    let actor = empty();
    actor.begin(60_000).expect("the storage works");
    assert_eq!(actor.ports.alarm_ms.get(), Some(NOON + 60_000), "an upload may be cut");
    actor.complete(meta()).expect("the storage works");
    assert_eq!(actor.ports.alarm_ms.get(), Some(DELETE_AT_MS));
    actor
}

fn send(actor: &Actor, attempt: Attempt) -> BodyResponse {
    done(actor.handle(BodyRequest::Send(attempt))).expect("the storage works")
}

fn state(actor: &Actor) -> Option<BodyState> {
    actor.ports.body_state.borrow().clone()
}

fn accepts(actor: &Actor) {
    actor.ports.runs.will_answer([Ok(RunAnswer::Accepted(upstream()))]);
}

fn says(actor: &Actor, verdict: Verdict) {
    actor.ports.accounts.will_answer([Ok(Response::Verdict(verdict))]);
}

fn is_out_of_reach(actor: &Actor) {
    actor.ports.accounts.will_answer([Err(broken()), Err(broken()), Err(broken())]);
}

/// What the account was told of sends.
fn reports(actor: &Actor) -> Vec<(Attempt, SendOutcome)> {
    let asked = actor.ports.accounts.asked().into_iter();
    asked
        .map(|request| match request {
            Request::Sent(sent) => (sent.attempt, sent.outcome),
            other => panic!("no report: {other:?}"),
        })
        .collect()
}

#[test]
fn the_accounts_verdict_says_whether_a_body_is_kept() {
    for (verdict, is_kept) in [
        (Verdict::Noted, false),
        (Verdict::GiveUp, false),
        (Verdict::OutOfDate, false),
        (Verdict::Again, true),
    ] {
        let actor = stored();
        accepts(&actor);
        says(&actor, verdict);
        assert_eq!(send(&actor, 1), BodyResponse::Sending);
        actor.ports.run_all();
        assert_eq!(reports(&actor), [(1, SendOutcome::Accepted(upstream()))]);
        assert_eq!(state(&actor).map(|state| state.is_reported), is_kept.then_some(true));
        assert_eq!(actor.ports.alarm_ms.get(), is_kept.then_some(DELETE_AT_MS));
    }
}

#[test]
fn an_attempt_is_sent_once_however_often_it_is_asked_for() {
    let actor = stored();
    assert_eq!(send(&actor, 1), BodyResponse::Sending);
    assert_eq!(send(&actor, 1), BodyResponse::Sending);
    accepts(&actor);
    says(&actor, Verdict::Again);
    actor.ports.run_all();
    assert_eq!(send(&actor, 1), BodyResponse::Sending);
    assert!(actor.ports.spawned.borrow().is_empty());
    actor.complete(meta()).expect("the storage works");
    assert_eq!(send(&actor, 1), BodyResponse::Sending, "stored again it isn't forgotten");
    assert!(actor.ports.spawned.borrow().is_empty());
}

#[test]
fn where_there_is_no_body_there_is_nothing_to_send_or_to_drop() {
    let actor = empty();
    assert_eq!(send(&actor, 1), BodyResponse::Missing);
    assert_eq!(done(actor.handle(BodyRequest::Drop)), Ok(BodyResponse::Dropped));
    actor.begin(60_000).expect("the storage works");
    done(actor.alarm()).expect("the storage works");
    assert_eq!(actor.ports.alarm_ms.get(), None, "an upload that was cut is deleted");
}

#[test]
fn a_body_is_deleted_when_its_time_is_over() {
    let actor = stored();
    done(actor.alarm()).expect("the storage works");
    assert_eq!(actor.ports.alarm_ms.get(), Some(DELETE_AT_MS), "it was early");
    actor.ports.now_ms.set(DELETE_AT_MS);
    done(actor.alarm()).expect("the storage works");
    assert_eq!(state(&actor), None);
}

#[test]
fn a_report_that_is_lost_is_repeated_by_the_alarm() {
    let actor = stored();
    let ports = &actor.ports;
    accepts(&actor);
    is_out_of_reach(&actor);
    send(&actor, 1);
    ports.run_all();
    assert_eq!(ports.alarm_ms.get(), Some(ports.now_ms.get() + RETRY_MS));
    assert_eq!(ports.logged(), ["account", "account", "report"]);
    says(&actor, Verdict::Noted);
    done(actor.alarm()).expect("the storage works");
    ports.run_all();
    assert_eq!(reports(&actor), vec![(1, SendOutcome::Accepted(upstream())); 4]);
    assert_eq!(state(&actor), None);
}

#[test]
fn a_send_that_was_cut_ends_as_unknown_and_one_under_way_does_not() {
    let actor = stored();
    let ports = &actor.ports;
    send(&actor, 1);
    assert_eq!(ports.alarm_ms.get(), Some(NOON + SEND_MS));
    done(actor.alarm()).expect("the storage works");
    assert_eq!(ports.alarm_ms.get(), Some(NOON + RETRY_MS), "it is under way");
    // The object is reset: its memory and its work are gone.
    let reset = empty();
    reset.ports.body_state.replace(state(&actor));
    says(&reset, Verdict::Noted);
    done(reset.alarm()).expect("the storage works");
    reset.ports.run_all();
    assert_eq!(reports(&reset), [(1, SendOutcome::Unknown)]);
    assert_eq!(state(&reset), None);
}

#[test]
fn a_body_that_is_dropped_during_its_send_reports_all_the_same() {
    for verdict in [Verdict::OutOfDate, Verdict::Again] {
        let actor = stored();
        accepts(&actor);
        says(&actor, verdict);
        send(&actor, 1);
        actor.ports.meanwhile(|ports| drop(ports.body_state.take()));
        actor.ports.run_all();
        assert_eq!(reports(&actor), [(1, SendOutcome::Accepted(upstream()))]);
        assert_eq!(state(&actor), None);
    }
}

#[test]
fn a_body_that_was_dropped_before_its_send_is_not_sent() {
    let actor = stored();
    send(&actor, 1);
    done(actor.handle(BodyRequest::Drop)).expect("the storage works");
    actor.ports.run_all();
    assert!(actor.ports.runs.asked().is_empty() && reports(&actor).is_empty());
}

#[test]
fn a_later_attempt_is_not_touched_by_the_report_of_an_earlier_one() {
    for verdict in [Verdict::Again, Verdict::Noted] {
        let actor = stored();
        accepts(&actor);
        is_out_of_reach(&actor);
        send(&actor, 1);
        actor.ports.run_all();
        done(actor.alarm()).expect("the storage works");
        says(&actor, verdict);
        actor.ports.meanwhile(|ports| {
            let mut state = ports.body_state.borrow_mut();
            state.as_mut().expect("stored").attempt = 2;
        });
        actor.ports.run_all();
        let now = state(&actor).expect("the body stays");
        assert_eq!((now.attempt, now.is_reported), (2, false));
    }
}

type Message<'m> = &'m dyn Fn(&Actor) -> Result<(), StorageError>;

#[test]
fn each_call_of_the_storage_that_fails_fails_the_message() {
    use StorageCall::{DeleteAll, PutState, SetAlarm, State};
    let upload = |actor: &Actor| actor.complete(meta());
    let begin = |actor: &Actor| done(actor.handle(BodyRequest::Send(1))).map(drop);
    let delete = |actor: &Actor| done(actor.handle(BodyRequest::Drop)).map(drop);
    let alarm = |actor: &Actor| done(actor.alarm());
    let cut = |actor: &Actor| {
        actor.ports.body_state.borrow_mut().as_mut().expect("stored").is_reported = false;
        done(actor.alarm())
    };
    let messages: [(Message<'_>, &[StorageCall]); 5] = [
        (&upload, &[State, PutState, SetAlarm]),
        (&begin, &[State, PutState, SetAlarm]),
        (&delete, &[DeleteAll]),
        (&alarm, &[State, SetAlarm]),
        (&cut, &[State, PutState, SetAlarm]),
    ];
    for (message, calls) in messages {
        for call in calls {
            let actor = stored();
            actor.ports.fails_at.set(Some(*call));
            let failed = message(&actor).expect_err("fails");
            assert_eq!(failed.to_string(), format!("storage: {call:?} failed"));
            assert!(actor.ports.spawned.borrow().is_empty());
        }
    }
}

#[test]
fn a_storage_that_fails_during_the_work_is_logged_and_the_alarm_goes_on() {
    let actor = stored();
    let ports = &actor.ports;
    send(&actor, 1);
    ports.fails_at.set(Some(StorageCall::State));
    ports.run_all();
    assert_eq!(ports.logged(), ["body"]);
    ports.fails_at.set(None);
    done(actor.alarm()).expect("the storage works");
    ports.fails_at.set(Some(StorageCall::State));
    ports.run_all();
    assert_eq!(ports.logged(), ["body"]);
    ports.fails_at.set(None);
    says(&actor, Verdict::Noted);
    done(actor.alarm()).expect("the storage works");
    ports.run_all();
    assert_eq!(reports(&actor), [(1, SendOutcome::Unknown)]);
    assert_eq!(state(&actor), None);
}

#[test]
fn a_body_whose_state_can_not_be_understood_is_deleted_at_once() {
    let by_message = |actor: &Actor| assert_eq!(send(actor, 1), BodyResponse::Missing);
    let by_alarm = |actor: &Actor| done(actor.alarm()).expect("the storage works");
    for meets in [by_message, by_alarm] {
        let actor = stored();
        actor.ports.has_unreadable_state.set(true);
        meets(&actor);
        assert_eq!((state(&actor), actor.ports.alarm_ms.get()), (None, None));
        assert_eq!(actor.ports.logged(), ["quarantine"]);
    }
}

#[test]
fn an_upload_replaces_a_state_that_can_not_be_understood() {
    let actor = stored();
    actor.ports.has_unreadable_state.set(true);
    actor.complete(meta()).expect("the storage works");
    assert_eq!(state(&actor).map(|state| state.meta), Some(meta()));
}
