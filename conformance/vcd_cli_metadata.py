"""The program `vcd` of vcd-cli at the `lowest` API version that it knows, over http, or at the `highest`, which it finds itself, over TLS: what
it writes beside machines and reads of vApps, and what a search finds by it."""

import sys
import tempfile

from pyvcloud.vcd.vapp import VApp

from shell import VERSIONS, Shell
from story import Story, instantiate, login, task_of

BOX = ("box", "photon-1vm")
TYPES = (("owner", "Ann", "String"), ("rank", "7", "Number"), ("tested", "true", "Boolean"), ("until", "2026-05-01T08:00:00.000Z", "DateTime"))


def written(vcd, word, key, value, kind, domain="GENERAL", visibility="READWRITE"):
    how = ("--domain", domain, "--visibility", visibility, "--key", key, "--value", value, "--value-type", "Metadata%sValue" % kind)
    return vcd.task("vm", word, *BOX, *how)


def machine(story, vcd):
    done = ("metadataUpdate", "success")
    for key, value, kind in TYPES:
        story.check("%s is set" % key, written(vcd, "set-metadata", key, value, kind), done)
    listed = vcd.facts("vm", "list-metadata", *BOX)
    story.check("all are listed", {key: listed.get(key) for key, _, _ in TYPES}, {key: value for key, value, _ in TYPES})
    story.check("one is changed", written(vcd, "update-metadata", "rank", "8", "Number"), done)
    story.check("and shown", vcd.facts("vm", "list-metadata", *BOX).get("rank"), "8")
    code, said = written(vcd, "set-metadata", "rank", "many", "Number")
    story.check("what is no number is refused", (code, "many" in said), (2, True))
    code, _ = written(vcd, "set-metadata", "room", "12", "Number", "SYSTEM", "PRIVATE")
    story.check("what is the provider's is not written", code, 2)
    removed = lambda: vcd.task("vm", "remove-metadata", *BOX, "--domain", "GENERAL", "--key", "rank")
    story.check("one is removed", removed(), done)
    story.check("and is not there any more", removed()[0], 2)
    story.check("nor listed", "rank" in vcd.facts("vm", "list-metadata", *BOX), False)


def searched(story, vcd):
    found = lambda text: [each["name"] for each in vcd.records("search", "vm", "-f", text)]
    story.check("a search finds it by what is written", found("metadata:owner==STRING:Ann"), ["photon-1vm"])
    story.check("and by what it begins with", found("metadata:owner==STRING:A*"), ["photon-1vm"])
    story.check("and nothing by anything else", vcd.says("search", "vm", "-f", "metadata:owner==STRING:Tom"), "not found")


def whole(story, vcd, client, vapp):
    vapp.reload()
    client.get_task_monitor().wait_for_success(vapp.set_metadata("GENERAL", "READWRITE", "team", "blue"), poll_frequency=0.1)
    story.check("a vApp's is shown", vcd.facts("vapp", "show-metadata", "box").get("metadata: team"), "blue")
    story.check("among its other facts, too", vcd.facts("vapp", "info", "box").get("metadata: team"), "blue")


with Story() as story, tempfile.TemporaryDirectory() as folder:
    which = sys.argv[1]
    client = login("orgadmin", "example", api_version=VERSIONS[which])
    made = instantiate(client, "box")
    client.get_task_monitor().wait_for_success(task_of(made), poll_frequency=0.1)
    vcd = Shell(folder, "orgadmin")
    story.check("a tenant logs in", vcd.login(which)[0], 0)
    machine(story, vcd)
    searched(story, vcd)
    whole(story, vcd, client, VApp(client, href=made.get("href")))
