//! Answers that stay open: what each is told, and when it ends.

use fashn::prediction::{Output, Status};

use super::account::{Actor, completes, handle, report, runs, submit, webhook, with_merchant};
use super::confirm::answer;
use super::ports::{Reader, StorageCall};
use super::{DATA, NOON, broken, origin, signer, ticket, upstream};
use crate::account::event::SendOutcome;
use crate::app::message::Request;
use crate::app::subscribers::Subscribed;
use crate::auth::ids::PredictionId;
use crate::config::limits::{HEARTBEAT_MS, LISTENERS_MAX};
use crate::http::origin::Origin;
use crate::notify::subscription::{SubscribeRequest, Subscription};

const HELLO: &str = "retry: 1000\n\n";
const HEARTBEAT: &str = ":\n\n";

fn id() -> PredictionId {
    signer().id(&ticket(1))
}

fn stream() -> Subscription {
    Subscription::Stream { origin: origin(), id: id() }
}

fn wait() -> Subscription {
    Subscription::Wait(NOON + 20_000)
}

/// What a stream is told of a run on its way to FASHN.
fn starting() -> String {
    let id = id();
    let json =
        format!(r#"{{"id":"{}","status":"starting","error":null,"eta_seconds":10}}"#, id.as_str());
    format!("id: starting-0.10x0\ndata: {json}\n\n")
}

/// An account with timers that go off when their time has come.
fn open() -> Actor {
    let actor = with_merchant(None);
    actor.ports.has_timers.set(true);
    actor
}

fn ask(actor: &Actor, subscription: Subscription, seen: Option<&str>) -> (Subscribed, Reader) {
    let reader = Reader::default();
    let writer = reader.clone();
    let ticket = ticket(1);
    let request = SubscribeRequest { ticket, subscription, seen: seen.map(str::to_owned) };
    let asked = actor.subscribe(request, move || writer);
    (asked.expect("the storage works"), reader)
}

/// One with an answer that stays open, after it was told what there is.
fn subscribe(actor: &Actor, subscription: Subscription, seen: Option<&str>) -> Reader {
    let (subscribed, reader) = ask(actor, subscription, seen);
    assert!(matches!(subscribed, Subscribed::Open));
    actor.ports.run_all();
    reader
}

/// FASHN's webhook comes, and subscribers are told what its status says.
fn status_is(actor: &Actor, status: Status) {
    webhook(actor, Ok(answer(status, None)));
    actor.ports.run_all();
}

fn later(actor: &Actor, ms: u64) {
    actor.ports.later(ms);
    actor.ports.run_all();
}

#[test]
fn a_stream_is_told_each_change_and_ends_with_the_last() {
    let actor = open();
    submit(&actor, 1);
    let reader = subscribe(&actor, stream(), None);
    assert_eq!(reader.read(), [HELLO.to_owned(), starting()]);
    subscribe(&actor, stream(), None);
    assert_eq!(reader.read(), [""; 0], "another's coming is no news");
    report(&actor, ticket(1), SendOutcome::Accepted(upstream()));
    status_is(&actor, Status::Processing);
    let last = reader.read().pop().expect("told");
    assert!(last.starts_with("id: processing-0."), "{last}");
    assert!(reader.is_open());
    status_is(&actor, Status::Canceled);
    let [last] = &reader.read()[..] else { panic!("one event") };
    assert!(last.starts_with("id: canceled-0.0x0\ndata: "), "{last}");
    assert!(!reader.is_open());
}

#[test]
fn a_stream_that_comes_back_is_told_what_it_has_not_seen() {
    let actor = open();
    submit(&actor, 1);
    assert_eq!(subscribe(&actor, stream(), Some("starting-0.10x0")).read(), [HELLO]);
    assert_eq!(subscribe(&actor, stream(), Some("in_queue-1.20x0")).read().len(), 2);
}

#[test]
fn streams_of_two_audiences_have_their_own_addresses() {
    let actor = open();
    completes(&actor);
    actor.ports.output_gets.will_answer([Ok(Some(b"png".to_vec())), Ok(None)]);
    let other = Origin::parse("https://other.example").expect("an origin");
    let elsewhere = Subscription::Stream { origin: other, id: id() };
    let readers =
        [stream(), stream(), elsewhere].map(|subscription| ask(&actor, subscription, None).1);
    actor.ports.run_all();
    let [one, same, another] = readers.map(|reader| reader.read().pop().expect("told"));
    assert_eq!(one, same);
    assert!(one.contains("data:image/png;base64,cG5n"), "{one}");
    assert!(another.contains("_expired"), "{another}");
    assert_eq!(actor.ports.output_gets.asked().len(), 2, "once for each audience");
}

#[test]
fn what_is_over_and_seen_is_answered_at_once() {
    let actor = open();
    assert!(matches!(ask(&actor, stream(), None).0, Subscribed::NotFound));
    runs(&actor);
    status_is(&actor, Status::Canceled);
    assert!(matches!(ask(&actor, stream(), Some("canceled-0.0x0")).0, Subscribed::Over));
    let waited = ask(&actor, wait(), Some("\"canceled-0.0x0\"")).0;
    assert!(matches!(waited, Subscribed::Answer(_)));
}

#[test]
fn a_wait_ends_with_news_and_not_with_an_estimate() {
    let actor = open();
    submit(&actor, 1);
    let (behind, _) = ask(&actor, wait(), Some("\"in_queue-1.20x0\""));
    let Subscribed::Answer(answered) = behind else { panic!("it is behind") };
    let answered = String::from_utf8(answered).expect("JSON");
    assert!(answered.contains(r#""status":"starting""#), "{answered}");
    let reader = subscribe(&actor, wait(), Some("\"starting-0.90x0\""));
    assert!(reader.read().is_empty() && reader.is_open());
    report(&actor, ticket(1), SendOutcome::Accepted(upstream()));
    status_is(&actor, Status::Processing);
    let [told] = &reader.read()[..] else { panic!("told once") };
    assert!(!told.contains(r#""status":"in_queue""#), "{told}");
    assert!(!reader.is_open());
}

#[test]
fn a_wait_that_is_over_is_told_what_there_is() {
    let actor = open();
    submit(&actor, 1);
    let reader = subscribe(&actor, wait(), None);
    later(&actor, HEARTBEAT_MS);
    assert!(reader.read().is_empty() && reader.is_open(), "a wait has no heartbeat");
    later(&actor, 5_000);
    assert!(reader.read()[0].contains(r#""status":"starting""#));
    assert!(!reader.is_open());
}

#[test]
fn heartbeats_show_which_readers_have_left() {
    let actor = open();
    submit(&actor, 1);
    let [stays, leaves] = [(); 2].map(|()| subscribe(&actor, stream(), None));
    stays.read();
    leaves.has_left.set(true);
    later(&actor, HEARTBEAT_MS);
    assert_eq!(stays.read(), [HEARTBEAT]);
    assert!(stays.is_open() && !leaves.is_open());
    stays.has_left.set(true);
    later(&actor, HEARTBEAT_MS);
    assert!(!stays.is_open());
    assert!(actor.ports.spawned.borrow().is_empty(), "no timer without a subscriber");
}

#[test]
fn a_waiting_runs_place_is_looked_at_again() {
    let actor = open();
    submit(&actor, 2);
    submit(&actor, 1);
    handle(&actor, Request::Stored(ticket(1)));
    let reader = subscribe(&actor, stream(), None);
    assert!(reader.read()[1].starts_with("id: in_queue-1."));
    later(&actor, 5_000);
    let [again] = &reader.read()[..] else { panic!("the estimate is another") };
    assert!(again.starts_with("id: in_queue-1."), "{again}");
}

#[test]
fn a_run_has_so_many_subscribers_and_those_that_left_make_room() {
    let actor = open();
    submit(&actor, 1);
    let readers: Vec<_> = (0..LISTENERS_MAX).map(|_| subscribe(&actor, stream(), None)).collect();
    assert!(matches!(ask(&actor, stream(), None).0, Subscribed::Full));
    readers[3].has_left.set(true);
    assert!(matches!(ask(&actor, wait(), None).0, Subscribed::Open));
    assert!(!readers[3].is_open());
}

#[test]
fn a_run_that_is_deleted_ends_its_answers() {
    let actor = open();
    submit(&actor, 1);
    let reader = subscribe(&actor, stream(), None);
    reader.read();
    handle(&actor, Request::Delete(ticket(1)));
    actor.ports.run_all();
    assert!(reader.read().is_empty() && !reader.is_open());
}

#[test]
fn answers_end_when_what_they_are_told_can_not_be_read() {
    for storage_fails in [true, false] {
        let actor = open();
        let ports = &actor.ports;
        runs(&actor);
        let reader = subscribe(&actor, stream(), None);
        reader.read();
        ports.output_puts.will_answer([Ok(1)]);
        let output = Output::List(vec![DATA.to_owned()]);
        webhook(&actor, Ok(answer(Status::Completed, Some(output))));
        actor.ended.clear();
        ports.output_gets.will_answer((!storage_fails).then(|| Err(broken())));
        ports.fails_at.set(storage_fails.then_some(StorageCall::Read));
        ports.run_all();
        assert_eq!(ports.logged(), ["subscribers"]);
        assert!(reader.read().is_empty() && !reader.is_open());
        let request = SubscribeRequest { ticket: ticket(1), subscription: wait(), seen: None };
        assert_eq!(actor.subscribe(request, Reader::default).is_err(), storage_fails);
    }
}
