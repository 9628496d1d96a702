//! Why a request can't be taken.

use fashn::fields::FieldError;
use thiserror::Error;

use crate::config::policy::PolicyError;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RequestError {
    #[error("the content type is neither application/json nor multipart/form-data")]
    MediaType,
    #[error("the body is compressed")]
    ContentEncoding,
    #[error("the body is over {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("the body could not be read: {0}")]
    BrokenBody(String),
    #[error("{} field(s) wrong", .0.len())]
    Fields(Vec<FieldError>),
    /// The merchant's policy itself doesn't fit the model.
    #[error("{0}")]
    PolicyMisfit(String),
}

impl From<FieldError> for RequestError {
    fn from(fault: FieldError) -> Self {
        Self::Fields(vec![fault])
    }
}

impl From<PolicyError> for RequestError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::NotOffered(faults) => Self::Fields(faults),
            PolicyError::Misfit(misfit) => Self::PolicyMisfit(misfit.to_string()),
        }
    }
}
