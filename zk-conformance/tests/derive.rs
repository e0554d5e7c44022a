//! How stories for threads are derived from those for tasks.

#[path = "../build/derive.rs"]
mod derive;

use derive::{for_threads, left_over, stories};

#[test]
fn a_thread_is_blocked_where_a_task_waits() {
    let text = "
async fn counted(zk: &Client) -> i32 {
    zk.set(\"/\", \"\").await.unwrap();
    zk.get(\"/\")
        .await
        .unwrap()
        .stat
        .version
}
";
    let expected = "
fn counted(zk: &Client) -> i32 {
    zk.set(\"/\", \"\").unwrap();
    zk.get(\"/\")
        
        .unwrap()
        .stat
        .version
}
";
    assert_eq!(for_threads(text), expected);
}

#[test]
fn what_is_spawned_becomes_a_closure() {
    let text = "let task = spawn(async move { zk.get(\"/\").await });";
    assert_eq!(for_threads(text), "let task = spawn(move || { zk.get(\"/\") });");
}

#[test]
fn closures_lose_their_waiting() {
    for (tasks, threads) in [
        ("let found = async |path| zk.get(path).await;", "let found = |path| zk.get(path);"),
        ("let found = async || zk.get(\"/\").await;", "let found = || zk.get(\"/\");"),
        ("let found = async move || zk;", "let found = move || zk;"),
        ("fn all(each: impl AsyncFnMut(i32)) {", "fn all(each: impl FnMut(i32)) {"),
    ] {
        assert_eq!(for_threads(tasks), threads);
    }
}

/// Lines stay where they are, so that the compiler's words lead to the story.
#[test]
fn no_line_is_lost() {
    let text =
        "//! Stories.\n\npub(crate) async fn one(at: World) {\n    a\n    .await\n    .b();\n}\n";
    assert_eq!(for_threads(text).lines().count(), text.lines().count());
}

#[test]
fn what_cannot_be_derived_is_found() {
    assert_eq!(left_over(&for_threads("fn a() {}\nlet b = async { zk.get().await? };")), Some(2));
    assert_eq!(left_over(&for_threads("fn a() -> impl Future<Output = ()> {}")), Some(1));
    assert_eq!(left_over(&for_threads("/// Not async at all.\nasync fn a() {}")), None);
}

#[test]
fn stories_are_the_functions_that_others_can_call() {
    let text = "pub(crate) async fn one(at: World) {\nasync fn helper() {\n    \
                pub(crate) async fn two() {\npub(crate) fn three() {\npub(crate) async fn four(at: World) {\n";
    assert_eq!(stories(text).collect::<Vec<_>>(), ["one", "four"]);
}
