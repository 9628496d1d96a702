//! What a history is made of.

use fastrand::Rng;
use fitting_room::limits::DispatcherLimits;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Fault {
    WebhookLost,
    WebhookTwice,
    WebhookLate,
    WebhookForgedId,
    WebhookForgedStatus,
    RateLimit,
    Concurrency,
    OutOfCredits,
    ServerError,
    TimeoutBeforeAcceptance,
    TimeoutAfterAcceptance,
    RunStuck,
    StatusRefused,
    WorkerCrash,
    PredictionCrashBeforeWrite,
    PredictionCrashAfterWrite,
    DispatcherCrashBeforeWrite,
    DispatcherCrashAfterWrite,
    DispatcherEvicted,
    ClockJump,
    AlarmTwice,
    AlarmLate,
    MessageTwice,
    Forget,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::WebhookLost,
        Self::WebhookTwice,
        Self::WebhookLate,
        Self::WebhookForgedId,
        Self::WebhookForgedStatus,
        Self::RateLimit,
        Self::Concurrency,
        Self::OutOfCredits,
        Self::ServerError,
        Self::TimeoutBeforeAcceptance,
        Self::TimeoutAfterAcceptance,
        Self::RunStuck,
        Self::StatusRefused,
        Self::WorkerCrash,
        Self::PredictionCrashBeforeWrite,
        Self::PredictionCrashAfterWrite,
        Self::DispatcherCrashBeforeWrite,
        Self::DispatcherCrashAfterWrite,
        Self::DispatcherEvicted,
        Self::ClockJump,
        Self::AlarmTwice,
        Self::AlarmLate,
        Self::MessageTwice,
        Self::Forget,
    ];

    fn rates(self) -> [u16; 4] {
        match self {
            Self::ClockJump => [0, 0, 1, 4],
            Self::OutOfCredits | Self::RunStuck => [0, 0, 10, 50],
            Self::WebhookLost | Self::WebhookTwice | Self::WebhookLate => [0, 50, 300, 1_000],
            Self::DispatcherCrashBeforeWrite
            | Self::DispatcherCrashAfterWrite
            | Self::PredictionCrashBeforeWrite
            | Self::PredictionCrashAfterWrite
            | Self::DispatcherEvicted
            | Self::WorkerCrash
            | Self::MessageTwice => [0, 5, 20, 80],
            _ => [0, 10, 50, 200],
        }
    }
}

/// One history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything that isn't said below.
    pub seed: u64,
    /// How many shoppers press the button.
    pub visitors: u32,
    /// How often they press it in all.
    pub presses: u32,
    /// Between two presses on average, in milliseconds.
    pub gap_ms: u64,
    /// A run takes at most this long, in milliseconds.
    pub run_most_ms: u64,
    /// What FASHN's account has.
    pub balance: u64,
    /// How often each fault happens, in thousandths of its occasions.
    pub faults: Vec<(Fault, u16)>,
    /// What the Dispatcher keeps to.
    pub limits: DispatcherLimits,
}

impl Plan {
    /// The history of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        // Now and then a sale: many at once, so that windows and queue are full.
        let sale = rng.u32(..40) == 0;
        let mut faults = Vec::new();
        for fault in Fault::ALL {
            let rates = fault.rates();
            // Many histories have few kinds of faults, so that each is met alone too.
            let rate = rates.get(rng.usize(..rates.len())).copied().unwrap_or(0);
            if rng.u32(..3) > 0 && rate > 0 {
                faults.push((fault, rate));
            }
        }
        let mut limits = DispatcherLimits::default();
        let short_of_credits = rng.u32(..4) == 0;
        let poor = rng.u32(..10) == 0;
        if short_of_credits {
            limits.day_credits = rng.u32(10..60);
            limits.visitor_credits = rng.u32(4..20);
        } else {
            limits.day_credits = 2_000;
            limits.visitor_credits = 400;
        }
        limits.queue_most = if rng.u32(..4) == 0 { 8 } else { 1_000 };
        Self {
            seed,
            visitors: rng.u32(1..9),
            presses: rng.u32(102..120),
            gap_ms: if sale {
                rng.u64(1..100)
            } else {
                rng.u64(1..3_000)
            },
            run_most_ms: if sale {
                rng.u64(1_000..4_000)
            } else {
                rng.u64(2_000..60_000)
            },
            balance: if poor { rng.u64(0..40) } else { 100_000 },
            faults,
            limits,
        }
    }

    /// How often a fault happens, in thousandths.
    #[must_use]
    pub fn rate(&self, fault: Fault) -> u16 {
        self.faults
            .iter()
            .find(|(known, _)| *known == fault)
            .map_or(0, |(_, rate)| *rate)
    }

    /// Smaller plans to try, the boldest first.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut plans = Vec::new();
        for presses in [self.presses / 2, self.presses.saturating_sub(1)] {
            if presses > 0 && presses < self.presses {
                plans.push(Self {
                    presses,
                    ..self.clone()
                });
            }
        }
        if self.visitors > 1 {
            plans.push(Self {
                visitors: self.visitors - 1,
                ..self.clone()
            });
        }
        for (index, _) in self.faults.iter().enumerate() {
            let mut fewer = self.clone();
            fewer.faults.remove(index);
            plans.push(fewer);
        }
        plans
    }
}
