"""The program `vcd` of vcd-cli at its `lowest` version, over http, or its `highest`, over TLS: vApps are made, filled, shared, switched, put
back to a snapshot, copied, moved, and deleted."""

import os
import re
import sys
import tarfile
import tempfile

from shell import Shell
from story import Story

TEMPLATE = ("-c", "example-catalog", "-t", "three-vms")
MACHINES = ["firstVM", "secondVM", "thirdVM"]


def vapps(vcd):
    return {each["name"]: each["status"] for each in vcd.records("vapp", "list")}


def machines(vcd, vapp):
    return {each["name"]: each["status"] for each in vcd.records("vapp", "list", vapp)}


def made(story, vcd):
    done = vcd.task("vapp", "create", "empty", "-d", "nothing in it", "-n", "example-net")
    story.check("an empty vApp is composed", done, ("vdcComposeVapp", "success"))
    story.check("a second of the name is refused", vcd.refusal("vapp", "create", "empty"), "400/DUPLICATE_NAME")
    done = vcd.task("vapp", "create", "shop", *TEMPLATE)
    story.check("a template is instantiated", done, ("vdcInstantiateVapp", "success"))
    story.check("both are listed, and the second runs", vapps(vcd), {"empty": "RESOLVED", "shop": "POWERED_ON"})
    story.check("its machines are", machines(vcd, "shop"), dict.fromkeys(MACHINES, "POWERED_ON"))
    done = vcd.task("vapp", "update", "empty", "-n", "box", "-d", "of tests")
    story.check("it is renamed", done, ("vdcUpdateVapp", "success"))
    story.check("and listed so", set(vapps(vcd)), {"box", "shop"})
    story.check("its leases are changed", vcd.task("vapp", "update-lease", "box", "7200", "86400"), ("vdcUpdateVapp", "success"))
    facts = vcd.facts("vapp", "show-lease", "box")
    seen = [facts.get(key) for key in ("DeploymentLeaseInSeconds", "StorageLeaseInSeconds")]
    story.check("and shown", seen, ["7200", "86400"])


def filled(story, vcd):
    added = vcd.task("vapp", "add-vm", "box", "three-vms", "firstVM", "-c", "example-catalog", "-t", "web", "-n", "example-net", "-i", "pool")
    story.check("a machine of a template is added", added, ("vdcRecomposeVapp", "success"))
    seen = {each["name"]: each["ipAddress"] for each in vcd.records("vapp", "list", "box")}
    story.check("with an address of the network's pool", seen, {"web": "192.168.1.10"})
    added = vcd.task("vapp", "add-vm-scratch", "box", "-vm", "bare", "-cn", "bare", "-os", "debian8_64Guest", "-cpu", "2", "-m", "1024")
    story.check("one from scratch is", added, ("vdcRecomposeVapp", "success"))
    story.check("only the first runs", machines(vcd, "box"), {"web": "POWERED_ON", "bare": "POWERED_OFF"})
    story.check("a machine is deleted", vcd.task("vapp", "delete", "box", "bare", "-y"), ("vdcRecomposeVapp", "success"))
    story.check("and only that", list(machines(vcd, "box")), ["web"])
    story.check("the vApp stops", vcd.task("vapp", "stop", "box"), ("vappUndeployPowerOff", "success"))


def told(story, vcd):
    done = vcd.task("vapp", "update-startup-section", "box", "web", "--o", "2", "--start-delay", "3", "--stop-action", "guestShutdown")
    story.check("a machine's place in the order is changed", done, ("vdcUpdateVapp", "success"))
    seen = [(each["Id"], each["order"], each["startDelay"], each["stopAction"]) for each in vcd.records("vapp", "show-startup-section", "box")]
    story.check("and shown", seen, [("web", "2", "3", "guestShutdown")])
    done = vcd.task("vapp", "update-product-section", "box", "--key", "port", "--value", "80", "--label", "Port", "--user_configurable", "true")
    story.check("what its products say is changed", done, ("vdcUpdateVapp", "success"))
    # As JSON the program cannot print it, whatever the server says.
    code, said = vcd("vapp", "show-product-section", "box")
    story.check("and shown", (code, re.findall(r"port|\b80\b", said)), (0, ["port", "80"]))
    vcd("vapp", "download", "box", "box.ova")
    with tarfile.open(os.path.join(vcd.home, "box.ova")) as archive:
        story.check("it comes down as a package", archive.getnames()[0], "descriptor.ovf")
    story.check("which is taken back", vcd("vapp", "disable-download", "box")[0], 0)


