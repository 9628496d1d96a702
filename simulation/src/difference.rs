//! Compares an account's memory to what its tables hold.

use fitting_room::account::limiter::Limiter;
use fitting_room::account::state::Account;
use fitting_room::account::window::Window;

/// The first part in which memory differs from the account as it is restored. Calls under way are
/// memory's alone; it may look after a row too early, never too late.
pub fn difference(memory: &Account, restored: &Account, now_ms: u64) -> Option<&'static str> {
    let is_in_time = |own: Option<u64>, stored: Option<u64>| {
        stored.is_none_or(|stored_ms| own.is_some_and(|own_ms| own_ms <= stored_ms.max(now_ms) + 1))
    };
    [
        ("live runs", memory.live == restored.live),
        ("queue", memory.queue == restored.queue),
        ("due times", memory.due == restored.due),
        ("visitors", memory.visitors == restored.visitors),
        ("slots", memory.slots_taken == restored.slots_taken),
        ("sends", memory.sending == restored.sending),
        ("waiting bodies", memory.body_bytes == restored.body_bytes),
        ("reserved credits", memory.reserved == restored.reserved),
        ("spent credits", memory.spent.total() == restored.spent.total()),
        (
            "next message",
            // A message under way is looked at when its call ends.
            memory.messages.next_ms().is_some()
                || is_in_time(memory.next_message_ms, restored.next_message_ms),
        ),
        ("next expiry", is_in_time(memory.next_expiry_ms, restored.next_expiry_ms)),
        (
            "limiter",
            without_statuses(limiter_at(memory, now_ms))
                == without_statuses(limiter_at(restored, now_ms)),
        ),
        // Those under way aren't written: a new start counts as many as there can be.
        ("status window", status_room(restored, now_ms) <= status_room(memory, now_ms)),
    ]
    .into_iter()
    .find_map(|(part, is_same)| (!is_same).then_some(part))
}

fn limiter_at(account: &Account, now_ms: u64) -> Limiter {
    let limits = &account.settings.limits;
    let mut limiter = account.limiter.clone();
    limiter.forget(limits, now_ms);
    limiter.bound(limits, now_ms);
    limiter
}

fn without_statuses(limiter: Limiter) -> Limiter {
    Limiter { statuses: Window::default(), ..limiter }
}

/// How many status calls may begin.
fn status_room(account: &Account, now_ms: u64) -> u64 {
    let statuses = account.settings.limits.statuses;
    limiter_at(account, now_ms).statuses.room(statuses, account.status_calls.count())
}
