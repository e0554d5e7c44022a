//! Nodes from a file, in the format in which `cp` of zk_shell writes to `json://`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zk_proto::{Acl, Create, ErrorCode, Permissions};
use zk_server::Ensemble;
use zk_server::tree::Tree;

/// The nodes by their paths. Sorted, so that parents come before their children.
type Export = BTreeMap<String, Node>;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Node {
    /// The data in base64.
    content: Option<String>,
    /// The data as it is, for whoever writes such a file by hand.
    text: Option<String>,
    /// The access control list; if it is empty, everybody may do everything.
    acls: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    perms: i32,
    id: Identity,
}

#[derive(Deserialize)]
struct Identity {
    scheme: String,
    id: String,
}

/// Creates the nodes of an export, and those of their parents that it lacks. What every ensemble
/// has stays as it is.
pub(crate) fn load(export: impl Read, ensemble: &Ensemble) -> Result<(), Box<dyn Error>> {
    let export: Export = serde_json::from_reader(export)?;
    for (path, node) in export.iter().filter(|(path, _)| !is_everywhere(path)) {
        create(ensemble, path, node).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn is_everywhere(path: &str) -> bool {
    path == "/" || Path::new(path).starts_with(Tree::SYSTEM)
}

fn create(ensemble: &Ensemble, path: &str, node: &Node) -> Result<(), String> {
    let data = node.data()?;
    let create = match &data {
        Some(data) => Create::new(path, data),
        None => Create::without_data(path),
    };
    for (end, _) in path.match_indices('/').skip(1) {
        match ensemble.create(&Create::new(&path[..end], "")) {
            Ok(_) | Err(ErrorCode::NodeExists) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    ensemble.create(&create.acl(node.acl())).map(drop).map_err(|error| error.to_string())
}

impl Node {
    fn data(&self) -> Result<Option<Vec<u8>>, String> {
        match (&self.content, &self.text) {
            (None, None) => Ok(None),
            (None, Some(text)) => Ok(Some(text.clone().into_bytes())),
            (Some(content), None) => {
                STANDARD.decode(content).map(Some).map_err(|error| error.to_string())
            }
            (Some(_), Some(_)) => Err("it has both content and text".into()),
        }
    }

    fn acl(&self) -> Vec<Acl> {
        if self.acls.is_empty() {
            return Acl::OPEN.to_vec();
        }
        let entry = |entry: &Entry| {
            let Identity { scheme, id } = &entry.id;
            Acl::new(Permissions::from_bits(entry.perms), scheme.clone(), id.clone())
        };
        self.acls.iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_becomes_nodes() {
        let ensemble = Ensemble::start(1).unwrap();
        let export = r#"{
            "/app/config": { "content": "aGVsbG8=", "acls": [
                { "perms": 1, "id": { "scheme": "world", "id": "anyone" } }
            ] },
            "/app": { "content": null, "acls": [] },
            "/by/hand": { "text": "written" },
            "/": { "content": "", "acls": [] },
            "/zookeeper/quota": { "content": "", "acls": [] }
        }"#;
        load(export.as_bytes(), &ensemble).unwrap();
        ensemble.inspect(|engine| {
            let node = |path| engine.tree().node(path).expect("it is there");
            assert_eq!(node("/app").data(), None);
            assert_eq!(node("/app/config").data().as_deref(), Some(&b"hello"[..]));
            assert_eq!(**node("/app/config").acl(), *Acl::READ);
            assert_eq!(node("/by").data().as_deref(), Some(&b""[..]));
            assert_eq!(node("/by/hand").data().as_deref(), Some(&b"written"[..]));
        });
    }

    #[test]
    fn what_is_wrong_is_told_with_its_path() {
        let ensemble = Ensemble::start(1).unwrap();
        for (export, reason) in [
            (r#"{ "/a": { "content": "?" } }"#, "/a: "),
            (r#"{ "/a": { "content": "", "text": "" } }"#, "/a: it has both"),
            (r#"{ "a": {} }"#, "a: "),
            (r#"{ "/a": { "data": "x" } }"#, "unknown field `data`"),
        ] {
            let error = load(export.as_bytes(), &ensemble).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
