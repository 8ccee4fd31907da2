"""paho listens over WebSockets: those who administer the cloud to everything, those who administer an organization to that, and others to
what they do themselves. A blocked instantiation is heard from its request to its end, and no socket outlives its session or the server."""

import json
import os
import signal
import subprocess
import threading
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import requests
from lxml import etree

from bus import EVENT, EVENTS, VCLOUD, authority
from story import ADMIN, HTTP, HTTPS, Rel, Story, block, blocking_task, decide, done, instantiate, login, task_of

PATH = "/messaging/mqtt"
OPERATION = "vdcInstantiateVapp"
TASK = "application/vnd.vmware.vcloud.task+xml"
REFUSED = 0x80
# What paho makes of return code 4.
NOT_A_PASSWORD = 134
PATIENCE = 20
# How long the server waits at its end for connections that do not go by themselves.
GRACE = 5


class Session:
    """A session over the OpenAPI: its token, and the ids by which topics name its user."""

    def __init__(self, user, org, ca, url=HTTPS):
        self.url, self.ca = url, ca
        self.path = "/cloudapi/1.0.0/sessions" + ("/provider" if org == "System" else "")
        answer = self.ask("POST", self.path, auth=("%s@%s" % (user, org), "password"))
        self.token = answer.headers["X-VMWARE-VCLOUD-ACCESS-TOKEN"]
        said = answer.json()
        self.id = said["id"]
        self.org, self.user = (said[each]["id"].split(":")[-1] for each in ("org", "user"))
        self.topic = "publish/%s/%s" % (self.org, self.user)

    def ask(self, verb, path, **options):
        headers = {"Accept": "application/json;version=36.0"}
        answer = requests.request(verb, self.url + path, verify=self.ca, headers=headers | options.pop("headers", {}), **options)
        answer.raise_for_status()
        return answer

    def end(self):
        self.ask("DELETE", "/cloudapi/1.0.0/sessions/" + self.id, headers={"Authorization": "Bearer " + self.token})


class Listener:
    """An MQTT client and what it was told so far."""

    def __init__(self, session, token=None, password=None):
        """With a password, the token is said there instead of in a header; it is the name of the user, and then the token."""
        self.changed = threading.Condition()
        self.connected = self.gone = None
        self.granted, self.messages = {}, []
        self.client = client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, transport="websockets", reconnect_on_failure=False)
        client.on_connect = lambda client, own, flags, code, more: self.note(connected=(code.value, flags.session_present))
        client.on_disconnect = lambda client, own, flags, code, more: self.note(gone=True)
        client.on_subscribe = lambda client, own, message, codes, more: self.grant(message, [code.value for code in codes])
        client.on_message = lambda client, own, message: self.hear(message)
        client.ws_set_options(path=PATH, headers=None if password else {"Authorization": "Bearer " + (token or session.token)})
        if password:
            client.username_pw_set(*password)
        place = urlsplit(session.url)
        if place.scheme == "https":
            client.tls_set(ca_certs=session.ca)
        client.connect(place.hostname, place.port)
        client.loop_start()
        self.wait("the connection", lambda: self.connected)

    def note(self, **what):
        with self.changed:
            self.__dict__.update(what)
            self.changed.notify_all()

    def grant(self, message, codes):
        with self.changed:
            self.granted[message] = codes
            self.changed.notify_all()

    def hear(self, message):
        with self.changed:
            self.messages.append((message.topic, message.qos, json.loads(message.payload)))
            self.changed.notify_all()

    def wait(self, what, there):
        with self.changed:
            assert self.changed.wait_for(there, PATIENCE), "waited in vain for " + what
            return there()

    def subscribe(self, *filters):
        """Subscribes with (filter, qos); answers what was granted of each."""
        _, message = self.client.subscribe(list(filters))
        return self.wait("the grant", lambda: self.granted.get(message))

    def told(self, *objects):
        """The events, without their long beginning, of messages that name one of these objects."""
        return [event(each) for _, _, each in list(self.messages) if any(urn in each["payload"] for urn in objects)]

    def wait_for(self, last, *objects):
        """Waits for an event of these objects; answers all of theirs up to now."""
        self.wait(last, lambda: last in self.told(*objects))
        return self.told(*objects)


def event(envelope):
    return envelope["headers"]["notification.type"].removeprefix(EVENT)


def blocked_and_resumed(story, admin, tenant, name):
    """A blocked instantiation that is resumed; answers the objects that its messages name."""
    vapp = instantiate(tenant, name)
    task = task_of(vapp)
    decide(admin, blocking_task(admin, task), Rel.RESUME, "heard")
    story.check("%s is there" % name, tenant.get_resource(vapp.get("href")).get("status"), "8")
    return vapp.get("id"), task.get("id")


