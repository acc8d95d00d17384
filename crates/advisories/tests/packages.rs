//! Package URLs, and components without one, in the words of advisories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use advisories::{Package, canonical_purl, normalised, parse};

fn all(purl: &str) -> Vec<Package> {
    Package::all_from_purl(purl).unwrap_or_else(|e| panic!("{purl}: {e}"))
}

#[test]
fn packages_of_languages_have_their_registrys_names() {
    let cases = [
        ("pkg:npm/%40types/debug@4.1.7", "npm", "@types/debug", "4.1.7"),
        ("pkg:npm/@types/debug@4.1.7", "npm", "@types/debug", "4.1.7"),
        ("pkg:npm/debug@2.6.8", "npm", "debug", "2.6.8"),
        ("pkg:pypi/Zope.Interface__x@5.0", "PyPI", "zope-interface-x", "5.0"),
        (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar",
            "Maven",
            "org.apache.logging.log4j:log4j-core",
            "2.14.1",
        ),
        (
            "pkg:golang/github.com/Masterminds/goutils@v1.1.0",
            "Go",
            "github.com/masterminds/goutils",
            "v1.1.0",
        ),
        ("pkg:golang/github.com%2FGorilla%2Fmux@v1.8.0", "Go", "github.com/gorilla/mux", "v1.8.0"),
        (
            "pkg:golang/github.com/docker/docker@v24.0.7%2Bincompatible",
            "Go",
            "github.com/docker/docker",
            "v24.0.7+incompatible",
        ),
        (
            "pkg:golang/golang.org/x/crypto@v0.0.0-20210921155107-089bfa567519#ssh",
            "Go",
            "golang.org/x/crypto",
            "v0.0.0-20210921155107-089bfa567519",
        ),
        ("pkg:golang/stdlib@1.21.0", "Go", "stdlib", "1.21.0"),
        ("pkg:golang/std@go1.21.0", "Go", "stdlib", "1.21.0"),
        ("pkg:golang/golang.org/toolchain@v0.0.1-go1.21.0.linux-amd64", "Go", "toolchain", "1.21.0"),
        ("pkg:cargo/serde_json@1.0.1", "crates.io", "serde_json", "1.0.1"),
        ("pkg:nuget/Newtonsoft.Json@12.0.3", "NuGet", "newtonsoft.json", "12.0.3"),
        ("pkg:gem/activerecord-session_store@1.0", "RubyGems", "activerecord-session_store", "1.0"),
        ("pkg:composer/Laravel/Framework@v5.1", "Packagist", "laravel/framework", "v5.1"),
        ("pkg:hex/Phoenix@1.2", "Hex", "phoenix", "1.2"),
        ("pkg:pub/http@0.13.2", "Pub", "http", "0.13.2"),
        (
            "pkg:swift/github.com/Sparkle-Project/Sparkle@2.6.3",
            "SwiftURL",
            "github.com/sparkle-project/sparkle",
            "2.6.3",
        ),
        ("pkg:cran/commonmark@1.7", "CRAN", "commonmark", "1.7"),
        ("pkg:hackage/aeson@1.0", "Hackage", "aeson", "1.0"),
        ("pkg:conan/openssl@1.1.1k?user=bob&channel=stable", "ConanCenter", "openssl", "1.1.1k"),
        ("pkg:bitnami/wordpress@6.2.0?arch=arm64", "Bitnami", "wordpress", "6.2.0"),
        ("pkg:github/github/codeql-action/analyze@v2", "GitHub Actions", "github/codeql-action", "v2"),
        ("pkg:githubactions/Actions/Checkout@v4", "GitHub Actions", "actions/checkout", "v4"),
        ("pkg:julia/HTTP@1.0.0?uuid=cd3eb016-35fb-5094-929b-558a96fad6f3", "Julia", "HTTP", "1.0.0"),
        ("pkg:opam/cohttp@5.0", "opam", "cohttp", "5.0"),
        ("pkg:vscode-extension/Redhat/java@1.2", "VSCode", "redhat.java", "1.2"),
    ];
    for (purl, ecosystem, name, version) in cases {
        let all = all(purl);
        assert_eq!(all.len(), 1, "{purl}");
        let package = &all[0];
        assert_eq!(
            (package.ecosystem, package.name.as_str(), package.version.as_deref()),
            (ecosystem, name, Some(version)),
            "{purl}"
        );
        assert_eq!((&package.release, &package.arch), (&None, &None), "{purl}");
        assert_eq!(normalised(ecosystem, name), name, "normalising twice changes nothing");
        assert_eq!(Package::ecosystem(ecosystem), Some(ecosystem));
    }
    assert_eq!(all("pkg:golang/example.com/main@(devel)")[0].version, None);
    assert_eq!(normalised("PyPI", "Requests[security]"), "requests");
    assert_eq!(
        normalised("SwiftURL", "https://github.com/Apple/swift-nio.git"),
        "github.com/apple/swift-nio"
    );
    for (purl, name) in [("pkg:generic/acme/x@1", "generic/acme/x"), ("pkg:oci/x@1", "oci/x")] {
        let found = &all(purl)[0];
        assert_eq!((found.ecosystem, found.name.as_str()), (Package::ANY, name), "OSV has no such ecosystem");
    }
    assert!(Package::all_from_purl("not a purl").is_err());
    assert_eq!(Package::ecosystem("No such thing"), None);
}

