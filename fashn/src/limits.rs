//! FASHN's documented limits and times. They are its defaults ("we will gladly increase your rate
//! limit"), so a client makes them settings.

use crate::models::Resolution;

/// A limit of requests in any window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The most requests.
    pub requests: u32,
    /// The window.
    pub window_seconds: u32,
}

/// `POST /v1/run` (API Fundamentals, "Rate Limits").
pub const RUN: RateLimit = RateLimit { requests: 50, window_seconds: 60 };

/// `GET /v1/status/{id}` (API Fundamentals, "Rate Limits").
pub const STATUS: RateLimit = RateLimit { requests: 50, window_seconds: 10 };

/// `GET /v1/credits` (Credits Balance, "Rate Limits").
pub const CREDITS: RateLimit = RateLimit { requests: 30, window_seconds: 10 };

/// Predictions being processed at once (API Fundamentals, "Concurrency Limits").
pub const CONCURRENT_PREDICTIONS: u32 = 6;

/// How long an output's address holds ("Data Retention & Privacy", "CDN Delivery").
pub const CDN_OUTPUT_SECONDS: u32 = 72 * 60 * 60;

/// How long a base64 output is there ("Data Retention & Privacy", "Base64 Delivery").
pub const BASE64_OUTPUT_SECONDS: u32 = 60 * 60;

/// How often a webhook is sent again after an answer that isn't 2xx (Webhooks, "Webhook Retry
/// Mechanism").
pub const WEBHOOK_RETRIES: u32 = 5;

/// About how long those retries take in all.
pub const WEBHOOK_RETRIES_SECONDS: u32 = 5 * 60;

/// The longest edge that is of use to a run ("Image Preprocessing Best Practices"). The page names
/// 1K and 4K; of 2K it says nothing, and it gets 4K's.
pub fn longest_input_edge_px(resolution: Resolution) -> u32 {
    match resolution {
        Resolution::OneK => 2000,
        Resolution::TwoK | Resolution::FourK => 6000,
    }
}
