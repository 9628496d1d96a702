//! The time of each kind of step, and the bytes that it writes, against how much is remembered.

#![expect(clippy::disallowed_methods, reason = "it measures, natively only")]

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use fashn::models::Credits;
use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use fitting_room::dispatcher::{
    Admission, Answer, Application, Attempt, Dispatcher, Effect, Event, Fingerprint, Outcome,
    Phase, Repeat, RepeatKind, RepeatName, RowChange, Sent, Step, Visitor,
};
use fitting_room::stored;
use serde::Serialize;

use crate::memory::{self, EACH_MS, Load, NOW_MS};

/// How much is measured.
pub struct Extent {
    sizes: [usize; 3],
    queues: [usize; 3],
    /// Try-ons for each point.
    try_ons: usize,
}

/// What a report is made of.
pub const FULL: Extent = Extent {
    sizes: [10, 1_000, 100_000],
    queues: [10, 1_000, 10_000],
    try_ons: 2_000,
};

/// It shows that it works.
pub const QUICK: Extent = Extent {
    sizes: [10, 100, 1_000],
    queues: [10, 100, 1_000],
    try_ons: 100,
};

/// One quantity that grows.
#[derive(Serialize)]
pub struct Series {
    /// Which.
    over: &'static str,
    points: Vec<Point>,
}

/// What was measured at one size.
#[derive(Serialize)]
struct Point {
    size: usize,
    /// By kind of step.
    steps: BTreeMap<&'static str, Cost>,
    /// From the rows of its storage, in milliseconds.
    restore_ms: f64,
    rows: usize,
}

/// Medians.
#[derive(Serialize)]
struct Cost {
    nanoseconds: u64,
    bytes_written: u64,
    rows_written: u64,
    /// The value that 99 of 100 are not above.
    nanoseconds_p99: u64,
}

/// Every series.
pub fn all(extent: &Extent) -> Vec<Series> {
    let series = |over, sizes: &[usize], load: fn(usize) -> Load| Series {
        over,
        points: sizes
            .iter()
            .map(|size| point(*size, &load(*size), extent.try_ons))
            .collect(),
    };
    vec![
        series("finished", &extent.sizes, |finished| Load {
            finished,
            ..Load::default()
        }),
        series("visitors of yesterday", &extent.sizes, |finished| Load {
            finished,
            morning: true,
            ..Load::default()
        }),
        series("live", &extent.sizes, |live| Load {
            live,
            ..Load::default()
        }),
        series("queue", &extent.queues, |queued| Load {
            queued,
            ..Load::default()
        }),
        series("visitors", &[1, 8, 64], |visitors| Load {
            visitors,
            queued: 1_000,
            ..Load::default()
        }),
        series("window", &[50, 500, 5_000], |window| Load {
            window: u32::try_from(window).unwrap_or(u32::MAX),
            ..Load::default()
        }),
    ]
}

fn point(size: usize, load: &Load, try_ons: usize) -> Point {
    let rows = memory::rows(load, NOW_MS);
    let count = rows.len();
    let began = Instant::now();
    let dispatcher = Dispatcher::restore(memory::limits(load), rows);
    let restore_ms = began.elapsed().as_secs_f64() * 1_000.0;
    let mut day = Day::new(dispatcher, load);
    for _ in 0..try_ons {
        day.try_on();
    }
    Point {
        size,
        steps: day
            .costs
            .iter()
            .map(|(kind, costs)| (*kind, median(costs)))
            .collect(),
        restore_ms,
        rows: count,
    }
}

/// Try-ons that come and go, one after the other.
struct Day {
    dispatcher: Dispatcher,
    kept_ms: u64,
    visitors: usize,
    now_ms: u64,
    rng: Rng,
    live: VecDeque<Ticket>,
    queued: Vec<Ticket>,
    /// Nanoseconds, bytes, rows.
    costs: BTreeMap<&'static str, Vec<(u64, u64, u64)>>,
}

