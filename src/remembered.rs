//! Finished predictions that this isolate has shown a moment ago. Such a status never changes again, so that the next look
//! at it need not ask its object; a deletion is known at once here, and in other isolates when the moment is over.

use std::collections::VecDeque;
use std::rc::Rc;

use fashn::models::Credits;

use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::http::origin::Origin;
use crate::notify::subscription::Tag;
use crate::run::view::Envelope;

/// The answer about a finished prediction.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its JSON.
    pub json: String,
    /// What names it.
    pub tag: Tag,
    /// For the header `x-fashn-credits-used`.
    pub credits_used: Option<Credits>,
}

#[derive(Debug)]
struct Entry {
    ticket: Ticket,
    /// The addresses of its outputs are of this origin.
    origin: Origin,
    finished: Rc<Finished>,
    until_ms: u64,
}

/// What is remembered.
#[derive(Debug, Default)]
pub struct Remembered {
    /// The latest last.
    entries: VecDeque<Entry>,
    deletions: u64,
}

impl Remembered {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            entries: VecDeque::new(),
            deletions: 0,
        }
    }

    /// How often anything was deleted. Whoever looks one up asks before: what was read before a deletion isn't kept after.
    #[must_use]
    pub fn deletions(&self) -> u64 {
        self.deletions
    }

    /// Remembers an answer for a moment, if it is a small one about a prediction that is over, and nothing was deleted
    /// while it was made.
    pub fn keep(
        &mut self,
        ticket: Ticket,
        origin: &Origin,
        envelope: &Envelope,
        finished: Rc<Finished>,
        deletions: u64,
        now_ms: u64,
    ) {
        let Some(expires_at) = envelope.expires_at else {
            return;
        };
        if finished.json.len() > limits::REMEMBERED_BYTES_MAX || deletions != self.deletions {
            return;
        }
        self.entries.retain(|entry| entry.ticket != ticket);
        if self.entries.len() >= limits::REMEMBERED_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            ticket,
            origin: origin.clone(),
            finished,
            until_ms: (now_ms + limits::REMEMBERED_MS).min(expires_at * 1_000),
        });
    }

    /// What was shown of it a moment ago.
    #[must_use]
    pub fn recall(&self, ticket: &Ticket, origin: &Origin, now_ms: u64) -> Option<Rc<Finished>> {
        let found = self
            .entries
            .iter()
            .find(|entry| entry.ticket == *ticket && entry.origin == *origin)?;
        (now_ms < found.until_ms).then(|| Rc::clone(&found.finished))
    }

    /// It was deleted.
    pub fn forget(&mut self, ticket: &Ticket) {
        self.deletions += 1;
        self.entries.retain(|entry| entry.ticket != *ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ids::Signer;
    use crate::auth::secret::Secret;
    use fashn::prediction::Status;

    const NOW: u64 = 1_763_670_000_000;

    fn ticket(number: usize) -> Ticket {
        let [a, b, ..] = number.to_le_bytes();
        Ticket::mint(NOW, [a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    fn origin(name: &str) -> Origin {
        Origin::parse(&format!("https://{name}.example")).expect("an origin")
    }

    fn envelope(expires_at: Option<u64>) -> Envelope {
        let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
        Envelope {
            id: signer.id(&ticket(0)),
            status: Status::Completed,
            error: None,
            expires_at,
            queue_position: None,
            eta_seconds: None,
        }
    }

    fn finished(envelope: &Envelope, bytes: usize) -> Rc<Finished> {
        Rc::new(Finished {
            json: " ".repeat(bytes),
            tag: Tag::of(envelope, 0),
            credits_used: Some(Credits(1)),
        })
    }

    /// One that is kept at `NOW` for `try.example`.
    fn kept(envelope: &Envelope, bytes: usize) -> Remembered {
        let mut remembered = Remembered::nothing();
        let finished = finished(envelope, bytes);
        remembered.keep(ticket(0), &origin("try"), envelope, finished, 0, NOW);
        remembered
    }

    #[test]
    fn a_finished_one_is_remembered_for_a_moment_and_not_beyond_its_time() {
        let long = envelope(Some(NOW / 1_000 + 3_600));
        let remembered = kept(&long, 10);
        let recall = |now_ms| remembered.recall(&ticket(0), &origin("try"), now_ms);
        assert_eq!(recall(NOW), Some(finished(&long, 10)));
        assert!(recall(NOW + limits::REMEMBERED_MS - 1).is_some());
        assert!(recall(NOW + limits::REMEMBERED_MS).is_none());
        let short = kept(&envelope(Some(NOW / 1_000 + 2)), 10);
        assert!(
            short
                .recall(&ticket(0), &origin("try"), NOW + 1_999)
                .is_some()
        );
        assert!(
            short
                .recall(&ticket(0), &origin("try"), NOW + 2_000)
                .is_none()
        );
    }

    #[test]
    fn one_that_goes_on_and_a_large_one_are_not() {
        assert!(kept(&envelope(None), 10).entries.is_empty());
        let long = envelope(Some(NOW / 1_000 + 3_600));
        assert!(
            kept(&long, limits::REMEMBERED_BYTES_MAX + 1)
                .entries
                .is_empty()
        );
    }

    #[test]
    fn it_is_another_answer_at_another_origin_and_for_another_prediction() {
        let remembered = kept(&envelope(Some(NOW / 1_000 + 3_600)), 10);
        assert!(
            remembered
                .recall(&ticket(0), &origin("other"), NOW)
                .is_none()
        );
        assert!(remembered.recall(&ticket(1), &origin("try"), NOW).is_none());
    }

    #[test]
    fn what_is_deleted_is_forgotten_and_so_are_the_oldest_of_many() {
        let long = envelope(Some(NOW / 1_000 + 3_600));
        let mut remembered = Remembered::nothing();
        for number in 0..=limits::REMEMBERED_MAX {
            let made = finished(&long, 10);
            remembered.keep(ticket(number), &origin("try"), &long, made, 0, NOW);
        }
        assert!(remembered.recall(&ticket(0), &origin("try"), NOW).is_none());
        assert!(remembered.recall(&ticket(1), &origin("try"), NOW).is_some());
        remembered.forget(&ticket(1));
        assert!(remembered.recall(&ticket(1), &origin("try"), NOW).is_none());
        assert_eq!(remembered.entries.len(), limits::REMEMBERED_MAX - 1);
        // Read before the deletion, and told after it.
        remembered.keep(
            ticket(1),
            &origin("try"),
            &long,
            finished(&long, 10),
            0,
            NOW,
        );
        assert!(remembered.recall(&ticket(1), &origin("try"), NOW).is_none());
    }
}
