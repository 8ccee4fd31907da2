"""The rest of the vCloud driver of Apache Libcloud beside libcloud_node.py, at `1.5` and `5.1` over plain HTTP, and `5.5` over TLS:
every argument with which it makes a node, every change of a machine, copies, leases, shares, snapshots, consoles, metadata and queries.

The driver for `5.1` differs from that for `1.5` in the memory that it lets pass; both speak 1.5. Only the driver for `5.5` knows
snapshots and consoles. Left out are deploy_node, which takes a guest that answers, and what the base of all drivers has and this one does not.
"""

import os
import sys
import tempfile
from contextlib import nullcontext
from urllib.parse import urlsplit

import libcloud.security
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError, LibcloudError
from libcloud.compute.drivers.vcloud import VIRTUAL_MEMORY_VALS, ControlAccess, Subject
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp

from bus import authority
from story import HTTP, HTTPS, Story, login

VDC = "example-vdc"
NET = {"ex_network": "example-net", "ex_vm_network": "inside", "ex_vm_fence": "bridged"}
OFF = {"ex_vdc": VDC, "ex_deploy": False}
THREE = ["firstVM", "secondVM", "thirdVM"]
SCRIPT = "#!/bin/sh\necho '<here & there>' \u00e9\n"

# Arguments that the driver itself refuses, before it makes anything.
UNFIT = (
    ({"ex_vm_names": ["longer-than-fifteen"]}, ValueError),
    ({"ex_vm_names": ["-dashed"]}, ValueError),
    ({"ex_vm_cpu": 9}, ValueError),
    ({"ex_vm_memory": 1026}, ValueError),
    ({"ex_vm_fence": "open"}, ValueError),
    ({"ex_vm_ipmode": "AUTO"}, ValueError),
    ({"ex_vm_ipmode": "MANUAL"}, NotImplementedError),
    ({"ex_vm_script": "/nowhere/script.sh"}, LibcloudError),
    ({"ex_network": "nowhere"}, ValueError),
    ({"ex_vdc": "nowhere"}, ValueError),
)


def driver(version, user):
    url = urlsplit(HTTPS if version == "5.5" else HTTP)
    secure = url.scheme == "https"
    return get_driver(Provider.VCLOUD)(user, "password", host=url.hostname, port=url.port, secure=secure, api_version=version)


def names(things):
    return [thing.name for thing in things]


def machines(node, key="name"):
    return [machine[key] for machine in node.extra["vms"]]


def section(cloud, href, name):
    """What a section of a node or machine says: the texts of its leaves by their names, the last of each name."""
    answer = cloud.connection.request("%s/%s" % (urlsplit(href).path, name)).object
    return {leaf.tag.split("}")[1]: leaf.text for leaf in answer.iter() if not len(leaf)}


def quantity(cloud, machine, name):
    return int(section(cloud, machine, "virtualHardwareSection/" + name)["VirtualQuantity"])


def quantities(cloud, node, name):
    return [quantity(cloud, machine, name) for machine in machines(node, "id")]


def disks(cloud, machine):
    """The capacities of the disks of a machine, in MB."""
    answer = cloud.connection.request(urlsplit(machine).path + "/virtualHardwareSection/disks").object
    hosts = [item for item in answer.iter() if item.tag.endswith("}HostResource")]
    return [int(value) for host in hosts for name, value in host.items() if name.endswith("}capacity")]


def fence(cloud, node, network):
    """How a network inside a node is connected."""
    answer = cloud.connection.request(urlsplit(node.id).path + "/networkConfigSection").object
    [config] = [each for each in answer if each.get("networkName") == network]
    return next(each.text for each in config.iter() if each.tag.endswith("}FenceMode"))


