use super::*;

#[test]
fn the_origin_that_matched_is_echoed_and_no_other() {
    let shop = Origin::parse("https://shop.example").expect("an origin");
    let headers = answer_headers(Some(&shop));
    assert!(headers.contains(&(
        "access-control-allow-origin",
        "https://shop.example".to_owned()
    )));
    assert!(headers.contains(&("vary", "Origin".to_owned())));
}

#[test]
fn a_foreign_page_is_told_nothing_but_that_it_varies() {
    assert_eq!(preflight_headers(None), [("vary", "Origin".to_owned())]);
}
