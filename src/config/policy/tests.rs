use fashn::body::Body;
use fashn::image::AnyImage;
use fashn::models::OutputFormat;

use super::*;

/// What a policy makes of inputs: FASHN's JSON, or what is wrong.
fn apply(policy: &str, model: &str, inputs: &str) -> Result<String, String> {
    let body = format!(r#"{{"model_name":"{model}","inputs":{inputs}}}"#);
    let policy = Policy::parse(policy).map_err(|error| format!("policy: {error}"))?;
    let body = Body::parse(body.as_bytes()).expect("parses");
    let model = body.model().expect("a model");
    policy.offers(model).map_err(|fault| format!("{} {}", fault.path, fault.message))?;
    let mut inputs = body.inputs(model, &AnyImage).expect("valid");
    match policy.apply(&mut inputs) {
        Ok(()) => Ok(serde_json::to_string(&inputs).expect("serialises")),
        Err(PolicyError::NotOffered(faults)) => Err(faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.message))
            .collect::<Vec<_>>()
            .join("; ")),
        Err(PolicyError::Misfit(misfit)) => Err(misfit.to_string()),
    }
}

fn v16(policy: &str, more: &str) -> Result<String, String> {
    apply(policy, "tryon-v1.6", &format!(r#"{{"model_image":"m","garment_image":"g"{more}}}"#))
}

fn max(policy: &str, more: &str) -> Result<String, String> {
    apply(policy, "tryon-max", &format!(r#"{{"product_image":"p","model_image":"m"{more}}}"#))
}

#[test]
fn without_a_policy_a_shopper_gets_one_small_picture_of_the_two_try_on_models() {
    assert!(v16("{}", "").is_ok());
    assert!(max("{}", "").is_ok());
    for (asked, expected) in [
        (v16("{}", r#","num_samples":2"#), "inputs.num_samples must be at most 1 here"),
        (
            v16("{}", r#","moderation_level":"none""#),
            "inputs.moderation_level must be conservative or permissive here",
        ),
        (max("{}", r#","num_images":4"#), "inputs.num_images must be at most 1 here"),
        (max("{}", r#","resolution":"2k""#), "inputs.resolution must be at most 1k here"),
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
        assert_eq!(asked, Err(expected.to_owned()));
    }
}

#[test]
fn everything_over_a_cap_is_told_at_once() {
    let expected = max("{}", r#","num_images":2,"resolution":"4k","generation_mode":"quality""#)
        .expect_err("over");
    assert_eq!(expected.split("; ").count(), 3, "{expected}");
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
    let expected = v16(policy, "").expect("fits");
    assert!(expected.contains(r#""moderation_level":"conservative""#), "{expected}");
    assert_eq!(v16(policy, r#","moderation_level":"conservative""#), Ok(expected));
    assert_eq!(
        v16(policy, r#","moderation_level":"permissive""#),
        Err("inputs.moderation_level is set by the shop: leave it out".to_owned())
    );
}

#[test]
fn only_a_merchant_can_turn_moderation_off() {
    let policy = r#"{"pinned":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
    assert!(v16(policy, "").expect("fits").contains(r#""moderation_level":"none""#));
    let as_default = r#"{"defaults":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
    assert!(v16(as_default, "").is_err());
}

#[test]
fn a_default_holds_where_the_shopper_gives_nothing() {
    let policy = r#"{"defaults":{"tryon-v1.6":{"output_format":"jpeg","seed":7}}}"#;
    let expected = v16(policy, r#","seed":8"#).expect("fits");
    assert!(
        expected.contains(r#""output_format":"jpeg""#) && expected.contains(r#""seed":8"#),
        "{expected}"
    );
}

#[test]
fn fashn_s_own_default_over_a_cap_is_lowered() {
    let policy = r#"{"models":["image-to-video"],"max_video_resolution":"480p"}"#;
    let expected = apply(policy, "image-to-video", r#"{"image":"i"}"#).expect("fits");
    assert!(expected.contains(r#""resolution":"480p""#), "{expected}");
    let needs_1080p = apply(policy, "image-to-video", r#"{"image":"i","end_image":"e"}"#);
    assert_eq!(needs_1080p, Err("inputs.resolution must be at most 480p here".to_owned()));
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
fn a_policy_that_can_t_be_read_says_where_and_all_at_once() {
    for (policy, expected) in [
        ("models = []", "body is not JSON: expected value at line 1 column 1"),
        (r#"["tryon-max"]"#, "body must be an object, not an array"),
        (
            r#"{"max_output":1}"#,
            "max_output is not a field of this table; did you mean max_outputs?",
        ),
        (
            r#"{"models":["tryon-max","tryon-v9"]}"#,
            "models is a list, and each in it must be one of: tryon-v1.6, tryon-max, product-to-model, \
             face-to-model, model-create, model-swap, reframe, edit, background-remove, image-to-video",
        ),
        (
            r#"{"models":"tryon-max","prompts":"no"}"#,
            "models must be a list of strings; prompts must be true or false, not a string",
        ),
        (r#"{"max_outputs":9,"max_outputs":1}"#, "max_outputs is given twice"),
        (
            r#"{"max_outputs":9,"max_duration":7,"max_resolution":"8k"}"#,
            "max_outputs must be a whole number from 1 to 4; max_resolution must be one of: 1k, 2k, 4k; \
             max_duration must be one of: 5, 10",
        ),
        (
            r#"{"pinned":{"tryon-v1.6":{"prompt":"x"},"tryon-v16":{}},"defaults":[]}"#,
            "pinned.tryon-v1.6.prompt is not a field of this table; it has: num_images, num_samples, \
             resolution, duration, generation_mode, mode, moderation_level, output_format, return_base64, seed; \
             pinned.tryon-v16 is not a field of this table; did you mean tryon-v1.6?; \
             defaults must be an object, not an array",
        ),
        (
            r#"{"defaults":{"tryon-max":{"resolution":"8k","seed":-1,"num_images":1,"num_samples":1}}}"#,
            "defaults.tryon-max.num_samples is num_images by another name: give one; \
             defaults.tryon-max.resolution must be one of: 1k, 2k, 4k; of a clip it must be one of: 480p, 720p, 1080p; \
             defaults.tryon-max.seed must be a whole number from 0 to 4294967295",
        ),
    ] {
        let error = Policy::parse(policy).expect_err("unreadable");
        assert_eq!(error.to_string(), expected, "{policy}");
    }
}

#[test]
fn every_part_of_a_policy_is_read() {
    let policy = Policy::parse(
        r#"{
            "models": ["edit", "image-to-video"], "max_outputs": 4, "max_resolution": "4k",
            "max_generation_mode": "quality", "max_mode": "balanced", "max_duration": 10,
            "max_video_resolution": "1080p", "prompts": true,
            "pinned": {"edit": {
                "num_samples": 2, "resolution": "2k", "generation_mode": "fast", "mode": "performance",
                "moderation_level": "permissive", "output_format": "jpeg", "return_base64": true, "seed": 4294967295
            }},
            "defaults": {"image-to-video": {"resolution": "480p", "duration": 5}}
        }"#,
    );
    let pinned = Preset {
        num_images: OutputCount::new(2),
        resolution: Some(Resolution::TwoK),
        video_resolution: None,
        duration: None,
        generation_mode: Some(GenerationMode::Fast),
        mode: Some(Mode::Performance),
        moderation_level: Some(ModerationLevel::Permissive),
        output_format: Some(OutputFormat::Jpeg),
        return_base64: Some(true),
        seed: Some(u32::MAX),
    };
    let default = Preset {
        video_resolution: Some(VideoResolution::P480),
        duration: Some(Duration::Five),
        ..Preset::default()
    };
    assert_eq!(
        policy,
        Ok(Policy {
            models: vec![Model::Edit, Model::ImageToVideo],
            max_outputs: OutputCount::MAX,
            max_resolution: Resolution::FourK,
            max_generation_mode: GenerationMode::Quality,
            max_mode: Mode::Balanced,
            max_duration: Duration::Ten,
            max_video_resolution: VideoResolution::P1080,
            prompts: true,
            pinned: LiteMap::from_iter([(Model::Edit, pinned)]),
            defaults: LiteMap::from_iter([(Model::ImageToVideo, default)]),
        })
    );
}

#[test]
fn what_is_left_out_or_null_is_the_safe_one() {
    for policy in ["{}", r#"{"models":null,"prompts":null,"pinned":null}"#] {
        assert_eq!(Policy::parse(policy), Ok(Policy::default()), "{policy}");
    }
}
