//! The object of one body that waits.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::futures::spawn_local;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::account::rows::StorageError;
use crate::app::body::BodyActor;
use crate::app::message::BodyMeta;
use crate::app::ports::{BodyPorts, BodyState, StateError};
use crate::config::limits;
use crate::worker::clients::fashn::RunBody;
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::{Deployment, required};
use crate::worker::runtime::platform::{
    Env, JsError, JsResult, PieceReader, State, Storage, StoredBody, length, number,
};
use crate::worker::runtime::reply::Reply;
use crate::worker::runtime::sql::unreadable;
use crate::worker::runtime::{log, task};

/// One body.
#[wasm_bindgen]
pub struct BodyObject(Rc<BodyActor<Ports>>);

#[wasm_bindgen]
impl BodyObject {
    /// Fails where the settings are wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &State, env: &Env) -> Result<BodyObject, JsValue> {
        let deployment = required(env)?;
        let signer = Rc::clone(&deployment.signer);
        let send_ms = deployment.settings.account.send_ms;
        let ports = Ports { storage: state.storage(), deployment };
        Ok(Self(Rc::new(BodyActor::new(ports, signer, send_ms))))
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

    /// Stores a body whole, or nothing of it.
    pub fn fetch(&self, message: &str, request: JsValue) -> Result<JsValue, JsValue> {
        let actor = Rc::clone(&self.0);
        let meta: BodyMeta = serde_json::from_str(message).map_err(JsError::from)?;
        task::begin(async move {
            let status = match receive(&actor, meta, &request).await {
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

/// The table of a body's pieces, empty.
const PIECES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS pieces (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    "DELETE FROM pieces",
];

/// (1) Read a piece: no more than one is in memory. (2) Before the first of several the alarm is set,
/// which deletes what arrives only in part; one that is all is stored in one turn. (3) Store it.
/// (4) The body is whole.
async fn receive(actor: &BodyActor<Ports>, meta: BodyMeta, request: &JsValue) -> JsResult<()> {
    let ports = &actor.ports;
    let sql = ports.storage.sql();
    let reader = PieceReader::new(request, None);
    let piece_bytes = length(meta.length.min(limits::BODY_PIECE_BYTES as u64));
    let (mut stored, mut n) = (0, 0_u32);
    while stored < meta.length {
        // (1)
        let piece = reader.next(piece_bytes).await?;
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
            for statement in PIECES {
                sql.exec(statement, &Array::new())?;
            }
        }
        // (3)
        sql.exec("INSERT INTO pieces (n, bytes) VALUES (?, ?)", &Array::of2(&n.into(), &piece))?;
        n += 1;
    }
    reader.end();
    // (4)
    Ok(actor.complete(meta)?)
}

/// The world outside of a body.
struct Ports {
    storage: Storage,
    deployment: Deployment,
}

/// The name of what is stored beside the body.
const STATE: &str = "state";

impl Bound for Ports {
    fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

impl BodyPorts for Ports {
    fn state(&self) -> Result<Option<BodyState>, StateError> {
        let stored = self.storage.kv().get(STATE).map_err(StorageError::from)?;
        if stored.is_undefined() {
            return Ok(None);
        }
        let read = stored.as_string().and_then(|text| serde_json::from_str(&text).ok());
        read.map(Some).ok_or(StateError::Unreadable)
    }

    fn put_state(&self, state: &BodyState) -> Result<(), StorageError> {
        let text = serde_json::to_string(state).map_err(unreadable)?;
        Ok(self.storage.kv().put(STATE, &text)?)
    }

    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError> {
        Ok(self.storage.set_alarm(number(at_ms)).map(drop)?)
    }

    fn spawn(&self, work: LocalBoxFuture<'static, ()>) {
        // Pending calls keep an object alive.
        spawn_local(work);
    }

    fn stored_body(&self) -> RunBody {
        let state = self.state().ok().flatten();
        let length = state.map_or(0, |state| state.meta.length);
        RunBody::Stored(StoredBody::new(&self.storage, number(length)))
    }

    async fn delete_all(&self) -> Result<(), StorageError> {
        Ok(self.storage.delete_all().await.map(drop)?)
    }
}
