use super::*;

/// A head with these headers, as it comes.
pub fn text_with(query: &str, headers: &[(Header, &str)]) -> String {
    let lines = Header::ALL.map(|header| {
        let found = headers.iter().find(|(known, _)| *known == header);
        found.map_or(ABSENT, |(_, value)| value)
    });
    format!("GET\nhttps://try.example/?{query}\n{}", lines.join("\n"))
}

#[test]
fn each_header_is_found_and_an_empty_one_is_there() {
    let mut lines = vec!["GET".to_owned(), "https://try.example/v1/status/a?wait=1".to_owned()];
    lines.extend(Header::ALL.map(|header| match header {
        Header::Accept => ABSENT.to_owned(),
        Header::Range => String::new(),
        other => format!("value of {}", other.name()),
    }));
    let text = lines.join("\n");
    let head = RequestHead::parse(&text);
    assert_eq!(head.method, "GET");
    assert_eq!(head.own_origin, "https://try.example");
    assert_eq!(head.path, "/v1/status/a");
    assert_eq!(head.query, Some("wait=1"));
    for header in Header::ALL {
        match header {
            Header::Accept => assert_eq!(head.header(header), None),
            Header::Range => assert_eq!(head.header(header), Some("")),
            other => {
                let value = format!("value of {}", other.name());
                assert_eq!(head.header(header), Some(&*value));
            }
        }
    }
}

#[test]
fn the_rest_of_a_head_that_ends_early_is_absent() {
    let head = RequestHead::parse("GET");
    assert_eq!((head.own_origin, head.path, head.query), ("", "", None));
    assert_eq!(head.header(Header::Origin), None);
}

#[test]
fn an_address_is_split_into_origin_path_and_query() {
    for (url, parts) in [
        ("https://a.example/", ("https://a.example", "/", None)),
        ("http://127.0.0.1:8787/v1/run?", ("http://127.0.0.1:8787", "/v1/run", Some(""))),
        ("https://a.example/b?c=/d?e://f", ("https://a.example", "/b", Some("c=/d?e://f"))),
        ("https://a.example?b=/c", ("https://a.example", "", Some("b=/c"))),
        ("https://a.example/b#c?d", ("https://a.example", "/b", None)),
    ] {
        let text = format!("GET\n{url}");
        let head = RequestHead::parse(&text);
        assert_eq!((head.own_origin, head.path, head.query), parts, "{url}");
    }
}
