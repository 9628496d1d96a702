//! The layers' errors as answers.

use fashn::advice::Action;
use fashn::error::ApiErrorCode;
use fashn::response::{FashnError, RefusalKind};

use crate::account::admission::{Refusal, RefusalReason};
use crate::app::problem::answer::Answer;
use crate::app::problem::sentence::{bytes_for_people, faults_for_people, time_for_people};
use crate::auth::error::AuthError;
use crate::auth::turnstile::ChallengeError;
use crate::config::limits;
use crate::request::error::RequestError;

pub(super) fn of_request(error: &RequestError) -> Answer {
    match error {
        RequestError::MediaType => Answer::of(415, "UnsupportedMediaType", Action::Contact).say(
            "Send the request as JSON with Content-Type: application/json, or as \
             multipart/form-data with the pictures as files.",
        ),
        RequestError::ContentEncoding => Answer::of(415, "UnsupportedMediaType", Action::Contact)
            .header("accept-encoding", "identity".to_owned())
            .say("Send the request as it is, without Content-Encoding: a compressed body isn't read."),
        RequestError::TooLarge { limit_bytes } => {
            Answer::of(413, "PayloadTooLarge", Action::Retake).say(format!(
                "The request is larger than {}. Send less: a picture needs no more than 2000 pixels \
                 on its longest edge.",
                bytes_for_people(*limit_bytes)
            ))
        }
        RequestError::BrokenBody(_) => Answer::of(400, "BadRequest", Action::Retry)
            .say("The request's body did not arrive whole. Please send it again."),
        RequestError::Fields(faults) => {
            let message = faults_for_people(faults);
            let mut answer = Answer::of(400, "BadRequest", Action::Contact).say(message);
            answer.body.errors.clone_from(faults);
            answer
        }
        RequestError::PolicyMisfit(_) => internal(),
    }
}

pub(super) fn of_auth(error: &AuthError) -> Answer {
    let unauthorized =
        |sentence: &str| Answer::of(401, "UnauthorizedAccess", Action::None).say(sentence);
    let forbidden = |sentence: &str| Answer::of(403, "Forbidden", Action::None).say(sentence);
    let bearer = |answer: Answer| answer.header("www-authenticate", "Bearer".to_owned());
    match error {
        AuthError::NoCaller => bearer(unauthorized(
            "Call from a page of an allowed origin, or send the staff token as Authorization: \
             Bearer.",
        )),
        AuthError::WrongToken => bearer(unauthorized("The bearer token is not valid.")),
        AuthError::StaffOnly => bearer(unauthorized(
            "Only staff may see this: send the staff token as Authorization: Bearer.",
        )),
        AuthError::Access(error) => {
            unauthorized(&format!("Cloudflare Access's word on who you are doesn't hold: {error}."))
        }
        AuthError::NoRole => {
            forbidden("No role in STAFF_ROLES has your email address. An owner can add it there.")
        }
        AuthError::OwnersOnly => forbidden("Your role may look and change nothing."),
        AuthError::OtherShop => forbidden("Your role is about another shop."),
        AuthError::SharedAccount => forbidden(
            "This belongs to an account that several shops share: only staff of all shops may \
             see or change it.",
        ),
        AuthError::NoProxy | AuthError::NotShopify(_) => unauthorized(
            "Only Shopify may call this address, through a shop's app proxy or as a webhook.",
        ),
        AuthError::NotSigned => unauthorized(
            "The order isn't signed with ORDERS_WEBHOOK_SECRET or a shop's own secret, or its time \
             is more than 5 minutes off.",
        ),
        AuthError::OriginNotAllowed => Answer::of(403, "OriginNotAllowed", Action::Contact).say(
            "This page's origin may not use this try-on service. The merchant can add it to \
             ALLOWED_ORIGINS.",
        ),
        AuthError::Challenge(error) => {
            let of = |status| {
                Answer::of(status, "ChallengeFailed", Action::Retry)
                    .say("We couldn't verify that you are human. Please try again.")
            };
            match error {
                ChallengeError::NoAnswer(_) => of(503).retry_after(limits::RATE_PERIOD_SECONDS),
                ChallengeError::NoToken
                | ChallengeError::Refused
                | ChallengeError::Hostname
                | ChallengeError::Action => of(403),
            }
        }
    }
}

/// A setting of the gateway's is wrong by FASHN's answer, which is no fault of the caller's.
pub(super) fn wrong_setting(sentence: &str) -> Answer {
    Answer::of(502, FashnError::UNREADABLE, Action::Contact).never_retry().say(sentence)
}

/// FASHN refused the gateway's key, or has nothing at its address.
fn is_about_settings(error: &FashnError) -> bool {
    RefusalKind::from(error) == RefusalKind::Unauthorized || is_not_there(error)
}

