//! One attempt of a webhook.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Result};

use super::host::Host;
use crate::id::PredictionId;
use crate::webhook::Outcome;

/// Makes an attempt and records its outcome.
pub async fn run(host: Rc<Host>, id: PredictionId, number: usize) {
    let outcome = attempt(&host, &id, number).await;
    let recorded =
        host.with_service(|service, now_ms| service.delivered(&id, number, outcome, now_ms));
    if let Err(error) = recorded.and(host.set_alarm().await) {
        worker::console_error!("webhook attempt {number}: {error}");
    }
}

async fn attempt(host: &Rc<Host>, id: &PredictionId, number: usize) -> Outcome {
    let prepared = host.with_service(|service, now_ms| {
        let media_type = service.run(id).map_or("", |run| run.job.format.media_type());
        let read = |id: &PredictionId, number| host.data_url(id, number, media_type);
        let payload = service.payload(id, number, &read, now_ms)?;
        Some((payload, service.settings.webhook_timeout_ms))
    });
    let Ok(Some(((url, body), timeout_ms))) = prepared else {
        return Outcome::Unanswered("there is nothing to send".to_owned());
    };
    match post(&url, body, timeout_ms).await {
        Ok(Some(status)) => Outcome::Answered(status),
        Ok(None) => Outcome::Unanswered(format!("no answer within {timeout_ms} ms")),
        Err(error) => Outcome::Unanswered(error.to_string()),
    }
}

async fn post(url: &str, body: String, timeout_ms: u64) -> Result<Option<u16>> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("user-agent", "fashn-sandbox")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(body.into()))
        .with_redirect(RequestRedirect::Manual);
    let fetch = Fetch::Request(Request::new_with_init(url, &init)?);
    let abort = worker::AbortController::default();
    let signal = abort.signal();
    let response = std::pin::pin!(fetch.send_with_signal(&signal));
    let timeout = std::pin::pin!(Delay::from(Duration::from_millis(timeout_ms)));
    match select(response, timeout).await {
        Either::Left((response, _)) => Ok(Some(response?.status_code())),
        Either::Right(_) => {
            abort.abort();
            Ok(None)
        }
    }
}
