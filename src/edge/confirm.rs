//! Asks FASHN what became of a run, and keeps its pictures where they belong. Whoever asks writes the report
//! down afterwards; asking twice is harmless.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::prediction::{Output, Prediction, Status};
use worker::Env;

use super::dispatchers::DispatcherHandle;
use super::fashn_client::FashnClient;
use super::gateway::now_ms;
use super::kept_output;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::dispatcher::StatusPermit;
use crate::fashn_api::response::{StatusAnswer, retry_after_ms};
use crate::prediction::{Ending, News, Report, UpstreamId};
use crate::run::output::{StoredItem, StoredOutput, Told, tell};

/// Waits for nobody: with no permit now, whoever asks comes again.
pub async fn permit(dispatcher: &DispatcherHandle) -> Result<(), Problem> {
    match dispatcher.status_permit().await? {
        StatusPermit::Now => Ok(()),
        StatusPermit::NotBefore(at_ms) => Err(Problem::Busy {
            reason: "no status call is permitted now",
            retry_after_seconds: at_ms.saturating_sub(now_ms()).div_ceil(1_000).max(1),
        }),
    }
}

/// (1) One status call, which is permitted. (2) Put the pictures of a completed run away, if they will be shown.
pub async fn ask(
    env: &Env,
    settings: &Settings,
    dispatcher: &DispatcherHandle,
    key: &KeyName,
    ticket: &Ticket,
    upstream: UpstreamId,
    wants_output: bool,
) -> Result<Report, Problem> {
    let client = FashnClient::new(&settings.fashn, key)?;
    // (1)
    let answer = client.status(&upstream).await;
    if let Err(Problem::Fashn {
        status: 429,
        retry_after,
        ..
    }) = &answer
    {
        let wait_ms = retry_after.as_deref().and_then(retry_after_ms);
        dispatcher.status_refused(wait_ms).await?;
        return Err(Problem::Busy {
            reason: "FASHN had too many status calls",
            retry_after_seconds: wait_ms.unwrap_or_default().div_ceil(1_000).max(1),
        });
    }
    let StatusAnswer {
        prediction,
        credits_used,
    } = answer?;
    // (2)
    if prediction.id != upstream.as_str() {
        return Err(Problem::Internal(
            "FASHN answered with another prediction's status".to_owned(),
        ));
    }
    let Prediction {
        status,
        output,
        error,
        ..
    } = prediction;
    let news = match status {
        Status::Completed => {
            let output = output
                .filter(|_| wants_output)
                .unwrap_or(Output::List(Vec::new()));
            News::Over(match keep(env, settings, ticket, &output).await? {
                Some(output) => Ending::Completed {
                    output,
                    credits_used,
                },
                // What nobody may see was paid all the same.
                None if !wants_output => Ending::Completed {
                    output: StoredOutput {
                        as_images: false,
                        items: Vec::new(),
                    },
                    credits_used,
                },
                None => Ending::Failed(nothing_to_show()),
            })
        }
        Status::Failed => News::Over(Ending::Failed(error.unwrap_or_else(no_reason))),
        Status::Canceled => News::Over(Ending::Canceled(error)),
        Status::TimeOut => News::Over(Ending::TimeOut(error)),
        Status::Starting | Status::InQueue | Status::Processing | Status::Other(_) => {
            News::Live(status)
        }
    };
    Ok(Report { upstream, news })
}

/// Keeps what may be passed on; `None` if nothing may.
async fn keep(
    env: &Env,
    settings: &Settings,
    ticket: &Ticket,
    output: &Output,
) -> Result<Option<StoredOutput>, Problem> {
    let mut items = Vec::with_capacity(output.items().len());
    for item in output.items() {
        let index = items.len();
        items.push(match tell(item, &settings.fashn.base_url) {
            Told::Url(url) => StoredItem::Url(url.to_owned()),
            Told::Expired => StoredItem::Expired,
            Told::Data(data) => {
                let bytes = data.decode();
                let pieces =
                    kept_output::keep(env, ticket, index, &bytes, settings.result_ttl_seconds)
                        .await?;
                StoredItem::Kept {
                    media_type: data.media_type().to_owned(),
                    byte_len: bytes.len(),
                    pieces,
                }
            }
            Told::Foreign => continue,
        });
    }
    let as_images = matches!(output, Output::Images { .. });
    Ok((!items.is_empty()).then_some(StoredOutput { as_images, items }))
}

fn nothing_to_show() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::PipelineError,
        message: "The run completed, but its output did not come from FASHN's own addresses and was not passed on.".to_owned(),
    }
}

fn no_reason() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::PipelineError,
        message: "The run failed and no reason was given.".to_owned(),
    }
}
