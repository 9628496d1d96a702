//! The object of one body that waits.

use std::rc::Rc;

use fashn::response::RunAnswer;
use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::spawn_local;

use crate::account::rows::StorageError;
use crate::app::body::BodyActor;
use crate::app::message::{BodyMeta, BodyRequest};
use crate::app::ports::{BodyPorts, BodyState, FashnRuns, NotSent};
use crate::config::limits;
use crate::config::shops::KeyName;
use crate::worker::clients::fashn::{FashnClient, RunBody};
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::{Deployment, deployment};
use crate::worker::runtime::platform::{
    self, JsError, JsResult, PieceReader, StoredBody, number, settled,
};
use crate::worker::runtime::reply::Reply;
use crate::worker::runtime::sql::failed;
use crate::worker::runtime::{log, task};

/// One body.
#[wasm_bindgen]
pub struct BodyObject(Rc<BodyActor<Ports>>);

#[wasm_bindgen]
impl BodyObject {
    /// Fails where the settings are wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(state: JsValue, env: Env) -> Result<BodyObject, JsValue> {
        let deployment = deployment(&env).map_err(|_| JsError::new("the settings are wrong"))?;
        let signer = Rc::clone(&deployment.signer);
        let send_ms = deployment.settings.account.send_ms;
        let ports = Ports { state, env, deployment };
        Ok(Self(Rc::new(BodyActor::new(ports, signer, send_ms))))
    }

    /// Answers a message; both are JSON.
    pub fn call(&self, message: &str) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        let request: BodyRequest = serde_json::from_str(message).map_err(JsError::from)?;
        task::begin(async move {
            let response = actor.handle(request).await?;
            Ok(serde_json::to_string(&response)?.into())
        })
    }

    /// Stores a body whole, or nothing of it.
    pub fn fetch(&self, message: &str, body: JsValue) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        let meta: BodyMeta = serde_json::from_str(message).map_err(JsError::from)?;
        task::begin(async move {
            let status = match receive(&actor, meta, &body).await {
                Ok(()) => 204,
                Err(error) => {
                    log::error("body", &error.to_string());
                    actor.ports.delete_all().await?;
                    503
                }
            };
            Ok(Reply::empty(status).into_response(false))
        })
    }

    /// The alarm went off. Where this fails, the platform tries it again.
    pub fn alarm(&self) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        task::begin(async move {
            actor.alarm().await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

/// (1) Read a piece: no more than one is in memory. (2) Before the first of several the alarm is set,
/// which deletes what arrives only in part; one that is all is stored in one turn. (3) Store it.
/// (4) The body is whole.
async fn receive(actor: &BodyActor<Ports>, meta: BodyMeta, body: &JsValue) -> JsResult<()> {
    let ports = &actor.ports;
    let reader = PieceReader::new(body, None);
    let piece_bytes = meta.length.min(limits::BODY_PIECE_BYTES as u64);
    let piece_bytes = u32::try_from(piece_bytes).unwrap_or(u32::MAX);
    let (mut stored, mut n) = (0, 0);
    while stored < meta.length {
        // (1)
        let piece = settled(reader.next(piece_bytes)).await?;
        if piece.is_undefined() {
            return Err(JsError::new("a body ended early"));
        }
        let piece: Uint8Array = piece.unchecked_into();
        stored += u64::from(piece.length());
        // (2)
        if n == 0 {
            if stored < meta.length {
                actor.begin(ports.deployment.settings.account.receive_ms)?;
            }
            platform::make_pieces(&ports.state)?;
        }
        // (3)
        platform::put_piece(&ports.state, n, &piece)?;
        n += 1;
    }
    reader.end();
    // (4)
    Ok(actor.complete(meta)?)
}

/// The world outside of a body.
struct Ports {
    state: JsValue,
    env: Env,
    deployment: Deployment,
}

/// The name of what is stored beside the body.
const STATE: &str = "state";

impl Bound for Ports {
    fn env(&self) -> &Env {
        &self.env
    }
}

impl FashnRuns for Ports {
    type Body = RunBody;

    async fn run(
        &self,
        key: &KeyName,
        body: &RunBody,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        let client = FashnClient::new(&self.deployment.settings, key)
            .map_err(|error| NotSent(error.to_string()))?;
        client.run(body, webhook_url).await
    }
}

impl BodyPorts for Ports {
    fn state(&self) -> Result<Option<BodyState>, StorageError> {
        let Some(text) = platform::get_text(&self.state, STATE).map_err(failed)? else {
            return Ok(None);
        };
        serde_json::from_str(&text).map(Some).map_err(broken_state)
    }

    fn put_state(&self, state: &BodyState) -> Result<(), StorageError> {
        let text = serde_json::to_string(state).map_err(broken_state)?;
        platform::put_text(&self.state, STATE, &text).map_err(failed)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        platform::set_alarm(&self.state, number(at_ms)).map_err(failed)
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        // Pending calls keep an object alive.
        spawn_local(work);
    }

    fn stored_body(&self) -> RunBody {
        let state = self.state().ok().flatten();
        let length = state.map_or(0, |state| state.meta.length);
        RunBody::Stored(StoredBody::new(&self.state, number(length)))
    }

    async fn delete_all(&self) -> Result<(), StorageError> {
        let promise = platform::delete_all(&self.state).map_err(failed)?;
        settled(promise).await.map(drop).map_err(|error| StorageError(error.to_string()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn broken_state(error: serde_json::Error) -> StorageError {
    StorageError(format!("a body's state: {error}"))
}
