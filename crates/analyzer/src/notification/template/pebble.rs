//! From the syntax of Pebble to that of Jinja.

/// The tags that there are. Nothing reads other templates, and nothing keeps a text and repeats it.
const TAGS: [&str; 11] = [
    "if",
    "elseif",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "autoescape",
    "endautoescape",
    "verbatim",
];
/// How often assignments and loops may join texts: each time may double one.
const MAX_JOINS: usize = 16;

/// The template in Jinja's syntax, or what is wrong with it.
pub(super) fn translate(template: &str) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    let mut joins = 0;
    while let Some(at) = next_tag(rest) {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let Some((open, inner)) = tag.split_at_checked(2) else { break };
        let (length, close) = match open {
            "{#" => (inner.find("#}"), "#}"),
            "{{" => (end_of(inner, "}}"), "}}"),
            _ => (end_of(inner, "%}"), "%}"),
        };
        let Some(length) = length else {
            return Err(format!("a tag {open} is not closed by {close}"));
        };
        let (inner, after) = inner.split_at(length);
        rest = after.get(2..).unwrap_or_default();
        match open {
            "{#" => {
                out.push_str(open);
                out.push_str(inner);
                out.push_str(close);
            }
            "{{" => {
                out.push_str(open);
                out.push_str(&expression(inner));
                out.push_str(close);
            }
            _ => {
                let (left, body, right) = trimmed(inner);
                let name = body.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
                if !TAGS.contains(&name) {
                    return Err(format!("the tag {name:?} is not available"));
                }
                let argument = body.get(name.len()..).unwrap_or_default();
                if name == "verbatim" {
                    let Some((text, end)) = rest.split_once("endverbatim") else {
                        return Err("a tag verbatim is not closed by endverbatim".to_owned());
                    };
                    let text = text.rsplit_once("{%").map_or(text, |(text, _)| text);
                    out.push_str(&format!("{{% raw %}}{text}{{% endraw %}}"));
                    rest = end.split_once("%}").map_or("", |(_, rest)| rest);
                    continue;
                }
                if matches!(name, "set" | "for") {
                    joins += argument.matches(['~', '*']).count() + argument.matches("join").count();
                    if name == "set" && !argument.contains('=') {
                        return Err("a tag set has no value".to_owned());
                    }
                    if joins > MAX_JOINS {
                        return Err(format!("more than {MAX_JOINS} texts are joined in assignments"));
                    }
                }
                let name = if name == "elseif" { "elif" } else { name };
                out.push_str(&format!("{{%{left} {name}{} {right}%}}", expression(argument)));
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn next_tag(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"].iter().filter_map(|open| text.find(open)).min()
}

/// Where a tag ends: at its closing signs outside of texts and maps.
fn end_of(text: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if let Some(mark) = quote {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == mark {
                quote = None;
            }
            continue;
        }
        if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Some(at);
        }
        match letter {
            '"' | '\'' => quote = Some(letter),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The signs that take white space away, and what is between them.
fn trimmed(inner: &str) -> (&str, &str, &str) {
    let (left, inner) = match inner.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", inner),
    };
    let (right, inner) = match inner.strip_suffix('-') {
        Some(rest) => ("-", rest),
        None => ("", inner),
    };
    (left, inner.trim(), right)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
    /// Texts and white space, as they are.
    Other(String),
}

impl Token {
    fn is_space(&self) -> bool {
        matches!(self, Token::Other(text) if text.trim().is_empty())
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '"' || letter == '\'' {
            let mut quoted = String::from(letter);
            while let Some(next) = letters.next() {
                quoted.push(next);
                if next == '\\' {
                    quoted.extend(letters.next());
                } else if next == letter {
                    break;
                }
            }
            out.push(Token::Other(quoted));
        } else if letter.is_alphanumeric() || letter == '_' {
            let mut word = String::from(letter);
            while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            out.push(Token::Word(word));
        } else if letter.is_whitespace() {
            out.push(Token::Other(letter.to_string()));
        } else {
            out.push(Token::Sign(letter));
        }
    }
    out
}

/// An expression in Jinja's words.
fn expression(text: &str) -> String {
    let tokens = tokens(text);
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        let Token::Word(word) = token else {
            out.push(token.clone());
            continue;
        };
        let before: Vec<&Token> = out.iter().rev().filter(|token| !token.is_space()).take(2).collect();
        let after_dot = before.first() == Some(&&Token::Sign('.'));
        let is_word =
            |at: usize, wanted: &str| matches!(before.get(at), Some(Token::Word(word)) if word == wanted);
        if after_dot {
            let of_loop = is_word(1, "loop");
            // A call without arguments is how Java reads a member.
            let rest: Vec<(usize, &Token)> =
                tokens.iter().enumerate().skip(at).filter(|(_, token)| !token.is_space()).take(2).collect();
            let called = match rest.as_slice() {
                [(_, Token::Sign('(')), (end, Token::Sign(')'))] => Some(*end + 1),
                _ => None,
            };
            if let Some(end) = called {
                at = end;
                if matches!(word.as_str(), "size" | "length") {
                    // The dot before it becomes the sign of a filter.
                    while out.pop().is_some_and(|token| token.is_space()) {}
                    out.extend([Token::Sign('|'), Token::Word("length".to_owned())]);
                    continue;
                }
            }
            out.push(Token::Word(match word.as_str() {
                // Pebble counts rounds from zero.
                "index" if of_loop => "index0".to_owned(),
                "revindex" if of_loop => "revindex0".to_owned(),
                word if called.is_some() => member(word),
                word => word.to_owned(),
            }));
            continue;
        }
        // What is missing equals null, too.
        let compared = match before.as_slice() {
            [Token::Sign('='), Token::Sign('=')] => Some("is null"),
            [Token::Sign('='), Token::Sign('!')] => Some("is not null"),
            _ => None,
        };
        if let (Some(test), "null") = (compared, word.as_str()) {
            for _ in 0..2 {
                while out.pop().is_some_and(|token| token.is_space()) {}
            }
            out.push(Token::Word(format!(" {test}")));
            continue;
        }
        let tested = is_word(0, "is") || (is_word(0, "not") && is_word(1, "is"));
        let filtered = before.first() == Some(&&Token::Sign('|'));
        out.push(Token::Word(match word.as_str() {
            "null" if !tested => "none".to_owned(),
            "contains" if !filtered => "is containing".to_owned(),
            "equals" if !filtered && !tested => "==".to_owned(),
            word => word.to_owned(),
        }));
    }
    let (question, colon) = ternary(&out);
    if let (Some(question), Some(colon)) = (question, colon) {
        let part = |range: &[Token]| written(range).trim().to_owned();
        let (condition, rest) = out.split_at(question);
        let yes = rest.get(1..colon - question).unwrap_or_default();
        let no = rest.get(colon - question + 1..).unwrap_or_default();
        return format!(" ({}) if ({}) else ({}) ", part(yes), part(condition), part(no));
    }
    written(&out)
}

/// The member that a method of Java reads: `getName` is `name`.
fn member(method: &str) -> String {
    let rest = method.strip_prefix("get").or_else(|| method.strip_prefix("is")).unwrap_or_default();
    let mut letters = rest.chars();
    match letters.next() {
        Some(first) if first.is_ascii_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => method.to_owned(),
    }
}

/// Where the two signs of `condition ? yes : no` stand, outside of parentheses.
fn ternary(tokens: &[Token]) -> (Option<usize>, Option<usize>) {
    let (mut depth, mut question, mut colon) = (0_i32, None, None);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign('?') if depth == 0 && question.is_none() => question = Some(at),
            Token::Sign(':') if depth == 0 && question.is_some() && colon.is_none() => colon = Some(at),
            _ => {}
        }
    }
    (question, colon)
}

fn written(tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens {
        match token {
            Token::Word(text) | Token::Other(text) => out.push_str(text),
            Token::Sign(sign) => out.push(*sign),
        }
    }
    out
}
