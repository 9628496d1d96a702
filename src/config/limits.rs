//! Every cap, time-to-live and timeout, with its reason. What a merchant may change is a setting, and here
//! stand its default and its bounds.

/// A body of `POST /v1/run` in bytes: two pictures of the 2000 px that FASHN advises, as JPEG at 95 in base64,
/// take about 3 MB; 16 MiB leaves room for a PNG, and one isolate (128 MB) holds several.
pub const BODY_BYTES: Range = Range {
    least: 1_024,
    default: 16 << 20,
    most: 90 << 20,
};

/// How long a finished result can be looked up. FASHN keeps its own 72 hours ("Data Retention & Privacy").
pub const RESULT_TTL_SECONDS: Range = Range {
    least: 60,
    default: 3_600,
    most: 72 * 3_600,
};

/// How long a call to FASHN may take, the body's upload and the answer's download included.
pub const FASHN_TIMEOUT_SECONDS: Range = Range {
    least: 1,
    default: 30,
    most: 120,
};

/// When an accepted run that nobody has heard of is given up. FASHN's longest documented run takes 120 s
/// and its webhook retries end after about 5 minutes.
pub const DEADLINE_SECONDS: Range = Range {
    least: 30,
    default: 600,
    most: 3_600,
};

/// Base64 outputs are FASHN's for 60 minutes; ours no longer either ("Data Retention & Privacy").
pub const BASE64_TTL_SECONDS: u64 = 3_600;

/// The least time a value lives in Workers KV; a shorter one is refused by the platform.
pub const KV_TTL_LEAST_SECONDS: u64 = 60;

/// How long after the time that a run should have taken FASHN is asked first, and between two times at least.
pub const POLL_EVERY_LEAST_MS: u64 = 10_000;

/// Between two times at most.
pub const POLL_EVERY_MOST_MS: u64 = 60_000;

/// How long `?wait=` may hold an answer, in seconds: less than the 30 after which proxies and platforms between give up.
pub const WAIT_SECONDS_MOST: u64 = 25;

/// `Retry-After` of a run that isn't over, in seconds. FASHN's SDKs ask every second.
pub const RETRY_AFTER_SECONDS_LEAST: u64 = 2;

/// The longest such: a queue may go faster than it was estimated.
pub const RETRY_AFTER_SECONDS_MOST: u64 = 30;

/// An estimate is told in steps of so many seconds, rounded up: it isn't better than that.
pub const ETA_STEP_SECONDS: u64 = 5;

/// Who may listen to one prediction at once: a shopper's tabs and a merchant's pages are fewer.
pub const LISTENERS_MOST: usize = 32;

/// What a listener may leave unread before it is let go: events and heartbeats.
pub const LISTENER_UNREAD_MOST: u32 = 16;

/// How often a stream says that it is still there; proxies close what is silent for 30 to 100 seconds.
pub const HEARTBEAT_MS: u64 = 15_000;

/// How often the Dispatcher is asked for the place of a run that somebody listens to, at most.
pub const PLACE_EVERY_LEAST_MS: u64 = 2_000;

/// And at least.
pub const PLACE_EVERY_MOST_MS: u64 = 20_000;

/// How old a place in the queue may be for who asks next.
pub const PLACE_CACHE_MS: u64 = 1_000;

/// How old the estimate of a run that is under way may be: time alone changes it, which is counted here.
pub const ESTIMATE_CACHE_MS: u64 = 30_000;

/// The key that signs what the merchant's backend is told, in bytes: Standard Webhooks' own bounds.
pub const RELAY_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// How long the merchant's backend may take to answer: by the specification 15 to 30 s.
pub const RELAY_TIMEOUT_MS: u32 = 15_000;

/// How often the merchant's backend is told at most: over about ten hours, if the result lives so long.
pub const RELAY_TRIES_MOST: u32 = 8;

/// How long after the first attempt the second one is made.
pub const RELAY_EVERY_LEAST_MS: u64 = 5_000;

/// Between two attempts at most.
pub const RELAY_EVERY_MOST_MS: u64 = 4 * 3_600_000;

