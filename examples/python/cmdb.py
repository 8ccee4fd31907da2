"""Asks a slow system before an operation may run, and keeps the blocking task alive meanwhile.

The id of the blocking task is in the header `notification.entityUUID`; its address follows from that. The check is the
command CHECK, with the operation and the owner's address as arguments: 0 resumes, anything else fails the task with what
the command said. Every BEAT seconds the timeout is moved to LEASE milliseconds from then, so that a check may take longer
than the timeout, and a consumer that dies does not leave the task waiting for longer than that."""

import os
import shlex
import subprocess
import tempfile
import time

from bus import BLOCKED, XML_EXCHANGE, Consumer, Later, say
from cloud import URL, Cloud, Forbidden, owner

CHECK = shlex.split(os.environ.get("CHECK", "true"))
BEAT = float(os.environ.get("BEAT", "20"))
LEASE = int(os.environ.get("LEASE", "60000"))
# So much of what the check says becomes the reason.
LONGEST = 2000

cloud = Cloud()


def handle(properties, _):
    uuid = properties.headers["notification.entityUUID"]
    address = URL + "/api/admin/extension/blockingTask/" + uuid
    try:
        blocked = cloud.get(address)
        words = [*CHECK, blocked.get("name"), owner(blocked).get("href")]
        # A file takes whatever the check says; a pipe would be full at some time.
        with tempfile.TemporaryFile() as out, started(words, out) as check:
            code = wait(check, blocked)
            out.seek(0)
            said = out.read(LONGEST).decode(errors="replace").strip()
        if code == 0:
            cloud.decide(blocked, "resume", said or "The CMDB knows of it.")
        else:
            cloud.decide(blocked, "fail", said or "The CMDB does not know of it.")
        say("resumed" if code == 0 else "failed", blocked.get("name"), blocked.get("id"))
    except Forbidden:
        cloud.make_sure_it_is_gone(uuid)
        say("too late for", address)


def started(words, out):
    """The check as it runs. One that cannot be started is nobody's verdict: the message stays until it can."""
    try:
        return subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
    except OSError as error:
        raise Later("the check cannot be started: %s" % error) from error


def wait(check, blocked):
    """The exit code of the check. The task is kept alive until it has ended."""
    try:
        due = 0.0
        while check.poll() is None:
            if time.monotonic() >= due:
                cloud.keep_alive(blocked, "Still asking the CMDB.", LEASE)
                say("kept alive", blocked.get("id"))
                due = time.monotonic() + BEAT
            consumer.wait(0.2)
    except BaseException:
        # Decided by somebody else, told to end, or without a broker or a cloud: then the answer is of no use.
        check.terminate()
        raise
    return check.returncode


consumer = Consumer("cmdb", XML_EXCHANGE, BLOCKED, handle)
consumer.run()
