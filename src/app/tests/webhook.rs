//! FASHN's webhook, from its bytes to its acknowledgement.

use super::ports::Ports;
use super::{broken, done, overloaded, ticket, upstream};
use crate::app::message::{Request, Response, WebhookAck};
use crate::app::ports::CallError;
use crate::app::webhook::receive;

const BODY: &str = r#"{"id":"fashn-1","status":"completed","output":[]}"#;

fn acknowledges(
    body: &str,
    answers: impl IntoIterator<Item = Result<Response, CallError>>,
) -> (Result<(), String>, Vec<Request>) {
    let ports = Ports::new();
    ports.accounts.will_answer(answers);
    let received = done(receive(&ports, (ticket(1), 2), body.as_bytes().to_vec()));
    (received.map_err(|problem| problem.to_string()), ports.accounts.asked())
}

#[test]
fn it_is_acknowledged_only_after_the_durable_write() {
    for (ack, expected) in [
        (WebhookAck::Noted, Ok(())),
        (WebhookAck::NotOurs, Err("not found")),
        (
            WebhookAck::TooEarly { retry_after_seconds: 4 },
            Err("overloaded: no status call may begin now"),
        ),
        (WebhookAck::Unconfirmed, Err("no answer from FASHN: a webhook could not be confirmed")),
    ] {
        let (received, asked) = acknowledges(BODY, [Ok(Response::Webhook(ack))]);
        assert_eq!(received, expected.map_err(str::to_owned));
        let claim = Request::Webhook { ticket: ticket(1), attempt: 2, upstream: upstream() };
        assert_eq!(asked, [claim]);
    }
}

#[test]
fn a_body_without_an_id_of_fashns_never_reaches_the_account() {
    for body in ["", "[]", r#"{"status":"completed"}"#, r#"{"id":"a/b","status":"completed"}"#] {
        let (received, asked) = acknowledges(body, []);
        assert!(received.is_err() && asked.is_empty(), "{body}");
    }
}

#[test]
fn an_account_that_was_reset_is_asked_once_more() {
    let noted = || Ok(Response::Webhook(WebhookAck::Noted));
    for (answers, expected, calls) in [
        (vec![Err(broken()), noted()], Ok(()), 2),
        (vec![Err(broken()), Err(broken())], Err("overloaded: broken: the connection was cut"), 2),
        (vec![Err(overloaded())], Err("overloaded: overloaded: too many"), 1),
        (vec![Ok(Response::Done)], Err("internal: the account gave an answer of another kind"), 1),
    ] {
        let (received, asked) = acknowledges(BODY, answers);
        assert_eq!(received, expected.map_err(str::to_owned));
        assert_eq!(asked.len(), calls);
    }
}
