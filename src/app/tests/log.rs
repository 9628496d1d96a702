//! Every log line, and at which level it is written.

use super::ticket;
use crate::account::admission::RefusalReason;
use crate::account::notice::{
    ACCEPTED, Alert, MessageOutcome, Notice, Outcome, RunNotice, Settlement,
};
use crate::account::rows::MessageId;
use crate::app::log::{LogEvent, Method, RequestLine};
use crate::config::log_level::LogLevel;
use crate::run::record::Carrier;

fn request(method: Method, status: u16) -> RequestLine<'static> {
    RequestLine {
        method,
        route: "/v1/run",
        status,
        ms: 12,
        request_id: "00f1",
        run: None,
        problem: None,
        reason: None,
    }
}

fn of_run(notice: RunNotice) -> Notice {
    Notice::Run(ticket(1), notice)
}

/// One of each step of a run's life. A new one has no line here until this function has it.
fn steps() -> Vec<RunNotice> {
    fn next(notice: Option<&RunNotice>) -> Option<RunNotice> {
        Some(match notice {
            None => RunNotice::Admitted { waits: true },
            Some(RunNotice::Admitted { .. }) => {
                RunNotice::Sent { attempt: 1, carrier: Carrier::Body }
            }
            Some(RunNotice::Sent { .. }) => RunNotice::Reported { attempt: 1, outcome: ACCEPTED },
            Some(RunNotice::Reported { .. }) => RunNotice::Webhook,
            Some(RunNotice::Webhook) => RunNotice::WebhookMissed,
            Some(RunNotice::WebhookMissed) => RunNotice::Ended { outcome: Outcome::TimeOut },
            Some(RunNotice::Ended { .. }) => RunNotice::Settled(Box::new(Settlement {
                shop: "north".to_owned(),
                model: "tryon-v1.6".to_owned(),
                outcome: Outcome::Completed,
                credits: 1,
                wait_ms: 20,
                run_ms: 9_000,
            })),
            Some(RunNotice::Settled(_)) => RunNotice::Deleted,
            Some(RunNotice::Deleted) => RunNotice::Expired,
            Some(RunNotice::Expired) => return None,
        })
    }
    let mut steps: Vec<RunNotice> = Vec::new();
    while let Some(step) = next(steps.last()) {
        steps.push(step);
    }
    steps
}

#[test]
fn each_step_of_a_run_has_a_line_with_the_hash_of_its_ticket() {
    let lines: Vec<_> =
        steps().into_iter().map(|step| LogEvent::Account(&of_run(step)).line()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"level":"debug","event":"admitted","run":"9598a92a","next":"waits"}
    {"level":"debug","event":"sent","run":"9598a92a","attempt":1,"carrier":"body"}
    {"level":"debug","event":"reported","run":"9598a92a","attempt":1,"outcome":"accepted"}
    {"level":"debug","event":"webhook","run":"9598a92a"}
    {"level":"warn","event":"webhook_missed","run":"9598a92a"}
    {"level":"info","event":"ended","run":"9598a92a","outcome":"time_out"}
    {"level":"info","event":"settled","run":"9598a92a","shop":"north","model":"tryon-v1.6","outcome":"completed","credits":1,"wait_ms":20,"run_ms":9000}
    {"level":"debug","event":"deleted","run":"9598a92a"}
    {"level":"debug","event":"expired","run":"9598a92a"}
    "#);
    let hash = ticket(1).short_hash();
    assert!(ticket(1).hash().starts_with(&hash));
    for line in lines {
        serde_json::from_str::<serde_json::Value>(&line).expect("JSON");
        assert!(line.contains(&format!("\"run\":\"{hash}\"")), "{line}");
        assert!(!line.contains(&ticket(1).name()), "{line}");
    }
}

fn message(outcome: MessageOutcome) -> Notice {
    Notice::Message { id: MessageId::of_run(&ticket(1)), tries: 2, outcome }
}

