//! Ids and webhook tokens: minted here, and recognised without a storage access.
//!
//! ```text
//! ticket = created_seconds (4 bytes) ‖ jurisdiction (1) ‖ account (4) ‖ random (11)
//! id     = base64url(ticket ‖ mac("id", ticket))                     48 characters
//! token  = base64url(ticket ‖ attempt (2) ‖ mac("webhook", both))    51 characters
//! mac(purpose, message) = HMAC-SHA256(secret, purpose ‖ 0 ‖ message)[..16]
//! ```
//!
//! An id doesn't reveal a webhook token nor the other way round: the shopper's browser never learns
//! the address that FASHN calls. 88 random bits tell runs of one second apart; 128 bits of the MAC
//! guard the rest. The token names the attempt, so that a webhook of an earlier send binds nothing.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::auth::crypto::digest_name;
use crate::auth::secret::Secret;

const TICKET_BYTES: usize = 20;
const ATTEMPT_BYTES: usize = 2;
/// So many bytes of an HMAC guard what is signed.
pub(crate) const MAC_BYTES: usize = 16;

/// A run's internal name. Stored and in messages it is base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ticket([u8; TICKET_BYTES]);

/// Counts the sends of one run, from 1; 0 before the first.
pub type Attempt = u16;

/// What a shopper or staff member counts for: an opaque pseudonym, never an address or a name.
/// Staff are one visitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Visitor(pub String);

/// Where an account's objects and data live.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Jurisdiction {
    /// Anywhere.
    #[default]
    Global = 0,
    Eu = 1,
}

/// The account that a run belongs to: the head of SHA-256 of the name of the secret that holds its
/// FASHN key. It names the Durable Object, so a key can be removed from the settings while its runs
/// are still looked up.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct AccountId {
    tag: [u8; 4],
    pub jurisdiction: Jurisdiction,
}

/// The id of a prediction, as a browser or an SDK looks it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PredictionId(String);

impl PredictionId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ticket of an id that was minted here.
    pub fn ticket(&self) -> Option<Ticket> {
        let bytes = BASE64URL.decode_to_vec(&self.0).ok()?;
        bytes.first_chunk().copied().map(Ticket)
    }
}

impl AccountId {
    pub fn of_key(key_name: &str, jurisdiction: Jurisdiction) -> Self {
        Self { tag: head(Sha256::digest(key_name.as_bytes())), jurisdiction }
    }

    /// The name of its Durable Object.
    pub fn object_name(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.tag))
    }
}

impl Ticket {
    pub fn mint(account: AccountId, now_ms: u64, random: [u8; 11]) -> Self {
        let seconds = u32::try_from(now_ms / 1_000).unwrap_or(u32::MAX).to_be_bytes();
        let before = seconds.into_iter().chain([account.jurisdiction as u8]);
        Self(head(before.chain(account.tag).chain(random)))
    }

    /// When it was minted, in milliseconds since 1970, to the second.
    pub fn created_ms(&self) -> u64 {
        let [a, b, c, d, ..] = self.0;
        u64::from(u32::from_be_bytes([a, b, c, d])) * 1_000
    }

    pub fn account(&self) -> AccountId {
        let [_, _, _, _, jurisdiction, a, b, c, d, ..] = self.0;
        let jurisdiction = if jurisdiction == 0 { Jurisdiction::Global } else { Jurisdiction::Eu };
        AccountId { tag: [a, b, c, d], jurisdiction }
    }

    /// Its name: what it is stored under, and the name of its `Body` object.
    pub fn name(&self) -> String {
        BASE64URL.encode_to_string(self.0)
    }

    /// Names the run where its id must not stand.
    pub fn hash(&self) -> String {
        digest_name(&self.0)
    }

    /// The first 8 digits of [`Ticket::hash`]: enough to follow a run through a day's log.
    pub fn short_hash(&self) -> String {
        let mut hash = self.hash();
        hash.truncate(8);
        hash
    }
}

impl From<Ticket> for String {
    fn from(ticket: Ticket) -> Self {
        ticket.name()
    }
}

impl TryFrom<String> for Ticket {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let bytes = BASE64URL.decode_to_vec(&name).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or("is no ticket's name")
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ticket({})", self.name())
    }
}

