//! TLS beside the plain port.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, DEFAULT_VERSIONS, RootCertStore, ServerConfig, StreamOwned,
};
use zk_proto::wire::Reader;
use zk_proto::{Acl, ClientInfo, Create, Exists, GetData, Permissions, Record, SetData, WhoAmI};
use zk_server::{Builder, Clock, Ensemble, ErrorCode, Limits, Server};

use crate::LIMIT;
use crate::raw::{Raw, frame};

/// As a tool for certificates writes it; Java turns it around.
const WORKER: [(DnType, &str); 3] = [
    (DnType::CountryName, "DE"),
    (DnType::OrganizationName, "Example, Inc."),
    (DnType::CommonName, "worker"),
];

#[test]
fn a_client_in_tls_is_served_as_any_other() {
    let authority = Authority::new();
    let server = authority.serve(Builder::new()).start().unwrap();
    let mut zk = authority.client(None).connect(&server).unwrap();
    zk.open_session();
    zk.say(&frame(&Create::new("/a", "")));
    assert_eq!(zk.hear_header().err, 0);
    let data = vec![7; 1_000_000]; // more than fits into any buffer on the way
    zk.say(&frame(&SetData::new("/a", &data)));
    assert_eq!(zk.hear_header().err, 0);
    zk.say(&frame(&GetData::new("/a")).repeat(20));
    for _ in 0..20 {
        assert_eq!(zk.hear().len(), 16 + 4 + data.len() + 68);
    }

    let mut plain = Raw::open(&server);
    plain.say(&frame(&Exists::new("/a")));
    assert_eq!(plain.hear_header().err, 0);
}

#[test]
fn it_says_when_it_has_nothing_more_to_say() {
    let authority = Authority::new();
    let server = authority.serve(Builder::new()).start().unwrap();
    let mut zk = authority.client(None).connect(&server).unwrap();
    zk.say(b"ruok");
    assert_eq!(zk.hear_all(), b"imok"); // fails where the end is not told by TLS
}

#[test]
fn a_client_with_a_certificate_is_its_subject() {
    let authority = Authority::new();
    let server = authority.serve(Builder::new()).start().unwrap();
    let mut worker = authority.client(Some(&WORKER)).connect(&server).unwrap();
    worker.open_session();
    worker.say(&frame(&WhoAmI));
    let name = "CN=worker,O=Example\\, Inc.,C=DE";
    assert!(who(&worker.hear()).contains(&("x509".to_owned(), name.to_owned())));

    let acl = [Acl::new(Permissions::ALL, "x509", name)];
    worker.say(&frame(&Create::new("/mine", "").acl(&acl)));
    assert_eq!(worker.hear_header().err, 0);
    worker.say(&frame(&Create::new("/too", "").acl(Acl::CREATOR)));
    assert_eq!(worker.hear_header().err, 0);

    let mut other = authority.client(Some(&WORKER[2..])).connect(&server).unwrap();
    let mut nobody = authority.client(None).connect(&server).unwrap();
    for stranger in [&mut other, &mut nobody] {
        stranger.open_session();
        for path in ["/mine", "/too"] {
            stranger.say(&frame(&GetData::new(path)));
            assert_eq!(stranger.hear_header().err, ErrorCode::NoAuth.code());
        }
    }
    worker.say(&frame(&GetData::new("/mine")));
    assert_eq!(worker.hear_header().err, 0);
}

#[test]
fn a_client_without_a_certificate_is_turned_away_where_one_is_needed() {
    let authority = Authority::new();
    let config = authority.server_config(Clients::Need);
    let server = Server::builder().tls(config).start().unwrap();
    let mut nobody = authority.client(None).connect(&server).unwrap();
    let error = nobody.hear_nothing();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    let mut worker = authority.client(Some(&WORKER)).connect(&server).unwrap();
    worker.open_session();
}

