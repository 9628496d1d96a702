use super::*;

fn wire(problem: Problem) -> (u16, String, Vec<(&'static str, String)>) {
    let answer = problem.into_answer();
    (
        answer.status,
        serde_json::to_string(&answer.body).expect("serialises"),
        answer.headers,
    )
}

#[test]
fn faults_are_listed_with_their_paths() {
    let faults = vec![
        Fault::new("inputs.seed", "must be a whole number"),
        Fault::new("inputs.hat", "is not an input"),
    ];
    let (status, body, _) = wire(Problem::Faults(faults));
    assert_eq!(status, 400);
    insta::assert_snapshot!(body, @r#"{"error":"BadRequest","message":"inputs.seed must be a whole number, and 1 more.","action":"contact","errors":[{"path":"inputs.seed","message":"must be a whole number"},{"path":"inputs.hat","message":"is not an input"}]}"#);
}

#[test]
fn fashn_s_own_words_pass_through_with_their_status() {
    let error = ApiError {
        error: "RateLimitExceeded".into(),
        message: "Too many requests".into(),
    };
    let (status, body, headers) = wire(Problem::Fashn {
        status: 429,
        error,
        retry_after: Some("7".into()),
    });
    assert_eq!((status, headers), (429, vec![("retry-after", "7".into())]));
    insta::assert_snapshot!(body, @r#"{"error":"RateLimitExceeded","message":"Too many requests","action":"retry","advice":"Many people are trying things on right now. Please try again in a minute."}"#);
}

#[test]
fn of_the_three_429s_the_one_that_waiting_does_not_help_says_so() {
    for (code, retried) in [
        ("RateLimitExceeded", true),
        ("ConcurrencyLimitExceeded", true),
        ("OutOfCredits", false),
    ] {
        let error = ApiError {
            error: code.into(),
            message: String::new(),
        };
        let (_, _, headers) = wire(Problem::Fashn {
            status: 429,
            error,
            retry_after: None,
        });
        assert_eq!(headers.is_empty(), retried, "{code}: {headers:?}");
    }
}

#[test]
fn a_redirect_of_fashn_s_is_not_passed_on_as_one() {
    let error = ApiError {
        error: "Moved".into(),
        message: String::new(),
    };
    assert_eq!(
        wire(Problem::Fashn {
            status: 302,
            error,
            retry_after: None
        })
        .0,
        502
    );
}

#[test]
fn an_unanswered_run_must_not_be_retried_and_names_the_run_that_may_exist() {
    let (status, body, headers) = wire(Problem::NoAnswer {
        timed_out: true,
        reason: "secret host down".into(),
        id: None,
    });
    assert_eq!(status, 504);
    assert_eq!(headers, [("x-should-retry", "false".to_owned())]);
    assert!(
        !body.contains("secret host"),
        "the private reason got out: {body}"
    );
}

#[test]
fn a_setting_problem_is_for_readyz_and_the_log_only() {
    let problem = SettingProblem {
        setting: "FASHN_API_KEY",
        message: "is missing".into(),
    };
    let (status, body, _) = wire(Problem::NotReady(vec![problem]));
    assert_eq!(status, 503);
    assert!(!body.contains("FASHN_API_KEY"));
}
