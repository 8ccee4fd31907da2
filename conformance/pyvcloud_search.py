"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common, or at the last that the published schemas
know, the `middle`: everything is searched for - every type, in every format, by filters, keys and pages - and the documents
from which a client starts are read and followed."""

import sys
from urllib.parse import quote

from lxml import etree
from pyvcloud.vcd.client import (
    ApiVersion, E, EntityType, MissingLinkException, QueryResultFormat, RelationType, ResourceType, TaskStatus, find_link, get_links,
)
from pyvcloud.vcd.exceptions import (
    AccessForbiddenException, BadRequestException, EntityNotFoundException, MissingRecordException, MultipleRecordsException,
    OperationNotSupportedException,
)
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.system import System
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC

from story import Story, login, task_of

VERSIONS = {"lowest": "29.0", "middle": "30.0", "highest": "36.0"}

# One name with everything that means something in a filter or a URL.
ODD = "a (b), c; d & e=f + 100% #7"
NAMES = ["alpha", "beta", ODD]
USERS = ["author", "cataloger", "console", "orgadmin", "user"]

# The types that only administrators of the cloud may ask for, as far as tenants try.
PROVIDERS = [kind for kind in ResourceType if kind.value.startswith("admin")] + [
    ResourceType.ORGANIZATION, ResourceType.HOST, ResourceType.CELL, ResourceType.BLOCKING_TASK, ResourceType.VIRTUAL_CENTER,
]

# What the default inventory and the three vApps have, by type.
COUNTS = {
    ResourceType.VAPP: 3, ResourceType.ADMIN_VAPP: 3, ResourceType.VAPP_NETWORK: 1, ResourceType.ADMIN_VAPP_NETWORK: 1,
    ResourceType.VAPP_ORG_VDC_NETWORK_RELATION: 1, ResourceType.ORGANIZATION: 3, ResourceType.ORG_VDC: 2, ResourceType.ADMIN_ORG_VDC: 2,
    ResourceType.CATALOG: 2, ResourceType.MEDIA: 2, ResourceType.VAPP_TEMPLATE: 3, ResourceType.CATALOG_ITEM: 5, ResourceType.DISK: 1,
    ResourceType.ADMIN_DISK: 1, ResourceType.VM_DISK_RELATION: 0, ResourceType.ADMIN_VM_DISK_RELATION: 0, ResourceType.ADMIN_USER: 7,
    ResourceType.CELL: 1, ResourceType.HOST: 1, ResourceType.DATASTORE: 2, ResourceType.PORT_GROUP: 2, ResourceType.RESOURCE_POOL: 2,
    ResourceType.PROVIDER_VDC: 2, ResourceType.PROVIDER_VDC_STORAGE_PROFILE: 6, ResourceType.DATASTORE_PROVIDER_VDC_RELATION: 4,
    ResourceType.PROVIDER_VDC_RESOURCE_POOL_RELATION: 2, ResourceType.ORG_VDC_RESOURCE_POOL_RELATION: 2, ResourceType.NETWORK_POOL: 2,
    ResourceType.EXTERNAL_NETWORK: 1, ResourceType.ORG_VDC_NETWORK: 2, ResourceType.VIRTUAL_CENTER: 1, ResourceType.EDGE_GATEWAY: 0,
    ResourceType.GROUP: 0, ResourceType.STRANDED_USER: 0, ResourceType.CONDITION: 0, ResourceType.SERVICE: 0,
}


class Scene:
    """The people, and what they search."""

    def __init__(self, story, version):
        self.story, self.version = story, version
        self.escapes = float(version) >= float(ApiVersion.VERSION_35.value)
        self.admin = login("administrator", "System", api_version=version)
        self.tenant = login("orgadmin", "example", api_version=version)
        self.vdc = VDC(self.tenant, resource=Org(self.tenant, resource=self.tenant.get_org()).get_vdc("example-vdc"))
        for name in NAMES:
            self.wait(self.vdc.instantiate_vapp(name, "example-catalog", "photon-1vm", deploy=False, power_on=False))
        alpha = VApp(self.tenant, resource=self.vdc.get_vapp("alpha"))
        self.done(alpha.connect_org_vdc_network("example-net"))
        self.done(task_of(self.vdc.create_disk("data", 64 << 20)))

    def wait(self, entity):
        self.done(task_of(entity))

    def done(self, task):
        self.tenant.get_task_monitor().wait_for_status(task, 60, 0.1)

    def ask(self, kind, client=None, shown=QueryResultFormat.RECORDS, **options):
        return list((client or self.tenant).get_typed_query(kind.value, query_result_format=shown, **options).execute())

    def names(self, kind, **options):
        return [record.get("name") for record in self.ask(kind, **options)]


def formats(scene):
    story = scene.story
    for kind in (ResourceType.VAPP, ResourceType.VM, ResourceType.CATALOG, ResourceType.ORG_VDC, ResourceType.USER):
        records, ids, references = (scene.ask(kind, shown=shown) for shown in
                                    (QueryResultFormat.RECORDS, QueryResultFormat.ID_RECORDS, QueryResultFormat.REFERENCES))
        seen = [[each.get("name") for each in rows] for rows in (ids, references)]
        story.check("each format has every %s" % kind.value, seen, [[each.get("name") for each in records]] * 2)
        story.check("records lead to it", [each.get("id") for each in records], [None] * len(records))
        same = all(one.get("href")[-36:] == other.get("id")[-36:] for one, other in zip(records, ids))
        story.check("and idrecords name it", same)
        story.check("references have its type", {each.get("type").startswith("application/vnd.vmware.") for each in references}, {True})
        names = [scene.tenant.get_resource(each.get("href")).get("name") for each in references]
        story.check("and lead to it", names, [each.get("name") for each in references])
    # References are what a client asks for when it does not say.
    query = scene.tenant.get_typed_query("vApp")
    story.check("without a format there are references", {etree.QName(each.tag).localname for each in query.execute()}, {"VAppReference"})


def types(scene):
    story = scene.story
    listed = {link.get("name") for link in scene.admin.get_query_list().Link}
    missing = [kind.value for kind in ResourceType if kind.value not in listed]
    # The client knows types that came after this version.
    story.check("the administrator may ask for every type", missing, [] if float(scene.version) >= 30 else ["nsxTManager"])
    for kind in ResourceType:
        if kind.value in missing:
            story.refused("%s is not there yet" % kind.value, OperationNotSupportedException, lambda: scene.ask(kind, scene.admin))
            continue
        found = scene.ask(kind, scene.admin, QueryResultFormat.ID_RECORDS)
        right = len(found) == COUNTS[kind] if kind in COUNTS else all(etree.QName(each.tag).localname.endswith("Record") for each in found)
        story.check("%s is answered: %d" % (kind.value, len(found)), right)
    for kind in PROVIDERS:
        story.refused("a tenant finds no %s in its list" % kind.value, OperationNotSupportedException, lambda: scene.ask(kind))
        href = "%s/query?type=%s" % (scene.tenant.get_api_uri(), kind.value)
        story.refused("and is refused when it asks all the same", AccessForbiddenException, lambda: scene.tenant.get_resource(href))
    own = {link.get("name") for link in scene.tenant.get_query_list().Link}
    story.check("a tenant's list is a part of the other", own < listed)


def filters(scene):
    story, ask, names = scene.story, scene.ask, scene.names
    vapps = lambda **options: sorted(names(ResourceType.VAPP, **options))
    story.check("all", vapps(), sorted(NAMES))
    story.check("one by its name", vapps(equality_filter=("name", "alpha")), ["alpha"])
    story.check("an expression", vapps(qfilter="name==alpha"), ["alpha"])
    story.check("two, of which one must hold", vapps(qfilter="name==alpha,name==beta"), ["alpha", "beta"])
    story.check("two that must both", vapps(qfilter="name==alpha;isDeployed==true"), [])
    story.check("an expression and an equality", vapps(qfilter="isDeployed==false", equality_filter=("name", "beta")), ["beta"])
    story.check("what is otherwise", vapps(qfilter="name!=alpha"), sorted([ODD, "beta"]))
    story.check("parentheses", vapps(qfilter="(name==alpha,name==beta);(name!=beta)"), ["alpha"])
    story.check("a pattern", vapps(qfilter="name==*eta"), ["beta"])
    story.check("a name with everything in it", vapps(qfilter="name==" + encoded(scene, ODD)), [ODD])
    if scene.escapes:
        story.check("the same as an equality", vapps(equality_filter=("name", ODD)), [ODD])
    elif float(scene.version) < 35:
        story.check("a name with blanks as an equality", names(ResourceType.USER, equality_filter=("fullName", "vApp User of Example")), ["user"])
    for name in ("name", "status"):
        story.check("%s case by case" % name, vapps(qfilter="%s==%s" % (name, {"name": "ALPHA", "status": "powered_off"}[name])),
                    [] if name == "name" else sorted(NAMES))
    vdc = scene.vdc.resource.get("href")
    story.check("by href", len(ask(ResourceType.VAPP, qfilter="vdc==" + encoded(scene, vdc))), 3)
    story.check("by id", len(ask(ResourceType.VAPP, qfilter="vdc==" + encoded(scene, scene.vdc.resource.get("id")))), 3)
    story.check("by the bare id", len(ask(ResourceType.VAPP, qfilter="vdc==" + vdc[-36:])), 3)
    story.check("numbers", sorted(names(ResourceType.VM, qfilter="numberOfCpus=ge=1;memoryMB=lt=100000;isVAppTemplate==false")), ["photon-1vm"] * 3)
    story.check("more than there is", names(ResourceType.VM, qfilter="memoryMB=gt=100000"), [])
    story.check("dates", vapps(qfilter="creationDate=gt=2020-01-01T00:00:00.000Z"), sorted(NAMES))
    story.check("of the future", vapps(qfilter="creationDate=gt=2999-01-01T00:00:00.000Z"), [])
    for qfilter in ("nothing==x", "memoryMB==much", "name=lt=b", "(name==a", "name==a)", "name", "creationDate==today"):
        story.refused("it is refused to filter by %s" % qfilter, BadRequestException, lambda: ask(ResourceType.VM, qfilter=qfilter))


def encoded(scene, value):
    """A value as a caller has to write it into a filter: with every character that could mean something."""
    return quote(value, safe="")


def sorted_and_paged(scene):
    story, names = scene.story, scene.names
    users = lambda **options: names(ResourceType.USER, **options)
    story.check("upwards", users(sort_asc="name"), USERS)
    story.check("downwards", users(sort_desc="name"), USERS[::-1])
    story.check("by small pages, all the same", users(sort_asc="name", page_size=2), USERS)
    story.check("by a key and a filter", users(sort_desc="name", qfilter="name!=user", page_size=1), USERS[:-1][::-1])
    query = scene.tenant.get_typed_query("user", QueryResultFormat.RECORDS, page=2, page_size=2, sort_asc="name")
    page = query.execute()
    story.check("one page", ([each.get("name") for each in page["values"]], page["resultTotal"]), (USERS[2:4], 5))
    for which, wanted in (("nextPageUri", USERS[4:]), ("previousPageUri", USERS[:2])):
        there = scene.tenant.get_resource(page[which])
        story.check("%s leads there" % which, [each.get("name") for each in there.iter("{*}UserRecord")], wanted)
    last = scene.tenant.get_typed_query("user", QueryResultFormat.RECORDS, page=3, page_size=2, sort_asc="name").execute()
    story.check("after the last there is none", (last["nextPageUri"], len(last["values"])), (None, 1))
    some = scene.ask(ResourceType.VAPP, fields="name,status")
    story.check("only what is asked for", {tuple(sorted(set(each.keys()) - {"href", "type"})) for each in some}, {("name", "status")})
    story.refused("there is nothing to sort by", BadRequestException, lambda: users(sort_asc="nothing"))
    story.check("links in records change no row", len(scene.ask(ResourceType.VAPP, include_links=True)), 3)


def unique(scene):
    story = scene.story
    one = lambda name: scene.tenant.get_typed_query("vApp", QueryResultFormat.ID_RECORDS, equality_filter=("name", name)).find_unique()
    story.check("the one is found", one("alpha").get("name"), "alpha")
    story.refused("none is none", MissingRecordException, lambda: one("gamma"))
    every = scene.tenant.get_typed_query("vApp", QueryResultFormat.ID_RECORDS)
    story.refused("and three are too many", MultipleRecordsException, every.find_unique)


def roots(scene):
    story, admin, tenant = scene.story, scene.admin, scene.tenant
    story.check("versions", (scene.version in tenant.get_supported_versions_list(), tenant.get_api_version()), (True, scene.version))
    story.check("the session", [client.get_vcloud_session().get("user") for client in (admin, tenant)], ["administrator", "orgadmin"])
    story.check("who administers the cloud", (admin.is_sysadmin(), tenant.is_sysadmin()), (True, False))
    story.check("the cloud", etree.QName(admin.get_admin().tag).localname, "VCloud")
    story.check("the tenant's view of it", etree.QName(tenant.get_admin().tag).localname, "VCloud")
    story.check("the provider's", etree.QName(admin.get_extension().tag).localname, "VMWExtension")
    story.check("the own organization", (tenant.get_org().get("name"), admin.get_org().get("name")), ("example", "System"))
    names = lambda client: [org.get("name") for org in client.get_org_list()]
    story.check("organizations", (names(admin), names(tenant)), (["System", "example", "example2"], ["example"]))
    story.check("one of them, in any case", tenant.get_org_by_name("EXAMPLE").get("name"), "example")
    story.refused("another organization is not there", EntityNotFoundException, lambda: tenant.get_org_by_name("example2"))
    org = tenant.get_org()
    story.check("a user of the own", tenant.get_user_in_org("author", org.get("href")).get("name"), "author")
    story.check("and for the administrator", admin.get_user_in_org("author", admin.get_org_by_name("example").get("href")).get("name"), "author")
    foreign = admin.get_org_by_name("example2").get("href")
    story.refused("not of another", EntityNotFoundException, lambda: admin.get_user_in_org("author", foreign))
    story.refused("nor of none", EntityNotFoundException, lambda: tenant.get_user_in_org("nobody", org.get("href")))
    links = tenant.get_resource_link_from_query_object
    if float(scene.version) >= 33:
        found = links(org, media_type=EntityType.RECORDS.value, type="vdc")
        story.check("the organization's VDCs by its query", [each.name for each in found], ["example-vdc", "example-nsxt-vdc"])
        found = links(org, media_type=EntityType.RECORDS.value, type="catalog")
        story.check("and catalogs", [each.name for each in found], ["example-catalog", "example-nsxt-catalog"])
    else:
        found = get_links(org, RelationType.DOWN, EntityType.VDC.value)
        story.check("the organization's VDCs by its links", [each.name for each in found], ["example-vdc", "example-nsxt-vdc"])
    pools = System(admin, admin_resource=admin.get_admin()).list_network_pools()
    story.check("network pools", sorted(pool.get("name") for pool in pools), ["example-nsxt-pool", "example-pool"])


def linked(scene):
    story, tenant = scene.story, scene.tenant
    vapp = scene.vdc.get_vapp("beta")
    up = tenant.get_linked_resource(vapp, RelationType.UP, EntityType.VDC.value)
    story.check("a link is followed", up.get("name"), "example-vdc")
    story.refused("one that is not there is not", MissingLinkException, lambda: find_link(vapp, RelationType.DOWN, EntityType.AMQP_SETTINGS.value))
    body = E.DeployVAppParams(powerOn="false")
    task = tenant.post_linked_resource(vapp, RelationType.DEPLOY, EntityType.DEPLOY.value, body)
    scene.done(task)
    story.check("a body is posted", task.get("operationName"), "vappDeploy")
    vapp = scene.vdc.get_vapp("beta")
    vapp.set("name", "gamma")
    task = tenant.put_linked_resource(vapp, RelationType.EDIT, EntityType.VAPP.value, vapp)
    scene.done(task)
    story.check("a document is put", (task.get("operationName"), scene.names(ResourceType.VAPP, equality_filter=("name", "gamma"))), ("vdcUpdateVapp", ["gamma"]))
    disk = tenant.get_resource(scene.ask(ResourceType.DISK)[0].get("href"))
    task = tenant.delete_linked_resource(disk, RelationType.REMOVE, None)
    scene.done(task)
    story.check("and something is removed", (task.get("operationName"), scene.names(ResourceType.DISK)), ("vdcDeleteDisk", []))
    story.refused("by a link that is not there it is not", OperationNotSupportedException,
                  lambda: tenant.delete_linked_resource(scene.vdc.get_vapp("gamma"), RelationType.REMOVE, None))
    ended = scene.ask(ResourceType.TASK, qfilter="status==%s;objectName==gamma" % TaskStatus.SUCCESS.value, sort_desc="startDate")
    story.check("the tasks are found by what they were about", [each.get("name") for each in ended],
                ["vdcUpdateVapp", "vappDeploy", "vdcInstantiateVapp"])
    tenant.logout()
    story.check("after logout there is no session", tenant.get_access_token() is None)


def main(which):
    with Story() as story:
        scene = Scene(story, VERSIONS[which])
        for part in (formats, types, filters, sorted_and_paged, unique, roots, linked):
            part(scene)


if __name__ == "__main__":
    main(sys.argv[1])
