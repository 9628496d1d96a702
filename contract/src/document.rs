//! All of it as one document, by version 3.1 of the specification.

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::image::AnyImage;
use fashn::models::{Knob, Knobs, Model};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::examples;
use crate::routes;
use crate::schemas::inputs_name;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fitting Room",
        description = "Virtual try-on for storefronts. The wire format is FASHN's own: whoever knows its documentation \
                       knows this API, and its SDKs work with another base URL. What is here and not there is added, \
                       never changed."
    ),
    servers((url = "/", description = "The Worker that serves this file.")),
    paths(
        routes::run, routes::status, routes::forget, routes::output, routes::quote, routes::credits,
        routes::healthz, routes::readyz,
    ),
    tags(
        (name = "runs", description = "For pages of allowed origins, and for staff."),
        (name = "staff", description = "For whoever has the staff token."),
        (name = "health", description = "For anyone."),
    ),
    modifiers(&StaffToken),
)]
struct Routes;

struct StaffToken;

impl utoipa::Modify for StaffToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The merchant's staff token. Pages of allowed origins send none: their `Origin` header speaks for them.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("staff", SecurityScheme::Http(bearer));
    }
}

/// The document.
#[must_use]
pub fn value() -> Value {
    // Only strings, numbers and lists: it can't fail.
    let mut document = serde_json::to_value(Routes::openapi()).unwrap_or_default();
    name_integer_formats(&mut document);
    let mut shown = Map::new();
    for (name, model) in Model::ALL {
        let request = examples::request(*model);
        if let Some(Value::Object(schema)) = inputs_schema(&mut document, *model) {
            schema.extend(combination_rules(*model));
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                add_defaults(properties, &request);
            }
        }
        shown.insert((*name).to_owned(), json!({ "value": request }));
    }
    for route in ["run", "quote"] {
        let content = format!("/paths/~1v1~1{route}/post/requestBody/content/application~1json");
        if let Some(Value::Object(content)) = document.pointer_mut(&content) {
            content.insert("examples".to_owned(), Value::Object(shown.clone()));
        }
    }
    document
}

fn inputs_schema(document: &mut Value, model: Model) -> Option<&mut Value> {
    document.pointer_mut(&format!("/components/schemas/{}", inputs_name(model)))
}

fn add_defaults(properties: &mut Map<String, Value>, request: &Value) {
    for (input, default) in defaults(request) {
        if let Some(Value::Object(property)) = properties.get_mut(input) {
            property.insert("default".to_owned(), default);
        }
    }
}

/// What no type of one field says. `null` counts as left out.
fn combination_rules(model: Model) -> Map<String, Value> {
    let when_given = |input: &str, then: Value| {
        let given = json!({"properties": {input: {"type": "string"}}, "required": [input]});
        Map::from_iter([
            ("if".to_owned(), given),
            ("then".to_owned(), json!({ "properties": then })),
        ])
    };
    match model {
        Model::ImageToVideo => when_given(
            "end_image",
            json!({"resolution": {"enum": ["1080p", null]}}),
        ),
        Model::ProductToModel => when_given(
            "model_image",
            json!({
                "image_prompt": {"type": "null"},
                "background_reference": {"type": "null"},
                "face_reference": {"type": "null"}
            }),
        ),
        Model::TryonV16
        | Model::TryonMax
        | Model::FaceToModel
        | Model::ModelCreate
        | Model::ModelSwap
        | Model::Reframe
        | Model::Edit
        | Model::BackgroundRemove => Map::new(),
    }
}

/// utoipa writes `u-int32` where the registry of formats has `uint32`.
fn name_integer_formats(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(format)) = entries.get_mut("format") {
                *format = format.replace("u-int", "uint");
            }
            entries.values_mut().for_each(name_integer_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(name_integer_formats),
        _ => {}
    }
}

/// The document as the file has it.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", value())
}

/// The defaults that the types know, by the input's name. That of `generation_mode` goes by the resolution,
/// so it is in the description only, but for the one model where it doesn't.
fn defaults(request: &Value) -> Vec<(&'static str, Value)> {
    fn of<T: Copy + PartialEq + Serialize>(
        knob: Option<Knob<'_, T>>,
    ) -> Option<(&'static str, Value)> {
        let mut knob = knob?;
        knob.clear();
        let default = serde_json::to_value(knob.effective()).ok()?;
        Some((knob.name(), default))
    }

    let request = request.to_string();
    let read = Body::parse(request.as_bytes()).map(|body| body.read(&AnyImage));
    let Ok(Ok(mut inputs)) = read else {
        return Vec::new();
    };
    let automatic = inputs.model() != Model::TryonMax;
    let Knobs {
        outputs,
        resolution,
        video_resolution,
        duration,
        generation_mode,
        mode,
        moderation_level,
        output_format,
        return_base64,
        seed,
    } = inputs.knobs();
    let defaults = [
        of(outputs),
        of(resolution),
        of(video_resolution),
        of(duration),
        of(generation_mode).filter(|_| !automatic),
        of(mode),
        of(moderation_level),
        of(output_format),
        of(return_base64),
        of(seed),
    ];
    defaults.into_iter().flatten().collect()
}
