use fashn::prediction::Status;
use proptest::prelude::*;

use super::*;
use crate::auth::ids::{AccountId, Jurisdiction, Signer};
use crate::auth::secret::Secret;
use crate::http::request_head::tests::text_with;

fn id() -> PredictionId {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let account = AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global);
    signer.id(&Ticket::mint(account, 0, [1; 11]))
}

fn envelope(status: Status, queue_position: Option<u64>, eta_seconds: Option<u64>) -> Envelope {
    Envelope { id: id(), status, error: None, expires_at: None, queue_position, eta_seconds }
}

fn query(query: &str, headers: &[(Header, &str)]) -> Result<StatusQuery, RequestError> {
    let text = text_with(query, headers);
    StatusQuery::read(&RequestHead::parse(&text))
}

fn tag(text: &str) -> ETag {
    ETag::new(text.to_owned())
}

#[test]
fn a_wait_is_a_whole_number_of_seconds_within_bounds() {
    for (text, seconds) in
        [("", None), ("wait=1", Some(1)), ("wait=25", Some(25)), ("signature=x&wait=7", Some(7))]
    {
        let read = query(text, &[]).expect("reads");
        assert_eq!(read.wait_seconds, seconds, "{text}");
    }
    for text in ["wait=0", "wait=26", "wait=", "wait=1.5", "wait=-1", "wait=soon", "wait=1&wait=99"]
    {
        let Err(RequestError::Fields(errors)) = query(text, &[]) else {
            panic!("{text} is refused");
        };
        let paths: Vec<_> = errors.iter().map(|error| &*error.path).collect();
        assert_eq!(paths, ["wait"], "{text}");
    }
}

#[test]
fn a_head_is_answered_at_once() {
    let headers = [(Header::Accept, EVENT_STREAM)];
    let text = text_with("wait=7", &headers).replacen("GET", "HEAD", 1);
    let read = StatusQuery::read(&RequestHead::parse(&text)).expect("reads");
    assert_eq!((read.wait_seconds, read.stream), (None, false));
}

#[test]
fn a_stream_is_for_callers_that_name_it() {
    for (accept, streams) in [
        ("text/event-stream", true),
        ("text/event-stream, application/json;q=0.9", true),
        ("application/json, Text/Event-Stream;q=0.5", true),
        ("text/event-stream;q=0", false),
        ("text/event-stream; q=0.000", false),
        ("text/event-stream;q=0.001", true),
        ("application/json", false),
        ("*/*", false),
        ("", false),
    ] {
        let read = query("", &[(Header::Accept, accept)]).expect("reads");
        assert_eq!(read.stream, streams, "{accept}");
    }
    assert!(!query("", &[]).expect("reads").stream);
}

#[test]
fn what_a_caller_has_seen_is_compared_whole_or_by_its_news() {
    let now = tag("processing-0.10x0");
    for (seen, has, is_behind) in [
        (None, false, false),
        (Some("\"processing-0.10x0\""), true, false),
        (Some("W/\"processing-0.10x0\""), true, false),
        (Some("\"x\", \"processing-0.10x0\""), true, false),
        (Some("*"), true, false),
        (Some("\"processing-0.15x0\""), false, false),
        (Some("\"in_queue-1.15x0\""), false, true),
        (Some("\"\""), false, true),
    ] {
        let headers: Vec<_> = seen.iter().map(|seen| (Header::IfNoneMatch, *seen)).collect();
        let read = query("", &headers).expect("reads");
        let behind = read.seen.as_deref().is_some_and(|seen| super::is_behind(seen, &now));
        assert_eq!((read.has(&now), behind), (has, is_behind), "{seen:?}");
    }
}

