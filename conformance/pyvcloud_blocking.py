"""pyvcloud plays the blocking-task story: an administrator gates an operation, a tenant runs into the gate, and the
administrator resumes, aborts and fails what waits there."""

from datetime import datetime

from pyvcloud.vcd.client import E_VMEXT, QueryResultFormat, RelationType, TaskStatus, find_link
from pyvcloud.vcd.exceptions import AccessForbiddenException, UnauthorizedException, VcdTaskException

from story import (
    BLOCKING_TASK, BLOCKING_TASKS, EXTENSION_TIME, SETTINGS, Rel, Story, block, blocking_task, decide, instantiate, login,
    settings_of, task_of,
)

OPERATION = "vdcInstantiateVapp"


def configure(story, admin):
    settings = settings_of(admin)
    story.check("the timeout is five days", int(settings.TimeoutInMilliseconds), 432000000)
    story.check("on expiry a task is aborted", str(settings.TimeoutAction), "abort")
    # As pyvcloud programs do: the whole document goes back with one value changed.
    settings.TimeoutInMilliseconds = 600000
    settings = admin.put_linked_resource(settings, RelationType.EDIT, SETTINGS, settings)
    story.check("the timeout can be changed", int(settings.TimeoutInMilliseconds), 600000)
    story.check("one operation is made blocking", block(admin, OPERATION), [OPERATION])


def meet(story, admin, tenant, name):
    """A tenant's request runs into the gate."""
    vapp = instantiate(tenant, name)
    task = task_of(vapp)
    story.check(name + ": the vApp is a scaffold", (vapp.get("name"), vapp.get("status")), (name, "0"))
    story.check(name + ": its task waits", (task.get("status"), task.get("operationName")), ("preRunning", OPERATION))
    seen = tenant.get_resource(task.get("href"))
    story.check(name + ": the tenant sees no blocking task", find_link(seen, RelationType.DOWN, BLOCKING_TASK, False), None)
    blocked = blocking_task(admin, task)
    story.check(name + ": the administrator does", (blocked.get("status"), blocked.get("name")), ("active", OPERATION))
    return vapp, task, blocked


def listed(admin, blocked):
    """Whether the container and the query service both list it."""
    container = admin.get_linked_resource(admin.get_extension(), RelationType.DOWN, BLOCKING_TASKS)
    references = [element.get("href") for element in container.iter("{*}Reference")]
    query = admin.get_typed_query("blockingTask", query_result_format=QueryResultFormat.RECORDS)
    records = [record.get("href") for record in query.execute()]
    return (blocked.get("href") in references, blocked.get("href") in records)


def wait(client, task):
    """The end of a task as pyvcloud's monitor reports it: status, and the error's message if there is one."""
    try:
        ended = client.get_task_monitor().wait_for_status(task, timeout=20, poll_frequency=0.2)
        return ended.get("status"), None
    except VcdTaskException as error:
        return error.error_message, error.vcd_error.get("message")


def resume(story, admin, tenant):
    vapp, task, blocked = meet(story, admin, tenant, "approved")
    story.check("it is listed and can be queried", listed(admin, blocked), (True, True))
    story.check("resume is accepted", decide(admin, blocked, Rel.RESUME, "approved by the administrator"), None)
    story.check("the task succeeds", wait(tenant, task), (TaskStatus.SUCCESS.value, None))
    story.check("the vApp is powered off", tenant.get_resource(vapp.get("href")).get("status"), "8")
    story.check("it is listed no more", listed(admin, blocked), (False, False))
    story.refused("it cannot be read any more", AccessForbiddenException, lambda: admin.get_resource(blocked.get("href")))
    story.refused("a second decision is refused", AccessForbiddenException, lambda: decide(admin, blocked, Rel.ABORT, "too late"))


def abort(story, admin, tenant):
    vapp, task, blocked = meet(story, admin, tenant, "declined")
    story.check("abort is accepted", decide(admin, blocked, Rel.ABORT, "no budget"), None)
    story.check("the task is aborted, and says why", wait(tenant, task), ("aborted", "no budget"))
    story.refused("the vApp is gone", AccessForbiddenException, lambda: tenant.get_resource(vapp.get("href")))


def fail(story, admin, tenant):
    vapp, task, blocked = meet(story, admin, tenant, "broken")
    before = datetime.fromisoformat(blocked.get("timeoutDate"))
    params = E_VMEXT.BlockingTaskUpdateProgressParams(E_VMEXT.Message("asking around"), E_VMEXT.TimeoutValueInMilliseconds(3600000))
    blocked = admin.post_linked_resource(blocked, Rel.UPDATE_PROGRESS, EXTENSION_TIME, params)
    story.check("updateProgress moves the timeout", datetime.fromisoformat(blocked.get("timeoutDate")) > before)
    story.check("fail is accepted", decide(admin, blocked, Rel.FAIL, "the array is full"), None)
    story.check("the task fails, and says why", wait(tenant, task), ("error", "the array is full"))
    story.check("the vApp stays, marked as failed", tenant.get_resource(vapp.get("href")).get("status"), "-1")


with Story() as story:
    admin = login("administrator", "System")
    story.check("the newest version that pyvcloud knows is agreed upon", admin.get_api_version(), "36.0")
    story.check("the administrator is one", admin.is_sysadmin())
    configure(story, admin)
    tenant = login("author", "example")
    story.check("the tenant is none", tenant.is_sysadmin(), False)
    blocking_tasks = find_link(admin.get_extension(), RelationType.DOWN, BLOCKING_TASKS).href
    story.refused("a tenant may not list blocking tasks", AccessForbiddenException, lambda: tenant.get_resource(blocking_tasks))
    resume(story, admin, tenant)
    abort(story, admin, tenant)
    fail(story, admin, tenant)
    story.check("nothing is blocking any more", block(admin), [])
    vapp = instantiate(tenant, "direct")
    story.check("the same request now runs through", wait(tenant, task_of(vapp)), ("success", None))
    # Straight to the address: after its own logout the client has nothing left to ask with.
    session, headers = tenant._session, {"Accept": "application/*+xml;version=36.0"}
    href = vapp.get("href")
    story.check("before logout the session is good", session.get(href, headers=headers).status_code, 200)
    token = session.headers.get("Authorization")
    tenant.logout()
    fresh = login("author", "example")
    fresh._session.headers["Authorization"] = token
    story.refused("after logout its token is not", UnauthorizedException, lambda: fresh.get_resource(href))
    admin.logout()
