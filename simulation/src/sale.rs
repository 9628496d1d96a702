//! How much of FASHN's rate is used when several Dispatchers share a key's limits: a share isn't lent, so one that has fewer
//! shoppers than its share leaves some of it. The Dispatchers are the gateway's own; nothing goes wrong here.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares and gaps in milliseconds, far below 2^52"
)]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt::Write as _;

use fashn::models::Credits;
use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::DispatcherLimits;
use fitting_room::dispatcher::{
    Admission, Answer, Application, Dispatcher, Effect, Event, Lane, Outcome, Sent, Step, Visitor,
    shard_of,
};

const BEGIN_MS: u64 = 1_763_596_800_000;
/// Until the queue is as long as it will be.
const WARM_UP_MS: u64 = 10 * 60_000;
const MEASURED_MS: u64 = 30 * 60_000;
/// How long FASHN takes to answer a run, in milliseconds.
const ANSWER_MS: u64 = 300;
/// A window and its margin: so long a start counts.
const WINDOW_MS: u64 = 62_000;

/// A sale.
#[derive(Debug, Clone, Copy)]
struct Sale {
    shards: u32,
    visitors: usize,
    /// Zipf's exponent: 0 is everybody alike, 1 is one who asks for half as much as the next.
    skew: f64,
    /// What is asked for, as a share of what may be started.
    load: f64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
struct Outturn {
    started: u64,
    refused: u64,
    waited_ms: u64,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Press,
    Sent(u32, Ticket, u32),
    Ended(u32, Ticket),
    Alarm(u32, u64),
}

/// Eight times FASHN's usual limits.
fn limits() -> DispatcherLimits {
    let mut limits = DispatcherLimits {
        slots: 48,
        day_credits: u32::MAX,
        visitor_credits: u32::MAX,
        ..DispatcherLimits::default()
    };
    limits.runs.requests = 400;
    limits.statuses.requests = 400;
    limits
}

/// Runs that may be started in a second.
fn rate() -> f64 {
    f64::from(limits().runs.requests) * 1_000.0 / WINDOW_MS as f64
}

struct Desk {
    dispatchers: Vec<Dispatcher>,
    alarms: Vec<Option<u64>>,
    order: BinaryHeap<Reverse<(u64, u64, Next)>>,
    noted: u64,
    asked_ms: HashMap<Ticket, u64>,
    rng: Rng,
    out: Outturn,
}

impl Desk {
    fn later(&mut self, at_ms: u64, next: Next) {
        self.noted += 1;
        self.order.push(Reverse((at_ms, self.noted, next)));
    }

    fn step(&mut self, shard: u32, event: Event, now_ms: u64) -> Option<Answer> {
        let dispatcher = self.dispatchers.get_mut(shard as usize)?;
        let Step {
            answer,
            effects,
            alarm_ms,
            ..
        } = dispatcher.step(event, now_ms);
        for effect in effects {
            if let Effect::Permit { ticket, attempt } = effect {
                self.start(shard, ticket, attempt, now_ms);
            }
        }
        if let Some(set) = self.alarms.get_mut(shard as usize)
            && *set != alarm_ms
        {
            *set = alarm_ms;
            if let Some(at_ms) = alarm_ms {
                self.later(at_ms.max(now_ms), Next::Alarm(shard, at_ms));
            }
        }
        Some(answer)
    }

    fn start(&mut self, shard: u32, ticket: Ticket, attempt: u32, now_ms: u64) {
        if now_ms >= BEGIN_MS + WARM_UP_MS {
            self.out.started += 1;
            let asked_ms = self.asked_ms.get(&ticket).copied().unwrap_or(now_ms);
            self.out.waited_ms += now_ms - asked_ms;
        }
        self.later(now_ms + ANSWER_MS, Next::Sent(shard, ticket, attempt));
    }

