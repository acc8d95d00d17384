//! Orders on small lists of our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::cmp::Ordering;

use versions::Scheme;

/// Each list is in ascending order.
#[test]
fn ascending_lists_are_ascending() {
    let lists: [(Scheme, &[&str]); 14] = [
        (
            Scheme::Semver,
            &[
                "0.0.0-a",
                "0.0.0",
                "v0.9.0",
                "0.10",
                "1.0.0-9",
                "1.0.0-alpha.2",
                "1.0.0-alpha.10",
                "1.0.0-rc.1",
                "1.0.0",
                "99999999999999999999.0.0",
            ],
        ),
        (
            Scheme::PyPi,
            &["not a version", "1.0.dev1", "1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1!0.1"],
        ),
        (
            Scheme::Maven,
            &[
                "1-alpha-1",
                "1-beta",
                "1.0-m1",
                "1-rc",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-abc",
                "1-1",
                "1.1",
                "1.10",
            ],
        ),
        (
            Scheme::NuGet,
            &["1.0.0-ALPHA", "1.0.0-beta.2", "1.0.0-Beta.10", "1.0", "1.0.0.1", "1.0.1-a", "1.0.1"],
        ),
        (Scheme::RubyGems, &["1.0.a", "1.0.b2", "1.0.b10", "1.0-1", "1.0", "1.0.1", "1.10"]),
        (
            Scheme::Packagist,
            &["1.0-foo", "1.0-dev", "1.0-alpha1", "1.0.0", "1.0.1", "1.0.10", "1.0-p1", "v1.1-RC2", "v1.1"],
        ),
        (
            Scheme::Debian,
            &[
                "1.0~~",
                "1.0~rc1-1",
                "1.0",
                "1.0-1~bpo1",
                "1.0-1",
                "1.0-1+b1",
                "1.0a",
                "1.0+dfsg-1",
                "1.0.1",
                "1:0.1",
            ],
        ),
        (
            Scheme::Rpm,
            &[
                "1.0~rc1-1",
                "1.0",
                "1.0-1.el8",
                "1.0-1.el9_1",
                "1.0-10",
                "1.0^git1-1",
                "1.0a-1",
                "1.0.1-1",
                "2:0-1",
            ],
        ),
        (
            Scheme::Alpine,
            &[
                "1.2_alpha",
                "1.2_beta2-r1",
                "1.2_rc3",
                "1.2",
                "1.2-r1",
                "1.2-r10",
                "1.2_git20200101",
                "1.2_p1",
                "1.2a",
                "1.2b-r1",
                "1.2.01",
                "1.2.1",
                "1.2.10",
            ],
        ),
        (Scheme::Pub, &["1.0.0-a", "1.0.0-a+1", "1.0.0", "1.0.0+1", "1.0.0+10", "1.0.0+a", "1.0.1"]),
        (Scheme::Cran, &["0.9", "0.75", "0.75.0", "1.0-1", "1.0.2", "1.0-10"]),
        (Scheme::Hackage, &["0.9", "0.10", "0.10.0", "1", "1.0"]),
        (
            Scheme::FreeBsd,
            &["1.0.rc1", "1.0", "1.0_1", "1.0_10", "1.0.1", "2.0", "1.0,1", "1.0_1,1", "0.9,2"],
        ),
        (
            Scheme::Generic,
            &[
                "1.0.2-dev",
                "1.0.2-alpha",
                "1.0.2b1",
                "1.0.2-pre3",
                "1.0.2 RC 1",
                "1.0.2",
                "1.0.2a",
                "1.0.2k",
                "1.0.2-ubuntu1",
                "1.0.2za",
                "1.0.2.1",
                "1_0_3",
                "v1.1-snapshot",
                "1.1",
                "1.10",
                "20200101",
                "99999999999999999999999999",
            ],
        ),
    ];
    for (scheme, list) in lists {
        for (i, a) in list.iter().enumerate() {
            for (j, b) in list.iter().enumerate() {
                assert_eq!(scheme.compare(a, b), i.cmp(&j), "{scheme:?}: {a} and {b}");
            }
        }
    }
}

/// Whatever the text, the order is total: it agrees with itself in both directions and along chains.
#[test]
fn any_text_has_its_place() {
    let odd = [
        "",
        " ",
        "0",
        "00",
        "v",
        "-",
        "--",
        ".",
        "...",
        "+",
        "1..2",
        "1.-",
        "a.b.c",
        "1a",
        "a1",
        "é",
        "1.é",
        "日本",
        "1.0.0.0.0",
        "1.0-",
        "1-.1",
        "99999999999999999999999999",
        "1.0+é",
        "\u{0}",
        "1.0.0-00",
        "1.0.0-0",
        "dev",
        "final",
        "ga.1",
        "*",
        "x.y-z",
    ];
    for scheme in Scheme::ALL {
        for a in odd {
            assert_eq!(scheme.compare(a, a), Ordering::Equal);
            for b in odd {
                assert_eq!(scheme.compare(a, b), scheme.compare(b, a).reverse(), "{scheme:?}: {a:?} {b:?}");
            }
        }
    }
}

