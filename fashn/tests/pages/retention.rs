//! Pages "Data Retention & Privacy" and "Image Preprocessing Best Practices".

use fashn::limits;
use fashn::models::Resolution;
use fashn::prediction::Output;
use serde_json::json;

use crate::page::check_prediction;

#[test]
fn addresses_hold_72_hours_and_base64_60_minutes() {
    assert_eq!(limits::CDN_OUTPUT_SECONDS, 259_200);
    assert_eq!(limits::BASE64_OUTPUT_SECONDS, 3_600);
}

#[test]
fn an_output_whose_time_is_over_says_expired() {
    for output in [json!(["_expired"]), json!({"images": ["_expired"]})] {
        let prediction = check_prediction(
            &json!({"id": "x", "status": "completed", "output": output, "error": null}),
        );
        assert_eq!(prediction.output.expect("output").items(), [Output::EXPIRED]);
    }
}

#[test]
fn longest_edges_of_use() {
    assert_eq!(limits::longest_input_edge_px(Resolution::OneK), 2000);
    assert_eq!(limits::longest_input_edge_px(Resolution::FourK), 6000);
}
