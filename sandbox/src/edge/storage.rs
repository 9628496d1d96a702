//! The object's `SQLite`: one row for the service, one for each run, and files in pieces.
//!
//! `SQLite` rather than KV: it is consistent, follows the sandbox's clock instead of the machine's,
//! and a run and its outputs are written together.

use serde::Deserialize;
use worker::{Error, Result, SqlStorage, SqlStorageValue, State};

use crate::id::PredictionId;
use crate::run::Run;
use crate::service::Service;

/// A row may hold 2 MB.
const PIECE_BYTES: usize = 1 << 20;

/// The object's tables.
pub struct Storage {
    sql: SqlStorage,
}

/// The kind of a stored file.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A picture that came with a request, until its run is over.
    Input,
    /// An output, until it expires.
    Output,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Length {
    bytes: Option<f64>,
}

impl Storage {
    /// Opens the tables.
    pub fn open(state: &State) -> Result<Self> {
        let sql = state.storage().sql();
        sql.exec("CREATE TABLE IF NOT EXISTS service (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL)", None)?;
        sql.exec(
            "CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, text TEXT NOT NULL)",
            None,
        )?;
        sql.exec(
            "CREATE TABLE IF NOT EXISTS files (run TEXT, kind TEXT, name TEXT, piece INTEGER, bytes BLOB NOT NULL, \
             PRIMARY KEY (run, kind, name, piece))",
            None,
        )?;
        Ok(Self { sql })
    }

    /// The service without its runs.
    pub fn service(&self) -> Result<Option<Service>> {
        let rows: Vec<Text> = self.sql.exec("SELECT text FROM service", None)?.to_array()?;
        rows.first().map(|row| parsed(&row.text)).transpose()
    }

    /// Every run.
    pub fn runs(&self) -> Result<Vec<Run>> {
        let rows: Vec<Text> = self.sql.exec("SELECT text FROM runs", None)?.to_array()?;
        rows.iter().map(|row| parsed(&row.text)).collect()
    }

    /// Stores the service and the runs that changed.
    pub fn save(&self, service: &mut Service) -> Result<()> {
        for run in service.take_changed() {
            let values = vec![run.id.as_str().into(), text(run)?.into()];
            self.sql.exec("INSERT OR REPLACE INTO runs VALUES (?, ?)", values)?;
        }
        self.sql
            .exec("INSERT OR REPLACE INTO service VALUES (1, ?)", vec![text(service)?.into()])?;
        Ok(())
    }

    /// Stores a file.
    pub fn put(&self, run: &PredictionId, kind: Kind, name: &str, bytes: &[u8]) -> Result<()> {
        for (piece, bytes) in (0_i32..).zip(bytes.chunks(PIECE_BYTES)) {
            let values = vec![
                run.as_str().into(),
                kind.name().into(),
                name.into(),
                piece.into(),
                bytes.to_vec().into(),
            ];
            self.sql.exec("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", values)?;
        }
        Ok(())
    }

    /// A file's length in bytes, if there is one.
    pub fn length(&self, run: &PredictionId, kind: Kind, name: &str) -> Result<Option<u64>> {
        let query =
            "SELECT SUM(LENGTH(bytes)) AS bytes FROM files WHERE run = ? AND kind = ? AND name = ?";
        let values = vec![run.as_str().into(), kind.name().into(), name.into()];
        let rows: Vec<Length> = self.sql.exec(query, values)?.to_array()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length, exact in f64"
        )]
        let length = rows.first().and_then(|row| row.bytes).map(|bytes| bytes as u64);
        Ok(length)
    }

    /// A part of a file, its last byte included. Only the pieces it is in are read.
    pub fn part(
        &self,
        run: &PredictionId,
        kind: Kind,
        name: &str,
        first: u64,
        last: u64,
    ) -> Result<Vec<u8>> {
        let piece_of = |byte: u64| i64::try_from(byte / PIECE_BYTES as u64).unwrap_or(i64::MAX);
        let query = "SELECT bytes FROM files WHERE run = ? AND kind = ? AND name = ? AND piece BETWEEN ? AND ? ORDER BY piece";
        let values = vec![
            run.as_str().into(),
            kind.name().into(),
            name.into(),
            piece_of(first).into(),
            piece_of(last).into(),
        ];
        let mut bytes = Vec::new();
        for row in self.sql.exec(query, values)?.raw() {
            for value in row? {
                if let SqlStorageValue::Blob(piece) = value {
                    bytes.extend_from_slice(&piece);
                }
            }
        }
        let skip = usize::try_from(first % PIECE_BYTES as u64).unwrap_or(0);
        let take = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        bytes.drain(..skip.min(bytes.len()));
        bytes.truncate(take);
        Ok(bytes)
    }

    /// A whole file.
    pub fn file(&self, run: &PredictionId, kind: Kind, name: &str) -> Result<Option<Vec<u8>>> {
        match self.length(run, kind, name)? {
            None | Some(0) => Ok(None),
            Some(length) => self.part(run, kind, name, 0, length - 1).map(Some),
        }
    }

    /// Deletes a run's files of one kind.
    pub fn delete_files(&self, run: &PredictionId, kind: Kind) -> Result<()> {
        self.sql.exec(
            "DELETE FROM files WHERE run = ? AND kind = ?",
            vec![run.as_str().into(), kind.name().into()],
        )?;
        Ok(())
    }

    /// Deletes a run and its files.
    pub fn delete_run(&self, run: &PredictionId) -> Result<()> {
        self.sql.exec("DELETE FROM files WHERE run = ?", vec![run.as_str().into()])?;
        self.sql.exec("DELETE FROM runs WHERE id = ?", vec![run.as_str().into()])?;
        Ok(())
    }

    /// Deletes everything.
    pub fn clear(&self) -> Result<()> {
        for table in ["DELETE FROM files", "DELETE FROM runs", "DELETE FROM service"] {
            self.sql.exec(table, None)?;
        }
        Ok(())
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::from(error.to_string()))
}

fn text<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from(error.to_string()))
}
