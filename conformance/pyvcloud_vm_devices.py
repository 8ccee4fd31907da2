"""pyvcloud at its `lowest` version and the `highest` that it and the server have in common: what is put into the drives of a machine,
what is done to it beside editing it, and what is seen of it while it runs."""

import sys

from pyvcloud.vcd.client import NSMAP, EntityType, RelationType
from pyvcloud.vcd.exceptions import BadRequestException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from story import VERSIONS, Story, done, login, task_of


def a_vdc(client):
    return VDC(client, resource=Org(client, resource=client.get_org_by_name("example")).get_vdc("example-vdc"))


def a_machine(client, name):
    vdc = a_vdc(client)
    done(client, task_of(vdc.instantiate_vapp(name, "example-catalog", "photon-1vm", deploy=False, power_on=False)))
    vapp = VApp(client, resource=vdc.get_vapp(name))
    return VM(client, href=vapp.get_vm("photon-1vm").get("href"))


def drives(client, machine):
    """What each drive has, by the name of its element."""
    rasd = "{%s}" % NSMAP["rasd"]
    items = client.get_resource(machine.href + "/virtualHardwareSection/media").Item
    return {str(item[rasd + "ElementName"]): str(item[rasd + "HostResource"]) for item in items if hasattr(item, rasd + "HostResource")}


def media(story, client, machine):
    org = Org(client, resource=client.get_org_by_name("example"))
    item = org.get_catalog_item("example-catalog", "example-media")
    medium = item.Entity.get("href").rsplit("/", 1)[1]
    story.check("a medium is put in", done(client, machine.insert_cd_from_catalog(medium)), "vappInsertCdFloppy")
    story.check("the drive has it", drives(client, machine), {"CD/DVD Drive 1": "example-media", "Floppy Drive 1": ""})
    shown = machine.list_virtual_hardware_section(is_cpu=False, is_memory=False, is_media=True)
    story.check("and is shown with it", [str(facts["mediaCdHostResource"]) for facts in shown], ["example-media"])
    story.check("it is taken out", done(client, machine.eject_cd(medium)), "vappEjectCdFloppy")
    story.refused("and not a second time", BadRequestException, lambda: machine.eject_cd(medium))
    name = done(client, machine.update_vhs_media("CD/DVD Drive 1", "example-media"))
    story.check("it is put in as an item of the list", (name, drives(client, machine)["CD/DVD Drive 1"]), ("vappUpdateVm", "example-media"))
    name = done(client, machine.update_vhs_media("CD/DVD Drive 1", ""))
    story.check("and out again", (name, drives(client, machine)["CD/DVD Drive 1"]), ("vappUpdateVm", ""))
    story.refused("what nobody knows is refused", BadRequestException, lambda: machine.update_vhs_media("CD/DVD Drive 1", "nothing"))


def tended(story, client, machine):
    story.check("its hardware is upgraded", done(client, machine.upgrade_virtual_hardware()), "vappUpgradeHwVersion")
    machine.reload()
    story.check("to the newest", str(next(machine.get_resource().iter("{*}VirtualSystemType"))), "vmx-19")
    story.check("it is made to run machines", done(client, machine.enable_nested_hypervisor()), "vappUpdateVm")
    machine.reload()
    story.check("and says so", machine.get_resource().get("nestedHypervisorEnabled"), "true")
    done(client, machine.enable_guest_customization(True))
    machine.reload()
    story.check("its guest is to be prepared", str(machine.get_guest_customization_status()), "GC_PENDING")
    done(client, machine.power_on())
    machine.reload()
    story.check("which has begun when it runs", str(machine.get_guest_customization_status()), "GC_PENDING")
    machine.customize_at_next_power_on()
    machine.reload()
    story.check("and is to be again", str(machine.get_guest_customization_status()), "GC_PENDING")
    story.check("it gets the tools", done(client, machine.install_vmware_tools()), "vappUpdateVm")
    story.check("and has them", machine.list_run_time_info(), {"vmware_tools_version": "12352"})
    done(client, machine.power_off())


def watched(story, client, machine):
    story.refused("what is off has no console", BadRequestException, machine.list_screen_ticket)
    done(client, machine.power_on())
    machine.reload()
    ticket = machine.list_screen_ticket()["ScreenTicket"]
    story.check("a ticket leads to the console", (ticket.startswith("mks://127.0.0.1/vm-"), "?ticket=cst-" in ticket), (True, True))
    parts = machine.list_mks_ticket()
    story.check("and so does one in parts", (str(parts["Host"]), str(parts["Ticket"])[:4]), ("127.0.0.1", "cst-"))
    usage = {facts["metric_name"]: facts["metric_value"] for facts in machine.list_all_current_metrics()}
    story.check("its processors are idle, its disk is not small", (float(usage["cpu.usage.average"]), float(usage["disk.provisioned.latest"]) > 1e6), (0, True))
    some = [facts["metric_name"] for facts in machine.list_current_metrics_subset("disk.*.average")]
    story.check("some metrics are asked for by pattern", some, ["disk.read.average", "disk.write.average"])
    story.check("there are past ones", {facts["expected_interval"] for facts in machine.list_all_historic_metrics()}, {"300"})
    story.check("with their samples", [float(facts["Value"]) for facts in machine.list_sample_historic_metric_data("mem.*")], [0.0])
    done(client, machine.power_off())


def maintained(story, client, href):
    machine = VM(client, href=href)
    story.check("its disks are joined", done(client, machine.consolidate()), "vappConsolidateVm")
    datastores = client.get_linked_resource(client.get_extension(), RelationType.DOWN, EntityType.DATASTORE_REFERENCES.value)
    other = next(each for each in datastores.iter("{*}Reference") if each.get("name") == "shared-disk-2")
    machine.reload()
    story.check("it is moved", done(client, machine.relocate(other.get("href").rsplit("/", 1)[1])), "vappRelocateVm")
    machine.reload()
    story.check("nothing was checked", str(machine.get_compliance_result().ComplianceStatus), "UNKNOWN")
    story.check("its storage is checked", done(client, machine.check_compliance()), "vappCheckVmCompliance")
    machine.reload()
    story.check("and is right", str(machine.get_compliance_result().ComplianceStatus), "COMPLIANT")


with Story() as story:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "highest"
    tenant = login("orgadmin", "example", api_version=VERSIONS[wanted])
    machine = a_machine(tenant, "box")
    media(story, tenant, machine)
    machine.reload()
    tended(story, tenant, machine)
    machine.reload()
    watched(story, tenant, machine)
    provider = login("administrator", "System", api_version=VERSIONS[wanted])
    maintained(story, provider, machine.href)
