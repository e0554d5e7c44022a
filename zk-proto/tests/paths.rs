//! Which paths are accepted: those of Java's `PathUtils.validatePath`, which servers use.

use proptest::prelude::*;
use zk_proto::{Chroot, PathError, parent_of, validate_path, validate_sequential_path};

#[test]
fn good_paths() {
    for path in [
        "/",
        "/a",
        "/a/b",
        "/a b/c~",
        "/...",
        "/.a",
        "/a.",
        "/..a",
        "/a..",
        "/a/.../b",
        "/ünï-鍵",
        "/\u{a0}",
        "/\u{d7ff}",
        "/\u{f900}",
        "/\u{ffef}",
        "/zookeeper/config",
        "/0123456",
        "/01234567",
        "/012345678",
        "/0123456/01234567",
    ] {
        assert_eq!(validate_path(path), Ok(()), "{path:?}");
    }
}

#[test]
fn bad_paths() {
    for (path, error) in [
        ("", PathError::Empty),
        ("a", PathError::Relative),
        ("a/b", PathError::Relative),
        (".", PathError::Relative),
        ("//", PathError::TrailingSlash),
        ("/a/", PathError::TrailingSlash),
        ("/a//", PathError::TrailingSlash),
        ("//a", PathError::EmptySegment),
        ("/a//b", PathError::EmptySegment),
        ("/.", PathError::DotSegment),
        ("/..", PathError::DotSegment),
        ("/./a", PathError::DotSegment),
        ("/a/../b", PathError::DotSegment),
        ("/a/é/..", PathError::DotSegment),
        ("/\0", PathError::Character('\0')),
        ("/a\tb", PathError::Character('\t')),
        ("/\u{1f}", PathError::Character('\u{1f}')),
        ("/\u{7f}", PathError::Character('\u{7f}')),
        ("/\u{9f}", PathError::Character('\u{9f}')),
        ("/\u{e000}", PathError::Character('\u{e000}')),
        ("/\u{f8ff}", PathError::Character('\u{f8ff}')),
        ("/\u{fff0}", PathError::Character('\u{fff0}')),
        ("/\u{ffff}", PathError::Character('\u{ffff}')),
        ("/\u{1f600}", PathError::Character('\u{1f600}')),
    ] {
        assert_eq!(validate_path(path), Err(error), "{path:?}");
    }
}

#[test]
fn a_sequential_path_is_judged_with_its_number() {
    for path in ["/", "/a", "/a/", "/.", "/..", "/a/.", "/a/..", "/a-"] {
        assert_eq!(validate_sequential_path(path), Ok(()), "{path:?}");
    }
    for path in
        ["", "a", "a/", "//", "/a//", "//a", "/./", "/../", "/./a", "/./..", "/\0", "/\0/.."]
    {
        assert!(validate_sequential_path(path).is_err(), "{path:?}");
    }
}

#[test]
fn every_pair_of_characters_at_every_place() {
    // The fast way looks at eight bytes at once, of which each step sees one again.
    for at in 1..18 {
        let mut path = *b"/aaaaaaaaaaaaaaaaaaa";
        for (first, second) in
            (0..128).flat_map(|first| (0..128).map(move |second| (first, second)))
        {
            (path[at], path[at + 1]) = (first, second);
            agrees_with_java(std::str::from_utf8(&path).unwrap());
        }
    }
}

#[test]
fn every_short_path_of_slashes_and_dots() {
    let mut paths = vec![String::new()];
    for _ in 0..7 {
        let longer =
            paths.iter().flat_map(|path| ["/", ".", "a", "é"].map(|c| format!("{path}{c}")));
        paths = longer.collect();
        paths.iter().for_each(|path| agrees_with_java(path));
    }
}

