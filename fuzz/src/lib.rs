//! What the fuzz targets check. Each reads its input as one format: nothing may panic, and what was
//! read keeps its laws.

pub mod advisory;
pub mod document;
pub mod name;

use versions::{Scheme, Version};

/// Reads the lines of the input as versions and compares each with each: nothing panics, and the
/// order is total.
pub fn version_order(scheme: Scheme, input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let versions: Vec<Version> = text.split('\n').take(4).map(|line| scheme.parse(line)).collect();
    for a in &versions {
        for b in &versions {
            assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{a:?} and {b:?}");
            assert_eq!(a == b, a.cmp(b).is_eq(), "{a:?} and {b:?}");
            for c in &versions {
                assert!(!(a <= b && b <= c) || a <= c, "{a:?}, {b:?} and {c:?}");
            }
        }
    }
}