/// How long an isolate remembers what it has shown of a finished prediction: so long a deletion may take to be known
/// everywhere.
pub const REMEMBERED_MS: u64 = 10_000;

/// So many of them: they are looked through one by one.
pub const REMEMBERED_MOST: usize = 128;

/// One answer at most; those with pictures in them are larger.
pub const REMEMBERED_BYTES_MOST: usize = 8 * 1024;

/// How old an answer of `/v1/credits` may be. FASHN takes 30 such calls in 10 seconds.
pub const CREDITS_CACHE_MS: u64 = 5_000;

/// A webhook's body in bytes: four 4k PNGs in base64 fit in 100 MB, the platform's own bound; an isolate
/// doesn't hold that twice.
pub const WEBHOOK_BYTES: usize = 48 << 20;

/// An answer of FASHN's in bytes, for the same reason.
pub const ANSWER_BYTES: usize = 48 << 20;

/// One stored piece of a base64 output; Workers KV takes 25 MiB a value.
pub const KV_PIECE_BYTES: usize = 20 << 20;

/// A picture's shortest side in pixels. FASHN is said to refuse less.
pub const PICTURE_SIDE_LEAST: usize = 15;

/// A picture's long side over its short side. FASHN is said to refuse more.
pub const PICTURE_RATIO_MOST: usize = 16;

/// A picture's bytes once decoded. FASHN is said to refuse more than 30 MiB.
pub const PICTURE_BYTES_MOST: usize = 30 << 20;

/// A picture's pixels: a 48-megapixel phone photo is let in, a decompression bomb is not.
pub const PICTURE_PIXELS_MOST: usize = 64_000_000;

/// How far off the timestamp of a request that Shopify signed may be: it is made anew for each request.
pub const SHOPIFY_SIGNED_MS_MOST: u64 = 90_000;

/// The fields of a request that Shopify signed: its own six, and those of the page's address.
pub const SHOPIFY_FIELDS_MOST: usize = 200;

/// A webhook of Shopify's in bytes; the privacy topics' are a few hundred.
pub const SHOPIFY_WEBHOOK_BYTES: usize = 64 << 10;

/// How long Cloudflare may take to say whether a challenge was passed: a shopper waits meanwhile.
pub const SITEVERIFY_TIMEOUT_MS: u32 = 10_000;

/// Bytes of runs' bodies that one isolate holds at once, from their first byte until FASHN has them. Each is there about
/// three times at its worst (as it came, in base64, as FASHN gets it), and the isolate has 128 MB.
pub const HELD_BODY_BYTES: usize = 24 << 20;

/// When to come again if there is no room for a body: FASHN has taken the others by then.
pub const HELD_RETRY_SECONDS: u64 = 2;

/// How often room is looked for by a run that waited and may go now.
pub const HELD_LOOK_MS: u64 = 200;

/// How long a run's body may take to arrive: a photograph of 8 MB over a slow phone's line.
pub const BODY_READ_MS: u64 = 60_000;

/// The period of the rate-limit bindings, which wrangler.toml repeats: after it another request is taken. The client
/// waits so long by itself.
pub const RATE_PERIOD_SECONDS: u64 = 10;

/// The signing secret's length: 32 characters of base64 carry 192 bits.
pub const SIGNING_SECRET_CHARS_LEAST: usize = 32;

/// The length of the secret that garments are signed with: who sees a page has an address and its signature, and may try
/// secrets at home.
pub const GARMENT_SECRET_CHARS_LEAST: usize = 32;

/// The longest address whose signature is looked at: what every server should take (RFC 9110, 4.1). A text of megabytes
/// isn't hashed to find that nobody signed it.
pub const SIGNED_ADDRESS_BYTES_MOST: usize = 8_000;

/// The length of a Shopify app's client secret; Shopify's own are longer.
pub const SHOPIFY_SECRET_CHARS_LEAST: usize = 16;

/// A Turnstile widget's secret key; Cloudflare's own are 35 characters, its test keys too.
pub const TURNSTILE_SECRET_CHARS_LEAST: usize = 16;

/// The staff token's length.
pub const STAFF_TOKEN_CHARS_LEAST: usize = 16;

