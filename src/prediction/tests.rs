use fashn::error::RuntimeError;
use fashn::models::Credits;

use super::*;
use crate::auth::ids::{Signer, Ticket};
use crate::auth::secret::Secret;
use crate::config::shops::KeyName;
use crate::run::output::{StoredItem, StoredOutput};
use crate::stored;

mod any_life;
mod debt;
mod dispatched;

const NOW: u64 = 1_763_670_000_000;

fn failure(name: &str, message: &str) -> RuntimeError {
    RuntimeError {
        name: name.into(),
        message: message.into(),
    }
}

fn record() -> Record {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    Record::new(
        signer.id(&Ticket::mint(NOW, [1; 12])),
        KeyName::default(),
        NOW,
        5,
        600,
        3_600,
    )
}

fn upstream(text: &str) -> UpstreamId {
    UpstreamId::parse(text).expect("an id")
}

fn completed() -> Ending {
    let output = StoredOutput {
        as_images: false,
        items: vec![StoredItem::Url(
            "https://cdn.fashn.ai/1/output_0.png".into(),
        )],
    };
    Ending::Completed {
        output,
        credits_used: Some(Credits(1)),
    }
}

fn told(id: &str, news: News) -> Event {
    Event::Told(Report {
        upstream: upstream(id),
        news,
    })
}

/// Takes events in, one a second.
fn after(events: impl IntoIterator<Item = Event>) -> (Record, Vec<Decision>) {
    let mut record = record();
    let decisions = events
        .into_iter()
        .zip(1..)
        .map(|(event, second)| record.step(event, NOW + second * 1_000))
        .collect();
    (record, decisions)
}

#[test]
fn the_usual_life_is_accepted_hinted_told_and_ended() {
    let (record, decisions) = after([
        Event::Accepted(upstream("a-u1")),
        Event::Hinted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
    ]);
    assert_eq!(
        decisions,
        [
            Decision::Save,
            Decision::Ask(upstream("a-u1")),
            Decision::Save
        ]
    );
    assert_eq!(
        record.state,
        State::Ended {
            ending: completed(),
            expires_ms: NOW + 3_000 + 3_600_000
        }
    );
}

#[test]
fn a_webhook_before_the_answer_of_run_is_harmless() {
    let (record, decisions) = after([
        Event::Hinted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
        Event::Accepted(upstream("a-u1")),
    ]);
    assert_eq!(
        decisions,
        [
            Decision::Ask(upstream("a-u1")),
            Decision::Save,
            Decision::Keep
        ]
    );
    assert!(matches!(record.state, State::Ended { .. }));
}

#[test]
fn a_second_webhook_changes_nothing() {
    let (_, decisions) = after([
        Event::Accepted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
        Event::Hinted(upstream("a-u1")),
        told(
            "a-u1",
            News::Over(Ending::Failed(RuntimeError {
                name: "PipelineError".into(),
                message: String::new(),
            })),
        ),
    ]);
    assert_eq!(decisions[2..], [Decision::Keep, Decision::Keep]);
}

#[test]
fn a_webhook_that_claims_another_run_is_disowned() {
    let (record, decisions) = after([
        Event::Accepted(upstream("a-u1")),
        Event::Hinted(upstream("b-u1")),
        told("b-u1", News::Over(completed())),
    ]);
    assert_eq!(decisions[1..], [Decision::Disown, Decision::Disown]);
    assert!(matches!(record.state, State::Running { .. }));
}

#[test]
fn fashn_s_own_answer_outweighs_a_webhook_that_claimed_another_run() {
    let (record, decisions) = after([
        Event::Hinted(upstream("b-u1")),
        Event::Accepted(upstream("a-u1")),
        told("b-u1", News::Over(completed())),
        Event::Hinted(upstream("a-u1")),
    ]);
    assert_eq!(
        decisions[1..],
        [
            Decision::Save,
            Decision::Disown,
            Decision::Ask(upstream("a-u1"))
        ]
    );
    assert!(matches!(record.state, State::Running { .. }));
}

#[test]
fn a_refused_run_is_wiped() {
    let (_, decisions) = after([Event::Refused]);
    assert_eq!(decisions, [Decision::Wipe]);
}

#[test]
fn a_forgotten_run_is_wiped_wherever_it_stands() {
    for before in [vec![], vec![Event::Accepted(upstream("a-u1"))]] {
        let (_, decisions) = after(before.into_iter().chain([Event::Forget]));
        assert_eq!(decisions.last(), Some(&Decision::Wipe));
    }
}

#[test]
fn no_answer_and_no_webhook_by_the_deadline_is_a_time_out() {
    let mut record = record();
    assert_eq!(record.alarm_ms(), NOW + 600_000);
    assert_eq!(record.step(Event::Alarm, NOW + 599_999), Decision::Keep);
    assert_eq!(record.step(Event::Alarm, NOW + 600_000), Decision::Save);
    assert!(matches!(
        &record.state,
        State::Ended {
            ending: Ending::TimeOut(None),
            ..
        }
    ));
}

