"""A consumer on a real broker resumes what it is told of: the entity resolver's address and the URN in the message lead to
the blocking task, and its links to the decision."""

from lxml import etree

from bus import EVENT, EVENTS, JSON_EXCHANGE, VMEXT, XML_EXCHANGE, Approver, Inbox, authority, connected, follow, same_events
from story import Story, block, instantiate, login, task_of

OPERATION = "vdcInstantiateVapp"


def envelope(story, message, content_type):
    """Routing key, headers and properties of the message that announces the blocking task."""
    key, properties, _ = message
    headers = properties.headers
    words = key.split(".")
    event = (EVENT + "blockingtask/create/" + OPERATION).replace("/", ".")
    story.check("%s: the key has four words and the event" % content_type, ".".join(words[4:]), event)
    story.check("%s: the key tells success" % content_type, words[0], "true")
    told = [headers["notification.entityUUID"], headers["notification.orgUUID"], headers["notification.userUUID"]]
    story.check("%s: key and headers name the same" % content_type, words[1:4], told)
    story.check("%s: the headers name the kind" % content_type, headers["notification.entityType"], "blockingTask")
    sent = (properties.content_type, properties.content_encoding, properties.delivery_mode)
    story.check("%s: sent as persistent text" % content_type, sent, (content_type, "UTF-8", 2))


with Story() as story, connected() as channel:
    xml = Inbox(channel, XML_EXCHANGE)
    jsons = Inbox(channel, JSON_EXCHANGE)
    only = Inbox(channel, XML_EXCHANGE, "true.*.*.*.com.vmware.vcloud.event.blockingtask.create.#")

    admin = login("administrator", "System")
    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])
    tenant = login("author", "example")
    vapp = instantiate(tenant, "by-message")
    task = task_of(vapp).get("id")

    announced = xml.wait("blockingtask/create", task)
    envelope(story, announced, "application/xml")
    envelope(story, jsons.wait("blockingtask/create", task), "application/json")
    notification = etree.fromstring(announced[2])
    story.check("the message is a notification", notification.tag, VMEXT + "Notification")

    with authority() as ca:
        approver = Approver(ca)
        blocked = follow(story, approver, notification)
        story.check("resume is accepted", approver.decide(blocked, "resume", "seen on the bus"), 204)
        story.check("and refused the second time", approver.decide(blocked, "resume", "seen on the bus"), 403)

    for inbox in (xml, jsons):
        for event in EVENTS:
            inbox.wait(event, task)
    story.check("the messages of the task come in order", xml.events(task), ["task/create", "task/start", "task/complete"])
    decided = ["blockingtask/create", "blockingtask/resume"]
    story.check("and those of the blocking task", xml.events(blocked.get("id")), decided)

    told = same_events(story, xml, jsons, task)
    owners = {each["taskOwner"] for each in told if each.get("taskOwner")}
    story.check("the messages name the owner of the task", owners, {vapp.get("id")})
    only.read()
    story.check("a narrow binding gets the announcement only", [key for key, _, _ in only.about(task)], [announced[0]])
    story.check("the vApp is there", tenant.get_resource(vapp.get("href")).get("status"), "8")
