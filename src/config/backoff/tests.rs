use super::*;

#[test]
fn pauses_grow_by_their_factor_up_to_the_bound_and_however_often_it_was_tried() {
    for (factor, times, pause) in [
        (2, 0, 5),
        (2, 1, 10),
        (2, 3, 40),
        (2, 5, 100),
        (2, 63, 100),
        (2, 64, 100),
        (2, u32::MAX, 100),
        (4, 0, 5),
        (4, 1, 20),
        (4, 2, 80),
        (4, 3, 100),
        (4, 32, 100),
    ] {
        assert_eq!(pause_ms(5, factor, times, 100), pause, "{factor} {times}");
    }
    assert_eq!(pause_ms(5, 4, u32::MAX, u64::MAX), u64::MAX);
}
