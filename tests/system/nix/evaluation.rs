//! `drive.nix` as hinc asks it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::model::base_failure::Failing;
use hinc::model::cabal::dependencies::Dependencies;
use hinc::model::package::BuildType;
use hinc::model::plan::{Reuse, Start};
use hinc::model::store::StorePath;
use hinc::nix::{Asked, File, Host, HostOptions, LocalPackage, Side};
use hinc::nix::{Error, Library, Nix, Options, Request, UserArg, toolchain};
use tokio_util::sync::CancellationToken;

use super::{add_source, library, search_path};

async fn request(source: &StorePath) -> Request {
    let cancel = CancellationToken::new();
    let host = toolchain::detect(&search_path(), None, &cancel).await.expect("a GHC");
    Request {
        head: Side::of(source.clone()),
        base: Some(Side::of(source.clone())),
        toolchain: Some(host.toolchain),
        asked: Asked::File(File { path: "default.nix".into(), attributes: Vec::new() }),
        failing: Failing::default(),
        verify: false,
        plain_only: false,
    }
}

async fn file_request(text: &str, attributes: &[&str]) -> Request {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs_err::write(folder.path().join("default.nix"), text).expect("a file");
    let source = add_source(folder.path()).await;
    let attributes = attributes.iter().map(ToString::to_string).collect();
    Request { asked: Asked::File(File { path: "default.nix".into(), attributes }), ..request(&source).await }
}

const ONE: &str = "{ text ? \"none\", ... }: { one = derivation { name = \"one-1.0\"; \
                   system = \"x86_64-linux\"; builder = \"/bin/sh\"; inherit text; }; }";

#[tokio::test]
async fn a_cabal_package_gives_all_its_derivations() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects/parts");
    let source = add_source(&project).await;
    let package = LocalPackage {
        name: "parts".into(),
        version: "0.3".into(),
        build_type: BuildType::Simple,
        source: source.clone(),
        dependencies: Dependencies::default(),
        base: Some("parts".into()),
        absent: None,
    };
    let side = Side { source: None, packages: vec![package] };
    let options = HostOptions { tests: Some(true), flags: vec!["-dev".into()], ..HostOptions::default() };
    let host = Host { wanted: vec!["parts".into()], options, package_options: BTreeMap::new() };
    let request = Request { head: side.clone(), base: Some(side), asked: Asked::Host(host), ..request(&source).await };

    // From the folder that the program writes, which is how it runs.
    let cache = tempfile::tempdir().expect("a temporary folder");
    let installed = Library::install(cache.path()).expect("it is written");
    let cancel = CancellationToken::new();
    let evaluation = Nix::default().evaluate(&installed, &request, &[], &cancel).await.expect("an answer");
    let [package] = &evaluation.packages[..] else { panic!("{evaluation:?}") };
    assert_eq!((package.name.as_str(), package.version.as_str()), ("parts", "0.3"));
    let Reuse::Unchanged { full } = &package.reuse else { panic!("head and base are the same here: {package:?}") };
    assert!(full.outputs.contains_key("intermediates"), "{full:?}");
    let drvs = [package.plain.drv.clone(), full.drv.clone()];
    assert!(Nix::default().invalid(&drvs, &cancel).await.expect("an answer").is_empty(), "they are in the store");

    let checkout = Nix::default().evaluate(&library(), &request, &[], &cancel).await.expect("an answer");
    assert_eq!(checkout.packages, evaluation.packages, "nothing depends on the folder of the library");

    // A head that is another one is built on the base.
    let edited = tempfile::tempdir().expect("a temporary folder");
    let copied = Command::new("cp").arg("-rT").arg(&project).arg(edited.path()).status().expect("cp");
    assert!(copied.success());
    fs_err::write(edited.path().join("NEWS"), "of today").expect("a file");
    let mut request = request;
    request.head.packages[0].source = add_source(edited.path()).await;
    let evaluation = Nix::default().evaluate(&installed, &request, &[], &cancel).await.expect("an answer");
    let Reuse::OnBase { start: Start::Full { full: base, .. }, incremental, clean, proof: None } =
        &evaluation.packages[0].reuse
    else {
        panic!("{evaluation:?}")
    };
    assert_eq!((base, incremental == clean), (full, false));
    let drvs = [incremental.drv.clone(), clean.drv.clone()];
    assert!(Nix::default().invalid(&drvs, &cancel).await.expect("an answer").is_empty(), "they are in the store");
}

#[tokio::test]
async fn a_users_file_gets_the_users_arguments() {
    let request = file_request(ONE, &["one"]).await;
    let cancel = CancellationToken::new();
    let nix = Nix::default();
    let plain = nix.evaluate(&library(), &request, &[], &cancel).await.expect("an answer");
    let Reuse::Nothing { why: Some(why), .. } = &plain.packages[0].reuse else { panic!("{plain:?}") };
    assert!(why.contains("one"), "{why}");
    assert_eq!(plain.packages[0].version, "1.0");
    let text = UserArg::Text { name: "text".into(), value: "a \"${quoted}\" \\ text".into() };
    let expression = UserArg::Expression { name: "text".into(), value: "\"a \\\"\\${quoted}\\\" \\\\ text\"".into() };
    let by_text = nix.evaluate(&library(), &request, &[text], &cancel).await.expect("an answer");
    let by_expression = nix.evaluate(&library(), &request, &[expression], &cancel).await.expect("an answer");
    assert_eq!(by_text, by_expression);
    assert_ne!(by_text.packages[0].plain, plain.packages[0].plain);
}

#[tokio::test]
async fn what_an_expression_traces_is_kept() {
    let request = file_request(&format!("builtins.trace \"look here\" ({ONE})"), &["one"]).await;
    let nix = Nix::default();
    let evaluation = nix.evaluate(&library(), &request, &[], &CancellationToken::new()).await.expect("an answer");
    assert!(evaluation.messages.iter().any(|line| line.contains("look here")), "{:?}", evaluation.messages);
}

#[tokio::test]
async fn an_expression_that_does_not_evaluate_keeps_nixs_message() {
    let cases = [
        ("{ one = throw \"the one is ${\"not\"} there\"; }", "error: the one is not there"),
        ("{ one = 1 +; }", "error: syntax error, unexpected ';'"),
        ("{ other = 1; }", "error: attribute 'one' is missing in default.nix"),
        ("{ one = (x: x.y) { z = 1; }; }", "error: attribute 'y' missing"),
    ];
    for (text, expected) in cases {
        let request = file_request(text, &["one"]).await;
        let result = Nix::default().evaluate(&library(), &request, &[], &CancellationToken::new()).await;
        let error = result.expect_err("it does not evaluate");
        assert!(matches!(error, Error::Evaluation { .. }), "{text}: {error:?}");
        assert_eq!(error.exit(), Exit::Nix);
        assert_eq!(error.tail().first().map(String::as_str), Some(expected), "{text}: {:#?}", error.tail());
        assert!(!error.tail().iter().any(|line| line.contains("drive")), "{text}: {:#?}", error.tail());
    }
}

#[tokio::test]
async fn a_store_that_this_user_may_not_write_to_is_named() {
    let request = file_request(ONE, &["one"]).await;
    let nix = Nix::new(Options { store: Some("unix:///nonexistent/socket".into()), ..Options::default() });
    let error = nix.evaluate(&library(), &request, &[], &CancellationToken::new()).await.expect_err("no store");
    assert_eq!(error.exit(), Exit::Environment, "{error:?}");
    assert!(!error.hints().is_empty());
}
