"""Half a gigabyte goes up over a connection that breaks on the way: it is resumed where it broke, and the server's memory stays flat."""

import http.client
import os
from urllib.parse import urlsplit

from pyvcloud.vcd.client import E, EntityType, RelationType
from pyvcloud.vcd.org import Org

from story import Story, login

MIB = 1 << 20
SIZE = 512 * MIB
BREAK_AT = 200 * MIB
BLOCK = bytes(range(256)) * 1024
# What half a gigabyte may add to the memory of the server, were it a leak per byte or a whole buffer.
ALLOWED = 64 * MIB


def resident():
    with open("/proc/%s/status" % os.environ["VCDSIM_PID"]) as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def send(href, token, begin, promised, sent):
    """Promises the bytes from `begin` up to `promised` and sends those before `sent`; answers the status, if it comes to that."""
    url = urlsplit(href)
    connection = http.client.HTTPConnection(url.netloc, timeout=50)
    connection.putrequest("PUT", url.path)
    connection.putheader("x-vcloud-authorization", token)
    connection.putheader("Content-Range", "bytes %d-%d/%d" % (begin, promised - 1, SIZE))
    connection.putheader("Content-Length", str(promised - begin))
    connection.endheaders()
    while begin < sent:
        block = BLOCK[:sent - begin]
        connection.send(block)
        begin += len(block)
    status = connection.getresponse().status if sent == promised else None
    connection.close()
    return status


with Story() as story:
    client = login("orgadmin", "example", api_version="29.0")
    org = Org(client, resource=client.get_org())
    media = E.Media(name="large.iso", size=str(SIZE), imageType="iso")
    item = client.post_linked_resource(org.get_catalog("example-catalog"), RelationType.ADD, EntityType.MEDIA.value, media)
    medium = item.Entity.get("href")
    file = client.get_resource(medium).Files.File
    href, token = file.Link.get("href"), client.get_xvcloud_authorization_token()
    before = resident()
    send(href, token, 0, SIZE, BREAK_AT)
    arrived = int(client.get_resource(medium).Files.File.get("bytesTransferred"))
    story.check("what came before the connection broke counts", 0 < arrived <= BREAK_AT)
    story.check("the rest is sent from there on", send(href, token, arrived, SIZE, SIZE), 200)
    seen = client.get_resource(medium)
    story.check("and the image is there", (seen.get("status"), seen.get("size")), ("1", str(SIZE)))
    grown = resident() - before
    print("# the peak of the server's memory grew by %.1f MiB" % (grown / MIB))
    story.check("nothing of it was held in memory", grown < ALLOWED)
    client.delete_resource(medium)