/// Texts that mean the same version are equal.
#[test]
fn spellings_are_equal() {
    for (scheme, a, b) in [
        (Scheme::Semver, "v1.2", "1.2.0+build"),
        (Scheme::PyPi, "1.0.0.ALPHA-1", "v1a1"),
        (Scheme::PyPi, "1.0-1", "1.0.post1"),
        (Scheme::PyPi, "1.0+Ubuntu-1", "1.0+ubuntu.1"),
        (Scheme::Maven, "1.0.0-ga", "1"),
        (Scheme::NuGet, "1.0-RC", "1.0.0.0-rc+build"),
        (Scheme::RubyGems, "1.0.0.a", "1.a"),
        (Scheme::Packagist, "v1.0-RC1", "1.0.rc1"),
        (Scheme::Debian, "0:1.0", "1.0-0"),
        (Scheme::Rpm, "0:1.0-01", "1_0-1"),
        (Scheme::Alpine, "1.2_rc", "1.2_rc0-r0"),
        (Scheme::Cran, "1.0-1", "1.0.1"),
        (Scheme::FreeBsd, "1.0_0,0", "1.0"),
        (Scheme::Generic, "v1.0.0-rc.1", "1rc1"),
        (Scheme::Generic, "5.1.Final", "5.1.0"),
    ] {
        assert_eq!(scheme.parse(a), scheme.parse(b), "{scheme:?}: {a} and {b}");
    }
}

/// Long texts take time in proportion to their length, and no stack.
#[test]
fn long_texts_are_read_at_once() {
    for piece in ["9", ".", "-", "~", "0.", "-0", "a1", "_rc1", "1!", "TuxCare:"] {
        let long = piece.repeat(100_000 / piece.len());
        let longer = format!("1{long}x");
        for scheme in Scheme::ALL {
            let (a, b) = (scheme.parse(&long), scheme.parse(&longer));
            assert_eq!(a.cmp(&b), b.cmp(&a).reverse(), "{scheme:?}: {piece}");
        }
        assert_eq!(Scheme::for_ecosystem(&long), None);
    }
}

#[test]
fn ecosystems_are_known_by_their_osv_names() {
    assert_eq!(Scheme::for_ecosystem("Maven:https://repo1.example/maven2"), Some(Scheme::Maven));
    assert_eq!(Scheme::for_ecosystem("Go"), Some(Scheme::Semver));
    assert_eq!(Scheme::for_ecosystem("Debian:11"), Some(Scheme::Debian));
    assert_eq!(Scheme::for_ecosystem("Red Hat:rhel_aus:8.4::appstream"), Some(Scheme::Rpm));
    let ordered = "AlmaLinux,Alpaquita,Alpine,Azure Linux,BellSoft Hardened Containers,Bioconductor,Bitnami,CRAN,\
        Chainguard,CleanStart,ConanCenter,Debian,Echo,FreeBSD,GHC,GitHub Actions,Go,Hackage,Hex,Julia,Kubernetes,\
        Linux,Mageia,Maven,MinimOS,NuGet,Packagist,Photon OS,Pub,PyPI,Red Hat,Rocky Linux,Root,RubyGems,SUSE,\
        SwiftURL,Ubuntu,VSCode,Wolfi,crates.io,npm,opam,openEuler,openSUSE";
    for ecosystem in ordered.split(',') {
        assert!(Scheme::for_ecosystem(ecosystem).is_some(), "{ecosystem}");
    }
    for named in ["OSS-Fuzz", "Android", "no ecosystem", "NPM", ""] {
        assert_eq!(Scheme::for_ecosystem(named), None, "{named}");
    }
}

#[test]
fn rebuilt_packages_have_the_order_of_their_ecosystem() {
    for (ecosystem, scheme) in [
        ("Echo", Some(Scheme::Debian)),
        ("Echo:PyPI", Some(Scheme::PyPi)),
        ("Root:Alpine:3.18", Some(Scheme::Alpine)),
        ("Root:npm", Some(Scheme::Pub)),
        ("TuxCare:Red Hat:9", Some(Scheme::Rpm)),
        ("TuxCare:TuxCare:npm", None),
        ("TuxCare", None),
        ("Docker Hardened Images:Debian:trixie", Some(Scheme::Debian)),
    ] {
        assert_eq!(Scheme::for_ecosystem(ecosystem), scheme, "{ecosystem}");
    }
    assert!(Scheme::Pub.compare("1.2.3", "1.2.3+echo.1").is_lt());
    assert!(Scheme::Pub.compare("1.2.3", "1.2.3.root.io.1").is_lt());
}

#[test]
fn types_of_package_urls_have_schemes() {
    for (kind, scheme) in [
        ("npm", Some(Scheme::Semver)),
        ("NuGet", Some(Scheme::NuGet)),
        ("gem", Some(Scheme::RubyGems)),
        ("composer", Some(Scheme::Packagist)),
        ("deb", Some(Scheme::Debian)),
        ("rpm", Some(Scheme::Rpm)),
        ("apk", Some(Scheme::Alpine)),
        ("conan", Some(Scheme::Generic)),
        ("github", Some(Scheme::Generic)),
        ("oci", None),
        ("", None),
    ] {
        assert_eq!(Scheme::for_purl_type(kind), scheme, "{kind}");
    }
}