#[test]
fn packages_of_distributions_have_a_release_an_epoch_and_a_source() {
    // (package URL, ecosystem, release, (name, version) of each)
    type Case = (&'static str, &'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);
    let cases: &[Case] = &[
        (
            "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
            "Debian",
            Some("12"),
            &[("openssl", "3.0.11-1~deb12u2"), ("libssl3", "3.0.11-1~deb12u2")],
        ),
        ("pkg:deb/debian/tzdata@2021a-1?distro=debian-11.7", "Debian", Some("11"), &[("tzdata", "2021a-1")]),
        ("pkg:deb/debian/dpkg@1.18.24?distro=stretch", "Debian", Some("9"), &[("dpkg", "1.18.24")]),
        ("pkg:deb/debian/dpkg@1.18.24?distro=debian-bookworm", "Debian", Some("12"), &[("dpkg", "1.18.24")]),
        ("pkg:deb/debian/tzdata@2021a-1%2Bdeb11u6", "Debian", Some("11"), &[("tzdata", "2021a-1+deb11u6")]),
        ("pkg:deb/debian/tzdata@2021a-1", "Debian", None, &[("tzdata", "2021a-1")]),
        (
            "pkg:deb/ubuntu/bsdutils@1:2.34-0.1ubuntu9.3?upstream=util-linux%402.34-0.1ubuntu9.3&distro=ubuntu-20.04",
            "Ubuntu",
            Some("20.04:LTS"),
            &[("util-linux", "2.34-0.1ubuntu9.3"), ("bsdutils", "1:2.34-0.1ubuntu9.3")],
        ),
        (
            "pkg:deb/ubuntu/curl@8.2.1?distro=ubuntu-23.10&epoch=0",
            "Ubuntu",
            Some("23.10"),
            &[("curl", "8.2.1")],
        ),
        ("pkg:deb/ubuntu/vim@9.1?distro=noble&epoch=2", "Ubuntu", Some("24.04:LTS"), &[("vim", "2:9.1")]),
        ("pkg:deb/echo/openssl@3.0?distro=echo-1", "Echo", None, &[("openssl", "3.0")]),
        (
            "pkg:apk/alpine/libcrypto3@3.1.4-r0?arch=x86_64&distro=alpine-3.18.4&upstream=openssl",
            "Alpine",
            Some("v3.18"),
            &[("openssl", "3.1.4-r0"), ("libcrypto3", "3.1.4-r0")],
        ),
        ("pkg:apk/alpine/musl@1.2.4-r2?distro=3.19.1", "Alpine", Some("v3.19"), &[("musl", "1.2.4-r2")]),
        (
            "pkg:alpine/musl@1.2.3-r0?upstream=musl&distro=alpine-3.16.2",
            "Alpine",
            Some("v3.16"),
            &[("musl", "1.2.3-r0")],
        ),
        ("pkg:apk/wolfi/glibc@2.38-r5?distro=wolfi-20230201", "Wolfi", None, &[("glibc", "2.38-r5")]),
        ("pkg:apk/chainguard/go-1.21@1.21-r0", "Chainguard", None, &[("go-1.21", "1.21-r0")]),
        ("pkg:apk/minimos/busybox@1.36-r0", "MinimOS", None, &[("busybox", "1.36-r0")]),
        (
            "pkg:apk/alpaquita/musl@1.2-r0?distro=alpaquita-stream",
            "Alpaquita",
            Some("stream"),
            &[("musl", "1.2-r0")],
        ),
        (
            "pkg:rpm/redhat/openssl-libs@3.0.7-6.el9_2?arch=x86_64&epoch=1&distro=rhel-9.2&upstream=openssl-3.0.7-6.el9_2.src.rpm",
            "Red Hat",
            Some("9.2"),
            &[("openssl", "1:3.0.7-6.el9_2"), ("openssl-libs", "1:3.0.7-6.el9_2")],
        ),
        (
            "pkg:rpm/redhat/abattis-cantarell-fonts@0.0.25-6.el8?arch=noarch",
            "Red Hat",
            Some("8"),
            &[("abattis-cantarell-fonts", "0.0.25-6.el8")],
        ),
        (
            "pkg:rpm/rocky/bash@5.1.8-6.el9_1?distro=rocky-9.3",
            "Rocky Linux",
            Some("9"),
            &[("bash", "5.1.8-6.el9_1")],
        ),
        (
            "pkg:rpm/almalinux/bash@5.1.8-6.el9?distro=almalinux-9.3",
            "AlmaLinux",
            Some("9"),
            &[("bash", "5.1.8-6.el9")],
        ),
        (
            "pkg:rpm/suse/MozillaFirefox@115-1?distro=sles-15.5",
            "SUSE",
            Some("15 SP5"),
            &[("MozillaFirefox", "115-1")],
        ),
        (
            "pkg:rpm/suse/zypper@1?distro=opensuse-leap-15.5",
            "openSUSE",
            Some("Leap 15.5"),
            &[("zypper", "1")],
        ),
        (
            "pkg:rpm/opensuse/zypper@1?distro=opensuse-tumbleweed-20240101",
            "openSUSE",
            Some("Tumbleweed"),
            &[("zypper", "1")],
        ),
        (
            "pkg:rpm/openeuler/curl@7.71?distro=openEuler-24.03-LTS-SP1",
            "openEuler",
            Some("24.03-LTS-SP1"),
            &[("curl", "7.71")],
        ),
        (
            "pkg:rpm/photon/curl@7.86.0-2.ph4?distro=photon-4",
            "Photon OS",
            Some("4.0"),
            &[("curl", "7.86.0-2.ph4")],
        ),
        ("pkg:rpm/mageia/curl@7.88-1.mga9", "Mageia", Some("9"), &[("curl", "7.88-1.mga9")]),
        (
            "pkg:rpm/azurelinux/curl@8.8.0-1.azl3?distro=azurelinux-3.0",
            "Azure Linux",
            Some("3"),
            &[("curl", "8.8.0-1.azl3")],
        ),
    ];
    for (purl, ecosystem, release, names) in cases {
        let all = all(purl);
        let found: Vec<(&str, &str)> =
            all.iter().map(|package| (package.name.as_str(), package.version.as_deref().unwrap())).collect();
        assert_eq!(found, *names, "{purl}");
        for package in &all {
            assert_eq!((package.ecosystem, package.release.as_deref()), (*ecosystem, *release), "{purl}");
        }
    }
    assert_eq!(all("pkg:apk/alpine/musl@1?arch=x86_64")[0].arch.as_deref(), Some("x86_64"));
    for purl in [
        "pkg:deb/debian/a@1?distro=debian",
        "pkg:deb/ubuntu/a@1?distro=ubuntu-next",
        "pkg:apk/alpine/a@1?distro=alpine",
    ] {
        assert_eq!(all(purl)[0].release, None, "{purl}: a release that is not told is not known");
    }
    assert_eq!(all("pkg:rpm/fedora/bash@5")[0].ecosystem, Package::ANY, "a distribution without advisories");
    assert_eq!(all("pkg:deb/debian/bash?distro=debian-12")[0].version, None);
}

