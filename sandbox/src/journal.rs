//! `GET /_sandbox/journal`: the runs and counters, for tests and people. No pictures, no keys.

use serde_json::{Value, json};

use crate::id::AccountId;
use crate::run::{End, Run, Stage};
use crate::service::Service;

/// The journal, of one account or of all.
pub fn journal(service: &Service, account: Option<&AccountId>, now_ms: u64) -> Value {
    let mut runs: Vec<_> = service
        .newest_runs()
        .filter(|run| account.is_none_or(|account| run.account == *account))
        .collect();
    runs.reverse();
    let starts: Vec<u64> = runs.iter().map(|run| run.accepted_at_ms).collect();
    let window_ms = service.settings.run_limit.window_ms;
    let counters = service.counters();
    let accounts: serde_json::Map<String, Value> = service
        .accounts()
        .iter()
        .filter(|(id, _)| account.is_none_or(|account| *id == account))
        .map(|(id, account)| {
            let entry = json!({
                "balance": account.balance,
                "credits_reserved": account.reserved,
                "credits_charged": account.charged,
                "in_flight": service.in_flight(id),
                "greatest_in_flight": account.greatest_in_flight,
            });
            (id.as_str().to_owned(), entry)
        })
        .collect();
    json!({
        "now_ms": now_ms,
        "clock_ahead_ms": service.clock_ahead_ms,
        "seed": service.seed.to_string(),
        "greatest_in_flight": counters.greatest_in_flight,
        "most_starts_in_a_window": most_in_a_window(&starts, window_ms),
        "window_ms": window_ms,
        "starts_ms": starts,
        "requests": counters.requests,
        "refused": counters.refused,
        "faults_met": counters.faults_met,
        "faults_waiting": service.faults.waiting(),
        "accounts": accounts,
        "runs": runs.iter().map(|run| entry(run, now_ms)).collect::<Vec<_>>(),
    })
}

fn entry(run: &Run, now_ms: u64) -> Value {
    let (ended_at_ms, credits_charged, error) = match &run.stage {
        Stage::Ended { at_ms, end: End::Completed } => (Some(at_ms), run.job.credits.0, None),
        Stage::Ended { at_ms, end: End::Failed(error) } => (Some(at_ms), 0, Some(error)),
        Stage::Ended { at_ms, end: End::Undocumented(_) } => (Some(at_ms), 0, None),
        Stage::Waiting | Stage::Rendering | Stage::Rendered => (None, 0, None),
    };
    json!({
        "number": run.number,
        "id": run.id.as_str(),
        "account": run.account.as_str(),
        "model": run.job.model,
        "inputs_sha256": run.job.inputs_sha256,
        "status": run.status(now_ms),
        "error": error,
        "accepted_at_ms": run.accepted_at_ms,
        "takes_ms": run.takes_ms,
        "ended_at_ms": ended_at_ms,
        "credits": run.job.credits,
        "credits_charged": credits_charged,
        "webhook": run.webhook.as_ref().map(|webhook| json!({
            "url": webhook.url,
            "delivered": webhook.is_delivered(),
            "attempts": webhook.attempts,
        })),
    })
}

/// The most of those times that lie within any stretch of that length. They are in job.
fn most_in_a_window(times_ms: &[u64], window_ms: u64) -> usize {
    let within =
        |start: u64| times_ms.iter().filter(|at| (start..start + window_ms).contains(at)).count();
    times_ms.iter().map(|start| within(*start)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_window_is_found_wherever_it_begins() {
        assert_eq!(most_in_a_window(&[], 100), 0);
        assert_eq!(most_in_a_window(&[0, 50, 99, 100, 149, 150], 100), 4);
        assert_eq!(most_in_a_window(&[0, 100, 200], 100), 1);
    }
}
