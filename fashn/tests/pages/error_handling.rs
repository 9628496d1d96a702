//! Page "Error Handling", and the runtime errors of the models' pages.

use fashn::advice::Action;
use fashn::error::{ApiError, ApiErrorCode, Retry, RuntimeError, RuntimeErrorName};
use fashn::image::Role;
use serde_json::json;

fn runtime(name: &str, message: &str) -> RuntimeError {
    let wire = json!({"name": name, "message": message});
    let error: RuntimeError = serde_json::from_value(wire.clone()).expect("reads");
    assert_eq!(serde_json::to_value(&error).expect("serialises"), wire, "as it came");
    error
}

#[test]
fn every_api_level_error_row() {
    let rows = [
        (400, "BadRequest", Retry::Never, Action::Contact),
        (401, "UnauthorizedAccess", Retry::Never, Action::Contact),
        (404, "NotFound", Retry::Never, Action::None),
        (429, "RateLimitExceeded", Retry::NextWindow, Action::Retry),
        (429, "ConcurrencyLimitExceeded", Retry::FreeSlot, Action::Retry),
        (429, "OutOfCredits", Retry::Refill, Action::Contact),
        (500, "InternalServerError", Retry::Backoff, Action::Retry),
    ];
    assert_eq!(rows.len(), ApiErrorCode::KNOWN.len());
    for ((status, code, retry, action), known) in rows.into_iter().zip(ApiErrorCode::KNOWN) {
        let wire = json!({"error": code, "message": "m"});
        let error: ApiError = serde_json::from_value(wire.clone()).expect("reads");
        assert_eq!(error.error, *known);
        assert_eq!(error.error.http_status(), Some(status), "{code}");
        assert_eq!(error.error.retry(status), retry, "{code}");
        assert_eq!(error.error.advice().action, action, "{code}");
        assert_eq!(serde_json::to_value(error).expect("serialises"), wire);
    }
}

#[test]
fn waiting_alone_helps_unless_someone_must_act() {
    for retry in [Retry::Backoff, Retry::NextWindow, Retry::FreeSlot] {
        assert!(retry.waiting_helps());
    }
    for retry in [Retry::Never, Retry::Refill] {
        assert!(!retry.waiting_helps());
    }
}

#[test]
fn a_code_not_known_passes_as_it_is_and_is_judged_by_its_status() {
    let wire = json!({"error": "Teapot", "message": "short and stout"});
    let error: ApiError = serde_json::from_value(wire.clone()).expect("reads");
    assert_eq!(error.error, ApiErrorCode::Other("Teapot".to_owned()));
    assert_eq!(error.error.http_status(), None);
    assert_eq!(serde_json::to_value(&error).expect("serialises"), wire);
    for (status, retry) in [
        (418, Retry::Never),
        (403, Retry::Never),
        (404, Retry::Never),
        (429, Retry::NextWindow),
        (500, Retry::Backoff),
        (503, Retry::Backoff),
    ] {
        assert_eq!(error.error.retry(status), retry, "{status}");
    }
}

#[test]
fn the_page_s_example() {
    let error: ApiError = serde_json::from_value(
        json!({"error": "UnauthorizedAccess", "message": "Unauthorized: Invalid token"}),
    )
    .expect("reads");
    assert_eq!(error.error, ApiErrorCode::UnauthorizedAccess);
}

#[test]
fn every_runtime_error_row() {
    let rows = [
        ("ImageLoadError", Retry::Never, Action::Retake),
        ("ContentModerationError", Retry::Never, Action::Retake),
        ("InputValidationError", Retry::Never, Action::Contact),
        ("ThirdPartyError", Retry::Backoff, Action::Retry),
        ("UnavailableError", Retry::Backoff, Action::Retry),
        ("PipelineError", Retry::Backoff, Action::Retry),
        ("PoseError", Retry::Never, Action::Retake),
    ];
    assert_eq!(rows.len(), RuntimeErrorName::KNOWN.len());
    for ((name, retry, action), known) in rows.into_iter().zip(RuntimeErrorName::KNOWN) {
        let error = runtime(name, "");
        assert_eq!(error.name, *known);
        assert_eq!(error.name.retry(), retry, "{name}");
        assert_eq!(error.advice().action, action, "{name}");
    }
    let unknown = runtime("LoRALoadError", "LoRA could not be loaded");
    assert_eq!(unknown.name, RuntimeErrorName::Other("LoRALoadError".to_owned()));
    assert_eq!(unknown.advice().action, Action::Retry);
}

#[test]
fn where_fashn_tells_which_picture_it_was_so_does_the_advice() {
    for (name, message, picture, action) in [
        (
            "ImageLoadError",
            "Error loading model image: Invalid URL format",
            Some(Role::Person),
            Action::Retake,
        ),
        (
            "ImageLoadError",
            "Error loading garment image: 404",
            Some(Role::Product),
            Action::OtherProduct,
        ),
        (
            "ImageLoadError",
            "Error loading product_image: 404",
            Some(Role::Product),
            Action::OtherProduct,
        ),
        (
            "ImageLoadError",
            "Error loading face_image: not an image",
            Some(Role::Person),
            Action::Retake,
        ),
        ("ImageLoadError", "Error loading image", None, Action::Retake),
        (
            "PoseError",
            "Failed to detect body pose in model image",
            Some(Role::Person),
            Action::Retake,
        ),
        (
            "PoseError",
            "Failed to detect body pose in garment image",
            Some(Role::Product),
            Action::OtherProduct,
        ),
        (
            "PoseError",
            "No pose in either the model image or the garment image",
            None,
            Action::Retake,
        ),
        (
            "ContentModerationError",
            "Garment image was rejected",
            Some(Role::Product),
            Action::OtherProduct,
        ),
        ("ContentModerationError", "Model image was rejected", Some(Role::Person), Action::Retake),
        ("ContentModerationError", "The prompt was rejected", None, Action::Retake),
    ] {
        let error = runtime(name, message);
        assert_eq!(error.picture(), picture, "{name}: {message}");
        assert_eq!(error.advice().action, action, "{name}: {message}");
    }
}

#[test]
fn a_pose_error_says_how_to_stand() {
    let sentence = runtime("PoseError", "pipeline failed").advice().sentence;
    for word in ["facing the camera", "alone", "arms", "light"] {
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn no_sentence_speaks_of_what_is_behind_the_shop_window() {
    let api = ApiErrorCode::KNOWN.iter().map(|code| code.advice().sentence);
    let runtime = RuntimeErrorName::KNOWN.iter().flat_map(|name| {
        ["", "model image", "garment image"].map(|message| {
            let error = RuntimeError { name: name.clone(), message: message.to_owned() };
            error.advice().sentence
        })
    });
    for sentence in api.chain(runtime) {
        let lower = sentence.to_lowercase();
        for word in ["fashn", "credit", "key", "pipeline", "token", "limit", "upstream", "error"] {
            assert!(!lower.contains(word), "{sentence}");
        }
        assert!(sentence.ends_with('.') && !sentence.contains("  "), "{sentence}");
    }
}
