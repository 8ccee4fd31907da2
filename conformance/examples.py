"""The consumers of `examples`, in `python` or in `go`, as programs of their own: approver, auditor and the check in a CMDB meet
what consumers meet. Their ways to broker and cloud lead through relays, which can be cut and closed."""

import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from urllib.parse import urlsplit

import pika
import requests
from pyvcloud.vcd.exceptions import VcdTaskException

from bus import JSON_EXCHANGE, XML_EXCHANGE, Inbox, authority, connected
from story import AMQP, HTTP, HTTPS, Story, done, instantiate, login, task_of

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples")
OPERATION = "vdcInstantiateVapp"
PATIENCE = 30


def control(verb, call, **body):
    answer = requests.request(verb, HTTP + "/_mock/v1/" + call, json=body or None, timeout=60)
    answer.raise_for_status()
    return answer.json()


def queue_of(name):
    """The queue of an example in this run; others may be on the same broker."""
    return "%s-%d" % (name, os.getpid())


def gate(operation, millis=3_600_000):
    control("PUT", "blocking-operations", enabled=[operation], timeoutMillis=millis, timeoutAction="abort")


class Relay:
    """Leads to the place behind an address, until it is cut; then whoever comes again is led there again, unless it is closed."""

    def __init__(self, url, usual):
        place = urlsplit(url)
        self.place = (place.hostname, place.port or usual)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace("%s:%d" % self.place, "127.0.0.1:%d" % self.door.getsockname()[1])
        self.open, self.closed = [], False
        threading.Thread(target=self.welcome, daemon=True).start()

    def welcome(self):
        while True:
            here, _ = self.door.accept()
            if self.closed:
                here.close()
                continue
            there = socket.create_connection(self.place)
            self.open += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        # Also when it was broken off: else the other side would never hear of it.
        hang_up(other)

    def cut(self):
        for end in self.open:
            hang_up(end)
        self.open = []

    def close(self):
        self.closed = True
        self.cut()


