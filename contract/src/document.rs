//! All of it as one document, by version 3.1 of the specification.

use fashn::choice::Choice as _;
use fashn::models::{InputRule, Model};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::examples;
use crate::proof;
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
        routes::shop, proof::events, proof::order, routes::staff_account, routes::staff_figures,
        routes::staff_me, routes::staff_receipt,
        routes::staff_brakes, routes::staff_brake, routes::staff_audit, routes::staff_run,
        routes::staff_close_breaker, routes::staff_free_slot,
        routes::staff_clear_quarantine, routes::staff_reset_visitor,
        routes::staff_dead_letters, routes::staff_send_dead_letter,
        routes::healthz, routes::readyz,
    ),
    tags(
        (name = "runs", description = "For pages of allowed origins, and for staff."),
        (name = "shopify", description = "The same for a shop's pages, through its app proxy: on the shop's own origin."),
        (name = "backend", description = "For the shop's backend, by a signature."),
        (name = "staff", description = "For whoever has the staff token, a role's token, or a role by Cloudflare Access."),
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
pub fn value() -> Value {
    // Only strings, numbers and lists: it can't fail.
    let mut document = serde_json::to_value(Routes::openapi()).unwrap_or_default();
    name_integer_formats(&mut document);
    let mut shown = Map::new();
    for (name, model) in Model::ALL {
        complete_inputs(&mut document, *model);
        let request = examples::request(*model);
        shown.insert((*name).to_owned(), json!({ "value": request }));
    }
    for route in ["run", "quote"] {
        let content = format!("/paths/~1v1~1{route}/post/requestBody/content/application~1json");
        if let Some(Value::Object(content)) = document.pointer_mut(&content) {
            content.insert("examples".to_owned(), Value::Object(shown.clone()));
        }
    }
    // Without a body they are about the default shop.
    for route in ["breaker~1close", "quarantine~1clear"] {
        let body = format!("/paths/~1staff~1api~1{route}/post/requestBody/required");
        if let Some(is_required) = document.pointer_mut(&body) {
            *is_required = false.into();
        }
    }
    add_proxied(&mut document);
    document
}

/// Adds the routes below a Shopify app proxy: a shop's pages send them to their own origin, and
/// Shopify signs them.
fn add_proxied(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let prefix = json!({
        "name": "proxy", "in": "path", "required": true, "schema": {"type": "string"},
        "description": "The path of the shop's app proxy below `/apps`: `try-on`.",
    });
    let mut proxied = Map::new();
    for (path, operations) in paths.iter().filter(|(path, _)| is_for_pages(path)) {
        let mut operations = operations.clone();
        for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let Value::Object(operation) = operation else { continue };
            if let Some(Value::String(id)) = operation.get_mut("operationId") {
                id.push_str("ThroughShopify");
            }
            operation.insert("tags".to_owned(), json!(["shopify"]));
            operation.insert("security".to_owned(), json!([{}]));
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            if let Value::Array(parameters) = parameters {
                parameters.retain(|parameter| !is_of_staff(parameter));
                parameters.insert(0, prefix.clone());
            }
        }
        proxied.insert(format!("/apps/{{proxy}}{path}"), operations);
    }
    paths.extend(proxied);
}

fn is_of_staff(parameter: &Value) -> bool {
    parameter.get("name").and_then(Value::as_str) == Some("webhook_url")
}

/// Staff have no way through a shop's page.
fn is_for_pages(path: &str) -> bool {
    path.starts_with("/v1/") && path != "/v1/credits"
}

/// Adds what deriving a schema leaves out: rules of combination and defaults.
fn complete_inputs(document: &mut Value, model: Model) {
    let pointer = format!("/components/schemas/{}", inputs_name(model));
    let Some(Value::Object(schema)) = document.pointer_mut(&pointer) else {
        return;
    };
    for rule in model.input_rules() {
        schema.extend(combination_rule(&rule));
    }
    for (input, default) in model.input_defaults() {
        let properties = schema.get_mut("properties");
        let property = properties.and_then(|properties| properties.get_mut(input));
        if let Some(Value::Object(property)) = property {
            // Not as `default`: generators would make the input one that must be given.
            let told = property.get("description").and_then(Value::as_str).unwrap_or_default();
            let told = format!("{told} Without it: {default}.");
            property.insert("description".to_owned(), told.trim_start().into());
        }
    }
}

/// What the schema of one field can't say.
fn combination_rule(rule: &InputRule) -> Map<String, Value> {
    let (given, then) = match rule {
        InputRule::Only { given, input, value } => {
            (given, json!({ *input: {"enum": [value, null]} }))
        }
        InputRule::Without { given, others } => {
            let left_out =
                others.iter().map(|other| ((*other).to_owned(), json!({"type": "null"})));
            (given, Value::Object(left_out.collect()))
        }
    };
    let given = json!({"properties": {*given: {"type": "string"}}, "required": [given]});
    Map::from_iter([("if".to_owned(), given), ("then".to_owned(), json!({ "properties": then }))])
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
pub fn text() -> String {
    format!("{:#}\n", value())
}
