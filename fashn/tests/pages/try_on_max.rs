//! Page "Try-On Max".

use fashn::image::Role;
use fashn::models::{GenerationMode, ImpossibleValue, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{FORMATS, Kind, RESOLUTIONS, optional, required};

pub const PAGE: Page = Page {
    model: "tryon-max",
    rows: &[
        required("product_image", Kind::Image(Role::Product)),
        required("model_image", Kind::Image(Role::Person)),
        optional("prompt", Kind::Text),
        optional("resolution", Kind::OneOf(RESOLUTIONS)).default("\"1k\""),
        optional("generation_mode", Kind::OneOf(&["balanced", "quality"])).default("\"balanced\""),
        optional("seed", Kind::Seed).default("42"),
        optional("num_images", Kind::Count).default("1"),
        optional("output_format", Kind::OneOf(FORMATS)).default("\"png\""),
        optional("return_base64", Kind::Flag).default("false"),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn an_empty_prompt_is_the_page_s_own_default() {
    let mut inputs = PAGE.least();
    inputs["prompt"] = json!("");
    PAGE.check_example(&inputs);
}

#[test]
fn there_is_no_fast_mode_to_ask_for_or_to_set() {
    assert_eq!(
        PAGE.faults(&json!({"generation_mode": "fast"})),
        ["inputs.generation_mode must be one of: balanced, quality"]
    );
    let mut inputs = PAGE.inputs(&json!({"generation_mode": "quality"}));
    let mut input = inputs.policy_inputs().generation_mode.expect("has one");
    assert_eq!(input.set(GenerationMode::Fast), Err(ImpossibleValue));
    assert_eq!(input.given(), Some(GenerationMode::Quality));
    assert_eq!(input.set(GenerationMode::Balanced), Ok(()));
    assert_eq!(input.given(), Some(GenerationMode::Balanced));
    assert_eq!(inputs.credits().0, 2);
}

#[test]
fn every_price() {
    PAGE.check_tier_prices(&[("balanced", [2, 3, 4]), ("quality", [3, 4, 5])], &json!({}), 0);
    PAGE.check_automatic([("balanced", 2), ("balanced", 3), ("balanced", 4)]);
}

#[test]
fn under_30_to_120_seconds() {
    PAGE.check_tier_times("balanced", 30);
}

#[test]
fn the_outputs_have_the_ratio_of_the_person_s_picture() {
    let output = PAGE.inputs(&json!({"resolution": "2k"})).output();
    assert_eq!(output.frame.field(), Some("model_image"));
    assert_eq!(output.frame.size(Size::new(1080, 1920)), Size::new(1520, 2720));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "product_image": "https://example.com/garment.jpg",
        "model_image": "https://example.com/person.jpg"
    }));
    for prompt in ["remove scarf", "tuck in shirt", "roll up sleeves", "open jacket"] {
        PAGE.inputs(&json!({"prompt": prompt}));
    }
    check_completed("output_0.png");
}