def hang_up(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Program:
    """An example that runs, and what it says."""

    started = []

    def __init__(self, words, **env):
        self.process = subprocess.Popen(words, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.started.append(self)
        self.lines = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        self.said("listening")

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def said(self, words):
        """The next line that has these words; what comes before is passed over."""
        return self.until(words)[-1]

    def until(self, words):
        """The lines up to the next one that has these words."""
        passed = []
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError("it did not say %r but %r" % (words, passed)) from None
            passed.append(line)
            if words in line:
                return passed

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)


def approves(story, start, tenant, relay):
    program = start("approver", DECLINE="vappDeploy,forbidden-")
    gate(OPERATION)
    with connected() as channel:
        inbox = Inbox(channel, XML_EXCHANGE, "#.blockingtask.create.#")
        vapp = instantiate(tenant, "approved")
        said = program.said("approved " + OPERATION)
        story.check("what is not declined is approved", done(tenant, task_of(vapp)), OPERATION)
        urn = said.split()[-1]
        _, properties, body = inbox.wait("blockingtask/create", urn)
        channel.basic_publish("", queue_of("approver"), body, properties)
        story.check("a message that comes twice is handled once", properties.message_id in program.said("again, and left out"))
    gate("vappDeploy")
    task = tenant.post_resource(vapp.get("href") + "/power/action/powerOn", None, None)
    story.check("what is declined is", program.said("declined vappDeploy").split()[1], "vappDeploy")
    story.check("with the reason", end(tenant, task), "vappDeploy of approved is not allowed here.")
    gate(OPERATION)
    vapp = instantiate(tenant, "forbidden-1")
    story.check("so is what is about such an object", program.said("declined").split()[1], OPERATION)
    story.check("with the reason, too", end(tenant, task_of(vapp)), OPERATION + " of forbidden-1 is not allowed here.")
    seen = [cut(program, relay), cut(program, relay)]
    story.check("each loss without anything done in between is followed by a longer pause", seen, ["0.2 s", "0.4 s"])
    vapp = instantiate(tenant, "after-the-cut")
    story.check("after a lost connection it goes on", (program.said("approved").split()[1], done(tenant, task_of(vapp))), (OPERATION, OPERATION))
    story.check("what is handled makes the pause short again", cut(program, relay), "0.2 s")
    story.check("it ends when it is told to", program.stop(), 0)
    program = start("approver", STEADY="0")
    seen = [cut(program, relay), cut(program, relay)]
    story.check("so does a connection that lasted", seen, ["0.2 s", "0.2 s"])
    program.stop()
    vapp = instantiate(tenant, "decided")
    [waiting] = control("GET", "blocking-tasks?wait=10s")["items"]
    control("POST", "blocking-tasks/%s/abort" % waiting["id"], message="Somebody was faster.")
    program = start("approver")
    story.check("who comes too late sees it", waiting["id"] in program.said("too late for"))
    story.check("and changes nothing", end(tenant, task_of(vapp)), "Somebody was faster.")
    program.stop()


def cut(program, relay):
    """Cuts the way to the broker; answers how long the program pauses before it is back."""
    relay.cut()
    said = program.said("no connection, next try in")
    program.said("listening")
    return re.search("next try in ([0-9.]+ s)", said)[1]


def powerless(story, start, tenant):
    """An account that may not decide is told 403, as if it were too late. It must not take the message for handled."""
    gate(OPERATION)
    for name, said in (("approver", "approved " + OPERATION), ("cmdb", "resumed " + OPERATION)):
        program = start(name, VCD_USER="orgadmin@example", LEASE="3600000")
        task = task_of(instantiate(tenant, "powerless-" + name))
        story.check("%s: whoever has no right hears so" % name, "has no right" in program.said("next try in"))
        story.check("%s: and decides nothing" % name, (status(tenant, task), program.stop()), ("preRunning", 0))
        program = start(name, LEASE="3600000")
        program.said(said)
        story.check("%s: whoever has gets the message" % name, end(tenant, task), None)
        program.stop()


def malformed(story, start, tenant):
    """Messages that make no sense are rejected, once each, and hold up nothing."""
    xml, no_xml = "<Notification eventId='%s'/>" % uuid.uuid4(), "<Notification eventId="
    cases = {
        "approver": (("application/xml", no_xml), ("application/xml", "<Notification/>"), ("application/xml", xml), ("application/json", "7")),
        "auditor": (("application/json", "{"), ("application/json", "[]"), ("application/json", "{}"), ("application/json", b"\xff")),
        "cmdb": (("application/xml", xml), ("application/xml", ""), ("application/json", '"eventId"')),
    }
    gate(OPERATION)
    for name, messages in cases.items():
        program = start(name, LEASE="3600000")
        with connected() as channel:
            for kind, body in messages:
                channel.basic_publish("", queue_of(name), body, pika.BasicProperties(content_type=kind))
            for number in range(len(messages)):
                program.said("given up")
            task = task_of(instantiate(tenant, "sensible-" + name))
            passed = program.until({"approver": "approved", "auditor": "task/create", "cmdb": "resumed"}[name])
            if name == "auditor":
                [waiting] = control("GET", "blocking-tasks?wait=10s")["items"]
                control("POST", "blocking-tasks/%s/resume" % waiting["id"])
            story.check("%s: what makes no sense is given up once" % name, [each for each in passed if "given up" in each], [])
            story.check("%s: what comes after it is handled" % name, end(tenant, task), None)
            program.stop()
            left = channel.queue_declare(queue_of(name), passive=True).method.message_count if name != "auditor" else 0
            story.check("%s: and nothing is left in its queue" % name, left, 0)


def lonely(story, start, tenant, cloud):
    """The cloud is away: what is to be decided stays in the queue, and is when it is back."""
    gate(OPERATION)
    program = start("cmdb", VCD_URL=cloud.url, LEASE="3600000")
    cloud.close()
    task = task_of(instantiate(tenant, "lonely"))
    pauses = [re.search("next try in ([0-9.]+ s)", program.said("next try in"))[1] for _ in range(3)]
    story.check("a message that cannot be handled comes again, after longer and longer pauses", pauses, ["0.2 s", "0.4 s", "0.8 s"])
    story.check("and nothing is decided meanwhile", status(tenant, task), "preRunning")
    cloud.closed = False
    program.said("resumed " + OPERATION)
    story.check("when the cloud is back, it is handled", end(tenant, task), None)
    cloud.close()
    task = task_of(instantiate(tenant, "lonely-too"))
    said = program.said("next try in")
    story.check("then the pauses are short again", "next try in 0.2 s" in said)
    story.check("a program that ends meanwhile", program.stop(), 0)
    cloud.closed = False
    program = start("cmdb", VCD_URL=cloud.url, LEASE="3600000")
    program.said("resumed " + OPERATION)
    story.check("leaves the message to the next", end(tenant, task), None)
    program.stop()


def audits(story, start, tenant):
    gate("vappReset")
    program = start("auditor")
    with connected() as channel:
        inbox = Inbox(channel, JSON_EXCHANGE)
        task = task_of(instantiate(tenant, "audited"))
        own = task.get("id").split(":")[-1]
        done(tenant, task)
        _, properties, body = inbox.wait("task/complete", task.get("id"))
        # The copy comes behind all that was told.
        channel.basic_publish("", queue_of("auditor"), body, properties)
        told = [line.split()[2] for line in program.until("again, and left out: " + json.loads(body)["eventId"]) if line.endswith(own)]
    # Events of different objects may overtake each other.
    wanted = ["task/complete", "task/create", "task/start", "vapp/create", "vapp/create_request", "vm/create", "vm/create_request"]
    story.check("the events of a task are written, each once", sorted(told), wanted)
    story.check("those of the task in their order", [each for each in told if each.startswith("task/")], ["task/create", "task/start", "task/complete"])
    story.check("the auditor ends when it is told to", program.stop(), 0)


class Check:
    """A check that waits to be told what it says and how it ends."""

    def __init__(self, folder):
        self.pipe, self.verdict, self.script = (os.path.join(folder, name) for name in ("said", "verdict", "check"))
        os.mkfifo(self.pipe)
        with open(self.script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nread -r said < %s\necho \"$said\"\nread -r code < %s\nexit $code\n" % (self.pipe, self.verdict))
        os.chmod(self.script, 0o700)

    def ends(self, code, said):
        with open(self.verdict, "w", encoding="utf-8") as file:
            file.write("%d\n" % code)
        with open(self.pipe, "w", encoding="utf-8") as file:
            file.write(said + "\n")


def checks(story, start, tenant, folder):
    check = Check(folder)
    control("PUT", "clock", mode="manual")
    gate(OPERATION, millis=60_000)
    program = start("cmdb", CHECK=check.script, LEASE="7200000")
    for code, said, word, ended in ((0, "known as CI 7", "resumed", None), (1, "no such <record>: é–7", "failed", "no such <record>: é–7")):
        task = task_of(instantiate(tenant, "checked-%d" % code))
        program.said("kept alive")
        control("POST", "clock/advance", by="1h")
        story.check("%s: it waits for longer than its timeout" % word, status(tenant, task), "preRunning")
        check.ends(code, said)
        story.check("%s: the check decides" % word, program.said(word + " ").split()[1], OPERATION)
        story.check("%s: and says why" % word, end(tenant, task), ended)
        read = tenant.get_resource(task.get("href"))
        story.check("%s: the task says what the check said" % word, str(read.Details), said)
        story.check("%s: and has ended so" % word, read.get("status"), "error" if code else "success")
    task = task_of(instantiate(tenant, "left-behind"))
    program.said("kept alive")
    story.check("told to end, it does not wait for its check", program.stop(), 0)
    story.check("and decides nothing", status(tenant, task), "preRunning")
    program = start("cmdb", CHECK=check.script, LEASE="7200000", BEAT="0.1")
    program.said("kept alive")
    check.ends(0, "CI 8 " * 20_000)
    program.said("resumed ")
    story.check("the next one gets the same message, and decides", end(tenant, task), None)
    details = str(tenant.get_resource(task.get("href")).Details)
    story.check("a check may say much, and the task says the beginning", details, ("CI 8 " * 400).strip())
    task = task_of(instantiate(tenant, "taken-over"))
    program.said("kept alive")
    [waiting] = control("GET", "blocking-tasks?wait=10s")["items"]
    control("POST", "blocking-tasks/%s/fail" % waiting["id"], message="Somebody was faster.")
    story.check("decided by somebody else, the check is given up", waiting["id"] in program.said("too late for"))
    story.check("and the decision stands", end(tenant, task), "Somebody was faster.")
    story.check("the check's consumer ends when it is told to", program.stop(), 0)
    program = start("cmdb", CHECK=os.path.join(folder, "nothing"))
    task = task_of(instantiate(tenant, "unchecked"))
    program.said("cannot be started")
    program.said("cannot be started")
    story.check("a check that cannot be started is tried again, and decides nothing", status(tenant, task), "preRunning")
    story.check("and the program can be ended meanwhile", program.stop(), 0)


def status(client, task):
    return client.get_resource(task.get("href")).get("status")


def end(client, task):
    """The message of a task that ended badly; None of one that did not."""
    try:
        client.get_task_monitor().wait_for_status(task, poll_frequency=0.1)
    except VcdTaskException as error:
        return error.vcd_error.get("message")


def programs(language, folder):
    """The command of each example, or None where it cannot be had."""
    if language == "python":
        return lambda name: [sys.executable, "-u", "-B", os.path.join(EXAMPLES, "python", name + ".py")]
    if shutil.which("go") is None:
        return None
    build = ["go", "build", "-buildvcs=false", "-o", folder + os.sep, "./approver", "./auditor", "./cmdb"]
    subprocess.run(build, cwd=os.path.join(EXAMPLES, "go"), check=True)
    return lambda name: [os.path.join(folder, name)]


def main():
    with Story() as story, tempfile.TemporaryDirectory() as folder, authority() as certificate:
        command = programs(sys.argv[1], folder)
        if command is None:
            print("# SKIPPED: Go is not installed, and the examples in Go are not tried")
            story.check("# SKIP Go is not installed", shutil.which("go"), None)
            return
        relay, cloud = Relay(AMQP, 5672), Relay(HTTPS, 443)

        def start(name, **env):
            env = {"AMQP_URL": relay.url, "QUEUE": queue_of(name), "VCD_URL": HTTPS, "VCD_CA": certificate, **env}
            return Program(command(name), **env)

        tenant = login("author", "example")
        try:
            approves(story, start, tenant, relay)
            audits(story, start, tenant)
            powerless(story, start, tenant)
            malformed(story, start, tenant)
            lonely(story, start, tenant, cloud)
            checks(story, start, tenant, folder)
        finally:
            for program in Program.started:
                program.process.kill()
            with connected() as channel:
                for name in ("approver", "auditor", "cmdb"):
                    channel.queue_delete(queue_of(name))


main()
