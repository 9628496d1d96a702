//! Parts of sentences for people.

use fashn::fields::FieldError;

/// A time to wait, rounded up: "1 second", "2 minutes", "3 hours".
pub(super) fn time_for_people(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=1 => (1, "second"),
        2..=119 => (seconds, "seconds"),
        120..=7_140 => (seconds.div_ceil(60), "minutes"),
        7_141..=172_800 => (seconds.div_ceil(3_600), "hours"),
        _ => (seconds.div_ceil(86_400), "days"),
    };
    format!("{number} {unit}")
}

/// The first fault, and how many more there are.
pub(super) fn faults_for_people(faults: &[FieldError]) -> String {
    match faults {
        [] => "The request is not valid.".to_owned(),
        [one] => format!("{} {}.", one.path, one.message),
        [first, rest @ ..] => format!("{} {}, and {} more.", first.path, first.message, rest.len()),
    }
}

/// A size, in MiB where it is one or more.
pub(super) fn bytes_for_people(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests;
