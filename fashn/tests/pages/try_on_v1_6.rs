//! Pages "FASHN Virtual Try-On v1.6" and "Try-On Parameters", which tell the same; and the requests
//! of the pages on privacy, webhooks, quickstarts and SDKs, which all use this model.

use fashn::image::Role;
use fashn::models::{Media, ModerationLevel, OutputCount, OutputShape, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{FORMATS, Kind, optional, required};

pub const PAGE: Page = Page {
    model: "tryon-v1.6",
    rows: &[
        required("model_image", Kind::Image(Role::Person)),
        required("garment_image", Kind::Image(Role::Product)),
        optional("category", Kind::OneOf(&["auto", "tops", "bottoms", "one-pieces"])),
        optional("segmentation_free", Kind::Flag),
        optional("moderation_level", Kind::OneOf(&["conservative", "permissive", "none"]))
            .default("\"permissive\""),
        optional("garment_photo_type", Kind::OneOf(&["auto", "flat-lay", "model"])),
        optional("mode", Kind::OneOf(&["performance", "balanced", "quality"]))
            .default("\"balanced\""),
        optional("seed", Kind::Seed).default("42"),
        optional("num_samples", Kind::Count).default("1"),
        optional("output_format", Kind::OneOf(FORMATS)).default("\"png\""),
        optional("return_base64", Kind::Flag).default("false"),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn one_credit_a_picture_whatever_the_mode() {
    for mode in ["performance", "balanced", "quality"] {
        for count in 1..=4 {
            let inputs = PAGE.inputs(&json!({"mode": mode, "num_samples": count}));
            assert_eq!(inputs.credits().0, count);
        }
    }
    assert_eq!(PAGE.inputs(&json!({})).credits().0, 1);
}

#[test]
fn five_eight_and_twelve_to_seventeen_seconds() {
    for (mode, typical, longest) in [
        (json!("performance"), 5, 5),
        (json!("balanced"), 8, 8),
        (json!("quality"), 12, 17),
        (json!(null), 8, 8),
    ] {
        let seconds = PAGE.inputs(&json!({"mode": mode})).expected_seconds();
        assert_eq!((seconds.typical, seconds.longest), (typical, longest), "{mode}");
    }
}

#[test]
fn the_outputs_are_864_by_1296() {
    let asked = json!({"num_samples": 2, "output_format": "jpeg", "return_base64": true});
    let output = PAGE.inputs(&asked).output();
    assert_eq!((output.media, output.media.extension()), (Media::Jpeg, "jpeg"));
    assert_eq!((output.count.get(), output.base64, output.shape), (2, true, OutputShape::List));
    assert_eq!(output.frame.size(Size::new(10, 10)), Size::new(864, 1296));
    assert_eq!(output.frame.field(), None);
}

#[test]
fn what_a_merchant_pins_is_what_goes_out() {
    let mut inputs = PAGE.inputs(&json!({"moderation_level": "none", "num_samples": 4}));
    let policy_inputs = inputs.policy_inputs();
    assert!(policy_inputs.resolution.is_none() && policy_inputs.generation_mode.is_none());
    let mut level = policy_inputs.moderation_level.expect("has one");
    assert_eq!((level.name(), level.given()), ("moderation_level", Some(ModerationLevel::None)));
    level.set(ModerationLevel::Conservative).expect("possible");
    let mut outputs = policy_inputs.outputs.expect("has one");
    assert_eq!(outputs.name(), "num_samples");
    assert_eq!(outputs.effective().get(), 4);
    outputs.clear();
    assert_eq!((outputs.given(), outputs.effective()), (None, OutputCount::MIN));
    let json = serde_json::to_value(&inputs).expect("serialises");
    assert_eq!(json["moderation_level"], "conservative");
    assert_eq!(json.get("num_samples"), None);
    assert_eq!(inputs.credits().0, 1);
}

#[test]
fn the_pages_examples() {
    PAGE.check_example(&json!({
        "model_image": "http://example.com/path/to/model.jpg",
        "garment_image": "http://example.com/path/to/garment.jpg"
    }));
    // Data Retention & Privacy: URL expiry, base64 (its data is elided there) and hybrid.
    PAGE.check_example(&json!({
        "model_image": "https://your-cdn.com/signed-url?expires=1735689600",
        "garment_image": "https://your-cdn.com/signed-url?expires=1735689600",
        "return_base64": true
    }));
    let photo = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEAYABgAAA=";
    PAGE.check_example(&json!({
        "model_image": photo, "garment_image": photo, "return_base64": true, "output_format": "png"
    }));
    PAGE.check_example(&json!({
        "model_image": photo,
        "garment_image": "https://your-cdn.com/catalog-image.jpg",
        "return_base64": true
    }));
    // SDK pages.
    PAGE.check_example(&json!({
        "model_image": "https://example.com/path/to/model.jpg",
        "garment_image": "https://example.com/path/to/garment.jpg"
    }));
    check_completed("output_0.png");
}
