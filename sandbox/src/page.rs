//! The page at `/`: the latest runs, credits and limits.

use std::fmt::Write as _;

use fashn::choice::Choice as _;
use fashn::prediction::Status;

use crate::job::Format;
use crate::limits::RateLimit;
use crate::run::{End, Run, Stage};
use crate::service::{Service, cdn_url};

/// The most runs on the page.
const RUNS_MAX: usize = 24;

/// The page as HTML.
pub fn page(service: &Service, origin: &str, has_control: bool, now_ms: u64) -> String {
    let mut runs = String::new();
    for run in service.newest_runs().take(RUNS_MAX) {
        runs.push_str(&card(run, now_ms));
    }
    if runs.is_empty() {
        runs.push_str("<p class=\"quiet\">None yet. Press \"Try it on\" in the demo shop, or send one yourself:</p>");
    }
    let mut accounts = String::new();
    for (id, account) in service.accounts() {
        let _ = write!(
            accounts,
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} of {}</td></tr>",
            escaped(id.as_str()),
            account.balance.total(),
            account.balance.subscription,
            account.balance.on_demand,
            account.charged,
            service.in_flight(id),
            service.settings.concurrency_limit,
        );
    }
    if accounts.is_empty() {
        accounts.push_str("<tr><td colspan=\"6\" class=\"quiet\">No key was used yet.</td></tr>");
    }
    let settings = &service.settings;
    PAGE.replace("{{origin}}", &escaped(origin))
        .replace("{{runs}}", &runs)
        .replace("{{accounts}}", &accounts)
        .replace("{{run_limit}}", &rate(settings.run_limit))
        .replace("{{status_limit}}", &rate(settings.status_limit))
        .replace("{{credits_limit}}", &rate(settings.credits_limit))
        .replace("{{time_scale}}", &settings.time_scale.to_string())
        .replace("{{control}}", if has_control { "on" } else { "off" })
        .replace("{{faults}}", &service.faults.waiting().len().to_string())
}

fn rate(limit: RateLimit) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let seconds = limit.window_ms as f64 / 1000.0;
    format!("{} in {seconds} s", limit.requests)
}

fn card(run: &Run, now_ms: u64) -> String {
    let status = run.status(now_ms);
    let details = match &run.stage {
        Stage::Ended { end: End::Failed(error), .. } => {
            format!("{}: {}", error.name, error.message)
        }
        Stage::Ended { at_ms, .. } => {
            format!(
                "{:.1} s, {} credit(s)",
                seconds(at_ms.saturating_sub(run.accepted_at_ms)),
                run.job.credits.0
            )
        }
        Stage::Waiting | Stage::Rendering | Stage::Rendered => {
            format!("takes about {:.0} s", seconds(run.takes_ms))
        }
    };
    let webhook = match &run.webhook {
        None => "no webhook".to_owned(),
        Some(webhook) if webhook.is_delivered() => "webhook delivered".to_owned(),
        Some(webhook) => format!(
            "webhook: {} attempt(s)",
            webhook.attempts.iter().filter(|attempt| attempt.sent_at_ms.is_some()).count()
        ),
    };
    format!(
        "<li><div class=\"shot\">{}</div><p><strong>{}</strong> <span class=\"{}\">{}</span></p><p class=\"quiet\">{}<br>{}</p><p class=\"quiet\"><code>{}</code></p></li>",
        output(run, &status),
        run.job.model.name(),
        escaped(status.as_str()),
        escaped(status.as_str()),
        escaped(&details),
        escaped(&webhook),
        escaped(run.id.as_str()),
    )
}

fn output(run: &Run, status: &Status) -> String {
    if *status != Status::Completed || run.job.base64 {
        return String::new();
    }
    // Without an origin: `PUBLIC_ORIGIN` may be another sandbox.
    let address = escaped(&cdn_url("", &run.id, 0, run.job.format.extension()));
    match run.job.format {
        Format::Mp4 { .. } => format!(
            "<video src=\"{address}\" controls muted loop playsinline preload=\"metadata\"></video>"
        ),
        Format::Png | Format::PngCutout | Format::Jpeg => {
            format!(
                "<a href=\"{address}\"><img src=\"{address}\" alt=\"Output of {}\" loading=\"lazy\"></a>",
                run.job.model.name()
            )
        }
    }
}

fn seconds(milliseconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let seconds = milliseconds as f64 / 1000.0;
    seconds
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const PAGE: &str = include_str!("page.html");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::RunCall;
    use crate::settings::Settings;

    fn service() -> Service {
        Service::new(Settings::default(), 1)
    }

    #[test]
    fn without_runs_the_page_explains_how_to_send_one() {
        let page = page(&service(), "http://127.0.0.1:8788", false, 0);
        assert!(page.contains("None yet"));
        assert!(page.contains("http://127.0.0.1:8788/v1/run"));
        assert!(page.contains("50 in 60 s"));
        assert!(!page.contains("{{"), "every placeholder is filled");
    }

    #[test]
    fn runs_are_shown_and_their_texts_are_escaped() {
        let mut service = service();
        let fault =
            r#"{"do": {"fail": {"name": "PoseError", "message": "<script>alert(1)</script>"}}}"#;
        service.faults.push(serde_json::from_str(fault).unwrap());
        let body = br#"{"model_name": "model-create", "inputs": {"prompt": "a model"}}"#;
        let call =
            RunCall { key: Some("key"), body: Some(body), webhook_url: None, origin: "http://h" };
        assert_eq!(service.submit(call, 0).reply.status, 200);
        service.tick(1_000_000);
        let page = page(&service, "http://h", true, 1_000_000);
        assert!(page.contains("PoseError: &lt;script&gt;"));
        assert!(!page.contains("<script"));
        assert!(page.contains("model-create"));
        assert!(page.contains("0 of 6"));
    }
}