#[test]
fn who_does_not_speak_tls_is_told_so() {
    let authority = Authority::new();
    let server = authority.serve(Builder::new()).start().unwrap();
    let stream = TcpStream::connect(server.secure_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut plain = Raw::over(stream);
    plain.say(b"ruok ruok");
    let alert = plain.hear_all();
    assert_eq!((alert[0], alert.len()), (21, 7));
}

#[test]
fn a_handshake_takes_as_long_as_it_may() {
    let (authority, clock) = (Authority::new(), Clock::manual());
    let server = authority.serve(Builder::new().clock(&clock)).start().unwrap();
    let mut slow = Raw::over(TcpStream::connect(server.secure_address().unwrap()).unwrap());
    slow.say(&[22, 3, 1]);
    assert!(server.wait_until(LIMIT, |engine| engine.connections() == 1));
    clock.advance(Limits::default().handshake);
    assert_eq!(server.connections(), 0);
    slow.ends();
}

#[test]
fn a_member_that_comes_back_serves_tls_again() {
    let authority = Authority::new();
    let ensemble = authority.serve(Ensemble::builder()).start_ensemble(3).unwrap();
    assert_eq!(ensemble.secure_connect_string().unwrap().split(',').count(), 3);
    let member = ensemble.member(1);
    let address = member.secure_address().unwrap();
    member.kill();
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    member.restart().unwrap();
    let mut zk = authority.client(None).connect_to(address).unwrap();
    zk.open_session();
}

/// Who makes certificates that everybody here trusts.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// Which clients a server takes.
enum Clients {
    Any,
    Need,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The server takes all clients, and looks at the certificates of those that have one.
    fn serve(&self, builder: Builder) -> Builder {
        builder.tls(self.server_config(Clients::Any))
    }

    fn server_config(&self, clients: Clients) -> Arc<ServerConfig> {
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), provider.clone());
        let verifier = match clients {
            Clients::Any => verifier.allow_unauthenticated(),
            Clients::Need => verifier,
        };
        let (chain, key) = self.issue(&[], &["localhost", "127.0.0.1"]);
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(DEFAULT_VERSIONS)
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(chain, key)
            .unwrap()
            .into()
    }

    /// A client with a certificate for this name, or without one.
    fn client(&self, name: Option<&[(DnType, &str)]>) -> TlsClient {
        let config = ClientConfig::builder_with_provider(default_provider().into())
            .with_protocol_versions(DEFAULT_VERSIONS)
            .unwrap()
            .with_root_certificates(self.roots());
        let config = match name.map(|name| self.issue(name, &[])) {
            Some((chain, key)) => config.with_client_auth_cert(chain, key).unwrap(),
            None => config.with_no_client_auth(),
        };
        TlsClient(config.into())
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots.into()
    }

    fn issue(
        &self,
        name: &[(DnType, &str)],
        hosts: &[&str],
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in name {
            params.distinguished_name.push(kind.clone(), *value);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], key.into())
    }
}

struct TlsClient(Arc<ClientConfig>);

impl TlsClient {
    fn connect(
        &self,
        server: &Server,
    ) -> io::Result<Raw<StreamOwned<ClientConnection, TcpStream>>> {
        self.connect_to(server.secure_address().unwrap())
    }

    fn connect_to(
        &self,
        address: SocketAddr,
    ) -> io::Result<Raw<StreamOwned<ClientConnection, TcpStream>>> {
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.set_write_timeout(Some(LIMIT))?;
        let name = ServerName::from(address.ip());
        let mut tls = ClientConnection::new(self.0.clone(), name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Raw::over(StreamOwned::new(tls, socket)))
    }
}

/// The identities in an answer to `whoAmI`.
fn who(reply: &[u8]) -> Vec<(String, String)> {
    let reader = &mut Reader::new(&reply[16..]);
    let infos = reader.vector("infos", 8, |reader| ClientInfo::decode(reader)).unwrap();
    infos.into_iter().map(|info| (info.scheme.into(), info.user.into())).collect()
}
