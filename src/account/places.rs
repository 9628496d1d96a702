//! Places for calls under way. The platform gives an object six connections, so each kind of call
//! has its share; a place has a time limit of its own, because an invocation can be cut.

/// Calls under way by what they are about, each until a time in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places<K> {
    most: usize,
    /// A few: a list takes less of the bundle than a map.
    taken: Vec<(K, u64)>,
}

impl<K: PartialEq> Places<K> {
    pub fn new(most: usize) -> Self {
        Self { most, taken: Vec::new() }
    }

    pub fn take(&mut self, key: K, until_ms: u64) {
        self.give_back(&key);
        self.taken.push((key, until_ms));
    }

    /// Whether it was still taken.
    pub fn give_back(&mut self, key: &K) -> bool {
        let before = self.taken.len();
        self.taken.retain(|(taken, _)| taken != key);
        self.taken.len() < before
    }

    /// Releases the places that are past their time; how many.
    pub fn release(&mut self, now_ms: u64) -> usize {
        let before = self.taken.len();
        self.taken.retain(|(_, until_ms)| *until_ms > now_ms);
        before.saturating_sub(self.taken.len())
    }

    /// How many are taken.
    pub fn count(&self) -> u64 {
        u64::try_from(self.taken.len()).unwrap_or(u64::MAX)
    }

    pub fn contains(&self, key: &K) -> bool {
        self.taken.iter().any(|(taken, _)| taken == key)
    }

    /// When the first place is free at the latest, if all are taken.
    pub fn full_until_ms(&self) -> Option<u64> {
        self.next_ms().filter(|_| self.taken.len() >= self.most)
    }

    /// When the first place's time is over.
    pub fn next_ms(&self) -> Option<u64> {
        self.taken.iter().map(|(_, until_ms)| *until_ms).min()
    }
}