def refuses(story, sessions, author):
    """Who may not connect, and who may not subscribe to what."""
    for what, headers in (("no token", {}), ("a token of nobody", {"Authorization": "Bearer a.b.c"})):
        answer = requests.get(HTTPS + PATH, verify=author.ca, headers=headers)
        seen = (answer.status_code, etree.fromstring(answer.content).tag)
        story.check("%s is refused in a document" % what, seen, (401, VCLOUD + "Error"))
    story.refused("paho is refused with a token of nobody", mqtt.WebsocketConnectionError, lambda: Listener(author, "a.b.c"))
    for what, listener, filters in sessions:
        seen = listener.subscribe(*((each, 1) for each in filters))
        story.check("%s is refused what others have" % what, seen, [REFUSED] * len(filters))


def switched(story, admin, tenant, hall):
    """Notifications that are switched off: what is left is about blocking tasks."""
    href = HTTP + "/api/admin/extension/settings/notifications"
    body = "<NotificationsSettings xmlns='http://www.vmware.com/vcloud/extension/v1.5'><EnableNotifications>%s</EnableNotifications></NotificationsSettings>"
    kind = "application/vnd.vmware.admin.notificationsSettings+xml"
    admin.put_resource(href, etree.fromstring(body % "false"), kind)
    quiet = blocked_and_resumed(story, admin, tenant, "quiet")
    admin.put_resource(href, etree.fromstring(body % "true"), kind)
    loud = blocked_and_resumed(story, admin, tenant, "loud")
    hall.wait_for("task/complete", *loud)
    story.check("without notifications it hears of decisions", hall.told(*quiet), ["blockingtask/create", "blockingtask/resume"])


def serves(story, admin, hall, author):
    """What an extension service makes and tells has types of its own."""
    head = "xmlns='%s' serviceNamespace='org.example.vcd.backup'" % VCLOUD[1:-1]
    user = "<User href='%s/api/admin/user/%s'/>" % (HTTP, author.user)
    task = "<Task %s name='any' status='running' operation='Backing up' operationName='backupOrg'>%s</Task>" % (head, user)
    told = "<Event %s type='backup/complete' success='true'>%s</Event>" % (head, user)
    made = admin.post_resource("%s/api/tasksList/%s" % (HTTP, author.org), etree.fromstring(task), TASK)
    admin.post_resource("%s/api/admin/org/%s/events" % (HTTP, author.org), etree.fromstring(told), ADMIN + "event+xml")
    org = "urn:vcloud:org:" + author.org
    hall.wait_for("backup/complete", org)
    seen = [(event(each), each["type"]) for _, _, each in hall.messages if made.get("id") in each["payload"] or event(each) == "backup/complete"]
    wanted = [("task/create", "EXTENSION_TASK"), ("task/start", "EXTENSION_TASK"), ("backup/complete", "EXTERNAL_EVENT")]
    story.check("what a service does is told as its own", seen, wanted)


def says_it_with_a_password(story, author, manager, ca):
    """Without a header, as real servers take it, too: the user as the name, the token as the password."""
    guest = Listener(author, password=("author@example", author.token))
    story.check("a token may come as the password", (guest.connected, guest.subscribe((author.topic, 1))), ((0, False), [1]))
    story.check("and reaches no further", guest.subscribe(("publish/#", 1)), [REFUSED])
    Session("author", "example", ca)
    story.check("who came so hears what is its own", guest.wait_for("session/login", author.user), ["session/login"])
    for what, user, token in (
        ("a token of nobody", "author@example", "a.b.c"),
        ("a real password", "author@example", "password"),
        ("somebody else's token", "author@example", manager.token),
    ):
        guest = Listener(author, password=(user, token))
        story.check("%s is none" % what, guest.connected, (NOT_A_PASSWORD, False))
        guest.wait("the end", lambda: guest.gone)


def brought_back(story, ca):
    """A state that is brought back while somebody listens: what was told is told, what comes is new, nothing comes twice."""
    control = lambda verb, call, **body: requests.request(verb, HTTP + "/_mock/v1/" + call, json=body or None).raise_for_status()  # noqa: E731
    control("PUT", "blocking-operations", enabled=[], timeoutMillis=3_600_000, timeoutAction="abort")
    control("PUT", "snapshots/heard")
    for name, what, verb, call in (("first", "a snapshot is loaded", "POST", "snapshots/heard/load"), ("second", "the state is reset", "POST", "reset")):
        provider = Session("administrator", "System", ca)
        hall = Listener(provider)
        hall.subscribe(("publish/#", 1))
        before = instantiate(login("author", "example"), name)
        done(login("author", "example"), task_of(before))
        hall.wait_for("vapp/create", before.get("id"))
        control(verb, call)
        hall.wait("the end", lambda: hall.gone)
        story.check("%s: the sessions are those of then, and who listened is disconnected" % what, hall.gone)
        story.check("%s: with a token of before nobody is let in" % what, refused(provider))
        hall = Listener(Session("administrator", "System", ca))
        hall.subscribe(("publish/#", 1))
        tenant = login("author", "example")
        after = instantiate(tenant, "again-" + name)
        done(tenant, task_of(after))
        hall.wait_for("task/complete", after.get("id"))
        told = hall.told(after.get("id"), task_of(after).get("id"))
        story.check("%s: who listens again hears what comes" % what, sorted(set(told)), sorted(told))
        story.check("%s: and nothing of before" % what, hall.told(before.get("id"), task_of(before).get("id")), [])


