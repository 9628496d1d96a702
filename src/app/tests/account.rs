//! The account's actor: messages, effects and the alarm, over rows in memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fashn::balance::{Balance, CreditsBalance};
use fashn::error::ApiErrorCode;
use fashn::prediction::{Output, Status};
use fashn::response::{FashnError, RefusalKind};

use super::confirm::answer;
use super::outbox::sender;
use super::ports::{Ports, StorageCall};
use super::{
    DATA, NOON, admission_request, broken, done, overloaded, refusal, signer, ticket, upstream,
};
use crate::account::admission::Admission;
use crate::account::event::{SendOutcome, Sent, Verdict};
use crate::account::rows::{MessageId, Rows as _};
use crate::account::state::AccountSettings;
use crate::account::tests::settings as account_settings;
use crate::app::account::AccountActor;
use crate::app::account::ended::EndedRuns;
use crate::app::message::{BodyRequest, BodyResponse, Request, Response, WebhookAck};
use crate::app::outbox::Sender;
use crate::app::subscribers::SubscriberList;
use crate::auth::ids::Ticket;
use crate::config::base_url::BaseUrl;
use crate::config::settings::OutputAddresses;

pub type Actor = Rc<AccountActor<Ports>>;

fn settings(has_merchant_webhook: bool) -> AccountSettings {
    let mut settings = account_settings();
    settings.limits.slots = 1;
    settings.has_merchant_webhook = has_merchant_webhook;
    settings
}

/// An account with one slot, and a merchant's backend.
pub fn actor() -> Actor {
    with_merchant(Some(sender()))
}

/// An account with one slot.
pub fn with_merchant(sender: Option<Sender>) -> Actor {
    Rc::new(AccountActor {
        ports: Ports::new(),
        settings: settings(sender.is_some()),
        base_url: BaseUrl::parse(BaseUrl::DEFAULT).expect("an address"),
        sender,
        subscribers: SubscriberList::new(Rc::new(signer()), OutputAddresses::Own),
        memory: RefCell::new(None),
        alarm_ms: Cell::new(None),
        ended: EndedRuns::default(),
    })
}

pub fn handle(actor: &Actor, request: Request) -> Response {
    done(actor.handle(request)).expect("the storage works")
}

pub fn submit(actor: &Actor, number: u8) -> Ticket {
    let submitted = handle(actor, Request::Submit(admission_request(number)));
    assert!(matches!(submitted, Response::Admission(Admission::Go(1) | Admission::Store(_))));
    ticket(number)
}

pub fn report(actor: &Actor, ticket: Ticket, outcome: SendOutcome) -> Response {
    handle(actor, Request::Sent(Sent { ticket, attempt: 1, outcome }))
}

/// A run that FASHN has.
pub fn runs(actor: &Actor) -> Ticket {
    let ticket = submit(actor, 1);
    let reported = report(actor, ticket, SendOutcome::Accepted(upstream()));
    assert_eq!(reported, Response::Verdict(Verdict::Noted));
    ticket
}

/// FASHN's webhook comes, and its status is this.
pub fn webhook(
    actor: &Actor,
    answered: Result<fashn::response::StatusAnswer, FashnError>,
) -> WebhookAck {
    actor.ports.statuses.will_answer([answered]);
    let claim = Request::Webhook { ticket: ticket(1), attempt: 1, upstream: upstream() };
    match handle(actor, claim) {
        Response::Webhook(ack) => ack,
        other => panic!("no acknowledgement: {other:?}"),
    }
}

/// A run that completed, with a picture that is stored here.
pub fn completes(actor: &Actor) -> Ticket {
    let ticket = runs(actor);
    actor.ports.output_puts.will_answer([Ok(1)]);
    let output = Some(Output::List(vec![DATA.to_owned()]));
    assert_eq!(webhook(actor, Ok(answer(Status::Completed, output))), WebhookAck::Noted);
    ticket
}

/// The alarm goes off at its time.
fn alarm(actor: &Actor) {
    actor.ports.now_ms.set(actor.ports.alarm_ms.get().expect("something is waited for"));
    actor.alarm().expect("the storage works");
}

fn is_stored(actor: &Actor, ticket: Ticket) -> bool {
    actor.ports.rows.run(&ticket).expect("rows").is_some()
}

