//! Refuses one input.

use fashn::fields::Fault;
use fashn::models::Knob;

/// Notes a fault at an input.
pub(super) fn refuse<T: Copy + PartialEq>(
    knob: &mut Knob<'_, T>,
    message: &str,
    faults: &mut Vec<Fault>,
) {
    faults.push(Fault::new(format!("inputs.{}", knob.name()), message));
}
