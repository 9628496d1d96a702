//! The envelope of a prediction: what `/v1/status/{id}` answers and what the webhook carries
//! (API Fundamentals, "Response Pattern"; "Webhooks").

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::RuntimeError;

/// The answer of `POST /v1/run`: `{"id": …, "error": null}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// FASHN's id of the prediction.
    pub id: String,
    /// Always null on a 200.
    pub error: Option<RuntimeError>,
}

/// Where a prediction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is being initialised.
    Starting,
    /// It waits to be processed.
    InQueue,
    /// The model is at work.
    Processing,
    /// The output is there.
    Completed,
    /// It failed; the error says why. Costs nothing.
    Failed,
    /// It was canceled. The SDKs know it, FASHN's pages don't.
    Canceled,
    /// It took too long. The SDKs know it, FASHN's pages don't.
    TimeOut,
    /// A state not known yet, passed on as it is.
    Other(String),
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Starting => "starting",
            Self::InQueue => "in_queue",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::TimeOut => "time_out",
            Self::Other(name) => name,
        }
    }

    /// No other state follows. One that isn't known is taken for unfinished.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Canceled | Self::TimeOut => true,
            Self::Starting | Self::InQueue | Self::Processing | Self::Other(_) => false,
        }
    }
}

impl From<&str> for Status {
    fn from(name: &str) -> Self {
        match name {
            "starting" => Self::Starting,
            "in_queue" => Self::InQueue,
            "processing" => Self::Processing,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "time_out" => Self::TimeOut,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::from(name.as_str()))
    }
}

/// The outputs, in either of FASHN's two shapes. Each is an address, a data URL, or `"_expired"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What an output says in place of its data when its 60 minutes are over ("Data Retention & Privacy").
    pub const EXPIRED: &'static str = "_expired";

    /// The outputs, whichever shape they came in.
    #[must_use]
    pub fn items(&self) -> &[String] {
        match self {
            Self::List(items) | Self::Images { images: items } => items,
        }
    }
}

/// A prediction as FASHN tells it.
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
