use fashn::prediction::Status;

use super::*;
use crate::auth::ids::{AccountId, Signer};
use crate::auth::secret::Secret;
use crate::http::request_head::text_with;
use crate::run::view::View;

fn read(
    method: &str,
    query: &str,
    headers: &[(Header, &str)],
) -> Result<StatusQuery, RequestError> {
    let text = text_with(query, headers).replacen("GET", method, 1);
    StatusQuery::read(&RequestHead::parse(&text))
}

#[test]
fn a_wait_is_a_whole_number_of_seconds_within_its_bound() {
    for (query, seconds) in [
        ("", Ok(None)),
        ("wait=1", Ok(Some(1))),
        ("other=x&wait=25", Ok(Some(25))),
        ("wait=0", Err(())),
        ("wait=26", Err(())),
        ("wait=soon", Err(())),
        ("wait=", Err(())),
    ] {
        let read = read("GET", query, &[]);
        assert_eq!(read.map(|query| query.wait_seconds).map_err(drop), seconds, "{query}");
    }
}

#[test]
fn a_stream_is_asked_for_by_its_name() {
    for (accept, is_asked_for) in [
        ("text/event-stream", true),
        ("application/json, Text/Event-Stream;q=0.5", true),
        ("text/event-stream;q=0.0", false),
        ("text/event-stream; q=0", false),
        ("*/*", false),
        ("application/json", false),
    ] {
        let query = read("GET", "", &[(Header::Accept, accept)]).expect("reads");
        assert_eq!(query.stream, is_asked_for, "{accept}");
    }
}

#[test]
fn a_head_is_answered_at_once() {
    let headers = [(Header::Accept, "text/event-stream"), (Header::LastEventId, "a tag")];
    let query = read("HEAD", "wait=5", &headers).expect("reads");
    assert_eq!((query.wait_seconds, query.stream), (None, false));
    assert_eq!(query.last_event, "a tag");
}

#[test]
fn a_caller_has_what_it_holds_to_the_letter() {
    let tag = ETag::new("processing-0.10x0".to_owned());
    for (seen, has) in [
        ("\"processing-0.10x0\"", true),
        ("\"other\", W/\"processing-0.10x0\"", true),
        ("*", true),
        ("\"processing-0.5x0\"", false),
        ("", false),
    ] {
        let query = read("GET", "", &[(Header::IfNoneMatch, seen)]).expect("reads");
        assert_eq!(query.has(&tag), has, "{seen}");
    }
}

#[test]
fn an_estimate_alone_is_no_news() {
    let tag = ETag::new("in_queue-2.30x0".to_owned());
    for (seen, is_news) in [
        ("\"in_queue-2.30x0\"", false),
        ("\"in_queue-2.90x0\"", false),
        ("*", false),
        ("\"in_queue-3.30x0\"", true),
        ("\"starting-0.30x0\"", true),
    ] {
        assert_eq!(is_behind(seen, &tag), is_news, "{seen}");
    }
}

#[test]
fn a_subscriber_is_sent_what_it_has_not_seen() {
    let ticket = Ticket::mint(AccountId::default(), 0, [1; 11]);
    let signer = Signer::new(&Secret::new("secret".into())).expect("a key");
    let origin = Origin::parse("https://gateway.example").expect("an origin");
    let stream = Subscription::Stream { origin, id: signer.id(&ticket) };
    let wait = Subscription::Wait(0);
    for (subscription, seen, is_last, notification) in [
        (&stream, "processing-0.10x0", false, Notification::Nothing),
        (&stream, "processing-0.5x0", false, Notification::Event),
        (&stream, "processing-0.5x0", true, Notification::End),
        (&stream, "starting-0.10x0", true, Notification::LastEvent),
        (&wait, "processing-0.5x0", false, Notification::Nothing),
        (&wait, "starting-0.10x0", false, Notification::LastEvent),
        (&wait, "processing-0.10x0", true, Notification::LastEvent),
    ] {
        let tag = ETag::new("processing-0.10x0".to_owned());
        assert_eq!(subscription.notification(seen, &tag, is_last), notification, "{seen}");
    }
}

#[test]
fn a_caller_comes_again_after_half_of_what_is_left() {
    let signer = Signer::new(&Secret::new("secret".into())).expect("a key");
    let ticket = Ticket::mint(AccountId::default(), 0, [1; 11]);
    for (status, eta_seconds, retry_after) in [
        (Status::Processing, Some(20), Some(10)),
        (Status::Processing, Some(0), Some(limits::RETRY_AFTER_MIN_SECONDS)),
        (Status::InQueue, Some(900), Some(limits::RETRY_AFTER_MAX_SECONDS)),
        (Status::Starting, None, Some(limits::RETRY_AFTER_MIN_SECONDS)),
        (Status::Completed, None, None),
    ] {
        let view = View { status, error: None, expires_ms: None, output: None, credits_used: None };
        let envelope = Envelope { eta_seconds, ..Envelope::of(signer.id(&ticket), &view, None) };
        assert_eq!(retry_after_seconds(&envelope), retry_after);
    }
}

#[test]
fn a_place_far_back_is_looked_at_less_often() {
    let after =
        |wait_seconds| place_again_ms(Some(Standing { position: 1, wait_seconds, eta_seconds: 0 }));
    assert_eq!(place_again_ms(None), limits::PLACE_EVERY_MIN_MS);
    assert_eq!(after(8), limits::PLACE_EVERY_MIN_MS);
    assert_eq!(after(80), 10_000);
    assert_eq!(after(10_000), limits::PLACE_EVERY_MAX_MS);
}

#[test]
fn an_event_has_its_tag_for_an_id() {
    let event = event(&ETag::new("starting-0.0x0".to_owned()), b"{}");
    assert_eq!(event, b"id: starting-0.0x0\ndata: {}\n\n");
}
