//! Named copies of whole clouds, as directories beside the database. Invariant: a copy is whole or not there, and one that is not what it
//! was when it was made is refused.

mod origin;

use crate::config::Config;
use crate::instance::{Instance, Springs};
pub use origin::{Name, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell, OwnedRwLockReadGuard, RwLock, watch};
use vcdsim_model::Fault;
use vcdsim_model::clock::format_time;
use vcdsim_platform::seed::Inventory;
use vcdsim_store::{Image, Known, StoreError};

/// What says when a copy was made, and what is in it.
const MANIFEST: &str = "snapshot.json";

/// A snapshot.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// What the clock of the cloud showed when it was made.
    pub made: String,
    /// What tells it from others.
    pub digest: String,
    /// The same for the files of its objects.
    pub files: String,
    /// The version of vcdsim that made it.
    pub version: String,
}

/// Why a snapshot cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// There is none of this name.
    #[error("There is no snapshot \"{name}\".")]
    Missing {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// It is not what it was when it was made.
    #[error("The snapshot \"{0}\" has changed since it was made, and is refused.")]
    Damaged(String),
    /// Another version of vcdsim made it, and reads or writes it otherwise.
    #[error(
        "The snapshot \"{name}\" was made by vcdsim {version}, and this one, {}, cannot read it. Load it with that version, or save it anew with \
         this one.",
        env!("CARGO_PKG_VERSION")
    )]
    OtherVersion {
        /// Its name.
        name: String,
        /// The version that made it.
        version: String,
    },
    /// The database or a file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A new cloud could not be filled.
    #[error("{0}")]
    Seed(String),
    /// The cloud that it is saved from, or that is to be as it, refuses.
    #[error("{0}")]
    Cloud(#[from] Fault),
}

/// As long as somebody has it, no snapshot is replaced or removed.
pub(crate) type Standing = Arc<OwnedRwLockReadGuard<()>>;

/// What a snapshot says. Its files are still those of the snapshot, which stands as long as this is kept.
#[derive(Debug)]
pub struct Held {
    /// What it says.
    pub image: Image,
    standing: Option<Standing>,
}

impl Held {
    /// What it says, and what is to be kept until that is used.
    pub(crate) fn parts(self) -> (Image, Option<Standing>) {
        (self.image, self.standing)
    }
}

impl From<Image> for Held {
    fn from(image: Image) -> Self {
        Self { image, standing: None }
    }
}

/// A state that is the same whenever it is asked for; a snapshot stands as long as this is kept.
#[derive(Debug)]
pub struct Template {
    /// Where it is.
    pub dir: PathBuf,
    /// What is known of its database.
    pub known: Option<Known>,
    standing: Option<Standing>,
}

impl Template {
    /// Copies it to another directory.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) async fn copy_to(&self, dir: &Path) -> Result<(), StoreError> {
        fn whole(from: &Path, to: &Path) -> std::io::Result<()> {
            std::fs::create_dir_all(to)?;
            for entry in std::fs::read_dir(from)? {
                let entry = entry?;
                // Whoever else reads the image has these beside it for as long; nothing of it is in them.
                let passing = entry.file_name().to_str().is_some_and(|name| name.ends_with("-wal") || name.ends_with("-shm"));
                if passing {
                    continue;
                }
                let place = to.join(entry.file_name());
                if entry.file_type()?.is_dir() { whole(&entry.path(), &place)? } else { std::fs::copy(entry.path(), place).map(drop)? }
            }
            Ok(())
        }
        let (from, to, standing) = (self.dir.clone(), dir.to_owned(), self.standing.clone());
        let copy = move || {
            // It goes on when whoever asked for it does not wait any longer.
            let _standing = standing;
            whole(&from, &to)
        };
        let copied = tokio::task::spawn_blocking(copy).await;
        copied.unwrap_or_else(|panicked| Err(std::io::Error::other(panicked))).map_err(io(dir))
    }
}

/// The snapshots of one process, and the states that a new server begins with.
#[derive(Debug)]
pub struct Images {
    dir: PathBuf,
    config: Config,
    springs: Springs,
    given: Mutex<()>,
    /// Whoever saves or removes a snapshot has a turn.
    saving: Mutex<()>,
    /// Whoever uses a snapshot reads this, from where it is found to be whole until it is read or copied; whoever puts another in its place, or
    /// removes it, writes it.
    standing: Arc<RwLock<()>>,
    seed: OnceCell<Known>,
    empty: OnceCell<Known>,
    /// How often the snapshots have changed.
    changes: watch::Sender<u64>,
}

impl Images {
    /// The images below a directory.
    #[must_use]
    pub fn new(dir: PathBuf, config: Config, springs: Springs) -> Self {
        recover(&dir);
        let (given, saving, changes) = (Mutex::default(), Mutex::default(), watch::Sender::new(0));
        let standing = Arc::default();
        Self { dir, config, springs, given, saving, standing, seed: OnceCell::new(), empty: OnceCell::new(), changes }
    }

