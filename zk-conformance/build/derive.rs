//! The text of a story for threads, derived from its text for tasks.

/// What is replaced by what, in this order.
const REPLACED: [(&str, &str); 6] = [
    (".await", ""),
    ("async move {", "move || {"), // what is spawned
    ("async move |", "move |"),
    ("async |", "|"),
    ("async fn ", "fn "),
    ("AsyncFn", "Fn"),
];

/// What a story for tasks says, for threads: where a task waits, a thread is blocked.
pub(crate) fn for_threads(text: &str) -> String {
    REPLACED.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The number of the first line of code that still is for tasks only.
pub(crate) fn left_over(text: &str) -> Option<usize> {
    let is_code = |line: &str| !line.trim_start().starts_with("//");
    let is_for_tasks = |line: &str| line.contains("async ") || line.contains("Future");
    text.lines().position(|line| is_code(line) && is_for_tasks(line)).map(|at| at + 1)
}

/// The names of the stories: the functions of a file that others can call.
pub(crate) fn stories(text: &str) -> impl Iterator<Item = &str> {
    let signatures = text.lines().filter_map(|line| line.strip_prefix("pub(crate) async fn "));
    signatures.filter_map(|signature| signature.split('(').next())
}
