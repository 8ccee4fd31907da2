"""pyvcloud at the `middle` version, the last that the published schemas know, or at the `highest`: metadata of everything for which it has
methods, written, read, found by queries and removed; what belongs to the provider; and what goes with a copy."""

import sys

from pyvcloud.vcd.client import MetadataDomain, MetadataValueType, MetadataVisibility, QueryResultFormat
from pyvcloud.vcd.exceptions import AccessForbiddenException, BadRequestException, OperationNotSupportedException
from pyvcloud.vcd.metadata import Metadata
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.pvdc import PVDC
from pyvcloud.vcd.system import System
from pyvcloud.vcd.utils import metadata_to_dict
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vdc_network import VdcNetwork
from pyvcloud.vcd.vm import VM

from story import Story, instantiate, login, task_of

VERSIONS = {"middle": "30.0", "highest": "36.0"}
POLL = 0.1
GENERAL, SYSTEM = MetadataDomain.GENERAL, MetadataDomain.SYSTEM
READ_WRITE, READ_ONLY, PRIVATE = MetadataVisibility.READ_WRITE, MetadataVisibility.READONLY, MetadataVisibility.PRIVATE
TYPED = (
    ("text", "a & b", MetadataValueType.STRING),
    ("number", "-12", MetadataValueType.NUMBER),
    ("truth", "true", MetadataValueType.BOOLEAN),
    ("date", "2026-05-01T08:00:00.000Z", MetadataValueType.DATA_TIME),
)


def ended(client, task):
    return client.get_task_monitor().wait_for_success(task, poll_frequency=POLL).get("operationName")


class Bearer:
    """Something that has metadata: how one of its methods calls for it, whoever uses them."""

    def __init__(self, client, name, all_of, one, put, many, remove):
        self.client, self.name = client, name
        self.all_of, self.one, self.put, self.many, self.remove = all_of, one, put, many, remove

    def seen(self):
        return metadata_to_dict(self.all_of())

    def done(self, task):
        return ended(self.client, task)


def of_machine(client, kind, href):
    """A vApp or a machine, whose methods take the words themselves where others take what stands for them."""
    fresh = lambda: kind(client, href=href)

    def put(key, value, domain=GENERAL, visibility=READ_WRITE, typed=MetadataValueType.STRING):
        return fresh().set_metadata(domain.value, visibility.value, key, value, typed.value)

    one = lambda key, domain=GENERAL: Metadata(client, resource=fresh().get_metadata()).get_metadata_value(key, domain)
    return Bearer(
        client, kind.__name__, lambda: fresh().get_metadata(), one, put, lambda pairs: fresh().set_multiple_metadata(pairs),
        lambda key, domain=GENERAL: fresh().remove_metadata(key, domain),
    )


def of_place(client, kind, href):
    """A VDC or a network, which take changes below the href for administrators."""
    fresh = lambda: kind(client, href=href)

    def put(key, value, domain=GENERAL, visibility=READ_WRITE, typed=MetadataValueType.STRING):
        return fresh().set_metadata(key, value, domain, visibility, typed)

    def many(pairs):
        of = fresh()
        if hasattr(of, "set_multiple_metadata"):
            return of.set_multiple_metadata(pairs)
        return Metadata(client, resource=of.get_all_metadata()).set_multiple_metadata(pairs, use_admin_endpoint=True)

    return Bearer(
        client, kind.__name__, lambda: fresh().get_all_metadata(), lambda key, domain=GENERAL: fresh().get_metadata_value(key, domain), put, many,
        lambda key, domain=GENERAL: fresh().remove_metadata(key, domain),
    )


def of_item(client, org):
    at = ("example-catalog", "photon-1vm")

    def put(key, value, domain=GENERAL, visibility=READ_WRITE, typed=MetadataValueType.STRING):
        return org.set_metadata_on_catalog_item(*at, key, value, domain, visibility, typed)

    return Bearer(
        client, "CatalogItem", lambda: org.get_all_metadata_from_catalog_item(*at),
        lambda key, domain=GENERAL: org.get_metadata_value_from_catalog_item(*at, key, domain), put,
        lambda pairs: org.set_multiple_metadata_on_catalog_item(*at, pairs),
        lambda key, domain=GENERAL: org.remove_metadata_from_catalog_item(*at, key, domain),
    )


