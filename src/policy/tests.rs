use fashn::body::Body;
use fashn::image::AnyImage;

use super::*;

/// What a policy makes of inputs: FASHN's JSON, or what is wrong.
fn apply(policy: &str, model: &str, inputs: &str) -> Result<String, String> {
    let body = format!(r#"{{"model_name":"{model}","inputs":{inputs}}}"#);
    let policy = Policy::parse(policy).map_err(|error| format!("policy: {error}"))?;
    let body = Body::parse(body.as_bytes()).expect("parses");
    let model = body.model().expect("a model");
    policy
        .offers(model)
        .map_err(|fault| format!("{} {}", fault.path, fault.message))?;
    let mut inputs = body.inputs(model, &AnyImage).expect("valid");
    match policy.apply(&mut inputs) {
        Ok(()) => Ok(serde_json::to_string(&inputs).expect("serialises")),
        Err(Refusal::Faults(faults)) => Err(faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.message))
            .collect::<Vec<_>>()
            .join("; ")),
        Err(Refusal::Misfit(misfit)) => Err(misfit.to_string()),
    }
}

fn v16(policy: &str, more: &str) -> Result<String, String> {
    apply(
        policy,
        "tryon-v1.6",
        &format!(r#"{{"model_image":"m","garment_image":"g"{more}}}"#),
    )
}

fn max(policy: &str, more: &str) -> Result<String, String> {
    apply(
        policy,
        "tryon-max",
        &format!(r#"{{"product_image":"p","model_image":"m"{more}}}"#),
    )
}

#[test]
fn without_a_policy_a_shopper_gets_one_small_picture_of_the_two_try_on_models() {
    assert!(v16("{}", "").is_ok());
    assert!(max("{}", "").is_ok());
    for (asked, told) in [
        (
            v16("{}", r#","num_samples":2"#),
            "inputs.num_samples must be at most 1 here",
        ),
        (
            v16("{}", r#","moderation_level":"none""#),
            "inputs.moderation_level must be conservative or permissive here",
        ),
        (
            max("{}", r#","num_images":4"#),
            "inputs.num_images must be at most 1 here",
        ),
        (
            max("{}", r#","resolution":"2k""#),
            "inputs.resolution must be at most 1k here",
        ),
        (
            max("{}", r#","generation_mode":"quality""#),
            "inputs.generation_mode must be at most balanced here",
        ),
        (
            max("{}", r#","prompt":"a castle""#),
            "inputs.prompt is not taken from shoppers here: leave it out",
        ),
        (
            apply("{}", "model-create", r#"{"prompt":"x"}"#),
            "model_name is not offered here; there is: tryon-v1.6, tryon-max",
        ),
    ] {
        assert_eq!(asked, Err(told.to_owned()));
    }
}

#[test]
fn everything_over_a_cap_is_told_at_once() {
    let told = max(
        "{}",
        r#","num_images":2,"resolution":"4k","generation_mode":"quality""#,
    )
    .expect_err("over");
    assert_eq!(told.split("; ").count(), 3, "{told}");
}

#[test]
fn an_empty_prompt_is_none() {
    assert!(max("{}", r#","prompt":"  ""#).is_ok());
}

#[test]
fn what_a_merchant_allows_is_allowed() {
    let policy =
        r#"{"max_outputs":4,"max_resolution":"4k","max_generation_mode":"quality","prompts":true}"#;
    assert!(
        max(
            policy,
            r#","num_images":4,"resolution":"4k","generation_mode":"quality","prompt":"tuck in""#
        )
        .is_ok()
    );
}

#[test]
fn a_pinned_input_holds_and_can_t_be_changed() {
    let policy = r#"{"pinned":{"tryon-v1.6":{"moderation_level":"conservative","num_samples":1}}}"#;
    let told = v16(policy, "").expect("fits");
    assert!(
        told.contains(r#""moderation_level":"conservative""#),
        "{told}"
    );
    assert_eq!(
        v16(policy, r#","moderation_level":"conservative""#),
        Ok(told)
    );
    assert_eq!(
        v16(policy, r#","moderation_level":"permissive""#),
        Err("inputs.moderation_level is set by the shop: leave it out".to_owned())
    );
}

#[test]
fn only_a_merchant_can_turn_moderation_off() {
    let policy = r#"{"pinned":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
    assert!(
        v16(policy, "")
            .expect("fits")
            .contains(r#""moderation_level":"none""#)
    );
    let as_default = r#"{"defaults":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
    assert!(v16(as_default, "").is_err());
}

#[test]
fn a_default_holds_where_the_shopper_gives_nothing() {
    let policy = r#"{"defaults":{"tryon-v1.6":{"output_format":"jpeg","seed":7}}}"#;
    let told = v16(policy, r#","seed":8"#).expect("fits");
    assert!(
        told.contains(r#""output_format":"jpeg""#) && told.contains(r#""seed":8"#),
        "{told}"
    );
}

#[test]
fn fashn_s_own_default_over_a_cap_is_lowered() {
    let policy = r#"{"models":["image-to-video"],"max_video_resolution":"480p"}"#;
    let told = apply(policy, "image-to-video", r#"{"image":"i"}"#).expect("fits");
    assert!(told.contains(r#""resolution":"480p""#), "{told}");
    let needs_1080p = apply(policy, "image-to-video", r#"{"image":"i","end_image":"e"}"#);
    assert_eq!(
        needs_1080p,
        Err("inputs.resolution must be at most 480p here".to_owned())
    );
}

#[test]
fn a_policy_that_does_not_fit_a_model_stops_its_runs() {
    let policy = r#"{"pinned":{"tryon-max":{"mode":"quality"}}}"#;
    assert_eq!(
        max(policy, ""),
        Err("POLICY: mode of tryon-max can't be set as it says".to_owned())
    );
    let impossible = r#"{"pinned":{"tryon-max":{"generation_mode":"fast"}}}"#;
    assert!(max(impossible, "").is_err());
}

#[test]
fn a_policy_that_can_t_be_read_says_where() {
    for (policy, word) in [
        (r#"{"max_output":1}"#, "max_output"),
        (r#"{"models":["tryon-v9"]}"#, "must be one of"),
        (r#"{"max_outputs":9}"#, "1 to 4"),
        (r#"{"pinned":{"tryon-v1.6":{"prompt":"x"}}}"#, "prompt"),
    ] {
        let told = v16(policy, "").expect_err("unreadable");
        assert!(
            told.starts_with("policy: ") && told.contains(word),
            "{told}"
        );
    }
}
