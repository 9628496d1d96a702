//! Runs that repeat an earlier one: by their caller's `Idempotency-Key`, or because the same visitor asks for the
//! same. They are answered with the earlier run, and nothing is spent.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use super::event::{Admission, Application};
use super::row::{Phase, RowKey};
use super::sorted::Sorted;
use super::state::Dispatcher;
use crate::auth::ids::Ticket;

/// What a run is found again by: an opaque name that holds its caller and key, or its visitor and all that it asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepeatName(pub String);

/// What is the same in two equal requests, and in no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// What makes a run the repeat of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// What it is found by.
    pub name: RepeatName,
    /// Which of the two ways.
    pub kind: RepeatKind,
    /// What it asks for.
    pub fingerprint: Fingerprint,
    /// How long it is remembered, in milliseconds.
    pub kept_ms: u64,
}

/// In which way a run repeats another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatKind {
    /// It has the other's `Idempotency-Key`.
    Key,
    /// The same visitor asks for the same.
    Same,
}

/// A run that others may repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The run.
    pub ticket: Ticket,
    /// Which of the two ways.
    pub kind: RepeatKind,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// Until when, in milliseconds since 1970.
    pub until_ms: u64,
}

/// All that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Repeats {
    named: Sorted<RepeatName, Remembered>,
    due: Sorted<(u64, RepeatName), ()>,
}

impl Repeats {
    pub fn get(&self, name: &RepeatName) -> Option<&Remembered> {
        self.named.get(name)
    }

    pub fn put(&mut self, name: RepeatName, remembered: Remembered) {
        self.remove(&name);
        self.due.insert((remembered.until_ms, name.clone()), ());
        self.named.insert(name, remembered);
    }

    pub fn remove(&mut self, name: &RepeatName) {
        if let Some(gone) = self.named.remove(name) {
            self.due.remove(&(gone.until_ms, name.clone()));
        }
    }

    /// When the next one is forgotten.
    pub fn due_ms(&self) -> Option<u64> {
        self.due.first().map(|((until_ms, _), ())| *until_ms)
    }

    fn overdue(&self, now_ms: u64) -> Option<RepeatName> {
        let ((until_ms, name), ()) = self.due.first()?;
        (*until_ms <= now_ms).then(|| name.clone())
    }
}

impl Dispatcher {
    /// What a run is answered with that repeats another.
    pub(super) fn repeated(&mut self, application: &Application, now_ms: u64) -> Option<Admission> {
        let (at, admission) = application
            .repeats
            .iter()
            .enumerate()
            .find_map(|(at, repeat)| {
                let admission = self.repeated_by(repeat, application.gone, now_ms)?;
                Some((at, admission))
            })?;
        // A key that is new is from now on the earlier run's too.
        if let Admission::Repeats {
            ticket, written, ..
        } = admission
        {
            for repeat in application.repeats.iter().take(at) {
                self.remember_as(ticket, repeat, now_ms);
                if !written && let Some(mut run) = self.run(ticket) {
                    // If that one never comes, the key is free again.
                    run.repeats.push(repeat.name.clone());
                    self.put(ticket, run);
                }
            }
        }
        Some(admission)
    }

    fn repeated_by(
        &mut self,
        repeat: &Repeat,
        gone: Option<Ticket>,
        now_ms: u64,
    ) -> Option<Admission> {
        let earlier = self.repeats.get(&repeat.name)?;
        if earlier.until_ms <= now_ms || Some(earlier.ticket) == gone {
            return None;
        }
        if earlier.fingerprint != repeat.fingerprint {
            return Some(Admission::KeyReused);
        }
        let ticket = earlier.ticket;
        let run = self.runs.get(&ticket);
        let written = run.is_none_or(|run| run.is_surely_written());
        // Who sent it has not been told yet whether FASHN has it.
        let first = run
            .filter(|run| matches!(run.phase, Phase::Permitted { .. }) && run.turn.is_none())
            .map(|run| (**run).clone());
        match (repeat.kind, first) {
            (RepeatKind::Key, Some(_)) => Some(Admission::KeyInUse { ticket }),
            (RepeatKind::Same, Some(mut run)) => {
                if !run.shared {
                    run.shared = true;
                    self.put(ticket, run);
                }
                Some(Admission::Repeats {
                    ticket,
                    by: RepeatKind::Same,
                    written: false,
                })
            }
            (by, None) => Some(Admission::Repeats {
                ticket,
                by,
                written,
            }),
        }
    }

    /// Remembers a run that was just let in; answers by which names.
    pub(super) fn remember(&mut self, application: &Application, now_ms: u64) -> Vec<RepeatName> {
        for repeat in &application.repeats {
            self.remember_as(application.ticket, repeat, now_ms);
        }
        application
            .repeats
            .iter()
            .map(|repeat| repeat.name.clone())
            .collect()
    }

    fn remember_as(&mut self, ticket: Ticket, repeat: &Repeat, now_ms: u64) {
        let remembered = Remembered {
            ticket,
            kind: repeat.kind,
            fingerprint: repeat.fingerprint.clone(),
            until_ms: now_ms.saturating_add(repeat.kept_ms),
        };
        self.repeats.put(repeat.name.clone(), remembered);
        self.touch(RowKey::Repeat(repeat.name.clone()));
    }

    /// A run came to nothing, or is not wanted: who asks for the same gets one of their own.
    pub(super) fn not_the_same_any_more(&mut self, ticket: Ticket, names: &[RepeatName]) {
        self.drop_repeats(ticket, names, Some(RepeatKind::Same));
    }

    /// A run was refused before its id was handed out, or never written: it is as if nobody had asked.
    pub(super) fn never_was(&mut self, ticket: Ticket, names: &[RepeatName]) {
        self.drop_repeats(ticket, names, None);
    }

    /// Its holder wants it forgotten.
    pub(super) fn forgotten(&mut self, ticket: Ticket, now_ms: u64) {
        let Some(run) = self.run(ticket) else {
            return;
        };
        self.not_the_same_any_more(ticket, &run.repeats);
        if run.phase == Phase::Queued {
            self.settle(ticket, Credits(0), now_ms);
        }
    }

    fn drop_repeats(&mut self, ticket: Ticket, names: &[RepeatName], only: Option<RepeatKind>) {
        for name in names {
            let dropped = self.repeats.get(name).is_some_and(|remembered| {
                // A later run may have taken the name over.
                remembered.ticket == ticket && only.is_none_or(|kind| kind == remembered.kind)
            });
            if dropped {
                self.repeats.remove(name);
                self.touch(RowKey::Repeat(name.clone()));
            }
        }
    }

    /// Forgets what is past its time, a few at a time.
    pub(super) fn forget_repeats(&mut self, now_ms: u64) {
        for _ in 0..self.limits.overdue_per_event {
            let Some(name) = self.repeats.overdue(now_ms) else {
                break;
            };
            self.repeats.remove(&name);
            self.touch(RowKey::Repeat(name));
        }
    }
}
