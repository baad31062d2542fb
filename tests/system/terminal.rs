//! `hinc build` in a terminal: what people see while it builds.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::pseudo_terminal::Terminal;
use crate::scene::{HOUR, MIDNIGHT, Scene};

/// How long each module of [`slow`] keeps GHC, in milliseconds.
const EACH: u32 = 500;

/// A package of modules that take their time, one after the other. The base has them all; `M5` of head is another.
fn slow() -> Scene {
    let scene = Scene::new();
    let names: Vec<String> = (1..=6).map(|number| format!("M{number}")).collect();
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "pile.cabal",
        &format!(
            "cabal-version: 2.4\nname: pile\nversion: 1.0\nextra-source-files: unique.txt\nlibrary\n  \
             default-language: Haskell2010\n  build-depends: base, template-haskell\n  exposed-modules: {}\n",
            names.join(", ")
        ),
    );
    for number in 1..=6u32 {
        write_module(&scene, number, number);
    }
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    write_module(&scene, 5, 55);
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    scene
}

/// Writes a module that imports the one before it.
fn write_module(scene: &Scene, number: u32, value: u32) {
    let import = if number > 1 { format!("import M{}\n", number - 1) } else { String::new() };
    let value = if number > 1 { format!("{value} + m{}", number - 1) } else { value.to_string() };
    scene.write(
        &format!("M{number}.hs"),
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule M{number} where\n\nimport Control.Concurrent (threadDelay)\n\
             import Language.Haskell.TH.Syntax (runIO)\n{import}\n$(runIO (threadDelay {}) >> pure [])\n\n\
             m{number} :: Int\nm{number} = {value}\n",
            EACH * 1000
        ),
    );
}

fn hinc(scene: &Scene, args: &[&str]) -> Command {
    scene.hinc_command(args)
}

/// The lines of a screen that move, and there is only one set of them: a block that was torn leaves another.
#[track_caller]
fn block(screen: &str, width: usize) -> Vec<&str> {
    let lines: Vec<&str> = screen.lines().collect();
    let is_summary = |line: &&str| {
        ["planning, ", "waiting for Nix, ", "stopping, "].iter().any(|begin| line.starts_with(begin))
            || line.contains(" building, ")
    };
    let summaries = lines.iter().filter(|line| is_summary(line)).count();
    assert!(summaries <= 1, "more than one display:\n{screen}");
    let names = lines.iter().filter(|line| line.starts_with("pile-1.0")).filter(|line| !line.contains("> ")).count();
    assert!(names <= 1, "a build is shown twice:\n{screen}");
    assert!(
        lines.iter().all(|line| line.chars().count() < width || line.contains("/nix/store")),
        "too wide:\n{screen}"
    );
    if summaries == 0 { Vec::new() } else { lines }
}

/// A display in which times are always the same, and without the counts of what is to be built and was: programs of hinc's
/// own are among it where the store is new.
fn display(lines: &[&str]) -> String {
    let is_count = |part: &&str| part.ends_with(" to build") || part.ends_with(" built");
    let counted = |line: &&str| line.split(", ").filter(|part| !is_count(part)).collect::<Vec<_>>().join(", ");
    neutral(&lines.iter().map(counted).collect::<Vec<_>>().join("\n"))
}

