//! Page "Model Swap".

use fashn::image::Role;
use fashn::models::Size;
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{
    FACE_REFERENCE_MODES, FORMATS, GENERATION_MODES, Kind, PICTURE, RESOLUTIONS, optional, required,
};

pub const PAGE: Page = Page {
    model: "model-swap",
    rows: &[
        required("model_image", Kind::Image(Role::Person)),
        optional("prompt", Kind::Text),
        optional("face_reference", Kind::Image(Role::Person)),
        optional("face_reference_mode", Kind::OneOf(FACE_REFERENCE_MODES)),
        optional("resolution", Kind::OneOf(RESOLUTIONS)).default("\"1k\""),
        optional("generation_mode", Kind::OneOf(GENERATION_MODES)).default("\"fast\""),
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
    PAGE.check_example(&json!({"model_image": PICTURE, "prompt": ""}));
}

#[test]
fn every_price() {
    let table = [("fast", [1, 2, 3]), ("balanced", [2, 3, 4]), ("quality", [3, 4, 5])];
    PAGE.check_tier_prices(&table, &json!({}), 0);
    PAGE.check_tier_prices(&table, &json!({"face_reference": PICTURE}), 3);
    PAGE.check_automatic([("fast", 1), ("balanced", 3), ("balanced", 4)]);
}

#[test]
fn under_20_to_120_seconds_and_longer_with_a_face_reference() {
    PAGE.check_tier_times("fast", 20);
    let seconds = PAGE.inputs(&json!({"face_reference": PICTURE})).expected_seconds();
    assert_eq!((seconds.typical, seconds.longest), (35, 50));
}

#[test]
fn the_outputs_have_the_ratio_of_the_model_s_picture() {
    let output = PAGE.inputs(&json!({"resolution": "4k"})).output();
    assert_eq!(output.frame.field(), Some("model_image"));
    assert_eq!(output.frame.size(Size::new(900, 1200)), Size::new(3520, 4704));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "model_image": "https://example.com/fashion-model.jpg",
        "prompt": "Asian woman with blue hair"
    }));
    check_completed("output_0.png");
}
