//! What FASHN's answers mean, from their status, headers and bytes.

use fashn::balance::CreditsBalance;
use fashn::error::{ApiError, ApiErrorCode, RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::{Accepted, Prediction};

use crate::app::problem::Problem;
use crate::auth::secret::Secret;
use crate::dispatcher::{self, RefusalKind};
use crate::prediction::UpstreamId;

/// Strikes the key out of an answer: an error is passed on in FASHN's words, and whoever stands in for FASHN may repeat
/// what it was sent.
pub fn strike_out_key(answer: &mut [u8], key: &Secret) {
    let key = key.reveal().as_bytes();
    let mut rest = answer;
    while let Some(at) = rest
        .windows(key.len().max(1))
        .position(|window| window == key)
    {
        let (_, tail) = rest.split_at_mut(at);
        let (struck, tail) = tail.split_at_mut(key.len());
        struck.fill(b'*');
        rest = tail;
    }
}

/// What became of a run that was sent.
#[derive(Debug)]
pub enum Sent {
    /// FASHN has it.
    Accepted(UpstreamId),
    /// FASHN doesn't: "no prediction ID was issued" (page "Error Handling"). It may be sent again.
    Refused(Problem),
    /// Nobody knows. It must not be sent again.
    Unknown {
        /// Why, for the log.
        reason: String,
    },
}

/// Reads the answer of `POST /v1/run`. Only an API-level error of FASHN's own form is a sure refusal among
/// the 5xx: a proxy's page may stand in front of a run that was accepted.
#[must_use]
pub fn read_run_answer(status: u16, retry_after: Option<String>, body: &[u8]) -> Sent {
    match status {
        200..=299 => match Accepted::read(body) {
            Ok(Accepted { id, .. }) => match UpstreamId::parse(&id) {
                Some(id) => Sent::Accepted(id),
                None => Sent::Unknown {
                    reason: "accepted with an id of no known form".into(),
                },
            },
            Err(error) => Sent::Unknown {
                reason: format!("{status} whose body is no acceptance: {error}"),
            },
        },
        // Redirects are not followed: the key would travel with them.
        300..=499 => {
            Sent::Refused(api_error(status, retry_after, body).unwrap_or_else(|| unread(status)))
        }
        _ => match api_error(status, retry_after, body) {
            Some(problem) => Sent::Refused(problem),
            None => Sent::Unknown {
                reason: format!("{status} that is not FASHN's own"),
            },
        },
    }
}

/// What a refused run's problem says to the Dispatcher.
#[must_use]
pub fn refusal(problem: &Problem) -> dispatcher::Sent {
    let (kind, retry_after) = match problem {
        Problem::Fashn {
            status,
            error,
            retry_after,
        } => (refusal_kind(&error.error, *status), retry_after.as_deref()),
        _ => (RefusalKind::ServerError, None),
    };
    dispatcher::Sent::Refused {
        kind,
        retry_after_ms: retry_after.and_then(retry_after_ms),
    }
}

fn refusal_kind(code: &ApiErrorCode, status: u16) -> RefusalKind {
    match code {
        ApiErrorCode::RateLimitExceeded => RefusalKind::RateLimit,
        ApiErrorCode::ConcurrencyLimitExceeded => RefusalKind::Concurrency,
        ApiErrorCode::OutOfCredits => RefusalKind::OutOfCredits,
        ApiErrorCode::InternalServerError => RefusalKind::ServerError,
        ApiErrorCode::UnauthorizedAccess => RefusalKind::Unauthorized,
        ApiErrorCode::BadRequest | ApiErrorCode::NotFound => RefusalKind::Request,
        ApiErrorCode::Other(_) => match ApiErrorCode::of_http_status(status) {
            ApiErrorCode::Other(_) => RefusalKind::Request,
            known => refusal_kind(&known, status),
        },
    }
}

/// `Retry-After` in seconds, as milliseconds. FASHN doesn't send dates.
#[must_use]
pub fn retry_after_ms(header: &str) -> Option<u64> {
    header.trim().parse::<u64>().ok()?.checked_mul(1_000)
}

/// Why a run failed whose id was handed out before FASHN refused it.
#[must_use]
pub fn failure(problem: &Problem) -> RuntimeError {
    match problem {
        Problem::Fashn { error, .. } => RuntimeError {
            name: RuntimeErrorName::Other(error.error.to_string()),
            message: error.message.clone(),
        },
        _ => RuntimeError {
            name: RuntimeErrorName::UnavailableError,
            message: String::new(),
        },
    }
}

/// A status answer with what its header says of the price.
#[derive(Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The envelope.
    pub prediction: Prediction,
    /// `x-fashn-credits-used`.
    pub credits_used: Option<Credits>,
}