def of_href(client, name, href):
    """What has no methods of its own: the class of metadata alone."""
    fresh = lambda: Metadata(client, href=href)
    put = lambda key, value, domain=GENERAL, visibility=READ_WRITE, typed=MetadataValueType.STRING: fresh().set_metadata(
        key, value, domain, visibility, typed, use_admin_endpoint=True)
    return Bearer(
        client, name, lambda: fresh().get_all_metadata(use_admin_endpoint=True),
        lambda key, domain=GENERAL: fresh().get_metadata_value(key, domain, True), put,
        lambda pairs: fresh().set_multiple_metadata(pairs, use_admin_endpoint=True),
        lambda key, domain=GENERAL: fresh().remove_metadata(key, domain, True),
    )


def life(story, bearer):
    """Everything that can be done to the metadata of one thing."""
    name = bearer.name
    story.check("%s: none at first" % name, bearer.seen(), {})
    done = [bearer.done(bearer.put(key, value, typed=typed)) for key, value, typed in TYPED]
    story.check("%s: one of each type, by tasks" % name, done, ["metadataUpdate"] * 4)
    story.check("%s: they are read back" % name, bearer.seen(), {key: value for key, value, _ in TYPED})
    value = bearer.one("number").TypedValue
    story.check("%s: one alone, with its type" % name, (str(value.Value), list(value.attrib.values())), ("-12", ["MetadataNumberValue"]))
    bearer.done(bearer.many({"text": "other", "more": "x"}))
    seen = bearer.seen()
    story.check("%s: many are merged" % name, (seen["text"], seen["more"], len(seen)), ("other", "x", 5))
    story.refused("%s: no number" % name, BadRequestException, lambda: bearer.put("n", "many", typed=MetadataValueType.NUMBER))
    story.refused("%s: a visibility that is not one of its domain" % name, BadRequestException, lambda: bearer.put("n", "1", GENERAL, PRIVATE))
    story.refused("%s: a key that is not there" % name, AccessForbiddenException, lambda: bearer.one("nothing"))
    story.refused("%s: nor is it removed" % name, AccessForbiddenException, lambda: bearer.remove("nothing"))
    for key in seen:
        bearer.done(bearer.remove(key))
    story.check("%s: all are removed" % name, bearer.seen(), {})


def provider(story, admin, tenant):
    """Of the same thing, as the provider and as a tenant see it."""
    for key, visibility in (("contract", READ_ONLY), ("price", PRIVATE)):
        admin.done(admin.put(key, key + "!", SYSTEM, visibility))
    name = admin.name
    story.check("%s: the provider sees its own" % name, admin.seen(), {"contract": "contract!", "price": "price!"})
    story.check("%s: a tenant sees what it is shown" % name, tenant.seen(), {"contract": "contract!"})
    tag = tenant.one("contract", SYSTEM).Domain
    story.check("%s: and how it is kept" % name, (str(tag), tag.get("visibility")), ("SYSTEM", "READONLY"))
    story.refused("%s: what is private is not there" % name, AccessForbiddenException, lambda: tenant.one("price", SYSTEM))
    story.refused("%s: what is shown is not removed" % name, OperationNotSupportedException, lambda: tenant.remove("contract", SYSTEM))
    story.refused("%s: nor is it written" % name, AccessForbiddenException, lambda: tenant.put("contract", "mine", SYSTEM, READ_ONLY))
    for key in ("contract", "price"):
        admin.done(admin.remove(key, SYSTEM))


def providers_own(story, admin):
    """A provider VDC, whose class has methods to read and to write."""
    reference = System(admin, admin_resource=admin.get_admin()).get_provider_vdc("example-pvdc")
    pvdc = PVDC(admin, href=reference.get("href"))
    pvdc.get_resource()
    ended(admin, pvdc.set_metadata("SYSTEM", "PRIVATE", "room", "12"))
    story.check("PVDC: it is written and read", metadata_to_dict(pvdc.get_metadata()), {"room": "12"})
    ended(admin, Metadata(admin, resource=pvdc.get_metadata()).remove_metadata("room", SYSTEM))
    story.check("PVDC: and removed", metadata_to_dict(pvdc.get_metadata()), {})


