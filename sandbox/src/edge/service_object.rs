//! The Durable Object: requests and the alarm.

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::host::{Host, Task};
use super::{api, control, deliver, outputs, render};
use crate::page::page;
use crate::problem::Problem;

/// The object.
#[durable_object(alarm)]
pub struct DeskObject {
    host: Rc<Host>,
}

impl DurableObject for DeskObject {
    fn new(state: State, env: Env) -> Self {
        let host = Rc::new(Host::new(state, env, spawn));
        Self { host }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        if let Err(error) = self.host.settings() {
            return Response::error(error.to_string(), 500);
        }
        let path = request.path();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let response = match segments.as_slice() {
            ["v1", ..] => api::serve(&self.host, request).await,
            ["cdn", id, file] => outputs::serve(&self.host, &request, id, file),
            ["_sandbox", ..] => control::serve(&self.host, request).await,
            [""] => overview(&self.host, &request),
            _ => api::respond(Problem::NotFound("Endpoint not found").into()),
        };
        self.host.set_alarm().await?;
        response
    }

    async fn alarm(&self) -> Result<Response> {
        self.host.alarm_fired();
        self.host.with_service(|_, _| ())?;
        self.host.set_alarm().await?;
        Response::empty()
    }
}

fn spawn(state: &State, host: Rc<Host>, task: Task) {
    match task {
        Task::Render(id) => state.wait_until(render::run(host, id)),
        Task::Deliver(id, number) => state.wait_until(deliver::run(host, id, number)),
    }
}

fn overview(host: &Rc<Host>, request: &Request) -> Result<Response> {
    let origin = request.url()?.origin().ascii_serialization();
    let has_control = host.has_control();
    let html = host.with_service(|service, now_ms| page(service, &origin, has_control, now_ms))?;
    let response = Response::from_html(html)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}
