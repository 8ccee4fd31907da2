//! Many commands at once, as the writer gets them when it is busy: they are committed together. Invariant: that makes no difference to any of
//! them, so in calm weather the same commands come one by one.

use super::asking::one;
use super::play::{Outcome, Play, Weather};
use super::requests;
use super::steps::{a_blocking_task, administrator, is_active, somebody, something};
use futures::future::join_all;
use std::collections::BTreeMap;
use uuid::Uuid;
use vcdsim_model::blocking::TimeoutAction;
use vcdsim_model::caller::Caller;
use vcdsim_model::family::disk::Disk;
use vcdsim_model::family::settings::{AmqpSettings, BlockingTaskSettings};
use vcdsim_model::id::Urn;
use vcdsim_model::kind::Kind;
use vcdsim_model::power::PowerChange;
use vcdsim_model::{Fault, FaultCode};
use vcdsim_platform::Cloud;
use vcdsim_platform::blocking_task::Decision;
use vcdsim_platform::disk::{AttachDisk, DetachDisk};
use vcdsim_platform::network::DeleteNetwork;
use vcdsim_platform::seed::seeded_id;
use vcdsim_platform::vapp::{CreateVApp, Delete, ItemRequest, NetworkRequest, Recompose, UpdateVApp};
use vcdsim_platform::vim_server::{Import, ImportVmAsVApp, ImportVmAsVAppTemplate};
use vcdsim_platform::vm::{InsertMedia, Power};

/// A command.
#[derive(Debug, Clone)]
enum Order {
    Create(CreateVApp),
    Power(Power),
    Rename(UpdateVApp),
    Delete(Delete),
    ImportVApp(ImportVmAsVApp),
    ImportTemplate(ImportVmAsVAppTemplate),
    Attach(AttachDisk),
    Detach(DetachDisk),
    Insert(InsertMedia),
    Recompose(Recompose),
    DeleteNetwork(DeleteNetwork),
    Decide(Uuid, Decision),
    Prolong(Uuid, Option<i64>),
    Cancel(Uuid),
    Gate(BlockingTaskSettings),
    Broker(String),
}

impl Order {
    /// Whether only the provider may.
    const fn is_the_providers(&self) -> bool {
        matches!(
            self,
            Self::Decide(..) | Self::Prolong(..) | Self::Gate(_) | Self::Broker(_) | Self::ImportVApp(_) | Self::ImportTemplate(_)
        )
    }

