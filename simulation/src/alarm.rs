//! An object's alarm as the platform gives it: at least once, perhaps late, tried again up to six
//! times after a failure, then never again. So the Worker's entry point sets another one before the
//! fifth of these.

use std::cell::Cell;

/// Before this one another alarm is set: `RETRY_MAX` of src/worker/entry.js.
const RETRY_MAX: u32 = 5;
/// When that goes off: `ALARM_AGAIN_MS` there.
const ALARM_AGAIN_MS: u64 = 60_000;
/// The pause before the first of them; it doubles each time.
const RETRY_MIN_MS: u64 = 2_000;

/// What an alarm is set to.
#[derive(Debug, Default)]
pub struct AlarmSlot {
    set: Cell<Option<u64>>,
    last: Cell<u64>,
    tries: Cell<u32>,
}

/// One setting of an alarm; another one makes it void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting(u64);

impl AlarmSlot {
    /// It is set anew.
    pub fn set(&self) -> Setting {
        self.tries.set(0);
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

    /// It is deleted.
    pub fn clear(&self) {
        self.set.set(None);
    }

    /// Its event failed. It comes again, unless it was set anew: after how long.
    pub fn retry(&self) -> Option<(Setting, u64)> {
        let tries = self.tries.get();
        if self.set.get().is_some() {
            return None;
        }
        if tries >= RETRY_MAX {
            return Some((self.set(), ALARM_AGAIN_MS));
        }
        self.tries.set(tries + 1);
        let pause_ms = RETRY_MIN_MS << tries;
        Some((self.next(), pause_ms))
    }
}
