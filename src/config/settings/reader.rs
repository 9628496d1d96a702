//! Reads one setting after the other, and collects what is wrong.

use crate::auth::secret::Secret;
use crate::config::error::SettingError;
use crate::config::limits::{self, RequestWindow};
use crate::config::settings::table::{NumberSetting, RateSetting, SecretSetting, TextSetting};

/// Looks settings up by name; an empty one counts as unset.
pub(super) struct Reader<'l> {
    look_up: &'l dyn Fn(&str) -> Option<String>,
    pub(super) errors: Vec<SettingError>,
}

impl<'l> Reader<'l> {
    pub(super) fn new(look_up: &'l dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, errors: Vec::new() }
    }

    /// A setting by its name alone: for secrets that `SHOPS` names.
    pub(super) fn named(&self, name: &str) -> Option<String> {
        (self.look_up)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, setting: &TextSetting) -> Option<String> {
        self.named(setting.name)
    }

    pub(super) fn error(&mut self, setting: &'static str, message: impl Into<String>) {
        self.errors.push(SettingError { setting, message: message.into() });
    }

    /// A required secret; `how` says where it comes from.
    pub(super) fn required(&mut self, setting: &SecretSetting, how: &str) -> Option<Secret> {
        if self.named(setting.name).is_none() {
            self.error(setting.name, format!("is missing: {how}"));
            return None;
        }
        self.secret(setting)
    }

    pub(super) fn secret(&mut self, setting: &SecretSetting) -> Option<Secret> {
        let value = self.named(setting.name)?;
        sendable(value, setting.chars_min).map_err(|message| self.error(setting.name, message)).ok()
    }

    /// A value by a parser, or nothing if it is unset or wrong.
    pub(super) fn parsed<T, E: ToString>(
        &mut self,
        setting: &TextSetting,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(setting)?;
        parse(&text).map_err(|error| self.error(setting.name, error.to_string())).ok()
    }

    /// The entries of a list, those that can be read.
    pub(super) fn list<'t, T, E: ToString>(
        &mut self,
        setting: &TextSetting,
        entries: impl Iterator<Item = &'t str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let mut read = Vec::new();
        for text in entries {
            match parse(text) {
                Ok(entry) => read.push(entry),
                Err(error) => {
                    let error = error.to_string();
                    self.error(setting.name, format!("has an entry that {error}: {text}"));
                }
            }
        }
        read
    }

    pub(super) fn number(&mut self, setting: &NumberSetting) -> u64 {
        let bounds = setting.bounds;
        let Some(text) = self.named(setting.name) else {
            return bounds.default;
        };
        match text.parse::<u64>() {
            Ok(number) if (bounds.min..=bounds.max).contains(&number) => number,
            _ => {
                let (min, max) = (bounds.min, bounds.max);
                let message = format!("must be a whole number from {min} to {max}");
                self.error(setting.name, message);
                bounds.default
            }
        }
    }

    /// A number with bounds that fit in 32 bits.
    pub(super) fn count(&mut self, setting: &NumberSetting) -> u32 {
        u32::try_from(self.number(setting)).unwrap_or(u32::MAX)
    }

    /// `50/60`: so many requests in so many seconds.
    pub(super) fn rate(&mut self, setting: &RateSetting) -> RequestWindow {
        let usual = RequestWindow::of(setting.default);
        let Some(text) = self.named(setting.name) else {
            return usual;
        };
        let read = text.split_once('/').and_then(|(requests, seconds)| {
            let requests = requests.trim().parse::<u32>().ok()?;
            let seconds = seconds.trim().parse::<u32>().ok()?;
            let is_sound = (1..=limits::RATE_MAX_REQUESTS).contains(&requests)
                && (1..=limits::RATE_MAX_SECONDS).contains(&seconds);
            is_sound.then_some(RequestWindow { requests, window_ms: u64::from(seconds) * 1_000 })
        });
        read.unwrap_or_else(|| {
            let message = format!(
                "must be requests/seconds, as 50/60: at least 1/1, at most {}/{}",
                limits::RATE_MAX_REQUESTS,
                limits::RATE_MAX_SECONDS
            );
            self.error(setting.name, message);
            usual
        })
    }
}

/// The entries of a list with commas, spaces or lines between.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\n']).filter(|text| !text.is_empty())
}

/// A secret of so many characters that can become part of a header; else what is wrong with it.
pub(super) fn sendable(value: String, chars_min: usize) -> Result<Secret, String> {
    if value.chars().count() < chars_min {
        return Err(format!("is too short: it must have {chars_min} characters or more"));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "has a character that can't be sent: use printable ASCII without spaces".to_owned()
        );
    }
    Ok(Secret::new(value))
}
