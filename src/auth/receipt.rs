//! The receipt of a shopper's consent: what was agreed to, when, and for which run. It names nobody
//! and leads to no picture, so shopper and merchant may both keep it.
//!
//! ```text
//! receipt = base64url(json) ‖ "." ‖ base64url(mac("receipt", json))
//! json    = {"version","text_hash","at_ms","run"}
//! ```

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use serde::Serialize;

use crate::auth::ids::{Purpose, Signer, Ticket};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Of the terms.
    pub version: String,
    /// SHA-256 of the words that were shown, in hexadecimal digits, where the page told it.
    pub text_hash: Option<String>,
    /// When the run was asked for, in milliseconds since 1970, to the second.
    pub at_ms: u64,
    /// As the log names the run.
    pub run: String,
}

impl Receipt {
    pub fn of(version: &str, text_hash: Option<&str>, ticket: &Ticket) -> Self {
        Self {
            version: version.to_owned(),
            text_hash: text_hash.map(str::to_owned),
            at_ms: ticket.created_ms(),
            run: ticket.short_hash(),
        }
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Signed, for the shopper.
    pub fn sealed(&self, signer: &Signer) -> String {
        seal(signer, &self.json())
    }

    /// The same for the merchant's backend: readable, and with what is signed.
    pub fn told(&self, signer: &Signer) -> String {
        let json = self.json();
        let sealed = seal(signer, &json);
        let fields = json.strip_suffix('}').unwrap_or_default();
        [fields, r#","receipt":""#, &sealed, r#""}"#].concat()
    }
}

fn seal(signer: &Signer, json: &str) -> String {
    let mac = signer.mac_of(Purpose::Receipt, json.as_bytes());
    [BASE64URL.encode_to_string(json), BASE64URL.encode_to_string(mac)].join(".")
}

/// What a receipt says, as JSON, if it was signed here.
pub fn verify(signer: &Signer, sealed: &str) -> Option<String> {
    let (json, mac) = sealed.split_once('.')?;
    let json = BASE64URL.decode_to_vec(json).ok()?;
    let mac = BASE64URL.decode_to_vec(mac).ok()?;
    signer.knows(Purpose::Receipt, &json, &mac).then(|| String::from_utf8(json).ok()).flatten()
}

/// Whether a page's header is SHA-256 in small hexadecimal digits.
pub fn is_text_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
