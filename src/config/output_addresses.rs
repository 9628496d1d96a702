//! Which addresses of outputs a caller sees.

/// Which addresses of outputs a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputAddresses {
    /// This gateway's `/v1/outputs`: they end with the result, and with its `DELETE`.
    #[default]
    Own,
    /// FASHN's own: open to all that have them, for as long as FASHN keeps the picture.
    Fashn,
}
