//! Asks FASHN what became of a run, and stores its pictures. Asked twice, it does no harm.

use fashn::error::{ApiErrorCode, RuntimeError, RuntimeErrorName};
use fashn::prediction::{Output, Prediction, Status};
use fashn::response::{RefusalKind, StatusAnswer};

use crate::account::event::{StatusCall, StatusOutcome};
use crate::app::ports::{AccountPorts, CallError};
use crate::auth::ids::Ticket;
use crate::config::base_url::BaseUrl;
use crate::run::output::{OutputItem, StoredItem, StoredOutput, classify};
use crate::run::record::{Ending, News};

/// (1) One status call, which has its place. (2) Store the pictures of a completed run, if they
/// will be shown.
pub async fn ask(
    ports: &impl AccountPorts,
    base_url: &BaseUrl,
    ttl_seconds: u64,
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
            ports.run_error("status", &call.ticket, &error.to_string());
            return StatusOutcome::Nothing;
        }
    };
    if !prediction.id.is_empty() && prediction.id != call.upstream.as_str() {
        ports.run_error("status", &call.ticket, "FASHN answered with another prediction's status");
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
            match store(ports, base_url, ttl_seconds, &call.ticket, &output).await {
                Ok(_) if output.items().is_empty() => Ending::Failed(error.unwrap_or_else(|| {
                    let message = "The run completed, and FASHN gave no output.";
                    failure(RuntimeErrorName::PipelineError, message)
                })),
                Ok(Some(output)) => Ending::Completed { output, credits_used },
                Ok(None) => Ending::Failed(failure(
                    RuntimeErrorName::PipelineError,
                    "The run completed, but its output did not come from FASHN's own addresses \
                     and was not passed on.",
                )),
                Err(error) => {
                    // It is asked again: the picture is paid.
                    ports.run_error("outputs", &call.ticket, &error.to_string());
                    return StatusOutcome::Nothing;
                }
            }
        }
        Status::Failed => Ending::Failed(error.unwrap_or_else(|| {
            failure(RuntimeErrorName::PipelineError, "The run failed and no reason was given.")
        })),
        Status::Canceled => Ending::Canceled(error),
        Status::TimeOut => Ending::TimeOut(error.or_else(|| {
            let name = RuntimeErrorName::Other("TimeOut".to_owned());
            Some(failure(name, "FASHN stopped the run because it took too long."))
        })),
        Status::Starting | Status::InQueue | Status::Processing | Status::Other(_) => {
            return StatusOutcome::News(News::Live(status));
        }
    };
    StatusOutcome::News(News::Over(ending))
}

/// Stores what may be passed on; none if nothing may.
async fn store(
    ports: &impl AccountPorts,
    base_url: &BaseUrl,
    ttl_seconds: u64,
    ticket: &Ticket,
    output: &Output,
) -> Result<Option<StoredOutput>, CallError> {
    let mut items = Vec::with_capacity(output.items().len());
    for item in output.items() {
        let index = items.len();
        items.push(match classify(item, base_url) {
            OutputItem::Url(url) => StoredItem::Url(url.to_owned()),
            OutputItem::Expired => StoredItem::Expired,
            OutputItem::Data(data) => {
                let bytes = data.decode();
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

fn failure(name: RuntimeErrorName, message: &str) -> RuntimeError {
    RuntimeError { name, message: message.to_owned() }
}
