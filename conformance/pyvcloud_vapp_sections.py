"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common, or at the last that
the published schemas know, the `middle`: the order in which a vApp's machines start is
changed and obeyed, what its products say is changed, and it is downloaded as a package."""

import io
import sys
import tarfile
import tempfile

from pyvcloud.vcd.exceptions import BadRequestException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from story import VERSIONS, Story, done, login, task_of

POLL = 0.05


def statuses(vapp):
    vapp.reload()
    return [int(machine.get("status")) for machine in vapp.get_all_vms()]


def order(story, client, vapp):
    vapp.reload()
    usual = {"order": "0", "startAction": "powerOn", "startDelay": "0", "stopAction": "powerOff", "stopDelay": "0"}
    names = ["firstVM", "secondVM", "thirdVM"]
    story.check("all start at once", vapp.get_startup_section(), [dict(usual, Id=name) for name in names])
    for number, name in enumerate(names):
        task = vapp.update_startup_section(name, number, "powerOn", 1 if number == 1 else 0, "guestShutdown", 0)
        story.check("%s is put in its place" % name, done(client, task), "vdcUpdateVapp")
        vapp.reload()
    seen = [(item["Id"], item["order"], item["startDelay"], item["stopAction"]) for item in vapp.get_startup_section()]
    wanted = [("firstVM", "0", "0", "guestShutdown"), ("secondVM", "1", "1", "guestShutdown"), ("thirdVM", "2", "0", "guestShutdown")]
    story.check("and is listed there", seen, wanted)
    story.refused("a negative delay is refused", BadRequestException, lambda: vapp.update_startup_section("firstVM", start_delay=-1))
    vapp.reload()
    task = vapp.power_on()
    story.check("two start, and one waits a second for them", statuses(vapp), [4, 4, 8])
    story.check("it starts, too", (done(client, task), statuses(vapp)), ("vappDeploy", [4, 4, 4]))
    done(client, vapp.undeploy())
    story.check("all stop", statuses(vapp), [8, 8, 8])


def products(story, client, vapp):
    vapp.reload()
    story.check("nothing is said of products", vapp.get_product_sections(), [])
    task = vapp.update_product_section("port", "uint16", "com.example", "1", "80", "Port", "Where it answers", True)
    story.check("something is said", done(client, task), "vdcUpdateVapp")
    vapp.reload()
    story.check("and read", [section["port"] for section in vapp.get_product_sections()], ["80"])
    done(client, vapp.update_product_section("host", "string", "com.example", "1", "shop", "Host", "", True))
    vapp.reload()
    seen = [(section["port"], section["host"]) for section in vapp.get_product_sections()]
    story.check("more is said in the same section", seen, [("80", "shop")])
    machine = VM(client, resource=vapp.get_vm("firstVM"))
    story.check("a machine says nothing of its own", machine.list_product_sections(), [])


def package(story, client, vapp):
    with tempfile.NamedTemporaryFile(suffix=".ova") as file:
        vapp.reload()
        size = vapp.download_ova(file.name)
        archive = tarfile.open(fileobj=io.BytesIO(file.read()))
        names = archive.getnames()
        story.check("a package comes down", (names[0], len(names), size > 2048), ("descriptor.ovf", 4, True))
        descriptor = archive.extractfile("descriptor.ovf").read().decode()
        story.check("its descriptor names the others", all('ovf:href="%s"' % name in descriptor for name in names[1:]))
        story.check("the order is in it", 'ovf:id="secondVM" ovf:order="1"' in descriptor)
        story.check("and what is said of products", 'ovf:key="host"' in descriptor)
    vapp.reload()
    vapp.disable_download()
    vapp.reload()
    story.check("it can be taken back", any(link.get("rel") == "download:default" for link in vapp.resource.Link), False)


def main(which):
    with Story() as story:
        client = login("author", "example", api_version=VERSIONS[which])
        vdc = VDC(client, resource=Org(client, resource=client.get_org()).get_vdc("example-vdc"))
        made = vdc.instantiate_vapp("ordered", "example-catalog", "three-vms", deploy=False, power_on=False)
        done(client, task_of(made))
        vapp = VApp(client, resource=vdc.get_vapp("ordered"))
        order(story, client, vapp)
        products(story, client, vapp)
        package(story, client, vapp)


main(sys.argv[1])
