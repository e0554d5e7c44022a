//! The library's half: credentials, names, and the context that both sides agree on.

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, GSS_NT_KRB5_PRINCIPAL, Oid, OidSet};

/// A context in the making, or made.
pub(crate) struct Context(ClientCtx);

impl Context {
    /// A context between a client, or the default one, and a service of a host.
    pub(crate) fn new(client: Option<&str>, service: &str, host: &str) -> Result<Self, Box<str>> {
        let service = format!("{service}@{host}");
        let target = name(&service, GSS_NT_HOSTBASED_SERVICE)?;
        let credentials = credentials(client)?;
        // The offer of protection is signed, its order is kept, and the server proves itself.
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG
            | CtxFlags::GSS_C_INTEG_FLAG
            | CtxFlags::GSS_C_SEQUENCE_FLAG;
        Ok(Self(ClientCtx::new(Some(credentials), target, flags, Some(GSS_MECH_KRB5))))
    }

    /// The token that follows from the server's; at first there is none. Empty if there is nothing
    /// to say.
    pub(crate) fn step(&mut self, token: Option<&[u8]>) -> Result<Vec<u8>, Box<str>> {
        let token = self.0.step(token, None).map_err(|error| words(&error))?;
        Ok(token.map(|token| token.to_vec()).unwrap_or_default())
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// Whether the server has proved who it is.
    pub(crate) fn is_mutual(&self) -> Result<bool, Box<str>> {
        let flags = self.0.flags().map_err(|error| words(&error))?;
        Ok(flags.contains(CtxFlags::GSS_C_MUTUAL_FLAG))
    }

    pub(crate) fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Box<str>> {
        self.0.unwrap(message).map(|plain| plain.to_vec()).map_err(|error| words(&error))
    }

    pub(crate) fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Box<str>> {
        self.0.wrap(false, message).map(|wrapped| wrapped.to_vec()).map_err(|error| words(&error))
    }
}

fn credentials(client: Option<&str>) -> Result<Cred, Box<str>> {
    let client = client.map(|client| name(client, GSS_NT_KRB5_PRINCIPAL)).transpose()?;
    let kerberos = OidSet::singleton(GSS_MECH_KRB5).map_err(|error| words(&error))?;
    Cred::acquire(client.as_ref(), None, CredUsage::Initiate, Some(&kerberos))
        .map_err(|error| words(&error))
}

fn name(text: &str, kind: Oid<'static>) -> Result<Name, Box<str>> {
    Name::new(text.as_bytes(), Some(kind)).map_err(|error| words(&error))
}

/// What Kerberos says of an error, and GSSAPI: of the two, each may know no more than that there is
/// one.
fn words(error: &Error) -> Box<str> {
    tidy(&error.to_string()).into()
}

fn tidy(text: &str) -> &str {
    const EMPTY: &str = "Unspecified GSS failure.  Minor code may provide more information (";
    let kerberos = text.strip_prefix(EMPTY).and_then(|text| text.strip_suffix(')'));
    kerberos.unwrap_or_else(|| text.strip_suffix(" (Success)").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn what_says_nothing_is_left_out() {
        let unspecified = "Unspecified GSS failure.  Minor code may provide more information";
        let cases = [
            (format!("{unspecified} (Ticket expired)"), "Ticket expired"),
            ("The context has expired (Success)".into(), "The context has expired"),
            ("A token was invalid (Unknown error)".into(), "A token was invalid (Unknown error)"),
            (unspecified.into(), unspecified),
        ];
        for (text, expected) in cases {
            assert_eq!(tidy(&text), expected);
        }
    }
}
