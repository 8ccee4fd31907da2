"""A run of real clients is recorded and played again: answers and messages are the same to the byte. The clients are those of
pyvcloud_clock.py and pyvcloud_plans.py, against a server of this script's own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from story import Story

BINARY = os.path.realpath("/proc/%s/exe" % os.environ["VCDSIM_PID"])
# What says how the server of the test run is reached would be read as how ours is to listen.
OWN = {name: value for name, value in os.environ.items() if not name.startswith("VCDSIM_")}
CLIENTS = ["pyvcloud_clock.py", "pyvcloud_plans.py"]


def recorded(client, file):
    """Plays a client against a server that records; whether the client was content."""
    command = [BINARY, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--record", file]
    server = subprocess.Popen(command, env=OWN, stdout=subprocess.PIPE, text=True)
    ready = json.loads(server.stdout.readline())
    refused = refusal(ready["http"])
    environment = dict(os.environ, VCDSIM_HTTP=ready["http"], VCDSIM_HTTPS=ready["https"], VCDSIM_PID=str(ready["pid"]))
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), client)
    played = subprocess.run([sys.executable, "-B", script], env=environment, capture_output=True, text=True, timeout=50)
    server.send_signal(signal.SIGTERM)
    ended = server.wait(timeout=20)
    if played.returncode:
        print("# " + (played.stdout + played.stderr).replace("\n", "\n# "))
    return played.returncode == 0 and ended == 0 and refused == 403


def refusal(origin):
    """What a page from elsewhere gets that would change something."""
    request = urllib.request.Request(origin + "/_mock/v1/faults", method="DELETE", headers={"Origin": "https://elsewhere.test"})
    try:
        return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code


def replay(file, *more):
    return subprocess.run([BINARY, "replay", file, *more], env=OWN, capture_output=True, text=True, timeout=50)


def main():
    with Story() as story, tempfile.TemporaryDirectory() as place:
        for client in CLIENTS:
            file = os.path.join(place, client + ".ndjson")
            if client == CLIENTS[-1]:
                # Whoever could read what was there before cannot read what comes now.
                os.close(os.open(file, os.O_CREAT | os.O_WRONLY))
                os.chmod(file, 0o644)
            story.check("%s plays against a server that records" % client, recorded(client, file))
            story.check("only its owner can read what was sent", os.stat(file).st_mode & 0o077, 0)
            lines = open(file).read().splitlines()
            answers = sum('"answer"' in line for line in lines)
            messages = sum(len(json.loads(line).get("messages", [])) for line in lines[1:])
            again = replay(file)
            print("# " + (again.stdout + again.stderr).strip()[:2000].replace("\n", "\n# "))
            story.check("it is played again to the byte", again.returncode, 0)
            story.check("all of it", again.stdout, "as recorded: %d answers and %d messages\n" % (answers, messages))
            # One request is another one: its answer is, too.
            login = next(number for number, line in enumerate(lines) if '"Basic ' in line)
            changed = json.loads(lines[login])
            path = changed["request"]["path"]
            changed["request"]["headers"] = [pair for pair in changed["request"]["headers"] if pair[0] != "authorization"]
            open(file, "w").write("\n".join(lines[:login] + [json.dumps(changed)] + lines[login + 1 :]) + "\n")
            other = replay(file)
            story.check("and a difference is told", (other.returncode, other.stdout.split(" went")[0]), (3, "line %d: %s" % (login + 1, path)))


main()
