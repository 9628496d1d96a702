//! A request's body → a [`Run`] that is valid and that its caller may ask for.

use std::borrow::Cow;

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::extracted_body::ExtractedBody;
use fashn::fields::FieldError;
use fashn::image::ImageRule;
use fashn::models::{Inputs, Model};
use fashn::value::{Entries, Value};
use serde::Serialize;

use crate::auth::garment_signature::{GarmentKeys, SignedGarments};
use crate::config::limits;
use crate::config::merchant_webhook::StaffAddresses;
use crate::config::policy::{Policy, PolicyError};
use crate::http::multipart;
use crate::request::error::RequestError;

/// One run, valid to the field. As JSON it is the body that FASHN gets: known fields, and nothing
/// else. Pictures that have a placeholder ([`crate::request::fingerprint::HashedPictures`]) are
/// written as that.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    model_name: Model,
    inputs: Inputs<'a>,
    /// `cache` beside the inputs; FASHN has no such field.
    #[serde(skip)]
    may_join: bool,
}

/// What a run has to comply with beyond FASHN's documentation.
pub struct Rules<'r> {
    pub pictures: &'r dyn ImageRule,
    /// The product picture must be signed by one of these keys, as `garment_signature` beside the
    /// inputs proves.
    pub garments: Option<&'r GarmentKeys>,
    /// None for staff.
    pub policy: Option<&'r Policy>,
    /// The version of the terms that the run must name, by the header `x-consent` or the field
    /// `consent`.
    pub consent: Option<&'r str>,
    pub consent_header: Option<&'r str>,
}

impl<'a> Run<'a> {
    /// Reads a run from a body without its large pictures, or returns every fault there is.
    pub fn read(body: &'a ExtractedBody<'a>, rules: &Rules<'_>) -> Result<Self, RequestError> {
        let mut body = Body::of(body)?;
        let mut faults = Vec::new();
        let is_staff = rules.policy.is_none();
        let beside = Beside::read(std::mem::take(&mut body.beside), is_staff, &mut faults);
        let (mut inputs, found) = match body.model() {
            Ok(model) => {
                faults.extend(rules.policy.and_then(|policy| policy.offers(model).err()));
                let signature = beside.garment_signature.as_deref();
                let pictures = rules.pictures;
                match rules.garments {
                    None => body.judge(model, pictures),
                    Some(keys) => body.judge(model, &SignedGarments { keys, signature, pictures }),
                }
            }
            Err(fault) => (None, std::iter::once(fault).chain(body.has_inputs().err()).collect()),
        };
        faults.extend(found);
        if let Some(inputs) = &mut inputs {
            if let Some(policy) = rules.policy {
                match policy.apply(inputs) {
                    Err(PolicyError::Misfit(misfit)) if faults.is_empty() => {
                        return Err(PolicyError::Misfit(misfit).into());
                    }
                    Err(PolicyError::NotOffered(refused)) => faults.extend(refused),
                    Ok(()) | Err(PolicyError::Misfit(_)) => {}
                }
            }
            faults.extend(require_room(inputs).err());
        }
        let agreed = rules.consent_header.or(beside.consent.as_deref());
        if let Some(required) = rules.consent.filter(|required| agreed != Some(required)) {
            let message = format!(
                "must be {required}: ask the shopper to agree to the terms of that version first"
            );
            faults.push(FieldError::new("consent", message));
        }
        let inputs = inputs.filter(|_| faults.is_empty()).ok_or(RequestError::Fields(faults))?;
        Ok(Self { model_name: inputs.model(), inputs, may_join: beside.cache != Some(false) })
    }

