//! What a Worker works with.

use std::rc::Rc;

use fashn::response::RunAnswer;
use fitting_room::app::log::LogEvent;
use fitting_room::app::message::{BodyMeta, Request, Response};
use fitting_room::app::ports::{
    Accounts, CallError, FashnRuns, NotSent, OutputStore, Runtime, Subscribed, Subscriptions,
    WorkerPorts as Ports,
};
use fitting_room::auth::ids::{AccountId, Ticket};
use fitting_room::config::shops::KeyName;
use fitting_room::notify::subscription::SubscribeRequest;

use crate::body_object::SimBody;
use crate::world::World;

/// One request's.
pub struct WorkerPorts {
    pub world: Rc<World>,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: i64,
}

impl Runtime for WorkerPorts {
    fn now_ms(&self) -> u64 {
        self.world.clock_ms(self.skew_ms)
    }

    async fn sleep(&self, ms: u64) {
        self.world.pause(ms).await;
    }

    fn log(&self, event: &LogEvent<'_>) {
        self.world.tell(|| format!("a Worker logs: {}", event.line()));
    }
}

impl Accounts for WorkerPorts {
    async fn ask(&self, _: AccountId, request: Request) -> Result<Response, CallError> {
        self.world.ask(request).await
    }
}

impl FashnRuns for WorkerPorts {
    type Body = SimBody;

    async fn run(
        &self,
        _: &KeyName,
        body: &SimBody,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        self.world.send_run(*body, webhook_url).await
    }
}

impl Ports for WorkerPorts {
    async fn put(&self, meta: BodyMeta, body: &SimBody) -> Result<(), CallError> {
        self.world.upload(meta, *body).await
    }
}

impl Subscriptions for WorkerPorts {
    type Stream = ();

    /// Streams are memory's alone: nothing of a run depends on them.
    async fn subscribe(&self, _: &SubscribeRequest) -> Result<Subscribed<()>, CallError> {
        Ok(Subscribed::Full)
    }
}

impl OutputStore for WorkerPorts {
    async fn put(&self, _: &Ticket, _: usize, _: &[u8], _: u64) -> Result<usize, CallError> {
        Err(CallError::Broken("a Worker stores no output".to_owned()))
    }

    async fn get(
        &self,
        ticket: &Ticket,
        index: usize,
        _: usize,
        length: usize,
    ) -> Result<Option<Vec<u8>>, CallError> {
        Ok(self.world.output(*ticket, index, length))
    }

    async fn delete(&self, _: &Ticket, _: usize, _: usize) -> Result<(), CallError> {
        Err(CallError::Broken("a Worker deletes no output".to_owned()))
    }
}
