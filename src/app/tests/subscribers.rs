//! Answers that stay open: what each is told, and when it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fashn::prediction::Status;

use super::account::{Actor, actor, completes, handle, report, runs, submit, webhook};
use super::confirm::answer;
use super::ports::StorageCall;
use super::{NOON, broken, origin, signer, ticket};
use crate::account::event::SendOutcome;
use crate::app::message::Request;
use crate::app::subscribers::{StreamWriter, Subscribed, SubscriberList};
use crate::auth::ids::Ticket;
use crate::config::limits::{HEARTBEAT_MS, LISTENERS_MAX};
use crate::config::output_addresses::OutputAddresses;
use crate::http::origin::Origin;
use crate::notify::subscription::{SubscribeRequest, Subscription};

const HELLO: &str = "retry: 1000\n\n";
const HEARTBEAT: &str = ":\n\n";

/// One answer, as its reader has it.
#[derive(Clone, Default)]
struct Reader {
    read: Rc<RefCell<Vec<String>>>,
    has_left: Rc<Cell<bool>>,
}

impl StreamWriter for Reader {
    fn write(&self, bytes: &[u8]) {
        self.read.borrow_mut().push(String::from_utf8_lossy(bytes).replace(id().as_str(), "ID"));
    }

    fn is_lost(&self) -> bool {
        self.has_left.get()
    }
}

impl Reader {
    /// What came since the last call.
    fn read(&self) -> Vec<String> {
        self.read.take()
    }

    fn is_open(&self) -> bool {
        Rc::strong_count(&self.read) > 1
    }
}

fn id() -> crate::auth::ids::PredictionId {
    signer().id(&ticket(1))
}

fn stream() -> Subscription {
    Subscription::Stream { origin: origin(), id: id() }
}

fn wait() -> Subscription {
    Subscription::Wait(NOON + 20_000)
}

fn event(tag: &str, rest: &str) -> String {
    format!("id: {tag}\ndata: {{\"id\":\"ID\",{rest}}}\n\n")
}

fn starting() -> String {
    event("starting-0.10x0", r#""status":"starting","error":null,"eta_seconds":10"#)
}

/// An account with its subscribers.
struct Open {
    actor: Actor,
    list: Rc<SubscriberList<Reader>>,
}

impl Open {
    fn new(actor: Actor) -> Self {
        let list = SubscriberList::new(Rc::new(signer()), OutputAddresses::Own);
        Self { actor, list: Rc::new(list) }
    }

    fn ask(
        &self,
        ticket: Ticket,
        subscription: Subscription,
        seen: Option<&str>,
    ) -> (Subscribed, Reader) {
        let reader = Reader::default();
        let writer = reader.clone();
        let request = SubscribeRequest { ticket, subscription, seen: seen.map(str::to_owned) };
        let asked = self.list.subscribe(&self.actor, request, move || writer);
        (asked.expect("the storage works"), reader)
    }

    /// One whose answer stays open, after it was told what there is.
    fn subscribe(&self, subscription: Subscription, seen: Option<&str>) -> Reader {
        let (subscribed, reader) = self.told(|| self.ask(ticket(1), subscription, seen));
        assert!(matches!(subscribed, Subscribed::Open));
        reader
    }

    /// The run changed.
    fn notify(&self) {
        self.told(|| self.list.notify(&self.actor, ticket(1)));
    }

    /// Subscribers are told what they haven't seen; timers go on.
    fn told<T>(&self, f: impl FnOnce() -> T) -> T {
        let ports = self.actor.ports();
        let mut timers = ports.spawned.take();
        let done = f();
        ports.run_next();
        timers.append(&mut ports.spawned.borrow_mut());
        ports.spawned.replace(timers);
        done
    }

    fn timer(&self) {
        assert!(self.actor.ports().run_next(), "a timer is set");
    }
}

#[test]
fn a_stream_is_told_each_change_and_ends_with_the_last() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let reader = open.subscribe(stream(), None);
    assert_eq!(reader.read(), [HELLO.to_owned(), starting()]);
    open.notify();
    assert_eq!(reader.read(), [""; 0], "nothing has changed");
    report(&open.actor, ticket(1), SendOutcome::Accepted(super::upstream()));
    webhook(&open.actor, Ok(answer(Status::Processing, None)));
    open.notify();
    assert!(reader.read()[0].starts_with("id: processing-0."));
    assert!(reader.is_open());
}

#[test]
fn a_stream_ends_with_the_runs_end() {
    let open = Open::new(actor());
    runs(&open.actor);
    let reader = open.subscribe(stream(), None);
    reader.read();
    webhook(&open.actor, Ok(answer(Status::Canceled, None)));
    open.notify();
    let [last] = &reader.read()[..] else { panic!("one event") };
    assert!(last.starts_with("id: canceled-0.0x0\ndata: "), "{last}");
    assert!(!reader.is_open());
}

#[test]
fn a_stream_that_comes_back_is_told_what_it_has_not_seen() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    assert_eq!(open.subscribe(stream(), Some("starting-0.10x0")).read(), [HELLO]);
    assert_eq!(open.subscribe(stream(), Some("in_queue-1.20x0")).read().len(), 2);
}

#[test]
fn streams_of_two_audiences_have_their_own_addresses() {
    let open = Open::new(actor());
    completes(&open.actor);
    open.actor.ports().output_gets.will_answer([Ok(Some(b"png".to_vec())), Ok(None)]);
    let other = Origin::parse("https://other.example").expect("an origin");
    let elsewhere = Subscription::Stream { origin: other, id: id() };
    let readers: Vec<_> = [stream(), stream(), elsewhere]
        .into_iter()
        .map(|subscription| open.ask(ticket(1), subscription, None).1)
        .collect();
    open.notify();
    let read: Vec<_> = readers.iter().map(Reader::read).collect();
    assert!(read.iter().all(|events| events.len() == 2));
    assert_eq!(read[0], read[1]);
    assert!(read[0][1].contains("data:image/png;base64,cG5n"), "{:?}", read[0]);
    assert!(read[2][1].contains("_expired"), "{:?}", read[2]);
    assert_eq!(open.actor.ports().output_gets.asked().len(), 2, "once for each audience");
}

