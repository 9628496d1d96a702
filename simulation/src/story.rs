//! What happened, in plain words, while a failing history is played once more.

use std::fmt::{self, Write as _};

/// Of a longer story the last lines are told.
const LINES_MAX: usize = 400;

/// The lines of a history that is told; none otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    lines: Option<Vec<String>>,
}

impl Story {
    /// One that is told.
    pub fn told() -> Self {
        Self { lines: Some(Vec::new()) }
    }

    /// One more thing happened.
    pub fn add(&mut self, now_ms: u64, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let mut text = String::new();
            // Writing into a text doesn't fail.
            let _ = write!(text, "{:>5}.{:03} s  ", now_ms / 1_000, now_ms % 1_000);
            text.push_str(&line());
            lines.push(text);
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines.as_deref().unwrap_or_default();
        let skipped = lines.len().saturating_sub(LINES_MAX);
        if skipped > 0 {
            writeln!(out, "({skipped} lines before)")?;
        }
        for line in lines.iter().skip(skipped) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
