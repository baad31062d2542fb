//! `hinc.toml`, and the user's settings.

use hinc::builder::declare::{Declared, Format, GuestPlace};
use hinc::builder::machines::{self, Origin};
use hinc::cli::fuzzed;
use hinc::model::builder::{Builder, BuilderKind};

use super::is_told_harmlessly;

pub(super) fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match fuzzed::of_repository(&text) {
        Ok(builders) => {
            for builder in &builders {
                assert!(!builder.trusted && builder.name.is_of_repository(), "{builder:?}");
                looked_at(builder);
            }
        }
        Err(error) => is_told_harmlessly(error.as_ref()),
    }
    match fuzzed::of_user(&text) {
        Ok(builders) => builders.iter().for_each(looked_at),
        Err(error) => is_told_harmlessly(error.as_ref()),
    }
}

/// Whatever is made of a builder, each of its values is a value there and no more.
fn looked_at(builder: &Builder) {
    assert_eq!(builder.name.label().parse(), Ok(builder.name.clone()));
    if let BuilderKind::Ssh(machine) = &builder.kind {
        let read = machines::parse(&machines::line(builder, machine), &Origin::Setting, &|_| Ok(None));
        assert_eq!((read.builders.len(), read.problems.len()), (1, 0), "{builder:?}");
    }
    let place = GuestPlace {
        key: "/state/key".parse().expect("a path"),
        known_hosts: "/state/known_hosts".parse().expect("a path"),
        port: Some(31_022),
        host_key: None,
    };
    let guest = matches!(builder.kind, BuilderKind::Vm(_)).then_some(&place);
    let declared = Declared { builder, guest, hinc: "/usr/bin/hinc", user: "me", path: "/usr/bin:/bin" };
    for format in [Format::Ssh, Format::Machines, Format::NixDarwin, Format::Nixos, Format::Launchd, Format::Systemd] {
        match declared.text(format) {
            Ok(text) => {
                assert!(
                    text.ends_with('\n') && !text.contains(|c: char| c.is_control() && !"\n\t".contains(c)),
                    "{text:?}"
                );
                assert!(format != Format::Machines || text.lines().count() == 1, "{text:?}");
                let starts = text.lines().filter(|line| line.starts_with("Exec")).count();
                assert!(format != Format::Systemd || starts == 1, "{text:?}");
                let hosts = text.lines().filter(|line| line.trim_start().starts_with("Host ")).count();
                assert!(format != Format::Ssh || hosts == 1, "{text:?}");
            }
            Err(error) => is_told_harmlessly(&error),
        }
    }
}
