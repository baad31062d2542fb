//! The program `hinc`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hinc::cli::run(std::env::args_os())
}