    async fn carry_out(self, cloud: Cloud, caller: Caller) -> Result<(), Fault> {
        match self {
            Self::Create(operation) => cloud.submit_new(operation, &caller).await.map(drop),
            Self::Power(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Rename(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Delete(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Attach(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Detach(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Insert(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::Recompose(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::DeleteNetwork(operation) => cloud.submit(operation, &caller).await.map(drop),
            Self::ImportVApp(operation) => cloud.submit_new(operation, &caller).await.map(drop),
            Self::ImportTemplate(operation) => cloud.submit_new(operation, &caller).await.map(drop),
            Self::Decide(id, decision) => cloud.decide(id, decision, "at once".to_owned(), &caller).await,
            Self::Prolong(id, millis) => cloud.update_progress(id, String::new(), millis, &caller).await.map(drop),
            Self::Cancel(task) => cloud.cancel(task, &caller).await,
            Self::Gate(settings) => {
                let change = move |stored: &mut BlockingTaskSettings| {
                    *stored = settings;
                    Ok(())
                };
                cloud.change_setting(&caller, change).await.map(drop)
            }
            Self::Broker(host) => {
                let change = move |stored: &mut AmqpSettings| {
                    stored.host = host;
                    Ok(())
                };
                cloud.change_broker(&caller, change).await.map(drop)
            }
        }
    }
}

pub(super) async fn burst(play: &mut Play) -> Outcome {
    let focus = (something(play), a_blocking_task(play));
    let mut orders = Vec::new();
    for _ in 0..2 + play.below(7) {
        if let Some(order) = draw(play, focus) {
            let client = if order.is_the_providers() { administrator(play) } else { somebody(play) };
            orders.push((client.who, order));
        }
    }
    let cloud = play.world.instance().app.cloud().clone();
    let all = orders.iter().map(|(who, order)| order.clone().carry_out(cloud.clone(), play.people[*who].caller.clone()));
    let results = if play.weather == Weather::Calm {
        let mut results = Vec::new();
        for one in all {
            results.push(Box::pin(one).await);
        }
        results
    } else {
        join_all(all.map(Box::pin)).await
    };
    judge(play, &orders, &results);
    Outcome::Various
}

/// No command meets a defect; of several decisions about one blocking task at most one wins, and none that came too late.
fn judge(play: &mut Play, orders: &[(usize, Order)], results: &[Result<(), Fault>]) {
    let mut won = BTreeMap::new();
    for ((who, order), result) in orders.iter().zip(results) {
        let answer = result.as_ref().map_or_else(|fault| fault.message.as_str(), |()| "done");
        let line = format!("   {} {order:?}: {answer}", play.people[*who].name);
        play.diary.note(line.clone());
        let code = result.as_ref().err().map(|fault| fault.code);
        assert!(code.is_none_or(|code| code != FaultCode::Internal), "{line}");
        if let Order::Decide(id, _) | Order::Prolong(id, _) = order {
            let (admitted, active) = (*who == super::people::ADMINISTRATOR, is_active(play, *id));
            assert!(code.is_some() || (admitted && active), "{line}: nobody may, or it is too late");
        }
        if let (Order::Decide(id, _), Ok(())) = (order, result) {
            assert_eq!(won.insert(*id, line.clone()), None, "{line}: somebody was first");
        }
        play.counts.commands += 1;
        play.counts.refused += u64::from(result.is_err());
        play.answers.push(line);
    }
}

/// A command, most likely about what the others are about.
fn draw(play: &mut Play, (thing, blocking): (Option<Urn>, Option<Uuid>)) -> Option<Order> {
    let other = (something(play), a_blocking_task(play));
    let (thing, blocking) = if play.chance(75) { (thing, blocking) } else { other };
    let open: Vec<Uuid> = play.seen.open().map(|task| task.id).collect();
    let open = play.pick_some(open.into_iter());
    Some(match play.below(22) {
        16 | 17 => {
            let (vm, disk) = (of(play, Kind::Vm)?.id, of(play, Kind::Disk)?);
            Order::Attach(AttachDisk { vm, disk, place: play.pick(&[None, None, Some((0, Some(1)))]) })
        }
        18 => {
            let disk = of(play, Kind::Disk)?;
            Order::Detach(DetachDisk { vm: play.seen.objects.get(&disk)?.body::<Disk>()?.attached_to?, disk })
        }
        19 => Order::Insert(InsertMedia { vm: of(play, Kind::Vm)?.id, medium: of(play, Kind::Media)? }),
        20 => {
            let (vapp, machine) = (of(play, Kind::VApp)?.id, of(play, Kind::Vm)?);
            let (moves, goes) = (play.chance(50), play.chance(50));
            let items = vec![ItemRequest { moves: true, ..ItemRequest::of(machine) }];
            let change = Recompose::of(vapp);
            Order::Recompose(Recompose {
                items: if moves { items } else { Vec::new() },
                removed: if goes && !moves { vec![machine] } else { Vec::new() },
                ..change
            })
        }
        21 => Order::DeleteNetwork(DeleteNetwork { id: of(play, Kind::Network)?.id }),
        0..3 => Order::Create(creation(play, thing)),
        3..6 => {
            let deployment_lease_seconds = play.pick(&[None, None, None, Some(0), Some(3_600), Some(-1)]);
            Order::Power(Power { deployment_lease_seconds, ..Power::new(thing?, change(play)) })
        }
        6 => Order::Rename(UpdateVApp { name: Some(name(play)), ..UpdateVApp::of(thing?.id) }),
        7 => Order::Delete(Delete { target: thing?, force: play.chance(60) }),
        8 if play.chance(50) => {
            Order::ImportVApp(ImportVmAsVApp { import: import(play), deploy: play.chance(50), power_on: play.chance(50) })
        }
        8 => {
            let catalog = play.chance(70).then(|| seeded_id(Kind::Catalog, "example-catalog"));
            Order::ImportTemplate(ImportVmAsVAppTemplate { import: import(play), catalog, gold_master: false })
        }
        9..12 => Order::Decide(blocking?, play.pick(&[Decision::Resume, Decision::Resume, Decision::Abort, Decision::Fail])),
        12 => Order::Prolong(blocking?, play.pick(&[None, Some(0), Some(30_000)])),
        13 | 14 => Order::Cancel(open?),
        _ if play.chance(15) => Order::Broker(play.pick(&["", "broker.test"]).to_owned()),
        _ => Order::Gate(gate(play)),
    })
}

/// Something of a kind, of which there are few, but for the networks of the inventory.
fn of(play: &mut Play, kind: Kind) -> Option<Urn> {
    one(play, kind, |entity| kind != Kind::Network || entity.head.name.starts_with("lab")).map(|entity| entity.urn())
}

/// A name that commands of one burst may well want both.
fn name(play: &mut Play) -> String {
    if play.chance(50) { format!("wanted-{}", play.below(2)) } else { requests::name(play) }
}

fn change(play: &mut Play) -> PowerChange {
    play.pick(&[
        PowerChange::PowerOn,
        PowerChange::Deploy { power_on: false },
        PowerChange::Undeploy { suspend: true },
        PowerChange::Undeploy { suspend: false },
        PowerChange::PowerOff,
        PowerChange::Reset,
        PowerChange::Reboot,
        PowerChange::Shutdown,
        PowerChange::Suspend,
        PowerChange::DiscardSuspended,
    ])
}

/// Something new from a template, or a copy of what there is.
fn creation(play: &mut Play, thing: Option<Urn>) -> CreateVApp {
    let template = play.pick(&["photon-1vm", "three-vms"]);
    let copied = thing.filter(|_| play.chance(25));
    let source = Urn::new(Kind::VAppTemplate, seeded_id(Kind::VAppTemplate, &format!("example-catalog/{template}")));
    let source = copied.unwrap_or(source);
    let base = CreateVApp {
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        name: name(play),
        deploy: play.chance(50),
        power_on: play.chance(50),
        ..CreateVApp::default()
    };
    if play.chance(50) {
        return CreateVApp { source: Some(source), ..base };
    }
    let item = ItemRequest { network_assignment: vec![("none".to_owned(), "net".to_owned())], ..ItemRequest::of(source) };
    let network = NetworkRequest {
        name: "net".to_owned(),
        parent: Some(Urn::new(Kind::Network, seeded_id(Kind::Network, "example-net"))),
        fence_mode: "bridged".to_owned(),
        ..NetworkRequest::default()
    };
    CreateVApp { items: vec![item], networks: Some(vec![network]), ..base }
}

fn import(play: &mut Play) -> Import {
    Import {
        vim_server: seeded_id(Kind::VimServer, "vc1"),
        moref: format!("vm-{}", 101 + play.below(3)),
        name: Some(name(play)),
        description: None,
        vm_name: None,
        computer_name: None,
        vdc: seeded_id(Kind::Vdc, "example-vdc"),
        storage_profile: None,
        source_move: play.chance(40),
    }
}

fn gate(play: &mut Play) -> BlockingTaskSettings {
    let names: Vec<_> = play.world.instance().app.cloud().engine().registry().names().collect();
    let share = play.pick(&[0, 50, 100]);
    BlockingTaskSettings {
        operations: names.into_iter().filter(|_| play.chance(share)).collect(),
        timeout_millis: play.pick(&[0, 1_000, 60_000, 3_600_000]),
        timeout_action: play.pick(&[TimeoutAction::Resume, TimeoutAction::Abort, TimeoutAction::Fail]),
    }
}
