//! Archives that are made here: good ones, damaged ones, and ones that want to fill the disk.

use std::io::{Seek, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const LIMITS: Limits = Limits { entries: 1000, entry: 10 << 20, total: 50 << 20, ratio: 100 };

fn record(n: u32) -> String {
    // Incompressible enough that the place of a cut is where it is meant to be.
    let noise: Vec<String> =
        (0..200).map(|k| (u64::from(n * 7919 + k) * 2_654_435_761 % 1_000_003).to_string()).collect();
    format!("{{\"id\":\"X-{n}\",\"noise\":\"{}\"}}", noise.join(","))
}

fn options(deflated: bool) -> SimpleFileOptions {
    let method = if deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    SimpleFileOptions::default().compression_method(method)
}

fn zip(entries: &[(&str, Vec<u8>)], deflated: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options(deflated)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// As programs write that cannot go back: sizes and checksums follow the content.
fn streamed(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (name, bytes) in entries {
        writer.start_file(*name, options(true)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn records(names: &[&'static str]) -> Vec<(&'static str, Vec<u8>)> {
    (0..).zip(names).map(|(n, name)| (*name, record(n).into_bytes())).collect()
}

/// What comes out: names, and problems.
fn walk(bytes: &[u8], limits: Limits) -> (Vec<String>, Vec<Problem>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for item in Entries::open(file.path(), limits, |name| name.ends_with(".json")).unwrap() {
        match item {
            Ok((name, bytes)) => {
                assert!(bytes.len() > 10, "{name}");
                names.push(name);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (names, problems)
}

fn find(bytes: &[u8], what: &[u8], nth: usize) -> usize {
    bytes.windows(what.len()).enumerate().filter(|(_, w)| *w == what).nth(nth).unwrap().0
}

#[test]
fn wanted_entries_are_read_whatever_their_names_are() {
    let names = ["a.json", "deep/er/b.json", "../../etc/c.json", "/d.json", "readme.txt"];
    let expected: Vec<&str> = names[..4].to_vec();
    for bytes in [zip(&records(&names), true), zip(&records(&names), false), streamed(&records(&names))] {
        let (names, problems) = walk(&bytes, LIMITS);
        assert_eq!((names, problems), (expected.iter().map(|n| (*n).to_owned()).collect(), vec![]));
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&zip(&records(&names), true)).unwrap();
    let mut entries = Entries::open(file.path(), LIMITS, |name| name == "deep/er/b.json").unwrap();
    assert_eq!(entries.next(), Some(Ok(("deep/er/b.json".to_owned(), record(1).into_bytes()))));
    assert_eq!(entries.next(), None);
}

#[test]
fn a_damaged_entry_is_named_and_the_others_are_read() {
    for deflated in [true, false] {
        let mut bytes = zip(&records(&["a.json", "b.json", "c.json"]), deflated);
        let at = find(&bytes, b"b.json", 0) + 200;
        bytes[at] ^= 0xff;
        let (names, problems) = walk(&bytes, LIMITS);
        assert_eq!(names, ["a.json", "c.json"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].entry.as_deref(), Some("b.json"));
    }
}

#[test]
fn a_truncated_archive_is_read_up_to_the_cut() {
    let names = ["a.json", "b.json", "skip.txt", "c.json", "d.json"];
    for bytes in [zip(&records(&names), true), zip(&records(&names), false), streamed(&records(&names))] {
        let cut = find(&bytes, b"d.json", 0) + 100;
        let (names, problems) = walk(&bytes[..cut], LIMITS);
        assert_eq!(names, ["a.json", "b.json", "c.json"], "{problems:?}");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(problems[0].entry, None);
        assert!(problems[0].to_string().contains("cut off"), "{}", problems[0]);
        assert_eq!(problems[1].to_string(), "d.json: it ends in the middle");

        // Within the directory every entry is there.
        let (names, problems) = walk(&bytes[..bytes.len() - 30], LIMITS);
        assert_eq!((names.len(), problems.len()), (4, 1), "{problems:?}");

        // Damage before the cut costs one entry.
        let mut damaged = bytes[..cut].to_vec();
        let at = find(&damaged, b"b.json", 0) + 200;
        damaged[at..at + 50].fill(0xff);
        let (names, problems) = walk(&damaged, LIMITS);
        assert_eq!(names, ["a.json", "c.json"], "{problems:?}");
        assert!(problems.iter().any(|problem| problem.entry.as_deref() == Some("b.json")), "{problems:?}");
    }
}

#[test]
fn what_is_no_zip_is_refused() {
    for bytes in [&b""[..], b"garbage", b"<html>not found</html>", b"PK"] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        let error = Entries::open(file.path(), LIMITS, |_| true).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    }
    assert!(Entries::open(Path::new("/no/such/file"), LIMITS, |_| true).is_err());
}

#[test]
fn a_zip_that_grows_without_measure_is_stopped() {
    let zeros = vec![0; 5 << 20];
    let entries =
        [("a.json", record(0).into_bytes()), ("bomb.json", zeros.clone()), ("c.json", record(2).into())];
    for bytes in [zip(&entries, true), streamed(&entries)] {
        let (names, problems) = walk(&bytes, LIMITS);
        assert_eq!(names, ["a.json", "c.json"]);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].to_string().starts_with("bomb.json: it grows to more than 100"),
            "{}",
            problems[0]
        );

        let small = Limits { entry: 1 << 20, ratio: 1_000_000, ..LIMITS };
        let (names, problems) = walk(&bytes, small);
        assert_eq!(names, ["a.json", "c.json"]);
        assert_eq!(
            problems[0].to_string(),
            "bomb.json: it is larger than the 1048576 bytes that are allowed"
        );
    }

    // Many entries, each of which is small enough.
    let many: Vec<String> = (0..20).map(|n| format!("{n}.json")).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|name| (name.as_str(), vec![7; 1 << 20])).collect();
    let bytes = zip(&many, true);
    let (names, problems) = walk(&bytes, Limits { total: 4 << 20, ..LIMITS });
    assert_eq!(names.len(), 4);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].to_string(), "more than the 4194304 bytes that are allowed are in it");
    let (names, problems) = walk(&bytes, Limits { entries: 5, ..LIMITS });
    assert_eq!(names.len(), 5);
    assert_eq!(problems[0].to_string(), "more than the 5 entries that are allowed are in it");
    let (names, problems) = walk(&bytes, Limits { entries: 20, total: 20 << 20, ..LIMITS });
    assert_eq!((names.len(), problems.len()), (20, 0), "exactly what is allowed");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_read_in_all_its_members_and_stopped_beyond_the_limits() {
    let text = record(1);
    let twice = [gzip(text.as_bytes()), gzip(text.as_bytes())].concat();
    let read = |bytes: &[u8], limits| {
        let mut out = Vec::new();
        Gunzip::new(bytes, limits).read_to_end(&mut out).map(|_| out)
    };
    assert_eq!(read(&twice, LIMITS).unwrap(), text.repeat(2).as_bytes());

    let error = read(&gzip(&vec![0; 5 << 20]), LIMITS).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("100 times"), "{error}");
    let error = read(&twice, Limits { total: 100, ..LIMITS }).unwrap_err();
    assert!(error.to_string().contains("larger than the 100 bytes"), "{error}");

    let error = read(&twice[..twice.len() - 10], LIMITS).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(read(b"garbage that is long enough to be a header", LIMITS).is_err());
}
