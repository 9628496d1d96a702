//! The committed `openapi.json` is the one that the types make, and says what the types say.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the checks that tests share stand outside of test functions"
)]

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::image::AnyImage;
use fashn::models::Model;
use fitting_room::app::problem::Problem;
use fitting_room::auth::error::AuthError;
use fitting_room::request::error::RequestError;
use fitting_room::run::view::ShownError;
use serde_json::{Value, json};

use contract::{document, examples};

/// A validator of one of the document's components.
fn schema(name: &str) -> jsonschema::Validator {
    let mut root = document::value();
    root["$ref"] = json!(format!("#/components/schemas/{name}"));
    jsonschema::draft202012::new(&root).expect("a schema")
}

fn is_taken(request: &Value) -> bool {
    let text = request.to_string();
    Body::parse(text.as_bytes()).is_ok_and(|body| body.read(&AnyImage).is_ok())
}

#[test]
fn the_committed_file_is_the_one_the_types_make() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.json");
    let committed = std::fs::read_to_string(file).expect("openapi.json is there");
    assert!(
        committed == document::text(),
        "openapi.json differs from the types: run `cargo run -p contract` and commit it"
    );
}

#[test]
fn every_example_of_the_documentation_is_valid_by_contract_and_types() {
    let run = schema("RunRequest");
    for (name, model) in Model::ALL {
        let request = examples::request(*model);
        assert!(run.is_valid(&request), "{name}");
        assert!(is_taken(&request), "{name}");
    }
    for inputs in [
        json!({"model_image": "https://your-cdn.com/signed-url?expires=1735689600",
               "garment_image": "https://your-cdn.com/signed-url?expires=1735689600", "return_base64": true}),
        json!({"model_image": "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEAYABgAAA=",
               "garment_image": "https://your-cdn.com/catalog-image.jpg", "return_base64": true}),
    ] {
        let request = json!({"model_name": "tryon-v1.6", "inputs": inputs});
        assert!(run.is_valid(&request) && is_taken(&request), "{request}");
    }
}

/// A model, what its example is changed to, and whether it is still valid.
fn requests() -> Vec<(Model, Value, bool)> {
    let picture = "https://example.com/a.jpg";
    vec![
        (
            Model::TryonV16,
            json!({"num_samples": 4, "seed": 4_294_967_295_u32, "category": null}),
            true,
        ),
        (Model::TryonV16, json!({"num_samples": 5}), false),
        (Model::TryonV16, json!({"num_images": 1}), false),
        (Model::TryonV16, json!({"seed": 4_294_967_296_u64}), false),
        (Model::TryonV16, json!({"seed": -1}), false),
        (Model::TryonV16, json!({"model_image": null}), false),
        (Model::TryonV16, json!({"model_image": ""}), false),
        (Model::TryonV16, json!({"segmentation_free": "yes"}), false),
        (Model::TryonV16, json!({"mode": "fast"}), false),
        (Model::TryonMax, json!({"generation_mode": "quality", "resolution": "4k"}), true),
        (Model::TryonMax, json!({"generation_mode": "fast"}), false),
        (Model::TryonMax, json!({"output_format": "webp"}), false),
        (Model::ProductToModel, json!({"aspect_ratio": "16:9", "model_image": picture}), true),
        (Model::ProductToModel, json!({"aspect_ratio": "21:9"}), false),
        (Model::ProductToModel, json!({"model_image": picture, "face_reference": picture}), false),
        (Model::ProductToModel, json!({"model_image": picture, "image_prompt": null}), true),
        (Model::FaceToModel, json!({"aspect_ratio": "9:16"}), true),
        (Model::FaceToModel, json!({"aspect_ratio": "16:9"}), false),
        (
            Model::ModelCreate,
            json!({"face_reference": picture, "face_reference_mode": "match_base"}),
            true,
        ),
        (Model::ModelCreate, json!({"prompt": " "}), false),
        (Model::ModelSwap, json!({"prompt": ""}), true),
        (Model::ModelSwap, json!({"num_images": 0}), false),
        (Model::Reframe, json!({"aspect_ratio": null}), false),
        (Model::Reframe, json!({"aspect_ratio": "21:9", "num_images": 4}), true),
        (Model::Edit, json!({"mask": picture, "image_context": picture}), true),
        (Model::Edit, json!({"prompt": null}), false),
        (Model::BackgroundRemove, json!({"return_base64": true}), true),
        (Model::BackgroundRemove, json!({"output_format": "png"}), false),
        (Model::ImageToVideo, json!({"duration": 10, "end_image": picture}), true),
        (Model::ImageToVideo, json!({"duration": 7}), false),
        (Model::ImageToVideo, json!({"resolution": "480p", "end_image": picture}), false),
        (Model::ImageToVideo, json!({"resolution": "480p", "end_image": null}), true),
        (Model::ImageToVideo, json!({"return_base64": true}), false),
    ]
}

