//! What the Dispatcher keeps to: FASHN's limits, the queue's, and the merchant's budget.

use super::Reader;
use crate::config::limits::{self, DispatcherLimits, Range, RequestWindow};

impl Reader<'_> {
    pub(super) fn dispatcher(&mut self, deadline_seconds: u64) -> DispatcherLimits {
        let usual = DispatcherLimits::default();
        DispatcherLimits {
            slots: self.count("CONCURRENT_RUNS", limits::CONCURRENT_RUNS),
            runs: self.rate("RUN_RATE", usual.runs),
            statuses: self.rate("STATUS_RATE", usual.statuses),
            queue_most: self.count("QUEUE_LENGTH", limits::QUEUE_LENGTH) as usize,
            queue_per_visitor_most: self
                .count("QUEUE_LENGTH_PER_VISITOR", limits::QUEUE_LENGTH_PER_VISITOR),
            queue_wait_ms: self
                .number("QUEUE_SECONDS", limits::QUEUE_SECONDS)
                .saturating_mul(1_000),
            day_credits: self.count("DAY_CREDITS", limits::DAY_CREDITS),
            visitor_credits: self.count("VISITOR_DAY_CREDITS", limits::VISITOR_DAY_CREDITS),
            balance_floor: self.count("BALANCE_FLOOR_CREDITS", limits::BALANCE_FLOOR_CREDITS),
            // A slot must not come back before its run was given up.
            lease_ms: deadline_seconds
                .saturating_mul(1_000)
                .saturating_add(limits::LEASE_OVER_DEADLINE_MS),
            ..usual
        }
    }

    fn count(&mut self, setting: &'static str, range: Range) -> u32 {
        u32::try_from(self.number(setting, range)).unwrap_or(u32::MAX)
    }

    /// `50/60`: so many requests in so many seconds.
    fn rate(&mut self, setting: &'static str, usual: RequestWindow) -> RequestWindow {
        let Some(text) = self.get(setting) else {
            return usual;
        };
        let read = text.split_once('/').and_then(|(requests, seconds)| {
            let requests = requests.trim().parse::<u32>().ok()?;
            let seconds = seconds.trim().parse::<u32>().ok()?;
            let sound = (1..=100_000).contains(&requests) && (1..=3_600).contains(&seconds);
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
    use crate::config::limits::{DispatcherLimits, RequestWindow};

    #[test]
    fn unset_they_are_fashn_s_own() {
        let settings = read(&[]).expect("reads");
        assert_eq!(settings.dispatcher, DispatcherLimits::default());
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
            ("BALANCE_FLOOR_CREDITS", "5"),
            ("DEADLINE_SECONDS", "100"),
        ])
        .expect("reads")
        .dispatcher;
        let window = |requests, window_ms| RequestWindow {
            requests,
            window_ms,
        };
        assert_eq!(
            limits,
            DispatcherLimits {
                slots: 12,
                runs: window(100, 60_000),
                statuses: window(20, 5_000),
                queue_most: 7,
                queue_per_visitor_most: 2,
                queue_wait_ms: 60_000,
                day_credits: 10,
                visitor_credits: 3,
                balance_floor: 5,
                lease_ms: 220_000,
                ..DispatcherLimits::default()
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
