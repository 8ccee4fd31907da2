"""What each client does while a task is blocked and when that has ended, scenario by scenario. Each cell is a run:
`matrix.py` prints them as `cell`, client, scenario, the status that the task has when the client is through, and words,
separated by tabs; `matrix.py --check FILE` compares them with those in a file, as checks, and `--go` or `--python` plays
only those clients.

A Python client waits in its own time: after two sleeps that happens which the scenario says. The sleep of the Go client
cannot be moved; it waits in real time, and only if VCDSIM_GOVCD_MATRIX names its program."""

import itertools
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from urllib.parse import urlsplit

import requests
from click.testing import CliRunner
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider
from vcd_cli.vcd import vcd

from own_time import Impatience, OwnTime
from story import HTTP, Story, instantiate, login, task_of

CONTROL = HTTP + "/_mock/v1/"
SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "scenarios")
# How long a client may wait, in seconds of its own time: longer than any of them means to.
MOST = 3600
LOOKS = 2
# How long the Go client may wait, in real seconds: four of its polls.
GO = os.environ.get("VCDSIM_GOVCD_MATRIX")
GO_SECONDS = 10


def control(verb, call, **body):
    answer = requests.request(verb, CONTROL + call, json=body or None, timeout=60)
    answer.raise_for_status()
    return answer.json()


def scenarios():
    """Those that instantiate, by name."""
    found = {}
    for file in sorted(os.listdir(SCENARIOS)):
        if file.endswith(".toml"):
            with open(os.path.join(SCENARIOS, file), "rb") as text:
                scenario = tomllib.load(text)
            if scenario["request"] == "instantiate":
                found[file.removesuffix(".toml")] = scenario
    return found


def gate(scenario):
    gate = scenario["gate"]
    operations = {"enabled": [gate["operation"]], "timeoutMillis": gate["timeout_millis"], "timeoutAction": gate["action"]}
    control("PUT", "blocking-operations", **operations)


class Broken(BaseException):
    """The play itself went wrong; that is no client's doing, and no cell."""


class Play:
    """A scenario that a client meets, and the task that waits in it."""

    def __init__(self, scenario):
        self.scenario, self.task = scenario, None
        gate(scenario)

    def happen(self):
        """What comes of the one task that waits."""
        try:
            [waiting] = control("GET", "blocking-tasks")["items"]
            self.task = waiting["task"]
            act(self.scenario, waiting)
        except Exception as error:
            raise Broken("the scenario cannot be played: %s" % error) from error

    def status(self):
        """What the task really is, now that the client is through with it."""
        if self.task is None:
            raise Broken("the client did not wait for its task")
        return control("GET", "tasks/%s" % self.task)["status"]


def act(scenario, waiting):
    match scenario["end"]:
        case "nothing":
            pass
        case "cancel":
            control("POST", "tasks/%s/cancel" % waiting["task"])
        case "timeout":
            control("POST", "clock/advance", by="2h")
        case decision:
            control("POST", "blocking-tasks/%s/%s" % (waiting["id"], decision), message=scenario["message"])


def observe(play, act):
    """What a client says to it, in words."""
    time = OwnTime(MOST, lambda before: play.happen() if before == LOOKS - 1 else None)
    try:
        with time:
            return act()
    except Impatience:
        return "never ends: after %d polls and %d h of its own time it still waits" % (time.sleeps, MOST // 3600)
    except Exception as error:
        return "raises %s: %s" % (type(error).__name__, plain(str(error))) + waited(time)


def waited(time):
    """For those that give up by themselves."""
    return ", after %d s of its own time" % time.slept if time.slept > 60 else ""


def plain(text):
    """Without what differs from run to run."""
    text = re.sub(r"https?://[^ ]+/api/task/[0-9a-f-]+", "TASK", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return " ".join(text.split())


def pyvcloud(wait):
    """A program that waits with pyvcloud's monitor."""

    def act(name):
        client = login("author", "example")
        task = task_of(instantiate(client, name))
        ended = getattr(client.get_task_monitor(), wait)(task)
        return "returns the task, whose status is %s" % ended.get("status")

    return act


def libcloud(name):
    url = urlsplit(HTTP)
    cloud = get_driver(Provider.VCLOUD)("author@example", "password", host=url.hostname, port=url.port, secure=False, api_version="5.5")
    [image, *_] = [each for each in cloud.list_images() if each.name == "photon-1vm"]
    node = cloud.create_node(name=name, image=image, ex_vdc="example-vdc", ex_deploy=False)
    return "returns the node, whose state is %s" % node.state


def vcd_cli(name):
    runner = CliRunner()
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "VCD_USE_COLORED_OUTPUT": "0"}
        say = lambda *words: runner.invoke(vcd, words, env=env)  # noqa: E731
        entered = say("login", HTTP, "example", "author", "--password", "password", "-i", "-w")
        if entered.exit_code:
            raise Broken(entered.output)
        made = say("vapp", "create", name, "-c", "example-catalog", "-t", "photon-1vm")
    last = re.split(r"\x1b\[2K|\r|\n", made.output.strip())[-1]
    return "exit code %d, and says: %s" % (made.exit_code, plain(re.sub(r"^task: [0-9a-f-]+, ", "", last)).replace(name, "NAME"))


def govcd(play, name):
    program = subprocess.Popen([GO, name, str(GO_SECONDS)], stdout=subprocess.PIPE, text=True)
    if program.stdout.readline().strip() == "waiting":
        play.happen()
    said = program.communicate(timeout=60)[0]
    if program.returncode:
        raise Broken(said)
    return plain(said)


CLIENTS = {
    "pyvcloud wait_for_success": pyvcloud("wait_for_success"),
    "pyvcloud wait_for_status": pyvcloud("wait_for_status"),
    "vcd-cli": vcd_cli,
    "libcloud": libcloud,
}


def cells(words):
    """Every cell: client, scenario, status, words."""
    control("PUT", "clock", mode="manual")
    python = CLIENTS if "--go" not in words else {}
    for number, (client, (name, scenario)) in enumerate(itertools.product(python, scenarios().items())):
        play = Play(scenario)
        said = observe(play, lambda: CLIENTS[client]("cell-%d" % number))
        yield client, name, play.status(), said
        tidy()
    for name, scenario in scenarios().items() if GO and "--python" not in words else ():
        play = Play(scenario)
        said = govcd(play, "go-" + name)
        yield "go-vcloud-director", name, play.status(), said
        tidy()


def tidy():
    """What still waits is let go, so that the next cell is alone."""
    for waiting in control("GET", "blocking-tasks")["items"]:
        control("POST", "blocking-tasks/%s/abort" % waiting["id"])


def main():
    words = sys.argv[1:]
    if "--check" not in words:
        for cell in cells(words):
            print("\t".join(("cell", *cell)))
        return
    with open(words[words.index("--check") + 1], encoding="utf-8") as file:
        kept = {tuple(line.split("\t")[:2]): line.rstrip("\n").split("\t")[2:] for line in file if not line.startswith("#")}
    with Story() as story:
        for client, scenario, *seen in cells(words):
            story.check("%s: %s" % (client, scenario), seen, kept.get((client, scenario)))


main()
