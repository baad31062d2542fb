//! Cases of Cabal's grammar.

use proptest::prelude::*;

use super::*;

/// A file in one line: `name=value|value` for fields, `name(argument)[...]` for sections.
fn shown(text: &str) -> String {
    fn of(elements: &[Element]) -> String {
        let one = |element: &Element| match element {
            Element::Field(field) => format!("{}={}", field.name, field.value.join("|")),
            Element::Section(section) => format!("{}({})[{}]", section.name, section.argument, of(&section.inside)),
        };
        elements.iter().map(one).collect::<Vec<_>>().join(" ")
    }
    match parse(text) {
        Ok(elements) => of(&elements),
        Err(fault) => format!("{}: {}", fault.line, fault.kind),
    }
}

#[test]
fn layout_and_braces_are_read_as_cabal_does() {
    let cases = [
        ("", ""),
        ("\u{feff}a: b", "a=b"),
        ("NAME :\tfoo\r\nb:c\r\n", "name=foo b=c"),
        ("a:\n  b\n\n  -- no\n   c -- yes\n", "a=b|c -- yes"),
        ("a: b\n c\nd: e\n", "a=b|c d=e"),
        ("a:\n  b: c\n", "a=b: c"),
        (
            "library\n  a: b\n  if flag(x) && !os(linux)\n    c: d\n  else\n    e: f\ng: h\n",
            "library()[a=b if(flag(x) && !os(linux))[c=d] else()[e=f]] g=h",
        ),
        ("executable \"a b\" -- text\n  x: y\n", "executable(\"a b\")[x=y]"),
        // The brace may stand on a line of its own, however it is indented.
        ("Library\n{\n\ta: b\n\tif os(linux) {\n\t\tc: d\n}\n}\ne: f\n", "library()[a=b if(os(linux))[c=d]] e=f"),
        ("if !flag(small) { build-depends: core }\n", "if(!flag(small))[build-depends=core]"),
        ("if a { b: c } else { d: e }\n", "if(a)[b=c] else()[d=e]"),
        ("a: { b }\nc: {\n d\n -- no\n e }\n", "a=b c=d|e"),
        ("a:\n{ b }\n", "a=b"),
        ("a: an open { brace\n  and another {\nb: c\n", "a=an open { brace|and another { b=c"),
        ("x { a: b\n }\n", "x()[a=b]"),
        ("x { y { a: b } }\n", "x()[y()[a=b]]"),
        ("x {}\n", "x()[]"),
        ("x\n  y\n    z\n  w\n", "x()[y()[z()[]] w()[]]"),
        ("a:\nb:\n", "a= b="),
        // What is indented by layout within braces ends with its indentation.
        ("x {\n  a: b\n    c\n  y\n    d: e\n  f: g\n}\n", "x()[a=b|c y()[d=e] f=g]"),
        // A field in layout takes the brace for its text.
        ("x {\n  a: b }\n", "2: a brace is missing, or one too many"),
        ("x {\n", "1: a brace is missing, or one too many"),
        ("x }\n", "1: a brace is missing, or one too many"),
        ("a: { b\n", "1: a brace is missing, or one too many"),
        ("x { y\n  a: b\n}\n", "1: a section within braces needs braces of its own"),
        ("a: b\n\n(x)\n", "3: a field or a section was expected here"),
        ("42\n", "1: a field or a section was expected here"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn sections_without_end_are_refused() {
    assert_eq!(shown(&"x {\n".repeat(100_000)), "101: sections lie too deep within one another");
    let deeper: Vec<String> = (0..200).map(|depth| format!("{}x\n", " ".repeat(depth))).collect();
    let deeper = deeper.concat();
    assert!(shown(&deeper).ends_with("sections lie too deep within one another"));
}

#[test]
fn the_entries_of_a_list_stand_between_commas_and_blanks() {
    let Ok(elements) = parse("a: b, \"c\"\n , d e,,f\n") else { panic!("it is read") };
    let [Element::Field(field)] = elements.as_slice() else { panic!("one field") };
    assert_eq!(field.entries().collect::<Vec<_>>(), ["b", "c", "d", "e", "f"]);
    assert_eq!(field.text(), "b, \"c\"\n, d e,,f");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        drop(parse(&text));
    }

    #[test]
    fn no_likely_text_panics(text in "([ \t]{0,3}(name|version|library|if|--|build-type)?[ ]?[:{}]?[ ]?[a-z0-9{}.\"]{0,4}\r?\n?){0,20}") {
        drop(parse(&text));
    }

    /// Layout and braces say the same.
    #[test]
    fn a_file_with_braces_says_what_one_with_layout_does(tree in tree()) {
        prop_assert_eq!(shown(&layout(&tree, 0)), shown(&braces(&tree)));
    }
}

#[derive(Debug, Clone)]
enum Tree {
    Field(String, Vec<String>),
    Section(String, Vec<Self>),
}

fn tree() -> impl Strategy<Value = Vec<Tree>> {
    let field = ("[a-z]{1,5}", proptest::collection::vec("[a-z0-9,]{1,6}", 0..3)).prop_map(|(a, b)| Tree::Field(a, b));
    let one = field.prop_recursive(4, 24, 4, |inner| {
        ("[a-z]{1,5}", proptest::collection::vec(inner, 0..4)).prop_map(|(a, b)| Tree::Section(a, b))
    });
    proptest::collection::vec(one, 0..4)
}

fn layout(trees: &[Tree], indent: usize) -> String {
    let blank = " ".repeat(indent);
    let one = |tree: &Tree| match tree {
        Tree::Field(name, lines) => {
            let lines: Vec<String> = lines.iter().map(|line| format!("\n{blank}  {line}")).collect();
            format!("{blank}{name}:{}\n", lines.concat())
        }
        Tree::Section(name, inside) => format!("{blank}{name} x\n{}", layout(inside, indent + 2)),
    };
    trees.iter().map(one).collect()
}

fn braces(trees: &[Tree]) -> String {
    let one = |tree: &Tree| match tree {
        Tree::Field(name, lines) => format!("{name}: {{\n{}\n}}\n", lines.join("\n")),
        Tree::Section(name, inside) => format!("{name} x\n{{\n{}}}\n", braces(inside)),
    };
    trees.iter().map(one).collect()
}
