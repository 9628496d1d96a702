//! Caps, times-to-live and timeouts that no setting changes, with their reasons; what a merchant
//! may change is in [`crate::config::table`]. A bound of one module of `auth` or `http` is there.

pub use account::{AccountLimits, RequestWindow};

mod account;

/// A day, which begins at midnight (UTC).
pub const DAY_MS: u64 = 86_400_000;

// One run's life.

/// FASHN keeps a result so long at most ("Data Retention & Privacy": 72 hours). A run that FASHN is
/// known to have is asked about until then.
pub const FASHN_KEEPS_MS: u64 = 72 * 3_600_000;
/// Base64 outputs are FASHN's for 60 minutes; ours no longer either ("Data Retention & Privacy").
pub const BASE64_TTL_SECONDS: u64 = 3_600;
/// Workers KV's own bound.
pub const KV_TTL_MIN_SECONDS: u64 = 60;
/// One stored piece of a base64 output; Workers KV takes 25 MiB a value.
pub const KV_PIECE_BYTES: usize = 20 << 20;
/// Between two polls of a run, and from its expected end to the first one.
pub const POLL_EVERY_MIN_MS: u64 = 10_000;
pub const POLL_EVERY_MAX_MS: u64 = 60_000;
/// The same past its deadline.
pub const POLL_EVERY_LATE_MS: u64 = 3_600_000;
/// The time after which a `Body` object that didn't answer gets its message to send again.
pub const SEND_RETRY_MS: u64 = 5_000;
/// The pause of a run after FASHN's first failure of it; it doubles each time.
pub const FAILED_RUN_PAUSE_MIN_MS: u64 = 5_000;
pub const FAILED_RUN_PAUSE_MAX_MS: u64 = 60_000;
/// Counted from a run's admission, a copy of its request may come so late.
pub const REQUEST_COPY_MS: u64 = 60_000;
/// Tries of a day are counted for a visitor, and for the /56 and /48 of an IPv6 address: those may
/// have as many as so many visitors. A provider's /48 can be a town.
pub const VISITORS_COUNTED: [u32; 3] = [1, 8, 32];
/// A body above this is at fault itself when FASHN answers 500: it doesn't open the breaker.
pub const LARGE_BODY_BYTES: u64 = 1 << 20;

// An account's own calls.

/// Status calls at once. With the messages and the balance they stay within the platform's six
/// connections of an object.
pub const STATUS_CALLS_MAX: usize = 3;
/// Messages to the merchant's backend at once.
pub const MESSAGES_MAX: usize = 2;
/// What one event looks after at most of what is overdue, so that it writes few rows.
pub const OVERDUE_PER_EVENT: usize = 8;
/// Between two sweeps of rows of visitors of earlier days, while any are left.
pub const SWEEP_EVERY_MS: u64 = 1_000;
/// Deduplication rows that one such sweep looks at.
pub const DEDUP_SWEPT_AT_ONCE: usize = 64;
/// `Body` objects that the daily look tells once more to delete themselves.
pub const BODIES_TOLD_DAILY: usize = 64;
/// How long an operator sees which rows could not be understood: as long as a run's result at most.
pub const QUARANTINE_KEPT_MS: u64 = FASHN_KEEPS_MS;
/// Entries of it that are shown.
pub const QUARANTINE_SHOWN_MAX: usize = 100;
/// How long daily figures are kept: a year, and what a merchant's year-end takes.
pub const FIGURES_KEPT_DAYS: u64 = 400;
/// Those that staff see, unless they ask for more.
pub const FIGURES_DAYS: u64 = 90;
/// Products that have counts of their own on a day and in a shop; the others are counted together.
pub const PRODUCTS_PER_DAY_MAX: u64 = 500;
/// Rows of products in an answer. Days before those are one row a shop.
pub const PRODUCTS_SHOWN_MAX: usize = 5_000;
/// A page's events in one request.
pub const EVENTS_MAX: usize = 32;
pub const EVENTS_BYTES: usize = 8 << 10;
/// An order with all of its lines: those of Shopify have about 2 kB a line.
pub const ORDER_BYTES: usize = 1 << 20;
pub const ORDER_LINES_MAX: usize = 500;
/// Orders of an account that are counted on a day. Shops sign them, so a busy day is far from it.
pub const ORDERS_PER_DAY_MAX: u64 = 20_000;
/// For how long an order is known, so that a repeat isn't counted: Shopify's and the plugin's repeats
/// end after days.
pub const ORDERS_SEEN_DAYS: u64 = 35;
/// A product's name in counts: those of shop systems are numbers.
pub const PRODUCT_CHARS_MAX: usize = 64;
/// When a message's place is released although its call never ended: the backend's time and a
/// margin.
pub const MESSAGE_PLACE_MS: u64 = 20_000;
/// Added to a call's time limit before its place is given back although it never ended.
pub const CALL_MARGIN_MS: u64 = 5_000;
/// How old an answer of `/v1/credits` may be. FASHN takes 30 such calls in 10 seconds.
pub const CREDITS_CACHE_MS: u64 = 5_000;