def found(story, client, vapp):
    """What queries find by metadata, and show of it."""
    ended(client, vapp.set_metadata("GENERAL", "READWRITE", "rank", "20", "MetadataNumberValue"))
    ended(client, vapp.set_metadata("GENERAL", "READWRITE", "my team", "blue"))
    records = lambda **options: client.get_typed_query("vApp", query_result_format=QueryResultFormat.RECORDS, **options)
    names = lambda text: [each.get("name") for each in records(qfilter=text).execute()]
    for text, wanted in (
        ("metadata:rank==NUMBER:20", ["noted"]), ("metadata:rank=gt=NUMBER:3", ["noted"]), ("metadata:rank=gt=NUMBER:20", []),
        ("metadata:my%20team==STRING:blue", ["noted"]), ("metadata:my%20team==STRING:b*", ["noted"]), ("metadata:rank==STRING:20", []),
    ):
        story.check("a query for %s" % text, names(text), wanted)
    story.refused("what is no number is none to a query", BadRequestException, lambda: names("metadata:rank==NUMBER:x"))
    record = records(fields="name,metadata:rank", equality_filter=("name", "noted")).find_unique()
    story.check("records show what is asked for", metadata_to_dict(record.Metadata), {"rank": "20"})


def copied(story, client, vdc, vapp):
    """A copy has what its source has."""
    made = vdc.instantiate_vapp("from-template", "example-catalog", "photon-1vm", deploy=False, power_on=False)
    ended(client, task_of(made))
    story.check("of a template without there is none", metadata_to_dict(VApp(client, href=made.get("href")).get_metadata()), {})
    vapp.reload()
    ended(client, vapp.copy_to(vdc.href, "again", "a copy"))
    vdc.reload()
    again = VApp(client, href=vdc.get_vapp_href("again"))
    story.check("of a vApp it is copied", metadata_to_dict(again.get_metadata()), {"rank": "20", "my team": "blue"})


def no_right(story, client, org):
    """Who may only read finds no way to write."""
    item = of_item(client, org)
    story.check("a reader reads", item.seen(), {"kept": "1"})
    story.refused("and has no link to write", OperationNotSupportedException, lambda: item.put("k", "v"))
    story.refused("nor to remove", OperationNotSupportedException, lambda: item.remove("kept"))


with Story() as story:
    version = VERSIONS[sys.argv[1]]
    people = (("administrator", "System"), ("orgadmin", "example"), ("author", "example"))
    admin, owner, reader = (login(user, org, api_version=version) for user, org in people)
    org = Org(owner, resource=owner.get_org())
    vdc = VDC(owner, resource=org.get_vdc("example-vdc"))
    made = instantiate(owner, "noted")
    ended(owner, task_of(made))
    vapp = VApp(owner, resource=owner.get_resource(made.get("href")))
    machine = vapp.get_vm("photon-1vm").get("href")
    network = vdc.get_isolated_orgvdc_network("example-net").get("href")
    catalog = org.get_catalog("example-catalog")
    at = catalog.get("href") + "/metadata"
    for bearer in (of_machine(owner, VApp, vapp.href), of_machine(owner, VM, machine), of_place(admin, VDC, vdc.href), of_place(admin, VdcNetwork, network),
                   of_item(owner, org), of_href(owner, "Catalog", at), of_href(admin, "Org", org.href + "/metadata")):
        life(story, bearer)
    provider(story, of_machine(admin, VApp, vapp.href), of_machine(owner, VApp, vapp.href))
    providers_own(story, admin)
    found(story, owner, vapp)
    copied(story, owner, vdc, vapp)
    item = of_item(owner, org)
    item.done(item.put("kept", "1"))
    no_right(story, reader, Org(reader, resource=reader.get_org()))
    item.done(item.remove("kept"))
