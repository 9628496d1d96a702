//! What staff have set for a shop, and what it has spent. Brakes hold shoppers alone: staff's own
//! runs go on. The settings hold everyone, and are the upper bound of each brake.

use serde_json::Value;

use crate::config::limits::DAY_MS;

/// How far a paced day is ahead of its time, so that the morning isn't closed.
const HEAD_START_MS: u64 = DAY_MS / 24;

/// One shop's. A number that isn't there leaves the setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brakes {
    pub is_paused: bool,
    pub day_credits: Option<u32>,
    pub month_credits: Option<u32>,
    /// The day's credits are spread over the day (UTC).
    pub pacing: bool,
    /// The last part of the day's credits, in percent, that guests may not spend.
    pub signed_in_share: u32,
    pub signed_in_only: bool,
    /// Runs of one guest in a day, and of one customer that is signed in.
    pub guest_day_tries: Option<u32>,
    pub signed_in_day_tries: Option<u32>,
}

impl Brakes {
    /// Each brake and its value, as JSON has it.
    pub fn fields(&self) -> [(&'static str, Value); 8] {
        [
            ("is_paused", self.is_paused.into()),
            ("day_credits", self.day_credits.into()),
            ("month_credits", self.month_credits.into()),
            ("pacing", self.pacing.into()),
            ("signed_in_share", self.signed_in_share.into()),
            ("signed_in_only", self.signed_in_only.into()),
            ("guest_day_tries", self.guest_day_tries.into()),
            ("signed_in_day_tries", self.signed_in_day_tries.into()),
        ]
    }

    /// Sets one by its name. A flag may be 0 or 1; null takes a brake away.
    pub fn set(&mut self, name: &str, value: &Value) {
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let is_on = value.as_bool().unwrap_or(number == Some(1));
        match name {
            "is_paused" => self.is_paused = is_on,
            "day_credits" => self.day_credits = number,
            "month_credits" => self.month_credits = number,
            "pacing" => self.pacing = is_on,
            "signed_in_share" => self.signed_in_share = number.unwrap_or(0).min(100),
            "signed_in_only" => self.signed_in_only = is_on,
            "guest_day_tries" => self.guest_day_tries = number,
            "signed_in_day_tries" => self.signed_in_day_tries = number,
            _ => {}
        }
    }

    /// Credits that may be spent by this time of the day, of so many for the day.
    pub(super) fn allowance(&self, day_credits: u64, ms_of_day: u64) -> u64 {
        if !self.pacing {
            return day_credits;
        }
        let ms = ms_of_day.saturating_add(HEAD_START_MS);
        day_credits.saturating_mul(ms).div_ceil(DAY_MS).min(day_credits)
    }

    /// The time of the day at which so many credits are allowed.
    pub(super) fn allowed_at_ms(day_credits: u64, needed: u64) -> u64 {
        let before = needed.saturating_sub(1).saturating_mul(DAY_MS);
        let ms = before.checked_div(day_credits).unwrap_or(DAY_MS).saturating_add(1);
        ms.saturating_sub(HEAD_START_MS)
    }
}

/// Credits of a day or of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Credited {
    pub day: u64,
    pub month: u64,
}

/// Credits that were charged for runs of this day and month (UTC), by shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spending(Vec<(String, Credited)>);

impl Spending {
    /// Out of rows of the figures: day, shop, credits.
    pub fn of_rows(rows: Vec<(u64, String, u64)>, today: u64) -> Self {
        let mut spending = Self::default();
        for (day, shop, credits) in rows {
            spending.add(&shop, day, today, credits);
        }
        spending
    }

    /// A run that was admitted on that day cost so much.
    pub fn add(&mut self, shop: &str, day: u64, today: u64, credits: u64) {
        if day > today || day < month_of(today).0 {
            return;
        }
        let Self(shops) = self;
        let at = shops.iter().position(|(known, _)| known == shop).unwrap_or_else(|| {
            shops.push((shop.to_owned(), Credited::default()));
            shops.len().saturating_sub(1)
        });
        if let Some((_, spent)) = shops.get_mut(at) {
            spent.month = spent.month.saturating_add(credits);
            if day == today {
                spent.day = spent.day.saturating_add(credits);
            }
        }
    }

    pub fn of(&self, shop: &str) -> Credited {
        let Self(shops) = self;
        let found = shops.iter().find(|(known, _)| known == shop);
        found.map(|(_, spent)| *spent).unwrap_or_default()
    }

    pub fn total(&self) -> Credited {
        let Self(shops) = self;
        shops.iter().fold(Credited::default(), |sum, (_, spent)| Credited {
            day: sum.day.saturating_add(spent.day),
            month: sum.month.saturating_add(spent.month),
        })
    }
}

/// Year, month and day of a day (UTC) that is counted from 1970.
pub fn date_of(day: u64) -> (u64, u64, u64) {
    // Counted in years that begin with March, so that the leap day is a year's last.
    let days = day.saturating_add(719_468);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The first day of a day's month, and that of the next month.
pub fn month_of(day: u64) -> (u64, u64) {
    let first = |day: u64| day.saturating_sub(date_of(day).2.saturating_sub(1));
    // No month has more days, and none fewer than 28.
    (first(day), first(first(day).saturating_add(31)))
}
