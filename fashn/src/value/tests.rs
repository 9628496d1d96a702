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

#[test]
fn a_byte_order_mark_before_the_text_says_nothing() {
    for text in ["{}", " {}\r\n", "[]"] {
        let marked = ["\u{feff}", text].concat();
        assert_eq!(Value::parse(marked.as_bytes()).ok(), Value::parse(text.as_bytes()).ok());
    }
    for text in ["\u{feff}", "\u{feff}\u{feff}{}", "{\u{feff}}"] {
        assert!(Value::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    // UTF-16 is no JSON on the wire.
    assert!(Value::parse(b"\xff\xfe{\0}\0").is_err());
}

#[test]
fn a_long_name_is_refused_wherever_it_stands() {
    let of = |name: &str| Value::parse(format!("[{{\"{name}\": 1}}]").as_bytes()).map(drop);
    assert!(of(&"n".repeat(NAME_BYTES_MOST)).is_ok());
    for name in ["n".repeat(NAME_BYTES_MOST + 1), "\\n".repeat(NAME_BYTES_MOST + 1)] {
        let error = of(&name).expect_err("a long name");
        assert_eq!(error.to_string(), "holds a name of more than 1024 bytes");
    }
}
