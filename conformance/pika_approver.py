"""A consumer on a real broker decides a blocking task from its message alone: the entity resolver's address and the URN in
the message lead to the blocking task, and its links to the decision."""

import json
import os
import tempfile
import time

import pika
import requests
from lxml import etree

from story import AMQP, BLOCKING_TASK, DECISION, HTTP, Story, block, instantiate, login, task_of

VERSION = "36.0"
VMEXT = "{http://www.vmware.com/vcloud/extension/v1.5}"
VCLOUD = "{http://www.vmware.com/vcloud/v1.5}"
EVENT = "com/vmware/vcloud/event/"
OPERATION = "vdcInstantiateVapp"
PATIENCE = 20


class Inbox:
    """A queue of its own that is bound to an exchange, and what came in so far."""

    def __init__(self, channel, exchange, key="#"):
        self.channel = channel
        self.messages = []
        # The server declares the same; whoever comes first creates it.
        channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        self.queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(self.queue, exchange, key)

    def read(self):
        """Takes in what is there."""
        while True:
            method, properties, body = self.channel.basic_get(self.queue, auto_ack=True)
            if method is None:
                return
            self.messages.append((method.routing_key, properties, body))

    def wait(self, event, task=None):
        """The first message of an event (of a task), waited for a while."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.read()
            for message in self.messages:
                if message[1].headers["notification.type"] == EVENT + event and (task is None or task.encode() in message[2]):
                    return message
            self.channel.connection.process_data_events(time_limit=0.1)
        raise AssertionError("no message %s within %d s; seen: %s" % (event, PATIENCE, [key for key, _, _ in self.messages]))


class Approver:
    """Knows its credentials and nothing else: every address comes out of a message or a document."""

    def __init__(self, certificate):
        self.session = requests.Session()
        # Only this authority counts, whatever bundle the environment names.
        self.session.trust_env = False
        self.session.verify = certificate
        self.session.headers["Accept"] = "application/*+xml;version=" + VERSION

    def login(self, resolver):
        base = resolver.split("/api/")[0]
        headers = {"Accept": "application/json;version=" + VERSION}
        answer = self.session.post(base + "/cloudapi/1.0.0/sessions/provider", auth=("administrator@System", "password"), headers=headers)
        answer.raise_for_status()
        self.session.headers["Authorization"] = "Bearer " + answer.headers["X-VMWARE-VCLOUD-ACCESS-TOKEN"]

    def get(self, href):
        answer = self.session.get(href)
        answer.raise_for_status()
        return etree.fromstring(answer.content)

    def post(self, href, media_type, body):
        return self.session.post(href, data=body, headers={"Content-Type": media_type})


def link(element, rel, media_type=None):
    """The one address behind a relation."""
    links = [each for each in element.iterchildren("{*}Link") if each.get("rel") == rel]
    hrefs = [each.get("href") for each in links if media_type is None or each.get("type") == media_type]
    assert len(hrefs) == 1, "%d links %s in %s" % (len(hrefs), rel, element.tag)
    return hrefs[0]


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


def follow(story, approver, notification):
    """From the message to the blocking task."""
    resolver = link(notification, "entityResolver")
    entity = next(each for each in notification.iterchildren(VMEXT + "EntityLink") if each.get("rel") == "entity")
    approver.login(resolver)
    resolved = approver.get(resolver + entity.get("id"))
    story.check("the resolver answers an entity", (resolved.tag, resolved.get("id")), (VCLOUD + "Entity", entity.get("id")))
    blocked = approver.get(link(resolved, "alternate", BLOCKING_TASK))
    seen = (blocked.tag, blocked.get("id"), blocked.get("status"))
    story.check("which leads to the blocking task", seen, (VMEXT + "BlockingTask", entity.get("id"), "active"))
    return blocked


def certificate():
    """The server's own certificate authority, as a file."""
    answer = requests.get(HTTP + "/_mock/v1/ca.pem")
    answer.raise_for_status()
    file = tempfile.NamedTemporaryFile("wb", suffix=".pem", delete=False)
    with file:
        file.write(answer.content)
    return file.name


with Story() as story:
    connection = pika.BlockingConnection(pika.URLParameters(AMQP))
    channel = connection.channel()
    xml = Inbox(channel, "systemExchange")
    jsons = Inbox(channel, "vcd.notifications20")
    only = Inbox(channel, "systemExchange", "true.*.*.*.com.vmware.vcloud.event.blockingtask.create.#")

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

    ca = certificate()
    try:
        approver = Approver(ca)
        blocked = follow(story, approver, notification)
        body = "<BlockingTaskOperationParams xmlns='%s'><Message>seen on the bus</Message></BlockingTaskOperationParams>" % VMEXT[1:-1]
        answer = approver.post(link(blocked, "resume"), DECISION, body)
        story.check("resume is accepted", answer.status_code, 204)
        again = approver.post(link(blocked, "resume"), DECISION, body)
        story.check("and refused the second time", again.status_code, 403)
    finally:
        os.unlink(ca)

    resumed = xml.wait("blockingtask/resume", task)
    xml.wait("task/complete", task)
    jsons.wait("task/complete", task)
    types = [headers.headers["notification.type"] for _, headers, body in xml.messages if task.encode() in body]
    order = [types.index(EVENT + event) for event in ("task/create", "blockingtask/create", "blockingtask/resume", "task/complete")]
    story.check("the messages of the task come in order", order, sorted(order))
    story.check("resume names the same blocking task", resumed[0].split(".")[1], announced[0].split(".")[1])

    told = [json.loads(body) for _, _, body in jsons.messages if task.encode() in body]
    ids = [etree.fromstring(body).get("eventId") for _, _, body in xml.messages if task.encode() in body]
    story.check("both exchanges tell the same events in the same order", [each["eventId"] for each in told], ids)
    owners = {each["taskOwner"] for each in told if each.get("taskOwner")}
    story.check("the messages name the owner of the task", owners, {vapp.get("id")})
    only.read()
    story.check("a narrow binding gets the announcement only", [key for key, _, _ in only.messages], [announced[0]])
    story.check("the vApp is there", tenant.get_resource(vapp.get("href")).get("status"), "8")
    connection.close()
