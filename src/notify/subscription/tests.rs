use fashn::prediction::Status;
use proptest::prelude::*;

use super::*;
use crate::auth::ids::{Signer, Ticket};
use crate::auth::secret::Secret;
use crate::http::request_head;

fn envelope(status: Status, queue_position: Option<u64>, eta_seconds: Option<u64>) -> Envelope {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    Envelope {
        id: signer.id(&Ticket::mint(0, [1; 12])),
        status,
        error: None,
        expires_at: None,
        queue_position,
        eta_seconds,
    }
}

fn ask(query: &str, headers: &[(&str, &str)]) -> Result<Ask, Problem> {
    Ask::read(&Head::parse(&request_head::text_with(query, headers)))
}

fn tag(text: &str) -> Tag {
    Tag(text.to_owned())
}

#[test]
fn a_tag_names_state_place_estimate_and_what_is_expired() {
    for (shown, expired, text) in [
        (
            envelope(Status::InQueue, Some(3), Some(25)),
            0,
            "in_queue-3.25x0",
        ),
        (
            envelope(Status::Processing, None, Some(10)),
            0,
            "processing-0.10x0",
        ),
        (
            envelope(Status::Completed, None, None),
            2,
            "completed-0.0x2",
        ),
        (
            envelope(Status::Other("späť\r\n\"x".into()), None, None),
            0,
            "spx-0.0x0",
        ),
    ] {
        assert_eq!(Tag::of(&shown, expired).as_str(), text);
    }
    assert_eq!(tag("in_queue-3.25x0").quoted(), "\"in_queue-3.25x0\"");
    assert_eq!(tag("in_queue-3.25x0").news(), "in_queue-3");
}

#[test]
fn a_wait_is_a_whole_number_of_seconds_within_bounds() {
    for (query, seconds) in [
        ("", None),
        ("wait=1", Some(1)),
        ("wait=25", Some(25)),
        ("signature=x&wait=7", Some(7)),
    ] {
        assert_eq!(
            ask(query, &[]).expect("reads").wait_seconds,
            seconds,
            "{query}"
        );
    }
    for query in [
        "wait=0",
        "wait=26",
        "wait=",
        "wait=1.5",
        "wait=-1",
        "wait=soon",
        "wait=1&wait=99",
    ] {
        let problem = ask(query, &[]).expect_err("it is refused").into_answer();
        assert_eq!(
            (problem.status, problem.body.errors.len()),
            (400, 1),
            "{query}"
        );
        assert_eq!(
            problem.body.errors.first().map(|fault| &*fault.path),
            Some("wait")
        );
    }
}

#[test]
fn a_stream_is_for_whoever_names_it() {
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
        let read = ask("", &[("accept", accept)]).expect("reads");
        assert_eq!(read.stream, streams, "{accept}");
    }
    assert!(!ask("", &[]).expect("reads").stream);
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
        let headers: Vec<_> = seen.iter().map(|seen| ("if-none-match", *seen)).collect();
        let read = ask("", &headers).expect("reads");
        assert_eq!(
            (read.has(&now), read.is_behind(&now)),
            (has, is_behind),
            "{seen:?}"
        );
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
    let place = |wait_seconds| Place {
        position: 9,
        wait_seconds,
        eta_seconds: wait_seconds + 8,
        give_up_ms: 0,
    };
    for (place, pause_ms) in [
        (None, 2_000),
        (Some(place(0)), 2_000),
        (Some(place(80)), 10_000),
        (Some(place(1_800)), 20_000),
    ] {
        assert_eq!(place_again_ms(place), pause_ms, "{place:?}");
    }
}

#[test]
fn a_listener_is_told_what_it_does_not_know_and_let_go_at_the_end() {
    let origin = Origin::parse("https://shop.example").expect("an origin");
    let (stream, wait) = (Form::Stream(origin), Form::Wait(9));
    let now = tag("processing-0.10x0");
    for (form, seen, is_last, telling) in [
        (&stream, "", false, Telling::Event),
        (&stream, "processing-0.10x0", false, Telling::Nothing),
        (&stream, "processing-0.15x0", false, Telling::Event),
        (&stream, "in_queue-1.15x0", true, Telling::LastEvent),
        (&stream, "processing-0.10x0", true, Telling::End),
        (&stream, "processing-0.10x2", true, Telling::End),
        (&wait, "processing-0.10x0", false, Telling::Nothing),
        (&wait, "processing-0.15x0", false, Telling::Nothing),
        (&wait, "in_queue-1.15x0", false, Telling::End),
        (&wait, "processing-0.10x0", true, Telling::End),
        (&wait, "in_queue-1.15x0", true, Telling::End),
    ] {
        assert_eq!(
            form.telling(seen, &now, is_last),
            telling,
            "{form:?} {seen} {is_last}"
        );
    }
}

#[test]
fn an_event_is_what_browsers_read() {
    let event = event(&tag("processing-0.10x0"), br#"{"id":"x"}"#);
    assert_eq!(
        String::from_utf8_lossy(&event),
        "id: processing-0.10x0\ndata: {\"id\":\"x\"}\n\n"
    );
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
    (
        any_status(),
        prop::option::of(1..4_u64),
        prop::option::of(1..4_u64),
    )
        .prop_map(|(status, position, eta)| envelope(status, position, eta))
}

proptest! {
    #[test]
    fn a_tag_is_the_same_if_and_only_if_what_is_shown_is_the_same(one in any_envelope(), other in any_envelope()) {
        let json = |shown| serde_json::to_string(shown).expect("serialises");
        prop_assert_eq!(Tag::of(&one, 0) == Tag::of(&other, 0), json(&one) == json(&other));
    }

    #[test]
    fn an_id_that_a_caller_sends_back_is_known_again(shown in any_envelope()) {
        let tag = Tag::of(&shown, 0);
        let read = ask("", &[("if-none-match", &tag.quoted())]).expect("reads");
        prop_assert!(read.has(&tag) && !read.is_behind(&tag));
    }
}
