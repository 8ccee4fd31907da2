//! A world to ask questions of. Invariant: what is in it follows from its number.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use uuid::Uuid;
use vcdsim_model::Fault;
use vcdsim_model::caller::AccessLevel;
use vcdsim_model::clock::after_millis;
use vcdsim_model::entity::{Draft, Entity, Resource, Status};
use vcdsim_model::family::catalog::Catalog;
use vcdsim_model::family::catalog_item::CatalogItem;
use vcdsim_model::family::disk::{Bus, Disk, SCSI};
use vcdsim_model::family::media::Media;
use vcdsim_model::family::service::{ServiceWork, Work};
use vcdsim_model::family::vapp::VApp;
use vcdsim_model::family::vapp_template::VAppTemplate;
use vcdsim_model::family::vdc::Vdc;
use vcdsim_model::family::vm::{TemplateVm, Vm};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::operation::Operation;
use vcdsim_model::plan::Course;
use vcdsim_model::sharing::{Share, Sharing};
use vcdsim_model::task::{Task, TaskStatus};
use vcdsim_platform::seed::seeded_id;
use vcdsim_store::{Command, EntityFilter, Tx};

pub(super) const NAMES: &[&str] = &[
    "web", "Web", "WEB", "web-1", "web-10", "web-2", "db (old)", "a*b", "a?[b]", "100%", "Ärger", "ärger", "straße", "STRASSE", "ΟΔΟΣ",
    "İx",
];

pub(super) fn one<T: Copy>(random: &mut ChaCha8Rng, of: &[T]) -> T {
    *of.choose(random).expect("there is one")
}

/// Adds vApps, machines, templates, catalogs, disks and media of two organizations, in every state, owned and shared at random.
pub(super) struct Furnish(pub(super) u64);

impl Furnish {
    const OBJECTS: usize = 24;

    pub(super) async fn put<R: Resource>(
        tx: &mut Tx<'_>,
        random: &mut ChaCha8Rng,
        of: &Home,
        parent: Uuid,
        body: R,
    ) -> Result<Uuid, Fault> {
        let id = tx.id();
        // Where names are unique, the number tells them apart.
        let number = if matches!(R::KIND, Kind::Vm | Kind::TemplateVm | Kind::VAppTemplate | Kind::Media | Kind::Disk) {
            String::new()
        } else {
            id.to_string()
        };
        let (name, status) = (format!("{}{number}", one(random, NAMES)), one(random, &Status::ALL));
        let owner = random.random_bool(0.9).then(|| one(random, &of.users));
        let draft = Draft { id, name, description: None, org: Some(of.org), parent: Some(parent), owner, status, body };
        tx.insert(draft).await?;
        if random.random_bool(0.2) {
            tx.update(Urn::new(R::KIND, id), |entity| entity.head.busy = Some(Uuid::from_u128(7))).await?;
        }
        Ok(id)
    }

    async fn vapp(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home, like: &TemplateVm) -> Result<(), Fault> {
        let body = VApp { sharing: sharing(random, of), in_maintenance: random.random_bool(0.1), ..VApp::default() };
        let vdc = one(random, &of.vdcs);
        let vapp = Self::put(tx, random, of, vdc, body).await?;
        for _ in 0..random.random_range(0..4) {
            Self::put(tx, random, of, vapp, Vm::new(like.hardware.clone(), like.guest.clone(), String::new())).await?;
        }
        Ok(())
    }

    async fn task(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home) -> Result<(), Fault> {
        let start = after_millis(tx.now(), random.random_range(0..4));
        let operation = match random.random_range(0..4) {
            0 => {
                Work::Service(ServiceWork { namespace: one(random, NAMES).to_owned(), name: "backup".to_owned(), text: None, result: None })
            }
            1 => Operation::VappDeploy.into(),
            _ => Operation::VdcUpdateTemplate.into(),
        };
        let task = Task {
            id: tx.id(),
            operation,
            status: one(random, TaskStatus::ALL),
            owner: Urn::new(Kind::Vdc, one(random, &of.vdcs)),
            subject: "vdc".to_owned(),
            org: of.org,
            user: one(random, &of.users),
            params: serde_json::Value::Null,
            phase: 0,
            progress: None,
            before: Vec::new(),
            cancel_requested: false,
            details: None,
            error: None,
            course: Course::default(),
            start,
            end: None,
            expiry: after_millis(start, 1_000_000),
        };
        tx.put_task(task).await.map(drop)
    }

