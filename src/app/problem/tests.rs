use super::*;
use fashn::error::ApiError;

use crate::account::admission::RefusalReason;
use crate::auth::ids::{AccountId, Signer, Ticket};
use crate::auth::secret::Secret;

/// Status, body and headers.
fn wire(problem: impl Into<Problem>) -> (u16, String, Vec<(&'static str, String)>) {
    let answer = problem.into().answer();
    (answer.status, serde_json::to_string(&answer.body).expect("serialises"), answer.headers)
}

fn fashn_says(status: u16, code: &str, retry_after: Option<&str>) -> FashnError {
    FashnError::Refused {
        status,
        error: ApiError { error: code.into(), message: "Too many requests".into() },
        retry_after: retry_after.map(str::to_owned),
    }
}

#[test]
fn faults_are_listed_with_their_paths() {
    let faults = vec![
        FieldError::new("inputs.seed", "must be a whole number"),
        FieldError::new("inputs.hat", "is not an input"),
    ];
    let (status, body, _) = wire(RequestError::Fields(faults));
    assert_eq!(status, 400);
    insta::assert_snapshot!(body, @r#"{"error":"BadRequest","message":"inputs.seed must be a whole number, and 1 more.","action":"contact","errors":[{"path":"inputs.seed","message":"must be a whole number"},{"path":"inputs.hat","message":"is not an input"}]}"#);
}

#[test]
fn fashn_s_own_words_pass_through_with_their_status() {
    let (status, body, headers) = wire(fashn_says(429, "RateLimitExceeded", Some("7")));
    assert_eq!((status, headers), (429, vec![("retry-after", "7".into())]));
    insta::assert_snapshot!(body, @r#"{"error":"RateLimitExceeded","message":"Too many requests","action":"retry","advice":"Many people are trying things on right now. Please try again in a minute."}"#);
}

#[test]
fn of_the_three_429s_the_one_that_waiting_does_not_help_says_so() {
    for (code, is_retried) in
        [("RateLimitExceeded", true), ("ConcurrencyLimitExceeded", true), ("OutOfCredits", false)]
    {
        let (_, _, headers) = wire(fashn_says(429, code, None));
        assert_eq!(headers.is_empty(), is_retried, "{code}: {headers:?}");
    }
}

#[test]
fn a_redirect_or_a_success_of_fashn_s_is_not_passed_on_as_one() {
    assert_eq!(wire(fashn_says(302, "Moved", None)).0, 502);
    for (status, answered) in [(200, 502), (302, 502), (413, 413), (503, 503)] {
        let reason = "HTML with secrets".to_owned();
        let (sent, body, _) = wire(FashnError::Decode { status, reason });
        assert_eq!(sent, answered, "{status}");
        assert!(body.starts_with(r#"{"error":"BadGateway""#), "{body}");
        assert!(!body.contains("HTML"), "{body}");
    }
}

#[test]
fn an_unknown_outcome_must_not_be_retried_and_names_the_run_that_may_exist() {
    let signer = Signer::new(&Secret::new("secret".into())).expect("any key is taken");
    let id = signer.id(&Ticket::mint(AccountId::default(), 0, [1; 11]));
    for (timed_out, code) in [(true, 504), (false, 502)] {
        let (status, body, headers) = wire(Problem::UnknownOutcome {
            timed_out,
            reason: "secret host down".into(),
            id: id.clone(),
        });
        assert_eq!(status, code);
        assert_eq!(headers, [("x-should-retry", "false".to_owned())]);
        assert!(body.contains(id.as_str()), "{body}");
        assert!(!body.contains("secret host"), "{body}");
    }
}

#[test]
fn a_status_call_without_an_answer_may_be_retried() {
    for (timed_out, code) in [(true, 504), (false, 502)] {
        let reason = "reset".to_owned();
        let (status, _, headers) = wire(FashnError::NoAnswer { timed_out, reason });
        assert_eq!((status, headers), (code, vec![]));
    }
}

#[test]
fn the_faults_of_the_settings_are_for_readyz_and_the_log_only() {
    let error = SettingError { setting: "FASHN_API_KEY", message: "is missing".into() };
    let (status, body, headers) = wire(vec![error]);
    assert_eq!(status, 503);
    let never = ("x-should-retry", "false".to_owned());
    assert_eq!(headers, [("retry-after", "60".to_owned()), never]);
    assert!(!body.contains("FASHN_API_KEY"));
}

#[test]
fn a_refusal_says_when_to_come_again_and_whether_by_itself() {
    let refusal = |reason, retry_helps| Refusal {
        reason,
        retry_after_seconds: 10_740,
        retry_helps,
        position: Some(7),
    };
    let (status, body, headers) = wire(Problem::Refused(refusal(RefusalReason::QueueFull, true)));
    assert_eq!(status, 429);
    assert_eq!(headers, [("retry-after", "10740".to_owned())]);
    insta::assert_snapshot!(body, @r#"{"error":"RateLimitExceeded","message":"Too many try-ons are waiting. Please try again in 3 hours.","action":"retry","advice":"Many people are trying things on right now. Please try again in a minute.","queue_position":7}"#);
    let (_, body, headers) = wire(Problem::Refused(refusal(RefusalReason::DayBudget, false)));
    assert_eq!(headers.last(), Some(&("x-should-retry", "false".to_owned())));
    assert!(body.starts_with(r#"{"error":"OutOfCredits""#), "{body}");
}

/// Each kind of problem with its status and code.
#[test]
fn each_problem_has_its_status_and_code() {
    use crate::auth::shopify::SignatureError;
    let auth = |error| Problem::Auth(error);
    let request = |error| Problem::Request(error);
    for (problem, status, code) in [
        (request(RequestError::MediaType), 415, "UnsupportedMediaType"),
        (request(RequestError::TooLarge { limit_bytes: 9 }), 413, "PayloadTooLarge"),
        (request(RequestError::BrokenBody(String::new())), 400, "BadRequest"),
        (request(RequestError::PolicyMisfit(String::new())), 500, "InternalServerError"),
        (auth(AuthError::NoCaller), 401, "UnauthorizedAccess"),
        (auth(AuthError::WrongToken), 401, "UnauthorizedAccess"),
        (auth(AuthError::StaffOnly), 401, "UnauthorizedAccess"),
        (auth(AuthError::NoProxy), 401, "UnauthorizedAccess"),
        (auth(SignatureError::Stale.into()), 401, "UnauthorizedAccess"),
        (auth(AuthError::OriginNotAllowed), 403, "OriginNotAllowed"),
        (ChallengeError::Refused.into(), 403, "ChallengeFailed"),
        (ChallengeError::NoAnswer(String::new()).into(), 503, "ChallengeFailed"),
        (NoRoute::UnknownPath.into(), 404, "NotFound"),
        (NoRoute::WrongMethod("GET".into()).into(), 405, "MethodNotAllowed"),
        (Problem::RateLimited, 429, "RateLimitExceeded"),
        (Problem::InProgress, 409, "RequestInProgress"),
        (Problem::KeyReused, 422, "IdempotencyKeyReused"),
        (BudgetFull.into(), 503, "ServiceUnavailable"),
        (FashnError::NotSent("no key".into()).into(), 500, "InternalServerError"),
        (Problem::Internal("secret".into()), 500, "InternalServerError"),
    ] {
        let answer = problem.answer();
        assert_eq!((answer.status, &*answer.body.error), (status, code), "{problem}");
        assert_eq!(problem.answer().status, status, "{problem}");
        assert!(!answer.body.message.contains("secret"));
    }
}

/// A shopper or a stranger is told that it isn't theirs to mend, staff which setting it is.
#[test]
fn fashn_s_refusal_of_the_gateway_itself_is_no_refusal_of_the_caller() {
    let key = KeyName::parse("FASHN_API_KEY_NORTH").expect("a name");
    let unreadable = |status| FashnError::Decode { status, reason: "HTML".to_owned() };
    for (error, setting) in [
        (fashn_says(401, "UnauthorizedAccess", None), "FASHN_API_KEY_NORTH"),
        (fashn_says(403, "Forbidden", None), "FASHN_API_KEY_NORTH"),
        (unreadable(401), "FASHN_API_KEY_NORTH"),
        (unreadable(403), "FASHN_API_KEY_NORTH"),
        (fashn_says(404, "NotFound", None), "FASHN_BASE_URL"),
        (unreadable(404), "FASHN_BASE_URL"),
    ] {
        let never = vec![("x-should-retry", "false".to_owned())];
        let (status, body, headers) = wire(error.clone());
        assert_eq!((status, headers.clone()), (502, never), "{error}");
        assert!(body.contains("BadGateway") && !body.contains("FASHN_"), "{body}");
        let (status, body, for_staff) = wire(Problem::from(error).for_staff(&key));
        assert_eq!((status, for_staff), (502, headers));
        assert!(body.contains(setting), "{body}");
    }
    let busy = Problem::from(fashn_says(429, "RateLimitExceeded", None)).for_staff(&key);
    assert_eq!(busy.answer().status, 429);
}

#[test]
fn a_page_of_any_origin_may_read_that_it_is_not_allowed_or_that_nothing_is_set_up() {
    for (problem, is_read) in [
        (Problem::Auth(AuthError::OriginNotAllowed), true),
        (Problem::NotReady(Vec::new()), true),
        (Problem::Auth(AuthError::WrongToken), false),
        (Problem::NotFound, false),
    ] {
        assert_eq!(problem.is_for_any_page(), is_read, "{problem}");
    }
}

#[test]
fn a_compressed_body_is_answered_with_what_is_read() {
    let (status, _, headers) = wire(RequestError::ContentEncoding);
    assert_eq!((status, headers), (415, vec![("accept-encoding", "identity".to_owned())]));
}
