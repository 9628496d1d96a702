//! Caps, times-to-live and timeouts, with their reasons. Of what a merchant may change, the default
//! and the bounds are here; the settings' names and texts are in [`crate::config::settings`]. A
//! bound of one module of `auth` or `http` is there.

pub use account::{AFTER_CALLER_MS, AccountLimits, RequestWindow};
pub use bounds::Bounds;
pub use run::*;

mod account;
mod bounds;
mod run;

/// A body of `POST /v1/run` in bytes: two pictures of the 2000 px that FASHN advises, as JPEG at 95
/// in base64, take about 3 MB; 16 MiB is enough for a PNG, and one isolate (128 MB) holds
/// several. 90 MiB stays below the platform's own 100 MB.
pub const BODY_BYTES: Bounds = Bounds::of(1_024, 16 << 20, 90 << 20);

/// Bytes of all waiting bodies of an account: a thousand of 2 MB; at most 512 of the largest body
/// that is taken by default.
pub const BODIES_BYTES: Bounds = Bounds::of(1 << 20, 2 << 30, 8 << 30);

/// The time for which a finished result can be looked up. FASHN keeps its own 72 hours ("Data
/// Retention & Privacy").
pub const RESULT_TTL_SECONDS: Bounds = Bounds::of(60, 3_600, 72 * 3_600);

/// The time that a call to FASHN may take, the body's upload and the answer's download included. A
/// Worker lives for 30 s after its caller left, so a call must end before that.
pub const FASHN_TIMEOUT_SECONDS: Bounds = Bounds::of(1, 20, 25);

/// The time after which a run that FASHN is not known to have is given up, and a run's slot is
/// freed. FASHN's longest documented run takes 120 s and its webhook retries end after about
/// 5 minutes.
pub const DEADLINE_SECONDS: Bounds = Bounds::of(30, 600, 3_600);

/// Runs at FASHN at once ("Concurrency Limits"); a plan may have more.
pub const CONCURRENT_RUNS: Bounds =
    Bounds::of(1, fashn::limits::CONCURRENT_PREDICTIONS as u64, 1_000);

/// The most requests and seconds of a setting such as `RUN_RATE`.
pub const RATE_MAX_REQUESTS: u32 = 100_000;

/// The longest window of such a setting.
pub const RATE_MAX_SECONDS: u32 = 3_600;

/// Waiting runs: a thousand take 20 minutes at FASHN's 50 a minute.
pub const QUEUE_LENGTH: Bounds = Bounds::of(0, 1_000, 10_000);

/// Waiting runs of one visitor: a shopper doesn't look at thirty pictures at once.
pub const QUEUE_LENGTH_PER_VISITOR: Bounds = Bounds::of(0, 30, 10_000);

/// The time that a run may wait. A shopper doesn't wait half an hour; staff's batches do.
pub const QUEUE_SECONDS: Bounds = Bounds::of(1, 1_800, 24 * 3_600);

/// Credits of a day: a bound where the merchant sets nothing, enough for a first busy day of 2,000
/// try-ons.
pub const DAY_CREDITS: Bounds = Bounds::of(0, 2_000, 100_000_000);

/// Credits of one visitor in a day: a long evening of try-ons.
pub const VISITOR_DAY_CREDITS: Bounds = Bounds::of(0, 60, 100_000_000);

/// Admissions of one visitor in a day, failed and deleted ones included: three times what the
/// default credits allow, and a shopper's bad photographs.
pub const VISITOR_DAY_ATTEMPTS: Bounds = Bounds::of(1, 200, 100_000_000);

/// FASHN's balance isn't spent below this.
pub const BALANCE_FLOOR_CREDITS: Bounds = Bounds::of(0, 0, 100_000_000);

/// Base64 outputs are FASHN's for 60 minutes; ours no longer either ("Data Retention & Privacy").
pub const BASE64_TTL_SECONDS: u64 = 3_600;

/// The shortest time-to-live that Workers KV takes.
pub const KV_TTL_MIN_SECONDS: u64 = 60;

/// The shortest time between two polls of a run, and from its expected end to the first one.
pub const POLL_EVERY_MIN_MS: u64 = 10_000;

/// The longest time between two of them.
pub const POLL_EVERY_MAX_MS: u64 = 60_000;

/// The longest `?wait=`, in seconds: less than the 30 after which proxies on the way give up.
pub const WAIT_MAX_SECONDS: u64 = 25;

/// The shortest `Retry-After` of a run that isn't over. FASHN's SDKs ask every second.
pub const RETRY_AFTER_MIN_SECONDS: u64 = 2;

/// The longest such: a queue may move faster than was estimated.
pub const RETRY_AFTER_MAX_SECONDS: u64 = 30;

