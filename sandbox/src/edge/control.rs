//! The control route's door.

use std::rc::Rc;

use worker::{Request, Response, Result};

use super::desk_do::Inner;
use super::requests::{answer, capped};
use crate::control::{Done, Request as ControlRequest, control};
use crate::id::AccountId;
use crate::problem::Problem;

/// Faults are small.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Serves `/_sandbox/…`.
pub async fn serve(desk: &Rc<Inner>, mut request: Request) -> Result<Response> {
    if !is_on(desk) {
        return answer(
            Problem::NotFound("The control route is off; set SANDBOX_CONTROL=on").into(),
        );
    }
    let url = request.url()?;
    let asked = |wanted: &str| {
        url.query_pairs()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let account = asked("account")
        .map(AccountId::named)
        .or_else(|| asked("key").map(|key| AccountId::of_key(&key)));
    let Some(body) = capped(&mut request, MAX_BODY_BYTES).await? else {
        return answer(Problem::BadRequest("the body is too large".to_owned()).into());
    };
    let method = request.method().to_string();
    let path = url
        .path()
        .trim_start_matches("/_sandbox")
        .trim_start_matches('/')
        .to_owned();
    let done = desk.at_desk(|at, now_ms| {
        let request = ControlRequest {
            method: &method,
            path: &path,
            account: account.as_ref(),
            body: &body,
        };
        control(at, request, now_ms)
    })?;
    match done {
        Ok(Done::Answer(told)) => answer(told),
        Ok(Done::Reset(seed, told)) => {
            desk.reset(seed)?;
            answer(told)
        }
        Err(problem) => answer(problem.into()),
    }
}

/// Whether the control route is on.
pub fn is_on(desk: &Inner) -> bool {
    desk.var("SANDBOX_CONTROL").as_deref() == Some("on")
}
