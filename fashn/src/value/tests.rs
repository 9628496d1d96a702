use super::*;

#[test]
fn a_body_of_braces_and_commas_alone_takes_no_memory() {
    for many in ["0,", "[],", "{},"] {
        let at_most = format!("[{}0]", many.repeat(VALUES_MOST - 2));
        assert!(Value::parse(at_most.as_bytes()).is_ok(), "{many}");
        let over = format!("[{}0]", many.repeat(VALUES_MOST - 1));
        let told = Value::parse(over.as_bytes()).expect_err("too many");
        assert_eq!(told.to_string(), "holds more than 4096 values", "{many}");
    }
}

#[test]
fn what_is_not_json_is_told_by_its_place_alone() {
    for (bytes, told) in [
        ("", "is not JSON: EOF while parsing a value at line 1 column 0"),
        ("secret", "is not JSON: expected value at line 1 column 1"),
        ("{} {}", "is not JSON: trailing characters at line 1 column 4"),
        ("{\"secret\"}", "is not JSON: expected `:` at line 1 column 10"),
        ("[\"\\ud800\"]", "is not JSON: unexpected end of hex escape at line 1 column 9"),
    ] {
        let error = Value::parse(bytes.as_bytes()).expect_err("no JSON");
        assert_eq!(error.to_string(), told, "{bytes}");
    }
}

#[test]
fn strings_without_escapes_are_borrowed_wherever_they_stand() {
    let Ok(Value::Array(items)) = Value::parse(br#"["plain", "\/", {"a": "b"}, 3.0]"#) else {
        panic!("an array");
    };
    assert!(matches!(
        items.as_slice(),
        [
            Value::String(Cow::Borrowed("plain")),
            Value::String(Cow::Owned(_)),
            Value::Object(_),
            Value::Integer(3),
        ]
    ));
}