/// A report without what depends on the machine: what it is, between the base and the first edit, and what is told where
/// it took long, between the modules and the result.
fn on_any_machine(report: &str) -> String {
    let mut lines = Vec::new();
    let (mut kept, mut beside) = (true, false);
    for line in report.lines() {
        // On a busy machine what is no module takes long enough to be told.
        beside = line.starts_with("  beside modules: ") || beside && line.starts_with("    ");
        if beside {
            continue;
        }
        if line.starts_with("  compiled with ") {
            kept = false;
        } else if line.contains(" was edited: ") || line.starts_with("/nix/store/") {
            kept = true;
        } else if kept && lines.iter().any(|line: &&str| line.contains(" was edited: ")) {
            kept = line.starts_with("    ");
        }
        if kept {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// A text in which times and what depends on them are always the same.
fn neutral(screen: &str) -> String {
    let mut text = String::new();
    let mut rest = screen;
    // Numbers before a unit of time, hashes of the store, and the folder of the scene.
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit() || c == '/') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(path) = rest.strip_prefix("/nix/store/") {
            let hash = path.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
            text.push_str("/nix/store/[hash]");
            rest = &path[hash.len()..];
            continue;
        }
        let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let after = &rest[number.len()..];
        let unit = [" ms", " s", "s"].iter().find(|unit| {
            after.strip_prefix(**unit).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
        });
        match unit {
            Some(unit) if !number.is_empty() => {
                text.push_str("[time]");
                text.push_str(unit);
                rest = &after[unit.len()..];
            }
            _ => {
                let taken = number.len().max(1);
                text.push_str(&rest[..taken]);
                rest = &rest[taken..];
            }
        }
    }
    text.push_str(rest);
    // How many blanks are before a time depends on it.
    let lines = text.lines().map(|line| match line.strip_suffix("[time]s") {
        Some(before) if before.ends_with("  ") => format!("{}  [time]s", before.trim_end()),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_built_is_seen_at_80_columns_and_at_40_and_what_is_left_of_it() {
    let scene = slow();
    let mut terminal = Terminal::start(&hinc(&scene, &["build"]), 80, 24);
    let screen = terminal.wait("third module", |screen| {
        block(screen, 80);
        screen.contains("[3/6] M3")
    });
    let lines = block(&screen, 80);
    insta::assert_snapshot!("screen_of_80_columns", display(&lines));
    assert!(screen.contains("1 building, ") && screen.contains(" to build"), "head comes after its base:\n{screen}");

    // In the midst of it the window becomes narrow and low, and wide again.
    terminal.resize(40, 6);
    let screen = terminal.wait("narrow screen", |screen| screen.contains("[5/6] M5"));
    insta::assert_snapshot!("screen_of_40_columns", display(&block(&screen, 40)));
    terminal.resize(80, 24);
    terminal.wait("incremental build", |screen| {
        block(screen, 80);
        // Of a splice nobody knows beforehand what it makes of others.
        screen.starts_with("pile-1.0 ") && screen.contains("; 1-6 modules foretold")
    });
    terminal.wait("module that is compiled again", |screen| {
        block(screen, 80);
        screen.contains("[6/6] M6; 2 of 1-6 foretold")
    });
    let ended = terminal.end();
    assert_eq!(ended.status, 0, "{}", ended.screen);
    let base = scene.git(&["rev-parse", "--short=10", "HEAD^"]);
    let screen = ended.screen.replace(base.trim(), "[base]");
    insta::assert_snapshot!("screen_at_the_end", neutral(&on_any_machine(&screen)));

    // The next time it is known how long it takes.
    write_module(&scene, 2, 22);
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Edit again");
    let mut terminal = Terminal::start(hinc(&scene, &["build"]).env("NO_COLOR", "1"), 40, 10);
    terminal.wait("time that is left", |screen| {
        block(screen, 40);
        screen.contains("1 building, ") && screen.contains(" left")
    });
    terminal.wait("module", |screen| screen.contains("[2/6] M2"));
    let ended = terminal.end();
    assert_eq!(ended.status, 0, "{}", ended.screen);
    assert!(ended.written.contains("\x1b[1A"), "it moves without colours, too: {:?}", ended.written);
    let colours: Vec<&str> = ended
        .written
        .match_indices('\x1b')
        .map(|(at, _)| &ended.written[at..])
        .filter(|rest| is_colour(rest))
        .collect();
    assert!(colours.is_empty(), "{colours:?}");
}

/// Whether a sequence is one of colours (ECMA-48, SGR).
fn is_colour(sequence: &str) -> bool {
    let parameters = sequence.trim_start_matches("\x1b[");
    parameters.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
}

// `-fkeep-going` lets GHC go on with the others.
#[test]
fn an_error_of_ghc_is_on_the_screen_before_the_build_ends() {
    let scene = slow();
    scene.replace("pile.cabal", "  default-language", "  ghc-options: -fkeep-going\n  default-language");
    scene.replace("pile.cabal", "exposed-modules: M1", "exposed-modules: Bad, M1");
    scene.write("Bad.hs", "module Bad where\n\nbad :: Int\nbad = \"text\"\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Break");
    let mut terminal = Terminal::start(&hinc(&scene, &["build", "--no-incremental"]), 80, 24);
    let screen = terminal.wait("error", |screen| {
        block(screen, 80);
        screen.contains("pile-1.0> Bad.hs:4:7: error:") && screen.contains("[5/7] M4")
    });
    insta::assert_snapshot!("screen_of_an_error", display(&block(&screen, 80)));
    let ended = terminal.end();
    assert_eq!(ended.status, 100, "{}", ended.screen);
    assert!(
        ended.screen.contains("pile-1.0> failed after") && !ended.screen.contains("1 building"),
        "{}",
        ended.screen
    );
}

#[test]
fn a_dependency_is_explained_and_what_is_still_to_build_is_counted() {
    let scene = Scene::new();
    let unique = scene.unique();
    scene.write(
        "default.nix",
        &format!(
            "{{ hinc }}:\nlet\n  library = derivation {{\n    name = \"libsmall-1.2\";\n    \
             system = builtins.currentSystem;\n    builder = \"/bin/sh\";\n    unique = ''{unique}'';\n    \
             args = [ \"-c\" ''/bin/sleep 2; echo small.h: no such file; exit 3'' ];\n  }};\nin\n\
             {{ app = hinc.host.mkPackage {{ src = ./app; path = [ library ]; }}; }}\n"
        ),
    );
    scene.write(
        "app/small.cabal",
        "cabal-version: 2.4\nname: small\nversion: 1\nbuild-type: Simple\n\n\
         library\n  exposed-modules: Small\n  build-depends: base\n  default-language: Haskell2010\n",
    );
    scene.write("app/Small.hs", "module Small where\n");
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let mut terminal = Terminal::start(&hinc(&scene, &["build", "-f", "default.nix", "-A", "app"]), 80, 24);
    let screen = terminal.wait("dependency", |screen| screen.contains("libsmall-1.2 "));
    let line = screen.lines().find(|line| line.starts_with("libsmall")).expect("its line");
    insta::assert_snapshot!("screen_of_a_dependency", neutral(line));
    assert!(screen.contains("1 building, ") && screen.contains(" to build"), "{screen}");
    let ended = terminal.end();
    assert_eq!(ended.status, 100, "{}", ended.screen);
    // Nix 2.34 says it afterwards, and then it has no time.
    let told = ["libsmall-1.2> failed after [time] s", "libsmall-1.2> failed"];
    let told = told.map(|failed| format!("{failed}: a dependency that no cache has"));
    let screen = neutral(&ended.screen);
    assert!(told.iter().any(|told| screen.lines().any(|line| line == told)), "{screen}");
}

/// Serves the files of a folder over HTTP, a MiB at a time. Returns the address.
fn slow_cache(folder: PathBuf) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
                let lines: Vec<String> = lines.collect();
                let target = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/");
                let (status, body) = match fs_err::read(folder.join(target.trim_start_matches('/'))) {
                    Ok(body) => ("200 OK", body),
                    Err(_) => ("404 Not Found", Vec::new()),
                };
                let length = body.len();
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").ok();
                for part in body.chunks(1 << 20) {
                    stream.write_all(part).ok();
                    std::thread::sleep(Duration::from_millis(60));
                }
            });
        }
    });
    address
}

