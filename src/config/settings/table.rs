//! The table of settings: name, default, bounds, meaning. The reader takes names and bounds from
//! here, and `docs/settings.md` is generated from [`ALL`].

use crate::config::base_url::BaseUrl;
use crate::config::limits::{self, Bounds};

/// A secret: set with `wrangler secret put`, and never printed.
#[derive(Debug)]
pub struct SecretSetting {
    /// The secret's name.
    pub name: &'static str,
    /// The gateway doesn't start without it.
    pub is_required: bool,
    /// The least length, in characters.
    pub chars_min: usize,
    /// What it is for.
    pub doc: &'static str,
}

/// A text: a variable in `wrangler.toml`, perhaps a table.
#[derive(Debug)]
pub struct TextSetting {
    /// The variable's name.
    pub name: &'static str,
    /// What holds when it is unset, in Markdown.
    pub default: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

/// A whole number.
#[derive(Debug)]
pub struct NumberSetting {
    /// The variable's name.
    pub name: &'static str,
    /// The smallest and the largest value, and the default.
    pub bounds: Bounds,
    /// What it is for.
    pub doc: &'static str,
}

/// Requests in a window: `50/60` is 50 in 60 seconds.
#[derive(Debug)]
pub struct RateSetting {
    /// The variable's name.
    pub name: &'static str,
    /// FASHN's documented limit.
    pub default: fashn::limits::RateLimit,
    /// What it is for.
    pub doc: &'static str,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// A secret.
    Secret(&'static SecretSetting),
    /// A text.
    Text(&'static TextSetting),
    /// A whole number.
    Number(&'static NumberSetting),
    /// Requests in a window.
    Rate(&'static RateSetting),
}

impl Setting {
    /// The variable's or secret's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secret(setting) => setting.name,
            Self::Text(setting) => setting.name,
            Self::Number(setting) => setting.name,
            Self::Rate(setting) => setting.name,
        }
    }
}

/// Declares the settings, each once, and the list of all of them.
macro_rules! settings {
    ($($row:ident $name:ident: $kind:ident = { $($field:ident: $value:expr),* $(,)? };)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`")]
            pub static $name: $kind = $kind { name: stringify!($name), $($field: $value),* };
        )*

        /// All settings, in the order of the documentation.
        pub static ALL: &[Setting] = &[$(Setting::$row(&$name)),*];
    };
}

settings! {
    Secret FASHN_API_KEY: SecretSetting = {
        is_required: true,
        chars_min: 1,
        doc: "FASHN's key. It never leaves the server.",
    };
    Secret SIGNING_SECRET: SecretSetting = {
        is_required: true,
        chars_min: limits::SIGNING_SECRET_CHARS_MIN,
        doc: "Signs ids, webhook tokens and visitor tokens. `npm run keys` makes one.",
    };
    Secret SIGNING_SECRET_PREVIOUS: SecretSetting = {
        is_required: false,
        chars_min: limits::SIGNING_SECRET_CHARS_MIN,
        doc: "The previous signing secret, while it is changed: what it signed stays valid.",
    };
    Secret STAFF_TOKEN: SecretSetting = {
        is_required: false,
        chars_min: limits::STAFF_TOKEN_CHARS_MIN,
        doc: "Staff send it as `Authorization: Bearer …`. Without it there is no staff.",
    };
    Secret STAFF_TOKEN_PREVIOUS: SecretSetting = {
        is_required: false,
        chars_min: limits::STAFF_TOKEN_CHARS_MIN,
        doc: "The previous staff token, while it is changed. It counts only beside `STAFF_TOKEN`.",
    };
    Secret SHOPIFY_SECRET: SecretSetting = {
        is_required: false,
        chars_min: limits::SHOPIFY_SECRET_CHARS_MIN,
        doc: "The Shopify app's client secret: verifies requests through the app proxy, and \
              webhooks. Without it both are refused.",
    };
    Text ALLOWED_ORIGINS: TextSetting = {
        default: "the gateway's own",
        doc: "Origins of the shop's pages, with commas or spaces between. `https://*.shop.example` \
              is every name below `shop.example`.",
    };
    Text SHOPS: TextSetting = {
        default: "one shop",
        doc: "A table of other shops, each with its pages, FASHN key, policy and budget.",
    };
    Text POLICY: TextSetting = {
        default: "one small picture at a time of the two try-on models, no prompts",
        doc: "A table: what shoppers may ask for.",
    };
    Secret GARMENT_SECRET: SecretSetting = {
        is_required: false,
        chars_min: limits::GARMENT_SECRET_CHARS_MIN,
        doc: "Signs product pictures. Once it is set, each product picture of a shopper's run must \
              be signed.",
    };
    Secret GARMENT_SECRET_PREVIOUS: SecretSetting = {
        is_required: false,
        chars_min: limits::GARMENT_SECRET_CHARS_MIN,
        doc: "The previous garment secret, while it is changed. It counts only beside \
              `GARMENT_SECRET`.",
    };
    Text PRODUCT_HOSTS: TextSetting = {
        default: "`cdn.shopify.com`",
        doc: "Hosts of product pictures, beside the gateway's own. `data:` also takes a picture \
              in the request itself.",
    };
    Text SHOPPER_PICTURE_HOSTS: TextSetting = {
        default: "none: in the request only",
        doc: "Hosts of shoppers' photographs.",
    };
    Text CONSENT_VERSION: TextSetting = {
        default: "none",
        doc: "The version of the terms that a shopper must have agreed to: each run names it.",
    };
    Secret TURNSTILE_SECRET: SecretSetting = {
        is_required: false,
        chars_min: limits::TURNSTILE_SECRET_CHARS_MIN,
        doc: "The Turnstile widget's secret key. Once it is set, each run of a shopper needs a \
              passed challenge.",
    };
    Text TURNSTILE_HOSTNAMES: TextSetting = {
        default: "none; required beside `TURNSTILE_SECRET`",
        doc: "Hosts of the pages that have the widget.",
    };
    Text TURNSTILE_ACTION: TextSetting = {
        default: "`try-on`",
        doc: "The widget's action on those pages.",
    };
    Text MERCHANT_WEBHOOK_URL: TextSetting = {
        default: "none",
        doc: "The merchant's own backend: it receives a message about each run that ended. It needs \
              `PUBLIC_ORIGIN`.",
    };
    Secret MERCHANT_WEBHOOK_SECRET: SecretSetting = {
        is_required: false,
        chars_min: 38,
        doc: "Signs those messages: `whsec_` and 24 to 64 bytes in base64. Required beside \
              `MERCHANT_WEBHOOK_URL`.",
    };
    Text OUTPUT_ADDRESSES: TextSetting = {
        default: "`own`",
        doc: "Which addresses of outputs callers see: the gateway's `own`, or `fashn`'s.",
    };
    Text FASHN_BASE_URL: TextSetting = {
        default: BaseUrl::DEFAULT,
        doc: "FASHN's address, or that of the sandbox.",
    };
    Text PUBLIC_ORIGIN: TextSetting = {
        default: "the request's own",
        doc: "The origin at which FASHN's webhooks reach this Worker, if it can't be read from a \
              request.",
    };
    Text JURISDICTION: TextSetting = {
        default: "`none`",
        doc: "Where objects and their data live: `none` is anywhere, `eu` the European Union \
              alone. Results of runs made before a change stay where they are.",
    };
    Number MAX_BODY_BYTES: NumberSetting = {
        bounds: limits::BODY_BYTES,
        doc: "The largest run request.",
    };
    Number BODIES_BYTES: NumberSetting = {
        bounds: limits::BODIES_BYTES,
        doc: "Bytes of all waiting bodies of a FASHN key.",
    };
    Number RESULT_TTL_SECONDS: NumberSetting = {
        bounds: limits::RESULT_TTL_SECONDS,
        doc: "The time for which a result can be looked up.",
    };
    Number FASHN_TIMEOUT_SECONDS: NumberSetting = {
        bounds: limits::FASHN_TIMEOUT_SECONDS,
        doc: "The time that a call to FASHN may take.",
    };
    Number DEADLINE_SECONDS: NumberSetting = {
        bounds: limits::DEADLINE_SECONDS,
        doc: "The time after which a run's slot is freed, and a run is given up that FASHN isn't \
              known to have.",
    };
    Number CONCURRENT_RUNS: NumberSetting = {
        bounds: limits::CONCURRENT_RUNS,
        doc: "Runs at FASHN at once.",
    };
    Rate RUN_RATE: RateSetting = {
        default: fashn::limits::RUN,
        doc: "Runs sent in so many seconds.",
    };
    Rate STATUS_RATE: RateSetting = {
        default: fashn::limits::STATUS,
        doc: "Status calls made in so many seconds.",
    };
    Number QUEUE_LENGTH: NumberSetting = {
        bounds: limits::QUEUE_LENGTH,
        doc: "Waiting runs in all.",
    };
    Number QUEUE_LENGTH_PER_VISITOR: NumberSetting = {
        bounds: limits::QUEUE_LENGTH_PER_VISITOR,
        doc: "Waiting runs of one visitor.",
    };
    Number QUEUE_SECONDS: NumberSetting = {
        bounds: limits::QUEUE_SECONDS,
        doc: "The time that a run may wait.",
    };
    Number DAY_CREDITS: NumberSetting = {
        bounds: limits::DAY_CREDITS,
        doc: "Credits that a day (UTC) may cost.",
    };
    Number VISITOR_DAY_CREDITS: NumberSetting = {
        bounds: limits::VISITOR_DAY_CREDITS,
        doc: "Credits that one visitor may spend in a day.",
    };
    Number VISITOR_DAY_ATTEMPTS: NumberSetting = {
        bounds: limits::VISITOR_DAY_ATTEMPTS,
        doc: "Runs of one visitor in a day, failed and deleted ones included.",
    };
    Number BALANCE_FLOOR_CREDITS: NumberSetting = {
        bounds: limits::BALANCE_FLOOR_CREDITS,
        doc: "FASHN's balance isn't spent below this.",
    };
}
