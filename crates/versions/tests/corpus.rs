//! Lists of comparisons made by the real package managers. `CORPUS` names the folder that holds them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::cmp::Ordering;
use std::path::PathBuf;

use versions::Scheme;

fn check(scheme: Scheme, files: &[&str]) {
    let Some(root) = std::env::var_os("CORPUS").map(PathBuf::from) else {
        eprintln!("CORPUS is not set: nothing compared");
        return;
    };
    for file in files {
        let text = std::fs::read_to_string(root.join("corpus/versions").join(file)).expect(file);
        let mut wrong = Vec::new();
        let mut count = 0;
        for line in
            text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#') && !l.starts_with("//"))
        {
            let mut words = line.split_whitespace();
            let (Some(a), Some(sign), Some(b)) = (words.next(), words.next(), words.next()) else {
                panic!("{file}: {line}");
            };
            let wanted = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("{file}: {line}"),
            };
            count += 1;
            if scheme.compare(a, b) != wanted || scheme.compare(b, a) != wanted.reverse() {
                wrong.push(line.to_owned());
            }
        }
        assert!(count > 10, "{file} is empty");
        assert!(
            wrong.is_empty(),
            "{file}: {} of {count} wrong, for instance {:?}",
            wrong.len(),
            &wrong[..wrong.len().min(20)]
        );
    }
}

#[test]
fn semver_lists() {
    check(Scheme::Semver, &["semver-versions.txt"]);
}

#[test]
fn pypi_lists() {
    check(Scheme::PyPi, &["pypi-versions.txt", "pypi-versions-generated.txt"]);
}

#[test]
fn maven_lists() {
    check(Scheme::Maven, &["maven-versions.txt", "maven-versions-generated.txt"]);
}
