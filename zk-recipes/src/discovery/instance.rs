//! What is known of somebody who offers a service.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Somebody who offers a service: what Curator's `ServiceInstance` is, and looks like in JSON.
///
/// ```
/// use zk_recipes::discovery::ServiceInstance;
///
/// let instance = ServiceInstance::<String>::new("web", "web-1").address("10.0.0.1").payload("v2");
/// assert_eq!(instance.payload.as_deref(), Some("v2"));
/// ```
///
/// The payload is anything that `serde` can write as JSON. Where Curator is to read it as an object
/// of a class, its first field has to be `@class` with the class's name; where it is a string or
/// there is none, nothing is needed. Fields that we do not know are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "P: Deserialize<'de>"))]
#[non_exhaustive]
pub struct ServiceInstance<P = Value> {
    /// The name of the service.
    pub name: String,
    /// What tells it from others that offer the same.
    pub id: String,
    /// Where it is: a name or an address.
    #[serde(default)]
    pub address: Option<String>,
    /// Its port, if it has one.
    #[serde(default)]
    pub port: Option<u16>,
    /// Its port for TLS, if it has one.
    #[serde(default)]
    pub ssl_port: Option<u16>,
    /// What else is to be known of it.
    #[serde(default = "none")]
    pub payload: Option<P>,
    /// When it was registered, in milliseconds since 1970, by its own clock.
    #[serde(default, rename = "registrationTimeUTC")]
    pub registration_time: i64,
    /// How long it stays.
    #[serde(default)]
    pub service_type: ServiceType,
    /// How its URI is made, as Curator writes it.
    #[serde(default)]
    pub uri_spec: Option<Value>,
    /// Whether it is to be used.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// What others have written that we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How long an instance stays registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ServiceType {
    /// As long as the session that registered it.
    #[default]
    Dynamic,
    /// Until somebody takes it away.
    Static,
    /// Likewise.
    Permanent,
    /// As long as the session; the server appends a number to its name. We read it, and do not
    /// register it so.
    DynamicSequential,
}

impl<P> ServiceInstance<P> {
    /// An instance of this name and id, registered now, with nothing else known of it.
    #[must_use]
    pub fn new(name: &str, id: &str) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            address: None,
            port: None,
            ssl_port: None,
            payload: None,
            registration_time: now.map_or(0, millis),
            service_type: ServiceType::Dynamic,
            uri_spec: None,
            enabled: true,
            other: Map::new(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn address(self, address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), ..self }
    }

    /// Its port.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// Its port for TLS.
    #[must_use]
    pub fn ssl_port(self, port: u16) -> Self {
        Self { ssl_port: Some(port), ..self }
    }

    /// What else is to be known of it.
    #[must_use]
    pub fn payload(self, payload: impl Into<P>) -> Self {
        Self { payload: Some(payload.into()), ..self }
    }

    /// How long it stays.
    #[must_use]
    pub fn service_type(self, service_type: ServiceType) -> Self {
        Self { service_type, ..self }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn none<P>() -> Option<P> {
    None
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_yes(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{"name":"full","id":"id-1","address":"10.0.0.1","port":80,"sslPort":443,"payload":{"@class":"java.util.LinkedHashMap","k":"v"},"registrationTimeUTC":1700000000000,"serviceType":"DYNAMIC","uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false}]}}"#;
    const PLAIN: &str = r#"{"name":"s","id":"id","address":"h","port":1,"sslPort":null,"payload":"text","registrationTimeUTC":5,"serviceType":"DYNAMIC","uriSpec":null}"#;

    #[test]
    fn what_curator_writes_is_read_and_written_the_same() {
        let full: ServiceInstance = serde_json::from_str(FULL).unwrap();
        assert_eq!(serde_json::to_string(&full).unwrap(), FULL);
        let plain: ServiceInstance<String> = serde_json::from_str(PLAIN).unwrap();
        assert_eq!(plain.payload.as_deref(), Some("text"));
        assert_eq!(serde_json::to_string(&plain).unwrap(), PLAIN);
    }

    #[test]
    fn what_is_missing_has_a_default_and_what_is_unknown_is_kept() {
        let text = r#"{"name":"n","id":"i","enabled":false,"weight":7}"#;
        let read: ServiceInstance<String> = serde_json::from_str(text).unwrap();
        assert_eq!((read.port, read.payload.as_ref(), read.enabled), (None, None, false));
        assert_eq!(read.service_type, ServiceType::Dynamic);
        let written = serde_json::to_string(&read).unwrap();
        assert!(written.ends_with(r#""uriSpec":null,"enabled":false,"weight":7}"#), "{written}");
    }
}
