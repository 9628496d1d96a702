use std::collections::BTreeSet;

use super::*;

#[test]
fn ids_of_one_isolate_or_of_two_differ() {
    let (mut one, mut other) = (RequestIds::new(1), RequestIds::new(2));
    let ids: BTreeSet<_> = (0..500).flat_map(|_| [one.next_id(), other.next_id()]).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| id.len() == 16), "{ids:?}");
}
