"""The vCloud driver of Apache Libcloud at API version `1.5` over plain HTTP, or `5.5` over TLS: it lists, makes a node that
runs, switches it, meets the gate, and destroys it."""

import sys
from contextlib import nullcontext
from urllib.parse import urlsplit

import libcloud.security
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

from bus import authority
from story import HTTP, HTTPS, Rel, Story, block, blocking_task, decide, login

OPERATION = "vdcInstantiateVapp"

# A call, and the state of node and machine after it. The driver calls a suspended node pending.
POWER = (
    ("ex_suspend_node", NodeState.PENDING),
    ("ex_power_on_node", NodeState.RUNNING),
    ("ex_shutdown_node", NodeState.STOPPED),
    ("ex_power_on_node", NodeState.RUNNING),
    ("ex_power_off_node", NodeState.STOPPED),
    ("ex_undeploy_node", NodeState.STOPPED),
    ("ex_deploy_node", NodeState.RUNNING),
)


def driver(version, user, password="password"):
    url = urlsplit(HTTP if version == "1.5" else HTTPS)
    secure = url.scheme == "https"
    return get_driver(Provider.VCLOUD)(user, password, host=url.hostname, port=url.port, secure=secure, api_version=version)


def names(things):
    return [thing.name for thing in things]


def inventory(story, cloud, origin, version):
    wrong = driver(version, "author@example", "wrong")
    story.refused("a wrong password is refused", InvalidCredsError, wrong.list_nodes)
    vdcs = cloud.vdcs
    story.check("the VDCs", names(vdcs), ["example-vdc", "example-nsxt-vdc"])
    story.check("their addresses are those of the listener", all(vdc.id.startswith(origin + "/api/vdc/") for vdc in vdcs))
    capacity = [(each.limit, each.used, each.units) for each in (vdcs[0].cpu, vdcs[0].memory)]
    seen = (vdcs[0].allocation_model, capacity)
    story.check("the VDC pays as it goes and is empty", seen, ("AllocationVApp", [(0, 0, "MHz"), (0, 0, "MB")]))
    # With storage profiles, which came with 5.1, the VDC has no capacity of its own any more.
    story.check("storage is counted as the version does", vdcs[0].storage is not None, version == "1.5")
    images = cloud.list_images()
    story.check("the images of all catalogs, each once", sorted(names(images)), ["photon-1vm", "photon-1vm", "three-vms"])
    story.check("the networks", [each.get("name") for each in cloud.networks], ["example-net", "example-net2"])
    story.check("no node yet", cloud.list_nodes(), [])
    return {image.name: image for image in images if image.name != "photon-1vm" or image.id == images[0].id}


def machine(node):
    """The only machine of a node: its name and state."""
    [vm] = node.extra["vms"]
    return vm["name"], vm["state"]


def create(story, cloud, origin, version, images):
    options = {"ex_vdc": "example-vdc", "ex_network": "example-net", "ex_description": "told"}
    node = cloud.create_node(name="made", image=images["photon-1vm"], **options)
    story.check("a node is made, deployed and runs", (node.name, node.state), ("made", NodeState.RUNNING))
    story.check("its machine runs", machine(node), ("photon-1vm", NodeState.RUNNING))
    story.check("its machine has an operating system", node.extra["vms"][0]["os_type"], "vmwarePhoton64Guest")
    story.check("its address is that of the listener", node.id.startswith(origin + "/api/vApp/vapp-"))
    story.check("it is in its VDC, with its description", (node.extra["vdc"], node.extra["description"]), ("example-vdc", "told"))
    story.check("it has a lease that never ends", node.extra["lease_settings"].storage_lease, 0)
    story.check("snapshots are told as the version does", node.extra.get("snapshots"), None if version == "1.5" else [])
    story.check("it is listed", names(cloud.list_nodes()), ["made"])
    story.check("it is found by name", cloud.ex_find_node("made").id, node.id)
    [record] = cloud.ex_query("vApp", filter="name==made")
    story.check("and by query", (record["href"], record["status"], record["type"]), (node.id, "POWERED_ON", "VAppRecord"))
    containers = [vm.id for vm in cloud.ex_find_vm_nodes("photon-1vm")]
    story.check("and by its machine", containers.count(node.id), 1)
    return node


def switch(story, cloud, node):
    story.check("it reboots", cloud.reboot_node(node))
    story.refused("what runs is not switched on", BaseHTTPError, lambda: cloud.ex_power_on_node(node))
    for call, state in POWER:
        seen = getattr(cloud, call)(node)
        story.check("%s does what it says" % call, (seen.state, machine(seen)[1]), (state, state))
    forced = cloud.ex_deploy_node(cloud.ex_undeploy_node(node, shutdown=False), ex_force_customization=True)
    story.check("it is deployed with customization", (forced.state, machine(forced)[1]), (NodeState.RUNNING, NodeState.RUNNING))


def several(story, cloud, images):
    """A node of three machines that is not deployed."""
    node = cloud.create_node(name="three", image=images["three-vms"], ex_vdc="example-vdc", ex_deploy=False)
    seen = [(vm["name"], vm["state"]) for vm in node.extra["vms"]]
    story.check("one image, three machines", seen, [(name, NodeState.STOPPED) for name in ("firstVM", "secondVM", "thirdVM")])
    story.check("a stopped node is destroyed", cloud.destroy_node(node))


def gate(story, cloud, images):
    """The driver knows neither preRunning nor aborted: it waits as long as it is told to, here not at all."""
    admin = login("administrator", "System")
    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])
    for name, rel, state in (("approved", Rel.RESUME, NodeState.STOPPED), ("declined", Rel.ABORT, None)):
        try:
            cloud.create_node(name=name, image=images["photon-1vm"], ex_vdc="example-vdc", ex_clone_timeout=0)
            waited = "no error"
        except Exception as error:
            waited = str(error)
        story.check(name + ": the driver gives up waiting", waited.partition(" while")[0], "Timeout (0 sec)")
        node = cloud.ex_find_node(name)
        story.check(name + ": the node is pending", node.state, NodeState.PENDING)
        # The error names the task by the driver's listener; the administrator is at the plain one.
        task = admin.get_resource(waited.rpartition("task ")[2].rstrip(".").replace(HTTPS, HTTP))
        story.check(name + ": its task waits", (task.get("status"), task.get("operationName")), ("preRunning", OPERATION))
        decide(admin, blocking_task(admin, task), rel, "decided")
        node = cloud.ex_find_node(name)
        story.check(name + ": the decision is done", node and node.state, state)
    story.check("nothing is blocking any more", block(admin), [])
    story.check("what was approved is destroyed", cloud.destroy_node(cloud.ex_find_node("approved")))


def destroy(story, cloud, node):
    story.check("a running node is destroyed", cloud.destroy_node(node))
    story.check("it is found no more", cloud.ex_find_node("made"), None)
    story.check("nor by query", cloud.ex_query("vApp", filter="name==made"), [])
    story.check("and no node is left", cloud.list_nodes(), [])


version = sys.argv[1]
with Story() as story, nullcontext() if version == "1.5" else authority() as ca:
    if ca is not None:
        libcloud.security.CA_CERTS_PATH = ca
    origin = HTTP if version == "1.5" else HTTPS
    cloud = driver(version, "author@example")
    images = inventory(story, cloud, origin, version)
    node = create(story, cloud, origin, version, images)
    switch(story, cloud, node)
    several(story, cloud, images)
    gate(story, cloud, images)
    destroy(story, cloud, node)
