"""A consumer on RabbitMQ sees what rules of the control interface do to messages: they are dropped, come twice, late, in another order, after
refusals, and over connections that are cut, and a broker that is kept away gets everything when it is let back. Time passes only as it is
told to."""

import json
import os
import signal
import subprocess
import tempfile
import time

import requests

from bus import JSON_EXCHANGE, PATIENCE, XML_EXCHANGE, Inbox, connected, event_of
from story import AMQP, HTTP, Story

BINARY = os.path.realpath("/proc/%s/exe" % os.environ["VCDSIM_PID"])
# What says how the server of the test run is reached would be read as how ours is to listen.
OWN = {name: value for name, value in os.environ.items() if not name.startswith("VCDSIM_")}
ALL = ["task/create", "task/start", "task/complete"]
START = {"type": "task/start", "form": "json"}


class Cloud:
    """A server, by its control interface."""

    def __init__(self, url):
        self.url = url

    def __call__(self, verb, call, **body):
        answer = requests.request(verb, "%s/_mock/v1/%s" % (self.url, call), json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def task(self):
        """A task from its beginning to its end, which is three events about one object; answers its URN."""
        return self("POST", "tasks", operation="vdcInstantiateVapp", owner="example-vdc", user="author@example", status="success")["id"]

    def rule(self, do, match=START, **more):
        return self("POST", "broker/faults", match=match, do=do, **more)["id"]

    def hits(self, rule):
        return next(each["hits"] for each in self("GET", "broker/faults")["items"] if each["id"] == rule)


class Ear:
    """Hears both exchanges."""

    def __init__(self, channel):
        self.channel = channel
        self.xml, self.json = Inbox(channel, XML_EXCHANGE), Inbox(channel, JSON_EXCHANGE)

    def until(self, what):
        """Listens until something is so; answers whether it came to that."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.xml.read()
            self.json.read()
            if what():
                return True
            self.channel.connection.process_data_events(time_limit=0.05)
        return False

    def whole(self, task):
        """Listens until the end of a task is told on both exchanges; answers what JSON told, in order."""
        self.until(lambda: all("task/complete" in inbox.events(task) for inbox in (self.xml, self.json)))
        return self.json.events(task)

    def count(self, task, event, times):
        """Listens until an event has come so many times; answers what JSON told, in order."""
        self.until(lambda: self.json.events(task).count(event) >= times)
        return self.json.events(task)

    def ids(self, task, event):
        """The ids of the messages about an event of a task, as the properties and the documents have them."""
        uuid = task.split(":")[-1]
        ours = [each for each in self.json.messages if each[1].headers["notification.entityUUID"] == uuid and event_of(each) == event]
        return {each[1].message_id for each in ours} | {json.loads(each[2])["eventId"] for each in ours}


def main():
    with Story() as story, connected() as channel:
        cloud, ear = Cloud(HTTP), Ear(channel)
        cloud("PUT", "clock", mode="manual")
        cloud("GET", "ready?wait=20s")
        story.check("without a rule all comes in order", ear.whole(cloud.task()), ALL)
        drop(story, cloud, ear)
        duplicate(story, cloud, ear)
        delay(story, cloud, ear)
        reorder(story, cloud, ear)
        refuse(story, cloud, ear)
        cut(story, cloud, ear)
        away(story, cloud, ear)
        stopped(story, cloud, ear)
        counted(story, cloud)
        restarted(story, ear)


def drop(story, cloud, ear):
    rule = cloud.rule({"drop": True})
    task = cloud.task()
    story.check("what is dropped never comes, and what follows does", ear.whole(task), ["task/create", "task/complete"])
    story.check("the other exchange has it", ear.xml.events(task), ALL)
    story.check("the rule has struck once", cloud.hits(rule), 1)
    fates = [each.get("fate", {}).get("rule") for each in cloud("GET", "messages?limit=6")["items"]]
    story.check("the journal says so", fates, [None, None, None, rule, None, None])
    story.check("and the next is spared", ear.whole(cloud.task()), ALL)


def duplicate(story, cloud, ear):
    cloud.rule({"duplicate": 2})
    task = cloud.task()
    story.check("what is duplicated comes three times, in its place", ear.whole(task), ["task/create"] + ["task/start"] * 3 + ["task/complete"])
    story.check("with one id", len(ear.ids(task, "task/start")), 1)


def delay(story, cloud, ear):
    rule = cloud.rule({"delay": "10m"})
    sooner = cloud.rule({"delay": "5m"})
    late, less = cloud.task(), cloud.task()
    # Whatever was told before this one would have come before it.
    ear.whole(cloud.task())
    story.check("what is late is not there, nor what follows it", [ear.json.events(each) for each in (late, less)], [["task/create"]] * 2)
    story.check("on the other exchange it is", ear.xml.events(late), ALL)
    ear.until(lambda: len(cloud("GET", "broker")["kept"]) == 2)
    kept = cloud("GET", "broker")["kept"]
    story.check("the broker's state says which rules keep them", [("rule %d" % rule) in kept[1], ("rule %d" % sooner) in kept[0]], [True, True])
    cloud("POST", "clock/advance", by="5m")
    story.check("each comes when the clock says so", ear.whole(less), ALL)
    ear.whole(cloud.task())
    story.check("and no sooner", ear.json.events(late), ["task/create"])
    cloud("POST", "clock/advance", by="5m")
    story.check("also the other one", ear.whole(late), ALL)
    # Two that become due at once come as they became due, not as they happened.
    cloud.rule({"delay": "10m"})
    cloud.rule({"delay": "5m"})
    late, less = cloud.task(), cloud.task()
    ear.until(lambda: len(cloud("GET", "broker")["kept"]) == 2)
    cloud("POST", "clock/advance", by="1h")
    ear.whole(late)
    ear.whole(less)
    begun = [each[1].headers["notification.entityUUID"] for each in ear.json.messages if event_of(each) == "task/start"]
    both = [each.split(":")[-1] for each in (less, late)]
    story.check("in due order", [each for each in begun if each in both], both)


def reorder(story, cloud, ear):
    cloud.rule({"reorder": "10m"})
    task = cloud.task()
    story.check("what is reordered comes after its successor", ear.count(task, "task/start", 1), ["task/create", "task/complete", "task/start"])
    cloud.rule({"reorder": "10m"}, match={"type": "task/complete", "form": "json"})
    task = cloud.task()
    ear.whole(cloud.task())
    story.check("what nothing follows waits", ear.json.events(task), ["task/create", "task/start"])
    cloud("POST", "clock/advance", by="10m")
    story.check("and comes when its time is over", ear.whole(task), ALL)


def refuse(story, cloud, ear):
    before = cloud("GET", "broker")["counts"]["nacked"]
    cloud.rule({"refuse": 3})
    task = cloud.task()
    story.check("what is refused is tried again until it comes, in its place", ear.whole(task), ALL)
    story.check("and was refused as often as was ordered", cloud("GET", "broker")["counts"]["nacked"] - before, 3)
    failure = cloud("GET", "broker")["lastFailure"]["reason"]
    story.check("the broker's state has said which rule it was", "of broker/faults has messages refused" in failure)


def cut(story, cloud, ear):
    for when, times in (("before", 1), ("after", 2)):
        before = cloud("GET", "broker")["counts"]["connections"]
        rule = cloud.rule({"disconnect": when})
        task = cloud.task()
        wanted = ["task/create"] + ["task/start"] * times + ["task/complete"]
        story.check("a connection that is cut %s the message: it comes %s" % (when, "once" if times == 1 else "twice"), ear.whole(task), wanted)
        story.check("with one id", len(ear.ids(task, "task/start")), 1)
        story.check("over another connection", cloud("GET", "broker")["counts"]["connections"] - before, 1)
        reason = cloud("GET", "broker")["lastFailure"]["reason"]
        story.check("and the broker's state says why", reason, "rule %d of broker/faults has cut the connection" % rule)


def away(story, cloud, ear):
    rule = cloud.rule({"disconnect": "after", "for": "5m"})
    task = cloud.task()
    story.check("the broker has it", ear.count(task, "task/start", 1), ["task/create", "task/start"])
    ear.until(lambda: cloud("GET", "broker")["state"] == "stopped")
    state = cloud("GET", "broker")
    story.check("then there is no connection", (state["state"], state["connected"]), ("stopped", False))
    story.check("by this rule", state["error"].startswith("rule %d of broker/faults has cut the connection, and lets none be made until" % rule))
    other = cloud.task()
    cloud("POST", "clock/advance", by="4m 59s")
    state = cloud("GET", "broker")
    story.check("until its time is over", (state["state"], ear.json.events(other)), ("stopped", []))
    cloud("POST", "clock/advance", by="1s")
    story.check("then all comes, and what nobody knew of again", ear.whole(task), ["task/create", "task/start", "task/start", "task/complete"])
    story.check("with one id", len(ear.ids(task, "task/start")), 1)
    story.check("what happened meanwhile comes as well", ear.whole(other), ALL)


def stopped(story, cloud, ear):
    let, pass_by = (lambda: cloud("POST", "broker/start")), (lambda: cloud("POST", "clock/advance", by="1h"))
    for more, seen, said, end in (
        ({}, "stopped", "POST broker/stop keeps the broker away until", let),
        ({"for": "1h"}, "stopped", "POST broker/stop keeps the broker away until", pass_by),
        ({"as": "refusing"}, "waiting", "ACCESS_REFUSED", let),
        ({"as": "full", "for": "1h"}, "blocked", "low on disk", pass_by),
    ):
        cloud("POST", "broker/stop", **more)
        ear.until(lambda: cloud("GET", "broker")["state"] == seen)
        task = cloud.task()
        ear.until(lambda: cloud("GET", "broker")["pending"] > 0)
        state = cloud("GET", "broker")
        story.check("a broker that is stopped gets nothing", (state["state"], state["pending"] > 0, ear.json.events(task)), (seen, True, []))
        story.check("as its state says", said in state["error"])
        end()
        story.check("and when it is let back everything", ear.whole(task), ALL)
        story.check("over a connection", cloud("GET", "broker")["state"], "connected")


def counted(story, cloud):
    idle = cloud.rule({"drop": True}, match={"type": "vapp/*"})
    gone = cloud("DELETE", "broker/faults")
    story.check("of all rules one has struck nothing", [each["id"] for each in gone["unused"]], [idle])


def serve(place):
    command = [BINARY, "--http", "127.0.0.1:0", "--https", "off", "--data-dir", place, "--amqp", AMQP, "--clock", "manual"]
    server = subprocess.Popen(command, env=OWN, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    cloud = Cloud(json.loads(server.stdout.readline())["http"])
    return server, cloud


def restarted(story, ear):
    """Kills in the middle of everything: what was decided is kept, nothing is lost, and nothing waits for ever."""
    with tempfile.TemporaryDirectory() as place:
        server, cloud = serve(place)
        cloud("GET", "ready?wait=20s")
        for order in ({"delay": "10m"}, {"reorder": "1h"}, {"disconnect": "after", "for": "5m"}, {"refuse": 2}):
            cloud.rule(order)
        tasks = [cloud.task() for _ in range(4)]
        ear.count(tasks[2], "task/start", 1)
        server.send_signal(signal.SIGKILL)
        server.wait(timeout=20)
        server, cloud = serve(place)
        hits = [each["hits"] for each in cloud("GET", "broker/faults")["items"]]
        story.check("after a kill each rule is counted as before", hits, [1, 1, 1, 1])
        cloud("POST", "clock/advance", by="5m")
        for task in tasks[1:]:
            ear.whole(task)
        told = [ear.json.events(task) for task in tasks[1:]]
        story.check("all of it comes but what is late", ([set(each) for each in told], "task/start" in ear.json.events(tasks[0])), ([set(ALL)] * 3, False))
        cloud("POST", "clock/advance", by="5m")
        story.check("and that when its time has come", [each for each in ear.whole(tasks[0]) if each != "task/create"], ALL[1:])
        server.send_signal(signal.SIGTERM)
        story.check("the server ends", server.wait(timeout=20), 0)


main()