/// How long a queued run's body may stay beside its record once it is being sent: longer than any call to FASHN.
pub const SEND_MOST_MS: u64 = 150_000;

/// Runs that are minted within so many seconds may share a Prediction object ([`crate::batch`]): the longer, the more of a quiet
/// shop's do, and the more is in one object of a busy one.
pub const BATCH_SECONDS: u32 = 64;

/// Runs a second that one Prediction object is given, on average. Each is asked about some twenty times while it is under way, and Cloudflare
/// says of an object about 1,000 requests a second.
pub const BATCH_RUNS_PER_SECOND: u64 = 8;

/// Prediction objects of the same time that the number of runs asks for, at most. One Dispatcher lets fewer runs go than they
/// could take.
pub const BATCHES_MOST: u64 = 32;

/// Bytes of waiting runs' bodies that one Prediction object may come to hold: Cloudflare gives an object 10 GB.
pub const BATCH_BODY_BYTES: u64 = 8 << 30;

/// A Prediction object's alarm that goes off this much too early stays: setting it anew costs a row, and what is due next
/// may be near.
pub const ALARM_EARLY_MS: u64 = 60_000;

/// When a prediction's turn of the alarm is tried again after it failed.
pub const ALARM_RETRY_MS: u64 = 60_000;

/// Predictions that a Prediction object keeps in its memory. Those beyond that are read again, unless they are under way.
pub const DESKS_MOST: usize = 64;

/// One stored piece of a queued run's body in bytes. A row of a Durable Object takes 2 MB.
pub const BODY_PIECE_BYTES: usize = 1 << 20;

/// An `Idempotency-Key`'s length in characters; Stripe's and the draft's examples are 36.
pub const IDEMPOTENCY_KEY_CHARS_MOST: usize = 255;

/// How long an `Idempotency-Key` is remembered: a day, as payment services do.
pub const IDEMPOTENCY_KEY_KEPT_MS: u64 = 24 * 3_600_000;

/// Runs at FASHN at once ("Concurrency Limits"); a plan may have more.
pub const CONCURRENT_RUNS: Range = Range {
    least: 1,
    default: fashn::limits::CONCURRENT_PREDICTIONS as u64,
    most: 1_000,
};

/// Runs that wait: a thousand take 20 minutes at FASHN's 50 a minute.
pub const QUEUE_LENGTH: Range = Range {
    least: 0,
    default: 1_000,
    most: 10_000,
};

/// Runs that wait of one visitor: nobody looks at thirty pictures at once.
pub const QUEUE_LENGTH_PER_VISITOR: Range = Range {
    least: 0,
    default: 30,
    most: 10_000,
};

/// How long a run may wait. Nobody waits half an hour at a shop window; staff's batches do.
pub const QUEUE_SECONDS: Range = Range {
    least: 1,
    default: 1_800,
    most: 24 * 3_600,
};

/// Credits of a day: a bound for the merchant who sets nothing, enough for a first busy day of 2,000 try-ons.
pub const DAY_CREDITS: Range = Range {
    least: 0,
    default: 2_000,
    most: 100_000_000,
};

/// Credits of one visitor in a day: a long evening of try-ons.
pub const VISITOR_DAY_CREDITS: Range = Range {
    least: 0,
    default: 60,
    most: 100_000_000,
};

/// FASHN's balance isn't spent below this.
pub const BALANCE_FLOOR_CREDITS: Range = Range {
    least: 0,
    default: 0,
    most: 100_000_000,
};

/// How much longer than a run's deadline its slot is held: room for a call to FASHN and for a lost permit.
pub const LEASE_OVER_DEADLINE_MS: u64 = 120_000;

/// So many requests in any window of so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestWindow {
    /// The most requests.
    pub requests: u32,
    /// The window, in milliseconds.
    pub window_ms: u64,
}

