//! Commands to a running server, for tests written in other languages.

use std::io::{self, BufRead, Write};

use zk_server::{Ensemble, Member};

/// Carries out commands, one a line, and answers each with a line: `ok`, with what was asked for,
/// or `error` and the reason. Returns at the end of the commands.
pub(crate) fn obey(
    ensemble: &Ensemble,
    commands: impl BufRead,
    mut answers: impl Write,
) -> io::Result<()> {
    for line in commands.lines() {
        match carry_out(&line?, ensemble) {
            Ok(answer) => writeln!(answers, "{}", format!("ok {answer}").trim_end())?,
            Err(reason) => writeln!(answers, "error {reason}")?,
        }
        answers.flush()?;
    }
    Ok(())
}

fn carry_out(line: &str, ensemble: &Ensemble) -> Result<String, String> {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["kill", index] => member(ensemble, index)?.kill(),
        ["restart", index] => {
            member(ensemble, index)?.restart().map_err(|error| error.to_string())?;
        }
        ["freeze", index] => member(ensemble, index)?.freeze(),
        ["thaw", index] => member(ensemble, index)?.thaw(),
        ["drop"] => ensemble.drop_connections(),
        ["drop", index] => member(ensemble, index)?.drop_connections(),
        ["expire", id] => {
            let id = session(id).ok_or("a session is a number, such as 0x1f or 31")?;
            if !ensemble.expire_session(id) {
                return Err("there is no such session".to_owned());
            }
        }
        ["forget"] => ensemble.forget_sessions(),
        ["read-only", "on"] => ensemble.set_read_only(true),
        ["read-only", "off"] => ensemble.set_read_only(false),
        ["leader"] => return Ok(leader(ensemble)),
        ["sessions"] => return Ok(sessions(ensemble)),
        _ => return Err(format!("no such command: {line}")),
    }
    Ok(String::new())
}

fn member<'a>(ensemble: &'a Ensemble, index: &str) -> Result<Member<'a>, String> {
    let index = index.parse().map_err(|_| format!("no number of a member: {index}"))?;
    let member = ensemble.members().nth(index);
    member.ok_or_else(|| format!("no member {index} among {}", ensemble.size()))
}

fn leader(ensemble: &Ensemble) -> String {
    ensemble.leader().map_or_else(|| "none".to_owned(), |index| index.to_string())
}

/// As `0x` and up to 16 digits, or as a decimal number.
fn session(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

fn sessions(ensemble: &Ensemble) -> String {
    let ids: Vec<_> = ensemble.sessions().iter().map(|one| format!("{:#x}", one.id)).collect();
    ids.join(" ")
}
