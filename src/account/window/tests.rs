use super::*;
use proptest::prelude::*;

const LIMIT: RequestWindow = RequestWindow { requests: 3, window_ms: 1_000 };

#[test]
fn a_request_leaves_when_the_window_and_its_margin_have_passed() {
    let mut window = Window::default();
    for at in [0, 10, 20] {
        window.note(LIMIT, 5, 1, at);
    }
    window.slide(LIMIT, 5, 1_004);
    assert_eq!((window.room(LIMIT, 0), window.opens_ms(LIMIT, 5)), (0, Some(1_005)));
    window.slide(LIMIT, 5, 1_005);
    assert_eq!((window.room(LIMIT, 0), window.room(LIMIT, 1)), (1, 0));
}

proptest! {
    #[test]
    fn no_window_ever_holds_more_than_allowed(
        requests in prop_oneof![Just(3_u32), 60_u32..200],
        steps in prop::collection::vec((0_u64..700, 0_u32..90), 1..200),
    ) {
        let limit = RequestWindow { requests, ..LIMIT };
        let (mut window, mut now_ms, mut made) = (Window::default(), 0, Vec::new());
        for (gap, wanted) in steps {
            now_ms += gap / u64::from(requests);
            window.slide(limit, 0, now_ms);
            for _ in 0..wanted {
                if window.room(limit, 0) > 0 {
                    window.note(limit, 0, 1, now_ms);
                    made.push(now_ms);
                }
            }
            let inside = made.iter().filter(|at| **at + limit.window_ms > now_ms).count();
            prop_assert!(inside <= requests as usize);
            prop_assert!(window.0.len() as u64 <= SPANS + 2, "{} spans", window.0.len());
            if window.room(limit, 0) == 0 {
                let opens_ms = window.opens_ms(limit, 0).expect("it is full of something");
                let mut later = window.clone();
                later.slide(limit, 0, opens_ms - 1);
                prop_assert_eq!(later.room(limit, 0), 0, "it opens no sooner");
                later.slide(limit, 0, opens_ms);
                prop_assert!(later.room(limit, 0) > 0, "it opens then");
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_never_makes_room(ahead in 1_u64..10_000, back in 1_u64..10_000) {
        let mut window = Window::default();
        for _ in 0..3 {
            window.note(LIMIT, 0, 1, 20_000 + ahead);
        }
        let now_ms = 20_000 + ahead - back;
        window.slide(LIMIT, 0, now_ms);
        prop_assert_eq!(window.room(LIMIT, 0), 0);
        window.slide(LIMIT, 0, now_ms + LIMIT.window_ms);
        prop_assert_eq!(window.room(LIMIT, 0), 3, "it opens a window later, whatever the clock had said");
    }
}
