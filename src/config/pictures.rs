//! Where the pictures of shoppers' runs may come from.

use crate::http::hosts::HostPattern;

/// Where the pictures of a shopper's run may come from. Staff are not bound by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopperPictures {
    /// Hosts of product pictures, beside the gateway's own origin.
    pub product_hosts: Vec<HostPattern>,
    /// Product pictures may be in the request themselves: then a shopper can put on anything.
    pub product_data: bool,
    /// Hosts of shoppers' photographs, beside the gateway's own origin. Without any a photograph
    /// must be in the request.
    pub photo_hosts: Vec<HostPattern>,
}
