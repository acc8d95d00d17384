//! Reading JSON that somebody else writes: what has another shape than expected is as if it were not
//! there, and never makes a whole record unreadable.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Milliseconds since the epoch of a time as RFC 3339 writes it.
pub(crate) fn millis(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

/// Milliseconds since the epoch of the beginning of a day, `2024-01-31`, in UTC.
pub(crate) fn day_millis(text: &str) -> Option<i64> {
    let day = text.trim().parse::<chrono::NaiveDate>().ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// The number of `CWE-79`, also written `79`.
pub(crate) fn cwe(text: &str) -> Option<u32> {
    let text = text.trim();
    text.strip_prefix("CWE-").or_else(|| text.strip_prefix("cwe-")).unwrap_or(text).parse().ok()
}

/// Reads any value as its `T` if it has the shape, and skips it otherwise.
struct Shape<T>(PhantomData<T>);

/// Text, also where a number or a truth value stands.
#[derive(Debug, Default)]
pub(crate) struct Text(pub(crate) Option<String>);

/// An object.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) Option<T>);

/// A list without the elements that are null or have another shape; a value alone is a list of one.
#[derive(Debug)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl Text {
    /// The text, unless it is blank.
    pub(crate) fn filled(self) -> Option<String> {
        self.0.filter(|text| !text.trim().is_empty())
    }
}

impl<T> Default for Object<T> {
    fn default() -> Self {
        Object(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What becomes a value in each of JSON's shapes; the standard is nothing.
pub(crate) trait Lenient<'de>: Sized {
    fn text(_: &str) -> Option<Self> {
        None
    }

    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Lenient<'_> for String {
    fn text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl<'de, T: Lenient<'de>> Visitor<'de> for Shape<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::text(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::text(if value { "true" } else { "false" }))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::text(&value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(T::text(&value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(T::text(&value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::object(map)
    }
}

/// An element of a list.
struct Element<T>(Option<T>);

impl<'de, T: Lenient<'de>> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Shape(PhantomData)).map(Element)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Shape(PhantomData)).map(Text)
    }
}

impl<'de, T: Lenient<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Shape(PhantomData)).map(Object)
    }
}

impl<'de, T: Lenient<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Elements<T>(PhantomData<T>);
        impl<'de, T: Lenient<'de>> Visitor<'de> for Elements<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(List(T::text(text).into_iter().collect()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(List(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut out = Vec::new();
                while let Some(Element(value)) = list.next_element()? {
                    out.extend(value);
                }
                Ok(List(out))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Ok(List(T::object(map)?.into_iter().collect()))
            }
        }
        input.deserialize_any(Elements(PhantomData))
    }
}

/// Reads an object with its derived implementation.
pub(crate) fn derived<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: A) -> Result<Option<T>, A::Error> {
    T::deserialize(MapAccessDeserializer::new(map)).map(Some)
}

/// Makes types with a derived `Deserialize` readable from objects alone.
macro_rules! objects {
    ($($name:ty),+ $(,)?) => {
        $(impl<'de> $crate::lenient::Lenient<'de> for $name {
            fn object<A: serde::de::MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
                $crate::lenient::derived(map)
            }
        })+
    };
}
pub(crate) use objects;
