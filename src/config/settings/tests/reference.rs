//! `docs/settings.md` and `.dev.vars.example` are generated from the table of settings, and the
//! table is what is read.

use std::cell::RefCell;
use std::path::Path;

use fashn::limits::RateLimit;

use super::super::Settings;
use super::GOOD;
use crate::config::table::{ALL, Kind, Rate};

const HEAD: &str = "\
# Settings

Set variables in `wrangler.toml` under `[vars]`, and secrets with `wrangler secret put NAME`. With a
setting that can't be used the gateway answers 503, and `/readyz` names it to staff. `POLICY` and
`SHOPS` are tables: [api.md](api.md#what-shoppers-may-ask-for) leads to examples.

`cargo test` compares this page with `src/config/table.rs` and fails when they differ;
`UPDATE_DOCS=1 cargo test settings` writes it.

";

/// The page.
fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| Variable | Default | From | To | Meaning |\n|---|---|---|---|---|\n");
    for (name, kind, doc) in ALL {
        let [default, min, max] = match kind {
            Kind::Secret(_) => continue,
            Kind::Text(text) if text.0.starts_with("https://") => {
                [format!("`{}`", text.0), String::new(), String::new()]
            }
            Kind::Text(text) => [text.0, "", ""].map(str::to_owned),
            Kind::Number(number) => [number.default, number.min, number.max].map(grouped),
            Kind::Rate(rate) => {
                let least = RateLimit { requests: 1, window_seconds: 1 };
                [rate.default, least, Rate::MAX]
                    .map(|rate| format!("`{}/{}`", rate.requests, rate.window_seconds))
            }
        };
        let doc = doc.trim_start();
        page.extend(["| `", name, "` | ", &[&*default, &min, &max, doc].join(" | "), " |\n"]);
    }
    page.push_str("\n| Secret | Characters | Meaning |\n|---|---|---|\n");
    for (name, kind, doc) in ALL {
        if let Kind::Secret(secret) = kind {
            let required = if secret.is_required { "Required. " } else { "" };
            let chars = secret.chars_min;
            let length = if chars > 1 { format!("{chars} or more") } else { String::new() };
            let doc = doc.trim_start();
            page.extend(["| `", name, "` | ", &length, " | ", required, doc, " |\n"]);
        }
    }
    page
}

/// `16,777,216`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const EXAMPLE_HEAD: &str = "\
# Every setting, for `.dev.vars`, which `wrangler dev` and `npm start` read: copy this file to that
# name, and fill in what you need. Cloudflare's Deploy button asks for each name that isn't commented
# out, and makes a secret of it.
";

/// The example of `.dev.vars`.
fn example() -> String {
    let mut example = EXAMPLE_HEAD.to_owned();
    for (name, kind, doc) in ALL {
        example.push('\n');
        let mut line = "#".to_owned();
        for word in doc.split_whitespace() {
            if line.len() + 1 + word.len() > 100 {
                example.extend([&line, "\n"]);
                "#".clone_into(&mut line);
            }
            line.extend([" ", word]);
        }
        let is_required = matches!(kind, Kind::Secret(secret) if secret.is_required);
        let comment = if is_required { "" } else { "# " };
        example.extend([&line, "\n", comment, name, "=\n"]);
    }
    example
}

pub(super) fn assert_made(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("writes");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == made, "{name} is out of date: UPDATE_DOCS=1 cargo test settings");
}

#[test]
fn the_documentation_is_generated_from_the_table() {
    assert_made("docs/settings.md", &page());
}

#[test]
fn the_example_of_dev_vars_is_generated_from_the_table() {
    assert_made(".dev.vars.example", &example());
}

#[test]
fn every_setting_of_the_table_is_read_and_no_other() {
    let read = RefCell::new(Vec::new());
    // With each half of a pair set, none is skipped.
    let settings = Settings::read(&|name| {
        read.borrow_mut().push(name.to_owned());
        let value = GOOD.iter().find(|(known, _)| *known == name);
        let value = value.map(|(_, value)| *value);
        let other = match name {
            "TURNSTILE_SECRET" => Some("0x4AAAAAAA-secret"),
            "TURNSTILE_HOSTNAMES" => Some("shop.example"),
            _ => None,
        };
        value.or(other).map(str::to_owned)
    });
    settings.expect("reads");
    let mut read = read.into_inner();
    read.sort();
    read.dedup();
    let mut listed: Vec<_> = ALL.iter().map(|(name, ..)| (*name).to_owned()).collect();
    listed.sort_unstable();
    assert_eq!(read, listed);
}

#[test]
fn a_number_s_default_is_within_its_bounds() {
    for (name, kind, _) in ALL {
        if let Kind::Number(number) = kind {
            let is_within = (number.min..=number.max).contains(&number.default);
            assert!(is_within, "{name}");
        }
    }
}
