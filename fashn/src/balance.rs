//! The answer of `GET /v1/credits` (page "Credits Balance").

use serde::{Deserialize, Serialize};

use crate::fields::{FieldErrors, Fields};
use crate::value::Value;

/// `{"credits": {"total": 234, "subscription": 100, "on_demand": 134}}`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreditsBalance {
    /// What there is.
    pub credits: Balance,
}

/// An account's credits, where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Balance {
    /// All that can be spent.
    pub total: u64,
    /// Of the monthly plan, spent first. 0 without a plan.
    #[serde(default)]
    pub subscription: u64,
    /// Bought separately.
    #[serde(default)]
    pub on_demand: u64,
}

impl CreditsBalance {
    /// Reads the answer.
    ///
    /// # Errors
    /// The body is not such an answer.
    pub fn read(body: &[u8]) -> Result<Self, FieldErrors> {
        let mut fields = Fields::answer(body)?;
        let balance = fields.required("credits", |fields| {
            let mut credits = fields.open("credits")?;
            let mut part = |name| match credits.value(name) {
                Some(Value::Integer(part)) => u64::try_from(part).unwrap_or_default(),
                _ => 0,
            };
            let (subscription, on_demand) = (part("subscription"), part("on_demand"));
            let total = credits.required_amount("total");
            fields.close(credits);
            total.map(|total| Balance { total, subscription, on_demand })
        });
        fields.finish_with(balance.map(|credits| Self { credits }))
    }
}
