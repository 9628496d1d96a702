//! What a history is made of.

use fastrand::Rng;
use fitting_room::config::limits::AccountLimits;

use crate::fault::Fault;

/// Fewer events than this are no history: it goes on with another submission.
pub const EVENTS_MIN: u64 = 200;

/// One history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Decides what isn't said below.
    pub seed: u64,
    /// What is expected of it.
    pub kind: Kind,
    /// What is submitted, and when.
    pub submissions: Vec<Submission>,
    /// When FASHN or the merchant's backend has a bad time.
    pub spells: Vec<Spell>,
    /// When the account object is reset, in milliseconds since the history began.
    pub resets_ms: Vec<u64>,
    /// How often each fault happens, in thousandths of its occasions.
    pub faults: Vec<(Fault, u16)>,
    /// So many invocations are cut at most.
    pub cuts_max: u32,
    /// What the account keeps to.
    pub limits: AccountLimits,
    /// What FASHN's account has, in credits.
    pub balance: u64,
    /// The merchant's backend wants to hear how runs end.
    pub has_merchant: bool,
    /// It is submitted again until so many events happened.
    pub events_min: u64,
    /// FASHN's quickest run, of the model's longest documented time.
    pub quickest_percent: u64,
}

/// What a history is about. The bound on an honest run's wait is each kind's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One visitor does everything to be in the way; nothing else goes wrong.
    Adversary,
    /// Many at once; nothing goes wrong.
    Load,
    /// FASHN takes runs and never answers.
    Silent,
    /// FASHN fails everybody for a while, then works again.
    Recovery,
    /// Nothing can be heard of FASHN for longer than a deadline.
    Blind,
    /// Everything at once.
    Chaos,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Adversary, Self::Load, Self::Silent, Self::Recovery, Self::Blind, Self::Chaos];
}

/// Somebody presses the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// How long after the last, in milliseconds.
    pub after_ms: u64,
    /// The person. Number 0 is the adversary, if there is one.
    pub person: u32,
    /// What they want to see on themselves.
    pub garment: u32,
    /// FASHN's model.
    pub model: Model,
    /// What they do.
    pub behavior: Behavior,
    /// Their `Idempotency-Key`.
    pub key: Option<Key>,
    /// They ask for base64.
    pub wants_base64: bool,
    /// They are staff.
    pub is_staff: bool,
    /// Decides all that happens to this run, whatever becomes of the others.
    pub seed: u64,
}

/// What a model costs, and how long it takes at the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// FASHN's name of it.
    pub name: &'static str,
    /// Credits of a run.
    pub credits: u32,
    /// Its longest documented time, in milliseconds.
    pub expected_ms: u64,
}

/// The models of these histories.
pub const MODELS: [Model; 3] = [
    Model { name: "tryon-v1.6", credits: 1, expected_ms: 17_000 },
    Model { name: "tryon-max", credits: 2, expected_ms: 60_000 },
    Model { name: "model-create", credits: 4, expected_ms: 120_000 },
];

/// An `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// In UUID form: one run from any network.
    Uuid(u32),
    /// Any other: one run of one visitor.
    Short(u32),
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// Waits for the picture.
    Shops,
    /// Deletes the run after so long.
    Deletes(u64),
    /// Hangs up after so long.
    HangsUp(u64),
    /// Sends what FASHN answers 500.
    Poisons,
    /// Sends a large body that FASHN answers 500.
    PoisonsLarge,
    /// Sends what FASHN takes and then fails.
    Fails,
}

/// A bad time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// When it begins, in milliseconds since the history began.
    pub from_ms: u64,
    /// When it is over.
    pub to_ms: u64,
    /// What it is.
    pub trouble: Trouble,
}

/// What may be wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// FASHN answers each run with 500.
    FashnFails,
    /// FASHN takes each run and never answers; no webhook comes either.
    FashnSilent,
    /// FASHN's status API answers nothing.
    StatusOut,
    /// No webhook comes.
    WebhooksOut,
    /// The merchant's backend hangs.
    MerchantHangs,
    /// Every fault happens ten times as often.
    Burst,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FashnFails,
        Self::FashnSilent,
        Self::StatusOut,
        Self::WebhooksOut,
        Self::MerchantHangs,
        Self::Burst,
    ];
}

