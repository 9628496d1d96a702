//! Runs that FASHN's pages don't have yet: models and inputs that its SDKs know already. Staff may
//! send them; nothing of them is judged.

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::extracted_body::ExtractedBody;
use fashn::fields::FieldError;
use fashn::models::{Credits, ExpectedSeconds, Model};

/// How long such a run takes, as far as anybody knows: FASHN's longest documented time.
pub const EXPECTED_SECONDS: ExpectedSeconds = ExpectedSeconds { typical: 60, longest: 120 };

/// The model of a body in which nothing is wrong but that FASHN's pages don't have the model, or
/// some inputs of it. What is wrong else is returned, and what would let staff send the rest.
pub fn model(
    extracted: &ExtractedBody<'_>,
    credits: Credits,
    mut faults: Vec<FieldError>,
) -> Result<String, Vec<FieldError>> {
    let Ok(body) = Body::of(extracted) else { return Err(faults) };
    let Some(name) = body.model_name().filter(|name| is_name(name)) else { return Err(faults) };
    let known = Model::named(name).map(Model::input_names);
    let is_unknown = |path: &str| match (known, path.strip_prefix("inputs.")) {
        (None, _) => path == "model_name",
        (Some(known), Some(input)) => !known.contains(&input),
        (Some(_), None) => false,
    };
    if credits.0 > 0 && faults.iter().all(|fault| is_unknown(&fault.path)) {
        return Ok(name.to_owned());
    }
    for fault in &mut faults {
        if credits.0 == 0 && is_unknown(&fault.path) {
            fault.message.push_str("; staff may send others once PASS_THROUGH_CREDITS is set");
        }
    }
    Err(faults)
}

/// It becomes part of figures, metrics and log lines.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests;