/// The contract and the types take and refuse the same.
#[test]
fn what_the_types_refuse_the_contract_refuses() {
    let run = schema("RunRequest");
    for (model, more, taken) in requests() {
        let mut request = examples::request(model);
        for (name, value) in more.as_object().expect("an object") {
            request["inputs"][name] = value.clone();
        }
        assert_eq!(is_taken(&request), taken, "types: {request}");
        assert_eq!(run.is_valid(&request), taken, "contract: {request}");
    }
}

#[test]
fn a_request_is_for_one_of_ten_models_and_may_carry_more_beside() {
    let run = schema("RunRequest");
    let mut request = examples::request(Model::Edit);
    request["pollInterval"] = json!(1000);
    assert!(run.is_valid(&request));
    request["model_name"] = json!("edit-v2");
    assert!(!run.is_valid(&request));
    assert!(!run.is_valid(&json!({"model_name": "edit"})));
}

#[test]
fn the_inputs_have_the_defaults_of_the_pages() {
    let document = document::value();
    for (pointer, default) in [
        ("TryonV16/properties/num_samples", json!(1)),
        ("TryonV16/properties/moderation_level", json!("permissive")),
        ("TryonV16/properties/mode", json!("balanced")),
        ("TryonMax/properties/generation_mode", json!("balanced")),
        ("FaceToModel/properties/output_format", json!("jpeg")),
        ("Edit/properties/output_format", json!("png")),
        ("Reframe/properties/seed", json!(42)),
        ("ImageToVideo/properties/resolution", json!("1080p")),
        ("ImageToVideo/properties/duration", json!(5)),
        ("BackgroundRemove/properties/return_base64", json!(false)),
    ] {
        let told = document.pointer(&format!("/components/schemas/{pointer}/description"));
        let told = told.and_then(Value::as_str).expect("a description");
        assert!(told.ends_with(&format!("Without it: {default}.")), "{pointer}: {told}");
    }
    let automatic = "/components/schemas/Edit/properties/generation_mode/description";
    let automatic = document.pointer(automatic).and_then(Value::as_str).unwrap_or_default();
    assert!(!automatic.contains("Without it"), "goes by the resolution");
}

#[test]
fn bytes_are_told_as_generators_read_them_and_no_input_has_to_be_given_for_its_default() {
    let document = document::value();
    let output = "/paths/~1v1~1outputs~1{id}~1{n}/get/responses";
    let picture = format!("{output}/200/content/image~1jpeg/schema");
    let mut schemas = vec![document.pointer(&picture).expect("a schema")];
    let part = format!("{output}/206/content/video~1mp4/schema");
    schemas.push(document.pointer(&part).expect("a schema"));
    for schema in schemas {
        let schema = match schema.get("$ref") {
            Some(Value::String(to)) => document.pointer(&to[1..]).expect("a schema"),
            _ => schema,
        };
        assert_eq!((&schema["type"], &schema["format"]), (&json!("string"), &json!("binary")));
    }
    for (name, model) in Model::ALL {
        let inputs = &document["components"]["schemas"][&contract::schemas::inputs_name(*model)];
        let properties = inputs["properties"].as_object().expect("inputs");
        assert!(properties.values().all(|input| input.get("default").is_none()), "{name}");
    }
}

#[test]
fn what_pages_may_call_is_there_through_an_app_proxy_too() {
    let document = document::value();
    let paths = document["paths"].as_object().expect("paths");
    for path in ["/v1/run", "/v1/quote", "/v1/status/{id}", "/v1/outputs/{id}/{n}"] {
        let proxied = &paths[&format!("/apps/{{proxy}}{path}")];
        for (method, operation) in proxied.as_object().expect("operations") {
            assert_eq!(operation["parameters"][0]["name"], json!("proxy"), "{method} {path}");
            let own = &paths[path][method]["operationId"].as_str().expect("an id");
            assert_eq!(operation["operationId"], json!(format!("{own}ThroughShopify")));
        }
    }
    assert!(!paths.contains_key("/apps/{proxy}/v1/credits"));
}

