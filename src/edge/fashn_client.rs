//! Calls to FASHN. Each carries the key, follows no redirect, and has a time limit that covers its body.

use fashn::balance::CreditsBalance;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::platform::Outgoing;
use crate::app::problem::Problem;
use crate::auth::secret::Secret;
use crate::config::limits;
use crate::config::settings::Fashn;
use crate::config::shops::KeyName;
use crate::fashn_api::response::{
    Sent, StatusAnswer, read_balance, read_run_answer, read_status_answer, strike_out_key,
};
use crate::prediction::UpstreamId;

/// FASHN, with one key.
pub struct FashnClient<'s> {
    fashn: &'s Fashn,
    key: &'s Secret,
}

/// An answer read whole.
struct Answer {
    status: u16,
    retry_after: Option<String>,
    credits_used: Option<String>,
    body: Vec<u8>,
}

impl<'s> FashnClient<'s> {
    /// A client with the key of this name, or none: there is no other key to take.
    pub fn new(fashn: &'s Fashn, key: &KeyName) -> Result<Self, Problem> {
        let found = fashn.key(key);
        let key = found.ok_or_else(|| Problem::Internal(format!("{key} isn't set any more")))?;
        Ok(Self { fashn, key })
    }

    /// `POST /v1/run?webhook_url=…`. An error is [`Problem::NoAnswer`]: sent, perhaps, and not to be sent again.
    pub async fn run(&self, body: &Uint8Array, webhook_url: &str) -> Result<Sent, Problem> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("webhook_url", webhook_url)
            .finish();
        let url = format!("{}/v1/run?{query}", self.fashn.base_url);
        let answer = self.call("POST", &url, body).await?;
        Ok(read_run_answer(
            answer.status,
            answer.retry_after,
            &answer.body,
        ))
    }

    /// `GET /v1/status/{id}`
    pub async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, Problem> {
        let url = format!("{}/v1/status/{}", self.fashn.base_url, upstream.as_str());
        let answer = self.call("GET", &url, &JsValue::NULL).await?;
        read_status_answer(
            answer.status,
            answer.retry_after,
            answer.credits_used.as_deref(),
            &answer.body,
        )
    }

    /// `GET /v1/credits`
    pub async fn credits(&self) -> Result<CreditsBalance, Problem> {
        let url = format!("{}/v1/credits", self.fashn.base_url);
        let answer = self.call("GET", &url, &JsValue::NULL).await?;
        read_balance(answer.status, answer.retry_after, &answer.body)
    }

    async fn call(
        &self,
        method: &'static str,
        url: &str,
        body: &JsValue,
    ) -> Result<Answer, Problem> {
        let bearer = format!("Bearer {}", self.key.reveal());
        let headers = [
            ("authorization", &*bearer),
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        // What has no body has no type of it.
        let headers = if body.is_null() {
            &headers[..2]
        } else {
            &headers
        };
        let sent = Outgoing {
            method,
            url,
            headers,
            body,
        };
        let ms = self.fashn.timeout_seconds.saturating_mul(1_000);
        let ms = u32::try_from(ms).unwrap_or(u32::MAX);
        let answered = sent.exchange(ms, &TOLD, limits::ANSWER_BYTES).await;
        let mut answered = answered.map_err(|thrown| Problem::NoAnswer {
            timed_out: thrown.timed_out,
            reason: thrown.to_string(),
            id: None,
        })?;
        // Only errors are passed on in FASHN's words; a picture in base64 is not looked through.
        if answered.status >= 300 {
            strike_out_key(&mut answered.body, self.key);
        }
        let header = |name| answered.headers.get(name).map(str::to_owned);
        Ok(Answer {
            status: answered.status,
            retry_after: header("retry-after"),
            credits_used: header("x-fashn-credits-used"),
            body: answered.body,
        })
    }
}

/// The headers of FASHN's answers that say something.
const TOLD: [&str; 2] = ["retry-after", "x-fashn-credits-used"];