/// What the Dispatcher of one FASHN key keeps to. Each is a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatcherLimits {
    /// Runs in flight at FASHN ("Concurrency Limits": 6).
    pub slots: u32,
    /// `POST /v1/run` ("Rate Limits": 50 in 60 s).
    pub runs: RequestWindow,
    /// `GET /v1/status/{id}` ("Rate Limits": 50 in 10 s).
    pub statuses: RequestWindow,
    /// Added to both windows: two clocks differ, and a status call travels after its permit was given.
    pub window_margin_ms: u64,
    /// Runs that wait, in all: a thousand take 20 minutes at FASHN's 50 a minute.
    pub queue_most: usize,
    /// Runs that wait of one visitor.
    pub queue_per_visitor_most: u32,
    /// How long a run may wait before it is given up; a run that would wait longer is not let in.
    pub queue_wait_ms: u64,
    /// Credits that a UTC day may cost.
    pub day_credits: u32,
    /// Credits that one visitor may spend in a UTC day.
    pub visitor_credits: u32,
    /// FASHN's last known balance, less what is on its way, stays at or over this.
    pub balance_floor: u32,
    /// A slot comes back after this long, whatever happened. Longer than a run's deadline, with room for
    /// a lost permit.
    pub lease_ms: u64,
    /// A permit that nobody answered is told again after this long, then after twice as long.
    pub redeliver_ms: u64,
    /// How long after its admission a run whose Prediction doesn't exist may still be on its way there.
    /// Longer than a Worker lives after its answer (30 s), and than a call to FASHN may take.
    pub absence_grace_ms: u64,
    /// A reservation whose truth was never told is held this long.
    pub adrift_ms: u64,
    /// A run that is settled is remembered this long, so that a repeated event finds it settled.
    pub settled_memory_ms: u64,
    /// The first wait after a `RateLimitExceeded` without `Retry-After`; then twice as long each time.
    pub hold_least_ms: u64,
    /// The longest such wait. A window has passed by then.
    pub hold_most_ms: u64,
    /// How long fewer slots are used after a `ConcurrencyLimitExceeded`.
    pub fewer_slots_ms: u64,
    /// Failures in a row that open the breaker.
    pub breaker_failures: u32,
    /// How long it stays open the first time; then twice as long each time.
    pub breaker_least_ms: u64,
    /// The longest that it stays open.
    pub breaker_most_ms: u64,
    /// A run that FASHN answers with its own 500 is sent at most so often.
    pub send_attempts_most: u32,
    /// How often FASHN's balance is asked while it said `OutOfCredits`.
    pub balance_every_ms: u64,
    /// Durations kept of a model and mode, for its median.
    pub durations_kept: usize,
    /// What one event looks after at most of what is overdue, so that it writes few rows.
    pub overdue_per_event: usize,
}

impl Default for DispatcherLimits {
    fn default() -> Self {
        Self {
            slots: fashn::limits::CONCURRENT_PREDICTIONS,
            runs: RequestWindow::of(fashn::limits::RUN),
            statuses: RequestWindow::of(fashn::limits::STATUS),
            window_margin_ms: 2_000,
            queue_most: 1_000,
            queue_per_visitor_most: 30,
            queue_wait_ms: 30 * 60_000,
            day_credits: 2_000,
            visitor_credits: 60,
            balance_floor: 0,
            lease_ms: 12 * 60_000,
            redeliver_ms: 5_000,
            absence_grace_ms: 150_000,
            adrift_ms: 24 * 3_600_000,
            settled_memory_ms: 15 * 60_000,
            hold_least_ms: 2_000,
            hold_most_ms: 60_000,
            fewer_slots_ms: 30_000,
            breaker_failures: 5,
            breaker_least_ms: 10_000,
            breaker_most_ms: 300_000,
            send_attempts_most: 4,
            balance_every_ms: 60_000,
            durations_kept: 32,
            overdue_per_event: 8,
        }
    }
}

impl RequestWindow {
    /// FASHN's limit in milliseconds.
    #[must_use]
    pub fn of(limit: fashn::limits::RateLimit) -> Self {
        Self {
            requests: limit.requests,
            window_ms: u64::from(limit.window_seconds) * 1_000,
        }
    }
}

/// A number that a setting may change within bounds.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// The smallest value taken.
    pub least: u64,
    /// The value when the setting is unset.
    pub default: u64,
    /// The largest value taken.
    pub most: u64,
}