#[test]
fn what_is_over_and_seen_is_answered_at_once() {
    let open = Open::new(actor());
    let none = |subscription, seen| open.ask(ticket(1), subscription, seen).0;
    assert!(matches!(none(stream(), None), Subscribed::NotFound));
    runs(&open.actor);
    webhook(&open.actor, Ok(answer(Status::Canceled, None)));
    assert!(matches!(none(stream(), Some("canceled-0.0x0")), Subscribed::Over));
    assert!(matches!(none(wait(), Some("\"canceled-0.0x0\"")), Subscribed::Answer(_)));
}

#[test]
fn a_wait_ends_with_news_and_not_with_an_estimate() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let behind = open.ask(ticket(1), wait(), Some("\"in_queue-1.20x0\"")).0;
    let Subscribed::Answer(answered) = behind else { panic!("it is behind") };
    let answered = String::from_utf8(answered).expect("JSON");
    assert!(answered.contains(r#""status":"starting""#), "{answered}");
    let reader = open.subscribe(wait(), Some("\"starting-0.90x0\""));
    open.notify();
    assert!(reader.read().is_empty() && reader.is_open());
    report(&open.actor, ticket(1), SendOutcome::Accepted(super::upstream()));
    webhook(&open.actor, Ok(answer(Status::Processing, None)));
    open.notify();
    assert!(reader.read()[0].contains(r#""status":"processing""#));
    assert!(!reader.is_open());
}

#[test]
fn a_wait_that_is_over_is_told_what_there_is() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let reader = open.subscribe(wait(), None);
    open.timer();
    assert_eq!(open.actor.ports().now_ms.get(), NOON + HEARTBEAT_MS);
    assert!(reader.read().is_empty(), "a wait has no heartbeat");
    open.timer();
    assert_eq!(open.actor.ports().now_ms.get(), NOON + 20_000);
    open.actor.ports().run_all();
    assert!(reader.read()[0].contains(r#""status":"starting""#));
    assert!(!reader.is_open());
}

#[test]
fn heartbeats_show_which_readers_have_left() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let (stays, leaves) = (open.subscribe(stream(), None), open.subscribe(stream(), None));
    (stays.read(), leaves.read());
    leaves.has_left.set(true);
    open.timer();
    assert_eq!(open.actor.ports().slept_ms.take(), [HEARTBEAT_MS, 0]);
    assert_eq!(stays.read(), [HEARTBEAT]);
    assert!(stays.is_open() && !leaves.is_open());
    stays.has_left.set(true);
    open.timer();
    assert!(!stays.is_open());
    assert!(open.actor.ports().spawned.borrow().is_empty(), "no timer without a subscriber");
}

#[test]
fn a_waiting_runs_place_is_looked_at_again() {
    let open = Open::new(actor());
    submit(&open.actor, 2);
    submit(&open.actor, 1);
    handle(&open.actor, Request::Stored(ticket(1)));
    let reader = open.subscribe(stream(), None);
    let read = reader.read();
    assert!(read[1].starts_with("id: in_queue-1."), "{read:?}");
    let before_ms = open.actor.ports().now_ms.get();
    // The first timer was for a heartbeat; the place comes before it.
    while reader.read().is_empty() {
        assert!(open.actor.ports().run_next(), "a timer is set");
    }
    assert!(open.actor.ports().now_ms.get() - before_ms <= HEARTBEAT_MS);
}

#[test]
fn a_run_has_so_many_subscribers_and_those_that_left_make_room() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let readers: Vec<_> = (0..LISTENERS_MAX).map(|_| open.subscribe(stream(), None)).collect();
    assert!(matches!(open.ask(ticket(1), stream(), None).0, Subscribed::Full));
    readers[3].has_left.set(true);
    assert!(matches!(open.ask(ticket(1), wait(), None).0, Subscribed::Open));
    assert!(!readers[3].is_open());
}

#[test]
fn a_run_that_is_deleted_ends_its_answers() {
    let open = Open::new(actor());
    submit(&open.actor, 1);
    let reader = open.subscribe(stream(), None);
    reader.read();
    handle(&open.actor, Request::Delete(ticket(1)));
    open.notify();
    assert!(reader.read().is_empty() && !reader.is_open());
}

#[test]
fn answers_end_when_what_they_are_told_can_not_be_read() {
    for storage_fails in [true, false] {
        let open = Open::new(actor());
        let ports = open.actor.ports();
        runs(&open.actor);
        let reader = open.subscribe(stream(), None);
        reader.read();
        ports.output_puts.will_answer([Ok(1)]);
        let output = fashn::prediction::Output::List(vec![super::DATA.to_owned()]);
        webhook(&open.actor, Ok(answer(Status::Completed, Some(output))));
        if storage_fails {
            ports.fails_at.set(Some(StorageCall::Read));
        } else {
            ports.output_gets.will_answer([Err(broken())]);
        }
        open.notify();
        assert_eq!(ports.logged(), ["subscribers"]);
        assert!(reader.read().is_empty() && !reader.is_open());
        let request = SubscribeRequest { ticket: ticket(1), subscription: wait(), seen: None };
        let asked = open.list.subscribe(&open.actor, request, Reader::default);
        assert_eq!(asked.is_err(), storage_fails);
    }
}
