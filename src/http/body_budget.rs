//! How much of requests' bodies this isolate holds at once. An isolate has 128 MB for everything, and is ended with all
//! its requests where that is not enough; so what doesn't fit is told to come back before its body is read.

use crate::config::limits;

/// The bodies that are held.
#[derive(Debug, Default)]
pub struct Held {
    bodies: Vec<Body>,
    next: u64,
}

#[derive(Debug)]
struct Body {
    number: u64,
    bytes: usize,
    since_ms: u64,
}

impl Held {
    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            bodies: Vec::new(),
            next: 0,
        }
    }

    /// Room for a body of so many bytes: a number to give it back by, or `None` if there is none now. A body that is
    /// larger than all the room has it for itself. Whoever never gives back, as its sender went away, is forgotten in
    /// the end.
    pub fn take(&mut self, bytes: usize, now_ms: u64) -> Option<u64> {
        self.bodies
            .retain(|body| now_ms.saturating_sub(body.since_ms) < limits::RESERVATION_MS);
        let held: usize = self.bodies.iter().map(|body| body.bytes).sum();
        if held > 0 && held.saturating_add(bytes) > limits::BODY_BUDGET_BYTES {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.bodies.push(Body {
            number,
            bytes,
            since_ms: now_ms,
        });
        Some(number)
    }

    /// Gives the room back.
    pub fn give_back(&mut self, number: u64) {
        self.bodies.retain(|body| body.number != number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = limits::BODY_BUDGET_BYTES;

    #[test]
    fn there_is_room_for_so_many_bytes_and_again_when_they_are_given_back() {
        let mut held = Held::none();
        let first = held.take(ROOM / 2, 0).expect("room");
        held.take(ROOM / 2, 0).expect("room");
        assert_eq!(held.take(1, 0), None);
        held.give_back(first);
        assert!(held.take(ROOM / 2, 0).is_some());
        assert_eq!(held.take(1, 0), None);
    }

    #[test]
    fn a_body_that_is_larger_than_all_the_room_is_taken_alone() {
        let mut held = Held::none();
        let large = held.take(ROOM * 3, 0).expect("room");
        assert_eq!(held.take(0, 0), None);
        held.give_back(large);
        held.take(1, 0).expect("room");
        assert_eq!(held.take(ROOM * 3, 0), None);
    }

    #[test]
    fn what_is_never_given_back_is_forgotten() {
        let mut held = Held::none();
        held.take(ROOM, 0).expect("room");
        assert_eq!(held.take(1, limits::RESERVATION_MS - 1), None);
        assert!(held.take(1, limits::RESERVATION_MS).is_some());
        // Given back twice, or late, it takes nobody else's away.
        held.give_back(0);
        assert_eq!(held.take(ROOM, limits::RESERVATION_MS), None);
    }
}
