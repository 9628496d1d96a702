//! Settings: wrangler vars, and `PATCH /_sandbox/settings` while the sandbox runs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::Balance;
use crate::limits::RateLimit;

/// The settings by their names in `/_sandbox/settings`. In capitals they are wrangler vars
/// (`time_scale` is `TIME_SCALE`), limits in the short form `50/60000`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Factor on the documented processing times. 0 is as fast as outputs can be rendered.
    pub time_scale: f64,
    /// Factor on the gaps between webhook retries.
    pub webhook_time_scale: f64,
    /// The time a webhook's receiver has to answer.
    pub webhook_timeout_ms: u64,
    /// `POST /v1/run`, per key.
    pub run_limit: RateLimit,
    /// `GET /v1/status/{id}`, per key.
    pub status_limit: RateLimit,
    /// `GET /v1/credits`, per key.
    pub credits_limit: RateLimit,
    /// Runs of one key in flight at once.
    pub concurrency_limit: usize,
    /// The balance of a new key.
    pub opening_balance: Balance,
    /// How long outputs stay on the CDN after the run completed.
    pub cdn_ttl_seconds: u64,
    /// How long base64 outputs stay in status replies after the run completed.
    pub base64_ttl_seconds: u64,
    /// The largest body of `POST /v1/run`.
    pub max_body_bytes: usize,
    /// The largest picture that is loaded from an address.
    pub max_image_bytes: usize,
    /// The time to load a picture.
    pub image_timeout_ms: u64,
    /// The accepted keys; any non-empty key when the list is empty.
    pub api_keys: Vec<String>,
    /// The origin of outputs' addresses; that of the request to `/v1/run` when it is empty.
    pub public_origin: String,
}

impl Default for Settings {
    /// FASHN's documented limits, and a balance to play with.
    fn default() -> Self {
        Self {
            time_scale: 1.0,
            webhook_time_scale: 1.0,
            webhook_timeout_ms: 10_000,
            run_limit: RateLimit { requests: 50, window_ms: 60_000 },
            status_limit: RateLimit { requests: 50, window_ms: 10_000 },
            credits_limit: RateLimit { requests: 30, window_ms: 10_000 },
            concurrency_limit: 6,
            opening_balance: Balance { subscription: 1000, on_demand: 500 },
            cdn_ttl_seconds: 72 * 60 * 60,
            base64_ttl_seconds: 60 * 60,
            max_body_bytes: 50 << 20,
            max_image_bytes: 30 << 20,
            image_timeout_ms: 15_000,
            api_keys: Vec::new(),
            public_origin: String::new(),
        }
    }
}

/// A setting that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct SettingError {
    /// The setting's name as it was given.
    pub name: String,
    /// What is wrong, and what to give instead.
    pub message: String,
}

impl Settings {
    /// Names of the wrangler vars.
    pub const VARS: [&'static str; 15] = [
        "TIME_SCALE",
        "WEBHOOK_TIME_SCALE",
        "WEBHOOK_TIMEOUT_MS",
        "RUN_LIMIT",
        "STATUS_LIMIT",
        "CREDITS_LIMIT",
        "CONCURRENCY_LIMIT",
        "OPENING_BALANCE",
        "CDN_TTL_SECONDS",
        "BASE64_TTL_SECONDS",
        "MAX_BODY_BYTES",
        "MAX_IMAGE_BYTES",
        "IMAGE_TIMEOUT_MS",
        "API_KEYS",
        "PUBLIC_ORIGIN",
    ];

    /// Settings from wrangler vars, with defaults for the rest.
    ///
    /// # Errors
    /// Every var that can't be read.
    pub fn from_vars(vars: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<SettingError>> {
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for name in Self::VARS {
            let Some(text) = vars(name).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            if let Err(message) = settings.read(name, text.trim()) {
                errors.push(SettingError { name: name.to_owned(), message });
            }
        }
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    fn read(&mut self, name: &str, text: &str) -> Result<(), String> {
        match name {
            "TIME_SCALE" => self.time_scale = factor(text)?,
            "WEBHOOK_TIME_SCALE" => self.webhook_time_scale = factor(text)?,
            "WEBHOOK_TIMEOUT_MS" => self.webhook_timeout_ms = number(text)?,
            "RUN_LIMIT" => self.run_limit = rate(text)?,
            "STATUS_LIMIT" => self.status_limit = rate(text)?,
            "CREDITS_LIMIT" => self.credits_limit = rate(text)?,
            "CONCURRENCY_LIMIT" => self.concurrency_limit = number(text)?,
            "OPENING_BALANCE" => self.opening_balance = balance(text)?,
            "CDN_TTL_SECONDS" => self.cdn_ttl_seconds = number(text)?,
            "BASE64_TTL_SECONDS" => self.base64_ttl_seconds = number(text)?,
            "MAX_BODY_BYTES" => self.max_body_bytes = number(text)?,
            "MAX_IMAGE_BYTES" => self.max_image_bytes = number(text)?,
            "IMAGE_TIMEOUT_MS" => self.image_timeout_ms = number(text)?,
            "API_KEYS" => {
                let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
                self.api_keys = keys.map(str::to_owned).collect();
            }
            "PUBLIC_ORIGIN" => text.trim_end_matches('/').clone_into(&mut self.public_origin),
            _ => return Err("is not a setting".to_owned()),
        }
        Ok(())
    }

    /// The settings with those of an object changed.
    ///
    /// # Errors
    /// A sentence about the first one that is unknown or can't be read.
    pub fn patched(&self, changes: &Value) -> Result<Self, String> {
        let Value::Object(changes) = changes else {
            return Err("settings must be an object".to_owned());
        };
        let mut whole = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Value::Object(whole) = &mut whole {
            for (name, value) in changes {
                whole.insert(name.clone(), value.clone());
            }
        }
        let patched: Self = serde_json::from_value(whole).map_err(|error| error.to_string())?;
        for (name, scale) in
            [("time_scale", patched.time_scale), ("webhook_time_scale", patched.webhook_time_scale)]
        {
            if !(scale.is_finite() && scale >= 0.0) {
                return Err(format!("{name} must be a number from 0"));
            }
        }
        Ok(patched)
    }

    /// Whether a key is accepted.
    pub fn accepts_key(&self, key: &str) -> bool {
        !key.is_empty()
            && (self.api_keys.is_empty() || self.api_keys.iter().any(|known| known == key))
    }
}

/// `duration_ms` times `scale`.
pub fn scaled(duration_ms: u64, scale: f64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "durations of minutes; `as` saturates"
    )]
    let scaled = (duration_ms as f64 * scale).round() as u64;
    scaled
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "must be a whole number".to_owned())
}

