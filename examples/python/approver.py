"""Decides about what is blocked: whatever the policy does not decline is resumed.

From the message to the blocking task it goes by the entity resolver: the address is in the message, the URN of the blocking
task is behind it, and the answer has the link. Nothing needs to be known of the cloud but how to sign in."""

import os

from bus import BLOCKED, XML_EXCHANGE, Consumer, say
from cloud import BLOCKING_TASK, VMEXT, Cloud, Forbidden, link, owner

# Operations whose name begins so are declined, and those on objects whose name does.
DECLINED = tuple(filter(None, os.environ.get("DECLINE", "").split(",")))

cloud = Cloud()


def handle(_, notification):
    [urn] = [each.get("id") for each in notification.iterchildren(VMEXT + "EntityLink") if each.get("rel") == "entity"]
    try:
        entity = cloud.get(link(notification, "entityResolver") + urn)
        blocked = cloud.get(link(entity, "alternate", BLOCKING_TASK))
        operation, about = blocked.get("name"), owner(blocked)
        # What is only being made has no name here yet, but at its own address.
        name = about.get("name") or cloud.get(about.get("href")).get("name")
        if operation.startswith(DECLINED) or name.startswith(DECLINED):
            cloud.decide(blocked, "abort", "%s of %s is not allowed here." % (operation, name))
            say("declined", operation, urn)
        else:
            cloud.decide(blocked, "resume", "Approved.")
            say("approved", operation, urn)
    except Forbidden:
        cloud.make_sure_it_is_gone(urn.split(":")[-1])
        say("too late for", urn)


Consumer("approver", XML_EXCHANGE, BLOCKED, handle).run()