/// How old the account's word on whether a shop is open may be.
pub const OPENING_CACHE_MS: u64 = 1_000;
/// For how long a page may keep the answer of `GET /v1/shop`.
pub const SHOP_CACHE_SECONDS: u64 = 30;

// Staff.

/// The time that an account has to report how it is.
pub const LOOK_TIMEOUT_MS: u64 = 2_000;
/// The same for all of them.
pub const LOOKS_TIMEOUT_MS: u64 = 10_000;
/// Accounts that are asked at once.
pub const LOOKS_AT_ONCE: usize = 6;
/// How old an answer of `/readyz` may be: a monitor asks from many places.
pub const READINESS_CACHE_MS: u64 = 10_000;
/// A change that staff ask for.
pub const STAFF_BYTES: usize = 4 << 10;

/// The time that Cloudflare Access may take to tell its keys, and their bytes: a few kB.
pub const ACCESS_TIMEOUT_MS: u32 = 5_000;
pub const ACCESS_KEYS_BYTES: usize = 64 << 10;

// Lookups.

/// The longest `?wait=`: less than the 30 s after which proxies on the way give up.
pub const WAIT_MAX_SECONDS: u64 = 25;
/// `Retry-After` of a run that isn't over. FASHN's SDKs ask every second.
pub const RETRY_AFTER_MIN_SECONDS: u64 = 2;
/// A queue may move faster than was estimated.
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
/// The time between two looks at the place of a waiting run that has listeners.
pub const PLACE_EVERY_MIN_MS: u64 = 2_000;
pub const PLACE_EVERY_MAX_MS: u64 = 20_000;

// Merchant webhooks.

/// Of an address that staff name for a run's message: each run of theirs that lives has one.
pub const STAFF_WEBHOOK_URL_BYTES_MAX: usize = 2_048;
/// The key that signs them: Standard Webhooks' own bounds.
pub const MERCHANT_WEBHOOK_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The time that the merchant's backend may take to answer: by the specification 15 to 30 s.
pub const MERCHANT_WEBHOOK_TIMEOUT_MS: u32 = 15_000;
/// The pauses between attempts of one: 28 hours in all, as the specification's own example, so that
/// a backend may be down for a night.
pub const MERCHANT_WEBHOOK_PAUSES_SECONDS: [u64; 8] =
    [5, 25, 120, 600, 3_600, 4 * 3_600, 10 * 3_600, 13 * 3_600];
pub const MERCHANT_WEBHOOK_ATTEMPTS_MAX: u32 = 9;
/// Dead letters that are kept, and for how long.
pub const DEAD_LETTERS_MAX: usize = 1_000;
pub const DEAD_LETTER_MS: u64 = 7 * 24 * 3_600_000;

// What is read.

/// A webhook's body: four 4k PNGs in base64 fit in 100 MB, the platform's own bound; an isolate
/// doesn't hold that twice.
pub const WEBHOOK_BYTES: usize = 48 << 20;
/// An answer of FASHN's, for the same reason.
pub const ANSWER_BYTES: usize = 48 << 20;
/// A webhook of Shopify's; the privacy topics' are a few hundred.
pub const SHOPIFY_WEBHOOK_BYTES: usize = 64 << 10;
/// The time that Cloudflare may take to verify a challenge: a shopper waits meanwhile.
pub const SITEVERIFY_TIMEOUT_MS: u32 = 10_000;
/// Its answer: a few hundred.
pub const SITEVERIFY_BYTES: usize = 64 << 10;
/// The time that a run's body may take to arrive: a photograph of 8 MB over a slow phone's line.
pub const BODY_READ_MS: u64 = 60_000;
/// One stored piece of a waiting body. A row of a Durable Object takes 2 MB.
pub const BODY_PIECE_BYTES: usize = 1 << 20;
/// Stripe's and the draft's examples are 36.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// The period of the rate-limit bindings, which wrangler.toml repeats; `Retry-After` of their
/// refusals.
pub const RATE_PERIOD_SECONDS: u64 = 10;

// Pictures.

/// The shortest side in pixels. FASHN is said to refuse less.
pub const PICTURE_SIDE_MIN: usize = 15;
/// The long side over the short side. FASHN is said to refuse more.
pub const PICTURE_RATIO_MAX: usize = 16;
/// Bytes once decoded from base64. FASHN is said to refuse more than 30 MiB.
pub const PICTURE_BYTES_MAX: usize = 30 << 20;
/// A 48-megapixel phone photo passes, a decompression bomb doesn't.
pub const PICTURE_PIXELS_MAX: usize = 64_000_000;
