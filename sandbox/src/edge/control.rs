//! The control route.

use std::rc::Rc;

use worker::{Request, Response, Result};

use super::api::{read_body, respond};
use super::host::Host;
use crate::control::{Outcome, Request as ControlRequest, control};
use crate::id::AccountId;
use crate::problem::Problem;

/// Lists of faults are small.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Serves `/_sandbox/…`.
pub async fn serve(host: &Rc<Host>, mut request: Request) -> Result<Response> {
    if !host.has_control() {
        return respond(
            Problem::NotFound("The control route is off; set SANDBOX_CONTROL=on").into(),
        );
    }
    let url = request.url()?;
    let parameter = |wanted: &str| {
        url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let account = parameter("account")
        .map(AccountId::named)
        .or_else(|| parameter("key").map(|key| AccountId::of_key(&key)));
    let Some(body) = read_body(&mut request, BODY_BYTES_MAX).await? else {
        return respond(Problem::BadRequest("the body is too large".to_owned()).into());
    };
    let method = request.method().to_string();
    let path = url.path().trim_start_matches("/_sandbox").trim_start_matches('/').to_owned();
    let outcome = host.with_service(|service, now_ms| {
        let request =
            ControlRequest { method: &method, path: &path, account: account.as_ref(), body: &body };
        control(service, request, now_ms)
    })?;
    match outcome {
        Ok(Outcome::Reply(reply)) => respond(reply),
        Ok(Outcome::Reset(seed, reply)) => {
            host.reset(seed)?;
            respond(reply)
        }
        Err(problem) => respond(problem.into()),
    }
}