#[test]
fn a_failed_transaction_resets_the_object_and_stores_nothing() {
    for call in [StorageCall::Transact, StorageCall::SetAlarm] {
        let actor = actor();
        let ports = &actor.ports;
        ports.fails_at.set(Some(call));
        let submitted = done(actor.handle(Request::Submit(admission_request(1))));
        assert_eq!(submitted.expect_err("fails").to_string(), format!("storage: {call:?} failed"));
        assert!(ports.aborted.get() && actor.memory.borrow().is_none(), "{call:?}");
        assert!(ports.spawned.borrow().is_empty(), "no effect of it");
        assert_eq!(is_stored(&actor, ticket(1)), call == StorageCall::SetAlarm, "as the platform");
    }
}

#[test]
fn a_quote_changes_nothing() {
    let actor = actor();
    let quoted = handle(&actor, Request::Quote(admission_request(1)));
    assert!(matches!(quoted, Response::Admission(Admission::Go(_))), "{quoted:?}");
    assert!(!is_stored(&actor, ticket(1)) && actor.ports.alarm_ms.get().is_none());
    let reading = super::account::actor();
    reading.ports.fails_at.set(Some(StorageCall::Read));
    done(reading.handle(Request::Quote(admission_request(1)))).expect_err("fails");
}

#[test]
fn a_body_that_could_not_be_stored_frees_its_place() {
    let actor = actor();
    submit(&actor, 1);
    submit(&actor, 2);
    assert_eq!(handle(&actor, Request::NotStored(ticket(2))), Response::Done);
    assert_eq!(handle(&actor, Request::Stored(ticket(2))), Response::Stored(false));
}

#[test]
fn a_waiting_body_is_told_to_send_and_one_that_is_missing_fails_its_run() {
    for (told, logged) in
        [(Ok(BodyResponse::Sending), 0), (Ok(BodyResponse::Missing), 0), (Err(broken()), 1)]
    {
        let actor = actor();
        let ports = &actor.ports;
        submit(&actor, 1);
        submit(&actor, 2);
        assert_eq!(handle(&actor, Request::Stored(ticket(2))), Response::Stored(true));
        ports.bodies.will_answer([told.clone()]);
        report(&actor, ticket(1), SendOutcome::NotSent);
        ports.merchant.will_answer([Ok(200), Ok(200)]);
        ports.bodies.will_answer([Ok(BodyResponse::Dropped), Ok(BodyResponse::Dropped)]);
        ports.run_all();
        let asked = ports.bodies.asked();
        assert!(asked.contains(&(ticket(2), BodyRequest::Send(1))), "{asked:?}");
        assert_eq!(ports.logged(), vec!["account"; logged]);
        let shown = actor.look(ticket(2)).expect("reads").expect("there");
        let is_over = shown.view.status.is_terminal();
        assert_eq!(is_over, told == Ok(BodyResponse::Missing), "{told:?}");
    }
}

#[test]
fn a_webhook_is_answered_by_what_fashns_status_says() {
    let limited = refusal(429, ApiErrorCode::RateLimitExceeded, Some("3"));
    for (answered, ack) in [
        (Ok(answer(Status::Failed, None)), WebhookAck::Noted),
        (Ok(answer(Status::Processing, None)), WebhookAck::Unconfirmed),
        (Err(refusal(404, ApiErrorCode::NotFound, None)), WebhookAck::Unconfirmed),
        (Err(limited), WebhookAck::TooEarly { retry_after_seconds: 3 }),
    ] {
        let actor = actor();
        runs(&actor);
        assert_eq!(webhook(&actor, answered), ack);
    }
}

#[test]
fn a_webhook_that_is_known_or_another_runs_asks_nothing() {
    let actor = actor();
    let claim = || Request::Webhook { ticket: ticket(1), attempt: 1, upstream: upstream() };
    assert_eq!(handle(&actor, claim()), Response::Webhook(WebhookAck::NotOurs));
    completes(&actor);
    assert_eq!(handle(&actor, claim()), Response::Webhook(WebhookAck::Noted));
    assert_eq!(actor.ports.statuses.asked().len(), 1);
}

#[test]
fn a_webhook_that_can_not_be_confirmed_now_is_left_to_the_alarm() {
    let actor = actor();
    runs(&actor);
    let limited = refusal(429, ApiErrorCode::RateLimitExceeded, Some("60"));
    assert!(matches!(webhook(&actor, Err(limited)), WebhookAck::TooEarly { .. }));
    let claim = Request::Webhook { ticket: ticket(1), attempt: 1, upstream: upstream() };
    assert_eq!(handle(&actor, claim), Response::Webhook(WebhookAck::Noted));
    assert_eq!(actor.ports.statuses.asked().len(), 1, "no second call");
    assert!(actor.ports.alarm_ms.get().is_some());
}