    /// How often a snapshot was saved or removed, and every such change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|times| *times += 1);
    }

    fn place(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Saves a cloud under a name, in place of what has it.
    ///
    /// # Errors
    /// What the file system or the database says.
    pub async fn save(&self, cloud: &Instance, name: &Name) -> Result<Manifest, ImageError> {
        let _turn = self.saving.lock().await;
        let (new, old, place) = (self.place(&format!(".{name}.new")), self.place(&format!(".{name}.old")), self.place(name.as_ref()));
        clear(&new)?;
        clear(&old)?;
        cloud.save(&new).await?;
        let image = Image::read(&new).await?;
        let (digest, files, made) = (image.digest()?, image.digest_of_files().await?, format_time(cloud.store().now()));
        let manifest = Manifest { name: name.to_string(), made, digest, files, version: env!("CARGO_PKG_VERSION").to_owned() };
        let file = new.join(MANIFEST);
        std::fs::write(&file, serde_json::json!(manifest).to_string()).map_err(io(&file))?;
        let _nobody = self.standing.write().await;
        if place.exists() {
            std::fs::rename(&place, &old).map_err(io(&place))?;
        }
        std::fs::rename(&new, &place).map_err(io(&new))?;
        self.changed();
        clear(&old)?;
        Ok(manifest)
    }

    /// All snapshots, by name.
    pub async fn list(&self) -> Vec<Manifest> {
        let _standing = self.standing.read().await;
        self.all()
    }

    fn all(&self) -> Vec<Manifest> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<Name>().ok());
        let mut found: Vec<_> = names.filter_map(|name| self.find(&name).ok()).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }

    /// What is known of a snapshot.
    ///
    /// # Errors
    /// [`ImageError::Missing`].
    pub async fn manifest(&self, name: &Name) -> Result<Manifest, ImageError> {
        let _standing = self.standing.read().await;
        self.find(name)
    }

    fn find(&self, name: &Name) -> Result<Manifest, ImageError> {
        let missing = || ImageError::Missing { name: name.to_string(), known: self.all().into_iter().map(|known| known.name).collect() };
        let text = std::fs::read_to_string(self.place(name.as_ref()).join(MANIFEST)).map_err(|_absent| missing())?;
        serde_json::from_str(&text).map_err(|_broken| ImageError::Damaged(name.to_string()))
    }

    /// Removes a snapshot.
    ///
    /// # Errors
    /// [`ImageError::Missing`], or what the file system says.
    pub async fn remove(&self, name: &Name) -> Result<(), ImageError> {
        let _turn = self.saving.lock().await;
        let _nobody = self.standing.write().await;
        self.find(name)?;
        let cleared = clear(&self.place(name.as_ref()));
        self.changed();
        Ok(cleared?)
    }

    /// A snapshot, if it is what it was when it was made.
    ///
    /// # Errors
    /// [`ImageError::Missing`], [`ImageError::Damaged`], [`ImageError::OtherVersion`], or what the database says.
    pub async fn read(&self, name: &Name) -> Result<Held, ImageError> {
        let standing = Arc::new(Arc::clone(&self.standing).read_owned().await);
        let manifest = self.find(name)?;
        let damaged = || ImageError::Damaged(name.to_string());
        // What another version wrote differs without having changed; of files that is not so.
        let unread = || match &manifest.version {
            version if version == env!("CARGO_PKG_VERSION") => damaged(),
            version => ImageError::OtherVersion { name: name.to_string(), version: version.clone() },
        };
        let image = Image::read(&self.place(name.as_ref())).await.map_err(|_unreadable| unread())?;
        let files = image.digest_of_files().await.map_err(|_unreadable| damaged())?;
        if files != manifest.files {
            return Err(damaged());
        }
        if image.digest()? == manifest.digest { Ok(Held { image, standing: Some(standing) }) } else { Err(unread()) }
    }

    /// The state that an origin names, if it names one that does not change; made the first time that it is asked for.
    ///
    /// # Errors
    /// What the file system or the database says.
    pub async fn template(&self, origin: &Origin) -> Result<Option<Template>, ImageError> {
        let (name, inventory, made) = match origin {
            Origin::Seed => (".seed", self.config.inventory.clone(), &self.seed),
            Origin::Empty => (".empty", Arc::new(Inventory::empty()), &self.empty),
            Origin::Snapshot(name) => {
                let standing = self.read(name).await?.standing;
                return Ok(Some(Template { dir: self.place(name.as_ref()), known: None, standing }));
            }
            Origin::Now | Origin::Space(_) => return Ok(None),
        };
        let dir = self.place(name);
        let make = async || {
            self.fill(&dir, inventory).await?;
            Ok::<_, ImageError>(Known::read(&dir).await?)
        };
        let known = Some(made.get_or_try_init(make).await?.clone());
        Ok(Some(Template { dir, known, standing: None }))
    }

    /// What a cloud with this inventory begins with.
    ///
    /// # Errors
    /// What the file system or the database says.
    pub async fn begin(&self, inventory: Inventory) -> Result<Image, ImageError> {
        let place = self.place(".given");
        let _turn = self.given.lock().await;
        self.fill(&place, Arc::new(inventory)).await?;
        Ok(Image::read(&place).await?)
    }

    /// Starts a cloud as this process was started, saves what it begins with, and ends it.
    async fn fill(&self, place: &Path, inventory: Arc<Inventory>) -> Result<(), ImageError> {
        clear(place)?;
        let config = Config { data_dir: None, inventory, ..self.config.clone() };
        let instance = Instance::open(&config, self.springs.draw(&config)).await.map_err(ImageError::Seed)?;
        // So that its copies need not.
        let parked = instance.notifier.park().await;
        let saved = instance.save(place).await;
        instance.stop().await.map_err(ImageError::Seed)?;
        parked?;
        saved
    }
}

/// Brings back what a process that was killed had put aside for a new snapshot of the same name, which never came.
fn recover(dir: &Path) {
    for aside in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = aside.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".old")) else { continue };
        let place = dir.join(name);
        if !place.exists()
            && let Err(error) = std::fs::rename(aside.path(), &place)
        {
            tracing::warn!(%error, snapshot = name, "a snapshot that was to be replaced cannot be brought back");
        }
    }
}

/// Removes a directory, if it is there.
pub(crate) fn clear(dir: &Path) -> Result<(), StoreError> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(dir)(error)),
        _ => Ok(()),
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { path: path.clone(), source }
}

#[cfg(test)]
mod tests;
