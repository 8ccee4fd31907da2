//! The whole database as a file beside it, and a database that becomes what such a file says. Invariant: an image shows one moment, and a
//! database either becomes all of it, in one commit, or stays as it is.

mod document;

use crate::blob::Keep;
use crate::changes::{Changes, Put, each_row};
use crate::db;
use crate::error::StoreError;
use crate::home::{BLOBS, DATABASE};
use crate::row::{Model, Row};
use crate::shared::Shared;
use crate::store::{Store, last_event};
use crate::table::cursor::Cursor;
use crate::table::meta::Counters;
use crate::table::setting::SettingRow;
use crate::tx::Tx;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement, TransactionTrait};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::clock::{Hand, Time};
use vcdsim_model::entity::Entity;
use vcdsim_model::family::settings::Setting;

/// What an image says, read and decoded.
#[derive(Debug)]
pub struct Image {
    rows: Changes,
    counters: Counters,
    last_event: i64,
    files: PathBuf,
    /// The files are those of a store that goes on.
    kept: Option<Arc<Keep>>,
}

/// What else a commit does that makes a database what an image says.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    /// The number of the image's last event.
    pub(crate) last_event: i64,
    /// Where the image's files are.
    pub(crate) files: PathBuf,
    _kept: Option<Arc<Keep>>,
}

/// Where a database stood before a command let it go on from where another one stood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    pub(crate) counters: Counters,
    pub(crate) now: Time,
    clock: Option<Hand>,
    ids: Option<u64>,
}

impl Before {
    pub(crate) fn of(shared: &Shared, counters: Counters, now: Time) -> Self {
        Self { counters, now, clock: shared.clock.mark(), ids: shared.ids.position() }
    }

    /// Lets the clock and the source of ids go on from there.
    pub(crate) fn bring_back(self, shared: &Shared) {
        if let Some(position) = self.ids {
            shared.ids.seek(position);
        }
        if let Some(hand) = self.clock {
            shared.clock.begin_anew(hand);
        }
    }
}

impl Image {
    /// Reads the image in a directory.
    ///
    /// # Errors
    /// What the file system or the database says, or which row cannot be read.
    pub async fn read(dir: &Path) -> Result<Self, StoreError> {
        let db = db::image(&dir.join(DATABASE)).await?;
        let read = Self::load(&db, dir.join(BLOBS), None).await;
        db.close_by_ref().await?;
        read
    }

    /// Where its clock stands; the machine's, if it says nothing.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn clock(&self) -> Result<Hand, StoreError> {
        let row = self.rows.of::<SettingRow>(&Hand::KEY.to_owned()).flatten();
        Ok(row.map(|row| row.get::<Hand>()).transpose()?.unwrap_or_default())
    }

    /// Lets its clock stand somewhere else.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn set_clock(&mut self, hand: Hand) -> Result<(), StoreError> {
        self.rows.put(SettingRow::new(&hand)?);
        Ok(())
    }

    /// Reads all tables at one moment, whatever is committed meanwhile.
    async fn load(db: &DatabaseConnection, files: PathBuf, kept: Option<Arc<Keep>>) -> Result<Self, StoreError> {
        let moment = db.begin().await?;
        let read = Self::of(&moment, files, kept).await;
        moment.rollback().await?;
        read
    }

    async fn of(db: &impl ConnectionTrait, files: PathBuf, kept: Option<Arc<Keep>>) -> Result<Self, StoreError> {
        let mut rows = Changes::default();
        each_row!(R => for model in stored::<R>(db).await? {
            rows.put::<R>(R::decode(model)?);
        });
        let (counters, last_event) = (Counters::load(db).await?, last_event(db).await?);
        Ok(Self { rows, counters, last_event, files, kept })
    }
}

