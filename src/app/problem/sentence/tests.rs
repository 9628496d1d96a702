use super::*;

#[test]
fn a_time_is_rounded_up_and_in_the_right_number() {
    for (seconds, words) in [
        (0, "1 second"),
        (1, "1 second"),
        (2, "2 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7_140, "119 minutes"),
        (7_141, "2 hours"),
        (7_200, "2 hours"),
        (7_201, "3 hours"),
        (2 * 3_600 + 59 * 60, "3 hours"),
        (86_400, "24 hours"),
    ] {
        assert_eq!(time_for_people(seconds), words, "{seconds}");
    }
}

#[test]
fn a_size_is_in_mib_where_it_is_one() {
    assert_eq!(bytes_for_people(16 << 20), "16 MiB");
    assert_eq!(bytes_for_people(1_024), "1024 bytes");
}
