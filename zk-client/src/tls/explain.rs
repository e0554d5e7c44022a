//! What went wrong with TLS, and what to do about it.
#![expect(clippy::wildcard_enum_match_arm, reason = "rustls has more errors than there is to say")]

use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// What an error of a connection means to whoever set it up. `lacks_certificate` says whether the
/// server has asked for a client certificate in vain.
pub(super) fn explain(error: &Error, lacks_certificate: bool) -> String {
    match error {
        Error::InvalidCertificate(error) => explain_certificate(error),
        Error::AlertReceived(alert) => explain_alert(*alert, lacks_certificate),
        Error::InvalidMessage(_) => format!("{NO_TLS} ({error})"),
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            "the server speaks only versions of TLS before 1.2".into()
        }
        error => format!("TLS failed: {error}"),
    }
}

/// That a server does not speak TLS where it should.
pub(super) const NO_TLS: &str = "the server does not speak TLS on this port";

/// What to do about a server that wants to know the client.
pub(super) const WANTS_CERTIFICATE: &str =
    "the server wants a client certificate, and there is none: give one to the builder of TLS";

fn explain_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "the server's certificate was not issued by an \
             authority that is trusted: give the certificate of its authority to the builder of TLS"
            .into(),
        CertificateError::BadSignature => "the server's certificate was issued by an authority of \
             the same name as one that is trusted, but with another key"
            .into(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            if presented.is_empty() {
                format!("the server's certificate has no name at all, and should have {expected}")
            } else {
                let names: Vec<_> = presented.iter().map(|name| bare(name)).collect();
                let names = names.join(", ");
                format!("the server's certificate is for {names}, and not for {expected}")
            }
        }
        CertificateError::ExpiredContext { time, not_after } => {
            let since = time.as_secs().saturating_sub(not_after.as_secs());
            format!("the server's certificate has expired {} ago", ago(since))
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let until = not_before.as_secs().saturating_sub(time.as_secs());
            format!(
                "the server's certificate will be valid in {}, unless a clock is wrong",
                ago(until)
            )
        }
        error => format!("the server's certificate is not accepted: {error}"),
    }
}

fn explain_alert(alert: AlertDescription, lacks_certificate: bool) -> String {
    match alert {
        AlertDescription::CertificateRequired => WANTS_CERTIFICATE.into(),
        // What a server of Java says of a client without a certificate.
        AlertDescription::BadCertificate | AlertDescription::HandshakeFailure
            if lacks_certificate =>
        {
            WANTS_CERTIFICATE.into()
        }
        AlertDescription::UnknownCA => {
            "the server does not trust the authority that issued the client certificate".into()
        }
        AlertDescription::CertificateExpired => "the client certificate has expired".into(),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => {
            format!("the server refused the client certificate ({alert:?})")
        }
        alert => format!("the server ended TLS: {alert:?}"),
    }
}

/// A name without its kind, in which rustls wraps it: `DnsName("zk1")`, `IpAddress(::1)`.
fn bare(name: &str) -> &str {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.map_or(name, |inside| inside.trim_matches('"'))
}

/// How long that is, as people say it.
fn ago(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    match unit {
        Some((unit, name)) => format!("{} {name}", seconds.checked_div(unit).unwrap_or_default()),
        None => format!("{:?}", Duration::from_secs(seconds)),
    }
}
