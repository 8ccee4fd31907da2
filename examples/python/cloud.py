"""The cloud's side of a consumer: sessions, documents, and the decision about a blocking task."""

import os
from xml.sax.saxutils import escape

import requests
from lxml import etree

from bus import Later

URL = os.environ.get("VCD_URL", "https://127.0.0.1:8443")
USER = os.environ.get("VCD_USER", "administrator@System")
PASSWORD = os.environ.get("VCD_PASSWORD", "password")

VMEXT = "{http://www.vmware.com/vcloud/extension/v1.5}"
ADMIN = "application/vnd.vmware.admin."
BLOCKING_TASKS = "/api/admin/extension/blockingTasks"
BLOCKING_TASK = ADMIN + "blockingTask+xml"
PARAMS = ADMIN + "blockingTaskOperationParams+xml"
PROGRESS = ADMIN + "blockingTaskUpdateProgressOperationParams+xml"


class Forbidden(Exception):
    """403: something is gone, or is not for this account. The answer is the same for both."""


class Cloud:
    def __init__(self):
        self.http = requests.Session()
        # The certificate authority to trust; without one, what the machine trusts. Requests would prefer REQUESTS_CA_BUNDLE.
        if "VCD_CA" in os.environ:
            self.http.trust_env = False
            self.http.verify = os.environ["VCD_CA"]
        self.http.headers["Accept"] = "application/*+xml;version=36.0"

    def ask(self, method, url, **more):
        """One request, after a new login when the session is over."""
        # Addresses come out of messages: the session is for this cloud only.
        if not url.startswith(URL + "/"):
            raise ValueError("%s is not part of %s" % (url, URL))
        answer = self.send(method, url, **more)
        if answer.status_code == 401:
            self.login()
            answer = self.send(method, url, **more)
        if answer.status_code == 403:
            raise Forbidden()
        if answer.status_code >= 400:
            raise ValueError("%s %s: %d" % (method, url, answer.status_code))
        return answer

    def login(self):
        entered = self.send("POST", URL + "/api/sessions", auth=(USER, PASSWORD))
        if entered.status_code != 200:
            raise Later("the login is refused: %d" % entered.status_code)
        self.http.headers["x-vcloud-authorization"] = entered.headers["x-vcloud-authorization"]

    def send(self, method, url, **more):
        try:
            answer = self.http.request(method, url, timeout=30, **more)
        except requests.RequestException as error:
            raise Later(error) from error
        if answer.status_code >= 500:
            raise Later("%s %s: %d" % (method, url, answer.status_code))
        return answer

    def get(self, url):
        return etree.fromstring(self.ask("GET", url).content)

    def make_sure_it_is_gone(self, uuid):
        """After a 403: returns when the blocking task is decided, timed out or canceled, so that there is nothing left to decide.
        What still waits, or cannot be seen by this account, stays for one with the right to decide."""
        try:
            waiting = self.get(URL + BLOCKING_TASKS)
        except Forbidden:
            raise Later("%s has no right to see blocking tasks" % USER) from None
        if any(each.get("href").endswith(uuid) for each in waiting.iterchildren("{*}Reference")):
            raise Later("%s has no right to decide about %s, which still waits" % (USER, uuid))

    def decide(self, blocked, rel, message):
        """Follows `resume`, `abort` or `fail` of a blocking task."""
        body = "<BlockingTaskOperationParams xmlns='%s'><Message>%s</Message></BlockingTaskOperationParams>"
        self.ask("POST", link(blocked, rel), data=(body % (VMEXT[1:-1], text(message))).encode(), headers={"Content-Type": PARAMS})

    def keep_alive(self, blocked, message, millis):
        """Gives a blocking task so many milliseconds from now on."""
        body = (
            "<BlockingTaskUpdateProgressParams xmlns='%s'><Message>%s</Message>"
            "<TimeoutValueInMilliseconds>%d</TimeoutValueInMilliseconds></BlockingTaskUpdateProgressParams>"
        )
        data = (body % (VMEXT[1:-1], text(message), millis)).encode()
        self.ask("POST", link(blocked, "updateProgress"), data=data, headers={"Content-Type": PROGRESS})


def text(message):
    """A message as the content of an element, without what XML cannot hold."""
    return escape("".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in message))


def link(document, rel, media=None):
    """The address behind a relation, and behind a type where there is more than one."""
    for each in document.iterchildren("{*}Link"):
        kind = each.get("type", "")
        if each.get("rel") == rel and (kind == media if media else not kind.endswith("+json")):
            return each.get("href")
    raise LookupError("there is no link %s" % rel)


def owner(blocked):
    """What the blocked task is about, as the document refers to it."""
    return blocked.find("{*}TaskOwner")
