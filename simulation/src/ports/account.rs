//! What the account object works with.

use std::rc::Rc;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, StatusAnswer, UpstreamId};
use fitting_room::account::rows::{Rows, StorageError, Write};
use fitting_room::app::log::LogEvent;
use fitting_room::app::message::{BodyRequest, BodyResponse};
use fitting_room::app::ports::{
    AccountPorts as Ports, CallError, OutputStore, Runtime, StreamWriter,
};
use fitting_room::auth::ids::Ticket;
use futures::future::LocalBoxFuture;

use crate::coverage::Trip;
use crate::executor::{Cancel, Location};
use crate::world::World;

/// The object's.
pub struct AccountPorts {
    pub world: Rc<World>,
}

impl Runtime for AccountPorts {
    fn now_ms(&self) -> u64 {
        self.world.clock_ms(self.world.account.skew_ms.get())
    }

    async fn sleep(&self, ms: u64) {
        self.world.pause(ms).await;
    }

    fn log(&self, event: &LogEvent<'_>) {
        self.world.tell(|| format!("the account logs: {}", event.line()));
    }
}

/// Streams are memory's alone: nothing subscribes.
pub struct NoWriter;

impl StreamWriter for NoWriter {
    fn write(&self, _: &[u8]) {}

    fn is_lost(&self) -> bool {
        true
    }
}

impl Ports for AccountPorts {
    type Writer = NoWriter;

    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        self.world.account.transact(&self.world, event)
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.world.account.query(&self.world, query)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        self.world.account.set_alarm(&self.world, at_ms)
    }

    fn take_quarantined(&self) -> usize {
        0
    }

    fn abort(&self, _: &StorageError) {
        self.world.executor.cancel(Cancel::Object(Location::Account));
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.world.run_after_answer(Trip::AccountWork, work);
    }

    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError> {
        self.world.tell_body(ticket, request).await
    }

    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        self.world.ask_status(upstream).await
    }

    async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        self.world.ask_credits().await
    }

    async fn post(
        &self,
        _: &str,
        headers: &[(&'static str, String)],
        _: &[u8],
    ) -> Result<u16, CallError> {
        self.world.post_to_merchant(headers).await
    }
}

impl OutputStore for AccountPorts {
    async fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        self.world.put_output(*ticket, index, bytes.len(), ttl_seconds).await
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

    async fn delete(&self, ticket: &Ticket, index: usize, _: usize) -> Result<(), CallError> {
        self.world.delete_output(*ticket, index).await
    }
}
