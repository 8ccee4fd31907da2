"""pyvcloud is the code under test, and tasks go as the control interface plans them: they end when they were asked for often
enough, fail with a chosen error, go step by step, and are approved by a responder. Nothing here sleeps but pyvcloud itself
between its polls."""

import requests
from pyvcloud.vcd.exceptions import VcdTaskException

from story import HTTP, POLL, Story, instantiate, login, task_of

CONTROL = HTTP + "/_mock/v1/"
OPERATION = "vdcInstantiateVapp"
PLAN = "task-plans/" + OPERATION


def control(verb, call, **body):
    answer = requests.request(verb, CONTROL + call, json=body or None, timeout=60)
    answer.raise_for_status()
    return answer.json()


def wait(client, task, seen=None):
    """Waits as users of pyvcloud do; answers the status in which the task ended, or the error's codes and text."""
    note = None if seen is None else lambda task: seen.append(task.get("status"))
    monitor = client.get_task_monitor()
    try:
        return monitor.wait_for_status(task, timeout=30, poll_frequency=POLL, callback=note).get("status")
    except VcdTaskException as error:
        told = error.vcd_error
        return told.get("majorErrorCode"), told.get("minorErrorCode"), told.get("message")


def status_of(client, vapp):
    return client.get_resource(vapp.get("href")).get("status")


def main():
    with Story() as story:
        client = login("author", "example")
        polls(story, client)
        failure(story, client)
        steps(story, client)
        responder(story, client)
        demand(story, client)


def polls(story, client):
    control("PUT", PLAN, pace={"polls": 3})
    seen = []
    story.check("a task ends when it was asked for often enough", wait(client, task_of(instantiate(client, "polled")), seen), "success")
    story.check("three polls have seen it running", seen, ["running"] * 3 + ["success"])


def failure(story, client):
    fail = {"phase": "connect", "majorErrorCode": 400, "minorErrorCode": "NETWORK_CONFIG_INVALID", "message": "no port is left"}
    control("PUT", PLAN, fail=fail)
    vapp = instantiate(client, "failing")
    story.check("the program is told which error it was", wait(client, task_of(vapp)), ("400", "NETWORK_CONFIG_INVALID", "no port is left"))
    story.check("what the task made is marked", status_of(client, vapp), "-1")


def steps(story, client):
    control("PUT", PLAN, pace="manual")
    vapp = instantiate(client, "stepped")
    task = task_of(vapp)
    ours = "tasks/" + task.get("href").rsplit("/", 1)[1]
    waiting = control("GET", ours + "/explain")
    story.check("a manual task waits for a hand", [what["what"] for what in waiting["waitsFor"]], ["hand"])
    story.check("a step is a phase", control("POST", ours + "/step")["progress"], 80)
    control("POST", ours + "/progress", percent=90, details="nearly there")
    half = client.get_resource(task.get("href"))
    story.check("the client sees what was said", (half.Progress, half.Details), (90, "nearly there"))
    control("POST", ours + "/step")
    story.check("the last step ends the task", wait(client, task), "success")
    story.check("and what it made is there", status_of(client, vapp), "8")


def responder(story, client):
    control("DELETE", "task-plans")
    control("PUT", "blocking-operations", enabled=[OPERATION], timeoutAction="abort")
    approve = {"resume": {"message": "granted"}}
    control("POST", "responders", when={"operation": OPERATION, "org": "example", "user": "author"}, then=approve, times=1)
    vapp = instantiate(client, "approved")
    story.check("a blocked task is shown as one", task_of(vapp).get("status"), "preRunning")
    story.check("a responder approves of it", wait(client, task_of(vapp)), "success")
    told = client.get_resource(task_of(vapp).get("href"))
    story.check("in its own words", told.Details, "granted")
    story.check("once", [item["hits"] for item in control("GET", "responders")["items"]], [1])
    second = task_of(instantiate(client, "left"))
    why = control("GET", "tasks/%s/explain" % second.get("href").rsplit("/", 1)[1])
    story.check("and not twice", (why["blocked"], why["mayDecide"]), (True, ["administrator@System"]))
    verb, call = why["next"][1].split(" ")
    control(verb, call, message="too many")
    story.check("what explain names as next can be called", client.get_resource(second.get("href")).get("status"), "aborted")


def demand(story, client):
    made = control("POST", "tasks", operation="vappDeploy", owner="approved", status="error", user="author@example")
    task = client.get_resource(HTTP + "/api/task/" + made["id"])
    story.check("a task that was made is waited for like any other", wait(client, task)[1], "INTERNAL_SERVER_ERROR")


main()
