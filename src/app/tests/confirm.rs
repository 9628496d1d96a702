//! What one status call comes to.

use fashn::error::{ApiErrorCode, RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::{Output, Prediction, Status};
use fashn::response::{FashnError, StatusAnswer};

use super::ports::Ports;
use super::{DATA, broken, done, refusal, ticket, upstream};
use crate::account::event::{StatusCall, StatusOutcome};
use crate::app::confirm::ask;
use crate::config::base_url::BaseUrl;
use crate::run::output::{StoredItem, StoredOutput};
use crate::run::record::{Ending, News};

const PICTURE: &str = "https://cdn.fashn.ai/1/output_0.png";
/// FASHN's answer about the run.
pub fn answer(status: Status, output: Option<Output>) -> StatusAnswer {
    let id = upstream().as_str().to_owned();
    StatusAnswer {
        prediction: Prediction { id, status, output, error: None },
        credits_used: Some(Credits(1)),
    }
}

fn completed(items: &[&str]) -> StatusAnswer {
    let items = items.iter().map(|item| (*item).to_owned()).collect();
    answer(Status::Completed, Some(Output::List(items)))
}

fn call(ports: &Ports, wants_output: bool) -> StatusOutcome {
    let base_url = BaseUrl::parse(BaseUrl::DEFAULT).expect("an address");
    done(ask(
        ports,
        &base_url,
        3_600,
        &StatusCall { ticket: ticket(1), upstream: upstream(), wants_output, is_poll: false },
    ))
}

fn outcome(answer: Result<StatusAnswer, FashnError>) -> (StatusOutcome, Vec<&'static str>) {
    let ports = Ports::new();
    ports.statuses.will_answer([answer]);
    (call(&ports, true), ports.logged())
}

fn items(outcome: StatusOutcome) -> Vec<StoredItem> {
    match outcome {
        StatusOutcome::News(News::Over(Ending::Completed { output, .. })) => output.items,
        other => panic!("not completed: {other:?}"),
    }
}

#[test]
fn a_call_that_fails_is_told_apart_by_what_helps() {
    let limited = |after| Err(refusal(429, ApiErrorCode::RateLimitExceeded, after));
    let silent = FashnError::NoAnswer { timed_out: true, reason: "late".to_owned() };
    let mut foreign = answer(Status::Processing, None);
    foreign.prediction.id = "fashn-2".to_owned();
    for (answer, expected, logged) in [
        (limited(Some("3")), StatusOutcome::TooMany(Some(3_000)), 0),
        (limited(None), StatusOutcome::TooMany(None), 0),
        (Err(refusal(404, ApiErrorCode::NotFound, None)), StatusOutcome::NotFound, 0),
        (Err(silent), StatusOutcome::Nothing, 1),
        (Ok(foreign), StatusOutcome::Nothing, 1),
    ] {
        assert_eq!(outcome(answer), (expected, vec!["status"; logged]));
    }
}

#[test]
fn each_status_is_live_or_an_ending() {
    let pose = RuntimeError { name: RuntimeErrorName::PoseError, message: "no pose".to_owned() };
    let ended = |status, error: Option<&RuntimeError>| {
        let mut answer = answer(status, None);
        answer.prediction.error = error.cloned();
        match outcome(Ok(answer)).0 {
            StatusOutcome::News(News::Over(ending)) => ending,
            other => panic!("not over: {other:?}"),
        }
    };
    for status in [Status::Starting, Status::InQueue, Status::Processing] {
        let expected = StatusOutcome::News(News::Live(status.clone()));
        assert_eq!(outcome(Ok(answer(status, None))).0, expected);
    }
    assert_eq!(ended(Status::Failed, Some(&pose)), Ending::Failed(pose.clone()));
    assert_eq!(ended(Status::Canceled, None), Ending::Canceled(None));
    assert_eq!(ended(Status::TimeOut, Some(&pose)), Ending::TimeOut(Some(pose)));
    let Ending::Failed(error) = ended(Status::Failed, None) else { panic!("failed") };
    assert_eq!(error.message, "The run failed and no reason was given.");
    let Ending::TimeOut(Some(error)) = ended(Status::TimeOut, None) else { panic!("timed out") };
    assert_eq!(error.message, "FASHN stopped the run because it took too long.");
}

#[test]
fn pictures_are_stored_and_addresses_of_others_are_left_out() {
    let ports = Ports::new();
    let foreign = "https://elsewhere.example/1.png";
    ports.statuses.will_answer([Ok(completed(&[PICTURE, foreign, DATA, Output::EXPIRED]))]);
    ports.output_puts.will_answer([Ok(2)]);
    let kept = StoredItem::Kept { media_type: "image/png".to_owned(), byte_len: 8, pieces: 2 };
    let url = StoredItem::Url(PICTURE.to_owned());
    assert_eq!(items(call(&ports, true)), [url, kept, StoredItem::Expired]);
    assert_eq!(ports.output_puts.asked(), [1], "its place among those that are passed on");
}

#[test]
fn a_run_with_nothing_that_may_be_shown_has_failed() {
    for answer in [completed(&["https://elsewhere.example/1.png"]), completed(&[])] {
        let StatusOutcome::News(News::Over(Ending::Failed(error))) = outcome(Ok(answer)).0 else {
            panic!("failed")
        };
        assert_eq!(error.name, RuntimeErrorName::PipelineError);
    }
}

#[test]
fn a_picture_that_can_not_be_stored_is_asked_for_again() {
    let ports = Ports::new();
    ports.statuses.will_answer([Ok(completed(&[DATA]))]);
    ports.output_puts.will_answer([Err(broken())]);
    assert_eq!(call(&ports, true), StatusOutcome::Nothing);
    assert_eq!(ports.logged(), ["outputs"]);
}

#[test]
fn a_picture_that_nobody_will_see_is_not_stored() {
    let ports = Ports::new();
    ports.statuses.will_answer([Ok(completed(&[DATA]))]);
    assert_eq!(
        call(&ports, false),
        StatusOutcome::News(News::Over(Ending::Completed {
            output: StoredOutput { as_images: false, items: Vec::new() },
            credits_used: Some(Credits(1)),
        }))
    );
}

#[test]
fn a_run_that_completed_without_an_output_failed_at_once() {
    let said = RuntimeError { name: RuntimeErrorName::PipelineError, message: "empty".to_owned() };
    for (output, error, message) in [
        (None, None, "The run completed, and FASHN gave no output."),
        (Some(Output::List(Vec::new())), None, "The run completed, and FASHN gave no output."),
        (Some(Output::Images { images: Vec::new() }), Some(said), "empty"),
    ] {
        let mut answer = answer(Status::Completed, output);
        answer.prediction.error = error;
        match outcome(Ok(answer)).0 {
            StatusOutcome::News(News::Over(Ending::Failed(error))) => {
                assert_eq!(error.message, message);
            }
            other => panic!("not failed: {other:?}"),
        }
    }
}

#[test]
fn an_answer_without_an_id_is_about_the_run_that_was_asked_for() {
    let mut nameless = completed(&[PICTURE]);
    nameless.prediction.id = String::new();
    assert_eq!(items(outcome(Ok(nameless)).0), [StoredItem::Url(PICTURE.to_owned())]);
}
