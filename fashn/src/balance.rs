//! The answer of `GET /v1/credits` (page "Credits Balance").

use serde::{Deserialize, Serialize};

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