class Scene:
    """The driver of who administers the organization, and the same user in pyvcloud, for what the driver cannot do."""

    def __init__(self, story, version):
        self.story, self.version = story, version
        self.cloud = driver(version, "orgadmin@example")
        self.peer = login("orgadmin", "example", api_version="29.0")

    def image(self, name):
        return next(image for image in self.cloud.list_images() if image.name == name)

    def make(self, name, image="photon-1vm", **options):
        return self.cloud.create_node(name=name, image=self.image(image), **{**OFF, **options})

    def vapp(self, node):
        vapp = VApp(self.peer, href=node.id.replace(HTTPS, HTTP))
        vapp.reload()
        return vapp

    def done(self, task):
        self.peer.get_task_monitor().wait_for_success(task, poll_frequency=0.1)

    def denied(self, what, reason, call):
        """A check that the server refuses a call, and why."""
        try:
            seen = call()
        except BaseHTTPError as error:
            seen = error.message.get("minorErrorCode")
        self.story.check(what, seen, reason)


def lists(scene):
    story, cloud = scene.story, scene.cloud
    story.check("the location is the host", names(cloud.list_locations()), [urlsplit(HTTP).hostname])
    story.check("the sizes are those of memory", [size.ram for size in cloud.list_sizes()], VIRTUAL_MEMORY_VALS)
    [here] = cloud.list_locations()
    story.check("the images of a location are all", names(cloud.list_images(here)), names(cloud.list_images()))
    for vdcs in (cloud.vdcs[0], cloud.vdcs):
        story.check("a VDC or several have no node", (cloud.ex_list_nodes(vdcs), cloud.ex_find_node("made", vdcs)), ([], None))
    # What the driver speaks unless it is told a version: 0.8, which is older than the oldest that is served.
    url = urlsplit(HTTP)
    oldest = get_driver(Provider.VCLOUD)("author@example", "password", host=url.hostname, port=url.port, secure=False)
    story.refused("without a version it speaks one that is not served", InvalidCredsError, oldest.list_nodes)


def wired(scene):
    """An image whose machine is on a network named `inside`: the driver connects no machine, so a vApp is captured."""
    story, cloud = scene.story, scene.cloud
    node = scene.make("pattern", **NET)
    scene.done(scene.vapp(node).connect_vm("POOL"))
    node = cloud.ex_find_node("pattern")
    story.check("a machine that is connected has an address", (node.private_ips, node.public_ips), (["192.168.1.10"], ["192.168.1.10"]))
    org = Org(scene.peer, resource=scene.peer.get_org())
    org.create_catalog("own", "of the organization")
    org.reload()
    scene.done(org.capture_vapp(org.get_catalog("own"), scene.vapp(node).href, "wired", "on a network", customize_on_instantiate=True))
    story.check("what was captured is an image", "wired" in names(cloud.list_images()))
    story.check("the pattern is destroyed", node.destroy())


def connected(scene):
    story, cloud = scene.story, scene.cloud
    for mode in ("bridged", "isolated", "natRouted"):
        node = scene.make(mode, **{**NET, "ex_vm_fence": mode})
        story.check("a network inside a node is %s" % mode, fence(cloud, node, "inside"), mode)
        story.check("it is destroyed", cloud.destroy_node(node))
    node = scene.make("plain", ex_network="example-net")
    story.check("without a mode it is as the organization's", fence(cloud, node, "example-net"), "isolated")
    story.check("it is destroyed, too", cloud.destroy_node(node))
    for mode in ("POOL", "DHCP", "NONE"):
        node = scene.make(mode.lower(), "wired", ex_vm_ipmode=mode, **NET)
        seen = section(cloud, machines(node, "id")[0], "networkConnectionSection")["IpAddressAllocationMode"]
        addressed = [address.startswith("192.168.1.") for address in node.private_ips]
        story.check("a machine asks for its address by %s" % mode, (seen, addressed), (mode, [True] if mode == "POOL" else []))
    far = lambda: scene.make("far", **{**NET, "ex_vdc": "example-nsxt-vdc"})
    scene.denied("a network of another VDC is not in reach", "BAD_REQUEST", far)
    for mode in ("dhcp", "none"):
        story.check("it is destroyed by its name", cloud.destroy_node(cloud.ex_find_node(mode)))


