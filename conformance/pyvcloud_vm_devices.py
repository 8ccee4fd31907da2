"""pyvcloud at its `lowest` version and the `highest` that it and the server have in common: what is put into the drives of a machine."""

import sys

from pyvcloud.vcd.client import NSMAP
from pyvcloud.vcd.exceptions import BadRequestException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from story import Story, login, task_of

VERSIONS = {"lowest": "29.0", "highest": "36.0"}
POLL = 0.1


def ended(client, task):
    return client.get_task_monitor().wait_for_success(task, poll_frequency=POLL).get("operationName")


def a_vdc(client):
    return VDC(client, resource=Org(client, resource=client.get_org_by_name("example")).get_vdc("example-vdc"))


def a_machine(client, name):
    vdc = a_vdc(client)
    ended(client, task_of(vdc.instantiate_vapp(name, "example-catalog", "photon-1vm", deploy=False, power_on=False)))
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
    story.check("a medium is put in", ended(client, machine.insert_cd_from_catalog(medium)), "vappInsertCdFloppy")
    story.check("the drive has it", drives(client, machine), {"CD/DVD Drive 1": "example-media", "Floppy Drive 1": ""})
    shown = machine.list_virtual_hardware_section(is_cpu=False, is_memory=False, is_media=True)
    story.check("and is shown with it", [str(facts["mediaCdHostResource"]) for facts in shown], ["example-media"])
    story.check("it is taken out", ended(client, machine.eject_cd(medium)), "vappEjectCdFloppy")
    story.refused("and not a second time", BadRequestException, lambda: machine.eject_cd(medium))
    done = ended(client, machine.update_vhs_media("CD/DVD Drive 1", "example-media"))
    story.check("it is put in as an item of the list", (done, drives(client, machine)["CD/DVD Drive 1"]), ("vappUpdateVm", "example-media"))
    done = ended(client, machine.update_vhs_media("CD/DVD Drive 1", ""))
    story.check("and out again", (done, drives(client, machine)["CD/DVD Drive 1"]), ("vappUpdateVm", ""))
    story.refused("what nobody knows is refused", BadRequestException, lambda: machine.update_vhs_media("CD/DVD Drive 1", "nothing"))


with Story() as story:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "highest"
    tenant = login("orgadmin", "example", api_version=VERSIONS[wanted])
    media(story, tenant, a_machine(tenant, "box"))
