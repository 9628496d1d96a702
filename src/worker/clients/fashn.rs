//! Calls to FASHN. Each carries the key, and has a time limit that covers its body.

use fashn::balance::CreditsBalance;
use fashn::response::{
    FashnError, RunAnswer, StatusAnswer, UpstreamId, read_balance, read_run_answer,
    read_status_answer,
};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::app::ports::NotSent;
use crate::app::settings::fashn_timeout_ms;
use crate::auth::secret::Secret;
use crate::config::limits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::worker::runtime::outgoing::{Answered, Outgoing};
use crate::worker::runtime::platform::{JsError, JsResult, StoredBody};

/// FASHN, with one key.
pub struct FashnClient<'s> {
    settings: &'s Settings,
    key: &'s Secret,
}

/// A run's body, as its carrier has it.
pub enum RunBody {
    /// In a Worker's memory.
    Bytes(Uint8Array),
    /// In the pieces of a `Body` object.
    Stored(StoredBody),
}

impl RunBody {
    fn content(&self) -> JsValue {
        match self {
            Self::Bytes(bytes) => bytes.into(),
            Self::Stored(body) => body.stream(),
        }
    }

    /// Its last byte may have left.
    fn is_read(&self) -> bool {
        match self {
            Self::Bytes(_) => true,
            Self::Stored(body) => body.is_read(),
        }
    }
}

/// The headers of FASHN's answers that say something.
const READ: [&str; 2] = ["retry-after", "x-fashn-credits-used"];

impl<'s> FashnClient<'s> {
    /// A client with the key of this name. If it isn't set any more, no other takes its place.
    pub fn new(settings: &'s Settings, key: &KeyName) -> Result<Self, FashnError> {
        let found = settings.fashn.key(key);
        let key = found
            .ok_or_else(|| FashnError::NotSent(format!("{} isn't set any more", key.as_str())))?;
        Ok(Self { settings, key })
    }

    /// `POST /v1/run?webhook_url=…`
    pub async fn run(&self, body: &RunBody, webhook_url: &str) -> Result<RunAnswer, NotSent> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("webhook_url", webhook_url)
            .finish();
        let url = format!("{}/v1/run?{query}", self.settings.fashn.base_url);
        match self.call("POST", &url, &body.content()).await {
            Ok(answer) => {
                let retry_after = answer.headers.get("retry-after").map(str::to_owned);
                Ok(read_run_answer(answer.status, retry_after, &answer.body))
            }
            Err(error) if !body.is_read() => Err(NotSent(error.to_string())),
            Err(error) => {
                Ok(RunAnswer::Unknown { timed_out: error.timed_out, reason: error.to_string() })
            }
        }
    }

    /// `GET /v1/status/{id}`
    pub async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        let answer = self.get(&format!("status/{}", upstream.as_str())).await?;
        read_status_answer(
            answer.status,
            answer.headers.get("retry-after").map(str::to_owned),
            answer.headers.get("x-fashn-credits-used"),
            &answer.body,
        )
    }

    /// `GET /v1/credits`
    pub async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        let answer = self.get("credits").await?;
        let retry_after = answer.headers.get("retry-after").map(str::to_owned);
        read_balance(answer.status, retry_after, &answer.body)
    }

    async fn get(&self, path: &str) -> Result<Answered, FashnError> {
        let url = format!("{}/v1/{path}", self.settings.fashn.base_url);
        let answered = self.call("GET", &url, &JsValue::NULL).await;
        answered.map_err(|error: JsError| FashnError::NoAnswer {
            timed_out: error.timed_out,
            reason: error.to_string(),
        })
    }

    async fn call(&self, method: &str, url: &str, body: &JsValue) -> JsResult<Answered> {
        let bearer = format!("Bearer {}", self.key.reveal());
        let mut headers = vec![("authorization", &*bearer), ("accept", "application/json")];
        if !body.is_null() {
            headers.push(("content-type", "application/json"));
        }
        let outgoing = Outgoing { method, url, headers: &headers, body };
        let ms = u32::try_from(fashn_timeout_ms(self.settings)).unwrap_or(u32::MAX);
        let mut answered = outgoing.exchange(ms, &READ, limits::ANSWER_BYTES).await?;
        // Only errors are passed on in FASHN's words; a picture in base64 is not looked through.
        if answered.status >= 300 {
            self.key.strike_out(&mut answered.body);
        }
        Ok(answered)
    }
}
