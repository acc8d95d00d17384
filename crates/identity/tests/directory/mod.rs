//! A small LDAP server (RFC 4511): it knows bind and search, and tells only whom it knows.

use std::sync::{Arc, Mutex};

use ldap3::asn1::{PL, StructureTag, TagClass, parse_tag};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// An entry: its name, the password to bind with, and its attributes.
#[derive(Clone)]
pub struct Entry {
    pub dn: String,
    pub password: Option<String>,
    pub attributes: Vec<(String, Vec<String>)>,
}

/// An entry with attributes of one value; those of the same name are one attribute.
pub fn entry(dn: &str, password: Option<&str>, attributes: &[(&str, &str)]) -> Entry {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in attributes {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push((*value).to_owned()),
            None => all.push(((*name).to_owned(), vec![(*value).to_owned()])),
        }
    }
    Entry { dn: dn.to_owned(), password: password.map(str::to_owned), attributes: all }
}

/// A running server.
pub struct Directory {
    pub url: String,
    pub entries: Arc<Mutex<Vec<Entry>>>,
}

impl Directory {
    pub async fn start(entries: Vec<Entry>) -> Directory {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldap://{}", listener.local_addr().unwrap());
        let entries = Arc::new(Mutex::new(entries));
        let known = entries.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, known.clone()));
            }
        });
        Directory { url, entries }
    }
}

async fn serve(mut stream: TcpStream, entries: Arc<Mutex<Vec<Entry>>>) {
    let (mut buffer, mut bound) = (Vec::new(), false);
    loop {
        while let Ok((rest, message)) = parse_tag(&buffer) {
            let rest = rest.to_vec();
            let parts = message.expect_constructed().unwrap();
            let [id, operation, ..] = &parts[..] else { return };
            let answers = match (operation.id, &operation.payload) {
                (0, PL::C(bind)) => {
                    let code = may_bind(&entries.lock().unwrap(), &text(&bind[1]), &text(&bind[2]));
                    bound = code == 0 && !text(&bind[1]).is_empty();
                    vec![result(1, code)]
                }
                (3, PL::C(search)) if bound => {
                    let found = entries.lock().unwrap().clone();
                    let base = text(&search[0]).to_lowercase();
                    let mut out: Vec<StructureTag> = found
                        .iter()
                        .filter(|entry| entry.dn.to_lowercase().ends_with(&base) && fits(entry, &search[6]))
                        .map(shown)
                        .collect();
                    out.push(result(5, 0));
                    out
                }
                (3, _) => vec![result(5, 50)],
                _ => return,
            };
            for answer in answers {
                let message = constructed(TagClass::Universal, 16, vec![id.clone(), answer]);
                if stream.write_all(&encoded(&message)).await.is_err() {
                    return;
                }
            }
            buffer = rest;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(n) => buffer.extend_from_slice(&chunk[..n]),
        }
    }
}

fn may_bind(entries: &[Entry], name: &str, password: &str) -> u8 {
    // As real ones do: without a password everybody is let in, as nobody.
    if password.is_empty() {
        return 0;
    }
    let named = |entry: &&Entry| {
        let principal = entry.attributes.iter().find(|(name, _)| name == "userPrincipalName");
        entry.dn.eq_ignore_ascii_case(name) || principal.is_some_and(|(_, values)| values[0] == name)
    };
    match entries.iter().find(named) {
        Some(entry) if entry.password.as_deref() == Some(password) => 0,
        _ => 49,
    }
}

fn fits(entry: &Entry, filter: &StructureTag) -> bool {
    let values = |attribute: &str| -> Vec<String> {
        let found = entry.attributes.iter().filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.flat_map(|(_, values)| values.iter().map(|value| value.to_lowercase())).collect()
    };
    match (filter.id, &filter.payload) {
        (0, PL::C(all)) => all.iter().all(|part| fits(entry, part)),
        (1, PL::C(any)) => any.iter().any(|part| fits(entry, part)),
        (2, PL::C(one)) => !fits(entry, &one[0]),
        (3, PL::C(pair)) => values(&text(&pair[0])).contains(&text(&pair[1]).to_lowercase()),
        (4, PL::C(pair)) => {
            let PL::C(parts) = &pair[1].payload else { return false };
            let wanted: Vec<String> = parts.iter().map(|part| text(part).to_lowercase()).collect();
            values(&text(&pair[0]))
                .iter()
                .any(|value| wanted.iter().all(|part| value.contains(part.as_str())))
        }
        (7, _) => !values(&text(filter)).is_empty(),
        (9, PL::C(parts)) => {
            let part = |id| parts.iter().find(|part| part.id == id).map(text).unwrap_or_default();
            values(&part(2)).contains(&part(3).to_lowercase())
        }
        _ => false,
    }
}

fn shown(entry: &Entry) -> StructureTag {
    let attributes = entry.attributes.iter().map(|(name, values)| {
        let values = values.iter().map(|value| octets(value)).collect();
        constructed(TagClass::Universal, 16, vec![octets(name), constructed(TagClass::Universal, 17, values)])
    });
    let attributes = constructed(TagClass::Universal, 16, attributes.collect());
    constructed(TagClass::Application, 4, vec![octets(&entry.dn), attributes])
}

fn result(id: u64, code: u8) -> StructureTag {
    let code = StructureTag { class: TagClass::Universal, id: 10, payload: PL::P(vec![code]) };
    constructed(TagClass::Application, id, vec![code, octets(""), octets("")])
}

fn constructed(class: TagClass, id: u64, parts: Vec<StructureTag>) -> StructureTag {
    StructureTag { class, id, payload: PL::C(parts) }
}

fn octets(text: &str) -> StructureTag {
    StructureTag { class: TagClass::Universal, id: 4, payload: PL::P(text.as_bytes().to_vec()) }
}

fn text(tag: &StructureTag) -> String {
    match &tag.payload {
        PL::P(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        PL::C(_) => String::new(),
    }
}

/// BER with lengths in definite form.
fn encoded(tag: &StructureTag) -> Vec<u8> {
    let (shape, content) = match &tag.payload {
        PL::P(bytes) => (0, bytes.clone()),
        PL::C(parts) => (0x20, parts.iter().flat_map(encoded).collect()),
    };
    let class = match tag.class {
        TagClass::Universal => 0,
        TagClass::Application => 0x40,
        TagClass::Context => 0x80,
        TagClass::Private => 0xC0,
    };
    let mut out = vec![class | shape | u8::try_from(tag.id).unwrap()];
    match u8::try_from(content.len()) {
        Ok(length) if length < 128 => out.push(length),
        _ => {
            out.push(0x84);
            out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}
