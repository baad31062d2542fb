//! What a guest's kernel is told.

use super::{Name, Rule};

/// The rule of [`KernelParameters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelParametersRule;

/// The parameters of a kernel: words with spaces between them.
pub type KernelParameters = Name<KernelParametersRule>;

impl KernelParameters {
    /// Returns parameters that hinc itself has.
    pub fn fixed(parameters: &'static str) -> Self {
        Self::made(parameters.to_owned())
    }
}

impl Rule for KernelParametersRule {
    const WHAT: &'static str = "a line of kernel parameters";
    const ALLOWED: &'static str = "printable ASCII characters, at most 2000";

    fn holds(text: &str) -> bool {
        text.len() <= 2000 && text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
    }
}
