//! Ports that every part of the Worker implements alike.

use fashn::response::{FashnError, RunAnswer};

use crate::app::log::LogEvent;
use crate::app::message::{Request, Response};
use crate::app::metrics::Point;
use crate::app::ports::{Accounts, CallError, FashnRuns, NotSent, Runtime};
use crate::auth::ids::AccountId;
use crate::config::shops::KeyName;
use crate::worker::clients::fashn::{FashnClient, RunBody};
use crate::worker::clients::objects;
use crate::worker::runtime::deployment::{Deployment, binding};
use crate::worker::runtime::log;
use crate::worker::runtime::platform::{JsError, length, now_ms, wait, write_point};

/// A part of the Worker, with its bindings and settings.
pub trait Bound {
    fn deployment(&self) -> &Deployment;

    fn fashn(&self, key: &KeyName) -> Result<FashnClient<'_>, FashnError> {
        FashnClient::new(&self.deployment().settings, key)
    }
}

impl<B: Bound> Runtime for B {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    async fn sleep(&self, ms: u64) {
        let _ = wait(f64::from(length(ms))).await;
    }

    fn measure(&self, point: &Point) {
        let Deployment { env, has_metrics, .. } = self.deployment();
        if *has_metrics {
            let written = serde_json::to_string(point).map_err(|error| error.to_string());
            let written = written.and_then(|json| {
                write_point(env, binding::METRICS, &json)
                    .map_err(|thrown| JsError::from(thrown).to_string())
            });
            if let Err(error) = written {
                self.error("metrics", &error);
            }
        }
    }

    fn log(&self, event: &LogEvent<'_>) {
        log::write(event, self.deployment().settings.log_level);
    }
}

impl<B: Bound> Accounts for B {
    async fn ask(&self, account: AccountId, request: Request) -> Result<Response, CallError> {
        objects::account(&self.deployment().env, account)?.ask(&request).await
    }
}

impl<B: Bound> FashnRuns for B {
    type Body = RunBody;

    async fn run(
        &self,
        key: &KeyName,
        body: &RunBody,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        let client = self.fashn(key).map_err(|error| NotSent(error.to_string()))?;
        client.run(body, webhook_url).await
    }
}
