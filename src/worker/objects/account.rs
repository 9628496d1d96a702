//! The account object: one for each FASHN key.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, StatusAnswer, UpstreamId};
use futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::wasm_bindgen_futures::spawn_local;

use crate::account::rows::{Rows, StorageError, Write};
use crate::app::account::AccountActor;
use crate::app::message::{BodyRequest, BodyResponse, Request};
use crate::app::ports::{AccountPorts, CallError, Runtime as _};
use crate::app::settings;
use crate::app::subscribers::{Subscribed, SubscriberList};
use crate::auth::ids::{AccountId, Ticket};
use crate::config::limits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::notify::subscription::SubscribeRequest;
use crate::storage::rows::{self, Quarantined, SqlRows};
use crate::worker::clients::fashn::FashnClient;
use crate::worker::clients::objects::{self, broken};
use crate::worker::clients::ports::Bound;
use crate::worker::objects::stream_writer::PipeWriter;
use crate::worker::runtime::deployment::{Deployment, deployment};
use crate::worker::runtime::outgoing::Outgoing;
use crate::worker::runtime::platform::{self, JsError, JsResult, abort, name_of, now_ms, number};
use crate::worker::runtime::reply::{Body, Reply};
use crate::worker::runtime::sql::{ObjectSql, failed};
use crate::worker::runtime::{log, task};

/// One account.
#[wasm_bindgen]
pub struct AccountObject(Rc<AccountActor<Ports>>);

#[wasm_bindgen]
impl AccountObject {
    /// Fails where the settings are wrong, or the storage.
    #[wasm_bindgen(constructor)]
    pub fn new(state: JsValue, env: Env) -> Result<AccountObject, JsValue> {
        Ok(Self(actor(state, env)?))
    }

    /// Answers a message; both are JSON.
    pub fn call(&self, message: &str) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        let request: Request = read(message)?;
        task::begin(async move {
            let response = actor.handle(request).await?;
            Ok(serde_json::to_string(&response)?.into())
        })
    }

    /// Lets a caller subscribe to a run; the answer stays open.
    pub fn fetch(&self, message: &str, _body: JsValue) -> Result<JsValue, JsValue> {
        let request: SubscribeRequest = read(message)?;
        let mut stream = JsValue::NULL;
        let subscribed = self.0.subscribe(request, || {
            let (writer, readable) = PipeWriter::open();
            stream = readable;
            writer
        });
        let reply = match subscribed.map_err(JsError::from)? {
            Subscribed::Open => Reply::body(200, Body::Stream(stream)),
            Subscribed::Answer(json) => Reply::body(200, Body::Bytes(json)),
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

fn actor(state: JsValue, env: Env) -> JsResult<Rc<AccountActor<Ports>>> {
    let deployment = deployment(&env).map_err(|_| JsError::new("the settings are wrong"))?;
    let Deployment { settings, signer } = deployment.clone();
    let key = key_of(&settings, &name_of(&state).unwrap_or_default());
    let sql = ObjectSql(state);
    rows::open(&sql, now_ms())?;
    Ok(Rc::new(AccountActor {
        settings: settings::of_account(&settings, key.as_ref()),
        base_url: settings.fashn.base_url.clone(),
        sender: settings::of_sender(&settings, &signer),
        subscribers: SubscriberList::new(signer, settings.output_addresses),
        ports: Ports { sql, env, deployment, key },
        memory: RefCell::default(),
        alarm_ms: Cell::default(),
    }))
}

/// The configured key of the account with this name.
fn key_of(settings: &Settings, name: &str) -> Option<KeyName> {
    let is_its = |key: &KeyName| {
        AccountId::of_key(key.as_str(), settings.jurisdiction).object_name() == name
    };
    settings.shops.keys().into_iter().find(|key| is_its(key)).cloned()
}

fn read<T: for<'a> serde::Deserialize<'a>>(message: &str) -> JsResult<T> {
    Ok(serde_json::from_str(message)?)
}

/// The world outside of an account.
struct Ports {
    sql: ObjectSql,
    env: Env,
    deployment: Deployment,
    /// None once it isn't set any more: no other takes its place.
    key: Option<KeyName>,
}

impl Ports {
    fn fashn(&self) -> Result<FashnClient<'_>, FashnError> {
        let key = self.key.as_ref().ok_or_else(|| {
            FashnError::NotSent("the account's key isn't set any more".to_owned())
        })?;
        FashnClient::new(&self.deployment.settings, key)
    }

    fn report(&self, quarantined: Vec<Quarantined>) {
        for row in quarantined {
            self.error("quarantine", &format!("{}: {}", row.table, row.reason));
        }
    }
}

impl Bound for Ports {
    fn env(&self) -> &Env {
        &self.env
    }
}

impl AccountPorts for Ports {
    type Writer = PipeWriter;

    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError> {
        let (answer, quarantined) = rows::transact(&self.sql, now_ms(), event)?;
        self.report(quarantined);
        Ok(answer)
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let rows = SqlRows::new(&self.sql, now_ms());
        let answer = query(&rows)?;
        self.report(rows.into_quarantined());
        Ok(answer)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        platform::set_alarm(&self.sql.0, number(at_ms)).map_err(failed)
    }

    fn abort(&self, reason: &StorageError) {
        log::error("account", &reason.to_string());
        abort(&self.sql.0, &reason.to_string());
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        // Pending calls keep an object alive.
        spawn_local(work);
    }

    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        self.fashn()?.status(upstream).await
    }

    async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        self.fashn()?.credits().await
    }

    async fn post(
        &self,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<u16, CallError> {
        let Some(webhook) = &self.deployment.settings.merchant_webhook else {
            return Err(CallError::Broken("MERCHANT_WEBHOOK_URL isn't set any more".to_owned()));
        };
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers.iter().map(|(name, value)| (*name, &**value)));
        let outgoing = Outgoing {
            method: "POST",
            url: &webhook.url,
            headers: &all,
            body: &js_sys::Uint8Array::from(body),
        };
        let ms = limits::MERCHANT_WEBHOOK_TIMEOUT_MS;
        outgoing.status(ms).await.map_err(broken)
    }

    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError> {
        objects::tell(&self.env, ticket, &request).await
    }
}
