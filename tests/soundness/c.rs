//! C sources, their headers, and what crosses between C and Haskell.

use serde_json::json;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const C: &str = "cbits/twice.c";
const HEADER: &str = "include/twice.h";
const FOREIGN: &str = "src/Small/Foreign.hs";

/// A C function with a header, imported by a module.
fn with_c() -> Tree {
    let mut tree = small();
    tree.write(C, "#include \"twice.h\"\n\nint twice(int n) { return n * FACTOR; }\n");
    tree.write(HEADER, "#define FACTOR 2\nint twice(int n);\n");
    tree.write(
        FOREIGN,
        "{-# LANGUAGE ForeignFunctionInterface #-}\nmodule Small.Foreign (twice) where\n\nimport Foreign.C\n\nforeign import ccall \"twice\" twice :: CInt -> CInt\n",
    );
    tree.replace("small.cabal", "    Small.Shapes", "    Small.Foreign\n    Small.Shapes");
    tree.replace(
        "small.cabal",
        "  hs-source-dirs:   src\n",
        "  hs-source-dirs:   src\n  c-sources:        cbits/twice.c\n  include-dirs:     include\n",
    );
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Foreign (twice)\nimport Small.Sizes");
    tree.append("app/Main.hs", "  print (twice 21)\n");
    tree
}

/// C and nothing else: the case that a restore of whole folders gets wrong.
pub(crate) fn c_file_changed() -> Case {
    Case::of(with_c()).edit(|tree| tree.replace(C, "n * FACTOR", "n * FACTOR + 1"))
}

/// A header that only C includes.
pub(crate) fn header_changed() -> Case {
    Case::of(with_c()).edit(|tree| tree.replace(HEADER, "FACTOR 2", "FACTOR 3"))
}

#[test]
fn a_c_file_changed_compiles_no_haskell() {
    c_file_changed().compiles(&[]).prints_otherwise();
}

#[test]
fn a_header_of_a_c_file_changed() {
    header_changed().compiles(&[]).prints_otherwise();
}

#[test]
fn a_c_file_added() {
    Case::of(with_c())
        .edit(|tree| {
            tree.write("cbits/thrice.c", "int thrice(int n) { return n * 3; }\n");
            tree.replace("small.cabal", "cbits/twice.c", "cbits/twice.c, cbits/thrice.c");
            tree.replace(FOREIGN, "\"twice\"", "\"thrice\"");
        })
        .prints_otherwise();
}

#[test]
fn a_c_file_removed_that_is_still_used() {
    Case::of(with_c())
        .edit(|tree| {
            tree.remove(C);
            tree.replace("small.cabal", "  c-sources:        cbits/twice.c\n", "");
        })
        .fails("rror");
}

#[test]
fn a_c_file_removed_with_its_import() {
    Case::of(with_c())
        .edit(|tree| {
            tree.remove(C);
            tree.replace("small.cabal", "  c-sources:        cbits/twice.c\n", "");
            tree.replace(
                FOREIGN,
                "foreign import ccall \"twice\" twice :: CInt -> CInt",
                "twice :: CInt -> CInt\ntwice = (* 5)",
            );
        })
        .prints_otherwise();
}

#[test]
fn a_c_file_takes_the_place_of_one_of_the_same_function() {
    Case::of(with_c())
        .edit(|tree| {
            tree.remove(C);
            tree.write("cbits/other.c", "int twice(int n) { return n * 7; }\n");
            tree.replace("small.cabal", "cbits/twice.c", "cbits/other.c");
        })
        .prints_otherwise();
}

#[test]
fn an_option_for_the_c_compiler() {
    Case::of(with_c())
        .with(|tree| {
            tree.write(C, "#ifndef FACTOR\n#define FACTOR 2\n#endif\nint twice(int n) { return n * FACTOR; }\n");
        })
        .edit(|tree| {
            tree.replace(
                "small.cabal",
                "  include-dirs:     include\n",
                "  include-dirs:     include\n  cc-options:       -DFACTOR=9\n",
            );
        })
        .prints_otherwise();
}

#[test]
fn a_header_found_earlier_added() {
    Case::of(with_c())
        .with(|tree| tree.replace("small.cabal", "include-dirs:     include", "include-dirs:     early, include"))
        .edit(|tree| tree.write("early/twice.h", "#define FACTOR 11\n"))
        .prints_otherwise();
}

/// A module whose capi import has a header's constant in it, and another one with a splice.
fn with_capi() -> Case {
    let mut tree = with_c();
    tree.write(
        FOREIGN,
        "{-# LANGUAGE CApiFFI #-}\nmodule Small.Foreign (twice) where\n\nimport Foreign.C\n\nforeign import capi \"constant.h value FACTOR\" factor :: CInt\n\ntwice :: CInt -> CInt\ntwice = (* factor)\n{-# NOINLINE twice #-}\n",
    );
    tree.write("include/constant.h", "#include <inner.h>\n");
    tree.write("include/inner.h", "#define FACTOR 2\n");
    tree.replace("small.cabal", "include-dirs:     include", "include-dirs:     early, include");
    tree.write(
        "src/Small/Splice.hs",
        "{-# LANGUAGE TemplateHaskell #-}\nmodule Small.Splice (spliced) where\n\nimport Language.Haskell.TH\n\nspliced :: String\nspliced = $(runIO (readFile \"data/spliced.txt\") >>= stringE)\n{-# NOINLINE spliced #-}\n",
    );
    tree.write("data/spliced.txt", "one\n");
    tree.replace("small.cabal", "    Small.Foreign\n", "    Small.Foreign\n    Small.Splice\n");
    tree.replace("small.cabal", "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Splice\nimport Small.Sizes");
    tree.append("app/Main.hs", "  putStrLn spliced\n");
    Case::of(tree)
}

