//! Messages that were never taken, in memory.

use fitting_room::account::rows::DeadLetter;
use fitting_room::config::limits;

use super::{Tables, set};

impl Tables {
    pub(super) fn set_dead_letter(&mut self, key: String, row: Option<DeadLetter>) {
        let before = set(&mut self.dead_letters, key.clone(), row);
        self.undo.push(Box::new(move |tables| tables.set_dead_letter(key, before)));
    }

    pub(super) fn put_dead_letter(&mut self, letter: &DeadLetter) {
        self.set_dead_letter(letter.id.0.clone(), Some(letter.clone()));
        let before_ms = letter.dead_ms.saturating_sub(limits::DEAD_LETTER_MS);
        let letters = self.dead_letters();
        let beyond = letters.len().saturating_sub(limits::DEAD_LETTERS_MAX);
        for (at, old) in letters.into_iter().enumerate() {
            if at < beyond || old.dead_ms <= before_ms {
                self.set_dead_letter(old.id.0, None);
            }
        }
    }

    /// The earliest first.
    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut letters: Vec<_> = self.dead_letters.values().cloned().collect();
        letters.sort_by(|one, other| (one.dead_ms, &one.id).cmp(&(other.dead_ms, &other.id)));
        letters
    }
}
