//! Refuses one input.

use fashn::fields::FieldError;
use fashn::models::PolicyInput;

/// Notes a fault at an input.
pub(super) fn refuse<T: Copy + PartialEq>(
    knob: &mut PolicyInput<'_, T>,
    message: &str,
    faults: &mut Vec<FieldError>,
) {
    faults.push(FieldError::new(format!("inputs.{}", knob.name()), message));
}