fn factor(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|factor: &f64| factor.is_finite() && *factor >= 0.0)
        .ok_or_else(|| "must be a number from 0, such as 0.1".to_owned())
}

fn pair(text: &str, mark: char) -> Option<(&str, &str)> {
    let (left, right) = text.split_once(mark)?;
    Some((left.trim(), right.trim()))
}

fn rate(text: &str) -> Result<RateLimit, String> {
    const FORM: &str = "must be requests/milliseconds, such as 50/60000";
    let (requests, window) = pair(text, '/').ok_or(FORM)?;
    Ok(RateLimit {
        requests: requests.parse().map_err(|_| FORM)?,
        window_ms: window.parse().map_err(|_| FORM)?,
    })
}

fn balance(text: &str) -> Result<Balance, String> {
    const FORM: &str = "must be subscription+on_demand, such as 1000+500";
    let (subscription, on_demand) = pair(text, '+').ok_or(FORM)?;
    Ok(Balance {
        subscription: subscription.parse().map_err(|_| FORM)?,
        on_demand: on_demand.parse().map_err(|_| FORM)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn without_vars_the_documented_limits_hold() {
        let settings = Settings::from_vars(|_| None).unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.run_limit, RateLimit { requests: 50, window_ms: 60_000 });
        assert_eq!(settings.status_limit, RateLimit { requests: 50, window_ms: 10_000 });
        assert_eq!(settings.credits_limit, RateLimit { requests: 30, window_ms: 10_000 });
        assert_eq!(settings.concurrency_limit, 6);
    }

    #[test]
    fn every_var_is_read() {
        let given = |name: &str| {
            Some(match name {
                "RUN_LIMIT" | "STATUS_LIMIT" | "CREDITS_LIMIT" => "7 / 80".to_owned(),
                "OPENING_BALANCE" => "3+4".to_owned(),
                "API_KEYS" => "a, b".to_owned(),
                "PUBLIC_ORIGIN" => "http://h/".to_owned(),
                _ => "9".to_owned(),
            })
        };
        let settings = Settings::from_vars(given).unwrap();
        assert_eq!(settings.credits_limit, RateLimit { requests: 7, window_ms: 80 });
        assert_eq!(settings.opening_balance, Balance { subscription: 3, on_demand: 4 });
        assert_eq!(settings.api_keys, ["a", "b"]);
        assert_eq!(settings.public_origin, "http://h");
        let plain = serde_json::to_value(Settings::default()).unwrap();
        for (name, value) in serde_json::to_value(&settings).unwrap().as_object().unwrap() {
            assert_ne!(&plain[name], value, "{name} was not read");
        }
    }

    #[test]
    fn every_invalid_var_is_reported() {
        let errors = Settings::from_vars(|name| {
            (name != "API_KEYS" && name != "PUBLIC_ORIGIN").then(|| "x".into())
        })
        .unwrap_err();
        assert_eq!(errors.len(), Settings::VARS.len() - 2);
        assert_eq!(errors[0].to_string(), "TIME_SCALE: must be a number from 0, such as 0.1");
    }

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_unknown() {
        let patched = Settings::default()
            .patched(&json!({ "time_scale": 0.5, "concurrency_limit": 2 }))
            .unwrap();
        assert!((patched.time_scale - 0.5).abs() < f64::EPSILON);
        assert_eq!(patched.concurrency_limit, 2);
        assert!(patched.patched(&json!({ "tiem_scale": 1 })).unwrap_err().contains("tiem_scale"));
        assert!(patched.patched(&json!({ "time_scale": -1 })).is_err());
    }

    #[test]
    fn keys_are_any_or_listed_and_never_empty() {
        let mut settings = Settings::default();
        assert!(settings.accepts_key("My API Key"));
        assert!(!settings.accepts_key(""));
        settings.api_keys = vec!["one".into()];
        assert!(settings.accepts_key("one") && !settings.accepts_key("two"));
    }
}
