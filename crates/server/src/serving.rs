//! Servers of tests' own, on real sockets. Invariant: each has a free port, and ids from seeds unless its test brings others.

use crate::config::Config;
use crate::instance::{Instance, Sources, Springs};
use crate::lifecycle;
use crate::listen::{self, Listening};
use crate::spaces::{Driven, Spaces};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;
use vcdsim_model::clock::{Clock, Dial, SystemClock};
use vcdsim_store::SeededIds;

/// The sources of a server that begins at the machine's time.
pub(crate) fn sources() -> Sources {
    sources_at(Arc::new(SystemClock::default()))
}

/// The sources of a server with this clock.
pub(crate) fn sources_at(clock: Arc<dyn Clock>) -> Sources {
    Sources { clock: Arc::new(Dial::new(clock)), ids: Arc::new(SeededIds::new(1)), request_ids: Arc::new(SeededIds::new(2)) }
}

/// A server that listens: its clouds, its listeners, and where the plain one is.
pub(crate) struct Serving {
    pub(crate) spaces: Arc<Spaces>,
    pub(crate) listening: Listening,
    pub(crate) at: SocketAddr,
}

/// Opens one, which serves once its listeners are awaited.
pub(crate) async fn open(config: &Config, sources: Sources, driven: Driven) -> Serving {
    let instance = Arc::new(Instance::open(config, sources).await.unwrap());
    if driven == Driven::ByItself {
        instance.drive().await;
    }
    let spaces = Arc::new(Spaces::new(config, instance, Springs::default()).unwrap());
    let listening = listen::bind(config, Arc::clone(&spaces)).unwrap();
    let at = listening.http.as_deref().unwrap().trim_start_matches("http://").parse().unwrap();
    Serving { spaces, listening, at }
}

/// Serves on a thread of its own until the process ends.
pub(crate) fn forever(config: Config, sources: Sources, driven: Driven) -> SocketAddr {
    until(std::future::pending(), config, sources, driven)
}

/// Serves on a thread of its own, and stops as a signal would have it.
pub(crate) fn until(stop: impl Future<Output = ()> + Send + 'static, config: Config, sources: Sources, driven: Driven) -> SocketAddr {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let Serving { spaces, listening, at } = open(&config, sources, driven).await;
            tell.send(at).unwrap();
            let stopping = async {
                stop.await;
                lifecycle::stop(&listening.handle, &spaces).await;
            };
            let (served, ()) = futures::future::join(listening.server, stopping).await;
            served.unwrap();
            spaces.stop().await.unwrap();
        });
    });
    told.recv().unwrap()
}
