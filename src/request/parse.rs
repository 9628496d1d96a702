//! A request's body → a [`Run`] that is valid and that its caller may ask for.

use std::borrow::Cow;

use fashn::body::Body;
use fashn::extracted_body::ExtractedBody;
use fashn::fields::FieldError;
use fashn::image::ImageRule;
use fashn::models::Inputs;
use fashn::value::Value;
use serde::Serialize;

use crate::auth::caller::Caller;
use crate::auth::garment_signature::{GarmentKeys, SignedGarments};
use crate::config::limits;
use crate::config::policy::Policy;
use crate::http::multipart;
use crate::request::error::RequestError;

/// One run, valid to the field. As JSON it is the body that FASHN gets: known fields, and nothing
/// else. Pictures that have a placeholder ([`crate::request::fingerprint::HashedPictures`]) are
/// written as that.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    model_name: fashn::models::Model,
    inputs: Inputs<'a>,
    /// The request's `consent`; FASHN has no such field.
    #[serde(skip)]
    consent: Option<Cow<'a, str>>,
}

impl<'a> Run<'a> {
    /// Reads a run from a body without its large pictures, or returns every fault there is. With
    /// `garments` its product picture must be signed by one of these keys, as `garment_signature`
    /// beside the inputs proves.
    pub fn read(
        body: &'a ExtractedBody<'a>,
        pictures: &dyn ImageRule,
        garments: Option<&GarmentKeys>,
    ) -> Result<Self, RequestError> {
        let mut body = Body::of(body)?;
        let mut consent = None;
        let mut signature = None;
        for (name, value) in std::mem::take(&mut body.beside) {
            match (&*name, value) {
                ("consent", Value::String(text)) => consent = Some(text),
                ("garment_signature", Value::String(text)) => signature = Some(text),
                _ => {}
            }
        }
        let signature = signature.as_deref();
        let read = match garments {
            None => body.read(pictures),
            Some(keys) => body.read(&SignedGarments { keys, signature, pictures }),
        };
        let inputs = read.map_err(RequestError::Fields)?;
        Ok(Self { model_name: inputs.model(), inputs, consent })
    }

    /// A shopper's run must name the version of the terms that is `required`, by the header
    /// `x-consent` or the field `consent`.
    pub fn require_consent(
        &self,
        caller: &Caller,
        required: Option<&str>,
        header: Option<&str>,
    ) -> Result<(), RequestError> {
        let Some(required) = required.filter(|_| !caller.is_staff()) else {
            return Ok(());
        };
        if header.or(self.consent.as_deref()) == Some(required) {
            return Ok(());
        }
        let message = format!(
            "must be {required}: ask the shopper to agree to the terms of that version first"
        );
        Err(FieldError::new("consent", message).into())
    }

    pub fn bind(&mut self, caller: &Caller, policy: &Policy) -> Result<(), RequestError> {
        if caller.is_staff() {
            return Ok(());
        }
        policy.offers(self.model_name)?;
        Ok(policy.apply(&mut self.inputs)?)
    }

    /// Outputs that could be more than an answer may have are refused before credits are spent:
    /// FASHN keeps no second copy of what it sends in base64.
    pub fn require_room(&self) -> Result<(), RequestError> {
        let output = self.inputs.output();
        let Some(each) = output.base64_chars_max() else { return Ok(()) };
        let all = each * u64::from(output.count.get());
        if all <= limits::ANSWER_BYTES as u64 {
            return Ok(());
        }
        let message = format!(
            "could answer {} MB, and at most {} fit: ask for fewer outputs (num_images, \
             num_samples), a smaller resolution or the output_format jpeg, or leave return_base64 \
             out to get addresses",
            all.div_ceil(1_000_000),
            limits::ANSWER_BYTES / 1_000_000
        );
        Err(FieldError::new("inputs.return_base64", message).into())
    }

    pub fn inputs(&self) -> &Inputs<'a> {
        &self.inputs
    }

    /// The body that FASHN gets, with a placeholder for each picture that has one. Equal runs have
    /// equal JSON. In practice it always serialises.
    pub fn canonical_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// FASHN takes a `webhook_url` in the query. The gateway sets its own: with another, the result
/// would go to a stranger.
pub fn refuse_webhook(query: Option<&str>) -> Result<(), RequestError> {
    let mut names = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if names.any(|(name, _)| name.eq_ignore_ascii_case("webhook_url")) {
        let message = "is set by the gateway itself: leave it out, and look the status up";
        return Err(FieldError::new("webhook_url", message).into());
    }
    Ok(())
}

/// The kinds of bodies, by `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind<'h> {
    Json,
    Form { boundary: &'h str },
}

impl<'h> BodyKind<'h> {
    /// Reads the header. Browsers send a form to any origin without a preflight, but name the
    /// page's origin all the same.
    pub fn of(content_type: Option<&'h str>) -> Result<Self, RequestError> {
        let content_type = content_type.unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default();
        if media_type.trim().eq_ignore_ascii_case("application/json") {
            return Ok(Self::Json);
        }
        let boundary = multipart::boundary(content_type).ok_or(RequestError::MediaType)?;
        Ok(Self::Form { boundary })
    }

    pub fn into_json(self, body: Vec<u8>) -> Result<Vec<u8>, RequestError> {
        match self {
            Self::Json => Ok(body),
            Self::Form { boundary } => Ok(multipart::to_json(&body, boundary)?),
        }
    }
}

/// Judges a body by the `Content-Length` that it declares, before a byte of it is read. Without one
/// it comes in chunks, or there is none.
pub fn declared_bytes(
    content_length: Option<&str>,
    limit_bytes: usize,
) -> Result<Option<usize>, RequestError> {
    let Some(text) = content_length else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(bytes) if bytes <= limit_bytes => Ok(Some(bytes)),
        Ok(_) => Err(RequestError::TooLarge { limit_bytes }),
        Err(_) => Err(FieldError::new("body", "has a broken Content-Length").into()),
    }
}

#[cfg(test)]
mod tests;
