//! Input that no reader should have to see: each piece of it is reported once, with
//! its place and reason, and everything around it is ingested.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Desk, Ran, article, sorted, text};

/// Ingests `in/`, where beside one bad piece lie two articles, and checks that both
/// are there and that the bad piece has exactly this line in the ledger.
#[track_caller]
fn check(desk: &Desk, status: i32, expected: &str) -> Ran {
    desk.write(
        "in/a first.txt",
        "A calm day\n\nNothing happened by the harbor.\n",
    );
    desk.write(
        "in/z last.jsonl",
        article("last", "A last day", "Nothing happened either."),
    );
    let started = Instant::now();
    let ran = desk.run(&["ingest", "in", "--no-names"]).exits(status);
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{}",
        ran.shown()
    );
    let ids = desk.ids(&["happened"]);
    assert_eq!(sorted(ids), ["in/a first.txt", "last"], "{}", ran.shown());
    let is_told = |line: &&str| {
        ["failed: ", "skipped: ", "note: "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let told: Vec<&str> = ran.stderr.lines().filter(is_told).collect();
    assert_eq!(told, [expected], "{}", ran.shown());
    let failures = desk.run(&["failures"]);
    let failed: Vec<&str> = failures.stdout.lines().collect();
    let expected: Vec<&str> = told
        .into_iter()
        .filter(|line| line.starts_with("failed"))
        .collect();
    assert_eq!(failed, expected);
    ran
}

#[test]
fn text_in_another_encoding_is_read_and_reported() {
    let desk = Desk::empty();
    let bytes =
        b"Caf\xe9 reopens\n\nThe caf\xe9 on the quay has \x93new\x94 owners in Orl\xe9ans.\n";
    desk.write("in/latin.txt", bytes);
    check(
        &desk,
        0,
        "note: in/latin.txt: record 1 at byte 0: byte 3 is not UTF-8; read as windows-1252",
    );
    assert_eq!(desk.ids(&["\"cafe on the quay\""]), ["in/latin.txt"]);
    assert_eq!(desk.ids(&["café"]), ["in/latin.txt"]);
    let shown = desk.ok(&["show", "in/latin.txt"]);
    assert!(
        shown.stdout.contains("“new” owners in Orléans"),
        "{}",
        shown.shown()
    );
    desk.run(&["failures"]).exits(1);
}

#[test]
fn a_line_in_another_encoding_is_read_and_reported_with_its_place() {
    let desk = Desk::empty();
    let good = article("good", "Good", "x");
    let line = b"{\"id\":\"bad\",\"title\":\"The caf\xe9\",\"body\":\"x\"}\n";
    desk.write("in/m.jsonl", [good.as_bytes(), line].concat());
    let (at, byte) = (good.len(), good.len() + 28);
    let reason = format!("byte {byte} is not UTF-8; read as windows-1252");
    check(
        &desk,
        0,
        &format!("note: in/m.jsonl: record 2 at byte {at}: {reason}"),
    );
    assert_eq!(desk.ids(&["title:café"]), ["bad"]);
}

#[test]
fn an_empty_file_is_skipped() {
    let desk = Desk::empty();
    desk.write("in/m.txt", " \n\n");
    check(&desk, 0, "skipped: in/m.txt: empty file");
}

#[test]
fn a_binary_is_skipped() {
    let desk = Desk::empty();
    desk.write("in/m.txt", b"some text\0\x01\x02 and more");
    check(
        &desk,
        0,
        "skipped: in/m.txt: is a binary file, which is not read",
    );
}

#[test]
fn a_picture_is_skipped_whatever_its_name() {
    let desk = Desk::empty();
    desk.write("in/m.jsonl", b"\x89PNG\r\n\x1a\n0000");
    check(
        &desk,
        0,
        "skipped: in/m.jsonl: is a picture, which is not read",
    );
}

#[test]
fn a_truncated_line_fails_and_its_neighbors_do_not() {
    let desk = Desk::empty();
    let (one, two) = (article("one", "One", "x"), article("two", "Two", "x"));
    desk.write(
        "in/m.jsonl",
        format!("{one}{{\"id\":\"cut\",\"title\":\"Cu\n{two}"),
    );
    let at = one.len();
    let ran = check(
        &desk,
        0,
        &format!(
            "failed: in/m.jsonl: record 2 at byte {at}: not JSON at column 23: \
             EOF while parsing a string"
        ),
    );
    assert_eq!(ran.totals(), "5 records = 4 added + 1 failed");
}

#[test]
fn a_last_line_may_be_cut() {
    let desk = Desk::empty();
    let one = article("one", "One", "x");
    desk.write(
        "in/m.jsonl",
        format!("{one}{{\"id\":\"cut\",\"title\":\"Cu"),
    );
    let at = one.len();
    let reason = "not JSON at column 23: EOF while parsing a string";
    check(
        &desk,
        0,
        &format!("failed: in/m.jsonl: record 2 at byte {at}: {reason}"),
    );
}

#[test]
fn a_line_of_100_megabytes_is_passed_over() {
    let desk = Desk::empty();
    desk.write("in/m.jsonl", "");
    let mut file = BufWriter::new(File::create(desk.path("in/m.jsonl")).unwrap());
    let chunk = "endless news ".repeat(80_000);
    file.write_all(b"{\"id\":\"long\",\"body\":\"").unwrap();
    let mut length = 23;
    while length < 100_000_000 {
        file.write_all(chunk.as_bytes()).unwrap();
        length += chunk.len();
    }
    file.write_all(b"\"}\n").unwrap();
    length += 1;
    file.write_all(article("after", "After", "x").as_bytes())
        .unwrap();
    drop(file);
    let reason = format!("the line has {length} bytes; records may have 33554432");
    check(
        &desk,
        0,
        &format!("failed: in/m.jsonl: record 1 at byte 0: {reason}"),
    );
    assert_eq!(desk.ids(&["id:after"]), ["after"]);
}

#[test]
fn json_of_any_depth_is_refused_or_read() {
    let desk = Desk::empty();
    let deep = format!(
        "{{\"title\":\"Deep\",\"x\":{}1{}}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    desk.write("in/m.jsonl", deep);
    let reason = "not JSON at column 147: recursion limit exceeded";
    check(
        &desk,
        0,
        &format!("failed: in/m.jsonl: record 1 at byte 0: {reason}"),
    );
}

#[test]
fn json_without_text_says_which_fields_it_has() {
    let desk = Desk::empty();
    desk.write("in/m.jsonl", "{\"kop\":\"x\",\"tekst\":\"y\"}\n");
    let reason =
        "no title and no body; name them with --map title=…,body=… (fields seen: kop, tekst)";
    check(
        &desk,
        0,
        &format!("failed: in/m.jsonl: record 1 at byte 0: {reason}"),
    );
}

#[test]
fn broken_sgml_is_read_as_far_as_it_goes() {
    let desk = Desk::empty();
    desk.write(
        "in/m.sgm",
        "<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n\
         <REUTERS NEWID=\"1\">\n<TEXT><TITLE>FIRST</TITLE><BODY>Cut here",
    );
    let reason = "the record ends with the file, without </REUTERS>";
    check(
        &desk,
        0,
        &format!("note: in/m.sgm: record 1 at byte 36: {reason}"),
    );
    assert_eq!(desk.ids(&["\"cut here\""]), ["R21578-1"]);
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_is_skipped() {
    let desk = Desk::empty();
    std::fs::create_dir_all(desk.path("in/m")).unwrap();
    std::os::unix::fs::symlink("..", desk.path("in/m/loop")).unwrap();
    check(&desk, 0, "skipped: in/m/loop: is a link back to in");
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_fails() {
    let desk = Desk::empty();
    std::fs::create_dir_all(desk.path("in")).unwrap();
    std::os::unix::fs::symlink("nowhere", desk.path("in/m.txt")).unwrap();
    let ran = desk.run(&["ingest", "in"]);
    ran.exits(2).says("failed: in/m.txt: cannot be opened: ");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_fails_and_is_tried_again() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::empty();
    desk.write("in/m.txt", "Locked away\n\nUntil someone may read it.\n");
    set_permissions(desk.path("in/m.txt"), Permissions::from_mode(0o000)).unwrap();
    if File::open(desk.path("in/m.txt")).is_ok() {
        // The superuser reads everything; what is left to see is that nothing breaks.
        desk.ingest(&["in"]);
        return;
    }
    let reason = "cannot read the file: Permission denied (os error 13)";
    check(&desk, 0, &format!("failed: in/m.txt: {reason}"));
    set_permissions(desk.path("in/m.txt"), Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        desk.ingest(&["in"]).totals(),
        "3 records = 1 added + 2 unchanged"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_skipped() {
    let desk = Desk::empty();
    std::fs::create_dir_all(desk.path("in")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(desk.path("in/m.txt")).unwrap();
    check(&desk, 0, "skipped: in/m.txt: is no regular file");
    drop(socket);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_reported_and_read_again() {
    let desk = Desk::empty();
    // The walk comes first, so what lies before the growing file gives it time to grow.
    let lines: Vec<String> = (0..2_000)
        .map(|number| article(&format!("n{number}"), "Number", "Something to read."))
        .collect();
    desk.write("in/a.jsonl", lines.concat());
    desk.write("in/growing.txt", "A log that grows\n\nBegun at noon.\n");
    let mut log = File::options()
        .append(true)
        .open(desk.path("in/growing.txt"))
        .unwrap();
    let done = AtomicBool::new(false);
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                log.write_all(b"More.\n").unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let ran = desk.run(&["ingest", "in", "--no-names"]);
        done.store(true, Ordering::Relaxed);
        ran.exits(0)
    });
    assert_eq!(ran.totals(), "2,002 records = 2,001 added + 1 failed");
    let reason = "the file changed while it was read; it will be read again next time";
    let failures = desk.ok(&["failures"]);
    assert_eq!(
        failures.stdout,
        format!("failed: in/growing.txt: {reason}\n")
    );
    let again = desk.ingest(&["in"]);
    assert_eq!(
        again.totals(),
        "2,001 records = 1 updated + 2,000 unchanged"
    );
    let settled = desk.ingest(&["in"]);
    assert_eq!(settled.totals(), "2,001 records = 2,001 unchanged");
}

#[test]
fn many_failures_are_summed_up_and_all_listed() {
    let desk = Desk::empty();
    desk.write("in/a.jsonl", "{\n".repeat(25) + &article("a", "A", "x"));
    let ran = desk.ingest(&["in"]).says("`newsdex failures` lists");
    let told = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("failed: "))
        .count();
    assert_eq!(told, 10);
    assert_eq!(ran.totals(), "26 records = 1 added + 25 failed");
    assert_eq!(desk.ok(&["failures"]).stdout.lines().count(), 25);
}

#[test]
fn ids_that_cannot_be_kept_are_reported() {
    let desk = Desk::empty();
    desk.write("in/m.jsonl", article(&"x".repeat(2_000), "Long id", "x"));
    let ran = desk.run(&["ingest", "in", "--no-names"]);
    assert!(
        ran.stderr.contains("in/m.jsonl: record 1 at byte 0: "),
        "{}",
        ran.shown()
    );
}

/// Returns `bytes` as a gzip file.
fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_truncated_file_gives_the_records_before() {
    let desk = Desk::empty();
    let lines = ["one", "two", "three"].map(|id| article(id, "A title", "x"));
    let packed = gzip(lines.concat().as_bytes(), Compression::none());
    desk.write("in/m.jsonl.gz", &packed[..packed.len() - 12]);
    let (at, bytes) = (lines[0].len() * 2, lines.concat().len() - 4);
    let told = format!(
        "failed: in/m.jsonl.gz: record 3 at byte {at}: the record is cut short: \
         cannot be unpacked beyond byte {bytes}: incomplete deflate stream"
    );
    let ran = check(&desk, 0, &told);
    assert_eq!(ran.totals(), "5 records = 4 added + 1 failed");
}

#[test]
fn a_bomb_is_given_up() {
    let desk = Desk::empty();
    let bomb = gzip(&vec![b'a'; 300_000_000], Compression::best());
    desk.write("in/m.txt.gz", gzip(&bomb, Compression::best()));
    let reason = "the text is longer than 33554432 bytes";
    check(
        &desk,
        0,
        &format!("failed: in/m.txt.gz: record 1 at byte 0: {reason}"),
    );
}

#[test]
fn a_bomb_of_lines_is_given_up() {
    let desk = Desk::empty();
    let blank = [vec![b' '; 1_000_000], vec![b'\n']].concat().repeat(200);
    let line = article("bomb", "A bomb", "it ticks");
    let bomb = [line.as_bytes(), &blank, line.as_bytes()].concat();
    desk.write("in/m.jsonl.gz", gzip(&bomb, Compression::best()));
    let reason = "it unpacks to more than 200 times its size";
    check(&desk, 0, &format!("failed: in/m.jsonl.gz: {reason}"));
    assert_eq!(desk.ids(&["ticks"]), ["bomb"]);
}

/// Every kind of XML, with a place for text in its title and one for more in its text.
const XML: [(&str, &str); 6] = [
    (
        "atom",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>a</id><title>{title}</title>\
         <content type=\"xhtml\">{text}</content></entry></feed>",
    ),
    (
        "newsml1",
        "<NewsML><NewsItem><NewsComponent><NewsLines><HeadLine>{title}</HeadLine></NewsLines>\
         <ContentItem><DataContent>{text}</DataContent></ContentItem></NewsComponent></NewsItem></NewsML>",
    ),
    (
        "newsml-g2",
        "<newsItem xmlns=\"http://iptc.org/std/nar/2006-10-01/\" guid=\"urn:g2\"><contentMeta>\
         <headline>{title}</headline></contentMeta><contentSet>\
         <inlineXML contenttype=\"application/xhtml+xml\">{text}</inlineXML></contentSet></newsItem>",
    ),
    (
        "nitf",
        "<nitf><body><body.head><hedline><hl1>{title}</hl1></hedline></body.head>\
         <body.content>{text}</body.content></body></nitf>",
    ),
    (
        "rdf",
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns=\"http://purl.org/rss/1.0/\"><item><title>{title}</title>\
         <description>{text}</description></item></rdf:RDF>",
    ),
    (
        "rss",
        "<rss version=\"2.0\"><channel><item><title>{title}</title>\
         <description>{text}</description></item></channel></rss>",
    ),
];

#[test]
fn tags_of_any_depth_are_refused() {
    let desk = Desk::empty();
    let deep = format!("{}x{}", "<b>".repeat(100_000), "</b>".repeat(100_000));
    for (name, file) in XML {
        let file = file.replace("{title}", "Deep").replace("{text}", &deep);
        desk.write(&format!("in/{name}.xml"), file);
    }
    let ran = desk.run(&["ingest", "in"]);
    ran.exits(2);
    let failures = desk.ok(&["failures"]).stdout;
    for (name, _) in XML {
        let line = failures
            .lines()
            .find(|line| line.contains(&format!("in/{name}.xml: record 1")));
        let line = line.unwrap_or_else(|| panic!("{name}: {failures}"));
        let reason = "elements are nested more than 200 deep";
        assert!(line.ends_with(reason), "{line}");
    }
    assert_eq!(failures.lines().count(), XML.len());
}

#[test]
fn entities_are_never_expanded() {
    let desk = Desk::empty();
    let laughs =
        "<!ENTITY a \"ha\">".to_owned() + &"<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">".repeat(20);
    for (name, file) in XML {
        let title = format!("A laugh in {name}: &b;");
        let more = "<p>More &b; of it.</p>";
        let file = file.replace("{title}", &title).replace("{text}", more);
        let file = format!("<?xml version=\"1.0\"?><!DOCTYPE x [{laughs}]>{file}");
        desk.write(&format!("in/{name}.xml"), file);
    }
    let ran = desk.ingest(&["in"]);
    assert_eq!(ran.totals(), "6 records = 6 added");
    let rows = desk.ok(&["search", "laugh", "--format", "jsonl"]).rows();
    let titles = rows.iter().map(|hit| text(&hit["title"])).collect();
    let expected = XML.map(|(name, _)| format!("A laugh in {name}: &b;"));
    assert_eq!(sorted(titles), sorted(expected.to_vec()));
}

#[test]
fn members_that_point_out_of_the_archive_are_labels() {
    let desk = Desk::empty();
    let text = b"An escape\n\nNobody got out of the archive.\n";
    let mut header = [0; 512];
    let name = b"../../../escaped.txt";
    header[..name.len()].copy_from_slice(name);
    header[124..136].copy_from_slice(format!("{:011o}\0", text.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = b'0';
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = [&header[..], text].concat();
    archive.resize(2_048, 0);
    desk.write("in/deep/m.tar", archive);
    desk.ingest(&["in"]);
    assert_eq!(
        desk.ids(&["escape"]),
        ["in/deep/m.tar!../../../escaped.txt"]
    );
    let is_written = ["escaped.txt", "in/escaped.txt"]
        .iter()
        .any(|name| desk.path(name).exists());
    assert!(!is_written);
}
