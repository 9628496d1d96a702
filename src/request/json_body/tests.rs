use super::parse;

#[test]
fn a_byte_order_mark_is_ignored_and_what_is_no_json_is_named() {
    assert_eq!(parse(b"\xef\xbb\xbf{\"a\":1}").expect("reads")["a"], 1);
    for wrong in [&b""[..], b"{", b"\0", b"{}x", b"\xef\xbb\xbf"] {
        assert_eq!(parse(wrong).expect_err("is no JSON").path, "body", "{wrong:?}");
    }
}
