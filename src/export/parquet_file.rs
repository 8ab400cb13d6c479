//! Writes Parquet: strings, whole numbers and lists of strings, in groups of rows, so that
//! only a group is held in memory.
//!
//! Lists have the three levels that the format's specification prescribes; their values
//! need a definition level of 1 and a repetition level of 1 for all but the first.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::columns::{Column, Form, Value};
use crate::index::Hit;

/// Rows in a group (chosen: ten megabytes of news).
const GROUP_ROWS: usize = 4_000;

/// A file under way.
pub(super) struct ParquetFile<'a, W: Write + Send> {
    writer: SerializedFileWriter<&'a mut W>,
    columns: &'a [Column],
    /// The values of the rows that wait, by column.
    waiting: Vec<Vec<Value>>,
}

impl<'a, W: Write + Send> ParquetFile<'a, W> {
    pub(super) fn begin(columns: &'a [Column], out: &'a mut W) -> io::Result<ParquetFile<'a, W>> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("newsdex {}", env!("CARGO_PKG_VERSION")))
            .build();
        let schema = schema(columns).map_err(other)?;
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties));
        Ok(ParquetFile {
            writer: writer.map_err(other)?,
            columns,
            waiting: vec![Vec::new(); columns.len()],
        })
    }

    pub(super) fn add(&mut self, hit: &Hit) -> io::Result<()> {
        for (column, values) in self.columns.iter().zip(&mut self.waiting) {
            values.push(column.of(hit));
        }
        match self
            .waiting
            .first()
            .is_some_and(|values| values.len() >= GROUP_ROWS)
        {
            true => self.write_group(),
            false => Ok(()),
        }
    }

    fn write_group(&mut self) -> io::Result<()> {
        if self.waiting.first().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(other)?;
        for values in &mut self.waiting {
            let mut column = group
                .next_column()
                .map_err(other)?
                .ok_or_else(|| io::Error::other("a column is missing"))?;
            write_values(&mut column, std::mem::take(values)).map_err(other)?;
            column.close().map_err(other)?;
        }
        group.close().map_err(other)?;
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.write_group()?;
        self.writer.close().map_err(other)?;
        Ok(())
    }
}

fn write_values(
    column: &mut SerializedColumnWriter<'_>,
    values: Vec<Value>,
) -> Result<(), ParquetError> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let (mut defined, mut repeated) = (Vec::new(), Vec::new());
    let mut has_lists = false;
    for value in values {
        match value {
            Value::Text(text) => {
                defined.push(i16::from(text.is_some()));
                texts.extend(text.map(|text| ByteArray::from(text.into_bytes())));
            }
            Value::Number(number) => {
                defined.push(i16::from(number.is_some()));
                numbers.extend(number);
            }
            Value::List(list) => {
                has_lists = true;
                if list.is_empty() {
                    defined.push(0);
                    repeated.push(0);
                }
                for (at, text) in list.into_iter().enumerate() {
                    defined.push(1);
                    repeated.push(i16::from(at > 0));
                    texts.push(ByteArray::from(text.into_bytes()));
                }
            }
        }
    }
    let repeated = has_lists.then_some(repeated.as_slice());
    match numbers.is_empty()
        && !matches!(
            column.untyped(),
            parquet::column::writer::ColumnWriter::Int64ColumnWriter(_)
        ) {
        true => column
            .typed::<ByteArrayType>()
            .write_batch(&texts, Some(&defined), repeated)?,
        false => column
            .typed::<Int64Type>()
            .write_batch(&numbers, Some(&defined), repeated)?,
    };
    Ok(())
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> = columns
        .iter()
        .map(|column| field(column.name(), column.form()).map(Arc::new))
        .collect();
    let schema = Type::group_type_builder("articles").with_fields(fields?);
    Ok(Arc::new(schema.build()?))
}

fn field(name: &str, form: Form) -> Result<Type, ParquetError> {
    let text = |name: &str, repetition: Repetition| {
        Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_repetition(repetition)
            .build()
    };
    match form {
        Form::Text => text(name, Repetition::OPTIONAL),
        Form::Number => Type::primitive_type_builder(name, PhysicalType::INT64)
            .with_repetition(Repetition::OPTIONAL)
            .build(),
        Form::List => {
            let element = Arc::new(text("element", Repetition::REQUIRED)?);
            let list = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![element])
                .build()?;
            Type::group_type_builder(name)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::List))
                .with_fields(vec![Arc::new(list)])
                .build()
        }
    }
}

fn other(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}
