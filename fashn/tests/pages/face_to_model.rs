//! Page "Face to Model".

use fashn::image::Role;
use fashn::models::{Media, OutputShape, Size};
use fashn::prediction::Output;
use serde_json::json;

use crate::page::{Page, check_prediction};
use crate::table::{FORMATS, GENERATION_MODES, Kind, PICTURE, RESOLUTIONS, optional, required};

const RATIOS: &[&str] = &["1:1", "4:5", "3:4", "2:3", "9:16"];

pub const PAGE: Page = Page {
    model: "face-to-model",
    rows: &[
        required("face_image", Kind::Image(Role::Person)),
        optional("prompt", Kind::Text),
        optional("aspect_ratio", Kind::OneOf(RATIOS)),
        optional("resolution", Kind::OneOf(RESOLUTIONS)).default("\"1k\""),
        optional("generation_mode", Kind::OneOf(GENERATION_MODES)).default("\"fast\""),
        optional("seed", Kind::Seed).default("42"),
        optional("num_images", Kind::Count).default("1"),
        optional("output_format", Kind::OneOf(FORMATS)).default("\"jpeg\""),
        optional("return_base64", Kind::Flag).default("false"),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn ratios_wider_than_high_are_refused() {
    for ratio in ["5:4", "4:3", "3:2", "16:9", "21:9"] {
        assert_eq!(
            PAGE.faults(&json!({"aspect_ratio": ratio})),
            ["inputs.aspect_ratio must be one of: 1:1, 4:5, 3:4, 2:3, 9:16"]
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
fn the_outputs_are_2_by_3_jpegs_unless_asked_otherwise() {
    let any = Size::new(1, 1);
    let output = PAGE.inputs(&json!({})).output();
    assert_eq!((output.media, output.shape), (Media::Jpeg, OutputShape::Images));
    assert_eq!(output.frame.size(any), Size::new(832, 1248));
    let asked = json!({"aspect_ratio": "9:16", "resolution": "4k", "output_format": "png"});
    let output = PAGE.inputs(&asked).output();
    assert_eq!(output.media, Media::Png);
    assert_eq!(output.frame.size(any), Size::new(3040, 5440));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "face_image": "http://example.com/path/to/headshot.jpg",
        "output_format": "jpeg"
    }));
    PAGE.check_example(&json!({"face_image": PICTURE, "prompt": "athletic build"}));
    let prediction = check_prediction(&json!({
        "id": "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1",
        "status": "completed",
        "output": {
            "images": [
                "https://cdn.fashn.ai/123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1/output_0.png"
            ]
        },
        "error": null
    }));
    let output = prediction.output.expect("output");
    assert!(matches!(output, Output::Images { .. }));
    assert_eq!(output.items().len(), 1);
}
