//! Loads a run's pictures and renders its outputs.

use std::rc::Rc;
use std::time::Duration;

use fashn::error::RuntimeError;
use futures_util::TryStreamExt as _;
use futures_util::future::{Either, join_all, select};
use worker::{Delay, Fetch, Response, Result, Url};

use super::host::Host;
use super::storage::Kind;
use crate::id::PredictionId;
use crate::job::{Job, Picture, Source};
use crate::renderer::{self, image_load_error};
use crate::settings::Settings;

/// Renders a run's outputs and stores them.
pub async fn run(host: Rc<Host>, id: PredictionId) {
    if let Err(error) = try_run(&host, &id).await {
        worker::console_error!("rendering: {error}");
    }
    if let Err(error) = host.set_alarm().await {
        worker::console_error!("alarm: {error}");
    }
}

async fn try_run(host: &Rc<Host>, id: &PredictionId) -> Result<()> {
    let found = host.with_service(|service, _| {
        service.run(id).map(|run| (run.job.clone(), service.settings.clone()))
    })?;
    let Some((job, settings)) = found else {
        return Ok(());
    };
    let rendered = outputs(host, id, &job, &settings).await;
    let storage = host.storage()?;
    host.with_service(|service, now_ms| {
        let result = match rendered {
            Ok(files) => {
                for (number, bytes) in files.iter().enumerate() {
                    storage.put(id, Kind::Output, &number.to_string(), bytes)?;
                }
                Ok(())
            }
            Err(error) => Err(error),
        };
        let effects = service.rendered(id, result, now_ms);
        host.carry_out(effects, &storage)
    })?
}

async fn outputs(
    host: &Rc<Host>,
    id: &PredictionId,
    job: &Job,
    settings: &Settings,
) -> std::result::Result<Vec<Vec<u8>>, RuntimeError> {
    let all = job.pictures.iter().map(|picture| bytes_of(host, id, picture, settings));
    let mut loaded = Vec::new();
    for (picture, bytes) in job.pictures.iter().zip(join_all(all).await) {
        let bytes = bytes.map_err(|reason| image_load_error(&picture.field, &reason))?;
        loaded.push((picture.field.clone(), bytes));
    }
    renderer::render(job, &loaded)
}

async fn bytes_of(
    host: &Rc<Host>,
    id: &PredictionId,
    picture: &Picture,
    settings: &Settings,
) -> std::result::Result<Vec<u8>, String> {
    let url = match &picture.source {
        Source::Inline => {
            let stored =
                host.storage().and_then(|storage| storage.file(id, Kind::Input, &picture.field));
            return stored.ok().flatten().ok_or_else(|| "The image data is gone".to_owned());
        }
        Source::Url(text) => {
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
        }
    };
    let url = url.ok_or("Invalid URL format")?;
    let abort = worker::AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Url(url);
    let loading = std::pin::pin!(async {
        let response = fetch
            .send_with_signal(&signal)
            .await
            .map_err(|_| "The URL could not be reached".to_owned())?;
        body_of(response, settings.max_image_bytes).await
    });
    let timeout = std::pin::pin!(Delay::from(Duration::from_millis(settings.image_timeout_ms)));
    match select(loading, timeout).await {
        Either::Left((bytes, _)) => bytes,
        Either::Right(_) => {
            abort.abort();
            Err("The request timed out".to_owned())
        }
    }
}

async fn body_of(mut response: Response, bytes_max: usize) -> std::result::Result<Vec<u8>, String> {
    let status = response.status_code();
    if !(200..300).contains(&status) {
        return Err(format!("The URL answered with HTTP status {status}"));
    }
    let media_type = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    if !media_type.to_ascii_lowercase().starts_with("image/") {
        return Err(format!("The URL's Content-Type is not an image. Content-Type: {media_type}"));
    }
    let mut stream = response.stream().map_err(|_| "The URL has no content".to_owned())?;
    let mut bytes = Vec::new();
    while let Some(piece) =
        stream.try_next().await.map_err(|_| "The download was interrupted".to_owned())?
    {
        if bytes.len() + piece.len() > bytes_max {
            return Err(format!("The image is larger than {bytes_max} bytes"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