/// An estimate is rounded up to a multiple of this: it isn't more precise.
pub const ETA_STEP_SECONDS: u64 = 5;

/// Open status streams and waits of one run: a shopper's tabs and a merchant's pages are fewer.
pub const LISTENERS_MAX: usize = 32;

/// Those of all runs of an account: five hundred open streams were measured at 34 MB of the
/// object's 128.
pub const LISTENERS_IN_ALL_MAX: usize = 1_000;

/// Events and heartbeats that a stream may leave unread before it is closed.
pub const LISTENER_UNREAD_MAX: u32 = 16;

/// The time between two heartbeats of a stream; proxies close a connection that is silent for 30 to
/// 100 seconds.
pub const HEARTBEAT_MS: u64 = 15_000;

/// The shortest time between two looks at the place of a waiting run that has listeners.
pub const PLACE_EVERY_MIN_MS: u64 = 2_000;

/// The longest such time.
pub const PLACE_EVERY_MAX_MS: u64 = 20_000;

/// The key that signs merchant webhooks, in bytes: Standard Webhooks' own bounds.
pub const MERCHANT_WEBHOOK_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The time that the merchant's backend may take to answer: by the specification 15 to 30 s.
pub const MERCHANT_WEBHOOK_TIMEOUT_MS: u32 = 15_000;

/// Attempts of one merchant webhook: over about ten hours, if the result lives so long.
pub const MERCHANT_WEBHOOK_ATTEMPTS_MAX: u32 = 8;

/// The pause after the first attempt.
pub const MERCHANT_WEBHOOK_EVERY_MIN_MS: u64 = 5_000;

/// The longest pause between two attempts.
pub const MERCHANT_WEBHOOK_EVERY_MAX_MS: u64 = 4 * 3_600_000;

/// How old an answer of `/v1/credits` may be. FASHN takes 30 such calls in 10 seconds.
pub const CREDITS_CACHE_MS: u64 = 5_000;

/// A webhook's body in bytes: four 4k PNGs in base64 fit in 100 MB, the platform's own bound; an
/// isolate doesn't hold that twice.
pub const WEBHOOK_BYTES: usize = 48 << 20;

/// An answer of FASHN's in bytes, for the same reason.
pub const ANSWER_BYTES: usize = 48 << 20;

/// One stored piece of a base64 output; Workers KV takes 25 MiB a value.
pub const KV_PIECE_BYTES: usize = 20 << 20;

/// A picture's shortest side in pixels. FASHN is said to refuse less.
pub const PICTURE_SIDE_MIN: usize = 15;

/// A picture's long side over its short side. FASHN is said to refuse more.
pub const PICTURE_RATIO_MAX: usize = 16;

/// A picture's bytes once decoded. FASHN is said to refuse more than 30 MiB.
pub const PICTURE_BYTES_MAX: usize = 30 << 20;

/// A picture's pixels: a 48-megapixel phone photo passes, a decompression bomb doesn't.
pub const PICTURE_PIXELS_MAX: usize = 64_000_000;

/// A webhook of Shopify's in bytes; the privacy topics' are a few hundred.
pub const SHOPIFY_WEBHOOK_BYTES: usize = 64 << 10;

/// The time that Cloudflare may take to verify a challenge: a shopper waits meanwhile.
pub const SITEVERIFY_TIMEOUT_MS: u32 = 10_000;

/// Its answer in bytes: a few hundred.
pub const SITEVERIFY_BYTES: usize = 64 << 10;

/// The time that a run's body may take to arrive: a photograph of 8 MB over a slow phone's line.
pub const BODY_READ_MS: u64 = 60_000;

/// The period of the rate-limit bindings, which wrangler.toml repeats; `Retry-After` of their
/// refusals.
pub const RATE_PERIOD_SECONDS: u64 = 10;

/// The signing secret's length: 32 characters of base64 carry 192 bits.
pub const SIGNING_SECRET_CHARS_MIN: usize = 32;

/// The length of the secret that signs garments: every page shows an address with its signature, so
/// secrets can be tried offline.
pub const GARMENT_SECRET_CHARS_MIN: usize = 32;

/// The length of a Shopify app's client secret; Shopify's own are longer.
pub const SHOPIFY_SECRET_CHARS_MIN: usize = 16;

/// A Turnstile widget's secret key; Cloudflare's own are 35 characters, its test keys too.
pub const TURNSTILE_SECRET_CHARS_MIN: usize = 16;

/// The staff token's length.
pub const STAFF_TOKEN_CHARS_MIN: usize = 16;

/// One stored piece of a waiting body. A row of a Durable Object takes 2 MB.
pub const BODY_PIECE_BYTES: usize = 1 << 20;

/// An `Idempotency-Key`'s length in characters; Stripe's and the draft's examples are 36.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
