"""The command line as the real binary: how it ends when a snapshot is refused and when signals come, what `env` prints for Python, and
what a terminal shows of a wait."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile

from story import HTTP, Story

BINARY = os.path.realpath("/proc/%s/exe" % os.environ["VCDSIM_PID"])
# What says how the server of the test run is reached would be read as how ours is to listen.
OWN = {name: value for name, value in os.environ.items() if not name.startswith("VCDSIM_")}
# Says where its cloud is, and then how it ends.
WAITING = """
import os, signal, sys
def told(number, frame):
    print("told", signal.Signals(number).name, flush=True)
    sys.exit(9)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, told)
print(os.environ["VCDSIM_URL"], flush=True)
while True:
    signal.pause()
"""
RUN = [BINARY, "run", "--http", "127.0.0.1:0", "--https", "off", "--", sys.executable, "-c", WAITING]


def main():
    with Story() as story, tempfile.TemporaryDirectory() as place:
        refused(story, place)
        for name in ("SIGTERM", "SIGINT"):
            signalled(story, name)
        interrupted(story)
        python(story, place)
        seen(story)


def play(*words, **more):
    return subprocess.run([BINARY, *words], env=OWN, capture_output=True, text=True, timeout=30, **more)


def refused(story, place):
    """A snapshot that is not what it was is refused with 5, and nothing happens."""
    command = [BINARY, "--http", "127.0.0.1:0", "--https", "off", "--data-dir", place]
    server = subprocess.Popen(command, env=OWN, stdout=subprocess.PIPE, text=True)
    url = ("--url", json.loads(server.stdout.readline())["http"])
    try:
        play("snapshot", "save", "before", *url)
        before = play("state", "digest", *url).stdout
        story.check("a snapshot is brought back", play("snapshot", "load", "before", *url).returncode, 0)
        file = os.path.join(place, "snapshots", "before", "vcdsim.db")
        whole = open(file, "rb").read()
        # Another name of the same length: the database can still be read.
        for damaged in (whole.replace(b"orgadmin", b"orgadmim"), whole[: len(whole) // 2], b""):
            open(file, "wb").write(damaged)
            for words in (("snapshot", "load", "before"), ("reset", "--to", "snapshot:before"), ("snapshot", "diff", "before", "now")):
                ended = play(*words, *url)
                story.check("damaged, it is refused: %s" % words[0], (ended.returncode, ended.stdout, "has changed" in ended.stderr), (5, "", True))
        story.check("and nothing has happened", play("state", "digest", *url).stdout, before)
        open(file, "wb").write(whole)
        story.check("as it was it is taken again", play("snapshot", "load", "before", *url).returncode, 0)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def gone(url):
    """Whether nobody listens any more."""
    host, port = url.strip().rsplit("/", 1)[1].split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) != 0


def signalled(story, name):
    """Without a terminal the signal is handed on, and everything ends with the command."""
    ran = subprocess.Popen(RUN, env=OWN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    url = ran.stdout.readline()
    story.check("run serves its command", not gone(url))
    ran.send_signal(getattr(signal, name))
    out, errors = ran.communicate(timeout=20)
    story.check("%s comes to the command, once" % name, out, "told %s\n" % name)
    story.check("whose exit code is that of run", ran.returncode, 9)
    story.check("the server has ended", gone(url))
    story.check("and what was left behind is told", "nothing was left behind" in errors)


def at_terminal(command, during):
    """What a command shows at a terminal of its own, and how it ends; `during` is told what is shown as it comes."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, dict(OWN, TERM="xterm"))
    shown = ""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            piece = b""
        if not piece:
            break
        shown += piece.decode(errors="replace")
        during(terminal, shown)
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def interrupted(story):
    """At a terminal the interrupt reaches all that run there; it is not handed on a second time."""
    sent = []

    def interrupt(terminal, shown):
        if "http://" in shown and not sent:
            sent.append(os.write(terminal, b"\x03"))

    shown, code = at_terminal(RUN, interrupt)
    story.check("Ctrl-C comes to the command, once", (shown.count("told SIGINT"), code), (1, 9))
    story.check("and what was left behind is told there", "nothing was left behind" in shown)


def python(story, place):
    """What is printed for Python is a program that signs in."""
    for user in ("administrator@System", "author@example"):
        printed = play("env", "--format", "pyvcloud", "--user", user, "--url", HTTP).stdout
        file = os.path.join(place, "program.py")
        open(file, "w").write(printed + "print(client.get_resource(client.get_api_uri() + '/session').get('user'))\n")
        ran = subprocess.run([sys.executable, "-W", "ignore", file], env=OWN, cwd=place, capture_output=True, text=True, timeout=30)
        story.check("the program for %s signs in" % user, ran.stdout.strip() or ran.stderr, user.split("@")[0])


def seen(story):
    """At a terminal a wait shows how far the task is; elsewhere nothing."""
    made = ("tasks", "make", "vdcInstantiateVapp", "example-vdc", "--json", "--url", HTTP)
    task = json.loads(play(*made).stdout)["id"]
    wait = ("wait", "--for", "task:" + task, "--timeout", "30s", "--url", HTTP)
    told = []

    def go_on(_, shown):
        steps = {"0%": ("progress", task, "--percent", "40", "--details", "half way"), "40%": ("succeed", task)}
        for mark, words in steps.items():
            if mark in shown and mark not in told:
                told.append(mark)
                play("tasks", *words, "--url", HTTP)

    shown, code = at_terminal([BINARY, *wait], go_on)
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").strip().splitlines()[-1]
    story.check("a wait shows the task's progress and details", (told, "half way" in shown), (["0%", "40%"], True))
    story.check("and takes that away", (last, code), ("Task %s is success." % task, 0))
    ended = play(*wait)
    story.check("where nobody looks it draws nothing", (ended.stdout, ended.stderr), ("Task %s is success.\n" % task, ""))


main()
