"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common: sessions, organization, VDC,
catalog, the life of a vApp, the task monitor at the gate, and the settings of the broker."""

import os
import sys
import threading

import pika
from pyvcloud.vcd.amqp import AmqpService
from pyvcloud.vcd.client import API_CURRENT_VERSIONS, RESOURCE_TYPES, Client, EntityType, QueryResultFormat, TaskStatus
from pyvcloud.vcd.exceptions import (
    AccessForbiddenException, BadRequestException, ClientException, EntityNotFoundException, NotAcceptableException,
    OperationNotSupportedException, UnauthorizedException, VcdTaskException,
)
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.platform import Platform
from pyvcloud.vcd.system import System
from pyvcloud.vcd.task import Task
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from bus import PATIENCE, Inbox, connected
from story import AMQP, HTTP, Rel, Story, block, blocking_task, decide, done, instantiate, login, task_of

OPERATION = "vdcInstantiateVapp"
WANTED = {"lowest": "29.0", "highest": "36.0"}
POLL = 0.1

# A power operation, the task it makes, the vApp's state when that is done, and whether it is deployed then.
POWER = (
    ("power_on", "vappDeploy", 4, "true"),
    ("power_reset", "vappReset", 4, "true"),
    ("reboot", "vappRebootGuest", 4, "true"),
    ("suspend_vapp", "vappSuspend", 3, "true"),
    ("power_on", "vappDeploy", 4, "true"),
    ("shutdown", "vappShutdownGuest", 8, "true"),
    ("power_on", "vappDeploy", 4, "true"),
    ("power_off", "vappPowerOff", 8, "true"),
    ("undeploy", "vappUndeployPowerOff", 8, "false"),
)


def names(elements):
    return [element.get("name") for element in elements]


def version(story, which):
    served = Client(HTTP, log_file=os.devnull).get_supported_versions_list()
    common = [each for each in API_CURRENT_VERSIONS if each in served]
    chosen = common[0] if which == "lowest" else common[-1]
    story.check("the %s version that both know" % which, chosen, WANTED[which])
    return chosen


def sessions(story, chosen):
    unknown = lambda: login("author", "example", api_version="99.99")
    story.refused("a version that does not exist is refused", NotAcceptableException, unknown)
    nobody = lambda: login("nobody", "example", api_version=chosen)
    story.refused("so is a user that does not exist", UnauthorizedException, nobody)
    admin, tenant = login("administrator", "System", api_version=chosen), login("author", "example", api_version=chosen)
    story.check("the administrator is one, the tenant is not", (admin.is_sysadmin(), tenant.is_sysadmin()), (True, False))
    session = tenant.get_vcloud_session()
    story.check("the session says whose it is", (session.get("user"), session.get("org")), ("author", "example"))
    # From 33.0 on pyvcloud signs in at the OpenAPI and carries a bearer token.
    bearer = float(chosen) >= 33
    story.check("the token is of the version's kind", tenant.get_access_token() is not None, bearer)
    token = tenant.get_access_token() if bearer else tenant.get_xvcloud_authorization_token()
    other = Client(HTTP, api_version=chosen, log_file=os.devnull)
    other.rehydrate_from_token(token, is_jwt_token=bearer)
    story.check("a second client goes on with the token", other.get_org().get("name"), "example")
    return admin, tenant, other


def organization(story, admin, tenant):
    story.check("the administrator sees every organization", names(admin.get_org_list()), ["System", "example", "example2"])
    story.check("the tenant sees one", names(tenant.get_org_list()), ["example"])
    story.refused("and not another by name", EntityNotFoundException, lambda: tenant.get_org_by_name("example2"))
    seen = Org(admin, resource=admin.get_org_by_name("example"))
    users = sorted(names(seen.list_users()))
    story.check("the users of the organization", users, ["author", "cataloger", "console", "orgadmin", "user"])
    story.check("a user has a role", seen.get_user("author").Role.get("name"), "vApp Author")
    org = Org(tenant, resource=tenant.get_org())
    for who, vdcs, path in (("administrator", seen.list_vdcs(is_admin_url=True), "/api/admin/vdc"), ("tenant", org.list_vdcs(), "/api/vdc")):
        listed = {vdc["name"]: vdc["href"].rpartition("/")[0] for vdc in vdcs}
        story.check("the VDCs of the " + who, listed, {name: HTTP + path for name in ("example-vdc", "example-nsxt-vdc")})
    return seen, org


def provider(story, admin):
    system, platform = System(admin, admin_resource=admin.get_admin()), Platform(admin)
    story.check("the provider VDCs", names(system.list_provider_vdcs()), ["example-pvdc", "example-nsxt-pvdc"])
    story.check("the network pools", names(system.list_network_pools()), ["example-pool", "example-nsxt-pool"])
    story.check("the storage profiles", set(names(system.list_provider_vdc_storage_profiles())), {"*", "standard", "fast"})
    story.check("the vCenter servers", names(platform.list_vcenters()), ["vc1"])
    story.check("the external networks", names(platform.list_external_networks()), ["ExtNw"])
    disks = [disk["name"] for disk in platform.list_datastores()]
    story.check("the datastores", disks, ["shared-disk-1", "shared-disk-2"])


def queries(story, admin, seen):
    """Every query type that the client knows, and one whose answer has several pages."""
    unknown = []
    for name in RESOURCE_TYPES:
        try:
            list(admin.get_typed_query(name, QueryResultFormat.RECORDS).execute())
        except OperationNotSupportedException:
            unknown.append(name)
    # nsxTManager came with 30.0.
    wanted = ["nsxTManager"] if admin.get_api_version() == "29.0" else []
    story.check("the administrator can ask for everything", unknown, wanted)
    rights = names(seen.list_rights_available_in_system())
    story.check("the rights fill several pages, each once", (len(rights) > 128, len(rights)), (True, len(set(rights))))


def data_center(story, seen, org):
    vdc = VDC(org.client, resource=org.get_vdc("example-vdc"))
    resource = vdc.get_resource()
    model = (str(resource.AllocationModel), bool(resource.IsEnabled))
    story.check("the VDC pays as it goes and is enabled", model, ("AllocationVApp", True))
    story.check("its storage profiles", names(vdc.get_storage_profiles()), ["standard", "fast"])
    templates = [each["name"] for each in vdc.list_resources(EntityType.VAPP_TEMPLATE)]
    story.check("its templates", templates, ["photon-1vm", "three-vms"])
    twin = VDC(seen.client, resource=seen.get_vdc("example-vdc", is_admin_operation=True))
    story.check("the admin twin knows the default", twin.get_default_storage_profile().get("name"), "standard")
    # As a tenant at 29.0, pyvcloud reads orgNetwork records and an attribute that these do not have.
    client = vdc if float(org.client.get_api_version()) > 29 else twin
    networks = [(each.get("name"), str(each.Configuration.FenceMode)) for each in client.list_orgvdc_isolated_networks()]
    story.check("its networks are isolated", networks, [("example-net", "isolated"), ("example-net2", "isolated")])
    if float(org.client.get_api_version()) >= 32:
        story.check("its compute policies", names(twin.list_compute_policies()), ["System Default"])
        default = twin.list_compute_policies()[0]
        twin.add_compute_policy(default.get("href"))
        story.check("one that is added again is there once", names(twin.list_compute_policies()), ["System Default"])
    return vdc


def sharing(story, seen, org):
    """Who sees a VDC. pyvcloud keeps what it read, so every look is made with a new object."""
    vdc = lambda: VDC(seen.client, resource=seen.get_vdc("example-nsxt-vdc"))
    sees = lambda: "example-nsxt-vdc" in [each["name"] for each in Org(org.client, resource=org.client.get_org()).list_vdcs()]
    acl = vdc().get_access_settings()
    at_first = (str(acl.IsSharedToEveryone), str(acl.EveryoneAccessLevel), sees())
    story.check("the VDC is shared with everyone at first", at_first, ("True", "ReadOnly", True))
    acl = vdc().add_access_settings([{"name": "user", "type": "user", "access_level": "ReadOnly"}])
    story.check("and with a user", acl.AccessSettings.AccessSetting.Subject.get("name"), "user")
    acl = vdc().unshare_from_org_members()
    story.check("no longer with everyone, others lose sight of it", (str(acl.IsSharedToEveryone), sees()), ("False", False))
    wrong = [{"name": "author", "type": "user", "access_level": "Change"}]
    story.refused("nobody can be given more than to see it", BadRequestException, lambda: vdc().add_access_settings(wrong))
    vdc().add_access_settings([{"name": "author", "type": "user", "access_level": "ReadOnly"}])
    story.check("whoever is named sees it again", sees())
    vdc().share_with_org_members()
    acl = vdc().remove_access_settings(remove_all=True)
    story.check("with nobody named the list is gone", (hasattr(acl, "AccessSettings"), sees()), (False, True))


def catalog(story, org):
    listed = next(each for each in org.list_catalogs() if each["name"] == "example-catalog")
    counts = [listed[key] for key in ("isShared", "numberOfVAppTemplates", "numberOfMedia")]
    story.check("the catalog is shared and counts", counts, ["true", "2", "1"])
    items = [item["name"] for item in org.list_catalog_items("example-catalog")]
    story.check("its items", items, ["photon-1vm", "three-vms", "example-media"])
    entity = org.get_catalog_item("example-catalog", "example-media").Entity
    story.check("an item leads to its media", (entity.get("name"), entity.get("type")), ("example-media", EntityType.MEDIA.value))
    template = org.client.get_resource(org.get_vapp_template_href("example-catalog", "three-vms"))
    story.check("another to its template", (template.get("name"), template.get("status")), ("three-vms", "8"))
    story.check("the template's machines", names(template.Children.Vm), ["firstVM", "secondVM", "thirdVM"])
    missing = lambda: org.get_catalog_item("example-catalog", "nothing")
    story.refused("an item that does not exist is not found", EntityNotFoundException, missing)


def life(story, tenant, vdc):
    made = vdc.instantiate_vapp(
        "alive", "example-catalog", "photon-1vm", description="told", deploy=False, power_on=False, vm_name="box", hostname="box",
        cpu=2, memory=1024, network="example-net", ip_allocation_mode="pool",
    )
    story.check("instantiation runs through", done(tenant, task_of(made)), OPERATION)
    vapp = VApp(tenant, resource=vdc.get_vapp("alive"))
    seen = (vapp.resource.get("status"), vapp.resource.get("deployed"), str(vapp.resource.Description))
    story.check("the vApp is off and not deployed", seen, ("8", "false", "told"))
    vm = vapp.get_vm("box")
    cpu, memory = VM(tenant, resource=vm).list_virtual_hardware_section()
    seen = (cpu["cpuVirtualQuantity"], memory["memoryVirtualQuantityInMb"])
    story.check("its machine has the hardware asked for", seen, (2, 1024))
    nic = VM(tenant, resource=vm).list_nics()[0]
    seen = [nic[key] for key in ("network", "ip_address_mode", "ip_address", "connected")]
    story.check("and an address of the network's pool", seen, ["example-net", "POOL", "192.168.1.10", "true"])
    story.check("and the computer name asked for", VM(tenant, resource=vm).list_gc_section()["ComputerName"], "box")
    for call, operation, state, deployed in POWER:
        vapp.reload()
        name = done(tenant, getattr(vapp, call)())
        vapp.reload()
        seen = (name, vapp.get_power_state(), vapp.resource.get("deployed"), [int(vm.get("status")) for vm in vapp.get_all_vms()])
        story.check(call + " does what it says", seen, (operation, state, deployed, [state]))
        if state == 4:
            story.refused("and is not offered twice", OperationNotSupportedException, vapp.power_on)
    done(tenant, vapp.edit_name_and_description("renamed", "told anew"))
    query = tenant.get_typed_query("vApp", QueryResultFormat.RECORDS, equality_filter=("name", "renamed"))
    found = query.find_unique()
    story.check("the query finds the new name", (found.get("href"), found.get("status")), (made.get("href"), "POWERED_OFF"))
    story.refused("and not the old one", EntityNotFoundException, lambda: vdc.get_vapp("alive"))
    vapp.reload()
    done(tenant, vapp.deploy())
    story.refused("what is deployed is not deleted", BadRequestException, lambda: vdc.delete_vapp("renamed"))
    vapp.reload()
    done(tenant, vapp.undeploy("powerOff"))
    story.check("what is undeployed is", done(tenant, vdc.delete_vapp("renamed")), "vdcDeleteVapp")
    story.refused("and is gone", AccessForbiddenException, vapp.reload)


class Watch(threading.Thread):
    """pyvcloud's task monitor at work on a thread of its own: the statuses it told, and how it ended."""

    def __init__(self, client, task):
        super().__init__(daemon=True)
        self.client, self.task = client, task
        self.told, self.twice, self.end = [], threading.Event(), None
        self.start()

    def run(self):
        try:
            task = self.client.get_task_monitor().wait_for_status(self.task, poll_frequency=POLL, callback=self.tell)
            self.end = (task.get("status"), None)
        except VcdTaskException as error:
            self.end = (error.error_message, error.vcd_error.get("message"))

    def tell(self, task):
        self.told.append(task.get("status"))
        if len(self.told) == 2:
            self.twice.set()

    def blocked(self):
        """Whether it looks again and again, and sees nothing but a task that waits."""
        return self.twice.wait(PATIENCE) and self.is_alive() and set(self.told) == {"preRunning"}

    def result(self):
        self.join(PATIENCE)
        return self.end


