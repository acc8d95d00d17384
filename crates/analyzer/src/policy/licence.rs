//! Licence expressions, and whether they can be met with some licences (behaviour reference §8.5).

/// An expression; what cannot be read is a licence of that name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Any(Vec<Expression>),
    All(Vec<Expression>),
    Licence { id: String, or_later: bool, exception: Option<String> },
}

/// Expressions nested deeper are not read.
const DEPTH: usize = 32;

impl Expression {
    /// A licence that a name stands for, whatever is in the name.
    pub(super) fn named(name: &str) -> Expression {
        Expression::Licence { id: name.trim().to_owned(), or_later: false, exception: None }
    }

    /// Reads an expression of the SPDX specification, annex D.
    pub(super) fn parse(text: &str) -> Expression {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut reader = Reader { words: &words, at: 0 };
        match reader.any(0) {
            Some(expression) if reader.at == words.len() => expression,
            _ => Expression::named(text),
        }
    }

    /// Whether the expression can be met when `usable` says which licences can be used; it is asked
    /// for ids, and whether they are known follows from `known`.
    pub(super) fn is_met(&self, known: &dyn Fn(&str) -> bool, usable: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Expression::Any(list) => list.iter().any(|one| one.is_met(known, usable)),
            Expression::All(list) => list.iter().all(|one| one.is_met(known, usable)),
            Expression::Licence { id, or_later, exception } => {
                if let Some(exception) = exception {
                    return usable(&with(id, *or_later, exception, known));
                }
                let later = format!("{id}-or-later");
                usable(id) || (*or_later && known(&later) && usable(&later))
            }
        }
    }
}

/// The licence that a licence with an exception is listed as, where it is.
fn with(id: &str, or_later: bool, exception: &str, known: &dyn Fn(&str) -> bool) -> String {
    let plain = format!("{id}{}-with-{exception}", if or_later { "+" } else { "" });
    let base = id.trim_end_matches("-only").trim_end_matches("-or-later");
    let unversioned = match exception.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => name,
        _ => exception,
    };
    let others = [format!("{id}-with-{exception}"), format!("{base}-with-{unversioned}")];
    others.into_iter().find(|id| known(id)).unwrap_or(plain)
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn word(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.word().is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn any(&mut self, depth: usize) -> Option<Expression> {
        let mut list = vec![self.all(depth)?];
        while self.take("OR") {
            list.push(self.all(depth)?);
        }
        if list.len() > 1 { Some(Expression::Any(list)) } else { list.pop() }
    }

    fn all(&mut self, depth: usize) -> Option<Expression> {
        let mut list = vec![self.one(depth)?];
        while self.take("AND") {
            list.push(self.one(depth)?);
        }
        if list.len() > 1 { Some(Expression::All(list)) } else { list.pop() }
    }

    fn one(&mut self, depth: usize) -> Option<Expression> {
        if depth > DEPTH {
            return None;
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return self.take(")").then_some(inner);
        }
        let word = self.word().filter(|word| is_name(word))?;
        self.at += 1;
        let exception = if self.take("WITH") {
            let exception = self.word().filter(|word| is_name(word))?;
            self.at += 1;
            Some(exception.to_owned())
        } else {
            None
        };
        let id = word.trim_end_matches('+');
        Some(Expression::Licence { id: id.to_owned(), or_later: id.len() < word.len(), exception })
    }
}

fn is_name(word: &str) -> bool {
    !["(", ")", "AND", "OR", "WITH"].iter().any(|other| word.eq_ignore_ascii_case(other))
}
