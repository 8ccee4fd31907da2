"""What the consumers on RabbitMQ share: inboxes on the two exchanges, and an approver that finds every address it needs in a
message or a document."""

import json
import os
import tempfile
import time
from contextlib import contextmanager

import pika
import requests
from lxml import etree

from story import AMQP, BLOCKING_TASK, DECISION, HTTP

VERSION = "36.0"
VMEXT = "{http://www.vmware.com/vcloud/extension/v1.5}"
VCLOUD = "{http://www.vmware.com/vcloud/v1.5}"
EVENT = "com/vmware/vcloud/event/"
XML_EXCHANGE = "systemExchange"
JSON_EXCHANGE = "vcd.notifications20"
PATIENCE = 20

# What a blocked instantiation that is resumed tells, from beginning to end.
EVENTS = [
    "vapp/create_request", "vm/create_request", "task/create", "blockingtask/create",
    "blockingtask/resume", "task/start", "vm/create", "vapp/create", "task/complete",
]


@contextmanager
def connected():
    """A channel to the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(AMQP))
    try:
        yield connection.channel()
    finally:
        connection.close()


class Inbox:
    """A queue of its own that is bound to an exchange, and what came in so far: (routing key, properties, body)."""

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

    def wait(self, event, urn):
        """The first message of an event that names an object, waited for a while."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.read()
            for message in self.about(urn):
                if event_of(message) == event:
                    return message
            self.channel.connection.process_data_events(time_limit=0.1)
        raise AssertionError("no message %s within %d s; seen: %s" % (event, PATIENCE, [key for key, _, _ in self.messages]))

    def about(self, urn):
        """The messages that name an object. Others may be on the same broker."""
        return [message for message in self.messages if urn.encode() in message[2]]

    def events(self, urn):
        """The events of one object. Only these come in the order in which they happened; other objects' may overtake them."""
        uuid = urn.split(":")[-1]
        return [event_of(message) for message in self.messages if message[1].headers["notification.entityUUID"] == uuid]


class Approver:
    """Knows its credentials and nothing else: every address comes out of a message or a document."""

    def __init__(self, authority):
        self.session = requests.Session()
        # Only this authority counts, whatever bundle the environment names.
        self.session.trust_env = False
        self.session.verify = authority
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

    def refusal(self, href):
        """How a GET is refused: status and minor error code."""
        answer = self.session.get(href)
        return answer.status_code, etree.fromstring(answer.content).get("minorErrorCode")

    def decide(self, blocked, rel, message):
        """Posts a decision where the blocking task says; answers the status."""
        body = "<BlockingTaskOperationParams xmlns='%s'><Message>%s</Message></BlockingTaskOperationParams>" % (VMEXT[1:-1], message)
        return self.session.post(link(blocked, rel), data=body, headers={"Content-Type": DECISION}).status_code


def event_of(message):
    """The event that a message tells, such as `task/create`."""
    return message[1].headers["notification.type"].removeprefix(EVENT)


def link(element, rel, media_type=None):
    """The one address behind a relation. From 33.0 on each has a second link, to the same in JSON."""
    links = [each for each in element.iterchildren("{*}Link") if each.get("rel") == rel and not each.get("type", "").endswith("+json")]
    hrefs = [each.get("href") for each in links if media_type is None or each.get("type") == media_type]
    assert len(hrefs) == 1, "%d links %s in %s" % (len(hrefs), rel, element.tag)
    return hrefs[0]


def entities(notification):
    """The URNs in an XML message by their relation: entity, up, down, task, task:owner."""
    return {each.get("rel"): each.get("id") for each in notification.iterchildren(VMEXT + "EntityLink")}


def follow(story, approver, notification):
    """Signs in where the message says, and goes from its entity to the blocking task."""
    resolver, urn = link(notification, "entityResolver"), entities(notification)["entity"]
    approver.login(resolver)
    resolved = approver.get(resolver + urn)
    story.check("the resolver answers an entity", (resolved.tag, resolved.get("id")), (VCLOUD + "Entity", urn))
    blocked = approver.get(link(resolved, "alternate", BLOCKING_TASK))
    seen = (blocked.tag, blocked.get("id"), blocked.get("status"))
    story.check("which leads to the blocking task", seen, (VMEXT + "BlockingTask", urn, "active"))
    return blocked


def same_events(story, xml, jsons, urn):
    """Both exchanges tell the same about an object; answers what the JSON exchange told, parsed."""
    told = [json.loads(body) for _, _, body in jsons.about(urn)]
    ids = [etree.fromstring(body).get("eventId") for _, _, body in xml.about(urn)]
    story.check("both exchanges tell the same events", sorted(each["eventId"] for each in told), sorted(ids))
    return told


@contextmanager
def authority():
    """The server's own certificate authority, as a file."""
    answer = requests.get(HTTP + "/_mock/v1/ca.pem")
    answer.raise_for_status()
    file = tempfile.NamedTemporaryFile("wb", suffix=".pem", delete=False)
    try:
        with file:
            file.write(answer.content)
        yield file.name
    finally:
        os.unlink(file.name)