    /// An equal run of the same visitor may be answered in its place.
    pub fn may_join(&self) -> bool {
        self.may_join
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

/// The gateway's own fields beside `inputs`.
#[derive(Default)]
struct Beside<'a> {
    consent: Option<Cow<'a, str>>,
    garment_signature: Option<Cow<'a, str>>,
    cache: Option<bool>,
}

impl<'a> Beside<'a> {
    /// Reads them. Inputs that stand here by mistake are faults: without them another picture would
    /// be made, and paid. What else is here is dropped, because FASHN's SDKs send `pollInterval`,
    /// `timeout` and `maxRetries`.
    fn read(entries: Entries<'a>, is_staff: bool, faults: &mut Vec<FieldError>) -> Self {
        let mut read = Self::default();
        for (name, value) in entries {
            let kind = value.kind();
            let must_be = match (&*name, value) {
                // A field that is null counts as left out, as everywhere.
                (_, Value::Null) => continue,
                ("consent", Value::String(text)) => {
                    read.consent = Some(text);
                    continue;
                }
                ("garment_signature", Value::String(text)) => {
                    read.garment_signature = Some(text);
                    continue;
                }
                ("cache", Value::Bool(flag)) => {
                    read.cache = Some(flag);
                    continue;
                }
                ("consent" | "garment_signature", _) => format!("must be a string, not {kind}"),
                ("cache", _) => format!("must be true or false, not {kind}"),
                ("webhook_url", _) if is_staff => "belongs into the query".to_owned(),
                ("webhook_url", _) => WEBHOOK_IS_OURS.to_owned(),
                (name, _) if is_input(name) => {
                    "belongs into inputs: beside them it would be ignored".to_owned()
                }
                _ => continue,
            };
            faults.push(FieldError::new(name, must_be));
        }
        read
    }
}

/// Whether a model has an input of this name.
fn is_input(name: &str) -> bool {
    Model::ALL.iter().any(|(_, model)| model.input_names().contains(&name))
}

/// Outputs that could be more than an answer may have are refused before credits are spent: FASHN
/// keeps no second copy of what it sends in base64.
fn require_room(inputs: &Inputs<'_>) -> Result<(), FieldError> {
    let output = inputs.output();
    let Some(each) = output.base64_chars_max() else { return Ok(()) };
    let all = each * u64::from(output.count.get());
    if all <= limits::ANSWER_BYTES as u64 {
        return Ok(());
    }
    let message = format!(
        "could answer {} MB, and at most {} fit: ask for fewer outputs (num_images, num_samples), \
         a smaller resolution or the output_format jpeg, or leave return_base64 out to get \
         addresses",
        all.div_ceil(1_000_000),
        limits::ANSWER_BYTES / 1_000_000
    );
    Err(FieldError::new("inputs.return_base64", message))
}

const WEBHOOK_IS_OURS: &str = "is set by the gateway itself: leave it out, and look the status up";

/// FASHN takes a `webhook_url` in the query. The gateway sets its own: with another, a shopper's
/// result would go to a stranger. Staff may name one, and get the message from the gateway.
pub fn webhook_url(
    query: Option<&str>,
    staff: Option<&StaffAddresses>,
) -> Result<Option<String>, RequestError> {
    let names = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let mut urls = names.filter(|(name, _)| name.eq_ignore_ascii_case("webhook_url"));
    let Some((_, url)) = urls.next() else { return Ok(None) };
    let read = match staff {
        None => Err(WEBHOOK_IS_OURS),
        Some(_) if urls.next().is_some() => Err("is given twice"),
        Some(staff) => staff.parse(&url),
    };
    read.map(Some).map_err(|message| FieldError::new("webhook_url", message).into())
}

/// A body in a `Content-Encoding` would have to be decompressed before it is judged, to a size that
/// isn't known.
pub fn refuse_encoding(content_encoding: Option<&str>) -> Result<(), RequestError> {
    let mut encodings = content_encoding.unwrap_or_default().split(',').map(str::trim);
    let is_plain = encodings.all(|name| name.is_empty() || name.eq_ignore_ascii_case("identity"));
    if is_plain { Ok(()) } else { Err(RequestError::ContentEncoding) }
}

/// The kinds of bodies, by `Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyKind<'h> {
    Json,
    Form { boundary: Cow<'h, str> },
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

    pub fn to_json(&self, body: Vec<u8>) -> Result<Vec<u8>, RequestError> {
        match self {
            Self::Json => Ok(body),
            Self::Form { boundary } => Ok(multipart::to_json(body, boundary)?),
        }
    }

    /// The room that a body of so many bytes may need until FASHN has it.
    pub fn room_bytes(&self, body_bytes: usize) -> usize {
        match self {
            Self::Json => body_bytes,
            Self::Form { .. } => multipart::json_bytes(body_bytes),
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
pub mod tests;
