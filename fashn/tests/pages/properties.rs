//! What holds of every request, whatever is in it.

use fashn::advice::Action;
use fashn::body::Body;
use fashn::choice::Choice;
use fashn::error::{ApiErrorCode, RuntimeErrorName};
use fashn::image::AnyImage;
use fashn::models::{
    AspectRatio, Category, Duration, FaceReferenceMode, GarmentPhotoType, GenerationMode,
    MaxGenerationMode, Mode, Model, ModerationLevel, OutputFormat, ProductRatio, Resolution, Size,
    VerticalRatio, VideoResolution,
};
use fashn::prediction::Status;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::page::{Page, read};
use crate::table::{Kind, Row};
use crate::{
    background_remove, edit, face_to_model, image_to_video, model_create, model_swap,
    product_to_model, reframe, try_on_max, try_on_v1_6,
};

pub const PAGES: [&Page; 10] = [
    &try_on_v1_6::PAGE,
    &try_on_max::PAGE,
    &product_to_model::PAGE,
    &face_to_model::PAGE,
    &model_create::PAGE,
    &model_swap::PAGE,
    &reframe::PAGE,
    &edit::PAGE,
    &background_remove::PAGE,
    &image_to_video::PAGE,
];

/// Every model has its page.
#[test]
fn ten_models_ten_pages() {
    let pages: Vec<_> = PAGES.iter().map(|page| page.model).collect();
    let models: Vec<_> = Model::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(pages, models);
}

fn value_of(row: &'static Row) -> BoxedStrategy<Option<Value>> {
    let allowed = match row.kind {
        Kind::Text => "[^\\p{C}]{1,40}".prop_map(|text| json!(format!("say {text}"))).boxed(),
        Kind::Seed => any::<u32>().prop_map(|seed| json!(seed)).boxed(),
        _ => proptest::sample::select(row.kind.allowed()).boxed(),
    };
    if row.required {
        allowed.prop_map(Some).boxed()
    } else {
        proptest::option::of(allowed).boxed()
    }
}

