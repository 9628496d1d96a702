//! Every point of the metrics.

use super::ticket;
use crate::account::admission::RefusalReason;
use crate::account::notice::{Alert, MessageOutcome, Notice, Outcome, RunNotice, Settlement};
use crate::account::rows::MessageId;
use crate::app::metrics::Point;
use crate::run::record::Carrier;

fn settled(outcome: Outcome) -> Notice {
    let settlement = Settlement {
        shop: "north".to_owned(),
        model: "tryon-v1.6".to_owned(),
        outcome,
        credits: 1,
        wait_ms: 20,
        run_ms: 9_000,
    };
    Notice::Run(ticket(1), RunNotice::Settled(Box::new(settlement)))
}

fn message(outcome: MessageOutcome) -> Notice {
    Notice::Message { id: MessageId::of_run(&ticket(1)), tries: 2, outcome }
}

#[test]
fn each_point_has_the_same_columns() {
    let refused = Notice::Refused {
        shop: "north".to_owned(),
        model: "edit".to_owned(),
        reason: RefusalReason::QueueFull,
    };
    let notices = [
        settled(Outcome::Completed),
        settled(Outcome::Failed),
        settled(Outcome::Canceled),
        settled(Outcome::TimeOut),
        settled(Outcome::Dropped),
        refused,
        Notice::Run(ticket(1), RunNotice::Webhook),
        Notice::Run(ticket(1), RunNotice::WebhookMissed),
        message(MessageOutcome::Taken),
        message(MessageOutcome::Failed),
        message(MessageOutcome::Dead),
        Notice::Breaker { is_open: true },
        Notice::Breaker { is_open: false },
        Notice::Alert(Alert::BalanceLow),
        Notice::Alert(Alert::Budget { percent: 80 }),
        Notice::Alert(Alert::BreakerOpen),
        Notice::Alert(Alert::WebhooksMissing),
        Notice::Alert(Alert::Quarantine),
    ];
    let points = notices.iter().filter_map(Point::of_notice);
    let points = points.chain([Point::rejected("rate_limited"), Point::quarantined("runs")]);
    let lines: Vec<_> = points.map(|point| serde_json::to_string(&point).expect("JSON")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"indexes":["north"],"blobs":["settled","north","tryon-v1.6","completed"],"doubles":[1,20,9000]}
    {"indexes":["north"],"blobs":["settled","north","tryon-v1.6","failed"],"doubles":[1,20,9000]}
    {"indexes":["north"],"blobs":["settled","north","tryon-v1.6","canceled"],"doubles":[1,20,9000]}
    {"indexes":["north"],"blobs":["settled","north","tryon-v1.6","time_out"],"doubles":[1,20,9000]}
    {"indexes":["north"],"blobs":["settled","north","tryon-v1.6","dropped"],"doubles":[1,20,9000]}
    {"indexes":["north"],"blobs":["refused","north","edit","queue_full"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["webhook","","","received"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["webhook","","","missed"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["message","","","taken"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["message","","","failed"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["message","","","dead"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["breaker","","","opened"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["breaker","","","closed"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["alert","","","balance_low"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["alert","","","budget 80"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["alert","","","breaker_open"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["alert","","","webhooks_missing"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["alert","","","quarantine"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["rejected","","","rate_limited"],"doubles":[0,0,0]}
    {"indexes":[""],"blobs":["quarantined","","","runs"],"doubles":[0,0,0]}
    "#);
    let names = [ticket(1).name(), ticket(1).short_hash()];
    assert!(lines.iter().all(|line| names.iter().all(|name| !line.contains(name))));
}

#[test]
fn the_steps_of_a_run_before_its_end_have_no_point() {
    for step in [
        RunNotice::Admitted { waits: false },
        RunNotice::Sent { attempt: 1, carrier: Carrier::Worker },
        RunNotice::Reported { attempt: 1, outcome: "unknown" },
        RunNotice::Ended { outcome: Outcome::TimeOut },
        RunNotice::Deleted,
        RunNotice::Expired,
    ] {
        assert_eq!(Point::of_notice(&Notice::Run(ticket(1), step)), None);
    }
}
