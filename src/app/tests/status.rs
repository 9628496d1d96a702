//! A status, by how it is asked for and by what the account says.

use fashn::models::Credits;
use fashn::prediction::Status;

use super::ports::Ports;
use super::{NOON, broken, done, origin, overloaded, signer, ticket};
use crate::app::message::{Request, Response, Shown};
use crate::app::ports::{CallError, Subscribed};
use crate::app::render::StatusRenderer;
use crate::app::status::{StatusReply, find_output, show};
use crate::config::settings::OutputAddresses;
use crate::notify::subscription::{StatusQuery, SubscribeRequest, Subscription};
use crate::run::output::{StoredItem, StoredOutput};
use crate::run::view::Standing;
use crate::run::view::View;

pub fn shown(status: Status) -> Shown {
    let view = View { status, error: None, expires_ms: None, output: None, credits_used: None };
    Shown { view, standing: None }
}

/// A completed run with these outputs.
pub fn with_items(items: Vec<StoredItem>) -> Shown {
    let Shown { view, standing } = shown(Status::Completed);
    let output = Some(StoredOutput { as_images: true, items });
    let (expires_ms, credits_used) = (Some(NOON + 60_000), Some(Credits(1)));
    Shown { view: View { expires_ms, output, credits_used, ..view }, standing }
}

pub fn kept() -> StoredItem {
    StoredItem::Kept { media_type: "image/png".to_owned(), byte_len: 3, pieces: 1 }
}

fn plain() -> StatusQuery {
    StatusQuery { wait_seconds: None, stream: false, seen: None, last_event: String::new() }
}

fn looks(ports: &Ports, shown: Option<Shown>) {
    ports.accounts.will_answer([Ok(Response::View(shown.map(Box::new)))]);
}

/// The kind of reply with what it says, or the private reason of the problem.
fn ask(ports: &Ports, query: &StatusQuery, data_urls: bool) -> Result<String, String> {
    let id = signer().id(&ticket(1));
    let renderer =
        StatusRenderer { id: &id, origin: &origin(), addresses: OutputAddresses::Own, data_urls };
    let replied = done(show(ports, &renderer, &ticket(1), query));
    match replied.map_err(|problem| problem.to_string())? {
        StatusReply::Shown(json, _) => Ok(json.replace(id.as_str(), "ID")),
        StatusReply::Unchanged(head) => Ok(format!("unchanged {}", head.tag.as_str())),
        StatusReply::Stream(stream) => Ok(stream.to_owned()),
        StatusReply::Over => Ok("over".to_owned()),
    }
}

const STARTING: &str = r#"{"id":"ID","status":"starting","error":null}"#;

#[test]
fn a_look_shows_what_there_is() {
    for (answers, expected) in [
        (vec![Ok(Some(Status::Starting))], Ok(STARTING)),
        (vec![Ok(None)], Err("not found")),
        (vec![Err(broken()), Ok(Some(Status::Starting))], Ok(STARTING)),
        (vec![Err(broken()), Err(broken())], Err("overloaded: broken: the connection was cut")),
        (vec![Err(overloaded())], Err("overloaded: overloaded: too many")),
    ] {
        let ports = Ports::new();
        let view = |status: Option<Status>| Response::View(status.map(shown).map(Box::new));
        ports.accounts.will_answer(answers.into_iter().map(|answer| answer.map(view)));
        let asked = ask(&ports, &plain(), false);
        assert_eq!(asked.as_deref().map_err(String::as_str), expected);
    }
    let ports = Ports::new();
    ports.accounts.will_answer([Ok(Response::Done)]);
    assert!(ask(&ports, &plain(), false).expect_err("fails").starts_with("internal"));
}

#[test]
fn a_caller_that_has_it_gets_nothing_and_is_told_when_to_ask_again() {
    let ports = Ports::new();
    let standing = Some(Standing { position: 2, wait_seconds: 20, eta_seconds: 30 });
    looks(&ports, Some(Shown { standing, ..shown(Status::InQueue) }));
    let query = StatusQuery { seen: Some("\"in_queue-2.30x0\"".to_owned()), ..plain() };
    assert_eq!(ask(&ports, &query, false).as_deref(), Ok("unchanged in_queue-2.30x0"));
    let id = signer().id(&ticket(1));
    let renderer = StatusRenderer {
        id: &id,
        origin: &origin(),
        addresses: OutputAddresses::Own,
        data_urls: false,
    };
    for (wait_seconds, retry_after) in [(None, true), (Some(5), false)] {
        looks(&ports, Some(shown(Status::Processing)));
        ports.subscriptions.will_answer(wait_seconds.map(|_| Err(broken())));
        let query = StatusQuery { wait_seconds, ..plain() };
        let replied = done(show(&ports, &renderer, &ticket(1), &query));
        let Ok(StatusReply::Shown(_, head)) = replied else { panic!("shown") };
        assert_eq!(head.retry_after_seconds.is_some(), retry_after);
    }
}

