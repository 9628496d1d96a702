//! A map that is sorted by its keys, and that costs about the same however much is in it.
//!
//! It is a list of short lists: what an insertion or a removal moves is one of those. A single sorted list moved megabytes at
//! a hundred thousand runs (half a millisecond a step, and seconds to restore), and the standard library's B-tree is more than
//! ten times its code in the bundle.

/// A shelf is divided when it has more than this.
const SHELF_MOST: usize = 64;

/// A sorted map.
#[derive(Debug, Clone)]
pub struct Sorted<K, V> {
    /// None is empty.
    shelves: Vec<Vec<(K, V)>>,
    len: usize,
}

/// A shelf, and the place on it where a key is, or else would be.
type Found = (usize, Result<usize, usize>);

impl<K: Ord, V> Sorted<K, V> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.shelves.iter().flatten()
    }

    /// The smallest.
    pub fn first(&self) -> Option<&(K, V)> {
        self.shelves.first()?.first()
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        let (row, place) = self.find(key);
        let (_, value) = self.shelves.get(row)?.get(place.ok()?)?;
        Some(value)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (row, place) = self.find(key);
        let (_, value) = self.shelves.get_mut(row)?.get_mut(place.ok()?)?;
        Some(value)
    }

    /// How many are smaller than this one, if it is there.
    pub fn rank(&self, key: &K) -> Option<usize> {
        let (row, place) = self.find(key);
        let before: usize = self.shelves.iter().take(row).map(Vec::len).sum();
        Some(before + place.ok()?)
    }

    /// Puts a value in the place of what was there.
    pub fn insert(&mut self, key: K, value: V) {
        let (row, place) = self.find(&key);
        let Some(held) = self.shelves.get_mut(row) else {
            self.shelves.push(vec![(key, value)]);
            self.len = 1;
            return;
        };
        match place {
            Ok(at) => {
                if let Some((_, known)) = held.get_mut(at) {
                    *known = value;
                }
            }
            Err(at) => {
                held.insert(at, (key, value));
                self.len += 1;
                if held.len() > SHELF_MOST {
                    let upper = held.split_off(SHELF_MOST / 2);
                    self.shelves.insert(row + 1, upper);
                }
            }
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (row, place) = self.find(key);
        let at = place.ok()?;
        let held = self.shelves.get_mut(row)?;
        let (_, value) = held.remove(at);
        if held.is_empty() {
            self.shelves.remove(row);
        }
        self.len -= 1;
        Some(value)
    }

    fn find(&self, key: &K) -> Found {
        let row = self
            .shelves
            .partition_point(|held| held.last().is_some_and(|(last, _)| last < key))
            // What is greater than all goes to the end of the last.
            .min(self.shelves.len().saturating_sub(1));
        let place = self.shelves.get(row).map_or(Err(0), |held| {
            held.binary_search_by(|(known, _)| known.cmp(key))
        });
        (row, place)
    }
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self {
            shelves: Vec::new(),
            len: 0,
        }
    }
}

/// Alike are those with the same in them.
impl<K: Ord, V: PartialEq> PartialEq for Sorted<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord, V: Eq> Eq for Sorted<K, V> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_a_b_tree_is(changes in prop::collection::vec((any::<bool>(), 0_u16..400, any::<u8>()), 0..2_000)) {
            let (mut sorted, mut tree) = (Sorted::default(), BTreeMap::new());
            for (at, (puts, key, value)) in changes.into_iter().enumerate() {
                if puts {
                    sorted.insert(key, value);
                    tree.insert(key, value);
                } else {
                    prop_assert_eq!(sorted.remove(&key), tree.remove(&key));
                }
                prop_assert_eq!(sorted.len(), tree.len());
                prop_assert_eq!(sorted.first().copied(), tree.first_key_value().map(|(key, value)| (*key, *value)));
                prop_assert_eq!(sorted.get(&key), tree.get(&key));
                if let Some(value) = sorted.get_mut(&key) {
                    *value = value.wrapping_add(1);
                    tree.entry(key).and_modify(|value| *value = value.wrapping_add(1));
                }
                prop_assert!(sorted.shelves.iter().all(|held| (1..=SHELF_MOST).contains(&held.len())), "after {} changes", at);
            }
            for (rank, key) in tree.keys().enumerate() {
                prop_assert_eq!(sorted.rank(key), Some(rank));
            }
            prop_assert_eq!(sorted.rank(&400), None);
            prop_assert!(sorted.iter().map(|(key, value)| (key, value)).eq(&tree));
        }
    }

    #[test]
    fn it_stays_sorted_and_on_short_shelves_whichever_way_it_grows() {
        for step in [1, 999, 7_919] {
            let mut sorted = Sorted::default();
            for number in 0..10_000_u32 {
                sorted.insert(number * step % 10_007, ());
            }
            let keys: Vec<_> = sorted.iter().map(|(key, ())| *key).collect();
            assert!(keys.is_sorted() && keys.len() == 10_000);
            assert!(sorted.shelves.len() <= 2 * 10_000 / SHELF_MOST + 1);
        }
    }
}
