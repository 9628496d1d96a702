//! Calls to FASHN. Each carries the key, and has a time limit that covers its body.

use fashn::balance::CreditsBalance;
use fashn::response::{
    FashnError, RunAnswer, StatusAnswer, UpstreamId, read_balance, read_run_answer,
    read_status_answer,
};
use wasm_bindgen::JsValue;
use web_sys::Response;

use crate::app::ports::NotSent;
use crate::app::settings::fashn_timeout_ms;
use crate::auth::secret::Secret;
use crate::config::limits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::request::upstream_body::UpstreamBody;
use crate::worker::runtime::outgoing::{Outgoing, header};
use crate::worker::runtime::platform::{HeldBody, JsResult, StoredBody, length};

/// FASHN, with one key.
pub struct FashnClient<'s> {
    settings: &'s Settings,
    key: &'s Secret,
}

/// A run's body, as its carrier has it.
pub enum RunBody {
    /// In a Worker's memory, outside of wasm's, which never shrinks.
    Held(HeldBody),
    /// In the pieces of a `Body` object.
    Stored(StoredBody),
}

struct Answered {
    status: u16,
    /// Only errors have it.
    retry_after: Option<String>,
    response: Response,
    body: Vec<u8>,
}

impl RunBody {
    pub fn of(body: &UpstreamBody<'_>) -> Self {
        let held = HeldBody::new(length(body.len_bytes()));
        for segment in body.segments() {
            held.push(segment);
        }
        Self::Held(held)
    }

    /// For a request of the gateway's own: bytes or a stream.
    pub fn content(&self) -> JsValue {
        match self {
            Self::Held(body) => body.content(),
            Self::Stored(body) => body.content(),
        }
    }

    /// Its last byte may have left.
    fn is_read(&self) -> bool {
        match self {
            Self::Held(body) => body.is_read(),
            Self::Stored(body) => body.is_read(),
        }
    }
}

/// Its memory is released at once, and not when garbage is next collected.
impl Drop for RunBody {
    fn drop(&mut self) {
        if let Self::Held(body) = self {
            body.release();
        }
    }
}

impl<'s> FashnClient<'s> {
    /// If the key of this name isn't set any more, no other takes its place.
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
        match self.call("POST", &format!("run?{query}"), &body.content()).await {
            Ok(Answered { status, retry_after, body, .. }) => {
                Ok(read_run_answer(status, retry_after, &body))
            }
            Err(error) if !body.is_read() => Err(NotSent(error.to_string())),
            Err(error) => {
                Ok(RunAnswer::Unknown { timed_out: error.timed_out, reason: error.to_string() })
            }
        }
    }

    /// `GET /v1/status/{id}`
    pub async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError> {
        let answered = self.get(&format!("status/{}", upstream.as_str())).await?;
        let credits_used = header(&answered.response, "x-fashn-credits-used");
        let Answered { status, retry_after, body, .. } = answered;
        read_status_answer(status, retry_after, credits_used.as_deref(), &body)
    }

    /// `GET /v1/credits`
    pub async fn credits(&self) -> Result<CreditsBalance, FashnError> {
        let Answered { status, retry_after, body, .. } = self.get("credits").await?;
        read_balance(status, retry_after, &body)
    }

    async fn get(&self, path: &str) -> Result<Answered, FashnError> {
        self.call("GET", path, &JsValue::NULL).await.map_err(|error| FashnError::NoAnswer {
            timed_out: error.timed_out,
            reason: error.to_string(),
        })
    }

    async fn call(&self, method: &str, path: &str, body: &JsValue) -> JsResult<Answered> {
        let url = format!("{}/v1/{path}", self.settings.fashn.base_url);
        let bearer = format!("Bearer {}", self.key.reveal());
        let mut headers = vec![("authorization", &*bearer), ("accept", "application/json")];
        if !body.is_null() {
            headers.push(("content-type", "application/json"));
        }
        let outgoing = Outgoing { method, url: &url, headers: &headers, body };
        let ms = length(fashn_timeout_ms(self.settings));
        let (response, mut body) = outgoing.exchange(ms, limits::ANSWER_BYTES).await?;
        let status = response.status();
        let mut retry_after = None;
        // Only errors are passed on in FASHN's words; a picture in base64 is not looked through.
        if status >= 300 {
            self.key.strike_out(&mut body);
            retry_after = header(&response, "retry-after");
        }
        Ok(Answered { status, retry_after, response, body })
    }
}