proptest! {
    #[test]
    fn any_text(path in "/?\\PC{0,40}") {
        agrees_with_java(&path);
    }

    #[test]
    fn any_text_of_odd_characters(
        path in "/[/.a\u{0}\u{7f}\u{80}\u{9f}\u{a0}\u{e000}\u{ffef}\u{fff0}\u{10000}-]{0,30}",
    ) {
        agrees_with_java(&path);
    }

    #[test]
    fn a_parent_and_a_name_make_the_path(parent in "(/[a-z]{1,5}){0,4}", name in "[a-z.]{1,5}") {
        let path = format!("{parent}/{name}");
        let parent = if parent.is_empty() { "/" } else { &parent };
        prop_assert_eq!(parent_of(&path), Some(parent));
    }

    #[test]
    fn a_chroot_is_put_before_paths_and_taken_off_again(
        chroot in "/|(/[a-z]{1,3}){1,3}",
        path in "/|(/[a-z]{1,3}){1,3}",
        below in "/|(/[a-z]{1,3}){1,3}",
    ) {
        let chroot = Chroot::new(&chroot).unwrap();
        let server_path = chroot.server_path(&path);
        prop_assert_eq!(validate_path(&server_path), Ok(()));
        prop_assert_eq!(chroot.strip(&server_path), Some(&*path));
        let joined = chroot.join(&below).unwrap();
        let (directly, in_steps) = (joined.server_path(&path), Chroot::new(&below).unwrap());
        prop_assert_eq!(directly, chroot.server_path(&in_steps.server_path(&path)));
    }
}

#[test]
fn a_chroot_ends_at_a_slash() {
    let app = Chroot::new("/app").unwrap();
    assert_eq!(app.strip("/app"), Some("/"));
    assert_eq!(app.strip("/app/x"), Some("/x"));
    for outside in ["/app2", "/app2/x", "/ap", "/", "", "/x/app", "app/x"] {
        assert_eq!(app.strip(outside), None, "{outside}");
    }
}

#[test]
fn the_root_is_no_chroot() {
    for root in [Chroot::root(), Chroot::new("/").unwrap(), Chroot::default()] {
        assert_eq!(root.prefix(), "");
        for path in ["/", "/a", "/a/b", ""] {
            assert_eq!(root.server_path(path), path);
            assert_eq!(root.strip(path), Some(path));
        }
    }
    assert_eq!(Chroot::new("/app").unwrap().join("/").unwrap().prefix(), "/app");
}

#[test]
fn a_chroot_is_a_path() {
    for (path, error) in
        [("", PathError::Empty), ("app", PathError::Relative), ("/app/", PathError::TrailingSlash)]
    {
        assert_eq!(Chroot::new(path), Err(error));
        assert_eq!(Chroot::root().join(path), Err(error));
    }
}

#[test]
fn the_root_has_no_parent() {
    assert_eq!(parent_of("/"), None);
    assert_eq!(parent_of("/a"), Some("/"));
    assert_eq!(parent_of("relative"), None);
    assert_eq!(parent_of(""), None);
}

fn agrees_with_java(path: &str) {
    assert_eq!(validate_path(path).is_ok(), java_accepts(path), "{path:?}");
    let numbered = format!("{path}1");
    assert_eq!(
        validate_sequential_path(path).is_ok(),
        java_accepts(&numbered),
        "{path:?} numbered"
    );
}

/// `PathUtils.validatePath`, step by step: a loop over UTF-16.
fn java_accepts(path: &str) -> bool {
    let chars: Vec<u16> = path.encode_utf16().collect();
    let is = |at: usize, what: char| chars.get(at).is_some_and(|c| u32::from(*c) == what.into());
    if chars.len() < 2 {
        return is(0, '/');
    }
    if !is(0, '/') || is(chars.len() - 1, '/') {
        return false;
    }
    (1..chars.len()).all(|at| {
        let ends_segment = at + 1 == chars.len() || is(at + 1, '/');
        let is_dot = is(at, '.') && is(at - 1, '/') && ends_segment;
        let is_dots = is(at, '.') && is(at - 1, '.') && at > 1 && is(at - 2, '/') && ends_segment;
        let is_empty = is(at, '/') && is(at - 1, '/');
        let is_odd = matches!(
            chars[at],
            0..=0x1f | 0x7f..=0x9f | 0xd800..=0xf8ff | 0xfff0..=0xffff
        );
        !is_dot && !is_dots && !is_empty && !is_odd
    })
}
