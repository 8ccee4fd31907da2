"""pyvcloud is the code under test, and the control interface plays the rest of the world: an operation is gated, nobody
decides for five days, and the program that waits is told so. Nothing here sleeps: waiting is for what has happened, and
the days pass when they are told to."""

import threading
from datetime import datetime

import requests
from pyvcloud.vcd.exceptions import VcdTaskException

from story import HTTP, Story, instantiate, login, task_of

CONTROL = HTTP + "/_mock/v1/"
OPERATION = "vdcInstantiateVapp"


def control(verb, call, **body):
    answer = requests.request(verb, CONTROL + call, json=body or None, timeout=60)
    answer.raise_for_status()
    return answer.json()


class Program(threading.Thread):
    """What a user of pyvcloud would write: instantiate, and wait for the end."""

    def __init__(self, client):
        super().__init__()
        self.client, self.end = client, None

    def run(self):
        task = task_of(instantiate(self.client, "waited-for"))
        try:
            self.client.get_task_monitor().wait_for_status(task, timeout=60, poll_frequency=0.05)
            self.end = "success"
        except VcdTaskException as error:
            self.end = error.vcd_error.get("message")


def main():
    with Story() as story:
        control("PUT", "clock", mode="manual")
        control("PUT", "blocking-operations", enabled=[OPERATION], timeoutMillis=5 * 24 * 3600 * 1000, timeoutAction="abort")
        begin = control("GET", "clock")["now"]
        program = Program(login("author", "example"))
        program.start()
        waiting = control("GET", "blocking-tasks?wait=30s")["items"]
        story.check("the program runs into the gate", [item["operation"] for item in waiting], [OPERATION])
        announced = control("GET", "messages?routingKey=%23.blockingtask.create.%23&exchange=systemExchange&wait=10s")["items"]
        story.check("that is announced once", len(announced), 1)
        told = control("POST", "clock/advance", by="5d")
        story.check("five days pass, and all that was due has happened", told["settled"])
        story.check("the days are those that were asked for", days(begin, told["now"]), 5)
        ended = control("GET", "tasks?status=aborted&wait=10s")["items"]
        story.check("the task is aborted", [item["blockingTask"] for item in ended], [None])
        program.join(timeout=60)
        story.check("the program is told", program.end, "The task was aborted.")
        story.check("and its session has not aged", program.client.get_resource(HTTP + "/api/session").get("user"), "author")


def days(one, other):
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).days


main()
