//! The account object: one for each FASHN key.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, StatusAnswer, UpstreamId};
use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use js_sys::futures::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::account::rows::{Quarantined, Rows, StorageError, Write};
use crate::app::account::AccountActor;
use crate::app::account::ended::EndedRuns;
use crate::app::log::LogEvent;
use crate::app::message::{BodyRequest, BodyResponse};
use crate::app::metrics::Point;
use crate::app::ports::{AccountPorts, CallError, Runtime as _};
use crate::app::settings;
use crate::app::subscribers::{Subscribed, SubscriberList};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::config::shops::KeyName;
use crate::storage::rows::{self, SqlRows};
use crate::worker::clients::fashn::FashnClient;
use crate::worker::clients::objects::{self, broken};
use crate::worker::clients::ports::Bound;
use crate::worker::objects::stream_writer::PipeWriter;
use crate::worker::runtime::deployment::{Deployment, required};
use crate::worker::runtime::outgoing::Outgoing;
use crate::worker::runtime::platform::{self, Env, JsError, State, now_ms, number};
use crate::worker::runtime::reply::Reply;
use crate::worker::runtime::{log, task};

/// One account.
#[wasm_bindgen]
pub struct AccountObject(Rc<AccountActor<Ports>>);

#[wasm_bindgen]
impl AccountObject {
    /// Fails where the settings are wrong, or the storage.
    #[wasm_bindgen(constructor)]
    pub fn new(state: State, env: &Env) -> Result<AccountObject, JsValue> {
        let deployment = required(env)?;
        let Deployment { settings, signer, .. } = deployment.clone();
        let storage = state.storage();
        rows::open(&storage, now_ms()).map_err(JsError::from)?;
        let name = state.id().name();
        let is_its = |key: &&KeyName| Some(settings.account_of(key).object_name()) == name;
        let key = settings.shops.keys().into_iter().find(is_its).cloned();
        Ok(Self(Rc::new(AccountActor {
            settings: settings::of_account(&settings, key.as_ref()),
            base_url: settings.fashn.base_url.clone(),
            sender: settings::of_sender(&settings, &signer),
            subscribers: SubscriberList::new(signer, settings.output_addresses),
            ports: Ports { state, storage, deployment, key, quarantined: Cell::default() },
            memory: RefCell::default(),
            alarm_ms: Cell::default(),
            ended: EndedRuns::default(),
        })))
    }

    /// Answers a message; both are JSON.
    pub fn call(&self, message: &str) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        let request = serde_json::from_str(message).map_err(JsError::from)?;
        task::begin(async move {
            let response = actor.handle(request).await?;
            Ok(serde_json::to_string(&response)?.into())
        })
    }

    /// Lets a caller subscribe to a run; the answer stays open.
    pub fn fetch(&self, message: &str, _request: JsValue) -> Result<JsValue, JsValue> {
        let request = serde_json::from_str(message).map_err(JsError::from)?;
        let mut stream = JsValue::NULL;
        let subscribed = self.0.subscribe(request, || {
            let (writer, readable) = PipeWriter::open();
            stream = readable;
            writer
        });
        let reply = match subscribed.map_err(JsError::from)? {
            Subscribed::Open => Reply::body(200, stream),
            Subscribed::Answer(json) => Reply::body(200, Uint8Array::from(&*json).into()),
            Subscribed::Over => Reply::empty(204),
            Subscribed::NotFound => Reply::empty(404),
            Subscribed::Full => Reply::empty(429),
        };
        Ok(reply.into_response(false))
    }

    /// The alarm went off. Where this fails, the platform tries it again.
    pub fn alarm(&self) -> Result<(), JsValue> {
        Ok(self.0.alarm().map_err(JsError::from)?)
    }
}

/// The world outside of an account.
struct Ports {
    state: State,
    storage: platform::Storage,
    deployment: Deployment,
    /// None once it isn't set any more: no other takes its place.
    key: Option<KeyName>,
    /// Rows that went into quarantine, until the account has taken note.
    quarantined: Cell<usize>,
}

impl Ports {
    fn client(&self) -> Result<FashnClient<'_>, FashnError> {
        let gone = || FashnError::NotSent("the account's key isn't set any more".to_owned());
        self.fashn(self.key.as_ref().ok_or_else(gone)?)
    }

    fn report(&self, quarantined: Vec<Quarantined>) {
        for row in quarantined {
            self.log(&LogEvent::Quarantined { table: row.table, reason: &row.reason });
            self.measure(&Point::quarantined(row.table));
            self.quarantined.set(self.quarantined.get() + 1);
        }
    }
}

impl Bound for Ports {
    fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

impl AccountPorts for Ports {
    type Writer = PipeWriter;

    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        let (answer, quarantined) = rows::transact(&self.storage, now_ms(), event)?;
        self.report(quarantined);
        Ok(answer)
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let rows = SqlRows::new(&self.storage, now_ms());
        let answer = query(&rows)?;
        self.report(rows.into_quarantined());
        Ok(answer)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        Ok(self.storage.set_alarm(number(at_ms)).map(drop)?)
    }

    fn take_quarantined(&self) -> usize {
        self.quarantined.take()
    }

    fn abort(&self, reason: &StorageError) {
        log::error("account", &reason.to_string());
        self.state.abort(&reason.to_string());
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        // Pending calls keep an object alive.
        spawn_local(work);
    }

    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        self.client()?.status(upstream).await
    }

    async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        self.client()?.credits().await
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<u16, CallError> {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers.iter().map(|(name, value)| (*name, &**value)));
        let body = &Uint8Array::from(body);
        let outgoing = Outgoing { method: "POST", url, headers: &all, body };
        outgoing.status(limits::MERCHANT_WEBHOOK_TIMEOUT_MS).await.map_err(broken)
    }

    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError> {
        objects::body(&self.deployment.env, ticket)?.ask(&request).await
    }
}
