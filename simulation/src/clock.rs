//! The true time, and the gateway's clock, which may jump.

/// What the windows' margin takes of a jump, in milliseconds: the rest is the way to FASHN, and clocks that differ.
const JUMP_HELD_MS: u64 = 1_000;

/// Two clocks.
#[derive(Debug)]
pub struct Clock {
    /// The true time, in milliseconds since 1970.
    pub now_ms: u64,
    /// By how much the gateway's clock is off.
    off_ms: i64,
    /// Where the Dispatcher woke up last, the clock is slightly different.
    pub skew_ms: i64,
    /// When the gateway's clock jumped forward, in true time, and by how much.
    gains: Vec<(u64, u64)>,
    lost_ms: u64,
}

impl Clock {
    pub fn new(now_ms: u64) -> Self {
        Self {
            now_ms,
            off_ms: 0,
            skew_ms: 0,
            gains: Vec::new(),
            lost_ms: 0,
        }
    }

    /// What the gateway's clock says to the Worker and to Predictions.
    pub fn gateway_ms(&self) -> u64 {
        self.now_ms.saturating_add_signed(self.off_ms)
    }

    /// What it says to the Dispatcher.
    pub fn dispatcher_ms(&self) -> u64 {
        self.gateway_ms().saturating_add_signed(self.skew_ms)
    }

    pub fn jump(&mut self, by_ms: i64) {
        self.off_ms += by_ms;
        if by_ms > 0 {
            self.gains.push((self.now_ms, by_ms.unsigned_abs()));
        } else {
            self.lost_ms += by_ms.unsigned_abs();
        }
    }

    /// By how much it went back, in all: so much later an alarm may go off.
    pub fn lost_ms(&self) -> u64 {
        self.lost_ms
    }

    /// By how much it jumped forward since then, in all.
    pub fn gained_since(&self, since_ms: u64) -> u64 {
        self.gains
            .iter()
            .rev()
            .take_while(|(at_ms, _)| *at_ms >= since_ms)
            .map(|(_, by_ms)| by_ms)
            .sum()
    }

    /// Since when it didn't jump forward by more than the windows' margin takes.
    pub fn steady_since_ms(&self) -> u64 {
        let mut gained_ms = 0;
        for (at_ms, by_ms) in self.gains.iter().rev() {
            gained_ms += by_ms;
            if gained_ms > JUMP_HELD_MS {
                return *at_ms;
            }
        }
        0
    }
}
