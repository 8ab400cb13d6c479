//! What a shell is told while a command is being typed.

use std::process::Command;

use super::{Desk, Ran};

/// Returns what bash is told where `words` are typed, the last of them unfinished.
fn completions(desk: &Desk, words: &[&str]) -> Vec<String> {
    let mut command = desk.command(&[&["--", "newsdex"], words].concat());
    command
        .env("NEWSDEX_COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9");
    let ran = Ran::of(command).exits(0);
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_words_fields_and_ids_are_completed() {
    let desk = Desk::indexed();
    for (words, first) in [
        (&["search", "--org", "amne"][..], "Amnesty International"),
        (
            &["search", "--org", "Amnesty\\ International\\ U"],
            "Amnesty International USA",
        ),
        (&["search", "--org", "=Amn"], "=Amnesty International"),
        (
            &["search", "strike", "--person", "Miriam"],
            "Miriam Castellano",
        ),
        (
            &["facets", "people", "org:amst"],
            "org:\"Amsterdam Police\"",
        ),
        (&["search", "harb"], "harbor"),
        (&["search", "(ferry sour"], "(ferry source:"),
        (&["search", "\"land min"], "\"land mines"),
        (&["sea"], "search"),
        (&["search", "--sour"], "--source"),
    ] {
        let found = completions(&desk, words);
        let first = first.to_owned();
        assert!(found.contains(&first), "{words:?}: {found:?}");
    }
    let all = completions(&desk, &["search", "--org", ""]);
    assert!(all.len() > 10, "{all:?}");
    let ids = completions(&desk, &["show", ""]);
    assert!(!ids.is_empty());
}

#[test]
fn an_index_that_is_not_there_completes_nothing() {
    let desk = Desk::indexed();
    let none: [&str; 0] = [];
    assert_eq!(
        completions(&desk, &["search", "-i", "elsewhere", "--org", "Am"]),
        none
    );
    assert_eq!(
        completions(&desk, &["search", "--index=elsewhere", "har"]),
        none
    );
}

#[test]
fn every_shell_has_a_script_and_bash_can_read_its_own() {
    let desk = Desk::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = desk.ok(&["completions", shell]).stdout;
        assert!(script.contains("NEWSDEX_COMPLETE"), "{shell}");
        desk.write(shell, script);
    }
    desk.run(&["completions", "cmd"]).exits(2).says("fish");
    // Where there is no bash, its script cannot be tried.
    if let Ok(tried) = Command::new("bash")
        .arg("-n")
        .arg(desk.path("bash"))
        .status()
    {
        assert!(tried.success());
    }
}
