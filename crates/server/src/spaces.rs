//! Clouds side by side in one process. Invariant: a space shares nothing with another but the process: it has a database, a clock, a source
//! of ids, rules and exchanges of its own.

mod pending;

use crate::config::{ClockStart, Config};
use crate::images::{Held, ImageError, Images, Name, Origin, clear};
use crate::instance::{Beside, Instance, Springs};
use actix_web::dev::ServerHandle;
use pending::{Litter, Reserved};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use tokio::sync::watch;
use vcdsim_model::clock::{Clock, ClockMode};
use vcdsim_store::{Durability, Image, Known};

/// The header that says which space a request is for.
pub const HEADER: &str = "x-mock-space";

/// What the host of a space ends with, after its name.
const HOST: &str = ".localhost";

/// A space.
#[derive(Debug)]
pub struct Space {
    /// Its cloud.
    pub instance: Arc<Instance>,
    /// What it was made from.
    pub origin: Origin,
    /// The seed of its ids.
    pub rng: Option<u64>,
    /// How its clock was told to go.
    clock: Option<ClockMode>,
    listener: Option<Listener>,
}

/// A listener of a space's own.
pub struct Listener {
    /// Its origin.
    pub origin: String,
    /// What stops it.
    pub handle: ServerHandle,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.origin)
    }
}

impl Space {
    /// The origin of its own listener, if it has one.
    #[must_use]
    pub fn listens_at(&self) -> Option<&str> {
        self.listener.as_ref().map(|listener| listener.origin.as_str())
    }
}

/// How a space is made.
#[derive(Debug)]
pub struct Wanted {
    /// Its name.
    pub name: Name,
    /// What it is made from.
    pub origin: Origin,
    /// The seed of its ids; none leaves them to chance.
    pub rng: Option<u64>,
    /// How its clock goes; as in what it is made from.
    pub clock: Option<ClockMode>,
}

/// Why a space cannot be made or found.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// There is none of this name.
    #[error("There is no space \"{name}\".")]
    Missing {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// There is one already.
    #[error("There is a space \"{0}\" already.")]
    Taken(Name),
    /// What it is made from cannot be had.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// It cannot be started or ended.
    #[error("{0}")]
    Failed(String),
}

impl From<vcdsim_store::StoreError> for SpaceError {
    fn from(error: vcdsim_store::StoreError) -> Self {
        ImageError::from(error).into()
    }
}

/// Spaces by name.
type Named = BTreeMap<String, Option<Arc<Space>>>;

fn missing(name: &str, spaces: &Named) -> SpaceError {
    let known = spaces.iter().filter(|(_, space)| space.is_some()).map(|(name, _)| name.clone()).collect();
    SpaceError::Missing { name: name.to_owned(), known }
}

/// The cloud that the process was started for, and those beside it.
#[derive(Debug)]
pub struct Spaces {
    main: Arc<Instance>,
    config: Config,
    springs: Springs,
    images: Images,
    dir: PathBuf,
    /// A name whose space is being made or ended has none.
    spaces: RwLock<Named>,
    /// How many directories were begun. No two spaces have the same one, even if one begins while the files of another still go or come.
    begun: AtomicU64,
    /// How often the spaces have changed.
    changes: watch::Sender<u64>,
}

impl Spaces {
    /// A process with one cloud; others will have sources from `springs`.
    ///
    /// # Errors
    /// A sentence about the directory of a former process's spaces that cannot be removed.
    pub fn new(config: &Config, main: Arc<Instance>, springs: Springs) -> Result<Self, String> {
        let mut config = config.clone();
        if let Some(ClockStart { mode: ClockMode::Manual, at: at @ None }) = &mut config.clock {
            *at = Some(main.dial.now());
        }
        let home = main.store().dir();
        let (dir, images) = (home.join("spaces"), Images::new(home.join("snapshots"), config.clone(), springs.clone()));
        clear(&dir).map_err(|error| error.to_string())?;
        Ok(Self { main, config, springs, images, dir, spaces: RwLock::default(), begun: AtomicU64::new(0), changes: watch::Sender::new(0) })
    }

