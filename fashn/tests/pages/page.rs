//! A model's page, and the checks that its tables stand for.

use std::cell::RefCell;

use fashn::body::Body;
use fashn::fields::FieldError;
use fashn::image::{AnyImage, Image, ImageRule, Role};
use fashn::models::{Inputs, PolicyInput, PolicyInputs};
use fashn::prediction::Prediction;
use serde::Serialize;
use serde_json::{Value, json};

use crate::table::{DATA_URL, Kind, RESOLUTIONS, Row};

/// A page: the model and its parameter table.
#[derive(Debug)]
pub struct Page {
    pub model: &'static str,
    pub rows: &'static [Row],
}

/// Reads a request; what it borrows lives as long as the test program.
pub fn read_with(body: &Value, rule: &dyn ImageRule) -> Result<Inputs<'static>, Vec<FieldError>> {
    let text: &'static str = body.to_string().leak();
    Body::parse(text.as_bytes()).map_err(|fault| vec![fault])?.read(rule)
}

pub fn read(body: &Value) -> Result<Inputs<'static>, Vec<FieldError>> {
    read_with(body, &AnyImage)
}

impl Page {
    /// The required inputs and no others.
    pub fn least(&self) -> Value {
        let required = self.rows.iter().filter(|row| row.required);
        Value::Object(
            required.map(|row| (row.name.to_owned(), row.kind.allowed().swap_remove(0))).collect(),
        )
    }

    /// A whole request with the required inputs and these.
    pub fn request(&self, more: &Value) -> Value {
        let mut inputs = self.least();
        for (name, value) in more.as_object().expect("an object") {
            inputs[name] = value.clone();
        }
        json!({"model_name": self.model, "inputs": inputs})
    }

