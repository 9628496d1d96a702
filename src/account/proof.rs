//! What a shop's pages and orders tell, as daily counts: whether trying on pays. Nothing of it
//! belongs to a person, and nothing of it decides over a run.

use serde::{Deserialize, Serialize};

/// Which orders a sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Visitors of a holdout that don't see the button.
    Held,
    /// Visitors of a holdout that see it.
    Shown,
    /// Lines with a product that was tried on, of visitors of any group.
    Tried,
}

/// What a batch of a page's events adds up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCounts {
    /// Empty for the default shop.
    pub shop: String,
    /// Each product with its impressions, opens, tries, results and carts. Without a name: empty.
    pub products: Vec<(String, [u32; 5])>,
    /// Visitors of a holdout that are counted today for the first time.
    pub visitors: Vec<(Mark, u32)>,
}

/// An order with lines that the element marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    pub shop: String,
    /// A hash of the shop and the order.
    pub name: String,
    /// Its ISO 4217 code.
    pub currency: String,
    /// Lines and their amount in the currency's smallest unit.
    pub sums: Vec<(Mark, u64, u64)>,
}

/// Which days and shops figures are of. Days are counted from 1970 (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresQuery {
    pub from_day: u64,
    pub to_day: u64,
    /// None for all shops of the account.
    pub shop: Option<String>,
}

impl FiguresQuery {
    /// The first and the last name of a shop that it covers.
    pub fn shops(&self) -> (&str, &str) {
        self.shop.as_deref().map_or(("", "\u{10ffff}"), |shop| (shop, shop))
    }
}
