"""The time of a Python client in our hand: its own source asks `time` and `datetime` as ever, and is told that as much has
passed as it slept. So a wait for hours takes no time, and what a client does while it sleeps can be decided by us."""

import datetime
import time


class Impatience(BaseException):
    """The client has waited as long as it may; no client catches this."""


class OwnTime:
    """While this is entered, sleeping moves the time. `wakes` is called at every sleep with the number of sleeps before it."""

    def __init__(self, most, wakes):
        self.most, self.wakes = most, wakes
        self.slept, self.sleeps = 0.0, 0

    def __enter__(self):
        self.real = (time.sleep, time.time, datetime.datetime)
        begin, own = time.time(), self

        class Moved(datetime.datetime):
            @classmethod
            def now(cls, tz=None):
                return cls.fromtimestamp(begin + own.slept, tz)

        time.sleep, time.time = self.sleep, lambda: begin + self.slept
        datetime.datetime = Moved
        self.rebound = rebind(self.real[2], Moved)
        return self

    def __exit__(self, *_):
        time.sleep, time.time, datetime.datetime = self.real
        for module in self.rebound:
            module.datetime = self.real[2]

    def sleep(self, seconds):
        self.slept += seconds
        self.sleeps += 1
        if self.slept > self.most:
            raise Impatience()
        self.wakes(self.sleeps - 1)


def rebind(old, new):
    """Modules that have taken the class by its name are given the new one; answers them."""
    import sys

    holders = [module for module in list(sys.modules.values()) if getattr(module, "__dict__", {}).get("datetime") is old]
    for module in holders:
        module.datetime = new
    return holders
