//! Page "Image to Video".

use fashn::image::Role;
use fashn::models::{ImpossibleValue, Media, OutputShape, Size, VideoResolution};
use serde_json::json;

use crate::page::{Page, check_completed};
use crate::table::{Kind, PICTURE, optional, required};

pub const PAGE: Page = Page {
    model: "image-to-video",
    rows: &[
        required("image", Kind::Image(Role::Person)),
        optional("prompt", Kind::Text),
        optional("duration", Kind::Seconds(&[5, 10])).default("5"),
        optional("resolution", Kind::OneOf(&["480p", "720p", "1080p"])).default("\"1080p\""),
        optional("end_image", Kind::Image(Role::Reference)),
    ],
};

#[test]
fn every_parameter_row() {
    PAGE.check_rows();
}

#[test]
fn an_empty_prompt_is_the_page_s_own_default() {
    PAGE.check_example(&json!({"image": PICTURE, "prompt": ""}));
}

#[test]
fn a_duration_written_as_text_is_sent_on_as_a_number() {
    let inputs = PAGE.inputs(&json!({"duration": "10"}));
    assert_eq!(serde_json::to_value(inputs).expect("serialises")["duration"], 10);
}

#[test]
fn a_last_frame_needs_1080p() {
    for resolution in ["480p", "720p"] {
        assert_eq!(
            PAGE.faults(&json!({"end_image": PICTURE, "resolution": resolution})),
            ["inputs.end_image is only supported with resolution 1080p"]
        );
    }
    PAGE.inputs(&json!({"end_image": PICTURE, "resolution": "1080p"}));
    PAGE.inputs(&json!({"end_image": PICTURE}));
}

#[test]
fn both_faults_are_told_when_the_last_frame_is_broken_too() {
    assert_eq!(
        PAGE.faults(&json!({"end_image": "", "resolution": "480p"})),
        [
            "inputs.end_image is empty: give an https address or a data URL",
            "inputs.end_image is only supported with resolution 1080p"
        ]
    );
}

#[test]
fn the_resolution_of_a_run_with_a_last_frame_cannot_be_lowered() {
    let mut inputs = PAGE.inputs(&json!({"end_image": PICTURE}));
    let mut input = inputs.policy_inputs().video_resolution.expect("has one");
    assert_eq!(input.set(VideoResolution::P480), Err(ImpossibleValue));
    assert_eq!(input.given(), None);
    assert_eq!(input.set(VideoResolution::P1080), Ok(()));
    let mut inputs = PAGE.inputs(&json!({}));
    let mut input = inputs.policy_inputs().video_resolution.expect("has one");
    assert_eq!(input.set(VideoResolution::P480), Ok(()));
    assert_eq!(inputs.credits().0, 1);
}

#[test]
fn every_price() {
    for (duration, prices) in [(5, [1, 3, 6]), (10, [2, 6, 12])] {
        for (resolution, price) in ["480p", "720p", "1080p"].iter().zip(prices) {
            let inputs = PAGE.inputs(&json!({"duration": duration, "resolution": resolution}));
            assert_eq!(inputs.credits().0, price, "{duration} s at {resolution}");
        }
    }
    assert_eq!(PAGE.inputs(&json!({})).credits().0, 6);
    assert_eq!(PAGE.inputs(&json!({"duration": 10})).credits().0, 12);
}

#[test]
fn a_clip_is_expected_within_the_time_the_sdks_wait() {
    for duration in [5, 10] {
        for resolution in ["480p", "720p", "1080p"] {
            let asked = json!({"duration": duration, "resolution": resolution});
            let seconds = PAGE.inputs(&asked).expected_seconds();
            assert!(seconds.typical < seconds.longest && seconds.longest < 300, "{asked}");
        }
    }
}

#[test]
fn the_output_is_one_mp4_with_the_ratio_of_the_picture() {
    let output = PAGE.inputs(&json!({"duration": 10, "resolution": "720p"})).output();
    assert_eq!(output.media, Media::Mp4 { duration_seconds: 10 });
    assert_eq!((output.media.media_type(), output.media.extension()), ("video/mp4", "mp4"));
    assert_eq!((output.count.get(), output.base64, output.shape), (1, false, OutputShape::List));
    assert_eq!(output.frame.size(Size::new(1000, 1500)), Size::new(720, 1080));
    assert_eq!(output.frame.size(Size::new(1001, 999)), Size::new(720, 720));
}

#[test]
fn the_page_s_examples() {
    PAGE.check_example(&json!({
        "image": "https://example.com/photo.jpg",
        "duration": 5,
        "resolution": "1080p"
    }));
    check_completed("output_0.mp4");
}
