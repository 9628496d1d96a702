//! The envelope of a prediction: what `/v1/status/{id}` answers and what the webhook carries
//! (API Fundamentals, "Response Pattern"; "Webhooks").

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::choice::open_choices;
use crate::error::RuntimeError;
use crate::fields::{FieldErrors, Fields};
use crate::value::Value;

/// The answer of `POST /v1/run`: `{"id": …, "error": null}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// FASHN's id of the prediction.
    pub id: String,
    /// Always null on a 200.
    pub error: Option<RuntimeError>,
}

impl Accepted {
    /// Reads the answer.
    ///
    /// # Errors
    /// There is no id. A run with an id was accepted, whatever else the answer says.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let id = fields.required_string("id");
        let error = fields.value("error").and_then(RuntimeError::of);
        fields.finish_with(id.map(|id| Self { id, error }))
    }
}

open_choices! {
    /// Where a prediction stands.
    Status {
        /// It is being initialised.
        Starting = "starting",
        /// It waits to be processed.
        InQueue = "in_queue",
        /// The model is at work.
        Processing = "processing",
        /// The output is there.
        Completed = "completed",
        /// It failed; the error says why. Costs nothing.
        Failed = "failed",
        /// It was canceled. The SDKs know it, FASHN's pages only in passing.
        Canceled = "canceled",
        /// It took too long. The SDKs know it, FASHN's pages only in passing.
        TimeOut = "time_out",
    }
}

impl Status {
    /// No other state follows. One that isn't known is taken for unfinished.
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Canceled | Self::TimeOut => true,
            Self::Starting | Self::InQueue | Self::Processing | Self::Other(_) => false,
        }
    }
}

/// The outputs, in either of FASHN's two shapes. Each is an address, a data URL, or `"_expired"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Output {
    /// `["…"]`: nine of the ten models.
    List(Vec<String>),
    /// `{"images": ["…"]}`: `face-to-model`.
    Images {
        /// The outputs.
        images: Vec<String>,
    },
}

impl Output {
    /// Stands in place of an output's data when its 60 minutes are over ("Data Retention &
    /// Privacy").
    pub const EXPIRED: &'static str = "_expired";

    /// The outputs, in either shape.
    pub fn items(&self) -> &[String] {
        match self {
            Self::List(items) | Self::Images { images: items } => items,
        }
    }

    /// Reads the field `output`: beside the two shapes also one output alone, and each output as an
    /// object with its `url`. Items that are none of these are left out.
    fn of(output: Value<'_>) -> Option<Self> {
        match output {
            Value::Object(entries) if entries.iter().any(|(name, _)| name == "images") => {
                let images = Value::Object(entries).entry("images").and_then(Self::of)?;
                Some(Self::Images { images: images.into_items() })
            }
            Value::Array(items) => Some(Self::List(items.into_iter().filter_map(item).collect())),
            one => item(one).map(|item| Self::List(vec![item])),
        }
    }

    fn into_items(self) -> Vec<String> {
        match self {
            Self::List(items) | Self::Images { images: items } => items,
        }
    }
}

/// An output: its text, or that of its `url`.
fn item(value: Value<'_>) -> Option<String> {
    let text = match value {
        Value::Object(_) => value.entry("url")?,
        text => text,
    };
    text.into_text().map(Cow::into_owned)
}

/// A prediction as FASHN reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// The id that `/v1/run` gave; empty if the answer names none.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// The outputs of a completed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Why a failed one failed.
    #[serde(default)]
    pub error: Option<RuntimeError>,
}

impl Prediction {
    /// Reads the envelope. Its status is all that it must have: no other field's form keeps a run
    /// from its end.
    ///
    /// # Errors
    /// The body is not a prediction. The errors quote none of its values.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let id = fields.value("id").and_then(Value::into_text).unwrap_or_default().into_owned();
        let output = fields.value("output").and_then(Output::of);
        let error = fields.value("error").and_then(RuntimeError::of);
        let status = fields.required_string("status");
        let status = status.map(|status| Status::from(&*status));
        fields.finish_with(status.map(|status| Self { id, status, output, error }))
    }
}
