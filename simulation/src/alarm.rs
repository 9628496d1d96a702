//! An object's alarm as the platform gives it: at least once, perhaps late, tried again up to six times
//! after a failure, then never again.

use std::cell::Cell;

/// Tries after the first.
const RETRIES_MAX: u32 = 6;
/// The pause before the first of them; it doubles each time.
const RETRY_MIN_MS: u64 = 2_000;

/// What an alarm is set to.
#[derive(Debug, Default)]
pub struct AlarmSlot {
    set: Cell<Option<u64>>,
    last: Cell<u64>,
    tries: Cell<u32>,
    is_lost: Cell<bool>,
}

/// One setting of an alarm; another one makes it void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting(u64);

impl AlarmSlot {
    /// It is set anew.
    pub fn set(&self) -> Setting {
        self.tries.set(0);
        self.is_lost.set(false);
        self.next()
    }

    fn next(&self) -> Setting {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.set.set(Some(number));
        Setting(number)
    }

    /// It goes off, if it is still set so.
    pub fn take(&self, setting: Setting) -> bool {
        let is_set = self.set.get() == Some(setting.0);
        if is_set {
            self.set.set(None);
        }
        is_set
    }

    /// It failed so often that the platform gave it up, and it was not set since.
    pub fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    /// It is deleted.
    pub fn clear(&self) {
        self.is_lost.set(false);
        self.set.set(None);
    }

    /// Its event failed. The platform tries it again, unless it was set anew: after how long.
    pub fn retry(&self) -> Option<(Setting, u64)> {
        let tries = self.tries.get();
        if self.set.get().is_some() {
            return None;
        }
        if tries >= RETRIES_MAX {
            self.is_lost.set(true);
            return None;
        }
        self.tries.set(tries + 1);
        let pause_ms = RETRY_MIN_MS << tries;
        Some((self.next(), pause_ms))
    }
}