class Enough(Exception):
    """Ends a monitor that would never end."""


def polls_on(client, task):
    """Lets wait_for_success look at a task three times."""
    seen = []

    def tell(task):
        seen.append(task.get("status"))
        if len(seen) == 3:
            raise Enough(seen)

    return client.get_task_monitor().wait_for_success(task, poll_frequency=0, callback=tell)


def gate(story, admin, tenant):
    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])
    monitor = tenant.get_task_monitor()
    for name, rel, end in (("approved", Rel.RESUME, ("success", None)), ("declined", Rel.ABORT, ("aborted", "decided"))):
        task = task_of(instantiate(tenant, name))
        story.check(name + ": the monitor sees that it waits", monitor.get_status(task), "prerunning")
        seen = monitor.wait_for_status(task, poll_frequency=POLL, expected_target_statuses=[TaskStatus.PRE_RUNNING])
        story.check(name + ": and can wait for just that", (seen.get("status"), seen.get("id")), ("preRunning", task.get("id")))
        listed = [(each.get("id"), each.get("status")) for each in Task(tenant).list_tasks()]
        story.check(name + ": it is among the unfinished tasks", listed, [(task.get("id"), "preRunning")])
        watch = Watch(tenant, task)
        story.check(name + ": the monitor goes on waiting", watch.blocked())
        decide(admin, blocking_task(admin, task), rel, "decided")
        story.check(name + ": until the decision", watch.result(), end)
        story.check(name + ": which it told last", watch.told[-1], end[0])
        story.check(name + ": no task is unfinished", list(Task(tenant).list_tasks()), [])
    story.refused("wait_for_success never ends on an aborted task", Enough, lambda: polls_on(tenant, task))
    story.check("nothing is blocking any more", block(admin), [])