/// Mints ids and tokens with one secret, and verifies them with it or with the one before it.
pub struct Signer {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl Signer {
    /// With the operator's secret. HMAC takes a key of any length, so it is always there.
    pub fn new(secret: &Secret) -> Option<Self> {
        Some(Self { current: keyed(secret)?, previous: None })
    }

    /// The same signer, which also knows what the secret before this one signed.
    pub fn also_knowing(self, previous: &Secret) -> Option<Self> {
        Some(Self { previous: Some(keyed(previous)?), ..self })
    }

    pub fn id(&self, ticket: &Ticket) -> PredictionId {
        PredictionId(self.seal(Purpose::Id, &ticket.0))
    }

    /// The secret part of the address that FASHN's webhook calls after one send of a run.
    pub fn webhook_token(&self, ticket: &Ticket, attempt: Attempt) -> Secret {
        let message = [&ticket.0[..], &attempt.to_be_bytes()].concat();
        Secret::new(self.seal(Purpose::Webhook, &message))
    }

    /// The ticket of an id that this secret signed.
    pub fn verify_id(&self, id: &str) -> Option<Ticket> {
        self.open(Purpose::Id, id).map(Ticket)
    }

    /// The same, with the id as its caller has it: while secrets rotate, a run has two valid ids.
    pub fn known_id(&self, id: &str) -> Option<(Ticket, PredictionId)> {
        Some((self.verify_id(id)?, PredictionId(id.to_owned())))
    }

    /// The ticket and attempt of a webhook token that this secret signed.
    pub fn verify_webhook_token(&self, token: &str) -> Option<(Ticket, Attempt)> {
        let message: [u8; TICKET_BYTES + ATTEMPT_BYTES] = self.open(Purpose::Webhook, token)?;
        let (ticket, attempt) = message.split_at(TICKET_BYTES);
        Some((Ticket(ticket.try_into().ok()?), Attempt::from_be_bytes(attempt.try_into().ok()?)))
    }

    pub(crate) fn mac_of(&self, purpose: Purpose, message: &[u8]) -> [u8; MAC_BYTES] {
        head(mac(&self.current, purpose, message).finalize().into_bytes())
    }

    /// Whether a MAC is this message's. Compares in constant time.
    pub(crate) fn knows(&self, purpose: Purpose, message: &[u8], given: &[u8]) -> bool {
        let mut keys = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        given.len() == MAC_BYTES
            && keys.any(|key| mac(key, purpose, message).verify_truncated_left(given).is_ok())
    }

    fn seal(&self, purpose: Purpose, message: &[u8]) -> String {
        let mac = self.mac_of(purpose, message);
        BASE64URL.encode_to_string([message, &mac].concat())
    }

    fn open<const N: usize>(&self, purpose: Purpose, sealed: &str) -> Option<[u8; N]> {
        let bytes = BASE64URL.decode_to_vec(sealed).ok()?;
        let (message, mac) = bytes.split_first_chunk()?;
        self.knows(purpose, message, mac).then_some(*message)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[signer]")
    }
}

/// What a MAC is for: one purpose's is no other's. The text of each is part of what is signed.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Id,
    Webhook,
    /// A visitor's pseudonym.
    Visitor,
    VisitorToken,
    /// One question about a challenge.
    Challenge,
    /// What a run is found again by: its caller's key, or all that it asks for.
    Repeat,
    /// What a shopper agreed to.
    Receipt,
    /// All that a run asks for.
    Fingerprint,
    /// The seed of what stands for a picture in that.
    Mark,
}

fn mac(key: &Hmac<Sha256>, purpose: Purpose, message: &[u8]) -> Hmac<Sha256> {
    let label: &[u8] = match purpose {
        Purpose::Id => b"id",
        Purpose::Webhook => b"webhook",
        Purpose::Visitor => b"visitor",
        Purpose::VisitorToken => b"token",
        Purpose::Challenge => b"challenge",
        Purpose::Repeat => b"repeat",
        Purpose::Receipt => b"receipt",
        Purpose::Fingerprint => b"fingerprint",
        Purpose::Mark => b"mark",
    };
    key.clone().chain_update(label).chain_update([0]).chain_update(message)
}

fn keyed(secret: &Secret) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(secret.reveal().as_bytes()).ok()
}

/// The first `N` bytes.
fn head<const N: usize>(bytes: impl IntoIterator<Item = u8>) -> [u8; N] {
    let mut head = [0; N];
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    head
}

#[cfg(test)]
mod tests;
