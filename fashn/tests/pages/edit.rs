//! Page "Edit".

use fashn::image::Role;
use fashn::models::{Media, OutputShape, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{FORMATS, GENERATION_MODES, Kind, RESOLUTIONS, optional, required};

pub const PAGE: Page = Page {
    model: "edit",
    rows: &[
        required("image", Kind::Image(Role::Person)),
        required("prompt", Kind::Text),
        optional("mask", Kind::Image(Role::Reference)),
        optional("image_context", Kind::Image(Role::Reference)),
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
fn a_prompt_that_says_nothing_is_no_prompt() {
    for prompt in ["", "  \n"] {
        assert_eq!(
            PAGE.faults(&json!({"prompt": prompt})),
            ["inputs.prompt is required and must not be empty"]
        );
    }
}

#[test]
fn every_price() {
    PAGE.check_tier_prices(
        &[("fast", [1, 2, 3]), ("balanced", [2, 3, 4]), ("quality", [3, 4, 5])],
        &json!({}),
        0,
    );
    PAGE.check_automatic([("fast", 1), ("balanced", 3), ("balanced", 4)]);
}

#[test]
fn under_20_to_120_seconds() {
    PAGE.check_tier_times("fast", 20);
}

#[test]
fn the_outputs_have_the_ratio_of_the_picture_at_the_tier() {
    let output = PAGE
        .inputs(&json!({"resolution": "2k", "num_images": 3, "output_format": "jpeg"}))
        .output();
    assert_eq!(output.media, Media::Jpeg);
    assert_eq!((output.count.get(), output.base64, output.shape), (3, false, OutputShape::List));
    assert_eq!(output.frame.field(), Some("image"));
    assert_eq!(output.frame.size(Size::new(1000, 1500)), Size::new(1664, 2496));
    assert_eq!(output.frame.size(Size::new(1000, 1400)), Size::new(1728, 2416));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "image": "https://example.com/model.jpg",
        "prompt": "turn the model slightly to the left, add a black leather crossbody bag, soft daylight studio lighting"
    }));
    check_completed("output_0.png");
}