#[test]
fn components_without_package_url_are_known_by_hint_or_by_an_unambiguous_group() {
    type Case =
        (Option<&'static str>, &'static str, Option<&'static str>, Option<(&'static str, &'static str)>);
    let cases: &[Case] = &[
        (Some("@types"), "debug", None, Some(("npm", "@types/debug"))),
        (None, "@types/debug", None, Some(("npm", "@types/debug"))),
        (Some("types"), "debug", Some("npm"), Some(("npm", "@types/debug"))),
        (Some("@types"), "@types/debug", Some("npm"), Some(("npm", "@types/debug"))),
        (
            Some("org.apache.commons"),
            "commons-text",
            None,
            Some(("Maven", "org.apache.commons:commons-text")),
        ),
        (Some("commons-io"), "commons-io", None, None),
        (Some("commons-io"), "commons-io", Some("java-archive"), Some(("Maven", "commons-io:commons-io"))),
        (None, "commons-io:commons-io", Some("jar"), Some(("Maven", "commons-io:commons-io"))),
        (Some("github.com/gorilla"), "mux", None, Some(("Go", "github.com/gorilla/mux"))),
        (None, "github.com/gorilla/mux", Some("go-module"), Some(("Go", "github.com/gorilla/mux"))),
        (None, "Flask", Some("python"), Some(("PyPI", "flask"))),
        (None, "time", Some("rust-crate"), Some(("crates.io", "time"))),
        (None, "rack", Some("gem"), Some(("RubyGems", "rack"))),
        (Some("laravel"), "framework", Some("php-composer"), Some(("Packagist", "laravel/framework"))),
        (None, "Newtonsoft.Json", Some("dotnet"), Some(("NuGet", "newtonsoft.json"))),
        (None, "openssl", Some("debian"), Some(("Debian", "openssl"))),
        (None, "openssl", Some("suse linux enterprise server"), Some(("SUSE", "openssl"))),
        (None, "openssl", Some("deb"), None),
        (None, "lodash", None, None),
        (Some("Acme Inc."), "thing", None, None),
        (None, "", Some("npm"), None),
        (None, "x", Some("no-such-type"), None),
    ];
    for (group, name, hint, wanted) in cases {
        let found = Package::guess(*group, name, Some("1.0"), *hint);
        let found = found.as_ref().map(|package| (package.ecosystem, package.name.as_str()));
        assert_eq!(found, *wanted, "{group:?} {name:?} {hint:?}");
    }
    assert_eq!(Package::guess(Some("@a"), "b", None, None).unwrap().version, None);
}

#[test]
fn the_identity_of_a_package_version_keeps_what_decides() {
    let cases = [
        ("pkg:npm/a@1.0.0?foo=bar#sub", "pkg:npm/a@1.0.0"),
        ("pkg:maven/g/a@1?type=jar&classifier=x", "pkg:maven/g/a@1"),
        (
            "pkg:deb/debian/libssl3@3.0.11-1?upstream=openssl&arch=amd64&distro=debian-12&epoch=1",
            "pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&epoch=1&upstream=openssl",
        ),
        ("pkg:rpm/redhat/a@1-2.el9?arch=src&repository_id=x", "pkg:rpm/redhat/a@1-2.el9"),
        ("pkg:julia/HTTP@1.0.0?uuid=1&x=y", "pkg:julia/HTTP@1.0.0?uuid=1"),
    ];
    for (purl, canonical) in cases {
        assert_eq!(canonical_purl(purl).unwrap(), canonical);
        assert_eq!(canonical_purl(canonical).unwrap(), canonical);
        let dropping_arch = |purl: &str| {
            all(purl).into_iter().map(|package| Package { arch: None, ..package }).collect::<Vec<_>>()
        };
        assert_eq!(dropping_arch(purl), dropping_arch(canonical), "the same advisories concern both");
    }
}

#[test]
fn an_affected_package_has_a_package_url() {
    let cases = [
        ("npm", "@types/debug", Some("pkg:npm/%40types/debug")),
        ("Maven", "org.x:y", Some("pkg:maven/org.x/y")),
        ("Go", "golang.org/x/net", Some("pkg:golang/golang.org/x/net")),
        ("Debian:12", "openssl", Some("pkg:deb/debian/openssl")),
        ("Red Hat:enterprise_linux:9::appstream", "openssl", Some("pkg:rpm/redhat/openssl")),
        ("VSCode", "redhat.java", Some("pkg:vscode-extension/redhat/java")),
        ("Linux", "Kernel", None),
    ];
    for (ecosystem, name, purl) in cases {
        let record = format!(
            r#"{{"id":"X","modified":"2024-01-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}}}}]}}"#
        );
        assert_eq!(parse(record.as_bytes()).unwrap().affected[0].purl().as_deref(), purl);
    }
}

#[test]
fn a_slash_in_a_version_stays_in_the_version() {
    for (purl, canonical) in [
        ("pkg:composer/a/b@dev-feature%2Fx?type=zip", "pkg:composer/a/b@dev-feature%2Fx"),
        ("pkg:deb/debian/bash@5%2F2?distro=debian-12", "pkg:deb/debian/bash@5%2F2?distro=debian-12"),
    ] {
        let read = canonical_purl(purl).unwrap();
        assert_eq!(read, canonical);
        assert_eq!(canonical_purl(&read).unwrap(), read);
        assert_eq!(Package::all_from_purl(&read).unwrap(), Package::all_from_purl(purl).unwrap(), "{purl}");
    }
}

#[test]
fn an_odd_namespace_means_what_its_canonical_form_means() {
    for purl in ["pkg:other/.//name@1", "pkg:npm/./left@1", "pkg:other/a/../b@1", "pkg:golang//x/y@v1"] {
        let canonical = canonical_purl(purl).unwrap();
        let packages = |purl: &str| Package::all_from_purl(purl).unwrap();
        assert_eq!(packages(purl), packages(&canonical), "{purl} {canonical}");
    }
}

proptest::proptest! {
    /// A package URL that is written plainly is read by a shorter way; a qualifier that decides nothing
    /// makes it take the long one.
    #[test]
    fn plain_package_urls_mean_the_same_as_others(
        kind in "npm|pypi|cargo|gem|maven|golang",
        path in "[a-zA-Z0-9._-]{1,8}(/[a-zA-Z0-9._-]{1,8}){0,3}",
        version in "(@[a-zA-Z0-9._-]{1,8})?",
    ) {
        let plain = format!("pkg:{kind}/{path}{version}");
        let other = format!("{plain}?zz=1");
        proptest::prop_assert_eq!(canonical_purl(&plain).ok(), canonical_purl(&other).ok());
        proptest::prop_assert_eq!(Package::all_from_purl(&plain).ok(), Package::all_from_purl(&other).ok());
    }
}
