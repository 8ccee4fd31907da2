"""The program `vcd` of vcd-cli at its `lowest` version, over http, or its `highest`, over TLS: virtual machines, what they are made of and
what is plugged into them, independent disks, and networks of the VDC."""

import sys
import tempfile

from pyvcloud.vcd.client import EntityType, RelationType
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vdc import VDC

from shell import VERSIONS, Shell
from story import Story, login

BOX = ("box", "photon-1vm")


def made(story, vcd):
    done = vcd.task("vapp", "create", "box", "-n", "example-net")
    story.check("a vApp on a network", done, ("vdcComposeVapp", "success"))
    done = vcd.task("vapp", "add-vm", "box", "photon-1vm", "photon-1vm", "-c", "example-catalog")
    story.check("with a machine", done, ("vdcRecomposeVapp", "success"))
    vcd("vapp", "stop", "box")
    facts = vcd.facts("vm", "info", *BOX)
    story.check("it is shown", [facts.get(key) for key in ("name", "status", "deployed")], ["photon-1vm", "Powered off", "false"])


def edited(story, vcd, which):
    code, said = vcd("vm", "update", *BOX, "--cpu", "4", "--cores", "2", "--memory", "2048")
    story.check("processors and memory are changed", (code, said.count("result: success")), (0, 2))
    facts = vcd.facts("vm", "info", *BOX)
    # The program reads these off a section that came with 32.0.
    wanted = {"highest": ["4", "2", "2048"], "lowest": [None, None, None]}[which]
    story.check("and shown", [facts.get(key) for key in ("cpu", "cores-per-socket", "memory-MB")], wanted)
    refused = vcd.refusal("vm", "update", *BOX, "--memory", "0")
    story.check("none at all is refused", refused, "400/BAD_REQUEST")
    for what, words, name in (
        ("guest customization on", ("gc-enable", "--enable"), "vappUpdateVm"),
        ("hot-add", ("update-vm-capabilities", "--enable-memory-hot-add"), "vappUpdateVm"),
        ("the operating system", ("update-os-section", "--ovf-info", "new"), "vappUpdateVm"),
    ):
        story.check(what, vcd.task("vm", words[0], *BOX, *words[1:]), (name, "success"))
    story.check("hot-add is shown", vcd.facts("vm", "list-vm-capabilities", *BOX).get("MemoryHotAddEnabled"), "1")


def switched(story, vcd):
    for word, operation, status in (
        ("power-on", "vappDeploy", "Powered on"),
        ("reset", "vappReset", "Powered on"),
        ("reboot", "vappRebootGuest", "Powered on"),
        ("suspend", "vappSuspend", "Suspended"),
        ("discard-suspend", "vappDiscardSuspendedState", "Powered off"),
        ("deploy", "vappDeploy", "Powered on"),
        ("shutdown", "vappShutdownGuest", "Powered off"),
        ("undeploy", "vappUndeployPowerOff", "Powered off"),
        ("poweron-force-recustomize", "vappDeploy", "Powered on"),
        ("power-off", "vappPowerOff", "Powered off"),
    ):
        done = vcd.task("vm", word, *BOX)
        story.check(word, (done, vcd.facts("vm", "info", *BOX).get("status")), ((operation, "success"), status))
    # The program looks for the link, and asks for nothing without one.
    code, said = vcd("vm", "suspend", *BOX)
    story.check("what is off is not suspended", (code, "Current state of vm: Powered off" in said), (2, True))
    vcd("vm", "undeploy", *BOX)


def snapshots(story, vcd):
    for word, operation in (
        ("create-snapshot", "vappCreateSnapshot"),
        ("revert-to-snapshot", "vappRevertToCurrentSnapshot"),
        ("remove-snapshot", "vappRemoveAllSnapshots"),
    ):
        story.check(word, vcd.task("vm", word, *BOX), (operation, "success"))


def disk(vdc, name):
    """Name, size in MB and machines of a disk, as pyvcloud reads them: the program lists no disks whose size is in MB, as from 33.0 on."""
    vdc.reload()
    found = vdc.get_disk(name)
    size = int(found.get("sizeMb") or int(found.get("size")) >> 20)
    attached = vdc.client.get_linked_resource(found, RelationType.DOWN, EntityType.VMS.value)
    return size, [vm.get("name") for vm in getattr(attached, "VmReference", ())]


