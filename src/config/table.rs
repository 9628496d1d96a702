//! The table of settings: name, kind, default, bounds, meaning. [`crate::config::reader`] takes
//! names and bounds from here, and `docs/settings.md` is generated from [`ALL`].

use fashn::limits::{self, RateLimit};

use crate::config::base_url::BaseUrl;

/// A setting; how it is read goes by its kind.
#[derive(Debug)]
pub struct Setting<K> {
    pub name: &'static str,
    pub kind: K,
}

/// A secret: set with `wrangler secret put`, and never printed.
#[derive(Debug, Clone, Copy)]
pub struct Secret {
    pub chars_min: usize,
    /// The gateway doesn't start without it.
    pub is_required: bool,
}

/// A text or a table in `wrangler.toml`, and in Markdown what holds when it is unset.
#[derive(Debug, Clone, Copy)]
pub struct Text(pub &'static str);

/// A whole number; both bounds are included.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    pub min: u64,
    pub default: u64,
    pub max: u64,
}

/// Requests in a window: `50/60` is 50 in 60 seconds.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub default: RateLimit,
}

impl Rate {
    pub const MAX: RateLimit = RateLimit { requests: 100_000, window_seconds: 3_600 };
}

/// The kind of any setting.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Secret(Secret),
    Text(Text),
    Number(Number),
    Rate(Rate),
}

const fn required(chars_min: usize) -> Secret {
    Secret { chars_min, is_required: true }
}

const fn optional(chars_min: usize) -> Secret {
    Secret { chars_min, is_required: false }
}

const fn number(min: u64, default: u64, max: u64) -> Number {
    Number { min, default, max }
}

/// Declares the settings, each once, and the list of all of them. A setting's doc comment is its
/// sentence in the documentation.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ident = $value:expr;)*) => {
        $(pub static $name: Setting<$kind> =
            Setting { name: stringify!($name), kind: $value };)*

        /// Name, kind and meaning of all settings, in the order of the documentation.
        pub static ALL: &[(&str, Kind, &str)] =
            &[$((stringify!($name), Kind::$kind($value), concat!($($doc),+))),*];
    };
}

