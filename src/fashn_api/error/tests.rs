use super::*;

#[test]
fn retry_after_is_read_in_seconds() {
    for (header, read_ms) in [
        (None, None),
        (Some("7"), Some(7_000)),
        (Some(" 7 "), Some(7_000)),
        (Some("Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (Some("-1"), None),
        (Some("18446744073709551615"), None),
    ] {
        let error = FashnError::Refused {
            status: 429,
            error: ApiError { error: ApiErrorCode::RateLimitExceeded, message: String::new() },
            retry_after: header.map(str::to_owned),
        };
        assert_eq!(error.retry_after_ms(), read_ms, "{header:?}");
    }
}
