//! Page "Background Remove".

use fashn::image::Role;
use fashn::models::{Media, OutputShape, Size};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{Kind, PICTURE, optional, required};

pub const PAGE: Page = Page {
    model: "background-remove",
    rows: &[
        required("image", Kind::Image(Role::Person)),
        optional("return_base64", Kind::Flag).default("false"),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn one_credit_and_one_to_three_seconds() {
    let inputs = PAGE.inputs(&json!({}));
    assert_eq!(inputs.credits().0, 1);
    let seconds = inputs.expected_seconds();
    assert_eq!((seconds.typical, seconds.longest), (2, 3));
}

#[test]
fn the_output_is_one_png_cutout_of_the_picture_s_size_up_to_4_megapixels() {
    let output = PAGE.inputs(&json!({"return_base64": true})).output();
    assert_eq!(output.media, Media::PngCutout);
    assert_eq!(output.media.media_type(), "image/png");
    assert_eq!((output.count.get(), output.base64, output.shape), (1, true, OutputShape::List));
    assert_eq!(output.frame.field(), Some("image"));
    assert_eq!(output.frame.size(Size::new(2000, 2000)), Size::new(2000, 2000));
    let smaller = output.frame.size(Size::new(8000, 6000));
    assert_eq!(smaller, Size::new(2309, 1732));
    assert!(smaller.pixels() <= 4_000_000);
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({"image": "https://example.com/portrait.jpg"}));
    PAGE.check_example(&json!({"image": PICTURE, "return_base64": false}));
    check_completed("output_0.png");
}
