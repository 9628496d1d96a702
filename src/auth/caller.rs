//! The kinds of callers.

use crate::auth::shopify::Proxied;
use crate::http::origin::Origin;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    Storefront(Origin),
    /// A Shopify shop's page, through its app proxy.
    Shopify(Proxied),
    /// The merchant's own people and servers, by the staff token. They are bound by no policy and
    /// no budget of a visitor.
    Staff,
}

impl Caller {
    pub fn is_staff(&self) -> bool {
        matches!(self, Self::Staff)
    }

    /// The shop itself says that the shopper is its customer.
    pub fn is_signed_in(&self) -> bool {
        matches!(self, Self::Shopify(proxied) if proxied.customer.is_some())
    }
}

/// The origin of the page that sent a request, judged once: for the caller and for CORS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageOrigin {
    /// No page sent it, or one of the gateway's own by GET.
    Absent,
    NotAllowed,
    /// A page of the gateway itself or of a shop.
    Allowed(Origin),
}

impl PageOrigin {
    pub fn allowed(&self) -> Option<&Origin> {
        if let Self::Allowed(origin) = self { Some(origin) } else { None }
    }
}
