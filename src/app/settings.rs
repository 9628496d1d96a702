//! What the parts of orchestration are set to.

use std::rc::Rc;

use crate::account::state::AccountSettings;
use crate::app::outbox::Sender;
use crate::auth::ids::Signer;
use crate::config::limits;
use crate::config::limits::AccountLimits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::run::times::RunTimes;

/// What the account of this key works by. The account of a key that is no longer set still shows
/// what it has.
pub fn of_account(settings: &Settings, key: Option<&KeyName>) -> AccountSettings {
    let account = key.map_or_else(|| settings.account.clone(), |key| settings.limits_of(key));
    let call_ms = fashn_timeout_ms(settings);
    AccountSettings {
        name: key.map_or_else(String::new, |key| key.as_str().to_owned()),
        times: RunTimes {
            receive_ms: account.receive_ms,
            queue_ms: account.queue_wait_ms,
            fashn_timeout_ms: call_ms,
            send_ms: account.send_ms,
            deadline_ms: settings.deadline_seconds.saturating_mul(1_000),
            result_ttl_ms: settings.result_ttl_seconds.saturating_mul(1_000),
            unknown_credits_ms: account.unknown_credits_ms,
        },
        limits: account,
        call_ms: call_ms.saturating_add(limits::CALL_MARGIN_MS),
        has_merchant_webhook: settings
            .merchant_webhook
            .as_ref()
            .is_some_and(|own| own.url.is_some()),
    }
}

pub fn of_sender(settings: &Settings, signer: &Rc<Signer>) -> Option<Sender> {
    Some(Sender {
        webhook: settings.merchant_webhook.clone()?,
        origin: settings.public_origin.clone()?,
        addresses: settings.output_addresses,
        signer: Rc::clone(signer),
    })
}

pub fn fashn_timeout_ms(settings: &Settings) -> u64 {
    settings.fashn.timeout_seconds.saturating_mul(1_000)
}

/// How long a body may lie in its object: as long as a run may arrive, wait and be sent.
pub fn body_life_ms(limits: &AccountLimits) -> u64 {
    let AccountLimits { receive_ms, queue_wait_ms, send_ms, .. } = limits;
    queue_wait_ms.saturating_add(*receive_ms).saturating_add(*send_ms)
}
