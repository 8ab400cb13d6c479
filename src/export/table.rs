//! Rows of tables for spreadsheets.
//!
//! Quoting follows RFC 4180. A cell that a spreadsheet would take for a formula gets
//! an apostrophe in front, since articles come from anywhere.

use std::io::{self, Write};

/// What stands between cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Separator {
    Comma,
    Tab,
}

/// Writes one row, quoted and made safe for spreadsheets.
pub(crate) fn write_row(
    out: &mut impl Write,
    cells: &[String],
    separator: Separator,
) -> io::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        let cell = disarmed(cell);
        match separator {
            Separator::Comma => {
                let comma = if at > 0 { "," } else { "" };
                write!(out, "{comma}{}", quoted(&cell))?;
            }
            Separator::Tab => {
                let tab = if at > 0 { "\t" } else { "" };
                write!(out, "{tab}{}", cell.replace(['\t', '\n', '\r'], " "))?;
            }
        }
    }
    write!(
        out,
        "{}",
        if separator == Separator::Comma {
            "\r\n"
        } else {
            "\n"
        }
    )
}

fn disarmed(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) || cell != cell.trim() {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(separator: Separator, cells: &[&str], expected: &str) {
        let cells: Vec<String> = cells.iter().map(|cell| cell.to_string()).collect();
        let mut out = Vec::new();
        write_row(&mut out, &cells, separator).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn cells_survive_spreadsheets() {
        check(
            Separator::Comma,
            &["a", "b, \"c\"", "d\ne"],
            "a,\"b, \"\"c\"\"\",\"d\ne\"\r\n",
        );
        check(
            Separator::Comma,
            &["=1+1", "@x", "a=b"],
            "'=1+1,'@x,a=b\r\n",
        );
        check(Separator::Tab, &["a\tb", "c\nd"], "a b\tc d\n");
    }
}
