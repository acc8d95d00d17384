//! Lists of components, compared one by one; the longer list is later. The versions of R
//! (`package_version`, with dots or hyphens) and of Haskell are such lists of numbers.

use crate::number::Number;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version(Vec<Component>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Component {
    /// Neither ecosystem has it.
    Text(Box<str>),
    Number(Number),
}

impl Version {
    pub(crate) fn parse(text: &str) -> Version {
        let components = text.trim().split(['.', '-']).map(|part| match Number::parse(part) {
            Some(number) => Component::Number(number),
            None => Component::Text(part.into()),
        });
        Version(components.collect())
    }
}
