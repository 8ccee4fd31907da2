"""The control interface answers as its own description says, whatever it is sent: schemathesis makes calls of the OpenAPI document,
valid ones and others, and looks at each answer. It plays against a server of this script's own, since its calls reset the cloud, make
others, and move the clock."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile

import requests
from openapi_spec_validator import validate
from story import Story

BINARY = os.path.realpath("/proc/%s/exe" % os.environ["VCDSIM_PID"])
# What says how the server of the test run is reached would be read as how ours is to listen.
OWN = {name: value for name, value in os.environ.items() if not name.startswith("VCDSIM_")}
CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance,content_type_conformance"
# An answer of these is not late but stuck; the longest that `wait` may be is ten minutes.
PATIENCE = "20"
LEFT_OUT = {
    # Whoever moves a clock to where nothing more is due waits until all of it has happened, and a span may be as long as one likes.
    "post-clock-advance",
    "post-clock-run-until",
}


def main():
    with Story() as story, tempfile.TemporaryDirectory() as place:
        command = [BINARY, "--http", "127.0.0.1:0", "--https", "off", "--clock", "manual", "--rng", "1"]
        server = subprocess.Popen(command, env=OWN, stdout=subprocess.PIPE, text=True)
        base = json.loads(server.stdout.readline())["http"] + "/_mock/v1"
        try:
            described(story, base)
            fuzzed(story, base, place)
            story.check("the server is as well as before", requests.get(base + "/live", timeout=10).json(), {"status": "ok"})
        finally:
            server.send_signal(signal.SIGTERM)
            ended = server.wait(timeout=20)
        story.check("and ends in order", ended, 0)


def described(story, base):
    document = requests.get(base + "/openapi.json", timeout=10).json()
    validate(document)
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    story.check("the description is OpenAPI 3.1", document["openapi"][:3], "3.1")
    story.check("what is left out is there", sorted(LEFT_OUT - names), [])


def fuzzed(story, base, place):
    command = [os.path.join(os.path.dirname(sys.executable), "st"), "run", base + "/openapi.json", "--checks", CHECKS]
    command += ["--phases", "coverage,fuzzing", "--seed", "1", "--max-examples", "2", "--request-timeout", PATIENCE]
    command += ["--generation-database", "none", "--continue-on-failure", "--no-color", "--warnings", "off"]
    for name in sorted(LEFT_OUT):
        command += ["--exclude-operation-id", name]
    played = subprocess.run(command, env=OWN, cwd=place, capture_output=True, text=True, timeout=55)
    print("# " + (played.stdout + played.stderr).strip()[-6000:].replace("\n", "\n# "))
    story.check("no answer is a failure, or one that is not described", played.returncode, 0)
    cases = re.search(r"(\d+) generated", played.stdout)
    story.check("of more than a thousand", cases is not None and int(cases.group(1)) > 1000)


main()