#[test]
fn what_is_fetched_is_seen_with_where_from_and_how_much_of_it_has_come() {
    let scene = Scene::new();
    scene.write(
        "default.nix",
        r#"derivation { name = "cached-1.0"; system = builtins.currentSystem; builder = "/bin/sh"; unique = ./unique.txt; args = [ "-c" "/usr/bin/head -c 41943040 /dev/zero >$out" ]; }"#,
    );
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let build = ["build", "--no-out-link", "-f", "default.nix"];
    let ran = scene.hinc(&build).status(0);
    let cache = scene.home().join("cache");
    let store = format!("file://{}?compression=none", cache.display());
    scene.run("nix", &["copy", "--to", &store, ran.line()]).status(0);
    scene.run("nix-store", &["--delete", ran.line()]).status(0);

    let place = slow_cache(cache);
    let substituters = format!("http://{place}");
    let options = ["--option", "substituters", &substituters, "--option", "require-sigs", "false"];
    let mut terminal = Terminal::start(&hinc(&scene, &[&build[..], &options].concat()), 80, 24);
    let screen = terminal.wait("share of it", |screen| {
        block(screen, 80);
        screen.contains("/40 MiB") && !screen.contains("0.0/")
    });
    let (line, summary) = screen.split_once('\n').expect("two lines");
    let (before, share) =
        line.trim_end().rsplit_once(' ').and_then(|(line, _)| line.rsplit_once(' ')).expect("a share");
    assert_eq!(before.trim_end(), format!("cached-1.0 fetched from {place}"), "{screen}");
    // Nix counts it among what is built as long as it is not there.
    let summary = summary.replace(", 1 to build", "");
    assert!(summary.starts_with(&format!("1 copy, {share} MiB, ")), "{screen}");
    let ended = terminal.end();
    assert_eq!((ended.status, ended.screen.lines().last()), (0, Some(ran.line())), "{}", ended.screen);
}

