//! Calls to FASHN. Each carries the key, follows no redirect, and has a time limit that covers its body.

use fashn::balance::CreditsBalance;
use worker::js_sys::Uint8Array;
use worker::{AbortSignal, Fetch, Headers, Method, Response};

use super::outgoing;
use crate::limits;
use crate::prediction::UpstreamId;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::settings::Fashn;
use crate::shop::KeyName;
use crate::upstream::{
    Sent, StatusAnswer, read_balance, read_run_answer, read_status_answer, strike_out_key,
};

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
        let answer = self.call(Method::Post, &url, Some(body)).await?;
        Ok(read_run_answer(
            answer.status,
            answer.retry_after,
            &answer.body,
        ))
    }

    /// `GET /v1/status/{id}`
    pub async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, Problem> {
        let url = format!("{}/v1/status/{}", self.fashn.base_url, upstream.as_str());
        let answer = self.call(Method::Get, &url, None).await?;
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
        let answer = self.call(Method::Get, &url, None).await?;
        read_balance(answer.status, answer.retry_after, &answer.body)
    }

    async fn call(
        &self,
        method: Method,
        url: &str,
        body: Option<&Uint8Array>,
    ) -> Result<Answer, Problem> {
        let millis =
            u32::try_from(self.fashn.timeout_seconds.saturating_mul(1_000)).unwrap_or(u32::MAX);
        let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(millis));
        self.exchange(method, url, body, &signal)
            .await
            .map_err(|error| Problem::NoAnswer {
                timed_out: signal.aborted(),
                reason: error.to_string(),
                id: None,
            })
    }

    async fn exchange(
        &self,
        method: Method,
        url: &str,
        body: Option<&Uint8Array>,
        signal: &AbortSignal,
    ) -> worker::Result<Answer> {
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {}", self.key.reveal()))?;
        headers.set("accept", "application/json")?;
        if body.is_some() {
            headers.set("content-type", "application/json")?;
        }
        let request = outgoing::request(&method, url, &headers, body.map(AsRef::as_ref))?;
        let mut response = Fetch::Request(request).send_with_signal(signal).await?;
        let header = |response: &Response, name: &str| response.headers().get(name);
        let mut body = read_capped(&mut response).await?;
        // Only errors are passed on in FASHN's words; a picture in base64 is not looked through.
        if response.status_code() >= 300 {
            strike_out_key(&mut body, self.key);
        }
        Ok(Answer {
            status: response.status_code(),
            retry_after: header(&response, "retry-after")?,
            credits_used: header(&response, "x-fashn-credits-used")?,
            body,
        })
    }
}

async fn read_capped(response: &mut Response) -> worker::Result<Vec<u8>> {
    let declared = response
        .headers()
        .get("content-length")?
        .and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limits::ANSWER_BYTES) {
        return Err(worker::Error::RustError(
            "FASHN's answer is over the cap".to_owned(),
        ));
    }
    let bytes = response.bytes().await?;
    if bytes.len() > limits::ANSWER_BYTES {
        return Err(worker::Error::RustError(
            "FASHN's answer is over the cap".to_owned(),
        ));
    }
    Ok(bytes)
}
