//! The credits and rate limits of one API key.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use crate::limits::Window;

/// The credits of one key (page "Credits Balance").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Of the monthly plan; used first.
    pub subscription: u32,
    /// Bought on top; used after the plan's.
    pub on_demand: u32,
}

impl Balance {
    /// Both together.
    pub fn total(self) -> u32 {
        self.subscription.saturating_add(self.on_demand)
    }

    /// The rest after `credits` were used, the plan's first.
    fn minus(self, credits: Credits) -> Self {
        let from_plan = self.subscription.min(credits.0);
        Self {
            subscription: self.subscription - from_plan,
            on_demand: self.on_demand.saturating_sub(credits.0 - from_plan),
        }
    }
}

/// One key's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Credits that no completed run has used yet.
    pub balance: Balance,
    /// Credits that runs in flight use if they complete. They stay in the balance, but no other run
    /// can reserve them.
    pub reserved: Credits,
    /// All credits used so far.
    pub charged: u64,
    /// The most runs that were in flight at once.
    pub greatest_in_flight: usize,
    /// `POST /v1/run`.
    pub runs: Window,
    /// `GET /v1/status/{id}`.
    pub statuses: Window,
    /// `GET /v1/credits`.
    pub credit_requests: Window,
}

impl Account {
    /// A new account.
    pub fn opened(balance: Balance) -> Self {
        Self {
            balance,
            reserved: Credits(0),
            charged: 0,
            greatest_in_flight: 0,
            runs: Window::default(),
            statuses: Window::default(),
            credit_requests: Window::default(),
        }
    }

    /// Reserves credits for a run. Returns false if too few are left.
    pub fn reserve(&mut self, credits: Credits) -> bool {
        let wanted = self.reserved.0.saturating_add(credits.0);
        if wanted > self.balance.total() {
            return false;
        }
        self.reserved = Credits(wanted);
        true
    }

    /// Uses the reserved credits of a completed run.
    pub fn charge(&mut self, credits: Credits) {
        self.release(credits);
        self.balance = self.balance.minus(credits);
        self.charged += u64::from(credits.0);
    }

    /// Releases the reserved credits of a failed run.
    pub fn release(&mut self, credits: Credits) {
        self.reserved = Credits(self.reserved.0.saturating_sub(credits.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(subscription: u32, on_demand: u32) -> Account {
        Account::opened(Balance { subscription, on_demand })
    }

    #[test]
    fn the_plans_credits_go_before_those_bought() {
        let mut account = account(3, 5);
        assert!(account.reserve(Credits(4)));
        assert_eq!(account.balance.total(), 8);
        account.charge(Credits(4));
        assert_eq!(account.balance, Balance { subscription: 0, on_demand: 4 });
        assert_eq!(account.charged, 4);
    }

    #[test]
    fn a_failed_run_costs_nothing() {
        let mut account = account(1, 0);
        assert!(account.reserve(Credits(1)));
        assert!(!account.reserve(Credits(1)));
        account.release(Credits(1));
        assert_eq!(account.balance.total(), 1);
        assert!(account.reserve(Credits(1)));
    }
}
