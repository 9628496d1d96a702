//! A Dispatcher that remembers much, row by row: as many days of selling would leave it, without living through them.

use fashn::models::Credits;
use fastrand::Rng;
use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::{DispatcherLimits, RequestWindow};
use fitting_room::dispatcher::{
    Account, Fingerprint, Gate, Lane, Phase, Reins, Remembered, RepeatKind, RepeatName, Row, Run,
    Turn, Visitor, VisitorAccount,
};

/// The morning of a day: what is measured ends before the next.
pub const NOW_MS: u64 = 1_763_596_800_000;
/// So much later the next try-on comes.
pub const EACH_MS: u64 = 10;

/// How much is remembered.
#[derive(Debug, Clone)]
pub struct Load {
    /// Runs that are over, each of a visitor of its own, and each with a name that it may be repeated by.
    pub finished: usize,
    /// Runs at FASHN.
    pub live: usize,
    /// Runs that wait.
    pub queued: usize,
    /// Whose those are that wait.
    pub visitors: usize,
    /// Runs that FASHN's window takes; half of them have been made in it.
    pub window: u32,
    /// How long the first of those that are over is still remembered; each next is a try-on's time longer.
    pub kept_ms: u64,
    /// All of it is of yesterday, and the visitors of those that are over are forgotten one by one.
    pub morning: bool,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            finished: 10,
            live: 5,
            queued: 0,
            visitors: 64,
            window: 50,
            kept_ms: 1,
            morning: false,
        }
    }
}

/// Limits under which this load stays as large as it is while try-ons come and go.
pub fn limits(load: &Load) -> DispatcherLimits {
    let kept_ms = EACH_MS * load.finished as u64;
    let window = |requests: u32| RequestWindow {
        requests,
        window_ms: EACH_MS * u64::from(requests) / 2,
    };
    DispatcherLimits {
        // With nobody waiting there is room for one more.
        slots: number(load.live + usize::from(load.queued == 0)),
        runs: window(load.window),
        statuses: window(50),
        window_margin_ms: 0,
        queue_most: usize::MAX,
        queue_per_visitor_most: u32::MAX,
        queue_wait_ms: 80_000_000,
        day_credits: u32::MAX,
        visitor_credits: u32::MAX,
        lease_ms: 80_000_000,
        settled_memory_ms: kept_ms.max(EACH_MS),
        ..DispatcherLimits::default()
    }
}

/// The rows of such a memory, as of a time.
pub fn rows(load: &Load, now_ms: u64) -> Vec<Row> {
    let mut rng = Rng::with_seed(1);
    let (finished, live, queued) = (load.finished as u64, load.live as u64, load.queued as u64);
    let day = now_ms / 86_400_000 - u64::from(load.morning);
    let mut rows = Vec::new();
    let mut gate = Gate {
        account: account(day, live + queued, finished),
        reserved: live + queued,
        charged: finished,
        round: 1,
        sequence: queued,
        swept_day: day,
        ..Gate::default()
    };
    let made = u64::from(load.window / 2);
    for at in 0..made {
        gate.note_run(&limits(load), now_ms - EACH_MS * (made - at) + 1);
    }
    rows.push(Row::Gate(Box::new(gate)));
    for at in 0..finished {
        let visitor = Visitor(name(&mut rng));
        let repeat = RepeatName(name(&mut rng));
        let minted_ms = now_ms - EACH_MS * (finished - at);
        let ticket = mint(&mut rng, minted_ms);
        let until_ms = now_ms + EACH_MS * at + load.kept_ms;
        let settled = Phase::Settled { until_ms };
        let run = Run {
            repeats: vec![repeat.clone()],
            ..run(&visitor, minted_ms, day, settled)
        };
        let known = VisitorAccount {
            day,
            committed: 1,
            ..VisitorAccount::default()
        };
        let remembered = Remembered {
            ticket,
            kind: RepeatKind::Same,
            fingerprint: Fingerprint(name(&mut rng)),
            until_ms,
        };
        rows.push(Row::Run(ticket, run));
        rows.push(Row::Visitor(visitor, known));
        rows.push(Row::Repeat(repeat, remembered));
    }
    let visitors: Vec<_> = (0..load.visitors).map(visitor).collect();
    for at in 0..live + queued {
        let index = usize::try_from(at).unwrap_or_default() % visitors.len().max(1);
        let Some(visitor) = visitors.get(index) else {
            break;
        };
        let minted_ms = now_ms - 1_000;
        let ticket = mint(&mut rng, minted_ms);
        let mut run = run(visitor, minted_ms, day, Phase::Queued);
        if at < live {
            run.attempt = 1;
            run.phase = Phase::InFlight {
                since_ms: minted_ms,
                lease_ms: now_ms + 80_000_000,
            };
        } else {
            let sequence = at - live;
            run.turn = Some(Turn {
                round: 1 + sequence / load.visitors as u64,
                sequence,
            });
        }
        rows.push(Row::Run(ticket, run));
    }
    for visitor in visitors {
        let known = VisitorAccount {
            last_round: queued / load.visitors as u64,
            ..VisitorAccount::default()
        };
        rows.push(Row::Visitor(visitor, known));
    }
    // The order of an object's storage.
    rows.sort_by_cached_key(|row| row.key().name());
    rows
}

/// One of those who come again and again.
pub fn visitor(number: usize) -> Visitor {
    Visitor(name(&mut Rng::with_seed(number as u64)))
}

/// An opaque name, as long as the gateway's.
pub fn name(rng: &mut Rng) -> String {
    std::iter::repeat_with(|| rng.alphanumeric())
        .take(22)
        .collect()
}

pub fn mint(rng: &mut Rng, now_ms: u64) -> Ticket {
    let mut random = [0; 12];
    rng.fill(&mut random);
    Ticket::mint(now_ms, random)
}

pub fn lane() -> Lane {
    Lane("tryon-v1.6/17".to_owned())
}

fn account(day: u64, reserved: u64, spent: u64) -> Account {
    Account {
        day,
        reserved,
        spent,
    }
}

fn run(visitor: &Visitor, admitted_ms: u64, day: u64, phase: Phase) -> Run {
    Run {
        visitor: visitor.clone(),
        lane: lane(),
        reserved: Credits(1),
        day,
        expected_ms: 17_000,
        admitted_ms,
        attempt: u32::from(phase != Phase::Queued),
        server_errors: 0,
        turn: None,
        give_up_ms: admitted_ms + 80_000_000,
        repeats: Vec::new(),
        shared: false,
        reins: Reins::Tight,
        phase,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
