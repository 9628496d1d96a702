//! Loads a run's pictures and has them made into outputs.

use std::rc::Rc;
use std::time::Duration;

use fashn::error::RuntimeError;
use futures_util::TryStreamExt as _;
use futures_util::future::{Either, join_all, select};
use worker::{Delay, Fetch, Response, Result, Url};

use super::desk_do::Inner;
use super::storage::Kind;
use crate::id::PredictionId;
use crate::order::{Order, Picture, Source};
use crate::settings::Settings;
use crate::studio;

/// Makes a run's outputs, keeps them, and tells the desk.
pub async fn make(desk: Rc<Inner>, id: PredictionId) {
    if let Err(error) = try_make(&desk, &id).await {
        worker::console_error!("making: {error}");
    }
    if let Err(error) = desk.set_alarm().await {
        worker::console_error!("alarm: {error}");
    }
}

async fn try_make(desk: &Rc<Inner>, id: &PredictionId) -> Result<()> {
    let found = desk.at_desk(|at, _| {
        at.run(id)
            .map(|run| (run.order.clone(), at.settings.clone()))
    })?;
    let Some((order, settings)) = found else {
        return Ok(());
    };
    let made = outputs(desk, id, &order, &settings).await;
    let storage = desk.storage()?;
    desk.at_desk(|at, now_ms| {
        let result = match made {
            Ok(files) => {
                for (number, bytes) in files.iter().enumerate() {
                    storage.put(id, Kind::Output, &number.to_string(), bytes)?;
                }
                Ok(())
            }
            Err(error) => Err(error),
        };
        let effects = at.made(id, result, now_ms);
        desk.carry_out(effects, &storage)
    })?
}

async fn outputs(
    desk: &Rc<Inner>,
    id: &PredictionId,
    order: &Order,
    settings: &Settings,
) -> std::result::Result<Vec<Vec<u8>>, RuntimeError> {
    let all = order
        .pictures
        .iter()
        .map(|picture| bytes_of(desk, id, picture, settings));
    let mut loaded = Vec::new();
    for (picture, bytes) in order.pictures.iter().zip(join_all(all).await) {
        let bytes = bytes.map_err(|why| studio::image_load_error(&picture.field, &why))?;
        loaded.push((picture.field.clone(), bytes));
    }
    studio::make(order, &loaded)
}

async fn bytes_of(
    desk: &Rc<Inner>,
    id: &PredictionId,
    picture: &Picture,
    settings: &Settings,
) -> std::result::Result<Vec<u8>, String> {
    let url = match &picture.source {
        Source::Inline => {
            let kept = desk
                .storage()
                .and_then(|storage| storage.whole(id, Kind::Input, &picture.field));
            return kept
                .ok()
                .flatten()
                .ok_or_else(|| "The image data is gone".to_owned());
        }
        Source::Url(text) => Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https")),
    };
    let url = url.ok_or("Invalid URL format")?;
    let abort = worker::AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Url(url);
    let answer = std::pin::pin!(async {
        let answer = fetch
            .send_with_signal(&signal)
            .await
            .map_err(|_| "The URL could not be reached".to_owned())?;
        body_of(answer, settings.max_image_bytes).await
    });
    let patience = std::pin::pin!(Delay::from(Duration::from_millis(
        settings.image_timeout_ms
    )));
    match select(answer, patience).await {
        Either::Left((bytes, _)) => bytes,
        Either::Right(_) => {
            abort.abort();
            Err("The request timed out".to_owned())
        }
    }
}

async fn body_of(mut answer: Response, cap: usize) -> std::result::Result<Vec<u8>, String> {
    let status = answer.status_code();
    if !(200..300).contains(&status) {
        return Err(format!("The URL answered with HTTP status {status}"));
    }
    let media_type = answer
        .headers()
        .get("content-type")
        .ok()
        .flatten()
        .unwrap_or_default();
    if !media_type.to_ascii_lowercase().starts_with("image/") {
        return Err(format!(
            "The URL's Content-Type is not an image. Content-Type: {media_type}"
        ));
    }
    let mut stream = answer
        .stream()
        .map_err(|_| "The URL has no content".to_owned())?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream
        .try_next()
        .await
        .map_err(|_| "The download broke off".to_owned())?
    {
        if bytes.len() + piece.len() > cap {
            return Err(format!("The image is larger than {cap} bytes"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