#[test]
fn ctrl_c_leaves_a_clean_screen_and_says_what_was_stopped() {
    let scene = slow();
    let mut terminal = Terminal::start(&hinc(&scene, &["build"]), 80, 24);
    terminal.wait("module", |screen| screen.contains("[2/6] M2"));
    terminal.types("\x03");
    let ended = terminal.end();
    assert_eq!(ended.status, 130, "{}", ended.screen);
    // Nix says it in its own words.
    let screen = neutral(&ended.screen);
    let lines: Vec<&str> = screen.lines().filter(|line| !line.starts_with("nix> ")).collect();
    let one_of = |module: &str| format!("interrupted: pile-1.0 (full) after [time]s, at [{module} of 6] M{module}");
    assert!(["2", "3"].iter().any(|module| lines == [one_of(module)]), "{screen}");
    assert!(screen.ends_with(lines[0]), "{screen}");
}

/// hinc below a shell that knows jobs: when it is suspended, `fg` waits for a line.
fn below_a_shell(scene: &Scene) -> Command {
    let hinc = hinc(scene, &["build"]);
    let mut shell = Command::new("bash");
    shell.args(["-c", "set -m; \"$@\"; echo \"suspended $?\"; read -r _; fg >/dev/null", "bash"]);
    shell.arg(hinc.get_program()).args(hinc.get_args()).current_dir(hinc.get_current_dir().expect("a folder"));
    for (name, value) in hinc.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

// Ctrl-Z gives the screen to the shell, and `fg` shows it again.
#[test]
fn a_build_that_is_suspended_leaves_the_screen_and_comes_back() {
    let scene = slow();
    let mut terminal = Terminal::start(&below_a_shell(&scene), 80, 24);
    terminal.wait("module", |screen| screen.contains("[1/6] M1"));
    terminal.types("\x1a");
    let screen = terminal.wait("line of the shell", |screen| screen.contains("suspended 1"));
    assert!(!screen.contains("building"), "{screen}");
    terminal.types("\n");
    terminal.wait("display", |screen| {
        block(screen, 80);
        screen.contains("1 building")
    });
    terminal.types("\x03");
    assert_eq!(terminal.end().status, 130);
}

// Below `ssh -t` and in a container there is often no shell: who stops there stops for good.
#[test]
fn a_build_that_nobody_could_resume_is_not_suspended() {
    let scene = slow();
    let mut terminal = Terminal::start(&hinc(&scene, &["build"]), 80, 24);
    terminal.wait("module", |screen| screen.contains("[1/6] M1"));
    terminal.types("\x1a");
    terminal.wait("next module", |screen| screen.contains("[3/6] M3"));
    terminal.types("\x03");
    assert_eq!(terminal.end().status, 130);
}

#[test]
fn a_terminal_that_can_nothing_gets_plain_lines() {
    let scene = slow();
    let mut terminal = Terminal::start(hinc(&scene, &["build"]).env("TERM", "dumb"), 80, 24);
    terminal.wait("plain line", |screen| screen.contains("pile-1.0 (full)> [2 of 6] Compiling M2"));
    terminal.types("\x03");
    let ended = terminal.end();
    assert_eq!(ended.status, 130, "{}", ended.screen);
    assert!(!ended.written.contains('\x1b'), "{:?}", ended.written);
    assert!(ended.screen.contains("interrupted: pile-1.0 (full) after "), "{}", ended.screen);
}