def copied(scene):
    """What has no address the driver cannot copy: it takes address and MAC out of the card and stumbles over what is not there."""
    story, cloud = scene.story, scene.cloud
    source = cloud.ex_find_node("pool")
    options = {"ex_vdc": VDC, "ex_vm_names": ["copied"], "ex_vm_cpu": 2, "ex_clone_timeout": 60}
    copy = cloud.create_node(name="copy", image=source, **options)
    story.check("a node is copied, and runs", (copy.state, copy.extra["description"]), (NodeState.RUNNING, "Clone of pool"))
    story.check("with another name and CPUs", (machines(copy), quantities(cloud, copy, "cpu")), (["copied"], [2]))
    mac = [section(cloud, machines(node, "id")[0], "networkConnectionSection")["MACAddress"] for node in (source, copy)]
    story.check("its card has an address and a MAC of its own", (copy.private_ips != source.private_ips, mac[0] != mac[1]), (True, True))
    [(ready, addresses)] = cloud.wait_until_running([copy], wait_period=0.1, timeout=10)
    story.check("who waits for it hears its address", (ready.id, addresses), (copy.id, copy.private_ips))
    far = cloud.create_node(name="far", image=source, ex_vdc="example-nsxt-vdc", ex_deploy=False)
    seen = (far.extra["vdc"], far.state, fence(cloud, far, "inside"))
    story.check("in another VDC it is cut off", seen, ("example-nsxt-vdc", NodeState.STOPPED, "isolated"))
    story.check("source and copies are destroyed", [node.destroy() for node in (source, copy, far)], [True] * 3)


def prepared(scene):
    """A node that is made with everything at once, and one whose script is given as text."""
    story, cloud = scene.story, scene.cloud
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as script:
        script.write(SCRIPT)
        script.flush()
        told = {"ex_vm_script": script.name, "ex_admin_password": "Secret-1", "ex_description": "all at once"}
        sized = {"ex_vdc": cloud.vdcs[0].id, "ex_vm_names": ["alpha"], "ex_vm_cpu": 2, "ex_vm_memory": 1024, "ex_vm_ipmode": "POOL"}
        node = scene.make("full", "wired", ex_deploy=True, ex_force_customization=True, **NET, **sized, **told)
        story.check("a node is made with everything", (node.state, node.extra["description"]), (NodeState.RUNNING, "all at once"))
        story.check("in the VDC of that address", node.extra["vdc"], VDC)
        [machine] = machines(node, "id")
        story.check("its machine has its name and size", (machines(node), quantities(cloud, node, "cpu"), quantities(cloud, node, "memory")),
                    (["alpha"], [2], [1024]))
        guest = section(cloud, machine, "guestCustomizationSection")
        seen = [guest[name] for name in ("ComputerName", "CustomizationScript", "AdminPasswordEnabled", "AdminPasswordAuto", "AdminPassword")]
        story.check("its guest is told all of it", seen, ["alpha", SCRIPT, "true", "false", "Secret-1"])
        text = scene.make("text", "three-vms", ex_vm_names=["one", "two"], ex_vm_script=script.name, ex_vm_script_text="echo text")
    story.check("as many machines as there are names are renamed", machines(text), ["one", "two", "thirdVM"])
    seen = [section(cloud, machine, "guestCustomizationSection")["CustomizationScript"] for machine in machines(text, "id")]
    story.check("a text goes before a file, on every machine", seen, ["echo text"] * 3)
    scene.denied("a name is given once in a VDC", "DUPLICATE_NAME", lambda: scene.make("full"))
    story.check("both are destroyed", (cloud.destroy_node(node, shutdown=False), cloud.destroy_node(text)), (True, True))


def unfit(scene):
    for options, error in UNFIT:
        [(name, value)] = options.items()
        scene.story.refused("%s=%r is refused" % (name, value), error, lambda: scene.make("unfit", **options))
    scene.story.check("nothing came of it", scene.cloud.list_nodes(), [])


