//! Page "Credits Balance".

use fashn::balance::{Balance, CreditsBalance};
use fashn::limits;
use serde_json::json;

#[test]
fn the_page_s_example() {
    let answer = json!({"credits": {"total": 234, "subscription": 100, "on_demand": 134}});
    let read: CreditsBalance = serde_json::from_value(answer.clone()).expect("reads");
    let balance = Balance { total: 234, subscription: 100, on_demand: 134 };
    assert_eq!(read.credits, balance);
    assert_eq!(serde_json::to_value(read).expect("serialises"), answer);
}

#[test]
fn without_a_plan_there_are_no_credits_of_one() {
    let read: CreditsBalance =
        serde_json::from_value(json!({"credits": {"total": 5, "on_demand": 5}})).expect("reads");
    assert_eq!(read.credits.subscription, 0);
}

#[test]
fn thirty_requests_in_ten_seconds() {
    assert_eq!((limits::CREDITS.requests, limits::CREDITS.window_seconds), (30, 10));
}
