//! Page "Model Create".

use fashn::image::Role;
use fashn::models::{OutputShape, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{
    FACE_REFERENCE_MODES, FORMATS, GENERATION_MODES, Kind, PICTURE, RESOLUTIONS, optional, required,
};

const RATIOS: &[&str] = &["21:9", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "1:1"];

pub const PAGE: Page = Page {
    model: "model-create",
    rows: &[
        required("prompt", Kind::Text),
        optional("image_reference", Kind::Image(Role::Reference)),
        optional("aspect_ratio", Kind::OneOf(RATIOS)),
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
fn every_price() {
    let table = [("fast", [1, 2, 3]), ("balanced", [2, 3, 4]), ("quality", [3, 4, 5])];
    PAGE.check_tier_prices(&table, &json!({}), 0);
    PAGE.check_tier_prices(&table, &json!({"face_reference": PICTURE}), 3);
    PAGE.check_tier_prices(&table, &json!({"face_reference_mode": "match_base"}), 0);
    PAGE.check_automatic([("fast", 1), ("balanced", 3), ("balanced", 4)]);
}

#[test]
fn under_20_to_120_seconds_and_20_to_30_more_with_a_face_reference() {
    PAGE.check_tier_times("fast", 20);
    let without = PAGE.inputs(&json!({})).expected_seconds();
    let with = PAGE.inputs(&json!({"face_reference": PICTURE})).expected_seconds();
    assert_eq!(with.typical - without.typical, 20);
    assert_eq!(with.longest - without.longest, 30);
}

#[test]
fn with_a_face_reference_4k_is_accepted_and_delivers_2k() {
    let any = Size::new(1, 1);
    let size = |resolution: &str| {
        let asked = json!({"face_reference": PICTURE, "resolution": resolution});
        PAGE.inputs(&asked).output().frame.size(any)
    };
    assert_eq!(size("1k"), Size::new(1024, 1024));
    assert_eq!(size("2k"), Size::new(2048, 2048));
    assert_eq!(size("4k"), Size::new(2048, 2048));
    let plain = PAGE.inputs(&json!({"resolution": "4k"})).output();
    assert_eq!(plain.frame.size(any), Size::new(4096, 4096));
}

#[test]
fn the_ratio_is_the_one_asked_for_else_the_reference_s_else_square() {
    let wide = Size::new(3000, 2000);
    let size = |more| PAGE.inputs(&more).output().frame.size(wide);
    assert_eq!(size(json!({})), Size::new(1024, 1024));
    assert_eq!(size(json!({"image_reference": PICTURE})), Size::new(1248, 832));
    assert_eq!(
        size(json!({"image_reference": PICTURE, "aspect_ratio": "3:4"})),
        Size::new(880, 1176)
    );
    let output = PAGE.inputs(&json!({"image_reference": PICTURE, "num_images": 4})).output();
    assert_eq!(output.frame.field(), Some("image_reference"));
    assert_eq!((output.count.get(), output.shape), (4, OutputShape::List));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "prompt": "Full body shot, woman wearing a white t-shirt and dark blue biker shorts"
    }));
    check_completed("output_0.png");
}