impl Plan {
    /// The history of a seed.
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let kind = match rng.u32(..20) {
            0..5 => Kind::Adversary,
            5 => Kind::Load,
            6..8 => Kind::Silent,
            8..10 => Kind::Recovery,
            10..12 => Kind::Blind,
            _ => Kind::Chaos,
        };
        Self::of_kind(kind, seed, &mut rng)
    }

    /// One of this kind.
    pub fn of_kind(kind: Kind, seed: u64, rng: &mut Rng) -> Self {
        let submissions = match kind {
            Kind::Load => rng.u32(70..100),
            Kind::Adversary | Kind::Silent | Kind::Recovery => rng.u32(16..38),
            Kind::Blind | Kind::Chaos => rng.u32(10..26),
        };
        let gap_ms = match kind {
            Kind::Load => rng.u64(1..60),
            Kind::Adversary | Kind::Silent | Kind::Recovery => rng.u64(20..1_200),
            Kind::Blind | Kind::Chaos => rng.u64(1..3_000),
        };
        let people = match kind {
            Kind::Recovery => rng.u32(8..16),
            Kind::Load => rng.u32(10..40),
            Kind::Adversary | Kind::Silent | Kind::Blind | Kind::Chaos => rng.u32(2..9),
        };
        let has_adversary = match kind {
            Kind::Adversary | Kind::Silent => true,
            Kind::Load => false,
            Kind::Recovery | Kind::Blind | Kind::Chaos => rng.bool(),
        };
        let style = rng.u32(..6);
        let mut plan = Self {
            seed,
            kind,
            submissions: Vec::new(),
            spells: Vec::new(),
            resets_ms: Vec::new(),
            faults: Vec::new(),
            // One that is lost is made good within a bound; many in a row aren't.
            cuts_max: if kind == Kind::Recovery { 1 } else { u32::MAX },
            limits: limits_of(kind, rng),
            balance: 1_000_000,
            has_merchant: kind != Kind::Load && rng.u32(..3) == 0,
            events_min: EVENTS_MIN,
            quickest_percent: 16,
        };
        let slow_models = rng.u32(..4) == 0;
        for _ in 0..submissions {
            let is_adversary = has_adversary && rng.bool();
            let mut submission = submission_of(rng, gap_ms, people, slow_models);
            if is_adversary {
                submission.person = 0;
                misbehave(&mut submission, style, rng);
            }
            plan.submissions.push(submission);
        }
        plan.troubles(rng);
        if kind == Kind::Chaos && rng.u32(..10) == 0 {
            plan.balance = rng.u64(0..30);
            plan.limits.balance_floor = rng.u32(0..4);
        }
        plan
    }

    fn troubles(&mut self, rng: &mut Rng) {
        let span_ms = self.span_ms().max(1_000);
        match self.kind {
            Kind::Adversary | Kind::Load => {}
            Kind::Silent => self.spells.push(Spell {
                from_ms: rng.u64(..span_ms),
                to_ms: rng.u64(span_ms..span_ms * 3 + 60_000),
                trouble: Trouble::FashnSilent,
            }),
            Kind::Recovery => {
                let from_ms = rng.u64(..=span_ms / 2);
                self.spells.push(Spell {
                    from_ms,
                    to_ms: from_ms + rng.u64(3_000..40_000),
                    trouble: Trouble::FashnFails,
                });
                match rng.u32(..3) {
                    0 => self.faults.push((Fault::InvocationCut, rng.u16(5..60))),
                    1 => self.faults.push((Fault::ProbeCut, 500)),
                    _ => {}
                }
            }
            Kind::Blind => {
                let from_ms = rng.u64(..span_ms);
                let to_ms = from_ms + rng.u64(300_000..7_200_000);
                self.spells.push(Spell { from_ms, to_ms, trouble: Trouble::StatusOut });
                if rng.bool() {
                    self.spells.push(Spell { from_ms, to_ms, trouble: Trouble::MerchantHangs });
                }
                for fault in [Fault::WebhookLost, Fault::WebhookEarly, Fault::RunAnswerLost] {
                    self.faults.push((fault, rng.u16(..300)));
                }
            }
            Kind::Chaos => self.chaos(span_ms, rng),
        }
    }

    fn chaos(&mut self, span_ms: u64, rng: &mut Rng) {
        // Many histories have few kinds of faults, so that each is met alone too.
        let density = rng.u32(1..8);
        for fault in Fault::ALL {
            let rates = fault.rates();
            let rate = rates.get(rng.usize(..rates.len())).copied().unwrap_or(0);
            if rng.u32(..8) < density {
                self.faults.push((fault, rate));
            }
        }
        for trouble in Trouble::ALL {
            if rng.u32(..8) == 0 {
                let from_ms = rng.u64(..span_ms);
                self.spells.push(Spell {
                    from_ms,
                    to_ms: from_ms + (rng.u64(1_000..1_200_000) >> rng.u32(..6)),
                    trouble,
                });
            }
        }
        match rng.u32(..4) {
            0 => {
                for _ in 0..rng.u32(1..5) {
                    self.resets_ms.push(rng.u64(..span_ms * 2));
                }
            }
            // A deploy after another.
            1 => self.resets_ms.extend((1..20).map(|number| number * 60_000)),
            _ => {}
        }
    }

    /// From the first submission to the last, in milliseconds.
    pub fn span_ms(&self) -> u64 {
        self.submissions.iter().map(|submission| submission.after_ms).sum()
    }

    /// How often a fault happens, in thousandths.
    pub fn rate(&self, fault: Fault) -> u16 {
        let rate = self.faults.iter().find(|(own, _)| *own == fault);
        rate.map_or(0, |(_, rate)| *rate)
    }
}

