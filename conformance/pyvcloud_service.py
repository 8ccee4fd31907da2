"""pyvcloud as an extension service: it makes a task in an organization's list, keeps it up to date, is asked to cancel it, tells an event,
and all of it is heard on the broker. Requests for which pyvcloud has no method follow the links."""

import json

from lxml import etree
from pyvcloud.vcd.client import E, EntityType, QueryResultFormat, TaskStatus, find_link
from pyvcloud.vcd.exceptions import AccessForbiddenException, BadRequestException
from pyvcloud.vcd.task import Task

from bus import JSON_EXCHANGE, XML_EXCHANGE, Inbox, connected, entities, event_of, same_events
from story import Story, login

NAMESPACE = "org.example.vcd.backup"
EVENT = "application/vnd.vmware.admin.event+xml"


class Rel:
    """The relation that pyvcloud has no name for; it only asks for its value."""

    value = "event:create"


class Service:
    """What a service knows: itself, whom it works for, and the object that it works on."""

    def __init__(self, client, org, user_href, namespace=NAMESPACE):
        self.tasks, self.org, self.user_href, self.namespace = Task(client), org, user_href, namespace

    def tell(self, status, details, progress=None, error=None, task=None):
        """Makes a task, or says how it stands."""
        known = {"org_href": self.org.get("href")} if task is None else {"task_href": task.get("href")}
        return self.tasks.update(
            status.value, self.namespace, "Backing up example", "backupOrg", details, progress, self.org.get("href"), "example",
            EntityType.ORG.value, self.user_href, "author", error_message=error, **known,
        )


def seen(task):
    return tuple(task.get(name) for name in ("status", "serviceNamespace", "operationName", "operation"))


def records(client, kind, attribute, value):
    """The records of a type whose attribute is this."""
    found = client.get_typed_query(kind, query_result_format=QueryResultFormat.RECORDS, equality_filter=(attribute, value))
    return list(found.execute())


with Story() as story, connected() as channel:
    xml, jsons = Inbox(channel, XML_EXCHANGE), Inbox(channel, JSON_EXCHANGE)
    admin, tenant = login("administrator", "System"), login("author", "example")
    org, author = tenant.get_org(), records(admin, "adminUser", "name", "author")[0].get("href")
    service = Service(admin, org, author)

    made = service.tell(TaskStatus.RUNNING, "begun", 10)
    story.check("the service makes a task", seen(made), ("running", NAMESPACE, "backupOrg", "Backing up example"))
    story.check("which says how far it is", (int(made.Progress), str(made.Details)), (10, "begun"))
    story.check("and for whom", made.User.get("name"), "author")
    story.check("the tenant reads it", seen(tenant.get_resource(made.get("href"))), seen(made))
    mine = list(Task(tenant).list_tasks())
    story.check("and finds it among what runs", [each.get("id") for each in mine], [made.get("id")])
    told = [each.get("name") for each in records(tenant, "task", "serviceNamespace", NAMESPACE)]
    story.check("by the namespace, too", told, ["backupOrg"])

    half = service.tell(TaskStatus.RUNNING, "half of it", 50, task=made)
    story.check("the service says how far it is", (int(half.Progress), str(half.Details)), (50, "half of it"))
    tenant.post_resource(made.get("href") + "/action/cancel", None, None)
    asked = admin.get_resource(made.get("href"))
    story.check("the tenant asks to cancel it", (asked.get("status"), asked.get("cancelRequested")), ("running", "true"))
    other = Service(admin, org, author, "org.example.other")
    story.refused("another service may not", AccessForbiddenException, lambda: other.tell(TaskStatus.CANCELED, "", task=made))
    itself = Service(tenant, org, author)
    story.refused("nor may the tenant", AccessForbiddenException, lambda: itself.tell(TaskStatus.CANCELED, "", task=made))
    gone = service.tell(TaskStatus.CANCELED, "given up", task=made)
    story.check("the service does", (gone.get("status"), gone.get("endTime") is not None), ("canceled", True))
    story.refused("and that is the end", BadRequestException, lambda: service.tell(TaskStatus.RUNNING, "again", task=made))

    failed = service.tell(TaskStatus.RUNNING, "once more")
    failed = service.tell(TaskStatus.ERROR, "no tape", error="the tape is full", task=failed)
    ended = (failed.get("status"), failed.Error.get("message"), failed.Error.get("minorErrorCode"))
    story.check("another task fails as the service says", ended, ("error", "the tape is full", "INTERNAL_SERVER_ERROR"))

    view = admin.get_resource(org.get("href").replace("/api/org/", "/api/admin/org/"))
    event = E.Event(type="backup/complete", serviceNamespace=NAMESPACE, success="true", typeFull="all is safe")
    event.append(E.Owner(href=org.get("href")))
    event.append(E.User(href=author))
    admin.post_resource(find_link(view, Rel, EVENT).href, event, EVENT)
    found = records(tenant, "event", "serviceNamespace", NAMESPACE)
    own = [each for each in found if each.get("eventType") == "backup/complete"]
    story.check("the service tells an event", [(each.get("entityName"), each.get("userName")) for each in own], [("example", "author")])

    urn = made.get("id")
    for inbox in (xml, jsons):
        for name in ("task/create", "task/start", "task/abort"):
            inbox.wait(name, urn)
    story.check("the events of the task come in order", xml.events(urn), ["task/create", "task/start", "task/abort"])
    key, properties, body = xml.wait("task/abort", urn)
    story.check("their key ends with what the service does", key.split(".")[-2:], ["abort", "backupOrg"])
    story.check("they name what it is about", entities(etree.fromstring(body))["task:owner"], org.get("id"))
    same_events(story, xml, jsons, urn)
    key, properties, body = jsons.wait("backup/complete", org.get("id"))
    words = key.split(".")
    story.check("the key of its own event has its own words", (words[0], words[4:]), ("true", ["backup", "complete"]))
    headers = properties.headers
    told = (headers["notification.type"], headers["notification.entityType"], headers["notification.operationSuccess"])
    story.check("and so have its headers", told, ("backup/complete", "org", True))
    message = json.loads(body)
    story.check("it names the organization", (message["type"], message["entity"]), ("backup/complete", org.get("id")))
    story.check("the other form tells the same", event_of(xml.wait("backup/complete", org.get("id"))), "backup/complete")
