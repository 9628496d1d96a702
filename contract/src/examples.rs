//! A request for every model, with the values of the page's own example.

use fashn::models::Model;
use serde_json::{Value, json};

/// The `inputs` of the example on the model's page.
pub fn inputs(model: Model) -> Value {
    match model {
        Model::TryonV16 => json!({
            "model_image": "http://example.com/path/to/model.jpg",
            "garment_image": "http://example.com/path/to/garment.jpg"
        }),
        Model::TryonMax => json!({
            "product_image": "https://example.com/garment.jpg",
            "model_image": "https://example.com/person.jpg"
        }),
        Model::ProductToModel => json!({
            "product_image": "http://example.com/path/to/product.jpg",
            "prompt": "professional office setting",
            "output_format": "png",
            "return_base64": false
        }),
        Model::FaceToModel => json!({
            "face_image": "http://example.com/path/to/headshot.jpg",
            "output_format": "jpeg"
        }),
        Model::ModelCreate => json!({
            "prompt": "Full body shot, woman wearing a white t-shirt and dark blue biker shorts"
        }),
        Model::ModelSwap => json!({
            "model_image": "https://example.com/fashion-model.jpg",
            "prompt": "Asian woman with blue hair"
        }),
        Model::Reframe => json!({
            "image": "https://example.com/portrait.jpg",
            "aspect_ratio": "16:9"
        }),
        Model::Edit => json!({
            "image": "https://example.com/model.jpg",
            "prompt": "turn the model slightly to the left, add a black leather crossbody bag, soft daylight studio lighting"
        }),
        Model::BackgroundRemove => json!({"image": "https://example.com/portrait.jpg"}),
        Model::ImageToVideo => json!({
            "image": "https://example.com/photo.jpg",
            "duration": 5,
            "resolution": "1080p"
        }),
    }
}

/// The whole request.
pub fn request(model: Model) -> Value {
    json!({"model_name": model, "inputs": inputs(model)})
}
