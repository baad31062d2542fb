//! The expressions of workflows, as far as `action.yml` uses them. What is not known here is refused, so that the action
//! cannot come to use something that was never tried.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>

use std::iter::Peekable;
use std::str::Chars;

/// A value. Numbers, arrays and objects are not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Bool(bool),
}

impl Value {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Bool(value) => *value,
        }
    }

    /// Compares as the runner does, for which texts of other cases are the same.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => one.eq_ignore_ascii_case(two),
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (one, two) => panic!("{one:?} beside {two:?}: the runner would make numbers of them"),
        }
    }
}

/// What names and functions stand for; none for what is not known.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<Value>;

/// Returns the value of an expression.
pub(super) fn evaluate(text: &str, lookup: Lookup<'_>) -> Result<Value, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, lookup };
    let value = parser.either()?;
    match parser.tokens {
        [] => Ok(value),
        [rest, ..] => Err(format!("`{rest}` after the end of `{text}`")),
    }
}

/// Returns a text in which each `${{ … }}` is its value.
pub(super) fn filled_in(text: &str, lookup: Lookup<'_>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) =
            after.split_once("}}").ok_or_else(|| format!("no end of an expression in `{text}`"))?;
        filled.push_str(before);
        match evaluate(expression, lookup)? {
            Value::Text(text) => filled.push_str(&text),
            Value::Bool(value) => filled.push_str(&value.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

const OPERATORS: [&str; 7] = ["&&", "||", "==", "!=", "!", "(", ")"];

/// Names with their brackets, texts with their quotes, and operators.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '\'' {
            rest[1..].find('\'').map(|end| end + 2).ok_or_else(|| format!("no end of a text in `{text}`"))?
        } else if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            operator.len()
        } else {
            name(&mut rest.chars().peekable())
        };
        if length == 0 {
            return Err(format!("`{first}` in `{text}` is not known"));
        }
        let (token, after) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn name(characters: &mut Peekable<Chars<'_>>) -> usize {
    let mut length = 0;
    while characters.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).is_some() {
        length += 1;
    }
    length
}

struct Parser<'a> {
    tokens: &'a [String],
    lookup: Lookup<'a>,
}

impl Parser<'_> {
    fn take(&mut self, wanted: &str) -> bool {
        match self.tokens {
            [first, rest @ ..] if first == wanted => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn either(&mut self) -> Result<Value, String> {
        let mut value = self.both()?;
        while self.take("||") {
            let other = self.both()?;
            value = if value.is_true() { value } else { other };
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<Value, String> {
        let mut value = self.comparison()?;
        while self.take("&&") {
            let other = self.comparison()?;
            value = if value.is_true() { other } else { value };
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Result<Value, String> {
        let value = self.one()?;
        for (operator, wanted) in [("==", true), ("!=", false)] {
            if self.take(operator) {
                let other = self.one()?;
                return Ok(Value::Bool(value.is(&other) == wanted));
            }
        }
        Ok(value)
    }

    fn one(&mut self) -> Result<Value, String> {
        if self.take("!") {
            return Ok(Value::Bool(!self.one()?.is_true()));
        }
        if self.take("(") {
            let value = self.either()?;
            return if self.take(")") { Ok(value) } else { Err("no `)`".to_owned()) };
        }
        let [first, rest @ ..] = self.tokens else { return Err("the expression ends too early".to_owned()) };
        self.tokens = rest;
        if let Some(text) = first.strip_prefix('\'') {
            return Ok(Value::Text(text.trim_end_matches('\'').to_owned()));
        }
        let name = if self.take("(") {
            if !self.take(")") {
                return Err(format!("`{first}` with arguments is not known"));
            }
            format!("{first}()")
        } else {
            first.clone()
        };
        (self.lookup)(&name).ok_or_else(|| format!("`{name}` is not known"))
    }
}

#[test]
fn expressions_have_the_values_that_are_documented() {
    let lookup = |name: &str| match name {
        "success()" => Some(Value::Bool(false)),
        "failure()" => Some(Value::Bool(true)),
        "inputs.a-b" => Some(Value::Text("x".to_owned())),
        "steps.s.outputs.o" => Some(Value::Text(String::new())),
        _ => None,
    };
    for (text, expected) in [
        ("(success() || failure()) && inputs.a-b != 'off'", Ok(Value::Bool(true))),
        ("success() || failure() && inputs.a-b == 'off'", Ok(Value::Bool(false))),
        ("!failure()", Ok(Value::Bool(false))),
        ("inputs.a-b == 'X'", Ok(Value::Bool(true))),
        ("steps.s.outputs.o || inputs.a-b", Ok(Value::Text("x".to_owned()))),
        ("steps.s.outputs.o && 'y'", Ok(Value::Text(String::new()))),
        ("'a b'", Ok(Value::Text("a b".to_owned()))),
        ("inputs.other", Err("`inputs.other` is not known".to_owned())),
        ("hashFiles('x')", Err("`hashFiles` with arguments is not known".to_owned())),
        ("inputs.a-b ==", Err("the expression ends too early".to_owned())),
        ("inputs.a-b inputs.a-b", Err("`inputs.a-b` after the end of `inputs.a-b inputs.a-b`".to_owned())),
        ("(success()", Err("no `)`".to_owned())),
        ("inputs.a-b < '1'", Err("`<` in `inputs.a-b < '1'` is not known".to_owned())),
        ("'a", Err("no end of a text in `'a`".to_owned())),
    ] {
        assert_eq!(evaluate(text, &lookup), expected, "{text}");
    }
    assert_eq!(filled_in("<${{ inputs.a-b }}|${{failure()}}>", &lookup), Ok("<x|true>".to_owned()));
    assert!(filled_in("${{ inputs.a-b", &lookup).is_err());
}
