//! What staff see and change, and whether the gateway is ready.

use std::task::Poll;

use futures::future::poll_fn;
use serde_json::json;

use super::account::{actor, handle, submit};
use super::ports::Ports;
use super::settings::settings;
use super::{broken, done, signer, ticket};
use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::app::log::LogEvent;
use crate::app::message::{BodyResponse, Request, Response};
use crate::app::ports::{Accounts, CallError, Runtime};
use crate::app::readiness::Readiness;
use crate::app::staff::{self, Changed, Target};
use crate::auth::ids::AccountId;
use crate::auth::roles::Operator;
use crate::config::limits;
use crate::http::route::StaffAction;

const NORTH: &[(&str, &str)] = &[("SHOPS", r#"{"north":{"origins":["https://n.example"]}}"#)];

fn target(json: &str) -> Target {
    Target::parse(json.as_bytes()).expect("reads")
}

#[test]
fn a_change_is_told_to_the_account_of_its_shop_or_run() {
    let (settings, signer, run) = (settings(NORTH), signer(), ticket(1));
    let owner = Operator::owner();
    let id = json!({ "id": signer.id(&run) }).to_string();
    for (action, body, change, shop) in [
        (StaffAction::CloseBreaker, "", StaffChange::CloseBreaker, ""),
        (StaffAction::CloseBreaker, r#"{"shop":"north"}"#, StaffChange::CloseBreaker, "north"),
        (StaffAction::ClearQuarantine, "{}", StaffChange::ClearQuarantine, ""),
        (StaffAction::FreeSlot, &id, StaffChange::FreeSlot(run), ""),
        (StaffAction::ResetVisitor, &id, StaffChange::ResetVisitor(run), ""),
    ] {
        let expected = SignedChange { change, by: owner.name.clone(), shop: shop.to_owned() };
        for (outcome, changed) in [(StaffOutcome::Changed, true), (StaffOutcome::Unchanged, false)]
        {
            let ports = Ports::new();
            ports.accounts.will_answer([Ok(Response::Changed(outcome))]);
            let target = target(body);
            let change = staff::change(&ports, &settings, &signer, &owner, action, &target);
            let (answer, line) = done(change).expect("is changed");
            assert_eq!(answer, Changed { changed });
            assert_eq!(ports.accounts.asked(), [Request::Change(expected.clone())]);
            assert!(line.starts_with(&format!("{action:?} in account ")), "{line}");
            assert!(!line.contains(&run.name()), "{line}");
        }
    }
}

#[test]
fn a_change_of_nothing_that_is_there_asks_no_account() {
    let (settings, signer, owner) = (settings(NORTH), signer(), Operator::owner());
    for (action, body, status) in [
        (StaffAction::CloseBreaker, r#"{"shop":"south"}"#, 400),
        (StaffAction::FreeSlot, "", 400),
        (StaffAction::FreeSlot, r#"{"id":"forged"}"#, 404),
        (StaffAction::ResetVisitor, r#"{"shop":"north"}"#, 400),
    ] {
        let ports = Ports::new();
        let target = target(body);
        let change = staff::change(&ports, &settings, &signer, &owner, action, &target);
        let problem = done(change).expect_err("is refused");
        assert_eq!(problem.answer().status, status, "{body}: {problem}");
    }
    for body in ["[]", r#"{"shop":7}"#, r#"{"visitor":"x"}"#] {
        assert!(Target::parse(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_run_that_the_account_does_not_have_is_not_found() {
    let (settings, signer, ports) = (settings(&[]), signer(), Ports::new());
    ports.accounts.will_answer([Ok(Response::Changed(StaffOutcome::NotFound))]);
    let target = Target { id: Some(signer.id(&ticket(1)).as_str().to_owned()), shop: None };
    let (owner, action) = (Operator::owner(), StaffAction::FreeSlot);
    let change = staff::change(&ports, &settings, &signer, &owner, action, &target);
    assert_eq!(done(change).expect_err("is refused").answer().status, 404);
}

#[test]
fn an_account_is_shown_by_the_name_of_its_key() {
    let (settings, ports) = (settings(NORTH), Ports::new());
    let report = handle(&actor(), Request::Inspect);
    ports.accounts.will_answer([Ok(report), Err(broken())]);
    let keys = || staff::accounts(&settings, Some("north")).expect("is a shop");
    let shown = done(staff::show(&ports, &settings, keys()));
    assert_eq!(shown["accounts"][0]["account"], "FASHN_API_KEY");
    assert_eq!(shown["accounts"][0]["slots"]["limit"], 1);
    let shown = done(staff::show(&ports, &settings, keys()));
    assert!(shown["accounts"][0]["error"].is_string(), "{shown}");
    assert_eq!(ports.logged(), ["staff"]);
    assert!(staff::accounts(&settings, Some("south")).is_err());
    assert_eq!(staff::accounts(&settings, None).expect("all").len(), 1);
}

#[test]
fn an_alarm_that_was_late_is_told_once() {
    let actor = actor();
    submit(&actor, 1);
    submit(&actor, 2);
    let lost_ms = actor.ports.alarm_ms.get().expect("is set");
    actor.ports.now_ms.set(lost_ms + 60_000);
    actor.ports.bodies.will_answer([Ok(BodyResponse::Dropped)]);
    let notices = || {
        let Response::Account(report) = handle(&actor, Request::Inspect) else {
            panic!("another answer");
        };
        report["notices"].clone()
    };
    let late = "the alarm was 60 s late; it was set again now";
    assert_eq!(notices(), json!([{ "about": "alarm", "message": late }]));
    assert_eq!(notices(), json!([]));
}

#[test]
fn the_gateway_is_ready_if_its_accounts_answer_in_time() {
    let settings = settings(NORTH);
    let ready = |ports: &Ports| done(Readiness::of_accounts(ports, &settings, "ACCOUNT"));
    let ports = Ports::new();
    let notice = json!({ "about": "breaker", "message": "FASHN fails" });
    let report = json!({ "notices": [notice] });
    ports.accounts.will_answer([Ok(Response::Account(Box::new(report))), Err(broken())]);
    let told = ready(&ports);
    assert!(told.ready && told.problems.is_empty());
    assert_eq!(
        told.notices,
        [json!({ "about": "breaker", "message": "FASHN fails", "account": "FASHN_API_KEY" })]
    );
    let told = ready(&ports);
    assert!(!told.ready);
    assert_eq!(told.problems[0].setting, "ACCOUNT");
}

/// An account object that is being reset answers nothing for a while.
#[test]
fn an_account_that_does_not_answer_keeps_nobody_waiting() {
    struct Silent(Ports);
    impl Runtime for Silent {
        fn now_ms(&self) -> u64 {
            self.0.now_ms()
        }
        async fn sleep(&self, ms: u64) {
            self.0.sleep(ms).await;
        }
        fn log(&self, event: &LogEvent<'_>) {
            self.0.log(event);
        }
    }
    impl Accounts for Silent {
        async fn ask(&self, _: AccountId, _: Request) -> Result<Response, CallError> {
            poll_fn(|_| Poll::Pending).await
        }
    }
    let silent = Silent(Ports::new());
    let told = done(Readiness::of_accounts(&silent, &settings(&[]), "ACCOUNT"));
    assert!(!told.ready);
    assert_eq!(silent.0.slept_ms.take(), [limits::LOOK_TIMEOUT_MS]);
}
