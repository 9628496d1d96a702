//! The envelope of a prediction: what `/v1/status/{id}` answers and what the webhook carries
//! (API Fundamentals, "Response Pattern"; "Webhooks").

use serde::{Deserialize, Serialize};

use crate::choice::open_choices;
use crate::error::RuntimeError;
use crate::fields::{FieldErrors, Fields};

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
    /// The body is not such an answer.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let id = fields.required_string("id");
        let error = RuntimeError::read(&mut fields);
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

    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        const NAME: &str = "output";
        if !fields.has_object(NAME) {
            return fields.texts(NAME).map(Self::List);
        }
        let mut within = fields.open(NAME)?;
        let images = within.required_texts("images");
        fields.close(within);
        images.map(|images| Self::Images { images })
    }
}

/// A prediction as FASHN reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// The id that `/v1/run` gave.
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
    /// Reads the envelope.
    ///
    /// # Errors
    /// The body is not a prediction. The errors quote none of its values.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let id = fields.required_string("id");
        let status = fields.required_string("status");
        let output = Output::read(&mut fields);
        let error = RuntimeError::read(&mut fields);
        let prediction = id.zip(status).map(|(id, status)| Self {
            id,
            status: Status::from(&*status),
            output,
            error,
        });
        fields.finish_with(prediction)
    }
}
