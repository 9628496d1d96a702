//! Several Dispatchers for one FASHN key: each has its share of the limits and lends none of it, and a visitor's runs are all at
//! one.

use std::collections::BTreeMap;
use std::mem::swap;

use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::DispatcherLimits;
use fitting_room::dispatcher::{Account, Dispatcher, Row, RowKey, Visitor, shard_of};

use crate::guards::Guards;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::world::World;

/// What a Dispatcher has while it isn't its turn.
#[derive(Default, Clone)]
pub struct Shard {
    /// What it keeps to.
    pub limits: DispatcherLimits,
    /// What it should keep to.
    pub share: DispatcherLimits,
    dispatcher: Option<Dispatcher>,
    rows: BTreeMap<RowKey, Row>,
    alarm_ms: Option<u64>,
    skew_ms: i64,
    ledger: Ledger,
    /// Its account when it had its turn last.
    account: Account,
}

impl Shard {
    /// Each with its share.
    pub fn all(plan: &Plan, guards: &Guards) -> Vec<Self> {
        (0..plan.shards)
            .map(|shard| {
                let share = if guards.shares {
                    plan.limits.share(shard, plan.shards)
                } else {
                    plan.limits.clone()
                };
                Self {
                    limits: guards.limits(&share),
                    share,
                    ..Self::default()
                }
            })
            .collect()
    }
}

impl World<'_> {
    /// Which Dispatcher a run is at: its visitor's.
    pub fn shard_of(&self, ticket: Ticket) -> usize {
        let visitor = self.wishes.get(&ticket).map_or(0, |wish| wish.visitor);
        shard_of(&Visitor(format!("v{visitor}")), self.plan.shards) as usize
    }

    /// From now on it is this one's turn.
    pub fn turn_to(&mut self, shard: usize) {
        if shard == self.on_turn {
            return;
        }
        // What the last one had is put away, and what this one had is taken out.
        for shard in [self.on_turn, shard] {
            let Some(other) = self.shards.get_mut(shard) else {
                continue;
            };
            swap(&mut self.limits, &mut other.limits);
            swap(&mut self.book.limits, &mut other.share);
            swap(&mut self.dispatcher, &mut other.dispatcher);
            swap(&mut self.rows, &mut other.rows);
            swap(&mut self.dispatcher_alarm_ms, &mut other.alarm_ms);
            swap(&mut self.clock.skew_ms, &mut other.skew_ms);
            swap(&mut self.book.ledger, &mut other.ledger);
        }
        self.on_turn = shard;
    }

    /// What a Dispatcher's alarm is set to.
    pub fn alarm_ms_of(&self, shard: usize) -> Option<u64> {
        if shard == self.on_turn {
            return self.dispatcher_alarm_ms;
        }
        self.shards.get(shard)?.alarm_ms
    }

    /// All of them together keep to the day's budget.
    pub fn day_s_budget_holds(&mut self, account: Account) {
        if let Some(own) = self.shards.get_mut(self.on_turn) {
            own.account = account;
        }
        let committed: u64 = self
            .shards
            .iter()
            .filter(|shard| shard.account.day == account.day)
            .map(|shard| shard.account.committed())
            .sum();
        let day_credits = u64::from(self.plan.limits.day_credits);
        self.book.check(committed <= day_credits, || {
            format!("{committed} credits of a day in all, and {day_credits} are allowed")
        });
    }
}