    /// The inputs of a valid request.
    pub fn inputs(&self, more: &Value) -> Inputs<'static> {
        read(&self.request(more)).unwrap_or_else(|faults| panic!("{more}: {faults:?}"))
    }

    /// The faults of an invalid one, as `path message`.
    pub fn faults(&self, more: &Value) -> Vec<String> {
        match read(&self.request(more)) {
            Ok(_) => panic!("{} takes {more}", self.model),
            Err(faults) => faults
                .into_iter()
                .map(|fault| format!("{} {}", fault.path, fault.message))
                .collect(),
        }
    }

    /// Every row: each allowed value is accepted and goes out as it came in, each forbidden one is
    /// refused with its path and reason, `null` counts as left out, defaults are the page's, and
    /// there are no other inputs.
    pub fn check_rows(&self) {
        let names: Vec<_> = self.rows.iter().map(|row| row.name).collect();
        assert_eq!(
            self.faults(&json!({"zzzzzzzzzzzzzzzzzzzzzzzzzz": 1})),
            [format!(
                "inputs.zzzzzzzzzzzzzzzzzzzzzzzzzz is not an input of this model; it has: {}",
                names.join(", ")
            )]
        );
        for row in self.rows {
            self.check_row(row);
        }
        self.check_pictures();
    }

    fn check_row(&self, row: &Row) {
        let name = row.name;
        for value in row.kind.allowed() {
            let sent = self.request(&json!({name: value}));
            assert_eq!(
                serde_json::to_value(read(&sent).expect("accepted")).expect("serialises"),
                sent["inputs"],
                "{} {name}",
                self.model
            );
        }
        for (value, reason) in row.kind.forbidden() {
            assert_eq!(
                self.faults(&json!({name: value})),
                [format!("inputs.{name} {reason}")],
                "{} {name}: {value}",
                self.model
            );
        }
        let mut left_out = self.request(&json!({}));
        left_out["inputs"].as_object_mut().expect("object").remove(name);
        let null = self.request(&json!({name: null}));
        if row.required {
            let missing = FieldError::new(format!("inputs.{name}"), "is required");
            assert_eq!(read(&left_out), Err(vec![missing.clone()]));
            assert_eq!(read(&null), Err(vec![missing]));
        } else {
            assert_eq!(read(&left_out), read(&null));
            let json = serde_json::to_value(read(&null).expect("accepted")).expect("serialises");
            assert_eq!(json.get(name), None, "left out stays left out");
        }
        if let Some(default) = row.default {
            let default: Value = serde_json::from_str(default).expect("JSON");
            assert_eq!(
                effective(self.inputs(&json!({})).policy_inputs(), name),
                Some(default),
                "{} {name}",
                self.model
            );
        }
    }

    /// Roles at reading and `Inputs::pictures` both say what the table says.
    fn check_pictures(&self) {
        struct Seen(RefCell<Vec<Role>>);
        impl ImageRule for Seen {
            fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
                self.0.borrow_mut().push(role);
                Ok(image)
            }
        }

        for row in self.rows {
            let Kind::Image(_) = row.kind else { continue };
            let seen = Seen(RefCell::default());
            let inputs =
                read_with(&self.request(&json!({row.name: DATA_URL})), &seen).expect("valid");
            let told: Vec<_> =
                inputs.pictures().iter().map(|picture| (picture.field, picture.role)).collect();
            let table: Vec<_> = self
                .rows
                .iter()
                .filter(|other| other.required || other.name == row.name)
                .filter_map(|other| match other.kind {
                    Kind::Image(role) => Some((other.name, role)),
                    _ => None,
                })
                .collect();
            assert_eq!(told, table, "{}", self.model);
            let roles: Vec<_> = table.iter().map(|(_, role)| *role).collect();
            assert_eq!(seen.0.into_inner(), roles, "{}", self.model);
            let picture = inputs
                .pictures()
                .into_iter()
                .find(|picture| picture.field == row.name)
                .expect("given");
            assert_eq!(picture.image.to_text(), DATA_URL);
        }
    }

    /// A price table, `num_images` from 1 to 4, with and without the resolution being left out.
    pub fn check_tier_prices(&self, table: &[(&str, [u32; 3])], surcharge: &Value, more_each: u32) {
        for (mode, prices) in table {
            for (resolution, price) in RESOLUTIONS.iter().zip(prices) {
                for count in 1..=4 {
                    let mut asked = surcharge.clone();
                    asked["generation_mode"] = json!(mode);
                    asked["resolution"] = json!(resolution);
                    asked["num_images"] = json!(count);
                    assert_eq!(
                        self.inputs(&asked).credits().0,
                        (price + more_each) * count,
                        "{} {asked}",
                        self.model
                    );
                    if *resolution == "1k" {
                        asked["resolution"] = Value::Null;
                        assert_eq!(self.inputs(&asked).credits().0, (price + more_each) * count);
                    }
                }
            }
        }
    }

    /// What an omitted `generation_mode` costs, and what the input says it is.
    pub fn check_automatic(&self, by_resolution: [(&str, u32); 3]) {
        for (resolution, (mode, price)) in RESOLUTIONS.iter().zip(by_resolution) {
            let mut inputs = self.inputs(&json!({"resolution": resolution}));
            assert_eq!(inputs.credits().0, price, "{} {resolution}", self.model);
            assert_eq!(effective(inputs.policy_inputs(), "generation_mode"), Some(json!(mode)));
        }
        assert_eq!(self.inputs(&json!({})).credits().0, by_resolution[0].1);
    }

    /// Times: the documented ends of the range, and never less for a higher price.
    pub fn check_tier_times(&self, cheapest: &str, fastest_under: u32) {
        let seconds = |mode: &str, resolution: &str| {
            self.inputs(&json!({"generation_mode": mode, "resolution": resolution}))
                .expected_seconds()
        };
        assert!(seconds(cheapest, "1k").typical < fastest_under);
        assert_eq!(seconds(cheapest, "1k").longest, fastest_under);
        assert_eq!(seconds("quality", "4k").longest, 120);
        for mode in [cheapest, "balanced", "quality"] {
            for pair in RESOLUTIONS.windows(2) {
                assert!(seconds(mode, pair[0]).typical < seconds(mode, pair[1]).typical);
                assert!(seconds(mode, pair[0]).longest < seconds(mode, pair[1]).longest);
            }
        }
    }

    /// An example of the page: read, and out again as it came in.
    pub fn check_example(&self, inputs: &Value) {
        let sent = json!({"model_name": self.model, "inputs": inputs});
        let read = read(&sent).expect("the page's own example");
        assert_eq!(serde_json::to_value(&read).expect("serialises"), *inputs);
        assert_eq!(serde_json::to_value(read.model()).expect("serialises"), self.model);
    }
}

/// An answer of FASHN's, read and out again as it came in.
pub fn check_prediction(answer: &Value) -> Prediction {
    let read: Prediction = serde_json::from_value(answer.clone()).expect("reads");
    assert_eq!(serde_json::to_value(&read).expect("serialises"), *answer);
    read
}

/// "Successful Response", alike on nine pages but for the file's name.
pub fn check_completed(file: &str) {
    let answer = json!({
        "id": "123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1",
        "status": "completed",
        "output": [format!("https://cdn.fashn.ai/123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1/{file}")],
        "error": null
    });
    let prediction = check_prediction(&answer);
    assert_eq!(prediction.output.expect("output").items().len(), 1);
}

/// What holds of an input by its name on the wire.
pub fn effective(policy_inputs: PolicyInputs<'_>, name: &str) -> Option<Value> {
    fn of<T: Copy + PartialEq + Serialize>(
        input: Option<PolicyInput<'_, T>>,
    ) -> Option<(&'static str, Value)> {
        input.map(|input| {
            let value = serde_json::to_value(input.effective()).expect("serialises");
            (input.name(), value)
        })
    }
    [
        of(policy_inputs.outputs),
        of(policy_inputs.resolution),
        of(policy_inputs.video_resolution),
        of(policy_inputs.duration),
        of(policy_inputs.generation_mode),
        of(policy_inputs.mode),
        of(policy_inputs.moderation_level),
        of(policy_inputs.output_format),
        of(policy_inputs.return_base64),
        of(policy_inputs.seed),
    ]
    .into_iter()
    .flatten()
    .find_map(|(known, value)| (known == name).then_some(value))
}
