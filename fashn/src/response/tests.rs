use super::*;

fn outcome(status: u16, body: &str) -> String {
    match read_run_answer(status, None, body.as_bytes()) {
        RunAnswer::Accepted(id) => format!("accepted {}", id.as_str()),
        RunAnswer::Refused(FashnError::Refused { status, error, .. }) => {
            format!("refused {status} {}", error.error)
        }
        RunAnswer::Refused(FashnError::Decode { status, .. }) => {
            format!("refused {status} unreadable")
        }
        RunAnswer::Refused(other) => other.to_string(),
        RunAnswer::Unknown { .. } => "unknown".into(),
    }
}

#[test]
fn each_answer_of_run_is_an_acceptance_a_refusal_or_unknown() {
    for (status, body, what) in [
        (200, r#"{"id":"123a87r9-4129-u1","error":null}"#, "accepted 123a87r9-4129-u1"),
        (200, r#"{"id":"../x","error":null}"#, "unknown"),
        (200, "<html>", "unknown"),
        (200, "", "unknown"),
        (400, r#"{"error":"BadRequest","message":"no"}"#, "refused 400 BadRequest"),
        (401, r#"{"error":"UnauthorizedAccess","message":"no"}"#, "refused 401 UnauthorizedAccess"),
        (429, r#"{"error":"OutOfCredits","message":"no"}"#, "refused 429 OutOfCredits"),
        (413, "<html>too large</html>", "refused 413 unreadable"),
        (302, "", "refused 302 unreadable"),
        (
            500,
            r#"{"error":"InternalServerError","message":"no"}"#,
            "refused 500 InternalServerError",
        ),
        (502, "<html>bad gateway</html>", "unknown"),
        (504, "", "unknown"),
    ] {
        assert_eq!(outcome(status, body), what, "{status} {body}");
    }
}

#[test]
fn a_status_answer_tells_the_credits_in_its_header() {
    let body = br#"{"id":"a-u1","status":"completed","output":["https://cdn.fashn.ai/a/output_0.png"],"error":null}"#;
    let answer = read_status_answer(200, None, Some("3"), body).expect("reads");
    assert_eq!(answer.credits_used, Some(Credits(3)));
    let without = read_status_answer(200, None, None, body).expect("reads");
    assert_eq!(without.credits_used, None);
}

#[test]
fn a_status_answer_that_is_none_is_an_error() {
    for (status, body) in [
        (200, "{}"),
        (200, "nonsense"),
        (404, ""),
        (429, r#"{"error":"RateLimitExceeded"}"#),
        (302, ""),
    ] {
        assert!(
            read_status_answer(status, None, None, body.as_bytes()).is_err(),
            "{status} {body}"
        );
    }
}

fn refused(status: u16, code: &str) -> FashnError {
    FashnError::Refused {
        status,
        error: ApiError { error: code.into(), message: "because".into() },
        retry_after: None,
    }
}

fn unreadable(status: u16) -> FashnError {
    FashnError::Decode { status, reason: "HTML".into() }
}

fn no_answer() -> FashnError {
    FashnError::NoAnswer { timed_out: true, reason: "30 s".into() }
}

#[test]
fn each_error_is_a_kind_of_refusal_by_its_code_or_else_by_its_status() {
    for (error, kind) in [
        (refused(429, "RateLimitExceeded"), RefusalKind::RateLimit),
        (refused(429, "ConcurrencyLimitExceeded"), RefusalKind::Concurrency),
        (refused(429, "OutOfCredits"), RefusalKind::OutOfCredits),
        (refused(500, "InternalServerError"), RefusalKind::ServerError),
        (refused(401, "UnauthorizedAccess"), RefusalKind::Unauthorized),
        (refused(400, "BadRequest"), RefusalKind::Request),
        (refused(429, "SomethingNew"), RefusalKind::RateLimit),
        (refused(503, "SomethingNew"), RefusalKind::ServerError),
        (refused(422, "SomethingNew"), RefusalKind::Request),
        (unreadable(403), RefusalKind::Unauthorized),
        (unreadable(413), RefusalKind::Request),
        (no_answer(), RefusalKind::ServerError),
        (FashnError::NotSent("no key".into()), RefusalKind::ServerError),
    ] {
        assert_eq!(RefusalKind::from(&error), kind, "{error}");
    }
}

#[test]
fn a_run_that_fashn_refused_late_failed_in_fashn_s_words_or_as_unavailable() {
    for (error, name, message) in [
        (refused(400, "BadRequest"), "BadRequest", "because"),
        (unreadable(413), "BadGateway", FashnError::UNREADABLE_SENTENCE),
        (no_answer(), "UnavailableError", ""),
        (FashnError::NotSent("no key".into()), "UnavailableError", ""),
    ] {
        let failed = RuntimeError::from(error);
        assert_eq!((&*failed.name.to_string(), &*failed.message), (name, message));
    }
}
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
