//! What staff see of messages that were never taken.

use super::ports::Ports;
use super::{broken, done};
use crate::account::rows::{DeadLetter, MessageId, Write};
use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::account::tests::memory::MemoryRows;
use crate::app::dead_letters::{list, of, send};
use crate::app::message::{Request, Response};
use crate::app::problem::Problem;
use crate::auth::roles::Operator;
use crate::config::settings::Settings;

fn settings() -> Settings {
    let set = [("FASHN_API_KEY", "fa-key"), ("SIGNING_SECRET", "0123456789abcdef0123456789abcdef")];
    let look_up = |name: &str| {
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Settings::read(&look_up).expect("reads")
}

fn letter() -> DeadLetter {
    DeadLetter {
        id: MessageId("0123456789abcdef0123456789abcdef".to_owned()),
        event: "prediction.failed".to_owned(),
        at_ms: super::NOON,
        detail: None,
        tries: 9,
        outcome: Some("there was no answer".to_owned()),
        dead_ms: super::NOON + 101_550_000,
        url: None,
    }
}

#[test]
fn the_list_has_what_and_when_and_why() {
    let (ports, settings) = (Ports::new(), settings());
    let rows = MemoryRows::default();
    rows.apply(&Write::PutDeadLetter(letter())).expect("stores");
    ports.accounts.will_answer([Ok(Response::Told(Box::new(of(&rows).expect("reads"))))]);
    assert_eq!(
        done(list(&ports, &settings, settings.shops.keys())),
        serde_json::json!({
            "accounts": [{ "account": "FASHN_API_KEY", "error": null }],
            "dead_letters": [{
                "account": "FASHN_API_KEY",
                "id": "0123456789abcdef0123456789abcdef",
                "type": "prediction.failed",
                "timestamp": "2025-11-20T12:00:00.000Z",
                "tries": 9,
                "outcome": "there was no answer",
                "dead_at": "2025-11-21T16:12:30.000Z",
            }],
        })
    );
}

#[test]
fn one_is_sent_again_or_not_found() {
    let (id, owner) = (letter().id, Operator::owner());
    for (outcome, found) in
        [(StaffOutcome::Changed, Ok(())), (StaffOutcome::NotFound, Err("not found".to_owned()))]
    {
        let (ports, settings) = (Ports::new(), settings());
        ports.accounts.will_answer([Ok(Response::Changed(outcome))]);
        let sent = done(send(&ports, &settings, &owner, settings.shops.keys(), &id.0));
        assert_eq!(sent.map_err(|problem| problem.to_string()), found);
        let (by, shop) = (owner.name.clone(), String::new());
        let change = SignedChange { change: StaffChange::SendAgain(id.clone()), by, shop };
        assert_eq!(ports.accounts.asked(), [Request::Change(change)]);
    }
}

#[test]
fn an_account_that_does_not_answer_is_told() {
    let (ports, settings) = (Ports::new(), settings());
    let (keys, owner) = (|| settings.shops.keys(), Operator::owner());
    ports.accounts.will_answer([Err(broken()), Err(broken()), Ok(Response::Done)]);
    let listed = done(list(&ports, &settings, keys()));
    assert_eq!(listed["dead_letters"], serde_json::json!([]));
    assert_eq!(
        listed["accounts"],
        serde_json::json!([{
            "account": "FASHN_API_KEY",
            "error": "The account did not answer. Please try again.",
        }])
    );
    let sent = [
        done(send(&ports, &settings, &owner, keys(), "1")),
        done(send(&ports, &settings, &owner, keys(), "1")),
    ];
    assert!(matches!(sent, [Err(Problem::Overloaded { .. }), Err(Problem::Internal(_))]));
}
