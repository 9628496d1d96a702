//! Compares an account's memory to what its tables hold.

use fitting_room::account::limiter::Limiter;
use fitting_room::account::state::Account;

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
        ("limiter", limiter_at(memory, now_ms) == limiter_at(restored, now_ms)),
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
