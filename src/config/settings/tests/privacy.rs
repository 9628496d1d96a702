//! The times in `docs/privacy.md` are made from settings and limits.

use super::reference::assert_made;
use crate::config::limits::{self, AccountLimits};
use crate::config::table::{self, Number, Setting};

const BEGIN: &str = "<!-- times -->\n";
const END: &str = "<!-- end of times -->\n";
const HEAD: &str = "\
<!-- Made from settings and limits: UPDATE_DOCS=1 cargo test --lib settings -->

| What | Where | For how long | What deletes it |
|---|---|---|---|
";

/// `7 days`, in the largest unit that leaves no rest.
fn spelt(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) =
        units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).expect("a second");
    let count = seconds / size;
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// `1 hour (RESULT_TTL_SECONDS, at most 3 days)`
fn of(setting: &Setting<Number>) -> String {
    let Number { default, max, .. } = setting.kind;
    format!("{} (`{}`, at most {})", spelt(default), setting.name, spelt(max))
}

/// The days that the element keeps a photograph, from its own source.
fn days_on_device() -> u64 {
    let source = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/storefront/src/element/photo-memory.ts"
    ))
    .expect("reads");
    let (_, after) = source.split_once("const KEPT_MS = ").expect("a constant");
    let (days, _) = after.split_once(" * 24 * 60 * 60 * 1000;").expect("days");
    days.parse().expect("a number")
}

fn rows() -> [[String; 4]; 14] {
    let account = AccountLimits::default();
    let send = spelt(table::FASHN_TIMEOUT_SECONDS.kind.default);
    let around = spelt((account.receive_ms + account.send_ms) / 1_000);
    let pauses: u64 = limits::MERCHANT_WEBHOOK_PAUSES_SECONDS.iter().sum();
    let tried = [pauses / 3_600, (pauses * 6 / 5).div_ceil(3_600)];
    let [letters, seen, figures] = [
        spelt(limits::DEAD_LETTER_MS / 1_000),
        spelt(limits::ORDERS_SEEN_DAYS * 86_400),
        spelt(limits::FIGURES_KEPT_DAYS * 86_400),
    ];
    let fashn = limits::FASHN_KEEPS_MS / 3_600_000;
    let base64 = spelt(limits::BASE64_TTL_SECONDS);
    [
        [
            "Photograph",
            "the shopper's browser (IndexedDB)",
            &format!("{} days", days_on_device()),
            "time; *Forget my photo*",
        ],
        [
            "Photograph, on its way",
            "the Worker's memory",
            &format!("while it is sent, at most {send}"),
            "the end of the request",
        ],
        [
            "Photograph of a run that waits",
            "a Durable Object of its own",
            &format!("until it is sent: {}, and {around}", of(&table::QUEUE_SECONDS)),
            "its sending; time; *Forget my photo*, cancel, `DELETE`",
        ],
        [
            "Photograph",
            "FASHN",
            "not stored, by FASHN's own word, if it comes as the element sends it: in the request",
            "FASHN",
        ],
        [
            "Request without its photograph: model, inputs, the product picture's address, time",
            "FASHN's request history",
            "FASHN names no end",
            "FASHN",
        ],
        [
            "Picture that was made",
            "FASHN",
            &format!("{fashn} hours; in base64 {base64}, in memory"),
            "FASHN, by time alone",
        ],
        [
            "Picture in base64, where it was asked for",
            "Workers KV",
            &format!("{}, and at most {base64}", of(&table::RESULT_TTL_SECONDS)),
            "time; *Forget my photo*, `DELETE`",
        ],
        [
            "Run: state, model, credits, the picture's address, a pseudonym",
            "the account's Durable Object",
            &of(&table::RESULT_TTL_SECONDS),
            "time; *Forget my photo*, `DELETE`",
        ],
        [
            "Pseudonym, with tries and credits",
            "the account's Durable Object",
            "the UTC day",
            "events of a later day",
        ],
        [
            "Receipt of a consent",
            "the shopper's browser (localStorage)",
            "the newest 40",
            "*Forget my photo*, cancel",
        ],
        [
            "Message to your backend",
            "the account's Durable Object",
            &format!(
                "until your backend takes it, {} to {} hours; then {letters} as a dead letter",
                tried[0], tried[1]
            ),
            "delivery; time; `DELETE`",
        ],
        ["An order's number, hashed", "the account's Durable Object", &seen, "time"],
        [
            "Figures by day, shop, model and product: counts alone",
            "the account's Durable Object",
            &figures,
            "time",
        ],
        [
            "What was deleted in a Durable Object",
            "Cloudflare's point-in-time copies",
            "up to 30 days, by Cloudflare's documentation; the gateway reads none",
            "Cloudflare",
        ],
    ]
    .map(|row| row.map(str::to_owned))
}

#[test]
fn the_times_of_the_privacy_page_are_those_of_settings_and_limits() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/privacy.md");
    let page = std::fs::read_to_string(path).expect("reads");
    let (before, rest) = page.split_once(BEGIN).expect("begins");
    let (_, after) = rest.split_once(END).expect("ends");
    let table = rows().map(|row| ["| ", &row.join(" | "), " |\n"].concat()).concat();
    assert_made("docs/privacy.md", &[before, BEGIN, HEAD, &table, END, after].concat());
}

#[test]
fn a_time_is_spelt_in_its_largest_whole_unit() {
    for (seconds, text) in [(1, "1 second"), (110, "110 seconds"), (1_800, "30 minutes")] {
        assert_eq!(spelt(seconds), text);
    }
    assert_eq!(spelt(3 * 86_400), "3 days");
}