def switched(story, vcd):
    # The program looks for the link, and asks for nothing without one.
    code, said = vcd("vapp", "power-on", "shop")
    story.check("what runs is not started", (code, "Current state of vApp: Powered on" in said), (2, True))
    for words, operation, status in (
        (("suspend",), "vappSuspend", "SUSPENDED"),
        (("discard-suspended-state",), "vappDiscardSuspendedState", "POWERED_OFF"),
        (("power-on",), "vappDeploy", "POWERED_ON"),
        (("reset", "-y"), "vappReset", "POWERED_ON"),
        (("reboot", "-y"), "vappRebootGuest", "POWERED_ON"),
        (("shutdown", "-y"), "vappShutdownGuest", "POWERED_OFF"),
        (("deploy",), "vappDeploy", "POWERED_OFF"),
        (("power-on",), "vappDeploy", "POWERED_ON"),
        (("power-off", "-y"), "vappPowerOff", "POWERED_OFF"),
    ):
        done = vcd.task("vapp", words[0], "shop", *words[1:])
        story.check(words[0], (done, vapps(vcd)["shop"]), ((operation, "success"), status))
    vcd("vapp", "power-on", "shop", "firstVM")
    story.check("some run, some do not", (vapps(vcd)["shop"], machines(vcd, "shop")["firstVM"]), ("MIXED", "POWERED_ON"))
    story.check("it stops", vcd.task("vapp", "stop", "shop"), ("vappUndeployPowerOff", "success"))
    story.check("and is off", vapps(vcd)["shop"], "POWERED_OFF")


def snapshots(story, vcd):
    for word, operation in (
        ("create-snapshot", "vappCreateSnapshot"),
        ("revert-to-snapshot", "vappRevertToCurrentSnapshot"),
        ("remove-snapshot", "vappRemoveAllSnapshots"),
    ):
        story.check(word, vcd.task("vapp", word, "shop"), (operation, "success"))


def shared(story, vcd, user):
    story.check("who owns nothing of it does not see it", "box" in vapps(user), False)
    story.check("acl share", vcd("vapp", "acl", "share", "box", "--access-level", "ReadOnly")[0], 0)
    story.check("everyone sees it", "box" in vapps(user))
    story.check("acl unshare", vcd("vapp", "acl", "unshare", "box")[0], 0)
    story.check("nobody else does", "box" in vapps(user), False)
    story.check("acl add", vcd("vapp", "acl", "add", "box", "user:user:FullControl")[0], 0)
    story.check("who may do anything may switch it", user.task("vapp", "power-on", "box"), ("vappDeploy", "success"))
    story.check("acl remove", vcd("vapp", "acl", "remove", "box", "user:user", "-y")[0], 0)
    story.check("and may not any more", user("vapp", "stop", "box")[0], 2)
    story.check("change-owner", vcd.says("vapp", "change-owner", "box", "user"), "vapp owner changed")
    story.check("the new owner sees it", "box" in vapps(user))
    story.check("and stops it", user.task("vapp", "stop", "box"), ("vappUndeployPowerOff", "success"))


def maintained(story, vcd, admin):
    story.check("a tenant begins no maintenance", vcd("vapp", "enter-maintenance-mode", "shop")[0], 2)
    story.check("a provider does", admin("vapp", "enter-maintenance-mode", "shop")[0], 0)
    story.check("and the tenant switches nothing", vcd("vapp", "power-on", "shop")[0], 2)
    story.check("until it ends", admin("vapp", "exit-maintenance-mode", "shop")[0], 0)


def copied(story, vcd):
    story.check("it is copied", vcd.task("vapp", "copy", "shop", "-n", "twin"), ("vdcCopyVapp", "success"))
    story.check("with all its machines", sorted(machines(vcd, "twin")), MACHINES)
    refused = vcd.refusal("vapp", "move", "twin", "-v", "example-nsxt-vdc")
    story.check("it runs, and is not moved meanwhile", refused, "400/BAD_REQUEST")
    vcd("vapp", "stop", "twin")
    moved = vcd.task("vapp", "move", "twin", "-v", "example-nsxt-vdc")
    story.check("and moved", moved[1], "success")
    there = {each["name"]: each["vdcName"] for each in vcd.records("vapp", "list")}
    story.check("to the other VDC", (there["shop"], there["twin"]), ("example-vdc", "example-nsxt-vdc"))


def end(story, vcd):
    story.check("all machines run again", vcd.task("vapp", "power-on", "shop"), ("vappDeploy", "success"))
    story.check("what runs is not deleted", vcd.refusal("vapp", "delete", "shop", "-y"), "400/BAD_REQUEST")
    story.check("unless by force", vcd.task("vapp", "delete", "shop", "-y", "--force"), ("vdcDeleteVapp", "success"))
    story.check("the other goes as it is", vcd.task("vapp", "delete", "box", "-y"), ("vdcDeleteVapp", "success"))
    vcd("vdc", "use", "example-nsxt-vdc")
    # A copy is started unless its request says otherwise, and this program's does not.
    story.check("what was moved runs, and goes", vcd.task("vapp", "delete", "twin", "-y", "--force"), ("vdcDeleteVapp", "success"))
    story.check("none is left", vcd.says("vapp", "list"), "")


with Story() as story, tempfile.TemporaryDirectory() as folder:
    which = sys.argv[1]
    vcd, user, admin = (Shell(folder, name) for name in ("orgadmin", "user", "administrator"))
    for shell, org in ((vcd, "example"), (user, "example"), (admin, "System")):
        story.check("%s logs in" % shell.user, shell.login(which, org=org)[0], 0)
    story.check("the administrator goes to the organization", admin("org", "use", "example")[0], 0)
    made(story, vcd)
    filled(story, vcd)
    told(story, vcd)
    switched(story, vcd)
    snapshots(story, vcd)
    shared(story, vcd, user)
    maintained(story, vcd, admin)
    copied(story, vcd)
    end(story, vcd)
