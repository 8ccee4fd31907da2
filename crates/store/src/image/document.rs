//! What an image says, to be compared: as one number, and as a document. Invariant: the document holds nothing that is secret.

use super::Image;
use crate::changes::each_row;
use crate::error::StoreError;
use crate::row::{Model, Row};
use crate::table::cursor::Cursor;
use ring::digest::{Context, SHA256};
use sea_orm::{EntityTrait, IdenStatic, Iterable, ModelTrait};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What the names of secrets contain.
const SECRETS: [&str; 7] = ["password", "secret", "token", "hash", "salt", "signing", "private"];

/// Where that stands what is set of a thing that may be a secret: of a property of a product, or an entry of metadata.
const SET: [&str; 3] = ["value", "values", "default"];

/// What stands in place of a secret.
const STRUCK: &str = "***";

impl Image {
    /// What tells two images apart: equal for equal ones. How far messages were delivered does not count.
    ///
    /// # Errors
    /// When a row cannot be written as one.
    pub fn digest(&self) -> Result<String, StoreError> {
        let mut context = Context::new(&SHA256);
        let mut take = |text: String| context.update(format!("{}:{text}", text.len()).as_bytes());
        each_row!(R => if R::TABLE != Cursor::TABLE {
            for put in R::delta(&self.rows).values().flatten() {
                take(format!("{} {:?}", R::TABLE, put.row.encode()?));
            }
        });
        take(format!("{:?}", self.counters));
        Ok(format!("sha256:{}", hex(context.finish().as_ref())))
    }

    /// What tells the files of objects from others: their names and bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn digest_of_files(&self) -> Result<String, StoreError> {
        let files = self.files.clone();
        let read =
            tokio::task::spawn_blocking(move || digest_below(&files)).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        read.map_err(|source| StoreError::Io { path: self.files.clone(), source })
    }

    /// The objects, tasks, blocking tasks, settings and so on as one JSON document: by table and key, without what is secret.
    ///
    /// # Errors
    /// When a row cannot be written as one.
    pub fn document(&self) -> Result<Value, StoreError> {
        let mut tables = Map::new();
        each_row!(R => if R::TABLE != Cursor::TABLE {
            let mut rows = Map::new();
            for put in R::delta(&self.rows).values().flatten() {
                let (name, mut row) = (format!("{:?}", put.row.key()).replace('"', ""), json::<R>(&put.row.encode()?));
                if is_secret(&name) {
                    row["body"] = STRUCK.into();
                }
                mask(&mut row);
                rows.insert(name, row);
            }
            tables.insert(R::TABLE.to_owned(), Value::Object(rows));
        });
        Ok(Value::Object(tables))
    }
}

fn digest_below(dir: &Path) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    for object in sorted(dir)? {
        for file in sorted(&object)? {
            let (name, mut bytes) = (file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().into_owned(), File::open(&file)?);
            context.update(format!("{}:{name}{}:", name.len(), bytes.metadata()?.len()).as_bytes());
            let mut piece = vec![0; 1 << 16];
            loop {
                match bytes.read(&mut piece)? {
                    0 => break,
                    read => context.update(&piece[..read]),
                }
            }
        }
    }
    Ok(format!("sha256:{}", hex(context.finish().as_ref())))
}

/// What is in a directory, by name; nothing in one that is not there.
fn sorted(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// A row as JSON: its columns, and in place of texts that are JSON what they say.
fn json<R: Row>(model: &Model<R>) -> Value {
    let column = |column: <R::Orm as EntityTrait>::Column| (column.as_str().to_owned(), value(model.get(column)));
    Value::Object(<R::Orm as EntityTrait>::Column::iter().map(column).collect())
}

fn value(value: sea_orm::Value) -> Value {
    use sea_orm::Value as Sql;
    match value {
        Sql::Bool(value) => value.into(),
        Sql::Int(value) => value.into(),
        Sql::BigInt(value) => value.into(),
        Sql::Uuid(value) => value.map(|id| id.to_string()).into(),
        Sql::String(value) => value.map_or(Value::Null, |text| match serde_json::from_str(&text) {
            Ok(document @ (Value::Object(_) | Value::Array(_))) => document,
            _ => text.into(),
        }),
        _ => Value::Null,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// Strikes out what is secret: by its name, or as what is set of a thing that is a password or has such a key.
fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_password = fields.get("password") == Some(&Value::Bool(true));
            if is_password || fields.get("key").and_then(Value::as_str).is_some_and(is_secret) {
                let set = fields.iter_mut().filter(|(name, value)| SET.contains(&name.as_str()) && !value.is_null());
                set.for_each(|(_, value)| *value = STRUCK.into());
            }
            mask_named(fields);
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn mask_named(fields: &mut Map<String, Value>) {
    fields.iter_mut().for_each(|(name, value)| {
        if is_secret(name) && !value.is_boolean() && !value.is_number() {
            *value = STRUCK.into();
        } else {
            mask(value);
        }
    });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
