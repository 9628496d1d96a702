//! Pages "API Fundamentals" and "Webhooks".

use fashn::error::RuntimeErrorName;
use fashn::limits;
use fashn::prediction::{Accepted, Prediction, Status};
use serde_json::{Value, json};

use crate::page::{check_prediction, read};

const ID: &str = "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1";

fn faults(body: &Value) -> Vec<String> {
    let faults = read(body).expect_err("faulty");
    faults.into_iter().map(|fault| format!("{} {}", fault.path, fault.message)).collect()
}

#[test]
fn the_universal_properties_are_both_required_and_told_together() {
    assert_eq!(faults(&json!({})), ["model_name is required", "inputs is required"]);
    assert_eq!(
        faults(&json!({"model_name": "tryon-v1.6", "inputs": "none"})),
        ["inputs must be an object, not a string"]
    );
    assert_eq!(
        faults(&json!({"model_name": 1.6, "inputs": []})),
        ["model_name must be a string, not a number", "inputs must be an object, not an array"]
    );
    assert_eq!(
        faults(&json!({"model_name": "endpoint-specific-model-name", "inputs": {}})),
        ["model_name must be one of: tryon-v1.6, tryon-max, product-to-model, face-to-model, \
          model-create, model-swap, reframe, edit, background-remove, image-to-video"]
    );
}

#[test]
fn what_the_sdks_put_beside_them_is_dropped() {
    let inputs = read(&json!({
        "model_name": "background-remove", "pollInterval": 1000, "timeout": 300, "maxRetries": 3,
        "inputs": {"image": "https://example.com/a.jpg"}
    }));
    assert_eq!(
        serde_json::to_value(inputs.expect("valid")).expect("serialises"),
        json!({"image": "https://example.com/a.jpg"})
    );
}

#[test]
fn an_input_of_another_model_is_an_error_that_names_the_nearest() {
    assert_eq!(
        faults(&json!({"model_name": "tryon-max", "inputs": {
            "product_image": "https://example.com/a.jpg", "model_image": "https://example.com/b.jpg",
            "num_samples": 2, "output_formt": "png", "generationMode": "quality"
        }})),
        [
            "inputs.generationMode is not an input of this model; did you mean generation_mode?",
            "inputs.num_samples is not an input of this model; did you mean num_images?",
            "inputs.output_formt is not an input of this model; did you mean output_format?",
        ]
    );
}

#[test]
fn initial_response() {
    let answer = json!({"id": ID, "error": null});
    let read: Accepted = serde_json::from_value(answer.clone()).expect("reads");
    assert_eq!(read.id, ID);
    assert_eq!(serde_json::to_value(read).expect("serialises"), answer);
}

#[test]
fn every_state_is_known_and_an_unknown_one_passes_as_it_is() {
    for (name, status, terminal) in [
        ("starting", Status::Starting, false),
        ("in_queue", Status::InQueue, false),
        ("processing", Status::Processing, false),
        ("completed", Status::Completed, true),
        ("failed", Status::Failed, true),
        ("canceled", Status::Canceled, true),
        ("time_out", Status::TimeOut, true),
        ("paused", Status::Other("paused".to_owned()), false),
    ] {
        let prediction = check_prediction(&json!({"id": ID, "status": name, "error": null}));
        assert_eq!(prediction.status.is_terminal(), terminal, "{name}");
        assert_eq!(prediction.status, status);
    }
    assert_eq!(Status::KNOWN.len(), 7);
}

#[test]
fn the_example_answers_of_status_and_webhook() {
    check_prediction(&json!({"id": ID, "status": "processing", "error": null}));
    for cdn in ["cdn.fashn.ai", "cdn.staging.fashn.ai"] {
        check_prediction(&json!({
            "id": ID, "status": "completed",
            "output": [format!("https://{cdn}/{ID}/output_0.png")], "error": null
        }));
    }
    for message in [
        "Error loading model image: Invalid URL format",
        "Error loading model image: The URL's Content-Type is not an image. Content-Type: text/plain;charset=UTF-8",
    ] {
        let failed = check_prediction(&json!({
            "id": ID, "status": "failed", "error": {"name": "ImageLoadError", "message": message}
        }));
        let error = failed.error.expect("says why");
        assert_eq!((error.name, &*error.message), (RuntimeErrorName::ImageLoadError, message));
    }
}

#[test]
fn an_answer_with_more_or_less_than_documented_is_still_read() {
    for answer in [
        json!({"id": ID, "status": "processing"}),
        json!({"id": ID, "status": "in_queue", "output": null, "error": null}),
        json!({"id": ID, "status": "processing", "error": null, "progress": 0.5, "logs": ["a"]}),
        json!({"id": ID, "status": "failed", "error": {"name": "PoseError"}}),
        json!({"id": ID, "status": "failed", "error": {"name": "PoseError", "message": null, "code": 7}}),
    ] {
        serde_json::from_value::<Prediction>(answer.clone())
            .unwrap_or_else(|error| panic!("{answer}: {error}"));
    }
}

#[test]
fn rate_limits_concurrency_and_webhook_retries() {
    assert_eq!((limits::RUN.requests, limits::RUN.window_seconds), (50, 60));
    assert_eq!((limits::STATUS.requests, limits::STATUS.window_seconds), (50, 10));
    assert_eq!(limits::CONCURRENT_PREDICTIONS, 6);
    assert_eq!((limits::WEBHOOK_RETRIES, limits::WEBHOOK_RETRIES_SECONDS), (5, 300));
}
