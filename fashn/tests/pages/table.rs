//! The rows of parameter tables, with the values that each type allows and forbids.

use fashn::image::Role;
use serde_json::{Value, json};

/// A row of a parameter table.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
    /// The default as JSON, where the page names one that doesn't depend on other inputs.
    pub default: Option<&'static str>,
}

/// The type column.
#[derive(Debug)]
pub enum Kind {
    Image(Role),
    Text,
    OneOf(&'static [&'static str]),
    /// A list of numbers.
    Seconds(&'static [u32]),
    /// 1 to 4.
    Count,
    /// 0 to 2^32 - 1.
    Seed,
    Flag,
}

pub const fn required(name: &'static str, kind: Kind) -> Row {
    Row { name, required: true, kind, default: None }
}

pub const fn optional(name: &'static str, kind: Kind) -> Row {
    Row { name, required: false, kind, default: None }
}

impl Row {
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }
}

pub const PICTURE: &str = "https://example.com/photo.jpg";
pub const DATA_URL: &str = "data:image/jpg;base64,/9j/4AAQSkZJRg==";
pub const RESOLUTIONS: &[&str] = &["1k", "2k", "4k"];
pub const GENERATION_MODES: &[&str] = &["fast", "balanced", "quality"];
pub const FORMATS: &[&str] = &["png", "jpeg"];
pub const FACE_REFERENCE_MODES: &[&str] = &["match_base", "match_reference"];

impl Kind {
    /// Every value of a list, the ends of a range.
    pub fn allowed(&self) -> Vec<Value> {
        match self {
            Self::Image(_) => vec![
                json!(PICTURE),
                json!("http://example.com/path/to/model.jpg"),
                json!(DATA_URL),
                json!("data:image/png;base64,iVBORw0KGgo="),
            ],
            Self::Text => vec![json!("open jacket"), json!("Jacke öffnen \"ganz\" 👗")],
            Self::OneOf(names) => names.iter().map(|name| json!(name)).collect(),
            Self::Seconds(seconds) => seconds.iter().map(|seconds| json!(seconds)).collect(),
            Self::Count => vec![json!(1), json!(2), json!(3), json!(4)],
            Self::Seed => vec![json!(0), json!(42), json!(4_294_967_295_u32)],
            Self::Flag => vec![json!(true), json!(false)],
        }
    }

    /// Values that must be refused, each with the reason.
    pub fn forbidden(&self) -> Vec<(Value, String)> {
        match self {
            Self::Image(_) => {
                let forms = FORBIDDEN_PICTURES
                    .iter()
                    .map(|(text, reason)| (json!(text), (*reason).to_owned()));
                not_strings("must be a string: an image URL or a data URL").chain(forms).collect()
            }
            Self::Text => not_strings("must be a string").collect(),
            Self::OneOf(names) => all_for(
                &format!("must be one of: {}", names.join(", ")),
                [
                    json!(""),
                    json!("huge"),
                    json!(names.concat().to_uppercase()),
                    json!(true),
                    json!(names),
                ],
            ),
            Self::Seconds(seconds) => {
                let names: Vec<_> = seconds.iter().map(ToString::to_string).collect();
                all_for(
                    &format!("must be one of: {}", names.join(", ")),
                    [json!(0), json!(7), json!(-5), json!(5.5), json!("5s"), json!(true)],
                )
            }
            Self::Count => all_for(
                "must be a whole number from 1 to 4",
                [json!(0), json!(5), json!(-1), json!(1.5), json!("2"), json!(true)],
            ),
            Self::Seed => all_for(
                "must be a whole number from 0 to 4294967295",
                [json!(-1), json!(4_294_967_296_u64), json!(0.5), json!("42"), json!(1e300)],
            ),
            Self::Flag => [(json!("true"), "a string"), (json!(1), "a number")]
                .map(|(value, kind)| (value, format!("must be true or false, not {kind}")))
                .to_vec(),
        }
    }
}

const FORBIDDEN_PICTURES: &[(&str, &str)] = &[
    ("", "is empty: give an https address or a data URL"),
    (
        "data:text/plain;base64,QQ==",
        "is not a picture: a data URL must begin with data:image/TYPE;base64,",
    ),
    ("data:image/png,QQ==", "is not a picture: a data URL must begin with data:image/TYPE;base64,"),
    ("data:image/png;base64,", "is not a picture: the data URL has no data"),
    (
        "data:image/png;base64,QQ",
        "is not a picture: the data URL's data is not base64 (standard alphabet, padded, no spaces)",
    ),
];

fn not_strings(must: &str) -> impl Iterator<Item = (Value, String)> {
    [
        (json!(1.5), "a number"),
        (json!(true), "a boolean"),
        (json!([]), "an array"),
        (json!({}), "an object"),
    ]
    .into_iter()
    .map(move |(value, kind)| (value, format!("{must}, not {kind}")))
}

fn all_for(reason: &str, values: impl IntoIterator<Item = Value>) -> Vec<(Value, String)> {
    values.into_iter().map(|value| (value, reason.to_owned())).collect()
}