settings! {
    /// FASHN's key. It never leaves the server.
    FASHN_API_KEY: Secret = required(1);
    /// Signs ids, webhook tokens and visitor tokens. `npm run keys` makes one.
    // 32 characters of base64 carry 192 bits.
    SIGNING_SECRET: Secret = required(32);
    /// The previous signing secret, while it is changed: what it signed stays valid.
    SIGNING_SECRET_PREVIOUS: Secret = optional(32);
    /// Staff send it as `Authorization: Bearer …`. Without it there is no staff.
    STAFF_TOKEN: Secret = optional(16);
    /// The previous staff token, while it is changed. It counts only beside `STAFF_TOKEN`.
    STAFF_TOKEN_PREVIOUS: Secret = optional(16);
    /// A table of more staff, by name: each has a `token`, the name of a secret that begins with
    /// `STAFF_TOKEN_`, or an `email` that Cloudflare Access verifies; a `role`, `owner` or
    /// `viewer`; and a `shop` if it is about one alone.
    STAFF_ROLES: Text = Text("none");
    /// The team of Cloudflare Access in front of `/staff`: `https://team.cloudflareaccess.com`.
    ACCESS_TEAM: Text = Text("none");
    /// The audience tag of the application there.
    ACCESS_AUDIENCE: Text = Text("none; required beside `ACCESS_TEAM`");
    /// The Shopify app's client secret: verifies requests through the app proxy, and webhooks.
    /// Without it both are refused, except those of a shop that names its own in `SHOPS`.
    SHOPIFY_SECRET: Secret = optional(16);
    /// The previous one, while it is changed. It counts only beside `SHOPIFY_SECRET`.
    SHOPIFY_SECRET_PREVIOUS: Secret = optional(16);
    /// Origins of the shop's pages, with commas or spaces between. `https://*.shop.example` is
    /// every name below `shop.example`.
    ALLOWED_ORIGINS: Text = Text("the gateway's own");
    /// A table of other shops, each with its pages, FASHN key, policy and budget.
    SHOPS: Text = Text("one shop");
    /// A table: what shoppers may ask for.
    POLICY: Text = Text("one small picture at a time of the two try-on models, no prompts");
    /// Signs product pictures. Once it is set, each product picture of a shopper's run must be
    /// signed.
    // Every page shows an address with its signature, so secrets can be tried offline.
    GARMENT_SECRET: Secret = optional(32);
    /// The previous garment secret, while it is changed. It counts only beside `GARMENT_SECRET`.
    GARMENT_SECRET_PREVIOUS: Secret = optional(32);
    /// Hosts of product pictures, beside the gateway's own. `data:` also takes a picture in the
    /// request itself.
    PRODUCT_HOSTS: Text = Text("`cdn.shopify.com`");
    /// Hosts of shoppers' photographs.
    SHOPPER_PICTURE_HOSTS: Text = Text("none: in the request only");
    /// The version of the terms that a shopper must have agreed to: each run names it.
    CONSENT_VERSION: Text = Text("none");
    /// How a shopper agrees to them in the element: `told` before the button that starts a run, or
    /// `ask` by a box that is empty at first.
    CONSENT_MODE: Text = Text("`told`");
    /// The Turnstile widget's secret key. Once it is set, each run of a shopper needs a passed
    /// challenge.
    TURNSTILE_SECRET: Secret = optional(16);
    /// The widget's site key, which is public: `GET /v1/shop` tells it, and the element shows the
    /// widget by itself.
    TURNSTILE_SITE_KEY: Text = Text("none: the page has the widget");
    /// Hosts of the pages that have the widget.
    TURNSTILE_HOSTNAMES: Text = Text("none; required beside `TURNSTILE_SECRET`");
    /// The widget's action on those pages.
    TURNSTILE_ACTION: Text = Text("`try-on`");
    /// The merchant's own backend: it receives a message about each run that ended. It needs
    /// `PUBLIC_ORIGIN`.
    MERCHANT_WEBHOOK_URL: Text = Text("none");
    /// Hosts of addresses that staff may name for the message about one run, as FASHN's
    /// `?webhook_url=`: a name, or `*.name` for all below it. Such a message is FASHN's own, signed
    /// as the others are. It needs `PUBLIC_ORIGIN`.
    STAFF_WEBHOOK_HOSTS: Text = Text("none: `webhook_url` is refused");
    /// Signs those messages: `whsec_` and 24 to 64 bytes in base64. Required beside
    /// `MERCHANT_WEBHOOK_URL` or `STAFF_WEBHOOK_HOSTS`.
    MERCHANT_WEBHOOK_SECRET: Secret = optional(38);
    /// The previous one, while it is changed: messages are signed with both. It counts only beside
    /// `MERCHANT_WEBHOOK_SECRET`.
    MERCHANT_WEBHOOK_SECRET_PREVIOUS: Secret = optional(38);
    /// Verifies messages about orders to `/webhooks/orders`: `whsec_` and 24 to 64 bytes in base64.
    /// Without it they are refused, except those of a shop that names its own in `SHOPS`.
    ORDERS_WEBHOOK_SECRET: Secret = optional(38);
    /// The previous one, while it is changed. It counts only beside `ORDERS_WEBHOOK_SECRET`.
    ORDERS_WEBHOOK_SECRET_PREVIOUS: Secret = optional(38);
    /// Which addresses of outputs callers see: the gateway's `own`, or `fashn`'s.
    OUTPUT_ADDRESSES: Text = Text("`own`");
    /// FASHN's address, or that of the sandbox.
    FASHN_BASE_URL: Text = Text(BaseUrl::DEFAULT);
    /// The origin at which FASHN's webhooks reach this Worker, if it can't be read from a request.
    PUBLIC_ORIGIN: Text = Text("the request's own");
    /// Where objects and their data live: `none` is anywhere, `eu` the European Union alone.
    /// Results of runs made before a change stay where they are.
    JURISDICTION: Text = Text("`none`");
    /// Which log lines are written: `error`, `warn`, `info` or `debug`, each with those before it.
    LOG_LEVEL: Text = Text("`info`");
    /// The largest run request.
    // Two pictures of the 2000 px that FASHN advises, as JPEG at 95 in base64, take about 3 MB;
    // 16 MiB is enough for a PNG, and one isolate (128 MB) holds several. 90 MiB stays below the
    // platform's own 100 MB.
    MAX_BODY_BYTES: Number = number(1_024, 16 << 20, 90 << 20);
    /// Bytes of all waiting bodies of a FASHN key.
    // A thousand of 2 MB; at most 512 of the largest body that is taken by default.
    BODIES_BYTES: Number = number(1 << 20, 2 << 30, 8 << 30);
    /// The time for which a result can be looked up.
    // FASHN keeps its own 72 hours ("Data Retention & Privacy").
    RESULT_TTL_SECONDS: Number = number(60, 3_600, 72 * 3_600);
    /// The time that a call to FASHN may take.
    // The body's upload and the answer's download included. A Worker lives for 30 s after its
    // caller left, so a call must end before that.
    FASHN_TIMEOUT_SECONDS: Number = number(1, 20, 25);
    /// The time after which a run's slot is freed, and a run is given up that FASHN isn't known to
    /// have.
    // FASHN's longest documented run takes 120 s, and its webhook retries end after about 5
    // minutes.
    DEADLINE_SECONDS: Number = number(30, 600, 3_600);
    /// Runs at FASHN at once.
    // "Concurrency Limits"; a plan may have more.
    CONCURRENT_RUNS: Number = number(1, limits::CONCURRENT_PREDICTIONS as u64, 1_000);
    /// Runs sent in so many seconds.
    RUN_RATE: Rate = Rate { default: limits::RUN };
    /// Status calls made in so many seconds.
    STATUS_RATE: Rate = Rate { default: limits::STATUS };
    /// Waiting runs in all.
    // A thousand take 20 minutes at FASHN's 50 a minute.
    QUEUE_LENGTH: Number = number(0, 1_000, 10_000);
    /// Waiting runs of one visitor.
    // A shopper doesn't look at thirty pictures at once.
    QUEUE_LENGTH_PER_VISITOR: Number = number(0, 30, 10_000);
    /// The time that a run may wait.
    // A shopper doesn't wait half an hour; staff's batches do.
    QUEUE_SECONDS: Number = number(1, 1_800, 24 * 3_600);
    /// Credits that a day (UTC) may cost.
    // A bound where the merchant sets nothing, enough for a first busy day of 2,000 try-ons.
    DAY_CREDITS: Number = number(0, 2_000, 100_000_000);
    /// Credits that a month (UTC) may cost. Unset it is 31 times `DAY_CREDITS`, of a shop with
    /// `day_credits` and a key of its own 31 times these.
    MONTH_CREDITS: Number = number(0, 62_000, 3_100_000_000);
    /// Credits that one visitor may spend in a day.
    // A long evening of try-ons.
    VISITOR_DAY_CREDITS: Number = number(0, 60, 100_000_000);
    /// Runs of one visitor in a day, failed and deleted ones included.
    // Staff may set fewer, for guests and for customers that are signed in.
    VISITOR_DAY_ATTEMPTS: Number = number(1, 10, 100_000_000);
    /// Credits that are reserved for a run of staff's that FASHN's pages don't have: another model,
    /// or other inputs. With 0 such a run is refused.
    PASS_THROUGH_CREDITS: Number = number(0, 0, 1_000);
    /// FASHN's balance isn't spent below this.
    BALANCE_FLOOR_CREDITS: Number = number(0, 0, 100_000_000);
}
