"""The tour of the README, line by line as it stands there, against a fresh server: what a newcomer pastes must work."""

import os
import re
import subprocess
import sys

HTTP = os.environ.get("VCDSIM_HTTP", "http://127.0.0.1:8080")
README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md")

# What the transcript must show, in this order.
MILESTONES = (
    ("the operation is blocking", r"Operation>vdcComposeVapp<"),
    ("the tenant gets a scaffold", r'<VApp [^>]*status="0"'),
    ("with a task that waits", r'<Task [^>]*status="preRunning"'),
    ("the blocking task is active", r'BlockingTask [^>]*status="active"'),
    ("with a link for each decision", r'rel="resume".*rel="abort".*rel="fail".*rel="updateProgress"'),
    ("resume is accepted", r"HTTP/1.1 204"),
    ("the announcement is in the journal", r"com/vmware/vcloud/event/blockingtask/create"),
    ("and the decision after it", r"com/vmware/vcloud/event/blockingtask/resume"),
)


def main():
    with open(README, encoding="utf-8") as file:
        tour = re.search(r"\n## A tour\n.*?```sh\n(.*?)```", file.read(), re.DOTALL).group(1)
    tour = tour.replace("http://127.0.0.1:8080", HTTP)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", tour], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50)
    right = [("every line of the tour succeeds", done.returncode == 0)]
    at = 0
    for what, pattern in MILESTONES:
        seen = re.compile(pattern, re.DOTALL).search(done.stdout, at)
        at = seen.start() if seen else at
        right.append((what, seen is not None))
    for number, (what, so) in enumerate(right, 1):
        print("%s %d - %s" % ("ok" if so else "not ok", number, what))
    print("1..%d" % len(right))
    failed = not all(so for _, so in right)
    if failed:
        print("# " + "\n# ".join((done.stdout + done.stderr).splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
