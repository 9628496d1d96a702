//! What orchestration is set to, out of the settings.

use std::rc::Rc;

use super::{key, signer};
use crate::app::settings::{body_life_ms, fashn_timeout_ms, of_account, of_sender};
use crate::config::limits::CALL_MARGIN_MS;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;

/// Settings with these beside the two that are required.
pub fn settings(more: &[(&str, &str)]) -> Settings {
    let required =
        [("FASHN_API_KEY", "fa-key"), ("SIGNING_SECRET", "0123456789abcdef0123456789abcdef")];
    let all: Vec<_> = required
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let look_up = |name: &str| {
        all.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    Settings::read(&look_up).expect("good settings")
}

#[test]
fn an_account_works_by_the_times_and_limits_that_are_set() {
    let settings = settings(&[
        ("FASHN_TIMEOUT_SECONDS", "12"),
        ("DEADLINE_SECONDS", "300"),
        ("RESULT_TTL_SECONDS", "1800"),
        ("DAY_CREDITS", "70"),
        (
            "SHOPS",
            r#"{"north":{"origins":["https://n.example"],"fashn_key":"FASHN_API_KEY_NORTH","day_credits":9}}"#,
        ),
        ("FASHN_API_KEY_NORTH", "fa-north"),
    ]);
    let north = KeyName::parse("FASHN_API_KEY_NORTH").expect("a name");
    for (key, day_credits) in [(Some(&key()), 70), (Some(&north), 9), (None, 70)] {
        let account = of_account(&settings, key);
        assert_eq!(account.limits.day_credits, day_credits);
        assert_eq!(account.call_ms, 12_000 + CALL_MARGIN_MS);
        let times = account.times;
        assert_eq!((times.deadline_ms, times.result_ttl_ms), (300_000, 1_800_000));
        assert_eq!(times.queue_ms, account.limits.queue_wait_ms);
        assert!(!account.has_merchant_webhook);
    }
    assert_eq!(fashn_timeout_ms(&settings), 12_000);
}

#[test]
fn messages_are_sent_where_the_merchants_backend_is_set() {
    let signer = Rc::new(signer());
    assert!(of_sender(&settings(&[]), &signer).is_none());
    let settings = settings(&[
        ("MERCHANT_WEBHOOK_URL", "https://shop.example/hook"),
        ("MERCHANT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("PUBLIC_ORIGIN", "https://gateway.example"),
    ]);
    let sender = of_sender(&settings, &signer).expect("set");
    assert_eq!(sender.origin.as_str(), "https://gateway.example");
    assert!(of_account(&settings, None).has_merchant_webhook);
}

#[test]
fn a_body_lives_as_long_as_its_run_may_arrive_wait_and_be_sent() {
    let limits = of_account(&settings(&[]), None).limits;
    let life_ms = limits.receive_ms + limits.queue_wait_ms + limits.send_ms;
    assert_eq!(body_life_ms(&limits), life_ms);
}
