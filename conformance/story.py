"""What the client scripts share: checks that speak TAP, the logins, and the settings that make an operation blocking.

A script is `with Story() as story:` and a list of `story.check(what, seen, wanted)`. Every check is one line of output;
the first error that is not a check ends the script as a failed check, with its traceback on stderr.
"""

import os
import sys
import traceback
from enum import Enum

from pyvcloud.vcd.client import BasicLoginCredentials, Client, E, E_VMEXT, RelationType, find_link
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vdc import VDC

HTTP = os.environ.get("VCDSIM_HTTP", "http://127.0.0.1:8080")
HTTPS = os.environ.get("VCDSIM_HTTPS", "https://127.0.0.1:8443")
AMQP = os.environ.get("VCDSIM_AMQP", "amqp://guest:guest@127.0.0.1:5672/%2f")

# The API versions at which pyvcloud plays: its lowest, the last that the published schemas know, and its highest.
VERSIONS = {"lowest": "29.0", "middle": "30.0", "highest": "36.0"}
# How often it asks after a task, in seconds.
POLL = 0.1

ADMIN = "application/vnd.vmware.admin."
BLOCKING_TASK = ADMIN + "blockingTask+xml"
BLOCKING_TASKS = ADMIN + "blockingTaskList+xml"
DECISION = ADMIN + "blockingTaskOperationParams+xml"
EXTENSION_TIME = ADMIN + "blockingTaskUpdateProgressOperationParams+xml"
OPERATIONS = ADMIN + "taskOperationList+xml"
SETTINGS = ADMIN + "blockingTaskSettings+xml"
SYSTEM_SETTINGS = ADMIN + "systemSettings+xml"


class Rel(Enum):
    """The relations that pyvcloud has no name for; it only asks for their value."""

    RESUME = "resume"
    ABORT = "abort"
    FAIL = "fail"
    UPDATE_PROGRESS = "updateProgress"


class Story:
    """Counts checks and prints them as TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            traceback.print_exception(kind, error, trace)
            self._print(False, "the story is told to its end: %s: %s" % (kind.__name__, error))
        print("1..%d" % self.count)
        sys.exit(1 if self.failed else 0)

    def check(self, what, seen, wanted=True):
        """One check: what should be so, what was seen, what was wanted."""
        self._print(seen == wanted, what)
        if seen != wanted:
            print("# wanted %r" % (wanted,))
            print("# seen   %r" % (seen,))

    def refused(self, what, exception, call):
        """One check: `call` must be refused with this exception."""
        try:
            answer = call()
        except exception:
            self._print(True, what)
        else:
            self._print(False, what)
            print("# answered %r" % (answer,))

    def _print(self, right, what):
        self.count += 1
        self.failed += not right
        print("%s %d - %s" % ("ok" if right else "not ok", self.count, what))


def login(user, org, url=HTTP, **options):
    """A client that is logged in; pyvcloud chooses the API version."""
    client = Client(url, log_file=os.devnull, **options)
    client.set_credentials(BasicLoginCredentials(user, org, "password"))
    return client


def settings_of(admin):
    """The blocking task settings, found by links from the extension root."""
    system = admin.get_linked_resource(admin.get_extension(), RelationType.DOWN, SYSTEM_SETTINGS)
    return admin.get_linked_resource(system, RelationType.DOWN, SETTINGS)


def block(admin, *operations):
    """Makes exactly these operations blocking; answers the list as the server tells it back."""
    href = find_link(settings_of(admin), RelationType.DOWN, OPERATIONS).href
    wanted = E_VMEXT.BlockingTaskOperations(*(E.TaskOperationType(E.Operation(name)) for name in operations))
    answer = admin.put_resource(href, wanted, OPERATIONS)
    return [str(element) for element in answer.iter("{*}Operation")]


def blocking_task(admin, task):
    """The blocking task of a task, by the link that only administrators see."""
    seen = admin.get_resource(task.get("href"))
    return admin.get_linked_resource(seen, RelationType.DOWN, BLOCKING_TASK)


def decide(admin, blocked, rel, message):
    """Posts a decision; answers what the server answered, which is nothing."""
    return admin.post_linked_resource(blocked, rel, DECISION, decision(message))


def decision(message):
    """The body of resume, abort and fail."""
    return E_VMEXT.BlockingTaskOperationParams(E_VMEXT.Message(message))


def instantiate(tenant, name):
    """Instantiates the one-VM template of the default inventory, neither deployed nor powered on."""
    org = Org(tenant, resource=tenant.get_org())
    vdc = VDC(tenant, resource=org.get_vdc("example-vdc"))
    return vdc.instantiate_vapp(name, "example-catalog", "photon-1vm", deploy=False, power_on=False)


def done(client, task):
    """Waits for a task; answers the name of its operation."""
    return client.get_task_monitor().wait_for_success(task, poll_frequency=POLL).get("operationName")


def task_of(entity):
    """The task a document carries."""
    return entity.Tasks.Task[0]
