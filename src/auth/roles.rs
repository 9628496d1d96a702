//! What staff may see and change: `STAFF_ROLES`. The staff token is the owner of all.

use crate::auth::error::AuthError;
use crate::auth::secret::Secret;

/// How a role is proved.
#[derive(Debug, Clone)]
pub enum Proof {
    Token(Secret),
    /// An address that Cloudflare Access has verified.
    Email(String),
}

#[derive(Debug, Clone)]
pub struct Role {
    pub proof: Proof,
    pub operator: Operator,
}

/// Staff at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    pub name: String,
    /// Others only look.
    pub is_owner: bool,
    /// The one shop that it is about; the default shop's name is empty.
    pub shop: Option<String>,
}

impl Operator {
    /// The owner of all, by the staff token.
    pub fn owner() -> Self {
        Self { name: "owner".to_owned(), is_owner: true, shop: None }
    }

    pub fn require_owner(&self) -> Result<(), AuthError> {
        if self.is_owner { Ok(()) } else { Err(AuthError::OwnersOnly) }
    }

    /// The shop that a request is about: the one that it names, or the operator's own.
    pub fn shop_of(&self, named: Option<&str>) -> Result<Option<String>, AuthError> {
        match (&self.shop, named) {
            (Some(own), Some(named)) if own != named => Err(AuthError::OtherShop),
            (Some(own), _) => Ok(Some(own.clone())),
            (None, named) => Ok(named.map(str::to_owned)),
        }
    }
}
