//! What a world has besides its inventory when a day begins. Invariant: it is all there at once, whatever the pace of the day.

use super::limits;
use super::people::{ADMINISTRATOR, PEOPLE, Person};
use super::steps::href;
use super::wiring::{lab, scope};
use crate::edge_gateway::{ADVANCED, gateway, part};
use crate::vapp::{NAMESPACES, POOL, composed, item, network};
use vcdsim_model::Fault;
use vcdsim_model::family::network::Network;
use vcdsim_model::id::Urn;
use vcdsim_model::kind::{Kind, View};
use vcdsim_model::media;
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, EntityFilter, Tx};
use vcdsim_task_engine::Pace;
use vcdsim_testkit::{World, WorldOptions};

/// The world of a seed, at its pace: two disks, an edge gateway, and a network behind it; and where there is room, a machine that has one of
/// the disks, a disc in its drive, and a card on that network.
pub(super) async fn world(seed: u64, pace: Pace) -> World {
    let world = World::with(WorldOptions { seed, pace: Pace::Immediate }).await;
    let store = world.instance().app.cloud().store();
    if limits::are_set(seed) {
        store.write(limits::Set).await.unwrap();
    }
    let administrator = Person::of(&world, PEOPLE[ADMINISTRATOR]).await.actor;
    let vdc = |view| href(Urn::new(Kind::Vdc, seeded_id(Kind::Vdc, "example-vdc")), view);
    let make = async |url: String, media: &str, body: String| {
        let made = administrator.post(&url, media, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.attribute("href").unwrap()
    };
    let mut disks = Vec::new();
    for number in 0..2 {
        let body = format!(r#"<DiskCreateParams {NAMESPACES}><Disk name="disk-{number}" sizeMb="64"/></DiskCreateParams>"#);
        disks.push(make(format!("{}/disk", vdc(View::User)), media::DISK_CREATE_PARAMS, body).await);
    }
    let edge = make(format!("{}/edgeGateways", vdc(View::Admin)), media::EDGE_GATEWAY, gateway("gw-0", &part(""), ADVANCED)).await;
    let routed = format!("{}<FenceMode>natRouted</FenceMode>", scope("10.1.0", 10, 3));
    let routed = lab("lab-0", &routed, &format!(r#"<EdgeGateway href="{edge}"/>"#));
    let above = make(format!("{}/networks", vdc(View::Admin)), media::ORG_VDC_NETWORK, routed).await.replace("/api/admin/", "/api/");
    if !limits::are_set(seed) {
        let inner = network("net", &format!(r#"<ParentNetwork href="{above}"/><FenceMode>bridged</FenceMode>"#));
        let body = composed("house", &inner, &item("one", "net", POOL));
        let vapp = make(format!("{}/action/composeVApp", vdc(View::User)), media::COMPOSE_VAPP_PARAMS, body).await;
        let machine = administrator.get(&vapp).await.attribute_of("Vm", "href").unwrap();
        let disc = href(Urn::new(Kind::Media, seeded_id(Kind::Media, "example-catalog/example-media")), View::User);
        for (path, media, what, thing) in [
            (
                "disk/action/attach",
                media::DISK_ATTACH_OR_DETACH_PARAMS,
                "DiskAttachOrDetachParams",
                format!(r#"<Disk href="{}"/>"#, disks[0]),
            ),
            (
                "media/action/insertMedia",
                media::MEDIA_INSERT_OR_EJECT_PARAMS,
                "MediaInsertOrEjectParams",
                format!(r#"<Media href="{disc}"/>"#),
            ),
        ] {
            let done = administrator.post(&format!("{machine}/{path}"), media, &format!("<{what} {NAMESPACES}>{thing}</{what}>")).await;
            assert_eq!(done.status, 202, "{}", done.text());
        }
    }
    store.write(Share).await.unwrap();
    world.fork(pace).await
}

/// Lets VDCs use each other's networks: days put vApps into all of them.
struct Share;

impl Command for Share {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        for network in tx.read().list(EntityFilter::kind(Kind::Network)).await? {
            tx.update_body::<Network>(network.head.id, |_, network| network.shared = true).await?;
        }
        Ok(())
    }
}