impl Store {
    /// Writes an image of everything committed so far into an empty directory, which can be used as a data directory, too.
    ///
    /// # Errors
    /// What the file system or the database says.
    pub async fn save(&self, dir: &Path) -> Result<(), StoreError> {
        let shared = &self.0.shared;
        fs::create_dir_all(dir).map_err(io_error(dir))?;
        let to = dir.join(DATABASE);
        let _kept = shared.blobs.keep();
        // A connection of its own: the readers' may not write, and the writer's is in a transaction most of the time.
        let db = db::image(&shared.database).await?;
        let copied = db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), "VACUUM INTO ?", [text(&to).into()])).await;
        db.close_by_ref().await?;
        copied?;
        db::prepare(&to).await?;
        shared.blobs.copy_to(dir.join(BLOBS)).await
    }

    /// What is committed now, as an image would say.
    ///
    /// # Errors
    /// As [`Image::read`].
    pub async fn image(&self) -> Result<Image, StoreError> {
        let Shared { reader_db, blobs, .. } = &*self.0.shared;
        Image::load(reader_db, blobs.dir().to_owned(), Some(Arc::new(blobs.keep()))).await
    }
}

impl Changes {
    /// Notes of the objects that are changed what is needed to commit them: what they were, their kinds and unique names.
    fn note_objects(&mut self, before: &BTreeMap<Uuid, Arc<Entity>>) {
        let changed: Vec<_> = self.objects.iter().map(|(id, put)| (*id, put.as_ref().map(|put| Arc::clone(&put.row)))).collect();
        for (id, new) in changed {
            let old = before.get(&id);
            self.note_before(id, old);
            self.kinds.extend(old.into_iter().chain(&new).map(|object| object.head.kind));
            if old.is_some_and(|old| old.head.name_key().is_some()) {
                self.vacated.insert(id);
            }
            if let Some(key) = new.and_then(|new| new.head.name_key()) {
                self.names.insert(key, id);
            }
        }
    }
}

impl Tx<'_> {
    /// Makes everything as the image says, the clock and the source of ids with it: what is now is gone. Whatever the image had not yet
    /// delivered counts as delivered: a copy does not repeat what the original has told.
    ///
    /// # Errors
    /// Only a defect of the store.
    pub async fn restore(&mut self, image: Image) -> Result<(), Fault> {
        let hand = image.clock()?;
        let Image { mut rows, counters, last_event, files, kept } = image;
        for cursor in rows.cursors.values_mut().flatten() {
            let seq = cursor.row.seq.max(last_event);
            cursor.row = Arc::new(Cursor { seq, ..Cursor::clone(&cursor.row) });
        }
        let before = self.objects().await?;
        each_row!(R => self.replace::<R>(&rows).await?);
        self.own_mut().note_objects(&before);
        self.begin_anew(counters, hand, Restored { last_event, files, _kept: kept });
        Ok(())
    }

    /// All objects as they are now.
    async fn objects(&self) -> Result<BTreeMap<Uuid, Arc<Entity>>, StoreError> {
        let models = stored::<Entity>(&self.shared().reader_db).await?;
        let mut objects = BTreeMap::new();
        for object in models.into_iter().map(Entity::decode) {
            let object = object?;
            objects.insert(object.head.id, Arc::new(object));
        }
        for (id, put) in &self.batch().objects {
            match put {
                Some(put) => objects.insert(*id, Arc::clone(&put.row)),
                None => objects.remove(id),
            };
        }
        Ok(objects)
    }

    /// Lets one table hold what the image has of it, and writes no row that is so already.
    async fn replace<R: Row>(&mut self, image: &Changes) -> Result<(), StoreError>
    where
        Model<R>: PartialEq,
    {
        let mut known = BTreeMap::new();
        for model in stored::<R>(&self.shared().reader_db).await? {
            known.insert(R::decode(model.clone())?.key(), Some(model));
        }
        // What commands of this batch did to a row is not in SQL yet.
        known.extend(R::delta(self.batch()).keys().map(|key| (key.clone(), None)));
        let wanted = R::delta(image);
        let gone: Vec<_> = known.keys().filter(|key| !wanted.contains_key(key)).cloned().collect();
        for key in gone {
            self.own_mut().remove::<R>(key);
        }
        for (key, put) in wanted {
            let Some(Put { row, .. }) = put else { continue };
            if known.get(key) != Some(&Some(row.encode()?)) {
                self.own_mut().put::<R>(R::clone(row));
            }
        }
        Ok(())
    }
}

/// What SQL has of a table.
async fn stored<R: Row>(db: &impl ConnectionTrait) -> Result<Vec<Model<R>>, StoreError> {
    Ok(R::Orm::find().all(db).await?)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { path: path.clone(), source }
}
