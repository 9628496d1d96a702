//! Reads one setting after the other, and collects what is wrong.

use fashn::limits::RateLimit;

use crate::auth::secret::Secret;
use crate::config::error::SettingError;
use crate::config::table::{self, Setting};

/// Looks settings up by name; an empty one counts as unset. A value that is wrong adds an error,
/// and something stands in for it, because whatever is read is dropped then.
pub struct Reader<'l> {
    look_up: &'l dyn Fn(&str) -> Option<String>,
    pub errors: Vec<SettingError>,
}

impl<'l> Reader<'l> {
    pub fn new(look_up: &'l dyn Fn(&str) -> Option<String>) -> Self {
        Self { look_up, errors: Vec::new() }
    }

    /// A setting by its name alone: for secrets that `SHOPS` names.
    pub fn named(&self, name: &str) -> Option<String> {
        (self.look_up)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub fn is_set<K>(&self, setting: &Setting<K>) -> bool {
        self.named(setting.name).is_some()
    }

    pub fn text(&self, setting: &Setting<table::Text>) -> Option<String> {
        self.named(setting.name)
    }

    pub fn error<K>(&mut self, setting: &Setting<K>, message: impl Into<String>) {
        self.errors.push(SettingError { setting: setting.name, message: message.into() });
    }

    pub fn secret(&mut self, setting: &Setting<table::Secret>) -> Option<Secret> {
        let value = self.named(setting.name)?;
        sendable(value, &setting.kind).map_err(|message| self.error(setting, message)).ok()
    }

    /// A secret that must be there; `how` says where it comes from.
    pub fn required(&mut self, setting: &Setting<table::Secret>, how: &str) -> Secret {
        if !self.is_set(setting) {
            self.error(setting, format!("is missing: {how}"));
        }
        self.secret(setting).unwrap_or_else(|| Secret::new(String::new()))
    }

    /// A value by a parser, or nothing if it is unset or wrong.
    pub fn parsed<T, E: ToString>(
        &mut self,
        setting: &Setting<table::Text>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(setting)?;
        parse(&text).map_err(|error| self.error(setting, error.to_string())).ok()
    }

    /// One of two values by its name; the first one if it is unset.
    pub fn either<T: Copy>(
        &mut self,
        setting: &Setting<table::Text>,
        first: (&str, T),
        second: (&str, T),
    ) -> T {
        let chosen = self.parsed(setting, |text| {
            let known = [first, second].into_iter().find(|(name, _)| *name == text);
            known.ok_or_else(|| format!("must be {} or {}", first.0, second.0))
        });
        chosen.unwrap_or(first).1
    }

    /// The entries of a list, those that can be read.
    pub fn list<'t, T, E: ToString>(
        &mut self,
        setting: &Setting<table::Text>,
        entries: impl Iterator<Item = &'t str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let read = |text: &'t str| {
            let explain = |error: E| format!("has an entry that {}: {text}", error.to_string());
            parse(text).map_err(|error| self.error(setting, explain(error))).ok()
        };
        entries.filter_map(read).collect()
    }

    pub fn number(&mut self, setting: &Setting<table::Number>) -> u64 {
        let table::Number { min, default, max } = setting.kind;
        let Some(text) = self.named(setting.name) else {
            return default;
        };
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number.unwrap_or_else(|| {
            self.error(setting, format!("must be a whole number from {min} to {max}"));
            default
        })
    }

    /// A number with bounds that fit in 32 bits.
    pub fn count(&mut self, setting: &Setting<table::Number>) -> u32 {
        u32::try_from(self.number(setting)).unwrap_or(u32::MAX)
    }

    /// `50/60`: so many requests in so many seconds.
    pub fn rate(&mut self, setting: &Setting<table::Rate>) -> RateLimit {
        let (default, max) = (setting.kind.default, table::Rate::MAX);
        let Some(text) = self.named(setting.name) else {
            return default;
        };
        let read = text.split_once('/').and_then(|(requests, seconds)| {
            let requests = requests.trim().parse().ok()?;
            let window_seconds = seconds.trim().parse().ok()?;
            let is_sound = (1..=max.requests).contains(&requests)
                && (1..=max.window_seconds).contains(&window_seconds);
            is_sound.then_some(RateLimit { requests, window_seconds })
        });
        read.unwrap_or_else(|| {
            let message = format!(
                "must be requests/seconds, as 50/60: at least 1/1, at most {}/{}",
                max.requests, max.window_seconds
            );
            self.error(setting, message);
            default
        })
    }
}

/// The entries of a list with commas, spaces or lines between.
pub fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\n']).filter(|text| !text.is_empty())
}

/// A secret that can become part of a header; else what is wrong with it.
pub fn sendable(value: String, kind: &table::Secret) -> Result<Secret, String> {
    let chars_min = kind.chars_min;
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
