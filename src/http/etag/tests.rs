use super::*;

#[test]
fn a_tag_keeps_what_a_header_can_have() {
    let tag = ETag::new("sp\u{e4}\r\n\"x 1".to_owned());
    assert_eq!(tag.as_str(), "spx1");
    assert_eq!(tag.quoted(), "\"spx1\"");
}

#[test]
fn weak_tags_and_strong_ones_are_listed_alike() {
    let tags: Vec<_> = listed("\"a-0\", W/\"b\" ,*").collect();
    assert_eq!(tags, ["a-0", "b", "*"]);
}