#[test]
fn the_other_events_have_lines_too() {
    let refused = Notice::Refused {
        shop: "north".to_owned(),
        model: "edit".to_owned(),
        reason: RefusalReason::DayBudget,
    };
    let whole = RequestLine {
        run: Some(ticket(1)),
        problem: Some("internal"),
        reason: Some("it has \"quotes\""),
        ..request(Method::Post, 500)
    };
    let run = Some(ticket(1));
    let lines: Vec<_> = [
        LogEvent::Request(request(Method::Get, 200)),
        LogEvent::Request(whole),
        LogEvent::Failure { place: "status", run, reason: "no answer" },
        LogEvent::Quarantined { table: "runs", reason: "state: has no value" },
        LogEvent::Note { place: "staff", text: "closed the breaker" },
        LogEvent::Account(&refused),
        LogEvent::Account(&message(MessageOutcome::Taken)),
        LogEvent::Account(&message(MessageOutcome::Failed)),
        LogEvent::Account(&message(MessageOutcome::Dead)),
        LogEvent::Account(&Notice::Breaker { is_open: true }),
        LogEvent::Account(&Notice::Breaker { is_open: false }),
        LogEvent::Account(&Notice::Alert(Alert::BalanceLow)),
        LogEvent::Account(&Notice::Alert(Alert::Budget { percent: 80 })),
        LogEvent::Account(&Notice::Alert(Alert::Budget { percent: 100 })),
        LogEvent::Account(&Notice::Alert(Alert::BreakerOpen)),
        LogEvent::Account(&Notice::Alert(Alert::WebhooksMissing)),
        LogEvent::Account(&Notice::Alert(Alert::Quarantine)),
    ]
    .iter()
    .map(LogEvent::line)
    .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"level":"debug","event":"request","method":"GET","route":"/v1/run","status":200,"ms":12,"request_id":"00f1"}
    {"level":"error","event":"request","method":"POST","route":"/v1/run","status":500,"ms":12,"request_id":"00f1","run":"9598a92a","problem":"internal","reason":"it has \"quotes\""}
    {"level":"error","event":"failure","place":"status","run":"9598a92a","reason":"no answer"}
    {"level":"error","event":"quarantined","table":"runs","reason":"state: has no value"}
    {"level":"info","event":"note","place":"staff","text":"closed the breaker"}
    {"level":"debug","event":"refused","shop":"north","model":"edit","reason":"day_budget"}
    {"level":"debug","event":"message","message":"9598a92a","tries":2,"outcome":"taken"}
    {"level":"warn","event":"message","message":"9598a92a","tries":2,"outcome":"failed"}
    {"level":"error","event":"message","message":"9598a92a","tries":2,"outcome":"dead"}
    {"level":"warn","event":"breaker_opened"}
    {"level":"warn","event":"breaker_closed"}
    {"level":"error","event":"alert","alert":"balance_low"}
    {"level":"warn","event":"alert","alert":"budget","percent":80}
    {"level":"error","event":"alert","alert":"budget","percent":100}
    {"level":"error","event":"alert","alert":"breaker_open"}
    {"level":"error","event":"alert","alert":"webhooks_missing"}
    {"level":"error","event":"alert","alert":"quarantine"}
    "#);
}

#[test]
fn lookups_that_are_answered_are_logged_only_on_request() {
    for (method, status, level) in [
        (Method::Get, 200, LogLevel::Debug),
        (Method::Head, 304, LogLevel::Debug),
        (Method::Options, 204, LogLevel::Debug),
        (Method::Get, 404, LogLevel::Debug),
        (Method::Delete, 404, LogLevel::Debug),
        (Method::Get, 502, LogLevel::Error),
        (Method::Post, 200, LogLevel::Info),
        (Method::Post, 429, LogLevel::Info),
        (Method::Delete, 204, LogLevel::Info),
        (Method::Post, 500, LogLevel::Error),
        (Method::Other, 405, LogLevel::Info),
    ] {
        let event = LogEvent::Request(request(method, status));
        assert_eq!(event.level(), level, "{method:?} {status}");
    }
}

#[test]
fn a_send_that_fashn_did_not_take_is_a_warning() {
    for (outcome, level) in
        [(ACCEPTED, LogLevel::Debug), ("unknown", LogLevel::Warn), ("not sent", LogLevel::Warn)]
    {
        let notice = of_run(RunNotice::Reported { attempt: 1, outcome });
        assert_eq!(LogEvent::Account(&notice).level(), level, "{outcome}");
    }
}

#[test]
fn only_known_methods_are_in_a_line() {
    for (name, method) in [
        ("GET", Method::Get),
        ("HEAD", Method::Head),
        ("POST", Method::Post),
        ("DELETE", Method::Delete),
        ("OPTIONS", Method::Options),
        ("get", Method::Other),
        ("a-token-of-the-caller", Method::Other),
    ] {
        assert_eq!(Method::of(name), method);
    }
}
