//! Reading a body up to a cap.

use futures::StreamExt as _;
use worker::Request;

use crate::intake::require_length;
use crate::problem::Problem;

/// The whole body, if it isn't over the cap. A declared length is the platform's to enforce; without one the
/// body is counted as it comes.
pub async fn read(request: &mut Request, limit_bytes: usize) -> Result<Vec<u8>, Problem> {
    let broken = |error: worker::Error| Problem::BrokenBody(error.to_string());
    let declared = request.headers().get("content-length").map_err(broken)?;
    if require_length(declared.as_deref(), limit_bytes)?.is_some() {
        return request.bytes().await.map_err(broken);
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    let mut stream = request.stream().map_err(broken)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(broken)?;
        if bytes.len() + chunk.len() > limit_bytes {
            return Err(Problem::TooLarge { limit_bytes });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
