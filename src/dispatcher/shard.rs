//! A key with limits beyond one object's reach: several Dispatchers, each with its share of them. A share is never lent, so that
//! all of them together keep to the whole without asking each other.

use xxhash_rust::xxh3::xxh3_64;

use super::event::Visitor;
use crate::config::limits::RequestWindow;
use crate::dispatcher::DispatcherLimits;

/// At which of so many Dispatchers a visitor's runs are. The visitor's own name is a keyed hash already.
#[must_use]
pub fn shard_of(visitor: &Visitor, shards: u32) -> u32 {
    let (hash, shards) = (xxh3_64(visitor.0.as_bytes()), u64::from(shards.max(1)));
    u32::try_from(hash % shards).unwrap_or(0)
}

impl DispatcherLimits {
    /// What the `shard`th of so many Dispatchers keeps to, from 0: equal shares, and what is left goes to the first ones. A
    /// visitor's own limits stay whole, for all of their runs are at one; so do times.
    ///
    /// The floor under FASHN's balance can't be shared: each counts only its own runs against it.
    #[must_use]
    pub fn share(&self, shard: u32, shards: u32) -> Self {
        let of = |whole: u32| part(whole, shard, shards);
        let window = |whole: RequestWindow| RequestWindow {
            requests: of(whole.requests),
            ..whole
        };
        let queue_most = u32::try_from(self.queue_most).unwrap_or(u32::MAX);
        Self {
            slots: of(self.slots),
            runs: window(self.runs),
            statuses: window(self.statuses),
            queue_most: of(queue_most) as usize,
            day_credits: of(self.day_credits),
            ..self.clone()
        }
    }

    /// Among so many Dispatchers at most these limits can be shared, so that none is without.
    #[must_use]
    pub fn shards_most(&self) -> u32 {
        let requests = self.runs.requests.min(self.statuses.requests);
        self.slots.min(requests).max(1)
    }
}

/// A part of something that is counted: all parts together are the whole.
fn part(whole: u32, shard: u32, shards: u32) -> u32 {
    let shards = shards.max(1);
    whole / shards + u32::from(shard < whole % shards)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_shares_together_are_the_whole(
            (slots, runs, statuses) in (1_u32..2_000, 1_u32..200_000, 1_u32..200_000),
            (queue, day) in (0_usize..20_000, any::<u32>()),
            shards in 1_u32..64,
        ) {
            let mut whole = DispatcherLimits { slots, queue_most: queue, day_credits: day, ..DispatcherLimits::default() };
            (whole.runs.requests, whole.statuses.requests) = (runs, statuses);
            let shares: Vec<_> = (0..shards).map(|shard| whole.share(shard, shards)).collect();
            let sum = |of: fn(&DispatcherLimits) -> u64| shares.iter().map(of).sum::<u64>();
            prop_assert_eq!(sum(|share| share.slots.into()), u64::from(slots));
            prop_assert_eq!(sum(|share| share.runs.requests.into()), u64::from(runs));
            prop_assert_eq!(sum(|share| share.statuses.requests.into()), u64::from(statuses));
            prop_assert_eq!(sum(|share| share.queue_most as u64), queue as u64);
            prop_assert_eq!(sum(|share| share.day_credits.into()), u64::from(day));
            for share in &shares {
                prop_assert!(share.slots.abs_diff(slots / shards) <= 1);
                let rest = DispatcherLimits {
                    slots,
                    runs: whole.runs,
                    statuses: whole.statuses,
                    queue_most: queue,
                    day_credits: day,
                    ..share.clone()
                };
                prop_assert_eq!(&rest, &whole, "nothing else is divided");
            }
            let none_without = shares.iter().all(|share| share.slots > 0 && share.runs.requests > 0 && share.statuses.requests > 0);
            prop_assert_eq!(none_without, shards <= whole.shards_most());
        }
    }

    #[test]
    fn visitors_are_at_all_of_them_and_each_at_one() {
        let mut at = [0; 8];
        for number in 0..8_000 {
            let visitor = Visitor(format!("visitor {number}"));
            let shard = shard_of(&visitor, 8);
            assert_eq!(shard_of(&visitor, 8), shard);
            at[shard as usize] += 1;
        }
        assert!(
            at.iter().all(|count| (850..1_150).contains(count)),
            "{at:?}"
        );
        assert_eq!(shard_of(&Visitor("anybody".into()), 1), 0);
    }
}