def disks(story, vcd, vdc):
    story.check("a disk is made", vcd.task("disk", "create", "data", "10GiB", "-d", "of tests"), ("vdcCreateDisk", "success"))
    story.check("as large as asked for", disk(vdc, "data"), (10240, []))
    story.check("it grows", vcd.task("disk", "update", "data", "-s", "12GiB", "-n", "store"), ("vdcUpdateDisk", "success"))
    story.check("it is plugged in", vcd.task("vapp", "attach", *BOX, "store"), ("vappAttachDisk", "success"))
    story.check("and shown so", disk(vdc, "store"), (12288, ["photon-1vm"]))
    story.check("what is plugged in is not deleted", vcd("disk", "delete", "store", "-y")[0], 2)
    story.check("it is pulled out", vcd.task("vapp", "detach", *BOX, "store"), ("vappDetachDisk", "success"))
    story.check("it has another owner", vcd("disk", "change-owner", "store", "user")[0], 0)
    story.check("and is deleted", vcd.task("disk", "delete", "store", "-y"), ("vdcDeleteDisk", "success"))
    story.check("none is left", vcd.says("disk", "list"), "")


def moved(story, vcd):
    vcd("vapp", "create", "other")
    target = ("--target-vapp-name", "other", "--target-vm-name")
    story.check("a machine is copied", vcd.task("vm", "copy", *BOX, *target, "copy"), ("vdcRecomposeVapp", "success"))
    story.check("another is moved", vcd.task("vm", "move", *BOX, *target, "moved"), ("vdcRecomposeVapp", "success"))
    story.check("both are there", sorted(each["name"] for each in vcd.records("vapp", "list", "other")), ["copy", "moved"])
    story.check("and the first place is empty", vcd.says("vapp", "list", "box"), "")
    story.check("one is deleted", vcd.task("vm", "delete", "other", "copy"), ("vdcDeleteVapp", "success"))


def tended(story, vcd, medium):
    for word, more, operation in (
        ("insert-cd", ("--media-id", medium), "vappInsertCdFloppy"),
        ("eject-cd", ("--media-id", medium), "vappEjectCdFloppy"),
        ("update-vhs-media", ("--e-name", "CD/DVD Drive 1", "--host-resource", "example-media"), "vappUpdateVm"),
        ("upgrade-virtual-hardware", (), "vappUpgradeHwVersion"),
        ("enable-nested-hypervisor", (), "vappUpdateVm"),
    ):
        story.check(word, vcd.task("vm", word, *BOX, *more), (operation, "success"))


def networks(story, admin):
    made = admin.task("network", "isolated", "create", "lab", "-g", "10.9.0.1", "-n", "255.255.255.0", "--ip-range-start", "10.9.0.10", "--ip-range-end", "10.9.0.20")
    story.check("an isolated network is made", made[1], "success")
    story.check("a direct one is", admin.task("network", "direct", "create", "wan", "-p", "ExtNw")[1], "success")
    names = lambda *words: [each["name"] for each in admin.records("network", *words)]
    story.check("each is listed among its kind", ("lab" in names("isolated", "list"), names("direct", "list")), (True, ["wan"]))
    story.check("both go", [admin.task("network", kind, "delete", name, "-y")[1] for kind, name in (("isolated", "lab"), ("direct", "wan"))], ["success"] * 2)
    story.check("and are gone", ("lab" in names("isolated", "list"), admin.says("network", "direct", "list")), (False, ""))


with Story() as story, tempfile.TemporaryDirectory() as folder:
    which = sys.argv[1]
    client = login("orgadmin", "example", api_version=VERSIONS[which])
    vdc = VDC(client, resource=Org(client, resource=client.get_org()).get_vdc("example-vdc"))
    vcd, admin = Shell(folder, "orgadmin"), Shell(folder, "administrator")
    story.check("a tenant logs in", vcd.login(which)[0], 0)
    story.check("an administrator does", admin.login(which, org="System")[0], 0)
    made(story, vcd)
    edited(story, vcd, which)
    switched(story, vcd)
    snapshots(story, vcd)
    disks(story, vcd, vdc)
    item = Org(client, resource=client.get_org()).get_catalog_item("example-catalog", "example-media")
    tended(story, vcd, item.Entity.get("href").rsplit("/", 1)[1])
    moved(story, vcd)
    admin("org", "use", "example")
    admin("vdc", "use", "example-vdc")
    networks(story, admin)