pub(super) fn is_not_there(error: &FashnError) -> bool {
    matches!(
        error,
        FashnError::Refused { status: 404, .. } | FashnError::Decode { status: 404, .. }
    )
}

pub(super) fn of_fashn(error: &FashnError) -> Answer {
    if is_about_settings(error) {
        return wrong_setting(ApiErrorCode::UnauthorizedAccess.advice().sentence);
    }
    let (status, code, message, retry_after) = match error {
        FashnError::Refused { status, error, retry_after } => {
            (*status, &error.error, &*error.message, retry_after.clone())
        }
        FashnError::Decode { status, .. } => (
            *status,
            &ApiErrorCode::Other(FashnError::UNREADABLE.to_owned()),
            FashnError::UNREADABLE_SENTENCE,
            None,
        ),
        FashnError::NoAnswer { timed_out, .. } => {
            return no_answer(*timed_out, "Please try again in a moment.");
        }
        FashnError::NotSent(_) => return internal(),
    };
    // With a status that isn't an error's, the caller would read an error as a success.
    let answered = if (400..=599).contains(&status) { status } else { 502 };
    let mut answer = Answer::of(answered, &code.to_string(), Action::None).say(message);
    answer = answer.advice(code.advice());
    if let Some(value) = retry_after {
        answer = answer.header("retry-after", value);
    }
    // The SDKs retry every 429: empty credits don't fill by waiting.
    if code.retry(status).waiting_helps() { answer } else { answer.never_retry() }
}

pub(super) fn of_refusal(refusal: Refusal) -> Answer {
    // FASHN's own code: of those that pass by waiting, and of those that don't.
    let (code, why) = match refusal.reason {
        RefusalReason::QueueFull | RefusalReason::BodiesFull => {
            (ApiErrorCode::RateLimitExceeded, "Too many try-ons are waiting.")
        }
        RefusalReason::VisitorQueueFull => {
            (ApiErrorCode::RateLimitExceeded, "You have too many try-ons waiting already.")
        }
        RefusalReason::WaitTooLong => {
            (ApiErrorCode::RateLimitExceeded, "A try-on would have to wait too long right now.")
        }
        #[cfg(feature = "next-release")]
        RefusalReason::NotThisModel => {
            (ApiErrorCode::RateLimitExceeded, "This model is closed for now.")
        }
        RefusalReason::Other => {
            (ApiErrorCode::RateLimitExceeded, "A try-on is not possible right now.")
        }
        RefusalReason::Paused => {
            (ApiErrorCode::OutOfCredits, "The shop has paused trying on. Please try again later.")
        }
        RefusalReason::SignedInOnly => {
            return Answer::of(403, "SignInRequired", Action::None)
                .never_retry()
                .say("Please sign in to the shop to try this on.");
        }
        RefusalReason::Pacing => {
            (ApiErrorCode::RateLimitExceeded, "The shop's try-ons of this hour are used up.")
        }
        RefusalReason::MonthBudget => {
            (ApiErrorCode::OutOfCredits, "The shop's try-ons of this month are used up.")
        }
        RefusalReason::DayBudget | RefusalReason::ShopBudget => {
            (ApiErrorCode::OutOfCredits, "The shop's try-ons of today are used up.")
        }
        RefusalReason::VisitorBudget | RefusalReason::VisitorAttempts => {
            (ApiErrorCode::OutOfCredits, "Your try-ons of today are used up.")
        }
        RefusalReason::BalanceFloor | RefusalReason::OutOfCredits => {
            (ApiErrorCode::OutOfCredits, "The shop's try-ons are used up.")
        }
    };
    let mut answer = Answer::of(429, &code.to_string(), Action::None).advice(code.advice());
    answer = match refusal.retry_after_seconds {
        0 => answer.say(why),
        seconds => answer
            .retry_after(seconds)
            .say(format!("{why} Please try again in {}.", time_for_people(seconds))),
    };
    answer.body.queue_position = refusal.position;
    if refusal.retry_helps { answer } else { answer.never_retry() }
}

/// FASHN gave no answer, with what to do.
pub(super) fn no_answer(timed_out: bool, and_now: &str) -> Answer {
    let (status, code, what) = if timed_out {
        (504, "GatewayTimeout", "The try-on service did not answer in time.")
    } else {
        (502, "BadGateway", "The connection to the try-on service failed.")
    };
    Answer::of(status, code, Action::Retry).say(format!("{what} {and_now}"))
}

pub(super) fn internal() -> Answer {
    Answer::of(500, "InternalServerError", Action::Retry)
        .say("Something went wrong here. Please try again in a moment.")
}
