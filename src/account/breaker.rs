//! Keeps runs from a FASHN that fails, without letting one visitor's failures close it for others.

use serde::{Deserialize, Serialize};

use crate::auth::ids::{Ticket, Visitor};
use crate::config::backoff;
use crate::config::limits::AccountLimits;

/// Open, it lets nothing through; half open, one probe. `until_ms` is in milliseconds since 1970,
/// `times` is how often in a row it opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    Closed {
        /// Visitors with runs that FASHN failed since it last took one, each once.
        failed: Vec<Visitor>,
    },
    Open {
        until_ms: u64,
        times: u32,
    },
    HalfOpen {
        probe: Ticket,
        /// When another run is let through.
        until_ms: u64,
        times: u32,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failed: Vec::new() }
    }
}

impl Breaker {
    /// Open, or half open: FASHN hasn't shown yet that it works.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Closed { .. })
    }

    /// Until when nothing may go, in milliseconds since 1970; none if something may.
    pub fn holds_until_ms(&self, now_ms: u64) -> Option<u64> {
        match *self {
            Self::Closed { .. } => None,
            Self::Open { until_ms, .. } | Self::HalfOpen { until_ms, .. } => {
                (until_ms > now_ms).then_some(until_ms)
            }
        }
    }

    pub fn pass(&mut self, limits: &AccountLimits, ticket: Ticket, now_ms: u64) {
        if let Self::Open { times, .. } | Self::HalfOpen { times, .. } = *self {
            let until_ms = now_ms.saturating_add(limits.probe_ms);
            *self = Self::HalfOpen { probe: ticket, until_ms, times };
        }
    }

    /// FASHN answered as one that works.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    pub fn fail(&mut self, limits: &AccountLimits, ticket: Ticket, visitor: &Visitor, now_ms: u64) {
        let times = match self {
            Self::Closed { failed } => {
                if !failed.contains(visitor) {
                    failed.push(visitor.clone());
                }
                if failed.len() < limits.breaker_failures as usize {
                    return;
                }
                0
            }
            Self::HalfOpen { probe, times, .. } if *probe == ticket => *times,
            // Sent before it opened, or not the probe.
            Self::Open { .. } | Self::HalfOpen { .. } => return,
        };
        let wait_ms = backoff::pause_ms(limits.breaker_min_ms, 2, times, limits.breaker_max_ms);
        let until_ms = now_ms.saturating_add(wait_ms);
        *self = Self::Open { until_ms, times: times.saturating_add(1) };
    }

    /// The probe came to nothing that shows anything: another is let through.
    pub fn probe_lost(&mut self, ticket: Ticket, now_ms: u64) {
        if let Self::HalfOpen { probe, times, .. } = *self
            && probe == ticket
        {
            *self = Self::Open { until_ms: now_ms, times };
        }
    }

    /// A clock that went back doesn't make a wait longer.
    pub fn bound(&mut self, limits: &AccountLimits, now_ms: u64) {
        let (until_ms, max_ms) = match self {
            Self::Closed { .. } => return,
            Self::Open { until_ms, .. } => (until_ms, limits.breaker_max_ms),
            Self::HalfOpen { until_ms, .. } => (until_ms, limits.probe_ms),
        };
        *until_ms = (*until_ms).min(now_ms.saturating_add(max_ms));
    }
}
