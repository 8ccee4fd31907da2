"""A consumer on a real broker aborts what it is told of, and hears on the bus that this happened. Beside its credentials it
knows only what stands in the message."""

from lxml import etree
from pyvcloud.vcd.exceptions import AccessForbiddenException

from bus import JSON_EXCHANGE, XML_EXCHANGE, Approver, Inbox, authority, connected, entities, event_of, follow, link, same_events
from story import Story, block, instantiate, login, task_of

OPERATION = "vdcInstantiateVapp"
REASON = "declined on the bus"
GONE = (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")

# What a blocked instantiation that is aborted tells, from beginning to end.
EVENTS = [
    "vapp/create_request", "vm/create_request", "task/create", "blockingtask/create",
    "blockingtask/abort", "vapp/modify", "vm/delete", "task/abort",
]


def last_words(story, message, urn, kind):
    """The key and the headers of a message that tells the end."""
    key, properties, _ = message
    words, headers = key.split("."), properties.headers
    story.check("%s: an abort is no failure" % kind, (words[0], headers["notification.operationSuccess"]), ("true", True))
    told = (words[1], headers["notification.entityUUID"], headers["notification.entityType"], words[-1])
    uuid = urn.split(":")[-1]
    story.check("%s: key and headers name it" % kind, told, (uuid, uuid, kind, OPERATION))


with Story() as story, connected() as channel:
    announcements = Inbox(channel, XML_EXCHANGE, "true.*.*.*.com.vmware.vcloud.event.blockingtask.create." + OPERATION)
    xml = Inbox(channel, XML_EXCHANGE)
    jsons = Inbox(channel, JSON_EXCHANGE)

    admin = login("administrator", "System")
    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])
    tenant = login("author", "example")
    vapp = instantiate(tenant, "unwanted")
    task = task_of(vapp)
    story.check("the tenant sees a scaffold", tenant.get_resource(vapp.get("href")).get("status"), "0")

    message = announcements.wait("blockingtask/create", task.get("id"))
    notification = etree.fromstring(message[2])
    named = entities(notification)
    story.check("the message names the task and its owner", (named["task"], named["task:owner"]), (task.get("id"), vapp.get("id")))

    with authority() as ca:
        approver = Approver(ca)
        blocked = follow(story, approver, notification)
        asked = [blocked.find("{*}" + name).get("name") for name in ("Organization", "User")]
        story.check("the blocking task says who asked", asked, ["example", "author"])
        story.check("abort is accepted", approver.decide(blocked, "abort", REASON), 204)
        story.check("and refused the second time", approver.decide(blocked, "abort", REASON), 403)
        story.check("and so is a resume", approver.decide(blocked, "resume", REASON), 403)
        story.check("the blocking task is gone", approver.refusal(blocked.get("href")), GONE)
        resolver = link(notification, "entityResolver")
        story.check("the resolver knows it no more", approver.refusal(resolver + named["entity"]), GONE)
        story.check("nor does it know the vApp", approver.refusal(resolver + named["task:owner"]), GONE)

    last_words(story, xml.wait("blockingtask/abort", task.get("id")), named["entity"], "blockingTask")
    last_words(story, xml.wait("task/abort", task.get("id")), named["task"], "task")
    for inbox in (xml, jsons):
        for event in EVENTS:
            inbox.wait(event, task.get("id"))
    told = sorted(event_of(message) for message in xml.about(task.get("id")))
    story.check("these events were told, and no others", told, sorted(EVENTS))
    story.check("the messages of the task come in order", xml.events(named["task"]), ["task/create", "task/abort"])
    decided = ["blockingtask/create", "blockingtask/abort"]
    story.check("and those of the blocking task", xml.events(named["entity"]), decided)
    same_events(story, xml, jsons, task.get("id"))

    ended = tenant.get_resource(task.get("href"))
    seen = (ended.get("status"), ended.Error.get("message"), str(ended.Details))
    story.check("the task is aborted, and says why", seen, ("aborted", REASON, REASON))
    story.refused("the vApp is gone", AccessForbiddenException, lambda: tenant.get_resource(vapp.get("href")))