    fn press(&mut self, sale: &Sale, who: usize, now_ms: u64) {
        let visitor = Visitor(format!("visitor {who} of {}", sale.visitors));
        let shard = shard_of(&visitor, sale.shards);
        let mut random = [0; 12];
        self.rng.fill(&mut random);
        let ticket = Ticket::mint(now_ms, random);
        self.asked_ms.insert(ticket, now_ms);
        let application = Application {
            ticket,
            visitor,
            unlimited: false,
            lane: Lane("tryon-v1.6/8".into()),
            credits: Credits(1),
            expected_ms: 5_000,
            repeats: Vec::new(),
            gone: None,
        };
        match self.step(shard, Event::Admit(application), now_ms) {
            Some(Answer::Admission(Admission::Go(attempt, _))) => {
                self.start(shard, ticket, attempt, now_ms);
            }
            Some(Answer::Admission(Admission::Refused(_))) if now_ms >= BEGIN_MS + WARM_UP_MS => {
                self.out.refused += 1;
            }
            _ => {}
        }
    }
}

fn play(sale: Sale, seed: u64) -> Outturn {
    let whole = limits();
    let mut weights = Vec::new();
    let mut sum = 0.0;
    for rank in 1..=sale.visitors {
        sum += (rank as f64).powf(-sale.skew);
        weights.push(sum);
    }
    let mut desk = Desk {
        dispatchers: (0..sale.shards)
            .map(|shard| Dispatcher::new(whole.share(shard, sale.shards)))
            .collect(),
        alarms: vec![None; sale.shards as usize],
        order: BinaryHeap::new(),
        noted: 0,
        asked_ms: HashMap::new(),
        rng: Rng::with_seed(seed),
        out: Outturn::default(),
    };
    // Who stands where in the order of those who ask most is drawn, so that no name is at an advantage.
    let mut names: Vec<_> = (0..sale.visitors).collect();
    desk.rng.shuffle(&mut names);
    let end_ms = BEGIN_MS + WARM_UP_MS + MEASURED_MS;
    desk.later(BEGIN_MS, Next::Press);
    while let Some(Reverse((now_ms, _, next))) = desk.order.pop() {
        if now_ms >= end_ms {
            break;
        }
        match next {
            Next::Press => {
                let gap_ms = -desk.rng.f64().max(1e-12).ln() * 1_000.0 / (rate() * sale.load);
                desk.later(now_ms + gap_ms.round() as u64, Next::Press);
                let lot = desk.rng.f64() * sum;
                let rank = weights.partition_point(|to| *to < lot);
                let who = names.get(rank).copied().unwrap_or(0);
                desk.press(&sale, who, now_ms);
            }
            Next::Sent(shard, ticket, attempt) => {
                let sent = Sent::Accepted;
                let event = Event::Sent {
                    ticket,
                    attempt,
                    sent,
                };
                desk.step(shard, event, now_ms);
                let takes_ms = desk.rng.u64(4_000..6_000);
                desk.later(now_ms + takes_ms, Next::Ended(shard, ticket));
            }
            Next::Ended(shard, ticket) => {
                let outcome = Outcome::Charged(Some(Credits(1)));
                let event = Event::Ended {
                    ticket,
                    outcome,
                    sent_ms: None,
                };
                desk.step(shard, event, now_ms);
            }
            Next::Alarm(shard, at_ms) => {
                if desk.alarms.get(shard as usize).copied().flatten() == Some(at_ms) {
                    if let Some(set) = desk.alarms.get_mut(shard as usize) {
                        *set = None;
                    }
                    desk.step(shard, Event::Alarm, now_ms);
                }
            }
        }
    }
    desk.out
}

/// What share of the rate is used, by the number of Dispatchers and by who comes: the mean of some sales, and the least.
#[must_use]
pub fn table() -> String {
    const SEEDS: u64 = 8;
    let mut text = String::from(
        "share of FASHN's rate that is used (the least of 8 sales), mean wait, share refused; 400 runs a minute, 48 at once\n",
    );
    let crowds = [
        (10_000, 0.0),
        (1_000, 0.0),
        (1_000, 1.0),
        (64, 0.0),
        (64, 1.0),
        (8, 0.0),
    ];
    for load in [0.7, 0.9, 1.5] {
        for (visitors, skew) in crowds {
            let _ = write!(text, "load {load}, {visitors:>5} visitors, skew {skew}:");
            for shards in [1, 2, 4, 8] {
                let sale = Sale {
                    shards,
                    visitors,
                    skew,
                    load,
                };
                let (mut used, mut least, mut waited, mut started, mut refused) =
                    (0.0, f64::MAX, 0, 0, 0);
                for seed in 0..SEEDS {
                    let out = play(sale, seed);
                    let share = out.started as f64 * 1_000.0 / (rate() * MEASURED_MS as f64);
                    used += share / SEEDS as f64;
                    least = share.min(least);
                    waited += out.waited_ms;
                    started += out.started;
                    refused += out.refused;
                }
                let wait_seconds = waited as f64 / started.max(1) as f64 / 1_000.0;
                let refused = refused as f64 / (started + refused).max(1) as f64;
                let _ = write!(
                    text,
                    "  K={shards} {:.1}% ({:.1}) {wait_seconds:.1} s {:.1}%",
                    used * 100.0,
                    least * 100.0,
                    refused * 100.0,
                );
            }
            text.push('\n');
        }
    }
    text
}