def refused(session):
    try:
        Listener(session)
    except mqtt.WebsocketConnectionError:
        return True
    return False


def stops(story, ca):
    """A server of its own that is stopped while somebody listens, to which nobody says goodbye."""
    binary = os.path.realpath("/proc/%s/exe" % os.environ["VCDSIM_PID"])
    command = [binary, "--http", "127.0.0.1:0", "--https", "off"]
    # What is set for the script would be settings of the server.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VCDSIM_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean) as server:
        url = json.loads(server.stdout.readline())["http"]
        listener = Listener(Session("author", "example", ca, url))
        server.send_signal(signal.SIGTERM)
        story.check("a server that stops waits for no listener", server.wait(GRACE - 1), 0)
        listener.wait("the end", lambda: listener.gone)


with Story() as story, authority() as ca:
    admin, tenant = login("administrator", "System"), login("author", "example")
    provider, manager = Session("administrator", "System", ca), Session("orgadmin", "example", ca)
    author, stranger = Session("author", "example", ca), Session("orgadmin2", "example2", ca)

    hall = Listener(provider)
    story.check("a connection begins without a session of before", hall.connected, (0, False))
    house, desk, elsewhere, plain = Listener(manager), Listener(author), Listener(stranger), Listener(Session("author", "example", ca, HTTP))
    foreign = ["publish/#", "publish/+/+", "publish/%s/+" % author.org, "publish/%s/+" % provider.org, manager.topic, "#"]
    refuses(story, (("the author", desk, foreign), ("a manager elsewhere", elsewhere, foreign), ("the manager", house, foreign[:2])), author)
    for what, listener, filter, qos in (
        ("the provider subscribes to everything", hall, "publish/#", 2),
        ("the manager to the organization", house, "publish/%s/+" % manager.org, 1),
        ("the author to the own topic", desk, author.topic, 0),
        ("which goes without TLS, too", plain, author.topic, 2),
        ("the other manager to the other organization", elsewhere, "publish/%s/+" % stranger.org, 1),
    ):
        story.check(what, listener.subscribe((filter, qos)), [qos])

    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])
    vapp = instantiate(tenant, "heard")
    task = task_of(vapp).get("id")
    hall.wait_for("blockingtask/create", task)
    decide(admin, blocking_task(admin, task_of(vapp)), Rel.RESUME, "heard")
    story.check("the vApp is there", tenant.get_resource(vapp.get("href")).get("status"), "8")
    names = vapp.get("id"), task, *(vm.get("id") for vm in tenant.get_resource(vapp.get("href")).iter("{*}Vm"))
    for what, listener, qos in (("the provider", hall, 2), ("the manager", house, 1), ("the author", desk, 0), ("without TLS", plain, 2)):
        story.check("%s hears it from beginning to end, in order" % what, listener.wait_for("task/complete", *names), EVENTS)
        seen = {(topic, level) for topic, level, each in listener.messages if task in each["payload"]}
        story.check("%s: on the topic of who did it, as surely as wanted" % what, seen, {(author.topic, qos)})

    told = [each for _, _, each in hall.messages if task in each["payload"]]
    journal = requests.get(HTTP + "/_mock/v1/messages", params={"exchange": "vcd.notifications20", "limit": 500}).json()
    bodies = [each["body"] for each in journal.get("items", journal) if task in each["body"]]
    story.check("the payload is what AMQP has", [each["payload"] for each in told], bodies)
    kinds = {event(each).split("/")[0]: each["type"] for each in told}
    story.check("the envelope says what it is about", kinds, {"task": "TASK", "blockingtask": "TASK", "vapp": "EVENT", "vm": "EVENT"})
    # What comes after it is heard elsewhere: so would it be, if it were to be.
    Session("orgadmin2", "example2", ca)
    story.check("elsewhere one hears what happens there", elsewhere.wait_for("session/login", stranger.user), ["session/login"])
    story.check("and nothing of this", elsewhere.told(*names), [])
    story.check("a script that says * for + hears as much", house.subscribe(("publish/%s/*" % manager.org, 1)), [1])
    switched(story, admin, tenant, hall)
    serves(story, admin, hall, author)

    says_it_with_a_password(story, author, manager, ca)
    author.end()
    desk.wait("the end", lambda: desk.gone)
    story.check("whoever signs out is disconnected", desk.gone)
    story.refused("and cannot come back", mqtt.WebsocketConnectionError, lambda: Listener(author))
    requests.post(HTTP + "/_mock/v1/clock/advance", json={"by": "31m", "expireSessions": True}).raise_for_status()
    for what, listener in (("the provider", hall), ("the manager", house)):
        listener.wait("the end", lambda: listener.gone)
        story.check("%s is disconnected when the session is over" % what, listener.gone)
    brought_back(story, ca)
    stops(story, ca)