#[test]
fn the_alarm_confirms_a_run_whose_webhook_never_came() {
    let actor = actor();
    let ports = &actor.ports;
    let ticket = runs(&actor);
    ports.statuses.will_answer([Ok(answer(Status::Failed, None))]);
    ports.merchant.will_answer([Ok(200)]);
    while !actor.look(ticket).expect("reads").expect("there").view.status.is_terminal() {
        alarm(&actor);
        ports.run_all();
    }
    assert_eq!(ports.statuses.asked(), [upstream()]);
    alarm(&actor);
    ports.run_all();
    assert_eq!(ports.merchant.asked().len(), 1);
}

#[test]
fn a_status_that_can_not_be_written_is_logged() {
    let actor = actor();
    let ports = &actor.ports;
    runs(&actor);
    while ports.spawned.borrow().is_empty() {
        alarm(&actor);
    }
    ports.statuses.will_answer([Ok(answer(Status::Failed, None))]);
    ports.fails_at.set(Some(StorageCall::Transact));
    ports.run_all();
    assert_eq!(ports.logged(), ["account"]);
    assert!(ports.aborted.get());
}

#[test]
fn a_touch_sets_an_alarm_that_was_lost() {
    let actor = actor();
    let ports = &actor.ports;
    runs(&actor);
    let at_ms = ports.alarm_ms.take().expect("set");
    handle(&actor, Request::Touch);
    assert_eq!(ports.alarm_ms.get(), None, "it is thought to be set");
    ports.now_ms.set(at_ms + 6_000);
    ports.statuses.will_answer([Ok(answer(Status::Processing, None))]);
    handle(&actor, Request::Touch);
    assert!(ports.alarm_ms.get().is_some(), "it is overdue");
}

#[test]
fn the_balance_is_asked_for_after_fashn_has_no_credits() {
    let total = |total| Balance { total, subscription: 0, on_demand: total };
    let silent = FashnError::NoAnswer { timed_out: true, reason: "late".to_owned() };
    for (answered, logged, admits) in
        [(Ok(CreditsBalance { credits: total(50) }), 0, true), (Err(silent), 1, false)]
    {
        let actor = actor();
        let ports = &actor.ports;
        let out_of_credits = SendOutcome::Refused {
            kind: RefusalKind::OutOfCredits,
            retry_after_ms: None,
            error: refusal(402, ApiErrorCode::OutOfCredits, None).into(),
        };
        submit(&actor, 1);
        report(&actor, ticket(1), out_of_credits);
        ports.merchant.will_answer([Ok(200)]);
        ports.credits.will_answer([answered]);
        while ports.credits.asked().is_empty() {
            ports.run_all();
            alarm(&actor);
            ports.run_all();
        }
        assert_eq!(ports.logged(), vec!["account"; logged]);
        let quoted = handle(&actor, Request::Quote(admission_request(2)));
        let is_admitted = !matches!(quoted, Response::Admission(Admission::Refused(_)));
        assert_eq!(is_admitted, admits, "{quoted:?}");
    }
}

#[test]
fn a_message_is_repeated_until_the_backend_takes_it() {
    let actor = actor();
    let ports = &actor.ports;
    completes(&actor);
    ports.merchant.will_answer([Err(broken()), Ok(503), Ok(200)]);
    let message = || ports.rows.message(&MessageId::of_run(&ticket(1))).expect("rows");
    ports.run_all();
    while message().is_some() {
        alarm(&actor);
        ports.run_all();
    }
    assert_eq!(ports.merchant.asked().len(), 3);
    assert!(ports.now_ms.get() > NOON);
}

#[test]
fn a_message_whose_run_can_not_be_read_stays() {
    let actor = actor();
    let ports = &actor.ports;
    completes(&actor);
    actor.ended.clear();
    ports.fails_at.set(Some(StorageCall::Read));
    ports.run_all();
    assert_eq!(ports.logged(), ["outbox"]);
    assert!(ports.rows.message(&MessageId::of_run(&ticket(1))).expect("rows").is_some());
}

