//! `newsdex names`: train, measure, apply and inspect models of names.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::Status;
use crate::names::columns::{DOCUMENT_START, TaggedText};
use crate::names::scoring::{self, Counts, SCORED};
use crate::names::training::{self, Settings, TrainingFile};
use crate::names::{Source, Tagger, attribution};

/// Train, measure and apply models of names
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Train(TrainArgs),
    Evaluate(EvaluateArgs),
    Tag(TagArgs),
    Info(InfoArgs),
}

/// Train a model on tagged text
///
/// The same files, settings and seed give the same model, byte for byte. A set
/// has one token a line, its tag after a tab (O, or B- and I- with PER, ORG, LOC,
/// MISC), an empty line after each sentence and -DOCSTART- before each document.
#[derive(Debug, clap::Args)]
struct TrainArgs {
    /// More sets to train on
    files: Vec<PathBuf>,
    /// Train on DIR/train/*.tsv with the lists of names in DIR/gazetteers/*.txt
    #[arg(long, value_name = "DIR", required_unless_present = "files")]
    data: Option<PathBuf>,
    /// Labels that another model gave to the words of a set of the same name
    ///
    /// One letter for each word of a name (P, O, L, M for the first word of a
    /// person, organization, place or other name, small for the words that follow)
    /// and a number for the words between, after a line `# set CHECKSUM` with the
    /// BLAKE3 checksum of the set. What both say counts. A folder stands for its
    /// files that end in `.labels`.
    #[arg(long, value_name = "PATH")]
    labels: Vec<PathBuf>,
    /// Write the model to FILE
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The language of the sets
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,
    /// Begin the generator of pseudo-random numbers with SEED
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Go through the sets COUNT times
    #[arg(long, value_name = "COUNT", default_value_t = Settings::default().rounds)]
    rounds: usize,
}

/// Measure a model on tagged text
///
/// Prints precision, recall and F1 of strict spans, and of each document's set
/// of distinct names, for people, organizations and places.
#[derive(Debug, clap::Args)]
struct EvaluateArgs {
    /// Sets with the right tags
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
}

/// Tag tokens from standard input
///
/// Reads one token a line (what follows a tab is ignored), an empty line after
/// each sentence, -DOCSTART- before each document. Writes the same lines with a
/// tab and the tag.
#[derive(Debug, clap::Args)]
struct TagArgs {
    #[command(flatten)]
    model: ModelArgs,
}

/// Show what a model was trained on
#[derive(Debug, clap::Args)]
struct InfoArgs {
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, clap::Args)]
struct ModelArgs {
    /// Use the model in FILE instead of the built-in one
    #[arg(long = "names-model", value_name = "FILE")]
    names_model: Option<PathBuf>,
}

impl ModelArgs {
    fn with_tagger<T>(&self, act: impl FnOnce(&Tagger) -> anyhow::Result<T>) -> anyhow::Result<T> {
        match &self.names_model {
            None => act(Tagger::built_in()),
            Some(path) => {
                let bytes =
                    fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                let tagger = Tagger::from_bytes(&bytes)
                    .with_context(|| format!("cannot use names model {}", path.display()))?;
                act(&tagger)
            }
        }
    }
}

