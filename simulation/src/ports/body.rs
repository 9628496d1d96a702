//! What a `Body` object works with.

use std::rc::Rc;

use fashn::response::RunAnswer;
use fitting_room::account::rows::StorageError;
use fitting_room::app::log::LogEvent;
use fitting_room::app::message::{Request, Response};
use fitting_room::app::ports::{
    Accounts, BodyPorts as Ports, BodyState, CallError, FashnRuns, NotSent, Runtime, StateError,
};
use fitting_room::auth::ids::AccountId;
use fitting_room::config::shops::KeyName;
use futures::future::LocalBoxFuture;

use crate::body_object::{BodyObject, SimBody};
use crate::coverage::Trip;
use crate::world::World;

/// One object's.
pub struct BodyPorts {
    pub world: Rc<World>,
    pub object: Rc<BodyObject>,
}

impl Runtime for BodyPorts {
    fn now_ms(&self) -> u64 {
        self.world.clock_ms(self.object.skew_ms.get())
    }

    async fn sleep(&self, ms: u64) {
        self.world.pause(ms).await;
    }

    fn log(&self, event: &LogEvent<'_>) {
        self.world.tell(|| format!("a body logs: {}", event.line()));
    }
}

impl Accounts for BodyPorts {
    async fn ask(&self, _: AccountId, request: Request) -> Result<Response, CallError> {
        self.world.ask(request).await
    }
}

impl FashnRuns for BodyPorts {
    type Body = Option<SimBody>;

    async fn run(
        &self,
        _: &KeyName,
        body: &Option<SimBody>,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        match body {
            Some(body) => self.world.send_run(*body, webhook_url).await,
            None => Err(NotSent("there is no body".to_owned())),
        }
    }
}

impl Ports for BodyPorts {
    fn state(&self) -> Result<Option<BodyState>, StateError> {
        Ok(self.object.read(&self.world)?)
    }

    fn put_state(&self, state: &BodyState) -> Result<(), StorageError> {
        self.object.write(&self.world, state)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        self.object.set_alarm(&self.world, at_ms)
    }

    async fn delete_all(&self) -> Result<(), StorageError> {
        self.object.delete_all(&self.world).await
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.world.run_after_answer(Trip::BodyWork, work);
    }

    fn stored_body(&self) -> Option<SimBody> {
        self.object.body.get()
    }
}