def changed(scene):
    """Each change of all machines of a node, and of one."""
    story, cloud = scene.story, scene.cloud
    node = scene.make("three", "three-vms")
    first, second, _ = machines(node, "id")
    cloud.ex_set_vm_cpu(node.id, 4)
    cloud.ex_set_vm_cpu(first, 1)
    story.check("CPUs are changed", quantities(cloud, node, "cpu"), [1, 4, 4])
    cloud.ex_set_vm_memory(node.id, 2048)
    cloud.ex_set_vm_memory(first, 512)
    story.check("memory is changed", quantities(cloud, node, "memory"), [512, 2048, 2048])
    odd = lambda: cloud.ex_set_vm_memory(second, 516)
    if scene.version == "1.5":
        story.refused("to sizes of the list alone", ValueError, odd)
    else:
        story.check("to any that is a multiple of four", (odd(), quantity(cloud, second, "memory")), (None, 516))
    had = disks(cloud, first)
    cloud.ex_add_vm_disk(node.id, 2)
    cloud.ex_add_vm_disk(first, "1")
    story.check("disks are added", (disks(cloud, first), disks(cloud, second)), (had + [2048, 1024], had + [2048]))
    story.refused("none is smaller than nothing", ValueError, lambda: cloud.ex_add_vm_disk(first, -1))
    cloud.ex_change_vm_admin_password(node.id, "Secret-2")
    cloud.ex_change_vm_admin_password(first, "Secret-3")
    seen = [section(cloud, machine, "guestCustomizationSection")["AdminPassword"] for machine in machines(node, "id")]
    story.check("passwords are changed", seen, ["Secret-3", "Secret-2", "Secret-2"])


def switched(scene):
    """What may be done while it runs and while it does not. The driver cannot let CPUs and memory be added to what runs."""
    story, cloud = scene.story, scene.cloud
    node = cloud.ex_find_node("three")
    for call in ("reboot_node", "ex_suspend_node", "ex_power_off_node", "ex_shutdown_node", "ex_undeploy_node"):
        scene.denied("what is off is not for %s" % call, "BAD_REQUEST", lambda: getattr(cloud, call)(node))
    node = cloud.ex_deploy_node(node)
    story.check("all of it runs", machines(node, "state"), [NodeState.RUNNING] * 3)
    story.check("a node reboots itself", node.reboot())
    first = machines(node, "id")[0]
    scene.denied("what runs keeps its CPUs", "BAD_REQUEST", lambda: cloud.ex_set_vm_cpu(first, 2))
    scene.denied("and its memory", "BAD_REQUEST", lambda: cloud.ex_set_vm_memory(first, 1024))
    had = disks(cloud, first)
    cloud.ex_add_vm_disk(first, 1)
    story.check("but takes a disk", disks(cloud, first), had + [1024])


def leased(scene):
    story, cloud = scene.story, scene.cloud
    forever = cloud.ex_find_node("three").extra["lease_settings"]
    story.refused("without a lease nobody knows when it was deployed", Exception, forever.get_deployment_time)
    scene.done(scene.vapp(cloud.ex_find_node("three")).set_lease(deployment_lease=7200, storage_lease=86400))
    lease = cloud.ex_find_node("three").extra["lease_settings"]
    story.check("its lease is told", (lease.deployment_lease, lease.storage_lease), (7200, 86400))
    story.check("with its end while it runs", (lease.deployment_lease_expiration is not None, lease.storage_lease_expiration), (True, None))
    told = lease.deployment_lease_expiration - lease.get_deployment_time()
    story.check("so it is known when it was deployed", told.total_seconds(), 7200)


def kept(scene):
    story, cloud = scene.story, scene.cloud
    node = cloud.ex_find_node("three")
    if scene.version != "5.5":
        story.check("older drivers keep no snapshots", ("snapshots" in node.extra, hasattr(cloud, "ex_create_snapshot")), (False, False))
        return
    scene.denied("there is no snapshot to go back to", "BAD_REQUEST", lambda: cloud.ex_revert_to_snapshot(node))
    [first] = cloud.ex_create_snapshot(node).extra["snapshots"]
    story.check("a snapshot of what runs", (first["poweredOn"], int(first["size"]) > 0), ("true", True))
    [second] = cloud.ex_create_snapshot(cloud.ex_power_off_node(node)).extra["snapshots"]
    story.check("a snapshot of what is off is in its place", (second["poweredOn"], second["created"] >= first["created"]), ("false", True))
    running = cloud.ex_power_on_node(node)
    reverted = cloud.ex_revert_to_snapshot(node)
    story.check("it goes back to be off", (running.state, reverted.state), (NodeState.RUNNING, NodeState.STOPPED))
    story.check("and keeps the snapshot", reverted.extra["snapshots"], [second])
    story.check("which is removed", cloud.ex_remove_snapshots(node).extra["snapshots"], [])


