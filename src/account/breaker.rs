//! Keeps runs from a FASHN that fails, without letting one visitor's failures close it for others.

use serde::{Deserialize, Serialize};

use crate::auth::ids::{Ticket, Visitor};
use crate::config::backoff;
use crate::config::limits::AccountLimits;

/// Open, it lets nothing through; half open, one probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Runs go.
    Closed {
        /// Visitors with runs that FASHN failed since it last took one, each once.
        failed: Vec<Visitor>,
    },
    /// Nothing goes.
    Open {
        /// Until when, in milliseconds since 1970.
        until_ms: u64,
        /// How often in a row it opened.
        times: u32,
    },
    /// One run is let through, to see.
    HalfOpen {
        /// The one.
        probe: Ticket,
        /// When another is let through, in milliseconds since 1970.
        until_ms: u64,
        /// How often in a row it opened.
        times: u32,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failed: Vec::new() }
    }
}

impl Breaker {
    /// Until when nothing may go, in milliseconds since 1970; none if something may.
    pub fn holds_until_ms(&self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { until_ms, .. } | Self::HalfOpen { until_ms, .. } => {
                (*until_ms > now_ms).then_some(*until_ms)
            }
        }
    }

    /// The next run is a probe: it must be one that FASHN never failed, if there is one.
    pub fn wants_probe(&self) -> bool {
        match self {
            Self::Closed { .. } => false,
            Self::Open { .. } | Self::HalfOpen { .. } => true,
        }
    }

    /// A run goes.
    pub fn pass(&mut self, limits: &AccountLimits, ticket: Ticket, now_ms: u64) {
        if let Self::Open { times, .. } | Self::HalfOpen { times, .. } = *self {
            *self = Self::HalfOpen {
                probe: ticket,
                until_ms: now_ms.saturating_add(limits.probe_ms),
                times,
            };
        }
    }

    /// FASHN answered as one that works.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// FASHN failed a run.
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
            // Sent before it opened, or not the probe.
            Self::Open { .. } => return,
            Self::HalfOpen { probe, .. } if *probe != ticket => return,
            Self::HalfOpen { times, .. } => *times,
        };
        let wait_ms = backoff::pause_ms(limits.breaker_min_ms, 2, times, limits.breaker_max_ms);
        *self =
            Self::Open { until_ms: now_ms.saturating_add(wait_ms), times: times.saturating_add(1) };
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
        match self {
            Self::Closed { .. } => {}
            Self::Open { until_ms, .. } => {
                *until_ms = (*until_ms).min(now_ms.saturating_add(limits.breaker_max_ms));
            }
            Self::HalfOpen { until_ms, .. } => {
                *until_ms = (*until_ms).min(now_ms.saturating_add(limits.probe_ms));
            }
        }
    }
}