    /// The cloud that the process was started for.
    #[must_use]
    pub fn main(&self) -> &Arc<Instance> {
        &self.main
    }

    /// The snapshots, which all spaces share.
    #[must_use]
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// How often a space was made or ended, and every such change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Lets a name stand for a space, or for one that is being made or ended, and tells those who wait for it.
    fn place(&self, name: &str, space: Option<Arc<Space>>) {
        self.spaces_mut().insert(name.to_owned(), space);
        self.changed();
    }

    /// The same in place of the space that has the name, if it is `only` this one; answers which it was.
    fn replace(&self, name: &str, only: Option<&Arc<Space>>, with: Option<Arc<Space>>) -> Result<Arc<Space>, SpaceError> {
        let mut spaces = self.spaces_mut();
        let missing = || missing(name, &spaces);
        let before = spaces.get(name).cloned().flatten().ok_or_else(missing)?;
        if only.is_some_and(|only| !Arc::ptr_eq(only, &before)) {
            return Err(missing());
        }
        spaces.insert(name.to_owned(), with);
        drop(spaces);
        self.changed();
        Ok(before)
    }

    fn changed(&self) {
        self.changes.send_modify(|times| *times += 1);
    }

    fn spaces_mut(&self) -> RwLockWriteGuard<'_, Named> {
        self.spaces.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// All spaces by name.
    #[must_use]
    pub fn list(&self) -> Vec<(String, Arc<Space>)> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.iter().filter_map(|(name, space)| Some((name.clone(), Arc::clone(space.as_ref()?)))).collect()
    }

    /// The space of this name.
    ///
    /// # Errors
    /// [`SpaceError::Missing`].
    pub fn get(&self, name: &str) -> Result<Arc<Space>, SpaceError> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        spaces.get(name).cloned().flatten().ok_or_else(|| missing(name, &spaces))
    }

    /// The cloud that a request is for: the space that its header names, or its host, or the listener that it came to.
    ///
    /// # Errors
    /// [`SpaceError::Missing`].
    pub fn find(&self, header: Option<&str>, host: Option<&str>, listener: Option<&str>) -> Result<Arc<Instance>, SpaceError> {
        let by_host = || host.map(|host| host.split(':').next().unwrap_or(host)).and_then(|host| host.strip_suffix(HOST));
        match header.or_else(by_host).or(listener) {
            None => Ok(Arc::clone(&self.main)),
            Some(name) => self.get(name).map(|space| Arc::clone(&space.instance)),
        }
    }

    /// A state as an image.
    ///
    /// # Errors
    /// [`SpaceError::Missing`], [`SpaceError::Image`].
    pub async fn image(&self, of: &Origin, now: &Instance) -> Result<Held, SpaceError> {
        match of {
            Origin::Now => Ok(now.store().image().await?.into()),
            Origin::Space(name) => Ok(self.get(name.as_ref())?.instance.store().image().await?.into()),
            Origin::Snapshot(name) => Ok(self.images.read(name).await?),
            Origin::Seed | Origin::Empty => {
                let dir = self.images.template(of).await?.map(|template| template.dir).unwrap_or_default();
                Ok(Image::read(&dir).await?.into())
            }
        }
    }

    /// Makes a cloud as a state says. What is copied from a cloud that runs has its clock as it stands; a space that has been told how its
    /// clock goes begins with that again.
    ///
    /// # Errors
    /// As [`Self::image`]; then everything is as before.
    pub async fn bring_back(&self, of: &Origin, cloud: &Arc<Instance>) -> Result<(), SpaceError> {
        // A snapshot stands until its files are those of the cloud.
        let (mut image, _standing) = self.image(of, cloud).await?.parts();
        match of {
            Origin::Now => image.set_clock(cloud.dial.hand())?,
            Origin::Space(name) => image.set_clock(self.get(name.as_ref())?.instance.dial.hand())?,
            Origin::Seed | Origin::Empty => {
                if let Some(mode) = cloud.space().and_then(|name| self.get(name).ok()?.clock) {
                    image.set_clock(cloud.dial.turned(image.clock()?, mode))?;
                }
            }
            Origin::Snapshot(_) => {}
        }
        cloud.restore(image).await.map_err(ImageError::from)?;
        Ok(())
    }

    /// Makes a space; `now` is what the origin [`Origin::Now`] means.
    ///
    /// # Errors
    /// [`SpaceError::Taken`], or why it cannot be started.
    pub async fn make(&self, wanted: Wanted, now: &Arc<Instance>, drive: Driven) -> Result<Arc<Space>, SpaceError> {
        let name = wanted.name.clone();
        let reserved = {
            let mut spaces = self.spaces_mut();
            if spaces.contains_key(name.as_ref()) {
                return Err(SpaceError::Taken(name));
            }
            spaces.insert(name.to_string(), None);
            Reserved::of(self, name.as_ref())
        };
        let space = self.open(wanted, now, drive).await?;
        self.place(reserved.name(), Some(Arc::clone(&space)));
        Ok(space)
    }

    async fn open(&self, wanted: Wanted, now: &Instance, drive: Driven) -> Result<Arc<Space>, SpaceError> {
        let Wanted { name, origin, rng, clock } = wanted;
        let dir = self.dir.join(format!("{name}.{}", self.begun.fetch_add(1, Ordering::Relaxed)));
        let litter = Litter::in_dir(dir.clone());
        let known = self.furnish(&origin, now, &dir).await?;
        let (start, durability) = (clock.map(|mode| ClockStart { mode, at: None }), Durability::None);
        let config = Config { data_dir: Some(dir), durability, amqp: None, clock: start, rng, ..self.config.clone() };
        let space = Beside { name: name.to_string(), known };
        let instance = self.main.open_beside(space, &config, self.springs.draw(&config)).await.map_err(SpaceError::Failed)?;
        instance.base_uri.set(beside(self.main.base_uri.get(), name.as_ref()));
        let instance = Arc::new(instance);
        if drive == Driven::ByItself {
            instance.drive().await;
        }
        litter.keep();
        Ok(Arc::new(Space { instance, origin, rng, clock, listener: None }))
    }

    /// Puts a copy of a state into a directory; answers what is known of it.
    async fn furnish(&self, origin: &Origin, now: &Instance, dir: &Path) -> Result<Option<Known>, SpaceError> {
        match origin {
            Origin::Now => now.save(dir).await?,
            Origin::Space(from) => self.get(from.as_ref())?.instance.save(dir).await?,
            Origin::Seed | Origin::Empty | Origin::Snapshot(_) => {
                if let Some(template) = self.images.template(origin).await? {
                    template.copy_to(dir).await?;
                    return Ok(template.known);
                }
            }
        }
        Ok(None)
    }

    /// Gives a space a listener of its own. If it does not have the name any more, the listener is stopped.
    ///
    /// # Errors
    /// [`SpaceError::Missing`].
    pub fn listen(&self, name: &Name, space: &Arc<Space>, listener: Listener) -> Result<Arc<Space>, SpaceError> {
        let (instance, origin, handle) = (Arc::clone(&space.instance), space.origin.clone(), listener.handle.clone());
        let listening = Arc::new(Space { instance, origin, rng: space.rng, clock: space.clock, listener: Some(listener) });
        let placed = self.replace(name.as_ref(), Some(space), Some(Arc::clone(&listening)));
        if placed.is_err() {
            // Nobody else would.
            drop(handle.stop(true));
        }
        placed.map(|_before| listening)
    }

    /// Ends a space and removes what it has on disk.
    ///
    /// # Errors
    /// [`SpaceError::Missing`], or what cannot be ended.
    pub async fn remove(&self, name: &str) -> Result<(), SpaceError> {
        self.end(name, None).await
    }

    /// The same if it is this space that has the name.
    ///
    /// # Errors
    /// As [`Self::remove`].
    pub(crate) async fn remove_this(&self, name: &str, space: &Arc<Space>) -> Result<(), SpaceError> {
        self.end(name, Some(space)).await
    }

    async fn end(&self, name: &str, only: Option<&Arc<Space>>) -> Result<(), SpaceError> {
        let space = self.replace(name, only, None)?;
        // Nobody makes another one of this name before all of this one is gone.
        let _reserved = Reserved::of(self, name);
        // What goes on by itself would hold the listener up.
        space.instance.close();
        if let Some(listener) = &space.listener {
            // Not waited for: the call that ends the space may have come this way.
            drop(listener.handle.stop(true));
        }
        space.instance.stop().await.map_err(SpaceError::Failed)?;
        Ok(clear(space.instance.store().dir())?)
    }

    /// [`Instance::close`] of all.
    pub fn close(&self) {
        self.main.close();
        self.list().iter().for_each(|(_, space)| space.instance.close());
    }

    /// Ends all clouds of the process.
    ///
    /// # Errors
    /// A sentence that says what could not be ended.
    pub async fn stop(&self) -> Result<(), String> {
        for (name, _) in self.list() {
            self.remove(&name).await.map_err(|error| error.to_string())?;
        }
        self.main.stop().await
    }
}