/// Reads the answer of `GET /v1/status/{id}`.
///
/// # Errors
/// [`Problem::Fashn`] with FASHN's words, or [`Problem::NoAnswer`] for what can't be read.
pub fn read_status_answer(
    status: u16,
    retry_after: Option<String>,
    credits_used: Option<&str>,
    body: &[u8],
) -> Result<StatusAnswer, Problem> {
    if !(200..=299).contains(&status) {
        return Err(api_error(status, retry_after, body).unwrap_or_else(|| unread(status)));
    }
    let prediction = Prediction::read(body).map_err(|error| Problem::NoAnswer {
        timed_out: false,
        reason: format!("status answer is no prediction: {error}"),
        id: None,
    })?;
    let credits_used = credits_used
        .and_then(|text| text.trim().parse().ok())
        .map(Credits);
    Ok(StatusAnswer {
        prediction,
        credits_used,
    })
}

/// Reads the answer of `GET /v1/credits`.
///
/// # Errors
/// [`Problem::Fashn`] with FASHN's words, or [`Problem::NoAnswer`] for what can't be read.
pub fn read_balance(
    status: u16,
    retry_after: Option<String>,
    body: &[u8],
) -> Result<CreditsBalance, Problem> {
    if !(200..=299).contains(&status) {
        return Err(api_error(status, retry_after, body).unwrap_or_else(|| unread(status)));
    }
    CreditsBalance::read(body).map_err(|error| Problem::NoAnswer {
        timed_out: false,
        reason: format!("credits answer is no balance: {error}"),
        id: None,
    })
}

fn api_error(status: u16, retry_after: Option<String>, body: &[u8]) -> Option<Problem> {
    let error = ApiError::read(body).ok()?;
    Some(Problem::Fashn {
        status,
        error,
        retry_after,
    })
}

/// An error that isn't in FASHN's form.
fn unread(status: u16) -> Problem {
    let error = ApiError {
        error: ApiErrorCode::Other("BadGateway".to_owned()),
        message: "The try-on service gave an answer that can't be read. Try again in a moment."
            .to_owned(),
    };
    Problem::Fashn {
        status,
        error,
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_repeated_is_struck_out_wherever_it_stands() {
        for (answer, struck) in [
            ("", ""),
            ("no", "no"),
            ("fa-key", "******"),
            (
                r#"{"message":"bad fa-key, fa-key!"}"#,
                r#"{"message":"bad ******, ******!"}"#,
            ),
            ("fa-kefa-keyfa-key", "fa-ke************"),
        ] {
            let mut bytes = answer.as_bytes().to_vec();
            strike_out_key(&mut bytes, &Secret::new("fa-key".into()));
            assert_eq!(String::from_utf8_lossy(&bytes), struck);
        }
    }

    fn sent(status: u16, body: &str) -> String {
        match read_run_answer(status, None, body.as_bytes()) {
            Sent::Accepted(id) => format!("accepted {}", id.as_str()),
            Sent::Refused(problem) => {
                let answer = problem.into_answer();
                format!("refused {} {}", answer.status, answer.body.error)
            }
            Sent::Unknown { .. } => "unknown".into(),
        }
    }

    #[test]
    fn each_answer_of_run_is_an_acceptance_a_refusal_or_unknown() {
        for (status, body, what) in [
            (
                200,
                r#"{"id":"123a87r9-4129-u1","error":null}"#,
                "accepted 123a87r9-4129-u1",
            ),
            (200, r#"{"id":"../x","error":null}"#, "unknown"),
            (200, "<html>", "unknown"),
            (200, "", "unknown"),
            (
                400,
                r#"{"error":"BadRequest","message":"no"}"#,
                "refused 400 BadRequest",
            ),
            (
                401,
                r#"{"error":"UnauthorizedAccess","message":"no"}"#,
                "refused 401 UnauthorizedAccess",
            ),
            (
                429,
                r#"{"error":"OutOfCredits","message":"no"}"#,
                "refused 429 OutOfCredits",
            ),
            (413, "<html>too large</html>", "refused 413 BadGateway"),
            (302, "", "refused 502 BadGateway"),
            (
                500,
                r#"{"error":"InternalServerError","message":"no"}"#,
                "refused 500 InternalServerError",
            ),
            (502, "<html>bad gateway</html>", "unknown"),
            (504, "", "unknown"),
        ] {
            assert_eq!(sent(status, body), what, "{status} {body}");
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
    fn a_status_answer_that_is_none_is_a_problem() {
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
}