def watched(scene):
    """The driver keeps for itself why there is no ticket."""
    story, cloud = scene.story, scene.cloud
    if scene.version != "5.5":
        return
    node = cloud.ex_find_node("three")
    story.check("what is off has no console", cloud.ex_acquire_mks_ticket(node.id), None)
    node = cloud.ex_power_on_node(node)
    second = machines(node, "id")[1]
    tickets = [cloud.ex_acquire_mks_ticket(*which) for which in ((node.id,), (node.id, 1), (second,))]
    story.check("what runs has one", [sorted(ticket) for ticket in tickets], [["host", "port", "ticket", "vmx"]] * 3)
    story.check("each machine its own", [tickets[1]["vmx"] == ticket["vmx"] for ticket in tickets], [False, True, True])
    story.check("each ticket is new", len({ticket["ticket"] for ticket in tickets}), 3)


def shared(scene):
    """The driver reads the document of each user that a node is shared with, which takes the right to see users."""
    story, cloud = scene.story, scene.cloud
    node = cloud.ex_find_node("three")
    access = lambda: cloud.ex_get_control_access(node)
    told = lambda: (access().everyone_access_level, [(each.type, each.name, each.access_level) for each in access().subjects])
    story.check("a node is nobody else's", told(), (None, []))
    other = driver(scene.version, "user@example")
    for level in ("ReadOnly", "Change", "FullControl", None):
        cloud.ex_set_control_access(node, ControlAccess(node, level))
        story.check("everyone has %s" % level, (told(), names(other.list_nodes())), ((level, []), ["three"] if level else []))
    cloud.ex_set_control_access(node, ControlAccess(node, None, [Subject("user", "user", "Change"), Subject("user", "author", "ReadOnly")]))
    subjects = sorted(told()[1])
    story.check("users have it, by their names", subjects, [("user", "author", "ReadOnly"), ("user", "user", "Change")])
    [mine] = [each for each in access().subjects if each.name == "user"]
    story.check("and addresses", mine.id.startswith(HTTPS if scene.version == "5.5" else HTTP))
    cloud.ex_set_control_access(node, ControlAccess(node, None, [Subject("user", "user", "Change", mine.id)]))
    story.check("one has it, by the address", told(), (None, [("user", "user", "Change")]))
    for kind in ("user", "group"):
        stranger = ControlAccess(node, None, [Subject(kind, "nobody", "Change")])
        story.refused("no %s of that name is found" % kind, LibcloudError, lambda: cloud.ex_set_control_access(node, stranger))
    story.check("who may change it switches it", other.ex_suspend_node(node).state, NodeState.PENDING)
    scene.denied("but does not share it", "ACCESS_TO_RESOURCE_IS_FORBIDDEN", lambda: other.ex_set_control_access(node, ControlAccess(node, None)))
    scene.denied("nor destroy it", "ACCESS_TO_RESOURCE_IS_FORBIDDEN", lambda: other.destroy_node(node))


def noted(scene):
    story, cloud = scene.story, scene.cloud
    node = cloud.ex_find_node("three")
    story.check("a node has no metadata at first", cloud.ex_get_metadata(node), {})
    cloud.ex_set_metadata_entry(node, "owner", "Ann & Tom")
    cloud.ex_set_metadata_entry(node, "room", "12")
    cloud.ex_set_metadata_entry(node, "room", "13")
    # It reads the form of 1.5 only, and finds no values in the other one.
    wanted = {"owner": None, "room": None} if scene.version == "5.5" else {"owner": "Ann & Tom", "room": "13"}
    story.check("what is written is read", cloud.ex_get_metadata(node), wanted)
    kept = scene.vapp(node).get_metadata()
    story.check("and is text, as others see it", [str(entry.TypedValue.Value) for entry in kept.MetadataEntry], ["Ann & Tom", "13"])
    scene.denied("half a key is none", "BAD_REQUEST", lambda: cloud.ex_set_metadata_entry(node, "a;b", "1"))


