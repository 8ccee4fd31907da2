"""The consumers of `examples`, in `python` or in `go`, as programs of their own: approver, auditor and the check in a CMDB meet
what consumers meet. Their way to the broker leads through a relay, which can be cut."""

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from urllib.parse import urlsplit

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
    """Leads to the broker, until it is cut; then whoever comes again is led there again."""

    def __init__(self):
        broker = urlsplit(AMQP)
        self.broker = (broker.hostname, broker.port or 5672)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = AMQP.replace("%s:%d" % self.broker, "127.0.0.1:%d" % self.door.getsockname()[1])
        self.open = []
        threading.Thread(target=self.welcome, daemon=True).start()

    def welcome(self):
        while True:
            here, _ = self.door.accept()
            there = socket.create_connection(self.broker)
            self.open += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self):
        for end in self.open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open = []


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
    relay.cut()
    program.said("no connection")
    program.said("listening")
    vapp = instantiate(tenant, "after-the-cut")
    story.check("after a lost connection it goes on", (program.said("approved").split()[1], done(tenant, task_of(vapp))), (OPERATION, OPERATION))
    story.check("it ends when it is told to", program.stop(), 0)
    vapp = instantiate(tenant, "decided")
    [waiting] = control("GET", "blocking-tasks?wait=10s")["items"]
    control("POST", "blocking-tasks/%s/abort" % waiting["id"], message="Somebody was faster.")
    program = start("approver")
    story.check("who comes too late sees it", waiting["id"] in program.said("too late for"))
    story.check("and changes nothing", end(tenant, task_of(vapp)), "Somebody was faster.")
    program.stop()


def audits(story, start, tenant):
    gate("vappReset")
    program = start("auditor")
    with connected() as channel:
        inbox = Inbox(channel, JSON_EXCHANGE)
        task = task_of(instantiate(tenant, "audited"))
        uuid = task.get("id").split(":")[-1]
        done(tenant, task)
        _, properties, body = inbox.wait("task/complete", task.get("id"))
        # The copy comes behind all that was told.
        channel.basic_publish("", queue_of("auditor"), body, properties)
        told = [line.split()[2] for line in program.until("again, and left out: " + json.loads(body)["eventId"]) if line.endswith(uuid)]
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
        relay = Relay()

        def start(name, **env):
            return Program(command(name), AMQP_URL=relay.url, QUEUE=queue_of(name), VCD_URL=HTTPS, VCD_CA=certificate, **env)

        tenant = login("author", "example")
        try:
            approves(story, start, tenant, relay)
            audits(story, start, tenant)
            checks(story, start, tenant, folder)
        finally:
            for program in Program.started:
                program.process.kill()
            with connected() as channel:
                for name in ("approver", "auditor", "cmdb"):
                    channel.queue_delete(queue_of(name))


main()