/// Whether due timers of a space fire by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driven {
    /// As time passes.
    ByItself,
    /// When a request or the owner asks, which is what deterministic tests want.
    ByHand,
}

/// The URL of a space beside another one: the same with the space's host.
fn beside(base: &str, name: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port = authority.rsplit_once(':').map_or(String::new(), |(_, port)| format!(":{port}"));
    format!("{scheme}://{name}{HOST}{port}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serving;
    use actix_web::{App, HttpServer};

    #[test]
    fn a_space_is_found_beside_the_cloud_that_it_was_made_from() {
        assert_eq!(beside("https://127.0.0.1:8443/api", "one"), "https://one.localhost:8443/api");
        assert_eq!(beside("https://vcd.test/api", "one"), "https://one.localhost/api");
    }

    #[tokio::test]
    async fn a_listener_is_not_for_another_space_of_the_name() {
        let config = Config::for_tests();
        let main = Arc::new(Instance::open(&config, serving::sources()).await.unwrap());
        let spaces = Spaces::new(&config, Arc::clone(&main), Springs::default()).unwrap();
        let name: Name = "one".parse().unwrap();
        let make = async || {
            let wanted = Wanted { name: name.clone(), origin: Origin::Empty, rng: None, clock: None };
            spaces.make(wanted, &main, Driven::ByHand).await.unwrap()
        };
        let first = make().await;
        spaces.remove("one").await.unwrap();
        for second in [None, Some(make)] {
            let other = match second {
                Some(make) => Some(make().await),
                None => None,
            };
            let server = HttpServer::new(App::new).workers(1).disable_signals().bind("127.0.0.1:0").unwrap().run();
            let listener = Listener { origin: "http://here".into(), handle: server.handle() };
            let placed = spaces.listen(&name, &first, listener);
            assert!(matches!(placed, Err(SpaceError::Missing { .. })), "it has ended: {placed:?}");
            server.await.unwrap();
            let known = spaces.get("one").ok();
            assert!(known.as_ref().map(Arc::as_ptr) == other.as_ref().map(Arc::as_ptr), "whoever has the name keeps it");
            assert!(known.is_none_or(|space| space.listens_at().is_none()));
        }
        assert!(matches!(spaces.remove_this("one", &first).await, Err(SpaceError::Missing { .. })));
        spaces.get("one").unwrap();
        spaces.stop().await.unwrap();
    }
}