impl Day {
    fn new(dispatcher: Dispatcher, load: &Load) -> Self {
        let in_phase = |queued: bool| {
            dispatcher
                .runs()
                .filter(move |(_, run)| match run.phase {
                    Phase::Queued => queued,
                    Phase::InFlight { .. } => !queued,
                    _ => false,
                })
                .map(|(ticket, _)| *ticket)
        };
        Self {
            live: in_phase(false).collect(),
            queued: in_phase(true).collect(),
            dispatcher,
            kept_ms: memory::limits(load).settled_memory_ms,
            visitors: load.visitors,
            now_ms: NOW_MS,
            rng: Rng::with_seed(2),
            costs: BTreeMap::new(),
        }
    }

    /// One is let in or waits, one ends; those that may go are sent. All is as large as before.
    fn try_on(&mut self) {
        self.now_ms += EACH_MS;
        self.step("alarm", Event::Alarm);
        let ticket = if self.rng.u32(..8) == 0 {
            let visitor = Visitor(memory::name(&mut self.rng));
            self.admit("admit, new visitor", visitor)
        } else {
            let known = memory::visitor(self.rng.usize(..self.visitors));
            self.admit("admit", known)
        };
        if let Some(queued) = self.rng.choice(&self.queued).copied() {
            self.step("place", Event::PlaceWanted(queued));
        } else {
            self.step("place", Event::PlaceWanted(ticket));
        }
        let Some(oldest) = self.live.pop_front() else {
            return;
        };
        self.step("status", Event::StatusWanted);
        let ended = Event::Ended {
            ticket: oldest,
            outcome: Outcome::Charged(Some(Credits(1))),
            sent_ms: None,
        };
        let step = self.step("ended", ended);
        for effect in step.effects {
            if let Effect::Permit { ticket, attempt } = effect {
                self.queued.retain(|queued| *queued != ticket);
                self.sent(ticket, attempt);
            }
        }
    }

    fn admit(&mut self, kind: &'static str, visitor: Visitor) -> Ticket {
        let ticket = memory::mint(&mut self.rng, self.now_ms);
        let repeat = Repeat {
            name: RepeatName(memory::name(&mut self.rng)),
            kind: RepeatKind::Same,
            fingerprint: Fingerprint(memory::name(&mut self.rng)),
            kept_ms: self.kept_ms,
        };
        let application = Application {
            ticket,
            visitor,
            unlimited: false,
            lane: memory::lane(),
            credits: Credits(1),
            expected_ms: 17_000,
            repeats: vec![repeat],
            gone: None,
        };
        match self.step(kind, Event::Admit(application)).answer {
            Answer::Admission(Admission::Go(attempt, _)) => self.sent(ticket, attempt),
            Answer::Admission(Admission::Queued(_)) => self.queued.push(ticket),
            _ => {}
        }
        ticket
    }

    fn sent(&mut self, ticket: Ticket, attempt: Attempt) {
        let sent = Sent::Accepted;
        self.step(
            "sent",
            Event::Sent {
                ticket,
                attempt,
                sent,
            },
        );
        self.live.push_back(ticket);
    }

    fn step(&mut self, kind: &'static str, event: Event) -> Step {
        let began = Instant::now();
        let step = self.dispatcher.step(event, self.now_ms);
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let bytes = step.rows.iter().map(|change| match change {
            RowChange::Put(row) => row.key().name().len() + stored::write(row).len(),
            RowChange::Delete(key) => key.name().len(),
        });
        let cost = (
            nanoseconds,
            bytes.sum::<usize>() as u64,
            step.rows.len() as u64,
        );
        self.costs.entry(kind).or_default().push(cost);
        step
    }
}

fn median(costs: &[(u64, u64, u64)]) -> Cost {
    let at = |pick: fn(&(u64, u64, u64)) -> u64, share: usize| {
        let mut sorted: Vec<_> = costs.iter().map(pick).collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() * share / 100).copied().unwrap_or(0)
    };
    Cost {
        nanoseconds: at(|cost| cost.0, 50),
        bytes_written: at(|cost| cost.1, 50),
        rows_written: at(|cost| cost.2, 50),
        nanoseconds_p99: at(|cost| cost.0, 99),
    }
}
