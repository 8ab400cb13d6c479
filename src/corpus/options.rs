//! How files are to be read: the format, names of fields, values for what is missing.

use super::fields::Field;
use super::formats::Format;
use crate::article::DateRules;

/// How files are to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The format of every file; told from each file if `None`.
    pub input_format: Option<Format>,
    /// Where records keep their fields, beside the usual names.
    pub map: FieldMap,
    /// Values for fields that a record lacks.
    pub set: Vec<(Field, String)>,
    /// Longer records are not read.
    pub max_record_bytes: usize,
    /// How much one file may unpack to.
    pub unpack: UnpackLimits,
    /// How dates are read that do not say all of it themselves.
    pub dates: DateRules,
}

/// How much one file may unpack to; what goes beyond is reported and not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnpackLimits {
    /// In all, over all layers.
    pub total_bytes: u64,
    /// For each byte of the file.
    pub ratio: u64,
    /// What it may unpack to whatever its size.
    pub free_bytes: u64,
}

impl Default for UnpackLimits {
    fn default() -> UnpackLimits {
        // Chosen: news shrinks to a third or a tenth, tables of it to a fiftieth, bombs
        // to a thousandth and less.
        UnpackLimits {
            total_bytes: 1 << 38,
            ratio: 200,
            free_bytes: 64 << 20,
        }
    }
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        // Chosen: ten times the longest newspaper edition as one text.
        let max_record_bytes = 32 << 20;
        ReadOptions {
            input_format: None,
            map: FieldMap::default(),
            set: Vec::new(),
            max_record_bytes,
            unpack: UnpackLimits::default(),
            dates: DateRules::default(),
        }
    }
}

impl ReadOptions {
    /// Returns a text that is the same only for options that read the same.
    pub fn fingerprint(&self) -> String {
        format!(
            "{:?} {:?} {:?} {} {:?} {:?}",
            self.input_format, self.map, self.set, self.max_record_bytes, self.unpack, self.dates
        )
    }
}

/// Names that a corpus has for our fields; dots lead into nested objects.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FieldMap(Vec<(Field, String)>);

impl FieldMap {
    /// Reads `field=name` pairs, several in one text kept apart by commas.
    ///
    /// # Errors
    ///
    /// An unknown field, or something that is no pair.
    pub fn parse(texts: &[String]) -> Result<FieldMap, OptionError> {
        let pairs = texts.iter().flat_map(|text| text.split(','));
        pairs
            .map(parse_pair)
            .collect::<Result<_, _>>()
            .map(FieldMap)
    }

    /// Returns true if no names were given.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names given for `field`, in the order given.
    pub(super) fn names(&self, field: Field) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(mapped, _)| *mapped == field)
            .map(|(_, name)| name.as_str())
    }
}

/// Reads `field=value` texts.
///
/// # Errors
///
/// An unknown field, or something that is no pair.
pub fn parse_set(texts: &[String]) -> Result<Vec<(Field, String)>, OptionError> {
    texts.iter().map(|text| parse_pair(text)).collect()
}

fn parse_pair(text: &str) -> Result<(Field, String), OptionError> {
    let Some((field, value)) = text.split_once('=') else {
        return Err(OptionError::NoPair(text.to_owned()));
    };
    let (field, value) = (field.trim(), value.trim());
    if value.is_empty() {
        return Err(OptionError::NoPair(text.to_owned()));
    }
    match Field::from_name(field) {
        Some(field) => Ok((field, value.to_owned())),
        None => Err(OptionError::UnknownField(field.to_owned())),
    }
}

/// Why an option cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OptionError {
    /// Not of the form `field=value`.
    #[error("{0:?} is not of the form field=value")]
    NoPair(String),
    /// No field has that name.
    #[error("there is no field {name:?}; fields are {known}", name = .0, known = Field::list())]
    UnknownField(String),
    /// Not a pattern.
    #[error("{0:?} is no file pattern")]
    Pattern(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_checked() {
        let map = FieldMap::parse(&["title=headline,body=content.text".into()]).unwrap();
        assert_eq!(map.names(Field::Body).collect::<Vec<_>>(), ["content.text"]);
        let error = FieldMap::parse(&["titel=x".into()])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("there is no field \"titel\"; fields are id, title, body"),
            "{error}"
        );
        assert!(parse_set(&["source".into()]).is_err());
        assert_eq!(
            parse_set(&["source=A = B".into()]).unwrap(),
            [(Field::Source, "A = B".to_owned())]
        );
    }
}
