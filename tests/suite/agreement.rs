//! Every number of newsdex is the same, wherever it is asked for.

#[path = "../agreement/check.rs"]
mod check;

use super::Desk;

#[test]
fn two_hundred_questions_get_the_same_numbers_everywhere() {
    let desk = Desk::indexed();
    let run = |args: &[&str]| {
        let ran = desk.run(args);
        assert!(ran.status < 2, "{}", ran.shown());
        ran.stdout
    };
    let queries = [
        "*",
        "port",
        "\"land mines\" OR ferry",
        "council AND NOT strike",
        "title:*",
        "mayor w/10 city",
    ];
    check::numbers_agree(&run, &queries, 200);
}