impl Args {
    pub(super) fn run(&self) -> anyhow::Result<Status> {
        run(self).map(|()| Status::Success)
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    match &args.command {
        Command::Train(args) => train(args),
        Command::Evaluate(args) => evaluate(args),
        Command::Tag(args) => args.model.with_tagger(|tagger| {
            tag(
                tagger,
                &mut io::stdin().lock(),
                &mut io::BufWriter::new(io::stdout().lock()),
            )
        }),
        Command::Info(args) => args.model.with_tagger(info),
    }
}

fn train(args: &TrainArgs) -> anyhow::Result<()> {
    let (mut sets, mut lists, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(folder) = &args.data {
        for path in files_with_ending(&folder.join("train"), "tsv")? {
            sets.push(read(&path, &mut sources)?);
        }
        for path in files_with_ending(&folder.join("gazetteers"), "txt")? {
            lists.push(read(&path, &mut sources)?);
        }
    }
    for path in &args.files {
        sets.push(read(path, &mut sources)?);
    }
    let mut labels = Vec::new();
    for path in &args.labels {
        let files = match path.is_dir() {
            true => files_with_ending(path, "labels")?,
            false => vec![path.clone()],
        };
        for file in files {
            labels.push(read(&file, &mut sources)?);
        }
    }
    let settings = Settings {
        language: args.language.clone(),
        seed: args.seed,
        rounds: args.rounds,
        ..Settings::default()
    };
    let mut errors = io::stderr().lock();
    let tagger = training::train(&sets, &labels, &lists, sources, &settings, |step| {
        // Progress is a courtesy: a closed standard error must not stop the training.
        let _ = writeln!(errors, "{step}");
    })?;
    let bytes = tagger.to_bytes();
    fs::write(&args.output, &bytes)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    writeln!(
        io::stdout(),
        "{}  {}",
        tagger.checksum(),
        args.output.display()
    )?;
    Ok(())
}

/// Returns the files of `folder` with `ending`, sorted by name.
fn files_with_ending(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read {}", folder.display()))?
            .path();
        if path.extension().is_some_and(|found| found == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads a file to train on and notes its name, checksum and licence.
fn read(path: &Path, sources: &mut Vec<Source>) -> anyhow::Result<TrainingFile> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file_name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    sources.push(Source {
        checksum: blake3::hash(text.as_bytes()).to_string(),
        licence: attribution(&file_name).unwrap_or("not stated").to_owned(),
        name: file_name,
    });
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(TrainingFile { name, text })
}

fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    args.model.with_tagger(|tagger| {
        let mut out = io::stdout().lock();
        writeln!(out, "file\tlevel\tclass\tP\tR\tF1\tgold\tpred\tcorrect")?;
        for path in &args.files {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let gold = TaggedText::parse(&text)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let scores = scoring::evaluate(&gold, tagger);
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            for (level, counts) in [("span", scores.spans), ("document", scores.names)] {
                let mut all = Counts::default();
                for (class, counts) in SCORED.iter().zip(counts) {
                    write_counts(&mut out, &name, level, class.code(), counts)?;
                    all = all.plus(counts);
                }
                write_counts(&mut out, &name, level, "all", all)?;
            }
        }
        Ok(())
    })
}

fn write_counts(
    out: &mut impl Write,
    file: &str,
    level: &str,
    class: &str,
    counts: Counts,
) -> io::Result<()> {
    let Counts { gold, found, right } = counts;
    let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
    writeln!(
        out,
        "{file}\t{level}\t{class}\t{precision:.4}\t{recall:.4}\t{f1:.4}\t{gold}\t{found}\t{right}"
    )
}

/// Tags the tokens of `input` document by document; bytes that are not UTF-8
/// pass through unharmed.
fn tag(tagger: &Tagger, input: &mut impl BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = input
            .read_until(b'\n', &mut line)
            .context("cannot read standard input")?;
        let starts_document = line.starts_with(DOCUMENT_START.as_bytes());
        if read == 0 || starts_document {
            tag_document(tagger, &lines, out)?;
            lines.clear();
        }
        if read == 0 {
            break;
        }
        lines.push(line);
    }
    out.flush()?;
    Ok(())
}

fn tag_document(tagger: &Tagger, lines: &[Vec<u8>], out: &mut impl Write) -> anyhow::Result<()> {
    let lines: Vec<(&[u8], &[u8])> = lines.iter().map(|line| split_end(line)).collect();
    let is_token =
        |line: &[u8]| !line.trim_ascii().is_empty() && !line.starts_with(DOCUMENT_START.as_bytes());
    let tokens: Vec<_> = lines
        .iter()
        .map(|(line, _)| String::from_utf8_lossy(token_of(line)))
        .collect();
    let mut sentences: Vec<Vec<&str>> = vec![Vec::new()];
    for ((line, _), token) in lines.iter().zip(&tokens) {
        if is_token(line) {
            if let Some(sentence) = sentences.last_mut() {
                sentence.push(token);
            }
        } else if sentences
            .last()
            .is_some_and(|sentence| !sentence.is_empty())
        {
            sentences.push(Vec::new());
        }
    }
    let tags = tagger.tag(&sentences);
    let mut tags = tags.iter().flatten();
    for (line, end) in lines {
        if is_token(line) {
            let Some(tag) = tags.next() else {
                bail!("cannot tag a line twice")
            };
            out.write_all(token_of(line))?;
            write!(out, "\t{tag}")?;
        } else {
            out.write_all(line)?;
        }
        out.write_all(end)?;
    }
    Ok(())
}

/// Splits a line from the characters that end it.
fn split_end(line: &[u8]) -> (&[u8], &[u8]) {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    line.split_at(text.len())
}

fn token_of(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == b'\t').next().unwrap_or_default()
}

fn info(tagger: &Tagger) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let info = tagger.info();
    writeln!(out, "checksum  {}", tagger.checksum())?;
    writeln!(out, "language  {}", info.language)?;
    writeln!(out, "features  {}", tagger.features())?;
    writeln!(out, "names     {}", tagger.listed_names())?;
    for (name, value) in &info.settings {
        writeln!(out, "{name:9} {value}")?;
    }
    writeln!(out, "trained on")?;
    for Source {
        name,
        checksum,
        licence,
    } in &info.sources
    {
        writeln!(out, "  {name}  {checksum}\n    {licence}")?;
    }
    Ok(())
}
