//! Languages that packages are written for, by package URL and by the target software of a CPE.

/// Types of package URLs, and the words by which names say "runs in it" (`target_sw`).
///
/// What is written for a content management system is written in its language.
const LANGUAGES: [(&str, &[&str]); 12] = [
    ("npm", &["node.js", "nodejs", "node", "npm", "javascript"]),
    ("pypi", &["python", "pypi", "pypl", "pip", "django"]),
    ("maven", &["java", "maven", "jenkins", "spring", "scala", "kotlin"]),
    ("gem", &["ruby", "rubygems", "rails", "ruby_on_rails"]),
    ("cargo", &["rust", "cargo", "crates.io"]),
    ("golang", &["go", "golang"]),
    (
        "composer",
        &[
            "php",
            "composer",
            "packagist",
            "wordpress",
            "drupal",
            "joomla",
            "joomla!",
            "magento",
            "typo3",
            "moodle",
            "prestashop",
            "laravel",
        ],
    ),
    ("nuget", &[".net", ".net_framework", "asp.net", "dotnet", "nuget"]),
    ("cpan", &["perl"]),
    ("hex", &["erlang", "elixir"]),
    ("pub", &["dart", "flutter"]),
    ("hackage", &["haskell"]),
];

/// The language of a type of package URLs, as such a type.
pub(super) fn of_purl(kind: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(known, _)| *known == kind).map(|(known, _)| *known)
}

/// The language of a target software, as a type of package URLs.
pub(super) fn of_target(word: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(_, words)| words.contains(&word)).map(|(known, _)| *known)
}
