//! `newsdex entities network`.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use serde_json::json;

use super::super::args::open_output;
use super::super::table::{Separator, write_row};
use super::super::{Globals, Status};
use super::{KindArg, everything, find, kind_word, open, write_json};
use crate::article::Kind;
use crate::index::{CompanyOptions, Network};

/// Export who appears with whom around one entity
///
/// The entity, the people and organizations that it appears with most strongly, and in
/// how many articles any two of them appear together. GEXF opens in Gephi, networkx
/// and their like.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The organization in the middle
    #[arg(long, value_name = "NAME", group = "middle")]
    org: Option<String>,
    /// The person in the middle
    #[arg(long, value_name = "NAME", group = "middle")]
    person: Option<String>,
    /// The place in the middle
    #[arg(long, value_name = "NAME", group = "middle")]
    place: Option<String>,
    /// How many people and how many organizations around it
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 30)]
    limit: usize,
    /// In how many articles they must appear with it
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    min_together: u64,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "gexf")]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// XML for graph programs.
    Gexf,
    /// Nodes and edges as two lists.
    Json,
    /// A row an edge.
    Csv,
}

impl Args {
    pub(super) fn run(&self, globals: &Globals) -> anyhow::Result<Status> {
        let (_, snapshot) = open(globals)?;
        let middle = [
            (&self.org, KindArg::Organization),
            (&self.person, KindArg::Person),
            (&self.place, KindArg::Place),
        ];
        let middle = middle
            .into_iter()
            .find_map(|(name, kind)| Some((name.as_ref()?, kind)));
        let Some((name, kind)) = middle else {
            bail!("say who is in the middle with --org, --person or --place");
        };
        let kind = Kind::from(kind);
        let named = find(&snapshot, name, Some(kind))?;
        if named.kind != kind {
            bail!("{:?} is a {}", named.name, kind_word(named.kind));
        }
        let options = CompanyOptions {
            limit: self.limit,
            min_together: self.min_together.max(1),
        };
        let network = snapshot.network(&everything(), kind, &named.name, options)?;
        let mut out = open_output(self.output.as_ref())?;
        match self.format {
            Format::Gexf => write_gexf(&mut out, &network)?,
            Format::Json => write_json(&mut out, &reply(&network))?,
            Format::Csv => write_csv(&mut out, &network)?,
        }
        out.flush()?;
        Ok(match network.edges.is_empty() {
            true => Status::Nothing,
            false => Status::Success,
        })
    }
}

fn write_gexf(out: &mut impl Write, network: &Network) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<gexf xmlns="http://gexf.net/1.3" version="1.3">"#)?;
    writeln!(out, r#"  <graph defaultedgetype="undirected">"#)?;
    writeln!(out, r#"    <attributes class="node">"#)?;
    writeln!(
        out,
        r#"      <attribute id="kind" title="kind" type="string"/>"#
    )?;
    writeln!(
        out,
        r#"      <attribute id="articles" title="articles" type="integer"/>"#
    )?;
    writeln!(out, "    </attributes>\n    <nodes>")?;
    for (at, node) in network.nodes.iter().enumerate() {
        let label = escaped(&node.name);
        writeln!(out, r#"      <node id="{at}" label="{label}">"#)?;
        writeln!(out, "        <attvalues>")?;
        let kind = kind_word(node.kind);
        writeln!(out, r#"          <attvalue for="kind" value="{kind}"/>"#)?;
        let articles = node.articles;
        writeln!(
            out,
            r#"          <attvalue for="articles" value="{articles}"/>"#
        )?;
        writeln!(out, "        </attvalues>\n      </node>")?;
    }
    writeln!(out, "    </nodes>\n    <edges>")?;
    for (at, (a, b, together)) in network.edges.iter().enumerate() {
        writeln!(
            out,
            r#"      <edge id="{at}" source="{a}" target="{b}" weight="{together}"/>"#
        )?;
    }
    writeln!(out, "    </edges>\n  </graph>\n</gexf>")
}

/// Returns `text` as the value of an XML attribute; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn reply(network: &Network) -> serde_json::Value {
    let nodes = network.nodes.iter().map(|node| {
        json!({ "kind": kind_word(node.kind), "name": node.name, "articles": node.articles })
    });
    let name = |at: usize| network.nodes.get(at).map(|node| node.name.as_str());
    let edges = network.edges.iter().map(|(a, b, together)| {
        json!({ "source": a, "target": b, "names": [name(*a), name(*b)], "together": together })
    });
    json!({ "nodes": nodes.collect::<Vec<_>>(), "edges": edges.collect::<Vec<_>>() })
}

fn write_csv(out: &mut impl Write, network: &Network) -> io::Result<()> {
    let head = ["source", "source_kind", "target", "target_kind", "together"];
    write_row(out, &head.map(str::to_owned), Separator::Comma)?;
    for (a, b, together) in &network.edges {
        let (Some(a), Some(b)) = (network.nodes.get(*a), network.nodes.get(*b)) else {
            continue;
        };
        let cells = [
            a.name.clone(),
            kind_word(a.kind).to_owned(),
            b.name.clone(),
            kind_word(b.kind).to_owned(),
            together.to_string(),
        ];
        write_row(out, &cells, Separator::Comma)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_xml() {
        assert_eq!(
            escaped("A&B <\"C\">\u{1}"),
            "A&amp;B &lt;&quot;C&quot;&gt; "
        );
    }
}
