//! What this deployment is set to: vars and secrets, read once an isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use crate::auth::ids::Signer;
use crate::config::error::SettingError;
use crate::config::settings::Settings;
use crate::worker::runtime::log;

/// Binding names, as `wrangler.toml` has them.
pub mod binding {
    /// The account objects, one for each FASHN key.
    pub const ACCOUNT: &str = "ACCOUNT";
    /// The objects of waiting bodies.
    pub const BODY: &str = "BODY";
    /// Base64 outputs in Workers KV.
    pub const OUTPUTS: &str = "OUTPUTS";
    /// The optional rate limit of all requests of one address.
    pub const ADDRESS_RATE: &str = "ADDRESS_RATE";
    /// The optional rate limit of one visitor.
    pub const VISITOR_RATE: &str = "VISITOR_RATE";
    /// The optional rate limit of lookups of one run.
    pub const LOOKUP_RATE: &str = "LOOKUP_RATE";
}

/// Settings and what is made of them.
#[derive(Clone)]
pub struct Deployment {
    pub settings: Rc<Settings>,
    pub signer: Rc<Signer>,
}

type Read = Result<Deployment, Vec<SettingError>>;

thread_local! {
    static DEPLOYMENT: OnceCell<Read> = const { OnceCell::new() };
}

/// This deployment. Vars and secrets don't change while an isolate lives; what is wrong with them is
/// logged when it starts.
pub fn deployment(env: &Env) -> Read {
    DEPLOYMENT.with(|cell| cell.get_or_init(|| read(env)).clone())
}

fn read(env: &Env) -> Read {
    // A secret and a var are read alike; neither is printed. A table of wrangler.toml is an object.
    let look_up = |name: &str| {
        let value = js_sys::Reflect::get(env, &name.into()).ok()?;
        value.as_string().or_else(|| {
            value.is_object().then(|| js_sys::JSON::stringify(&value).ok()?.as_string())?
        })
    };
    let read = Settings::read(&look_up).and_then(|settings| {
        let signer = signer(&settings)?;
        Ok(Deployment { settings: Rc::new(settings), signer: Rc::new(signer) })
    });
    if let Err(errors) = &read {
        for error in errors {
            log::error("settings", &error.to_string());
        }
    }
    read
}

fn signer(settings: &Settings) -> Result<Signer, Vec<SettingError>> {
    let current = Signer::new(&settings.signing_secret);
    let signer = match &settings.signing_secret_previous {
        Some(previous) => current.and_then(|current| current.also_knowing(previous)),
        None => current,
    };
    signer.ok_or_else(|| {
        vec![SettingError {
            setting: "SIGNING_SECRET",
            message: "can't be used as a key".to_owned(),
        }]
    })
}

/// Whether a binding is there.
pub fn is_bound(env: &Env, binding: &str) -> bool {
    js_sys::Reflect::has(env, &binding.into()).unwrap_or(false)
}