    async fn template(tx: &mut Tx<'_>, random: &mut ChaCha8Rng, of: &Home, like: &TemplateVm, catalog: Uuid) -> Result<(), Fault> {
        let item = random.random_bool(0.8).then(|| tx.id());
        let vdc = one(random, &of.vdcs);
        let template = Self::put(tx, random, of, vdc, VAppTemplate::new(item, None, 0)).await?;
        for _ in 0..random.random_range(0..3) {
            Self::put(tx, random, of, template, like.clone()).await?;
        }
        let Some(id) = item else { return Ok(()) };
        let body = CatalogItem::of(Urn::new(Kind::VAppTemplate, template));
        let (name, status) = (id.to_string(), Status::Resolved);
        tx.insert(Draft { id, name, description: None, org: Some(of.org), parent: Some(catalog), owner: None, status, body }).await?;
        Ok(())
    }
}

/// An organization, its users and VDCs.
pub(super) struct Home {
    pub(super) org: Uuid,
    pub(super) users: Vec<Uuid>,
    pub(super) vdcs: Vec<Uuid>,
    pub(super) others: Uuid,
}

fn sharing(random: &mut ChaCha8Rng, of: &Home) -> Sharing {
    let share = |subject| Share { subject, level: AccessLevel::ReadOnly };
    let user = random.random_bool(0.3).then(|| share(Urn::new(Kind::User, one(random, &of.users))));
    let other = random.random_bool(0.1).then(|| share(Urn::new(Kind::Org, of.others)));
    Sharing { everyone: random.random_bool(0.2).then_some(AccessLevel::ReadOnly), shares: user.into_iter().chain(other).collect() }
}

impl Command for Furnish {
    type Output = ();

    async fn run(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let random = &mut ChaCha8Rng::seed_from_u64(self.0);
        let ids = |list: Vec<Arc<Entity>>| list.iter().map(|entity| entity.head.id).collect::<Vec<_>>();
        let like = tx.read().list(EntityFilter::kind(Kind::TemplateVm)).await?[0].body::<TemplateVm>().expect("it is one").clone();
        let orgs = ["example", "example2"].map(|name| seeded_id(Kind::Org, name));
        let seeded = tx.read().list(EntityFilter::kind(Kind::Vdc)).await?[0].clone();
        let vdc = Draft {
            id: tx.id(),
            name: "second".to_owned(),
            description: None,
            org: Some(orgs[1]),
            parent: None,
            owner: None,
            status: seeded.head.status,
            body: seeded.body::<Vdc>().expect("it is one").clone(),
        };
        tx.insert(vdc).await?;
        for (index, org) in orgs.into_iter().enumerate() {
            let users = ids(tx.read().list(EntityFilter::kind(Kind::User).in_org(org)).await?);
            let vdcs = ids(tx.read().list(EntityFilter::kind(Kind::Vdc).in_org(org)).await?);
            let of = &Home { org, users, vdcs, others: orgs[1 - index] };
            // Every other world has catalogs that other organizations see.
            let foreign = self.0 % 2 == 1;
            let body = Catalog { published: foreign && random.random_bool(0.5), sharing: sharing(random, of), ..Catalog::default() };
            let sharing = Sharing {
                shares: body.sharing.shares.iter().filter(|share| foreign || share.subject.kind == Kind::User).cloned().collect(),
                ..body.sharing
            };
            let catalog = Self::put(tx, random, of, org, Catalog { sharing, ..body }).await?;
            for _ in 0..Self::OBJECTS / 2 {
                Self::task(tx, random, of).await?;
            }
            for _ in 0..Self::OBJECTS {
                let disk = Disk { size: 1, bus: Bus { number: SCSI, sub_type: String::new() }, storage_profile: None, attached_to: None };
                let vdc = one(random, &of.vdcs);
                match random.random_range(0..6) {
                    0..3 => Self::vapp(tx, random, of, &like).await?,
                    3 => Self::template(tx, random, of, &like, catalog).await?,
                    4 => drop(Self::put(tx, random, of, vdc, disk).await?),
                    _ => {
                        let media = Media {
                            size: 1,
                            image_type: "iso".to_owned(),
                            catalog_item: None,
                            storage_profile: None,
                            files: Vec::new(),
                            downloadable: false,
                        };
                        Self::put(tx, random, of, vdc, media).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
