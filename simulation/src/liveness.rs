//! How long an honest run waits while FASHN has room for it.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::plan::{Kind, Plan, Trouble};

/// "An honest visitor's run reaches FASHN within 5 s of a free window if FASHN answers normally."
const NORMAL_MS: u64 = 5_000;
/// FASHN's timeout: added to the longest documented time where FASHN takes runs and never answers.
const FASHN_TIMEOUT_MS: u64 = 20_000;
/// A probe's time limit.
const PROBE_MS: u64 = 30_000;
/// A sender that was cut is given up after this.
const SENDER_MS: u64 = 50_000;
/// Where everything goes wrong, a run's slot comes back at the deadline, a breaker closes after its
/// longest pause, an alarm is a minute late and tried again for two.
const CHAOS_MS: u64 = 600_000 + 330_000 + 300_000;

/// What the bound depends on at one moment.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is true at the moment, or is not")]
pub struct Moment {
    /// Now.
    pub now_ms: u64,
    /// An honest run waits that FASHN never failed, and may go.
    pub waits: bool,
    /// Since when FASHN has room for one more, if it has.
    pub free_since_ms: Option<u64>,
    /// FASHN fails everybody.
    pub fashn_fails: bool,
    /// The breaker lets nothing through.
    pub breaker_is_open: bool,
    /// The breaker let a probe through.
    pub breaker_probes: bool,
}

/// How long nothing was sent.
pub struct Liveness {
    kind: Kind,
    longest_ms: u64,
    has_cuts: bool,
    /// Alarms may never come: the cron trigger comes daily.
    is_bound: bool,
    idle_since_ms: Option<u64>,
    /// The longest such time.
    pub idle_max_ms: BTreeMap<Kind, u64>,
}

impl Liveness {
    /// That of a history.
    pub fn of(plan: &Plan) -> Self {
        let longest_ms =
            plan.submissions.iter().map(|submission| submission.model.expected_ms).max();
        let rate = |fault| plan.rate(fault);
        Self {
            kind: plan.kind,
            longest_ms: longest_ms.unwrap_or(0),
            has_cuts: rate(Fault::InvocationCut) > 0 || rate(Fault::ProbeCut) > 0,
            is_bound: rate(Fault::AlarmLost) == 0
                && rate(Fault::ClockBack) == 0
                && !plan.spells.iter().any(|spell| {
                    plan.kind == Kind::Chaos
                        && matches!(spell.trouble, Trouble::FashnSilent | Trouble::Burst)
                }),
            idle_since_ms: None,
            idle_max_ms: BTreeMap::new(),
        }
    }

    /// A run arrives at FASHN.
    pub fn sent(&mut self, now_ms: u64) {
        if self.idle_since_ms.is_some() {
            self.idle_since_ms = Some(now_ms);
        }
    }

    /// How long an honest run may wait now, and why.
    fn bound(&self, moment: &Moment) -> Option<(u64, &'static str)> {
        let cut_ms = if self.has_cuts { SENDER_MS } else { 0 };
        match self.kind {
            // One visitor can't open the breaker.
            Kind::Adversary | Kind::Load => Some((NORMAL_MS, "FASHN answers normally")),
            Kind::Silent | Kind::Recovery if moment.breaker_is_open => None,
            Kind::Recovery if moment.breaker_probes => {
                Some((PROBE_MS + 2 * NORMAL_MS, "a probe is under way"))
            }
            Kind::Recovery => Some((NORMAL_MS + cut_ms + self.longest_ms, "FASHN works again")),
            Kind::Silent => Some((
                FASHN_TIMEOUT_MS + self.longest_ms + NORMAL_MS,
                "FASHN takes runs and never answers",
            )),
            Kind::Blind | Kind::Chaos => Some((CHAOS_MS, "much goes wrong")),
        }
    }

    /// Looks at one moment; answers what is wrong.
    pub fn judge(&mut self, moment: &Moment) -> Option<String> {
        let bound = self.bound(moment);
        let free = moment.free_since_ms.filter(|_| moment.waits && !moment.fashn_fails);
        let (Some(free_since_ms), Some((bound_ms, why))) = (free, bound) else {
            self.idle_since_ms = None;
            return None;
        };
        let since_ms = self.idle_since_ms.unwrap_or(moment.now_ms).max(free_since_ms);
        self.idle_since_ms = Some(since_ms);
        let idle_ms = moment.now_ms.saturating_sub(since_ms);
        if !self.is_bound {
            return None;
        }
        let longest_ms = self.idle_max_ms.entry(self.kind).or_default();
        *longest_ms = (*longest_ms).max(idle_ms);
        (idle_ms > bound_ms).then(|| {
            format!(
                "an honest run waited {idle_ms} ms while FASHN had room for it ({why}: at most {bound_ms} ms)"
            )
        })
    }
}
