//! The name of whom a certificate is for, as Java prints it: RFC 2253, by the rules of
//! `sun.security.x509.AVA.toRFC2253String`.

use std::fmt::Write;

use x509_parser::der_parser::asn1_rs::{Tag, ToDer};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer, X509Certificate, X509Name};

/// The subject of this certificate; nothing if it cannot be read.
pub(super) fn of(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(print(certificate.subject()))
}

/// The last part first.
fn print(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> =
        name.iter().map(|part| part.iter().map(attribute).collect::<Vec<_>>().join("+")).collect();
    parts.reverse();
    parts.join(",")
}

/// An attribute without a name, and a value that is no text, is written as bytes.
fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    match (name_of(&oid), text_of(attribute)) {
        (Some(name), Some(text)) => format!("{name}={}", escaped(&text)),
        (name, _) => {
            let mut printed = format!("{}=#", name.unwrap_or(&oid));
            for byte in attribute.attr_value().to_der_vec().unwrap_or_default() {
                let _ = write!(printed, "{byte:02x}");
            }
            printed
        }
    }
}

fn name_of(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => return None,
    })
}

fn text_of(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let value = attribute.attr_value();
    let is_text = matches!(
        value.tag(),
        Tag::Utf8String
            | Tag::PrintableString
            | Tag::Ia5String
            | Tag::GeneralString
            | Tag::T61String
    );
    is_text.then(|| String::from_utf8_lossy(value.data).into_owned())
}

/// With a backslash before what has a meaning, and before spaces at either end.
fn escaped(text: &str) -> String {
    let begin = text.len() - text.trim_start_matches(' ').len();
    let end = text.trim_end_matches(' ').len();
    let mut printed = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            ',' | '=' | '+' | '<' | '>' | '#' | ';' | '"' | '\\' => {
                printed.extend(['\\', character]);
            }
            ' ' if at < begin || at >= end => printed.push_str("\\ "),
            '\0' => printed.push_str("\\00"),
            _ => printed.push(character),
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Java 17 made of these: a name as bytes, and `X500Principal.getName()`.
    const BY_JAVA: &[(&str, &str)] = &[
        (
            "302c310b3009060355040613024445310d300b060355040a1304782c2079310e300c06035504030c05613d622363",
            r"CN=a\=b\#c,O=x\, y,C=DE",
        ),
        (
            "3021310e300c060355040a0c052368617368310f300d06035504031306206c65616420",
            r"CN=\ lead\ ,O=\#hash",
        ),
        (
            "305531133011060a0992268993f22c6401191603636f6d31173015060a0992268993f22c6401191607657861\
             6d706c65310f300d06035504030c06c3a4f09f98803114301206092a864886f70d01090116056140622e63",
            "1.2.840.113549.1.9.1=#16056140622e63,CN=ä😀,DC=example,DC=com",
        ),
        (
            "308190310a30080603550404130173310a3008060355042a130167310b3009060355040513023132310e300c\
             060355040c13057469746c653111300f060a0992268993f22c640101130175310b3009060355040913027374\
             310a3008060355040713016c310b3009060355040813027332310a3008060355040813017331143008060355\
             04031301613008060355040b130162",
            "CN=a+OU=b,ST=s,ST=s2,L=l,STREET=st,UID=u,2.5.4.12=#13057469746c65,2.5.4.5=#13023132,\
             2.5.4.42=#130167,2.5.4.4=#130173",
        ),
        ("300b3109300706035504031300", "CN="),
        ("3000", ""),
    ];

    #[test]
    fn a_name_is_printed_as_java_does() {
        for (bytes, printed) in BY_JAVA {
            let bytes = from_hex(bytes);
            let (_, name) = X509Name::from_der(&bytes).unwrap();
            assert_eq!(print(&name), *printed);
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_subject() {
        assert_eq!(of(b"certificate"), None);
    }

    fn from_hex(text: &str) -> Vec<u8> {
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        pairs.iter().map(byte).collect()
    }
}
