//! A request, and what it is answered with.

use wasm_bindgen::JsValue;

use crate::app::authorize::Authority;
use crate::auth::caller::PageOrigin;
use crate::http::origin::Origin;
use crate::http::request_head::RequestHead;
use crate::worker::routes::ports::Ports;
use crate::worker::runtime::deployment::Deployment;

/// A request, and what it is answered with.
pub struct Gateway<'r> {
    pub ports: &'r Ports,
    pub head: RequestHead<'r>,
    /// The platform's own request.
    pub request: &'r JsValue,
    /// Where the gateway is reached from outside.
    pub own_origin: &'r Origin,
    pub page: &'r PageOrigin,
}

impl<'r> Gateway<'r> {
    pub fn deployment(&self) -> &'r Deployment {
        &self.ports.deployment
    }

    pub fn authority(&self) -> Authority<'r> {
        let Deployment { settings, signer } = self.deployment();
        Authority { settings, signer, own_origin: self.own_origin, page: self.page }
    }
}
