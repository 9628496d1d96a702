use super::{read, sentences};
use crate::config::limits::{AccountLimits, RequestWindow};

#[test]
fn unset_they_are_fashn_s_own() {
    let settings = read(&[]).expect("reads");
    assert_eq!(settings.account, AccountLimits::default());
}

#[test]
fn each_can_be_set() {
    let limits = read(&[
        ("CONCURRENT_RUNS", "12"),
        ("RUN_RATE", "100/60"),
        ("STATUS_RATE", "20 / 5"),
        ("QUEUE_LENGTH", "7"),
        ("QUEUE_LENGTH_PER_VISITOR", "2"),
        ("QUEUE_SECONDS", "60"),
        ("DAY_CREDITS", "10"),
        ("VISITOR_DAY_CREDITS", "3"),
        ("VISITOR_DAY_ATTEMPTS", "9"),
        ("BALANCE_FLOOR_CREDITS", "5"),
        ("BODIES_BYTES", "2000000"),
        ("FASHN_TIMEOUT_SECONDS", "10"),
    ])
    .expect("reads")
    .account;
    let window = |requests, window_ms| RequestWindow { requests, window_ms };
    assert_eq!(
        limits,
        AccountLimits {
            slots: 12,
            runs: window(100, 60_000),
            statuses: window(20, 5_000),
            queue_max: 7,
            queue_per_visitor_max: 2,
            queue_wait_ms: 60_000,
            day_credits: 10,
            visitor_day_credits: 3,
            visitor_day_attempts: 9,
            balance_floor: 5,
            bodies_bytes_max: 2_000_000,
            send_ms: 40_000,
            ..AccountLimits::default()
        }
    );
}

#[test]
fn another_text_than_a_rate_is_refused() {
    for bad in ["50", "0/60", "50/0", "50/60/10", "many/60", "-1/60"] {
        let problems = sentences(&[("RUN_RATE", bad)]);
        assert!(problems[0].starts_with("RUN_RATE must be requests/seconds"), "{problems:?}");
    }
}