def asked(scene):
    story, cloud = scene.story, scene.cloud
    users = lambda **options: [record["name"] for record in cloud.ex_query("user", **options)]
    everyone = ["author", "cataloger", "console", "orgadmin", "user"]
    story.check("records are sorted", users(sort_asc="name"), everyone)
    story.check("the other way round, and by pages", users(sort_desc="name", page=2, page_size=2), ["console", "cataloger"])
    story.check("past the last page there is nothing", users(page=9), [])
    story.check("either of two", users(filter="name==author,name==user", sort_asc="name"), ["author", "user"])
    story.check("both of two", users(filter="(name==a*;isEnabled==true)"), ["author"])
    story.check("a filter with blanks", users(filter="fullName==vApp Author of Example"), ["author"])
    inside = cloud.ex_query("vm", filter="isVAppTemplate==false", sort_asc="name")
    story.check("machines", [(each["name"], each["container"]) for each in inside], [(name, cloud.ex_find_node("three").id) for name in THREE])
    # The driver takes templates for nodes, too, where a machine of theirs has the name.
    found = [each.id for each in cloud.ex_find_vm_nodes("thirdVM")]
    story.check("the nodes of a machine, as many as wanted", (found.count(inside[0]["container"]), len(cloud.ex_find_vm_nodes("thirdVM", 1))), (1, 1))
    tasks = cloud.ex_query("task", filter="objectName==three;status==success", sort_asc="startDate")
    story.check("tasks", (tasks[0]["name"], tasks[0]["type"]), ("vdcInstantiateVapp", "TaskRecord"))
    kinds = ("vApp", "vAppTemplate", "catalog", "catalogItem", "media", "orgVdc", "orgNetwork", "vAppNetwork", "event", "group", "strandedUser")
    for kind in kinds + (("orgVdcNetwork", "disk", "orgVdcStorageProfile") if scene.version == "5.5" else ()):
        wanted = kind[0].upper() + kind[1:] + "Record"
        story.check("every %s is a record" % kind, {each["type"] for each in cloud.ex_query(kind)} <= {wanted})
    scene.denied("a type nobody knows", "BAD_REQUEST", lambda: cloud.ex_query("nothing"))
    scene.denied("nothing to sort by", "BAD_REQUEST", lambda: cloud.ex_query("vApp", sort_asc="nothing"))
    scene.denied("half a filter", "BAD_REQUEST", lambda: cloud.ex_query("vApp", filter="name=three"))


def ended(scene):
    story, cloud = scene.story, scene.cloud
    node = cloud.ex_find_node("three")
    story.check("what is suspended is destroyed", cloud.destroy_node(node, shutdown=False))
    # This is how the driver tells, while it lists, that a node went meanwhile.
    scene.denied("what is gone is forbidden", "ACCESS_TO_RESOURCE_IS_FORBIDDEN", lambda: cloud.ex_power_on_node(node))
    scene.denied("and not destroyed again", "ACCESS_TO_RESOURCE_IS_FORBIDDEN", lambda: cloud.destroy_node(node))
    left = cloud.ex_query("vm", filter="isVAppTemplate==false")
    story.check("no node and no machine is left", (cloud.list_nodes(), left), ([], []))
    node = scene.make("last", "wired", ex_vm_ipmode="POOL", **NET)
    story.check("and no address in use", (node.private_ips, node.destroy()), (["192.168.1.10"], True))


PARTS = (lists, wired, connected, copied, prepared, unfit, changed, switched, leased, kept, watched, shared, noted, asked, ended)


def main(version):
    with Story() as story, authority() if version == "5.5" else nullcontext() as ca:
        if ca is not None:
            libcloud.security.CA_CERTS_PATH = ca
        scene = Scene(story, version)
        for part in PARTS:
            part(scene)


if __name__ == "__main__":
    main(sys.argv[1])
