//! `GET /readyz`: whether the gateway can work, and for staff what keeps it from it.

use serde::Serialize;
use serde_json::Value;

use crate::app::ports::{Accounts, Runtime};
use crate::app::staff;
use crate::config::error::SettingError;
use crate::config::settings::Settings;

/// What staff see; everyone else sees `ready` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// Settings and bindings that are missing or wrong, and accounts that don't answer.
    pub problems: Vec<SettingError>,
    /// What an operator should look at, although the gateway works: `account`, `about`, `message`.
    pub notices: Vec<Value>,
}

impl Readiness {
    /// The gateway can't work, for these reasons.
    pub fn of_problems(problems: Vec<SettingError>) -> Self {
        Self { ready: problems.is_empty(), problems, notices: Vec::new() }
    }

    /// Asks each account. `binding` is the one that they are reached by.
    pub async fn of_accounts(
        ports: &(impl Accounts + Runtime),
        settings: &Settings,
        binding: &'static str,
    ) -> Self {
        let (mut problems, mut notices) = (Vec::new(), Vec::new());
        for (name, report) in staff::reports(ports, settings, settings.shops.keys()).await {
            match report {
                Ok(mut report) => {
                    let Some(Value::Array(of_account)) = report.get_mut("notices") else {
                        continue;
                    };
                    for mut notice in of_account.drain(..) {
                        if let Value::Object(fields) = &mut notice {
                            fields.insert("account".to_owned(), Value::String(name.clone()));
                        }
                        notices.push(notice);
                    }
                }
                Err(error) => problems.push(SettingError {
                    setting: binding,
                    message: format!("does not work for {name}: {error}"),
                }),
            }
        }
        Self { ready: problems.is_empty(), problems, notices }
    }
}
