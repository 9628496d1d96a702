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

/// A webhook of Shopify's in bytes; the privacy topics' are a few hundred.
pub const SHOPIFY_WEBHOOK_BYTES: usize = 64 << 10;

/// The signing secret's length: 32 characters of base64 carry 192 bits.
pub const SIGNING_SECRET_CHARS_LEAST: usize = 32;

/// The length of a Shopify app's client secret; Shopify's own are longer.
pub const SHOPIFY_SECRET_CHARS_LEAST: usize = 16;

/// The staff token's length.
pub const STAFF_TOKEN_CHARS_LEAST: usize = 16;

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
