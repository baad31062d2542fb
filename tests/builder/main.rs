//! Tests with machines that are not this one: a guest that hinc runs, and machines behind ssh.
//!
//! They run inside of `tests/env/enter`, as root: QEMU, the networks and the second machines are the Debian
//! root's. `tests/env/build-guest` has built the guest.

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    dead_code,
    reason = "a test starts programs, reads its own surroundings, and stops at what it did not expect; \
              the scene has more than these tests use"
)]

mod guest;
mod machines;
mod packages;
mod running;
#[path = "../system/scene.rs"]
mod scene;

#[path = "../whole/mod.rs"]
mod whole;

#[test]
fn no_test_file_is_forgotten() {
    whole::assert_no_file_is_forgotten(include_str!("main.rs"), "tests/builder");
}