fn limits_of(kind: Kind, rng: &mut Rng) -> AccountLimits {
    let mut limits = AccountLimits::default();
    let is_strict = !matches!(kind, Kind::Blind | Kind::Chaos);
    limits.visitor_day_credits = 400;
    limits.visitor_day_attempts = 200;
    if rng.u32(..4) == 0 && !is_strict {
        limits.day_credits = rng.u32(10..60);
        limits.visitor_day_credits = rng.u32(4..20);
    }
    if rng.u32(..6) == 0 {
        limits.queue_max = rng.usize(2..10);
    }
    if rng.u32(..6) == 0 {
        limits.queue_per_visitor_max = rng.u32(1..6);
    }
    if rng.u32(..6) == 0 {
        limits.visitor_day_attempts = rng.u32(3..30);
    }
    if rng.u32(..6) == 0 {
        limits.bodies_bytes_max = rng.u64(2..30) << 20;
    }
    // Small windows, so that they are full in a short history too.
    if rng.u32(..3) == 0 && !is_strict {
        limits.runs.requests = rng.u32(3..20);
        limits.statuses.requests = rng.u32(3..20);
        limits.slots = rng.u32(1..6);
    }
    limits
}

fn submission_of(rng: &mut Rng, gap_ms: u64, people: u32, slow_models: bool) -> Submission {
    let model = if slow_models { rng.usize(..MODELS.len()) } else { 0 };
    let [usual, ..] = MODELS;
    let model = MODELS.get(model).copied().unwrap_or(usual);
    let key = match rng.u32(..6) {
        0 => Some(Key::Uuid(rng.u32(..8))),
        1 => Some(Key::Short(rng.u32(..8))),
        2 | 3 => Some(Key::Uuid(rng.u32(100..))),
        _ => None,
    };
    let behavior = match rng.u32(..12) {
        0 => Behavior::Deletes(rng.u64(..30_000)),
        1 => Behavior::HangsUp(rng.u64(..20_000) >> rng.u32(..6)),
        _ => Behavior::Shops,
    };
    Submission {
        after_ms: rng.u64(0..gap_ms * 2),
        person: 1 + rng.u32(..people),
        garment: rng.u32(..60),
        model,
        behavior,
        key,
        wants_base64: rng.u32(..5) == 0,
        is_staff: rng.u32(..30) == 0,
        seed: rng.u64(..),
    }
}

/// What the adversary does, mostly one thing in a history.
fn misbehave(submission: &mut Submission, style: u32, rng: &mut Rng) {
    submission.is_staff = false;
    let style = if rng.u32(..4) == 0 { rng.u32(..6) } else { style };
    submission.after_ms /= 3;
    submission.behavior = match style {
        0 => Behavior::HangsUp(rng.u64(..2_000) >> rng.u32(..6)),
        1 => Behavior::Poisons,
        2 => Behavior::PoisonsLarge,
        3 => Behavior::Fails,
        4 => Behavior::Deletes(rng.u64(..3_000)),
        _ => {
            // One body under ever new keys.
            submission.garment = 0;
            submission.key = Some(Key::Short(rng.u32(1_000..)));
            Behavior::Shops
        }
    };
    if style < 5 && rng.bool() {
        submission.key = None;
        submission.garment = rng.u32(1_000..);
    }
}
