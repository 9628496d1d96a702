//! Page "Reframe".

use fashn::advice::Action;
use fashn::choice::Choice as _;
use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::image::Role;
use fashn::models::{AspectRatio, Resolution, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{FORMATS, GENERATION_MODES, Kind, PICTURE, RESOLUTIONS, optional, required};

const RATIOS: &[&str] = &["21:9", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "1:1"];

pub const PAGE: Page = Page {
    model: "reframe",
    rows: &[
        required("image", Kind::Image(Role::Person)),
        required("aspect_ratio", Kind::OneOf(RATIOS)),
        optional("resolution", Kind::OneOf(RESOLUTIONS)).default("\"1k\""),
        optional("generation_mode", Kind::OneOf(GENERATION_MODES)).default("\"fast\""),
        optional("num_images", Kind::Count).default("1"),
        optional("seed", Kind::Seed).default("42"),
        optional("output_format", Kind::OneOf(FORMATS)).default("\"png\""),
        optional("return_base64", Kind::Flag).default("false"),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn every_supported_aspect_ratio() {
    let table = [
        ("21:9", 1568, 672),
        ("1:1", 1024, 1024),
        ("4:3", 1176, 880),
        ("3:2", 1248, 832),
        ("2:3", 832, 1248),
        ("5:4", 1144, 912),
        ("4:5", 912, 1144),
        ("3:4", 880, 1176),
        ("16:9", 1360, 760),
        ("9:16", 760, 1360),
    ];
    assert_eq!(table.len(), AspectRatio::ALL.len());
    for (ratio, width, height) in table {
        for (resolution, times) in [("1k", 1), ("2k", 2), ("4k", 4)] {
            let asked = json!({"aspect_ratio": ratio, "resolution": resolution});
            let frame = PAGE.inputs(&asked).output().frame;
            let size = Size::new(width * times, height * times);
            assert_eq!(frame.size(Size::new(1, 1)), size, "{ratio} {resolution}");
            let megapixels = size.pixels() / u64::from(times * times);
            assert!((1_000_000..1_060_000).contains(&megapixels), "about its tier");
        }
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
fn a_picture_that_has_the_ratio_already_is_no_one_s_fault() {
    let error = RuntimeError {
        name: RuntimeErrorName::InputValidationError,
        message: "Image already matches target aspect ratio".to_owned(),
    };
    assert_eq!(error.advice().action, Action::None);
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "image": "https://example.com/portrait.jpg",
        "aspect_ratio": "16:9"
    }));
    PAGE.check_example(&json!({"image": PICTURE, "aspect_ratio": "1:1", "num_images": 4}));
    check_completed("output_0.png");
}

#[test]
fn base64_outputs_have_a_bound_before_they_are_made() {
    let table = [
        ("1k", "png", 4_259_840),
        ("2k", "png", 16_842_752),
        ("4k", "png", 67_174_400),
        ("1k", "jpeg", 1_463_640),
        ("4k", "jpeg", 22_435_160),
    ];
    for (resolution, output_format, chars) in table {
        let asked = json!({
            "aspect_ratio": "1:1",
            "resolution": resolution,
            "output_format": output_format,
            "return_base64": true,
        });
        let bound = PAGE.inputs(&asked).output().base64_chars_max();
        assert_eq!(bound, Some(chars), "{resolution} {output_format}");
    }
    let address = PAGE.inputs(&json!({"aspect_ratio": "1:1"})).output();
    assert_eq!(address.base64_chars_max(), None);
}

#[test]
fn no_ratio_has_more_pixels_than_its_tier() {
    for (_, ratio) in AspectRatio::ALL {
        for (_, resolution) in Resolution::ALL {
            assert!(ratio.size(*resolution).pixels() <= resolution.pixels_max());
        }
    }
}