/// A valid request of any model, by its table and its combination rules.
fn valid_request() -> impl Strategy<Value = Value> {
    proptest::sample::select(PAGES.to_vec()).prop_flat_map(|page| {
        let rows: Vec<_> = page.rows.iter().map(value_of).collect();
        rows.prop_map(move |values| {
            let given = page.rows.iter().zip(values);
            let mut inputs: Map<String, Value> = given
                .filter_map(|(row, value)| value.map(|value| (row.name.to_owned(), value)))
                .collect();
            if page.model == "product-to-model" && inputs.contains_key("model_image") {
                for other in ["image_prompt", "background_reference", "face_reference"] {
                    inputs.remove(other);
                }
            }
            if inputs.contains_key("end_image") {
                inputs.remove("resolution");
            }
            json!({"model_name": page.model, "inputs": inputs})
        })
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,20}".prop_map(Value::from),
        "data:image/[a-z]{0,4};base64,[A-Za-z0-9+/=]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|entries| Value::from(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A request of any model whose inputs have their right names and any values.
fn request_of_anything() -> impl Strategy<Value = Value> {
    proptest::sample::select(PAGES.to_vec()).prop_flat_map(|page| {
        let names: Vec<_> = page.rows.iter().map(|row| row.name.to_owned()).collect();
        let entries = proptest::collection::btree_map(
            prop_oneof![4 => proptest::sample::select(names), 1 => ".{0,12}"],
            any_value(),
            0..8,
        );
        entries.prop_map(move |inputs| json!({"model_name": page.model, "inputs": inputs}))
    })
}

proptest! {
    #[test]
    fn a_valid_run_goes_out_as_it_came_and_is_read_again_as_the_same(request in valid_request()) {
        let inputs = read(&request).expect("valid");
        let json = serde_json::to_value(&inputs).expect("serialises");
        prop_assert_eq!(&json, &request["inputs"]);
        let again = read(&json!({"model_name": inputs.model(), "inputs": json})).expect("valid");
        prop_assert_eq!(again, inputs);
    }

    #[test]
    fn a_valid_run_costs_1_to_32_credits_by_the_output(request in valid_request()) {
        let inputs = read(&request).expect("valid");
        let (credits, count) = (inputs.credits().0, inputs.output().count.get());
        prop_assert_eq!(credits % count, 0);
        prop_assert!((1..=12).contains(&(credits / count)) && credits <= 32);
        prop_assert!(inputs.model().credits_min().0 <= credits / count);
        let seconds = inputs.expected_seconds();
        prop_assert!(0 < seconds.typical && seconds.typical <= seconds.longest);
    }

    #[test]
    fn setting_every_policy_input_to_what_holds_changes_neither_price_nor_output(request in valid_request()) {
        let mut inputs = read(&request).expect("valid");
        let before = (inputs.credits(), inputs.expected_seconds(), inputs.output());
        macro_rules! pin { ($($input:ident),+) => {$(
            if let Some(mut input) = inputs.policy_inputs().$input {
                let holds = input.effective();
                input.set(holds).expect("it held before");
            }
        )+} }
        pin!(outputs, resolution, video_resolution, duration, generation_mode, mode, moderation_level,
            output_format, return_base64, seed);
        prop_assert_eq!((inputs.credits(), inputs.expected_seconds(), inputs.output()), before);
        let json = serde_json::to_value(&inputs).expect("serialises");
        prop_assert_eq!(read(&json!({"model_name": inputs.model(), "inputs": json})), Ok(inputs));
    }

    #[test]
    fn whatever_is_accepted_is_read_again_as_the_same(request in request_of_anything()) {
        if let Ok(inputs) = read(&request) {
            let again = json!({"model_name": inputs.model(), "inputs": inputs});
            prop_assert_eq!(read(&again), Ok(inputs));
        }
    }

    #[test]
    fn every_fault_names_a_field_that_was_sent_or_is_required(request in request_of_anything()) {
        for fault in read(&request).err().unwrap_or_default() {
            let field = fault.path.strip_prefix("inputs.").expect("of the inputs");
            prop_assert!(request["inputs"].get(field).is_some() || fault.message == "is required");
            prop_assert!(!fault.message.is_empty());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Body::parse(&bytes).map(|body| body.read(&AnyImage));
    }

    #[test]
    fn no_broken_request_panics(request in valid_request(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = request.to_string().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = Body::parse(&bytes).map(|body| body.read(&AnyImage));
    }

    #[test]
    fn a_size_keeps_its_ratio_and_its_tier(width in 64_u32..8000, height in 64_u32..8000) {
        prop_assume!(width / height < 4 && height / width < 4);
        for (resolution, megapixels) in [(Resolution::OneK, 1.05), (Resolution::TwoK, 4.2), (Resolution::FourK, 16.8)] {
            let size = resolution.size_like(Size::new(width, height));
            let made = f64::from(size.width) / f64::from(size.height);
            let asked = f64::from(width) / f64::from(height);
            prop_assert!((made / asked - 1.0).abs() < 0.03, "{size:?}");
            let pixels = f64::from(size.width) * f64::from(size.height) / 1e6;
            prop_assert!(pixels < megapixels * 1.01 && pixels > megapixels * 0.95, "{size:?}");
        }
    }

    #[test]
    fn names_not_known_pass_as_they_are(name in ".{0,30}") {
        round_trip(&Status::from(&*name), &json!(name));
        round_trip(&ApiErrorCode::from(&*name), &json!(name));
        round_trip(&RuntimeErrorName::from(&*name), &json!(name));
    }
}

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
    wire: &Value,
) {
    assert_eq!(serde_json::to_value(value).expect("serialises"), *wire);
    assert_eq!(serde_json::from_value::<T>(wire.clone()).expect("reads"), *value);
}

#[test]
fn no_size_panics() {
    for width in [0, 1, 7, u32::MAX] {
        for height in [0, 1, 7, u32::MAX] {
            for page in PAGES {
                let size = page.inputs(&json!({})).output().frame.size(Size::new(width, height));
                assert!(width == 0 || height == 0 || size.pixels() > 0, "{size:?}");
            }
        }
    }
}

#[test]
fn every_wire_name_is_read_and_written_alike() {
    fn each<T: Choice + Serialize + DeserializeOwned + std::fmt::Debug>() {
        assert!(!T::ALL.is_empty());
        for (name, value) in T::ALL {
            assert_eq!(T::named(name), Some(*value));
            assert_eq!(value.name(), *name);
            round_trip(value, &json!(name));
        }
        assert_eq!(T::named("hat"), None);
        assert!(serde_json::from_value::<T>(json!("hat")).is_err());
    }
    each::<Action>();
    each::<AspectRatio>();
    each::<Category>();
    each::<FaceReferenceMode>();
    each::<GarmentPhotoType>();
    each::<GenerationMode>();
    each::<MaxGenerationMode>();
    each::<Mode>();
    each::<Model>();
    each::<ModerationLevel>();
    each::<OutputFormat>();
    each::<ProductRatio>();
    each::<Resolution>();
    each::<VerticalRatio>();
    each::<VideoResolution>();
    for (name, duration) in Duration::ALL {
        assert_eq!((Duration::named(name), duration.name()), (Some(*duration), *name));
        round_trip(duration, &json!(duration.seconds()));
    }
    for status in Status::KNOWN {
        round_trip(status, &json!(status.as_str()));
        assert_eq!(Status::from(status.as_str()), *status);
    }
}
