"""The broker's side of a consumer: a queue that outlives it, one message at a time, each event once.

A message is acknowledged when it has been handled. If the program or the connection dies before that, the broker sends it
again, so whatever handles it must bear being called twice; events that were handled already are left out by their id."""

import json
import os
import signal
import sys
import time
from collections import OrderedDict

import pika
from lxml import etree
from pika.exceptions import AMQPError

URL = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f")
XML_EXCHANGE = os.environ.get("VCD_EXCHANGE", "systemExchange")
JSON_EXCHANGE = os.environ.get("VCD_PREFIX", "vcd") + ".notifications20"
BLOCKED = "true.*.*.*.com.vmware.vcloud.event.blockingtask.create.#"

REMEMBERED = 10_000
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
# A connection that lasted for so many seconds was a good one.
STEADY = float(os.environ.get("STEADY", "30"))


def say(*words):
    print(*words, flush=True)


class Later(Exception):
    """A message cannot be handled now: it stays in the queue."""


class Pause:
    """How long to wait before something is tried again: longer each time, until it has worked."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.seconds = FIRST_PAUSE

    def grow(self):
        """The pause that is due; the next one is longer."""
        due, self.seconds = self.seconds, min(self.seconds * 2, LONGEST_PAUSE)
        return due


class Consumer:
    """Calls `handle(properties, event)` for each new message that `key` lets through; an event is an element or a dictionary."""

    def __init__(self, queue, exchange, key, handle):
        self.queue = os.environ.get("QUEUE", queue)
        self.exchange, self.key, self.handle = exchange, key, handle
        self.done = OrderedDict()
        self.connection = None
        self.busy = self.stopping = False
        # The broker and what handles messages fail for reasons of their own.
        self.reconnect, self.retry = Pause(), Pause()
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def stop(self, *_):
        """Ends at once, or when the message at hand is handled."""
        self.stopping = True
        if not self.busy:
            sys.exit(0)

    def run(self):
        """Consumes until the program is told to end. A lost connection is made again, after a pause that grows until one has
        lasted for a while or been of use."""
        while True:
            began = None
            try:
                self.connection = pika.BlockingConnection(pika.URLParameters(URL))
                channel = self.open()
                say("listening")
                began = time.monotonic()
                channel.start_consuming()
            except (AMQPError, OSError) as error:
                self.busy = False
                if self.stopping:
                    sys.exit(0)
                if began is not None and time.monotonic() - began >= STEADY:
                    self.reconnect.reset()
                pause = self.reconnect.grow()
                say("no connection, next try in %.1f s: %r" % (pause, error))
                time.sleep(pause)

    def open(self):
        channel = self.connection.channel()
        # The cloud declares the same; whoever comes first makes it.
        channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)
        channel.queue_declare(self.queue, durable=True)
        channel.queue_bind(self.queue, self.exchange, self.key)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(self.queue, self.take)
        return channel

    def take(self, channel, method, properties, body):
        self.busy = True
        try:
            self.once(properties, body)
        except Later as error:
            pause = self.retry.grow()
            say("not handled yet, next try in %.1f s: %s" % (pause, error))
            self.wait(pause)
            channel.basic_nack(method.delivery_tag)
        except (etree.XMLSyntaxError, LookupError, TypeError, ValueError) as error:
            # It will be as wrong the next time.
            say("given up: %r" % error)
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
            self.retry.reset()
            self.reconnect.reset()
        self.busy = False
        if self.stopping:
            sys.exit(0)

    def once(self, properties, body):
        in_json = properties.content_type == "application/json"
        event = json.loads(body) if in_json else etree.fromstring(body)
        event_id = event["eventId"] if in_json else event.attrib["eventId"]
        if event_id in self.done:
            say("again, and left out:", event_id)
            return
        self.handle(properties, event)
        self.done[event_id] = True
        if len(self.done) > REMEMBERED:
            self.done.popitem(last=False)

    def wait(self, seconds):
        """Lets time pass in a handler. The connection's heartbeats go on meanwhile, and the program may be told to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stopping:
                sys.exit(0)
            self.connection.process_data_events(time_limit=min(left, 0.2))