#[test]
fn a_poller_comes_back_after_half_of_what_is_left() {
    for (status, eta, seconds) in [
        (Status::Processing, None, Some(2)),
        (Status::Processing, Some(1), Some(2)),
        (Status::Processing, Some(5), Some(3)),
        (Status::Processing, Some(15), Some(8)),
        (Status::InQueue, Some(40), Some(20)),
        (Status::InQueue, Some(1_200), Some(30)),
        (Status::Other("new".into()), Some(10), Some(5)),
        (Status::Completed, None, None),
        (Status::Failed, None, None),
    ] {
        let shown = envelope(status, None, eta);
        assert_eq!(retry_after_seconds(&shown), seconds, "{shown:?}");
    }
}

#[test]
fn a_place_far_back_is_asked_for_less_often() {
    let standing =
        |wait_seconds| Standing { position: 9, wait_seconds, eta_seconds: wait_seconds + 8 };
    for (standing, pause_ms) in [
        (None, 2_000),
        (Some(standing(0)), 2_000),
        (Some(standing(80)), 10_000),
        (Some(standing(1_800)), 20_000),
    ] {
        assert_eq!(place_again_ms(standing), pause_ms, "{standing:?}");
    }
}

#[test]
fn a_subscriber_is_told_what_it_does_not_know_and_released_at_the_end() {
    let stream = Subscription::Stream {
        origin: Origin::parse("https://shop.example").expect("an origin"),
        id: id(),
    };
    let wait = Subscription::Wait(9);
    let now = tag("processing-0.10x0");
    for (subscription, seen, is_last, notification) in [
        (&stream, "", false, Notification::Event),
        (&stream, "processing-0.10x0", false, Notification::Nothing),
        (&stream, "processing-0.15x0", false, Notification::Event),
        (&stream, "in_queue-1.15x0", true, Notification::LastEvent),
        (&stream, "processing-0.10x0", true, Notification::End),
        (&stream, "processing-0.10x2", true, Notification::End),
        (&wait, "processing-0.10x0", false, Notification::Nothing),
        (&wait, "processing-0.15x0", false, Notification::Nothing),
        // A wait is always answered.
        (&wait, "in_queue-1.15x0", false, Notification::LastEvent),
        (&wait, "processing-0.10x0", true, Notification::LastEvent),
        (&wait, "in_queue-1.15x0", true, Notification::LastEvent),
    ] {
        assert_eq!(
            subscription.notification(seen, &now, is_last),
            notification,
            "{subscription:?} {seen} {is_last}"
        );
    }
}

#[test]
fn an_event_is_what_browsers_read() {
    let event = event(&tag("processing-0.10x0"), br#"{"id":"x"}"#);
    assert_eq!(String::from_utf8_lossy(&event), "id: processing-0.10x0\ndata: {\"id\":\"x\"}\n\n");
}

fn any_status() -> impl Strategy<Value = Status> {
    prop_oneof![
        Just(Status::Starting),
        Just(Status::InQueue),
        Just(Status::Processing),
        Just(Status::Completed),
        Just(Status::Failed),
        Just(Status::Canceled),
        Just(Status::TimeOut),
    ]
}

fn any_envelope() -> impl Strategy<Value = Envelope> {
    (any_status(), prop::option::of(1..4_u64), prop::option::of(1..4_u64))
        .prop_map(|(status, position, eta)| envelope(status, position, eta))
}

proptest! {
    #[test]
    fn a_tag_is_the_same_if_and_only_if_what_is_shown_is_the_same(one in any_envelope(), other in any_envelope()) {
        let json = |shown| serde_json::to_string(shown).expect("serialises");
        prop_assert_eq!(one.tag(0) == other.tag(0), json(&one) == json(&other));
    }

    #[test]
    fn an_id_that_a_caller_sends_back_is_known_again(shown in any_envelope()) {
        let tag = shown.tag(0);
        let read = query("", &[(Header::IfNoneMatch, &tag.quoted())]).expect("reads");
        let seen = read.seen.clone().expect("it came");
        prop_assert!(read.has(&tag) && !is_behind(&seen, &tag));
    }
}
