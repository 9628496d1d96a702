use super::*;
use proptest::prelude::*;

const MIB: usize = 1 << 20;
const LARGE_MAX: usize = BYTES_MAX - SMALL_ONLY_BYTES;

/// A body that has arrived whole.
fn arrive(
    budget: &mut MemoryBudget,
    address: &str,
    bytes: usize,
) -> Result<ReservationId, BudgetFull> {
    let id = budget.reserve(Some(address), Some(bytes), 0)?;
    budget.grow(id, bytes).map(|()| id)
}

#[test]
fn released_bytes_are_free_again() {
    let mut budget = MemoryBudget::new();
    let first = arrive(&mut budget, "a", LARGE_MAX / 2).expect("fits");
    arrive(&mut budget, "b", LARGE_MAX / 2).expect("fits");
    assert_eq!(arrive(&mut budget, "c", 2 * MIB), Err(BudgetFull));
    budget.release(first);
    assert!(arrive(&mut budget, "c", 2 * MIB).is_ok());
}

#[test]
fn declared_bytes_take_nothing_until_they_arrive() {
    let mut budget = MemoryBudget::new();
    for address in ["a", "b"] {
        let id = budget.reserve(Some(address), Some(16 * MIB), 0);
        budget.grow(id.expect("fits"), 700).expect("fits");
    }
    assert!(arrive(&mut budget, "c", 8 * MIB).is_ok());
}

#[test]
fn bodies_of_undeclared_length_are_taken_side_by_side() {
    let mut budget = MemoryBudget::new();
    for _ in 0..8 {
        let id = budget.reserve(Some("a"), None, 0).expect("fits");
        budget.grow(id, 150).expect("fits");
    }
}

#[test]
fn a_body_that_grows_beyond_the_budget_is_refused_and_keeps_what_it_has() {
    let mut budget = MemoryBudget::new();
    arrive(&mut budget, "a", LARGE_MAX - 3 * MIB).expect("fits");
    let id = budget.reserve(Some("b"), None, 0).expect("fits");
    budget.grow(id, 3 * MIB).expect("fits");
    assert_eq!(budget.grow(id, 1), Err(BudgetFull));
    // What it has is still counted.
    assert_eq!(arrive(&mut budget, "c", 2 * MIB), Err(BudgetFull));
}

#[test]
fn small_bodies_are_taken_while_large_ones_fill_their_part() {
    let mut budget = MemoryBudget::new();
    arrive(&mut budget, "a", LARGE_MAX / 2).expect("fits");
    arrive(&mut budget, "b", LARGE_MAX / 2).expect("fits");
    for number in 0..SMALL_ONLY_BYTES / SMALL_BODY_BYTES {
        let taken = arrive(&mut budget, &number.to_string(), SMALL_BODY_BYTES);
        assert!(taken.is_ok(), "{number}");
    }
    assert_eq!(arrive(&mut budget, "z", 1), Err(BudgetFull));
}

#[test]
fn one_address_has_at_most_half_of_the_bytes() {
    let mut budget = MemoryBudget::new();
    arrive(&mut budget, "a", ADDRESS_BYTES_MAX - MIB).expect("fits");
    arrive(&mut budget, "a", MIB).expect("fits");
    assert_eq!(arrive(&mut budget, "a", 1), Err(BudgetFull));
    assert_eq!(arrive(&mut budget, "a", 2 * MIB), Err(BudgetFull));
    assert!(arrive(&mut budget, "b", 2 * MIB).is_ok());
    // Staff have no address, and so no such bound.
    let staff = budget.reserve(None, None, 0).expect("fits");
    assert!(budget.grow(staff, 2 * MIB).is_ok());
}

#[test]
fn a_body_beyond_the_budget_is_taken_as_the_only_large_one() {
    let mut budget = MemoryBudget::new();
    let huge = arrive(&mut budget, "a", BYTES_MAX * 3).expect("alone");
    assert_eq!(arrive(&mut budget, "b", 2 * MIB), Err(BudgetFull));
    arrive(&mut budget, "b", MIB).expect("small");
    budget.release(huge);
    arrive(&mut budget, "b", 2 * MIB).expect("fits");
    assert_eq!(arrive(&mut budget, "a", BYTES_MAX * 3), Err(BudgetFull));
}

#[test]
fn connections_are_bounded_for_each_address_and_in_all() {
    let mut budget = MemoryBudget::new();
    for number in 0..RESERVATIONS_MAX {
        let address = (number / ADDRESS_RESERVATIONS_MAX).to_string();
        assert!(budget.reserve(Some(&address), None, 0).is_ok(), "{number}");
        if (number + 1) % ADDRESS_RESERVATIONS_MAX == 0 {
            assert_eq!(budget.reserve(Some(&address), None, 0), Err(BudgetFull));
        }
    }
    assert_eq!(budget.reserve(Some("another"), None, 0), Err(BudgetFull));
}

#[test]
fn a_reservation_that_is_never_released_expires() {
    let mut budget = MemoryBudget::new();
    let lost = arrive(&mut budget, "a", BYTES_MAX).expect("alone");
    let at = |budget: &mut MemoryBudget, now_ms| budget.reserve(None, Some(2 * MIB), now_ms);
    assert_eq!(at(&mut budget, RESERVATION_MS - 1), Err(BudgetFull));
    let next = at(&mut budget, RESERVATION_MS).expect("expired");
    assert_eq!(budget.grow(lost, 1), Err(BudgetFull));
    // Released late, it takes nothing from another.
    budget.grow(next, 2 * MIB).expect("fits");
    budget.release(lost);
    assert!(budget.grow(next, MIB).is_ok());
}

proptest! {
    /// However bodies come and go, the bounds hold, and a small body of a new address fits while
    /// small ones leave room.
    #[test]
    fn the_bounds_hold_in_any_order(
        steps in prop::collection::vec((0_u8..4, 0_usize..8, 0_usize..30), 1..80),
    ) {
        let mut budget = MemoryBudget::new();
        let mut open = Vec::new();
        for (address, which, mib) in steps {
            if mib < 4 && !open.is_empty() {
                budget.release(open.swap_remove(which % open.len()));
            } else if mib < 12 || open.is_empty() {
                open.extend(budget.reserve(Some(&address.to_string()), None, 0));
            } else {
                let _ = budget.grow(open[which % open.len()], (mib - 11) * MIB / 2);
            }
            let sum = |is_counted: &dyn Fn(&Reservation) -> bool| -> usize {
                let counted = budget.reservations.iter().filter(|one| is_counted(one));
                counted.map(|one| one.bytes).sum()
            };
            let large = budget.reservations.iter().filter(|one| one.is_large()).count();
            let small_bytes = sum(&|one| !one.is_large());
            if large > 1 {
                prop_assert!(sum(&|one| one.is_large()) <= LARGE_MAX);
                prop_assert!(sum(&|_| true) <= BYTES_MAX);
            } else {
                prop_assert!(small_bytes <= BYTES_MAX);
            }
            if small_bytes <= SMALL_ONLY_BYTES - SMALL_BODY_BYTES {
                prop_assert!(budget.fits(Some("new"), SMALL_BODY_BYTES));
            }
        }
    }
}
