use super::*;
use proptest::prelude::*;

const LIMIT: RequestWindow = RequestWindow { requests: 3, window_ms: 1_000 };

fn slide(window: &mut Window, limit: RequestWindow, now_ms: u64) {
    window.forget(limit, now_ms);
    window.bound(limit, now_ms);
}

#[test]
fn a_request_leaves_when_the_window_has_passed() {
    let mut window = Window::default();
    for at in [0, 10, 20] {
        window.note(LIMIT, 1, at);
    }
    slide(&mut window, LIMIT, 999);
    assert_eq!((window.room(LIMIT, 0), window.opens_ms(LIMIT)), (0, Some(1_000)));
    slide(&mut window, LIMIT, 1_000);
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
            slide(&mut window, limit, now_ms);
            for _ in 0..wanted {
                if window.room(limit, 0) > 0 {
                    window.note(limit, 1, now_ms);
                    made.push(now_ms);
                }
            }
            let inside = made.iter().filter(|at| **at + limit.window_ms > now_ms).count();
            prop_assert!(inside <= requests as usize);
            prop_assert!(window.0.len() as u64 <= SPANS + 2, "{} spans", window.0.len());
            if window.room(limit, 0) == 0 {
                let opens_ms = window.opens_ms(limit).expect("it is full of something");
                let mut later = window.clone();
                slide(&mut later, limit, opens_ms - 1);
                prop_assert_eq!(later.room(limit, 0), 0, "it opens no sooner");
                slide(&mut later, limit, opens_ms);
                prop_assert!(later.room(limit, 0) > 0, "it opens then");
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_never_makes_room(ahead in 1_u64..10_000, back in 1_u64..10_000) {
        let mut window = Window::default();
        for _ in 0..3 {
            window.note(LIMIT, 1, 20_000 + ahead);
        }
        let now_ms = 20_000 + ahead - back;
        slide(&mut window, LIMIT, now_ms);
        prop_assert_eq!(window.room(LIMIT, 0), 0);
        slide(&mut window, LIMIT, now_ms + LIMIT.window_ms);
        prop_assert_eq!(window.room(LIMIT, 0), 3, "it opens a window later, whatever the clock had said");
    }
}