#[test]
fn a_run_that_has_just_settled_is_shown_from_memory_as_its_row_has_it() {
    let actor = actor();
    completes(&actor);
    let row = actor.ports.rows.ended_view(&ticket(1)).expect("rows");
    actor.ports.fails_at.set(Some(StorageCall::Read));
    let shown = actor.look(ticket(1)).expect("does not read");
    assert_eq!(shown.map(|shown| shown.view), row);
}

#[test]
fn after_a_write_that_failed_nothing_is_shown_from_memory() {
    let actor = actor();
    completes(&actor);
    let row = actor.ports.rows.ended_view(&ticket(1)).expect("rows");
    actor.ports.fails_at.set(Some(StorageCall::Transact));
    assert!(done(actor.handle(Request::Delete(ticket(1)))).is_err());
    actor.ports.fails_at.set(None);
    assert_eq!(actor.look(ticket(1)).expect("reads").map(|shown| shown.view), row);
}

#[test]
fn a_repeated_lookup_of_a_finished_run_sees_its_deletion_and_its_end_at_once() {
    let actor = actor();
    completes(&actor);
    let look = || actor.look(ticket(1)).expect("reads");
    let shown = look().expect("there");
    assert_eq!(look(), Some(shown.clone()), "remembered");
    let expires_ms = shown.view.expires_ms.expect("a time");
    let now_ms = actor.ports.now_ms.get();
    // The alarm is on its way.
    actor.alarm_ms.set(Some(expires_ms));
    actor.ports.now_ms.set(expires_ms);
    assert_eq!(look(), None, "expired, although no event came");
    actor.ports.now_ms.set(now_ms);
    assert_eq!(look(), Some(shown));
    assert_eq!(handle(&actor, Request::Delete(ticket(1))), Response::Deleted(true));
    assert_eq!(look(), None, "deleted");
}

/// A run's place is past its time, and the alarm that should have told so was lost.
#[test]
fn a_message_that_only_reads_looks_after_what_is_due_if_the_alarm_was_lost() {
    let look = |actor: &Actor| drop(handle(actor, Request::Look(ticket(2))));
    let quote = |actor: &Actor| drop(handle(actor, Request::Quote(admission_request(3))));
    for read in [look, quote] {
        let actor = actor();
        let ports = &actor.ports;
        submit(&actor, 1);
        submit(&actor, 2);
        let lost_ms = ports.alarm_ms.take().expect("is set");
        ports.now_ms.set(lost_ms + 1);
        read(&actor);
        assert_eq!(ports.alarm_ms.get(), None, "it may be on its way");
        ports.later(10_000);
        ports.bodies.will_answer([Ok(BodyResponse::Dropped)]);
        read(&actor);
        assert!(ports.alarm_ms.get() > Some(lost_ms), "{:?}", ports.alarm_ms);
        ports.run_all();
        assert_eq!(ports.bodies.asked(), [(ticket(2), BodyRequest::Drop)]);
    }
}

#[test]
fn a_lookup_that_wakes_an_account_up_sets_its_alarm() {
    let actor = actor();
    let ticket = submit(&actor, 1);
    // Another object of the same account.
    actor.memory.take();
    actor.alarm_ms.take();
    let set_ms = actor.ports.alarm_ms.take();
    assert!(actor.look(ticket).expect("reads").is_some());
    assert_eq!(actor.ports.alarm_ms.get(), set_ms);
}

#[test]
fn a_body_that_is_not_reached_is_told_again_by_the_daily_look() {
    let actor = actor();
    let ports = &actor.ports;
    submit(&actor, 1);
    let waiting = submit(&actor, 2);
    ports.bodies.will_answer([Err(broken()), Err(overloaded()), Ok(BodyResponse::Dropped)]);
    assert_eq!(handle(&actor, Request::NotStored(waiting)), Response::Done);
    ports.run_all();
    assert_eq!(ports.bodies.asked(), [(waiting, BodyRequest::Drop)]);
    for is_noted in [true, false, false] {
        ports.later(1_000);
        assert_eq!(handle(&actor, Request::Touch), Response::Done);
        ports.run_all();
        let noted = ports.rows.quarantine(8).expect("rows");
        let keys: Vec<_> = noted.iter().map(|entry| &*entry.key).collect();
        assert_eq!(keys.contains(&&*waiting.name()), is_noted, "{noted:?}");
    }
    let told = ports.bodies.asked();
    assert_eq!(told, [(waiting, BodyRequest::Drop), (waiting, BodyRequest::Drop)]);
}