#[test]
fn without_a_webhook_fashn_is_asked_less_and_less_often() {
    let mut record = record();
    let _ = record.step(Event::Accepted(upstream("a-u1")), NOW);
    let mut asked_seconds = Vec::new();
    while asked_seconds.len() < 6 {
        let alarm_ms = record.alarm_ms();
        assert_eq!(
            record.step(Event::Alarm, alarm_ms),
            Decision::Ask(upstream("a-u1"))
        );
        asked_seconds.push((alarm_ms - NOW) / 1_000);
    }
    assert_eq!(asked_seconds, [15, 25, 45, 85, 145, 205]);
}

#[test]
fn an_alarm_that_comes_twice_asks_once() {
    let mut record = record();
    let _ = record.step(Event::Accepted(upstream("a-u1")), NOW);
    assert_eq!(
        record.step(Event::Alarm, NOW + 15_000),
        Decision::Ask(upstream("a-u1"))
    );
    assert_eq!(record.step(Event::Alarm, NOW + 15_001), Decision::Keep);
}

#[test]
fn what_fashn_says_meanwhile_is_kept() {
    let (record, decisions) = after([
        Event::Accepted(upstream("a-u1")),
        told("a-u1", News::Live(Status::InQueue)),
        told("a-u1", News::Live(Status::InQueue)),
        told("a-u1", News::Live(Status::Other("warming_up".into()))),
    ]);
    assert_eq!(
        decisions[1..],
        [Decision::Save, Decision::Keep, Decision::Save]
    );
    assert!(matches!(
        record.state,
        State::Running {
            status: Status::Other(_),
            ..
        }
    ));
}

#[test]
fn a_result_is_wiped_when_its_time_is_over_and_not_shown_after() {
    let (mut record, _) = after([
        Event::Accepted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
    ]);
    let expires_ms = record.alarm_ms();
    assert!(record.is_alive(expires_ms - 1));
    assert!(!record.is_alive(expires_ms));
    assert_eq!(record.step(Event::Alarm, expires_ms - 1), Decision::Keep);
    assert_eq!(record.step(Event::Alarm, expires_ms), Decision::Wipe);
}

#[test]
fn an_upstream_id_can_t_lead_to_another_address() {
    assert!(UpstreamId::parse("123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1").is_some());
    for text in ["", "..", "a/b", "a?b", "a b", "a%2f", &"a".repeat(129)] {
        assert_eq!(UpstreamId::parse(text), None, "{text}");
    }
}

#[test]
fn the_stored_records_are_pinned() {
    let (ended, _) = after([
        Event::Accepted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
    ]);
    let (running, _) = after([Event::Accepted(upstream("a-u1"))]);
    for (record, name) in [
        (record(), "sending"),
        (running, "running"),
        (ended, "ended"),
    ] {
        insta::assert_snapshot!(name, stored::pin(&record));
    }
}

#[test]
fn every_ending_event_and_decision_is_written_and_read_again() {
    let endings = [
        completed(),
        Ending::Completed {
            output: StoredOutput {
                as_images: true,
                items: vec![
                    StoredItem::Url("https://cdn.fashn.ai/a.png".into()),
                    StoredItem::Expired,
                    StoredItem::Kept {
                        media_type: "image/png".into(),
                        byte_len: 7,
                        pieces: 1,
                    },
                ],
            },
            credits_used: None,
        },
        Ending::Failed(failure("PoseError", "")),
        Ending::Canceled(None),
        Ending::Canceled(Some(failure("SomethingNew", "said"))),
        Ending::TimeOut(None),
    ];
    for ending in endings {
        let _ = stored::pin(&told("a-u1", News::Over(ending)));
    }
    let events = [
        Event::Accepted(upstream("a-u1")),
        Event::Refused,
        Event::Hinted(upstream("a-u1")),
        told("a-u1", News::Live(Status::Other("paused".into()))),
        Event::Alarm,
        Event::Forget,
        Event::Permitted(2),
        Event::Requeued {
            attempt: 1,
            body: Some(StoredBody::of(1)),
            give_up_ms: 9,
        },
        Event::Unanswered(1),
        Event::Reported(Outcome::Charged(None)),
        Event::Settled(Report {
            upstream: upstream("a-u1"),
            news: News::Over(completed()),
        }),
    ];
    for event in events {
        let _ = stored::pin(&event);
    }
    for decision in [
        Decision::Keep,
        Decision::Save,
        Decision::Ask(upstream("a-u1")),
        Decision::Send(StoredBody::of(1), 1),
        Decision::Disown,
        Decision::Wipe,
    ] {
        let _ = stored::pin(&decision);
    }
}
