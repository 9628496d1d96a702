//! What a request works with: the settings, read once an isolate, and the bindings.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use super::log;
use crate::app::problem::Problem;
use crate::auth::caller::{self, Caller, Credentials};
use crate::auth::ids::Signer;
use crate::config::settings::{SettingProblem, Settings};
use crate::http::origin::Origin;
use crate::http::request_head::Head;
use crate::http::route::below_proxy;

/// Binding names, as `wrangler.toml` has them.
pub mod binding {
    use wasm_bindgen::prelude::wasm_bindgen;

    /// The namespace of Prediction objects.
    pub const PREDICTION: &str = "PREDICTION";
    /// The namespace of Dispatcher objects.
    pub const DISPATCHER: &str = "DISPATCHER";
    /// The KV namespace of base64 outputs.
    pub const OUTPUTS: &str = "OUTPUTS";
    /// The optional rate limit of all requests of one address.
    pub const ADDRESS_RATE: &str = "ADDRESS_RATE";
    /// The optional rate limit of one visitor.
    pub const VISITOR_RATE: &str = "VISITOR_RATE";

    /// The two namespaces of objects, whose names lie in JavaScript too: of these only a number crosses.
    #[wasm_bindgen]
    #[derive(Debug, Clone, Copy)]
    pub enum Objects {
        Prediction = "PREDICTION",
        Dispatcher = "DISPATCHER",
    }
}

/// What a request works with.
pub struct Gateway {
    pub configured: Configured,
    pub env: Env,
    /// Where this Worker is reached from outside.
    pub own_origin: Origin,
    /// The query of a request that claims to come through a Shopify app proxy.
    proxied_query: Option<String>,
}

impl std::ops::Deref for Gateway {
    type Target = Configured;

    fn deref(&self) -> &Configured {
        &self.configured
    }
}

impl Gateway {
    /// Who asks.
    pub fn caller(&self, head: &Head<'_>) -> Result<Caller, Problem> {
        let credentials = Credentials {
            origin: head.header("origin"),
            authorization: head.header("authorization"),
            proxied_query: self.proxied_query.as_deref(),
        };
        caller::identify(credentials, &self.own_origin, &self.settings, now_ms())
    }
}

/// Settings and what is made of them.
#[derive(Clone)]
pub struct Configured {
    pub settings: Rc<Settings>,
    pub signer: Rc<Signer>,
}

type Read = Result<Configured, Vec<SettingProblem>>;

thread_local! {
    static CONFIGURED: OnceCell<Read> = const { OnceCell::new() };
}

/// The settings of this deployment. Vars and secrets don't change while an isolate lives; what is wrong with
/// them is logged when it starts.
pub fn configured(env: &Env) -> Read {
    CONFIGURED.with(|cell| cell.get_or_init(|| read(env)).clone())
}

/// The gateway for a request.
pub fn open(env: &Env, head: &Head<'_>) -> Result<Gateway, Vec<SettingProblem>> {
    let configured = configured(env)?;
    let own_origin = match &configured.settings.public_origin {
        Some(origin) => origin.clone(),
        None => Origin::of_this(head.own_origin),
    };
    // Shopify signs by a query field; whoever sends it is held to it.
    let query = head.query.unwrap_or_default();
    let proxied = below_proxy(head.path).is_some()
        || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "signature");
    let proxied_query = proxied.then(|| query.to_owned());
    Ok(Gateway {
        configured,
        env: env.clone(),
        own_origin,
        proxied_query,
    })
}

/// Milliseconds since 1970, by the platform's clock.
pub fn now_ms() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the platform's clock is past 1970 and far from the end of u64"
    )]
    let now_ms = js_sys::Date::now() as u64;
    now_ms
}

fn read(env: &Env) -> Read {
    // A secret and a var are read alike; neither is printed. A table of wrangler.toml comes as an object.
    let look_up = |name: &str| {
        let value = js_sys::Reflect::get(env, &name.into()).ok()?;
        value.as_string().or_else(|| {
            value
                .is_object()
                .then(|| js_sys::JSON::stringify(&value).ok()?.as_string())?
        })
    };
    let read = Settings::read(&look_up).and_then(|settings| {
        let signer = signer(&settings)?;
        Ok(Configured {
            settings: Rc::new(settings),
            signer: Rc::new(signer),
        })
    });
    if let Err(problems) = &read {
        for problem in problems {
            log::error("settings", problem);
        }
    }
    read
}

fn signer(settings: &Settings) -> Result<Signer, Vec<SettingProblem>> {
    let current = Signer::new(&settings.signing_secret);
    let signer = match &settings.signing_secret_previous {
        Some(previous) => current.and_then(|current| current.also_knowing(previous)),
        None => current,
    };
    signer.ok_or_else(|| {
        vec![SettingProblem {
            setting: "SIGNING_SECRET",
            message: "can't be used as a key".to_owned(),
        }]
    })
}
