//! Asks FASHN what became of a run, and stores its pictures. Asked twice, it does no harm.

use fashn::error::{ApiErrorCode, RuntimeError, RuntimeErrorName};
use fashn::prediction::{Output, Prediction, Status};
use fashn::response::{RefusalKind, StatusAnswer};

use crate::account::event::{StatusCall, StatusOutcome};
use crate::app::ports::{CallError, FashnReads, Log, OutputStore};
use crate::auth::ids::Ticket;
use crate::config::base_url::BaseUrl;
use crate::run::output::{OutputItem, StoredItem, StoredOutput, classify};
use crate::run::record::{Ending, News};

/// Settings of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// FASHN's own address: outputs may come from it.
    pub base_url: BaseUrl,
    /// How long outputs are kept, in seconds.
    pub result_ttl_seconds: u64,
}

/// (1) One status call, which has its place. (2) Store the pictures of a completed run, if they
/// will be shown.
pub async fn ask(
    ports: &(impl FashnReads + OutputStore + Log),
    settings: &Settings,
    call: &StatusCall,
) -> StatusOutcome {
    // (1)
    let StatusAnswer { prediction, credits_used } = match ports.status(&call.upstream).await {
        Ok(answer) => answer,
        Err(error) if RefusalKind::from(&error) == RefusalKind::RateLimit => {
            return StatusOutcome::TooMany(error.retry_after_ms());
        }
        Err(error) if error.code() == Some(ApiErrorCode::NotFound) => {
            return StatusOutcome::NotFound;
        }
        Err(error) => {
            ports.error("status", &error.to_string());
            return StatusOutcome::Nothing;
        }
    };
    if prediction.id != call.upstream.as_str() {
        ports.error("status", "FASHN answered with another prediction's status");
        return StatusOutcome::Nothing;
    }
    // (2)
    let Prediction { status, output, error, .. } = prediction;
    let ending = match status {
        Status::Completed if !call.wants_output => Ending::Completed {
            output: StoredOutput { as_images: false, items: Vec::new() },
            credits_used,
        },
        Status::Completed => {
            let output = output.unwrap_or(Output::List(Vec::new()));
            match store(ports, settings, &call.ticket, &output).await {
                Ok(Some(output)) => Ending::Completed { output, credits_used },
                Ok(None) => Ending::Failed(nothing_to_show()),
                Err(error) => {
                    // It is asked again: the picture is paid.
                    ports.error("outputs", &error.to_string());
                    return StatusOutcome::Nothing;
                }
            }
        }
        Status::Failed => Ending::Failed(error.unwrap_or_else(no_reason)),
        Status::Canceled => Ending::Canceled(error),
        Status::TimeOut => Ending::TimeOut(error.or_else(|| Some(fashn_timed_out()))),
        Status::Starting | Status::InQueue | Status::Processing | Status::Other(_) => {
            return StatusOutcome::News(News::Live(status));
        }
    };
    StatusOutcome::News(News::Over(ending))
}

/// Stores what may be passed on; none if nothing may.
async fn store(
    ports: &impl OutputStore,
    settings: &Settings,
    ticket: &Ticket,
    output: &Output,
) -> Result<Option<StoredOutput>, CallError> {
    let mut items = Vec::with_capacity(output.items().len());
    for item in output.items() {
        let index = items.len();
        items.push(match classify(item, &settings.base_url) {
            OutputItem::Url(url) => StoredItem::Url(url.to_owned()),
            OutputItem::Expired => StoredItem::Expired,
            OutputItem::Data(data) => {
                let bytes = data.decode();
                let ttl_seconds = settings.result_ttl_seconds;
                let pieces = ports.put(ticket, index, &bytes, ttl_seconds).await?;
                StoredItem::Kept {
                    media_type: data.media_type().to_owned(),
                    byte_len: bytes.len(),
                    pieces,
                }
            }
            OutputItem::Foreign => continue,
        });
    }
    let as_images = matches!(output, Output::Images { .. });
    Ok((!items.is_empty()).then_some(StoredOutput { as_images, items }))
}

fn nothing_to_show() -> RuntimeError {
    pipeline_error(
        "The run completed, but its output did not come from FASHN's own addresses and was not passed on.",
    )
}

fn no_reason() -> RuntimeError {
    pipeline_error("The run failed and no reason was given.")
}

fn fashn_timed_out() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::Other("TimeOut".to_owned()),
        message: "FASHN stopped the run because it took too long.".to_owned(),
    }
}

fn pipeline_error(message: &str) -> RuntimeError {
    RuntimeError { name: RuntimeErrorName::PipelineError, message: message.to_owned() }
}
