//! MITRE's catalogue as XML (cwe_schema_v7). The build reads the list that is built in with it, too.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Hands over number and name of every weakness and category.
pub(crate) fn read(input: impl BufRead, mut each: impl FnMut(u32, &str)) -> Result<(), String> {
    let mut reader = Reader::from_reader(input);
    let mut buffer = Vec::new();
    let mut found = false;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|e| format!("at byte {}: {e}", reader.error_position()))?;
        match event {
            Event::Start(element) | Event::Empty(element)
                if matches!(element.local_name().as_ref(), b"Weakness" | b"Category") =>
            {
                if let (Some(id), Some(name)) = (attribute(&element, "ID"), attribute(&element, "Name"))
                    && let Ok(id) = id.parse()
                {
                    found = true;
                    each(id, name.trim());
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if found { Ok(()) } else { Err("there are no weaknesses and no categories in it".to_owned()) }
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}
