//! The limits of an account: FASHN's, the queue's, and the merchant's budgets.

use super::Reader;
use crate::config::limits::{self, AFTER_CALLER_MS, AccountLimits, Bounds, RequestWindow};

impl Reader<'_> {
    pub(super) fn account(&mut self, fashn_timeout_seconds: u64) -> AccountLimits {
        let usual = AccountLimits::default();
        AccountLimits {
            slots: self.count("CONCURRENT_RUNS", limits::CONCURRENT_RUNS),
            runs: self.rate("RUN_RATE", usual.runs),
            statuses: self.rate("STATUS_RATE", usual.statuses),
            queue_max: self.count("QUEUE_LENGTH", limits::QUEUE_LENGTH) as usize,
            queue_per_visitor_max: self
                .count("QUEUE_LENGTH_PER_VISITOR", limits::QUEUE_LENGTH_PER_VISITOR),
            queue_wait_ms: self
                .number("QUEUE_SECONDS", limits::QUEUE_SECONDS)
                .saturating_mul(1_000),
            day_credits: self.count("DAY_CREDITS", limits::DAY_CREDITS),
            visitor_day_credits: self.count("VISITOR_DAY_CREDITS", limits::VISITOR_DAY_CREDITS),
            visitor_day_attempts: self.count("VISITOR_DAY_ATTEMPTS", limits::VISITOR_DAY_ATTEMPTS),
            balance_floor: self.count("BALANCE_FLOOR_CREDITS", limits::BALANCE_FLOOR_CREDITS),
            bodies_bytes_max: self.number("BODIES_BYTES", limits::BODIES_BYTES),
            send_ms: fashn_timeout_seconds
                .saturating_mul(1_000)
                .saturating_add(AFTER_CALLER_MS),
            ..usual
        }
    }

    fn count(&mut self, setting: &'static str, bounds: Bounds) -> u32 {
        u32::try_from(self.number(setting, bounds)).unwrap_or(u32::MAX)
    }

    /// `50/60`: so many requests in so many seconds.
    fn rate(&mut self, setting: &'static str, usual: RequestWindow) -> RequestWindow {
        let Some(text) = self.get(setting) else {
            return usual;
        };
        let read = text.split_once('/').and_then(|(requests, seconds)| {
            let requests = requests.trim().parse::<u32>().ok()?;
            let seconds = seconds.trim().parse::<u32>().ok()?;
            let sound = (1..=limits::RATE_MAX_REQUESTS).contains(&requests)
                && (1..=limits::RATE_MAX_SECONDS).contains(&seconds);
            sound.then_some(RequestWindow {
                requests,
                window_ms: u64::from(seconds) * 1_000,
            })
        });
        read.unwrap_or_else(|| {
            self.problem(
                setting,
                "must be requests/seconds, as 50/60: at least 1/1, at most 100000/3600",
            );
            usual
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, told};
    use crate::config::limits::{AccountLimits, RequestWindow};

    #[test]
    fn unset_they_are_fashn_s_own() {
        let settings = read(&[]).expect("reads");
        assert_eq!(settings.account, AccountLimits::default());
    }

    #[test]
    fn each_can_be_set() {
        let limits = read(&[
            ("CONCURRENT_RUNS", "12"),
            ("RUN_RATE", "100/60"),
            ("STATUS_RATE", "20 / 5"),
            ("QUEUE_LENGTH", "7"),
            ("QUEUE_LENGTH_PER_VISITOR", "2"),
            ("QUEUE_SECONDS", "60"),
            ("DAY_CREDITS", "10"),
            ("VISITOR_DAY_CREDITS", "3"),
            ("VISITOR_DAY_ATTEMPTS", "9"),
            ("BALANCE_FLOOR_CREDITS", "5"),
            ("BODIES_BYTES", "2000000"),
            ("FASHN_TIMEOUT_SECONDS", "10"),
        ])
        .expect("reads")
        .account;
        let window = |requests, window_ms| RequestWindow {
            requests,
            window_ms,
        };
        assert_eq!(
            limits,
            AccountLimits {
                slots: 12,
                runs: window(100, 60_000),
                statuses: window(20, 5_000),
                queue_max: 7,
                queue_per_visitor_max: 2,
                queue_wait_ms: 60_000,
                day_credits: 10,
                visitor_day_credits: 3,
                visitor_day_attempts: 9,
                balance_floor: 5,
                bodies_bytes_max: 2_000_000,
                send_ms: 40_000,
                ..AccountLimits::default()
            }
        );
    }

    #[test]
    fn what_is_no_rate_is_told() {
        for bad in ["50", "0/60", "50/0", "50/60/10", "many/60", "-1/60"] {
            let problems = told(&[("RUN_RATE", bad)]);
            assert!(
                problems[0].starts_with("RUN_RATE must be requests/seconds"),
                "{problems:?}"
            );
        }
    }
}