#[test]
fn pictures_are_addresses_or_part_of_the_answer() {
    let url = StoredItem::Url("https://cdn.fashn.ai/1.png".to_owned());
    let own = |index| format!("\"https://gateway.example/v1/outputs/ID/{index}\"");
    for (data_urls, got, second, tag) in [
        (false, None, own(1), 0),
        (true, Some(Ok(Some(b"png".to_vec()))), "\"data:image/png;base64,cG5n\"".to_owned(), 0),
        (true, Some(Ok(None)), "\"_expired\"".to_owned(), 1),
    ] {
        let ports = Ports::new();
        ports.output_gets.will_answer(got);
        let items = with_items(vec![url.clone(), kept(), StoredItem::Expired]);
        looks(&ports, Some(items.clone()));
        let json = ask(&ports, &plain(), data_urls).expect("shown");
        let output = format!("{{\"images\":[{},{second},\"_expired\"]}}", own(0));
        assert!(json.contains(&output), "{json}");
        assert_eq!(ports.output_gets.asked().len(), usize::from(data_urls));
        // What has expired is another answer.
        looks(&ports, Some(items));
        ports.output_gets.will_answer(data_urls.then_some(Ok((tag == 0).then(Vec::new))));
        let seen = format!("\"completed-0.0x{}\"", tag + 1);
        let query = StatusQuery { seen: Some(seen), ..plain() };
        assert!(ask(&ports, &query, data_urls).expect("shown").starts_with("unchanged"));
    }
}

#[test]
fn a_picture_that_can_not_be_read_is_no_answer() {
    let ports = Ports::new();
    looks(&ports, Some(with_items(vec![kept()])));
    ports.output_gets.will_answer([Err(broken())]);
    assert!(ask(&ports, &plain(), true).expect_err("fails").starts_with("overloaded"));
}

/// Asks, with this answer to the subscription; returns the request for it.
fn subscribes(
    query: &StatusQuery,
    answer: Result<Subscribed<&'static str>, CallError>,
    is_looked_at: bool,
    expected: Result<&str, &str>,
) -> SubscribeRequest {
    let ports = Ports::new();
    ports.subscriptions.will_answer([answer]);
    if is_looked_at {
        looks(&ports, Some(shown(Status::Starting)));
    }
    let asked = ask(&ports, query, false);
    assert_eq!(asked.as_deref().map_err(String::as_str), expected);
    let [request] = &ports.subscriptions.asked()[..] else { panic!("asked once") };
    request.clone()
}

#[test]
fn a_wait_ends_with_what_the_account_says_and_a_failed_one_with_a_look() {
    type Answer = Result<Subscribed<&'static str>, CallError>;
    let query = StatusQuery { wait_seconds: Some(20), ..plain() };
    let view = |shown: Option<Shown>| Ok(Subscribed::View(shown.map(Box::new)));
    let subscribed: [(Answer, bool, Result<&str, &str>); 7] = [
        (view(Some(shown(Status::Starting))), false, Ok(STARTING)),
        (view(None), false, Err("not found")),
        (Ok(Subscribed::NotFound), false, Err("not found")),
        (Ok(Subscribed::Full), true, Ok(STARTING)),
        (Ok(Subscribed::Over), true, Ok(STARTING)),
        (Ok(Subscribed::Stream("events")), true, Ok(STARTING)),
        (Err(broken()), true, Ok(STARTING)),
    ];
    for (answer, is_looked_at, expected) in subscribed {
        let request = subscribes(&query, answer, is_looked_at, expected);
        assert_eq!(request.subscription, Subscription::Wait(NOON + 20_000));
    }
}

#[test]
fn a_stream_follows_or_one_answer_takes_its_place() {
    type Answer = Result<Subscribed<&'static str>, CallError>;
    let query = StatusQuery { stream: true, last_event: "a tag".to_owned(), ..plain() };
    let subscribed: [(Answer, bool, Result<&str, &str>); 5] = [
        (Ok(Subscribed::Stream("events")), false, Ok("events")),
        (Ok(Subscribed::Over), false, Ok("over")),
        (Ok(Subscribed::NotFound), false, Err("not found")),
        (Ok(Subscribed::Full), true, Ok(STARTING)),
        (Err(overloaded()), false, Err("overloaded: overloaded: too many")),
    ];
    for (answer, is_looked_at, expected) in subscribed {
        let request = subscribes(&query, answer, is_looked_at, expected);
        assert_eq!(request.seen.as_deref(), Some("a tag"));
    }
}

#[test]
fn an_output_is_found_while_its_run_is() {
    let url = StoredItem::Url("https://cdn.fashn.ai/1.png".to_owned());
    let run = || with_items(vec![url.clone(), kept(), StoredItem::Expired]);
    for (shown, index, expected) in [
        (Some(run()), 0, Some((url.clone(), 60))),
        (Some(run()), 1, Some((kept(), 60))),
        (Some(run()), 2, None),
        (Some(run()), 3, None),
        (Some(shown(Status::Processing)), 0, None),
        (None, 0, None),
    ] {
        let ports = Ports::new();
        looks(&ports, shown);
        let found = done(find_output(&ports, &ticket(1), index));
        assert_eq!(
            found.map_err(|problem| problem.to_string()),
            expected.ok_or("not found".into())
        );
        assert_eq!(ports.accounts.asked(), [Request::Look(ticket(1))]);
    }
}
