//! Which of the staff calls: by a token, or by Cloudflare Access.

use std::cell::RefCell;
use std::rc::Rc;

use crate::app::authorize::Authority;
use crate::app::ports::{AccessPorts, Runtime};
use crate::app::problem::Problem;
use crate::auth::access::{Access, AccessError, Assertion, KeySet};
use crate::auth::authenticate::bearer;
use crate::auth::error::AuthError;
use crate::auth::roles::Operator;
use crate::http::request_head::{Header, RequestHead};

/// The keys of the team. A clone is the same memory.
#[derive(Debug, Clone, Default)]
pub struct AccessKeys(Rc<RefCell<KeySet>>);

impl Authority<'_> {
    /// Tells which of the staff calls, or why nobody does. A bearer token counts first; a wrong one
    /// isn't made good by an assertion.
    pub async fn operator(
        &self,
        ports: &(impl AccessPorts + Runtime),
        keys: &AccessKeys,
        head: &RequestHead<'_>,
    ) -> Result<Operator, Problem> {
        let callers = &self.settings.callers;
        if let Some(authorization) = head.header(Header::Authorization) {
            let token = bearer(authorization).ok_or(AuthError::WrongToken)?;
            return Ok(callers.operator_of_token(token).ok_or(AuthError::WrongToken)?);
        }
        let assertion = head.header(Header::AccessAssertion);
        if let (Some(access), Some(assertion)) = (&callers.access, assertion) {
            // A browser sends Access's cookie with requests of other pages, too.
            if head.header(Header::Origin).is_some_and(|page| page != self.own_origin.as_str()) {
                return Err(AuthError::OriginNotAllowed.into());
            }
            let verified = keys.verify(ports, access, assertion).await;
            let email = verified.map_err(AuthError::Access)?;
            return Ok(callers.operator_of_email(&email).ok_or(AuthError::NoRole)?);
        }
        let caller = self.caller(head, ports.now_ms())?;
        if caller.is_staff() { Ok(Operator::owner()) } else { Err(AuthError::StaffOnly.into()) }
    }
}

impl AccessKeys {
    /// (1) Read. (2) Find the key; ask the team for its keys if it isn't known. (3) Verify the
    /// signature. (4) Judge the claims.
    async fn verify(
        &self,
        ports: &(impl AccessPorts + Runtime),
        access: &Access,
        text: &str,
    ) -> Result<String, AccessError> {
        let now_ms = ports.now_ms();
        // (1)
        let assertion = Assertion::parse(text).ok_or(AccessError::Form)?;
        // (2)
        let mut key = self.0.borrow().find(&assertion.key_id, now_ms);
        if key.is_err() && self.0.borrow_mut().may_ask(now_ms) {
            match ports.access_keys(access).await {
                Ok(answer) => self.0.borrow_mut().tell(&answer, now_ms),
                Err(error) => ports.error("access", &error.to_string()),
            }
            key = self.0.borrow().find(&assertion.key_id, now_ms);
        }
        // (3)
        let Assertion { signed, signature, .. } = &assertion;
        let is_right = ports.is_signed_by(&key?, signed, signature).await;
        if !is_right {
            return Err(AccessError::Signature);
        }
        // (4)
        assertion.judge(access, now_ms).map(str::to_owned)
    }
}