/// The wrapper of a capi import is C code, of which GHC knows no headers.
#[test]
fn a_header_of_a_capi_import_changed() {
    with_capi()
        .edit(|tree| tree.write("include/inner.h", "#define FACTOR 3\n"))
        .compiles(&["Small.Foreign"])
        .leaves_out(json!({
            "component": "lib", "module": "Small.Foreign", "cause": "input", "input": "include/inner.h",
            "access": "read", "change": "changed", "reader": "c-compiler",
        }))
        .prints_otherwise();
}

#[test]
fn a_header_of_a_capi_import_that_is_found_earlier() {
    with_capi()
        .edit(|tree| tree.write("early/inner.h", "#define FACTOR 4\n"))
        .compiles(&["Small.Foreign"])
        .prints_otherwise();
}

#[test]
fn a_file_that_a_splice_reads_beside_a_capi_import() {
    with_capi().edit(|tree| tree.write("data/spliced.txt", "two\n")).compiles(&["Small.Splice"]).prints_otherwise();
}

#[test]
fn headers_that_no_capi_import_needs() {
    with_capi()
        .edit(|tree| {
            tree.write("include/unread.h", "#define FACTOR 5\n");
            tree.write("docs/inner.h", "#define FACTOR 6\n");
            tree.write("README.md", "Read by nobody.\n");
        })
        .compiles_nothing();
}

#[test]
fn a_module_beside_a_capi_import() {
    with_capi()
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

/// C that calls Haskell, through the header that GHC writes for a module.
fn with_export() -> Tree {
    let mut tree = with_c();
    tree.write(
        "src/Small/Export.hs",
        "{-# LANGUAGE ForeignFunctionInterface #-}\nmodule Small.Export () where\n\nimport Foreign.C\n\nforeign export ccall plus :: CInt -> CInt\n\nplus :: CInt -> CInt\nplus = (+ 1)\n",
    );
    tree.replace("small.cabal", "    Small.Foreign\n", "    Small.Export\n    Small.Foreign\n");
    tree.write(C, "#include \"Small/Export_stub.h\"\n\nint twice(int n) { return plus(n) * 2; }\n");
    tree.replace(FOREIGN, "import Foreign.C\n", "import Foreign.C\nimport Small.Export ()\n");
    tree
}

#[test]
fn a_foreign_export_changed() {
    Case::of(with_export()).edit(|tree| tree.replace("src/Small/Export.hs", "(+ 1)", "(+ 2)")).prints_otherwise();
}

#[test]
fn a_foreign_export_of_another_type() {
    Case::of(with_export())
        .edit(|tree| {
            tree.replace(
                "src/Small/Export.hs",
                "plus :: CInt -> CInt\n\nplus :: CInt -> CInt\nplus = (+ 1)",
                "plus :: CInt -> CInt -> CInt\n\nplus :: CInt -> CInt -> CInt\nplus = (+)",
            );
            tree.replace(C, "plus(n)", "plus(n, 10)");
        })
        .prints_otherwise();
}

/// Its header is there until C was compiled with it, and then the program does not link.
#[test]
fn a_foreign_export_removed_whose_header_is_still_included() {
    Case::of(with_export())
        .edit(|tree| tree.replace("src/Small/Export.hs", "foreign export ccall plus :: CInt -> CInt\n", ""))
        .fails_in_its_own_words();
}

#[test]
fn c_that_calls_haskell_changed() {
    Case::of(with_export()).edit(|tree| tree.replace(C, "* 2", "* 4")).compiles(&[]).prints_otherwise();
}

#[test]
fn a_c_plus_plus_file_changed() {
    Case::of(with_c())
        .with(|tree| {
            tree.remove(C);
            tree.write("cbits/twice.cc", "extern \"C\" int twice(int n) { auto m = n; return m * 2; }\n");
            tree.replace(
                "small.cabal",
                "c-sources:        cbits/twice.c",
                "cxx-sources:      cbits/twice.cc\n  extra-libraries:  stdc++",
            );
        })
        .edit(|tree| tree.replace("cbits/twice.cc", "m * 2", "m * 4"))
        .compiles(&[])
        .prints_otherwise();
}

#[test]
fn an_assembly_file_changed() {
    Case::of(with_c())
        .with(|tree| {
            tree.remove(C);
            tree.write("cbits/twice.S", ".globl twice\n.text\ntwice:\n  lea (%rdi,%rdi), %eax\n  ret\n.section .note.GNU-stack,\"\",@progbits\n");
            tree.replace("small.cabal", "c-sources:        cbits/twice.c", "asm-sources:      cbits/twice.S");
            tree.replace("small.cabal", "cabal-version:      2.4", "cabal-version:      3.0");
        })
        .edit(|tree| tree.replace("cbits/twice.S", "(%rdi,%rdi)", "1(%rdi,%rdi)"))
        .compiles(&[])
        .prints_otherwise();
}

/// A header that the library installs for others.
#[test]
fn an_installed_header_changed() {
    Case::of(with_c())
        .with(|tree| {
            tree.replace(
                "small.cabal",
                "  include-dirs:     include\n",
                "  include-dirs:     include\n  install-includes: twice.h\n",
            );
        })
        .edit(|tree| tree.append(HEADER, "/* A comment. */\n"))
        .compiles(&[])
        .prints_the_same();
}
