//! The program `hinc`.
fn main() {}
