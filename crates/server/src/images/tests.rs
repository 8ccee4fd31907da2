//! Snapshots in use. Invariant: whoever has found one to be whole uses it as it was then.

use super::*;
use crate::serving;
use crate::spaces::{Driven, Spaces};
use futures::poll;
use std::pin::pin;

async fn spaces() -> Spaces {
    let config = Config::for_tests();
    let main = Arc::new(Instance::open(&config, serving::sources()).await.unwrap());
    Spaces::new(&config, main, Springs::default()).unwrap()
}

#[tokio::test]
async fn a_snapshot_stands_as_long_as_somebody_uses_it() {
    let spaces = spaces().await;
    let (images, name) = (spaces.images(), "one".parse::<Name>().unwrap());
    let saved = images.save(spaces.main(), &name).await.unwrap();
    let held = images.read(&name).await.unwrap();
    let template = images.template(&Origin::Snapshot(name.clone())).await.unwrap().unwrap();
    let mut removing = pin!(images.remove(&name));
    assert!(poll!(&mut removing).is_pending(), "two use it");
    drop(held);
    assert!(poll!(&mut removing).is_pending(), "one uses it");
    let copy = spaces.main().store().dir().join("copy");
    template.copy_to(&copy).await.unwrap();
    assert_eq!(Image::read(&copy).await.unwrap().digest().unwrap(), saved.digest);
    drop(template);
    removing.await.unwrap();
    assert!(matches!(images.read(&name).await, Err(ImageError::Missing { .. })));
    spaces.stop().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_that_is_brought_back_or_copied_stands_meanwhile() {
    let spaces = Arc::new(spaces().await);
    let (images, name) = (spaces.images(), "one".parse::<Name>().unwrap());
    let origin = Origin::Snapshot(name.clone());
    for round in 0..3 {
        images.save(spaces.main(), &name).await.unwrap();
        let wanted =
            crate::spaces::Wanted { name: format!("copy-{round}").parse().unwrap(), origin: origin.clone(), rng: None, clock: None };
        let (made, back, saved, one) = futures::join!(
            spaces.make(wanted, spaces.main(), Driven::ByHand),
            spaces.bring_back(&origin, spaces.main()),
            images.save(spaces.main(), &name),
            images.manifest(&name)
        );
        made.unwrap();
        back.unwrap();
        saved.unwrap();
        one.unwrap();
    }
    spaces.stop().await.unwrap();
}
