"""Writes a line for each event, from the messages in JSON: they have ids and no names."""

from bus import JSON_EXCHANGE, Consumer, say


def handle(_, event):
    flag = "done" if event["operationSuccess"] else "FAILED"
    task = event.get("task", "-").split(":")[-1]
    say(event["timestamp"], flag, event["type"].removeprefix("com/vmware/vcloud/event/"), event["entity"], "task", task)


Consumer("auditor", JSON_EXCHANGE, "#", handle).run()
