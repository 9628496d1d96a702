//! What this deployment is set to: vars and secrets, read once an isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::auth::authenticate::CallerSecrets;
use crate::auth::ids::Signer;
use crate::config::error::SettingError;
use crate::config::settings::Settings;
use crate::worker::runtime::log;
use crate::worker::runtime::platform::{Env, JsError, JsResult};

/// Binding names, as `wrangler.toml` has them.
pub mod binding {
    pub const ACCOUNT: &str = "ACCOUNT";
    pub const BODY: &str = "BODY";
    /// Base64 outputs in Workers KV.
    pub const OUTPUTS: &str = "OUTPUTS";
    /// Optional, as the next two.
    pub const ADDRESS_RATE: &str = "ADDRESS_RATE";
    pub const VISITOR_RATE: &str = "VISITOR_RATE";
    pub const LOOKUP_RATE: &str = "LOOKUP_RATE";
    /// Optional: Workers Analytics Engine.
    pub const METRICS: &str = "METRICS";
}

/// Bindings, settings and what is made of them.
#[derive(Clone)]
pub struct Deployment {
    pub env: Env,
    pub settings: Rc<Settings>,
    pub signer: Rc<Signer>,
    /// Those of the optional rate limits that are bound.
    pub rates: Rc<[&'static str]>,
    pub has_metrics: bool,
}

type Read = Result<Deployment, Vec<SettingError>>;

thread_local! {
    static DEPLOYMENT: OnceCell<Read> = const { OnceCell::new() };
}

/// This deployment. It doesn't change while an isolate lives; what is wrong with it is logged when
/// the isolate starts.
pub fn deployment(env: &Env) -> Read {
    DEPLOYMENT.with(|cell| cell.get_or_init(|| read(env)).clone())
}

/// For objects, which do nothing without it.
pub fn required(env: &Env) -> JsResult<Deployment> {
    deployment(env).map_err(|_| JsError::new("the settings are wrong"))
}

/// The callers' secrets, whatever else is wrong.
pub fn callers(env: &Env) -> CallerSecrets {
    Settings::read_callers(&|name| look_up(env, name))
}

/// A secret and a var are read alike; neither is printed. A table of wrangler.toml is an object.
fn look_up(env: &Env, name: &str) -> Option<String> {
    let value = js_sys::Reflect::get(env, &name.into()).ok()?;
    value
        .as_string()
        .or_else(|| value.is_object().then(|| js_sys::JSON::stringify(&value).ok()?.as_string())?)
}

fn read(env: &Env) -> Read {
    let read = Settings::read(&|name| look_up(env, name)).and_then(|settings| {
        let signer = signer(&settings)?;
        let rates = [binding::ADDRESS_RATE, binding::VISITOR_RATE, binding::LOOKUP_RATE];
        Ok(Deployment {
            env: env.clone(),
            settings: Rc::new(settings),
            signer: Rc::new(signer),
            has_metrics: is_bound(env, binding::METRICS),
            rates: rates.into_iter().filter(|name| is_bound(env, name)).collect(),
        })
    });
    for error in read.as_ref().err().into_iter().flatten() {
        log::error("settings", &error.to_string());
    }
    read
}

fn signer(settings: &Settings) -> Result<Signer, Vec<SettingError>> {
    let current = Signer::new(&settings.signing_secret);
    let signer = match &settings.signing_secret_previous {
        Some(previous) => current.and_then(|current| current.also_knowing(previous)),
        None => current,
    };
    let message = "can't be used as a key".to_owned();
    signer.ok_or_else(|| vec![SettingError { setting: "SIGNING_SECRET", message }])
}

pub fn is_bound(env: &Env, binding: &str) -> bool {
    js_sys::Reflect::has(env, &binding.into()).unwrap_or(false)
}
