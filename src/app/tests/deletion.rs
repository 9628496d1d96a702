//! A holder deletes its run: record, body and pictures.

use fashn::prediction::Status;

use super::account::{actor, completes, handle, runs, submit, webhook};
use super::confirm::answer;
use super::ports::Ports;
use super::{broken, done, overloaded, ticket};
use crate::app::message::{BodyRequest, BodyResponse, Request, Response, WebhookAck};
use crate::app::status::delete;

#[test]
fn the_account_says_whether_there_was_anything() {
    for (answer, expected) in [
        (Ok(Response::Deleted(true)), Ok(())),
        (Ok(Response::Deleted(false)), Err("not found")),
        (Ok(Response::Done), Err("internal: the account gave an answer of another kind")),
        (Err(broken()), Err("overloaded: broken: the connection was cut")),
        (Err(overloaded()), Err("overloaded: overloaded: too many")),
    ] {
        let ports = Ports::new();
        ports.accounts.will_answer([answer]);
        let deleted = done(delete(&ports, &ticket(1))).map_err(|problem| problem.to_string());
        assert_eq!(deleted, expected.map_err(str::to_owned));
        assert_eq!(ports.accounts.asked(), [Request::Delete(ticket(1))]);
    }
}

#[test]
fn pictures_go_with_their_run_and_a_failure_is_logged() {
    for (deleted, logged) in [(Ok(()), 0), (Err(broken()), 1)] {
        let actor = actor();
        let ports = &actor.ports;
        let ticket = completes(&actor);
        ports.output_deletes.will_answer([deleted]);
        assert_eq!(handle(&actor, Request::Delete(ticket)), Response::Deleted(true));
        assert_eq!(actor.look(ticket), Ok(None), "at once");
        ports.run_all();
        assert_eq!(ports.output_deletes.asked(), [(0, 1)]);
        assert_eq!(ports.logged(), vec!["outputs"; logged]);
        assert_eq!(handle(&actor, Request::Delete(ticket)), Response::Deleted(false));
    }
}

#[test]
fn a_waiting_body_goes_with_its_run_and_a_failure_is_logged() {
    for (told, logged) in [(Ok(BodyResponse::Dropped), 0), (Err(broken()), 1)] {
        let actor = actor();
        let ports = &actor.ports;
        submit(&actor, 1);
        submit(&actor, 2);
        handle(&actor, Request::Stored(ticket(2)));
        ports.bodies.will_answer([told]);
        assert_eq!(handle(&actor, Request::Delete(ticket(2))), Response::Deleted(true));
        ports.run_all();
        assert_eq!(ports.bodies.asked(), [(ticket(2), BodyRequest::Drop)]);
        assert_eq!(ports.logged(), vec!["account"; logged]);
    }
}

#[test]
fn a_run_that_is_deleted_while_fashn_has_it_ends_without_pictures_or_a_message() {
    let actor = actor();
    let ports = &actor.ports;
    let ticket = runs(&actor);
    assert_eq!(handle(&actor, Request::Delete(ticket)), Response::Deleted(true));
    assert_eq!(webhook(&actor, Ok(answer(Status::Completed, None))), WebhookAck::Noted);
    ports.run_all();
    assert_eq!(actor.look(ticket), Ok(None));
    assert!(ports.output_puts.asked().is_empty() && ports.merchant.asked().is_empty());
}