def broker(story, admin, tenant, vdc):
    """The settings of the server are those of `--amqp`; the broker tells whether they hold."""
    amqp, real = AmqpService(admin), pika.URLParameters(AMQP)
    password = real.credentials.password
    settings = amqp.get_settings()
    fields = ("AmqpHost", "AmqpPort", "AmqpUsername", "AmqpVHost", "AmqpExchange", "AmqpPrefix", "AmqpUseSSL", "AmqpSslAcceptAll")
    config = {name: settings[name].text for name in fields}
    wanted = [real.host, str(real.port), real.credentials.username, real.virtual_host, "systemExchange", "vcd"]
    story.check("the settings are those of the start", [config[name] for name in fields[:6]], wanted)
    story.check("the password is not told", settings.AmqpPassword.text, None)
    story.check("a test with the right password passes", bool(amqp.test_config(config, password).Valid))
    for what, changed, secret in (("a wrong password", {}, "wrong"), ("a port where nobody listens", {"AmqpPort": "1"}, password)):
        result = amqp.test_config({**config, **changed}, secret)
        told = bool(result.Valid), len(result.error.get("message")) > 0
        story.check("a test with %s fails, and says why" % what, told, (False, True))
    story.check("a test stores nothing", [amqp.get_settings()[name].text for name in fields], list(config.values()))

    mine = {"AmqpExchange": "tour-" + admin.get_api_version(), "AmqpPrefix": "tour-" + admin.get_api_version()}
    exchanges = (mine["AmqpExchange"], mine["AmqpPrefix"] + ".notifications20")
    with connected() as channel:
        inboxes = [Inbox(channel, exchange) for exchange in exchanges]
        answer = amqp.set_config({**config, **mine}, password)
        story.check("exchange and prefix can be changed", [answer[name].text for name in mine], list(mine.values()))
        vapp = vdc.create_vapp("announced")
        told = [inbox.wait("vapp/create", vapp.get("id"))[0].split(".")[0] for inbox in inboxes]
        story.check("what happens is told at the new exchanges", told, ["true", "true"])
        amqp.set_config(config, password)
        story.check("and changed back", [amqp.get_settings()[name].text for name in fields], list(config.values()))
        for exchange in exchanges:
            channel.exchange_delete(exchange)
    story.refused("a tenant has no such service", ClientException, lambda: AmqpService(tenant))
    story.refused("nor access to it", AccessForbiddenException, lambda: tenant.get_resource(amqp.href))


with Story() as story:
    chosen = version(story, sys.argv[1])
    admin, tenant, other = sessions(story, chosen)
    seen, org = organization(story, admin, tenant)
    provider(story, admin)
    queries(story, admin, seen)
    vdc = data_center(story, seen, org)
    sharing(story, seen, org)
    catalog(story, org)
    life(story, tenant, vdc)
    gate(story, admin, tenant)
    broker(story, admin, tenant, vdc)
    story.check("before logout the token is good", other.get_org().get("name"), "example")
    tenant.logout()
    story.refused("afterwards it is not", UnauthorizedException, lambda: other.get_org())
