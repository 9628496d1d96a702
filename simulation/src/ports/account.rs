//! What the account object works with.

use std::rc::Rc;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, StatusAnswer, UpstreamId};
use fitting_room::account::rows::{Rows, StorageError, Write};
use fitting_room::app::message::{BodyRequest, BodyResponse};
use fitting_room::app::ports::{
    Bodies, CallError, Clock, FashnReads, Log, MerchantBackend, OutputStore, Spawn, Storage,
    Subscribers,
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

impl Clock for AccountPorts {
    fn now_ms(&self) -> u64 {
        self.world.clock_ms(self.world.account.skew_ms.get())
    }

    async fn sleep(&self, ms: u64) {
        self.world.pause(ms).await;
    }
}

impl Log for AccountPorts {
    fn error(&self, place: &'static str, reason: &str) {
        self.world.tell(|| format!("the account logs: {place}: {reason}"));
    }
}

impl Storage for AccountPorts {
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

    fn abort(&self, _: &StorageError) {
        self.world.executor.cancel(Cancel::Object(Location::Account));
    }
}

impl Spawn for AccountPorts {
    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        self.world.run_after_answer(Trip::AccountWork, work);
    }
}

impl Subscribers for AccountPorts {
    fn notify(&self, _: Ticket) {}
}

impl Bodies for AccountPorts {
    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError> {
        self.world.tell_body(ticket, request).await
    }
}

impl FashnReads for AccountPorts {
    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        self.world.ask_status(upstream).await
    }

    async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        self.world.ask_credits().await
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

impl MerchantBackend for AccountPorts {
    async fn post(&self, headers: &[(&'static str, String)], _: &[u8]) -> Result<u16, CallError> {
        self.world.post_to_merchant(headers).await
    }
}