#[test]
fn the_documentation_s_answers_are_valid() {
    let id = "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1";
    let output = format!("https://cdn.fashn.ai/{id}/output_0.png");
    assert!(schema("Accepted").is_valid(&json!({"id": id, "error": null})));
    let prediction = schema("Prediction");
    for answer in [
        json!({"id": id, "status": "processing", "error": null}),
        json!({"id": id, "status": "completed", "output": [output], "error": null}),
        json!({"id": id, "status": "completed", "output": {"images": [output]}, "error": null}),
        json!({"id": id, "status": "completed", "output": ["_expired"], "error": null}),
        json!({"id": id, "status": "paused", "error": null}),
    ] {
        assert!(prediction.is_valid(&answer), "{answer}");
    }
    for answer in [
        json!({"status": "processing", "error": null}),
        json!({"id": id, "error": null}),
        json!({"id": id, "status": "completed", "output": "https://example.com", "error": null}),
    ] {
        assert!(!prediction.is_valid(&answer), "{answer}");
    }
    let quote = schema("Quote");
    let price = json!({
        "credits": 4,
        "expected_seconds": {"typical": 70, "longest": 95},
        "admitted": true,
        "wait_seconds": 0,
    });
    assert!(quote.is_valid(&price));
    assert!(!quote.is_valid(&json!({"credits": 4})));
    let balance = json!({"credits": {"total": 234, "subscription": 100, "on_demand": 134}});
    assert!(schema("CreditsBalance").is_valid(&balance));
    let error = json!({"error": "UnauthorizedAccess", "message": "Unauthorized: Invalid token", "action": "contact"});
    assert!(schema("Problem").is_valid(&error));
}

#[test]
fn the_gateway_s_own_answers_are_valid() {
    let problem = schema("Problem");
    let body = json!({"model_name": "tryon-v1.6", "inputs": {"seed": -1}}).to_string();
    let faults = Body::parse(body.as_bytes()).expect("JSON").read(&AnyImage).expect_err("faulty");
    for answer in [
        Problem::Request(RequestError::Fields(faults)),
        Problem::NotFound,
        Problem::Request(RequestError::MediaType),
        Problem::Request(RequestError::TooLarge { limit_bytes: 9 }),
        Problem::Auth(AuthError::WrongToken),
        Problem::Internal("secret".to_owned()),
    ] {
        let body = serde_json::to_value(answer.answer().body).expect("serialises");
        assert!(problem.is_valid(&body), "{body}");
    }
    let unset: Value = serde_json::from_str(fitting_room::app::shop::UNSET).expect("JSON");
    assert!(schema("Shop").is_valid(&unset), "{unset}");
    let error = fashn::error::RuntimeError {
        name: "PoseError".into(),
        message: "No pose in model image".to_owned(),
    };
    let shown = serde_json::to_value(ShownError::from(error)).expect("serialises");
    assert!(schema("PredictionError").is_valid(&shown), "{shown}");
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(value: &Value, document: &Value) {
        match value {
            Value::Object(entries) => {
                if let Some(Value::String(reference)) = entries.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("within the document");
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                entries.values().for_each(|value| check(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| check(value, document)),
            _ => {}
        }
    }
    let document = document::value();
    check(&document, &document);
}

#[test]
fn only_staff_see_the_balance_and_no_one_needs_a_token_to_see_the_health() {
    let document = document::value();
    let security = |pointer: &str| document.pointer(&format!("{pointer}/security")).cloned();
    assert_eq!(security("/paths/~1v1~1credits/get"), Some(json!([{"staff": []}])));
    assert_eq!(security("/paths/~1v1~1run/post"), Some(json!([{"staff": []}, {}])));
    assert_eq!(security("/paths/~1healthz/get"), Some(json!([{}])));
    assert_eq!(
        document.pointer("/components/securitySchemes/staff/scheme"),
        Some(&json!("bearer"))
    );
}
