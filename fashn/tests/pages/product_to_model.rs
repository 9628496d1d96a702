//! Page "Product to Model".

use fashn::image::Role;
use fashn::models::Size;
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{
    FACE_REFERENCE_MODES, FORMATS, GENERATION_MODES, Kind, PICTURE, RESOLUTIONS, optional, required,
};

const RATIOS: &[&str] = &["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "4:5", "5:4"];

pub const PAGE: Page = Page {
    model: "product-to-model",
    rows: &[
        required("product_image", Kind::Image(Role::Product)),
        optional("image_prompt", Kind::Image(Role::Reference)),
        optional("face_reference", Kind::Image(Role::Person)),
        optional("face_reference_mode", Kind::OneOf(FACE_REFERENCE_MODES)),
        optional("prompt", Kind::Text),
        optional("aspect_ratio", Kind::OneOf(RATIOS)),
        optional("resolution", Kind::OneOf(RESOLUTIONS)).default("\"1k\""),
        optional("generation_mode", Kind::OneOf(GENERATION_MODES)).default("\"fast\""),
        optional("background_reference", Kind::Image(Role::Reference)),
        optional("seed", Kind::Seed).default("42"),
        optional("num_images", Kind::Count).default("1"),
        optional("output_format", Kind::OneOf(FORMATS)).default("\"png\""),
        optional("return_base64", Kind::Flag).default("false"),
        optional("model_image", Kind::Image(Role::Person)),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn the_ultra_wide_ratio_is_not_among_them() {
    assert_eq!(
        PAGE.faults(&json!({"aspect_ratio": "21:9"})),
        ["inputs.aspect_ratio must be one of: 1:1, 3:4, 4:3, 9:16, 16:9, 2:3, 3:2, 4:5, 5:4"]
    );
}

#[test]
fn the_deprecated_model_image_stands_alone() {
    for other in ["image_prompt", "background_reference", "face_reference"] {
        assert_eq!(
            PAGE.faults(&json!({"model_image": PICTURE, other: PICTURE})),
            [format!(
                "inputs.model_image cannot be combined with {other}; to put a product on a person, use tryon-max"
            )]
        );
    }
    assert_eq!(
        PAGE.faults(
            &json!({"model_image": PICTURE, "image_prompt": "", "face_reference": PICTURE})
        ),
        [
            "inputs.image_prompt is empty: give an https address or a data URL",
            "inputs.model_image cannot be combined with image_prompt, face_reference; to put a product on a person, use tryon-max"
        ]
    );
    PAGE.inputs(&json!({"model_image": PICTURE, "prompt": "tucked-in", "aspect_ratio": "3:4"}));
}

#[test]
fn its_three_guides_combine_freely() {
    PAGE.inputs(&json!({
        "image_prompt": PICTURE, "background_reference": PICTURE, "face_reference": PICTURE
    }));
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
fn the_ratio_is_the_one_asked_for_else_the_most_specific_picture_s() {
    let field = |more| PAGE.inputs(&more).output().frame.field();
    assert_eq!(field(json!({})), Some("product_image"));
    assert_eq!(field(json!({"image_prompt": PICTURE})), Some("image_prompt"));
    assert_eq!(
        field(json!({"image_prompt": PICTURE, "background_reference": PICTURE})),
        Some("background_reference")
    );
    assert_eq!(field(json!({"model_image": PICTURE})), Some("model_image"));
    let asked = json!({"image_prompt": PICTURE, "aspect_ratio": "16:9", "resolution": "2k"});
    let frame = PAGE.inputs(&asked).output().frame;
    assert_eq!((frame.field(), frame.size(Size::new(1, 1))), (None, Size::new(2720, 1520)));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "product_image": "http://example.com/path/to/product.jpg",
        "prompt": "professional office setting",
        "output_format": "png",
        "return_base64": false
    }));
    check_completed("output_0.png");
}
