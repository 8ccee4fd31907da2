"""The program `vcd` of vcd-cli at the `lowest` API version that it knows, over http, or at the `highest`, which it finds itself, over TLS:
a catalog's life and shares, what goes up into it and comes down again, and a vApp that is made of it and captured into it."""

import os
import sys
import tempfile

from pyvcloud.vcd.client import Client
from pyvcloud.vcd.exceptions import AccessForbiddenException, UnauthorizedException
from pyvcloud.vcd.org import Org

from package import descriptor, disks, ova, unpacked
from shell import VERSIONS, Shell
from story import HTTP, Story, login

IMAGE = bytes(range(256)) * 5_000
FIRST = "R&D tools"


def sessions(story, which, vcd, author):
    code, said = vcd.login(which, password="wrong")
    story.check("a wrong password is refused", (code, "Session has expired or is invalid" in said), (2, True))
    for shell in (vcd, author):
        story.check("%s logs in" % shell.user, shell.login(which), (0, shell.user + " logged in, org: 'example', vdc: 'example-vdc'"))
    story.check("the version is the %s" % which, vcd.profile("api_version"), VERSIONS[which])
    story.check("the token is of the version's kind", vcd.profile("is_jwt_token"), which == "highest")


def catalogs(story, org, other, vcd, author):
    story.check("a catalog is made", vcd.task("catalog", "create", FIRST, "-d", "of tests"), ("catalogCreateCatalog", "success"))
    story.check("a second of the name is refused", vcd.refusal("catalog", "create", FIRST), "400/DUPLICATE_NAME")
    org.reload()
    record = vcd.catalogs().get(FIRST, {})
    wanted = {"ownerName": "orgadmin", "isPublished": "false", "isShared": "false", "numberOfMedia": "0", "numberOfVAppTemplates": "0"}
    story.check("it is listed", {key: record.get(key) for key in wanted}, wanted)
    story.check("it is empty", vcd.says("catalog", "list", FIRST), "not found")
    facts = vcd.facts("catalog", "info", FIRST)
    story.check("it is shown", [facts.get(key) for key in ("Description", "is_shared_to_everyone")], ["of tests", "False"])
    for word, published in (("share", True), ("unshare", False)):
        story.check(word, vcd.says("catalog", word, FIRST), "Catalog %sd." % word)
        seen = str(org.get_catalog(FIRST).IsPublished), FIRST in [each["name"] for each in other.list_catalogs()]
        story.check("another organization sees it: %s" % published, seen, (str(published), published))
    story.check("update", vcd.says("catalog", "update", FIRST, "-n", "box", "-d", "of more tests"), "Catalog update successful")
    facts = vcd.facts("catalog", "info", "box")
    story.check("it has a new name", [facts.get(key) for key in ("name", "Description")], ["box", "of more tests"])
    access(story, vcd, author)
    story.check("nobody is no user", vcd("catalog", "change-owner", "box", "nobody")[0], 2)
    story.check("change-owner", vcd.says("catalog", "change-owner", "box", "cataloger"), "catalog owner changed")
    story.check("it has another owner", vcd.catalogs()["box"]["ownerName"], "cataloger")


def access(story, vcd, author):
    everyone = "example (org_in_use)"
    story.check("who owns nothing of it does not see it", "box" in author.catalogs(), False)
    shared = vcd.says("catalog", "acl", "share", "box", "--access-level", "Change")
    story.check("acl share", shared, "Catalog shared to all members of the org 'example'.")
    story.check("everyone may change it", vcd.access("box"), [(everyone, "Change")])
    story.check("and it is seen", "box" in author.catalogs())
    unshared = vcd.says("catalog", "acl", "unshare", "box")
    story.check("acl unshare", unshared, "Catalog unshared to all members of the org 'example'.")
    added = vcd.says("catalog", "acl", "add", "box", "user:author:ReadOnly")
    story.check("acl add", added, "Access settings added to catalog 'box'.")
    story.check("one user may read it", vcd.access("box"), [(everyone, "None"), ("author", "ReadOnly")])
    code, said = author("catalog", "upload", "box", os.path.join(author.home, "vcd.log"), "-i", "log.iso")
    story.check("and adds nothing to it", (code, "Operation is not supported" in said), (2, True))
    removed = vcd.says("catalog", "acl", "remove", "box", "user:author", "-y")
    story.check("acl remove", removed, "Access settings removed from catalog 'box'.")
    story.check("and nobody any more", vcd.access("box"), [(everyone, "None")])


def uploads(story, vcd):
    sizes = ova(os.path.join(vcd.home, "shop.ova"), "shop")
    sent = len(descriptor("shop", tuple(sizes.values()))) + sum(sizes.values())
    facts = vcd.facts("catalog", "upload", "box", "shop.ova", "-i", "shop")
    story.check("a package is uploaded, every file whole", facts.get("size"), str(sent))
    with open(os.path.join(vcd.home, "disc.iso"), "wb") as file:
        file.write(IMAGE)
    facts = vcd.facts("catalog", "upload", "box", "disc.iso")
    story.check("so is an image", (facts.get("file"), facts.get("size")), ("disc.iso", str(len(IMAGE))))
    story.check("a second of the name is refused", vcd.refusal("catalog", "upload", "box", "disc.iso"), "400/DUPLICATE_NAME")
    story.check("both are listed", vcd.items("box"), {("shop", "vapptemplate", "POWERED_OFF"), ("disc.iso", "media", "RESOLVED")})
    facts = vcd.facts("catalog", "info", "box", "shop")
    seen = [facts.get("template-" + key) for key in ("status", "vm-1: name", "vm-2: name", "vm-2: 1024 MB of memory")]
    story.check("the template is as its descriptor says", seen, ["Powered off", "web", "db", "1,024 None"])


def downloaded(vcd, name, file, read):
    """Downloads an item; answers what `read` finds in it, if its size is what the program tells."""
    told, path = vcd.facts("catalog", "download", "box", name, file).get("size"), os.path.join(vcd.home, file)
    return read(path) if told == str(os.path.getsize(path)) else told


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def downloads(story, vcd):
    story.check("the package comes down with the disks that went up", downloaded(vcd, "shop", "back.ova", unpacked) == disks("shop"))
    story.check("and so does the image", downloaded(vcd, "disc.iso", "back.iso", contents) == IMAGE)


def entity(org, name):
    """An item of the catalog, and what it stands for."""
    item = org.get_catalog_item("box", name)
    return item, org.client.get_resource(item.Entity.get("href"))


def capture(story, org, vcd):
    refused = vcd.refusal("vapp", "create", "shop-1", "-c", "box", "-t", "shop")
    story.check("a licence has to be accepted", refused, "400/EULA_NOT_ACCEPTED")
    made = vcd.task("vapp", "create", "shop-1", "-c", "box", "-t", "shop", "--accept-all-eulas")
    story.check("the template is instantiated", made, ("vdcInstantiateVapp", "success"))
    story.check("and runs", [(each["name"], each["status"]) for each in vcd.records("vapp", "list")], [("shop-1", "POWERED_ON")])
    taken = vcd.task("vapp", "capture", "shop-1", "box", "kept", "--customizable", "-d", "the first")
    story.check("the vApp is captured", taken, ("vdcCaptureTemplate", "success"))
    first, template = entity(org, "kept")
    seen = str(template.Description), template.get("status"), str(template.CustomizationSection.CustomizeOnInstantiate)
    story.check("as a template", seen, ("the first", "8", "True"))
    taken = vcd.task("vapp", "capture", "shop-1", "box", "kept", "--identical", "-d", "the second")
    story.check("it is captured again, in the place of the first", taken, ("vdcCaptureTemplate", "success"))
    second, again = entity(org, "kept")
    story.check("the item has stayed", second.get("id"), first.get("id"))
    story.check("and stands for another template", (again.get("id") == template.get("id"), str(again.Description)), (False, "the second"))
    gone = lambda: org.client.get_resource(template.get("href"))
    story.refused("the first is gone", AccessForbiddenException, gone)


def kept(story, vcd):
    story.check("what runs is not deleted", vcd.refusal("vapp", "delete", "shop-1", "-y"), "400/BAD_REQUEST")
    story.check("unless by force", vcd.task("vapp", "delete", "shop-1", "-y", "--force"), ("vdcDeleteVapp", "success"))
    story.check("an item is deleted", vcd.says("catalog", "delete", "box", "shop", "-y"), "Item deleted.")
    story.check("what was captured has the disks that went up", downloaded(vcd, "kept", "kept.ova", unpacked) == disks("shop"))


def end(story, org, vcd):
    story.check("a catalog with items is not deleted", vcd.refusal("catalog", "delete", "box", "-y"), "400/BAD_REQUEST")
    for name in ("kept", "disc.iso"):
        story.check("%s is deleted" % name, vcd.says("catalog", "delete", "box", name, "-y"), "Item deleted.")
    story.check("then the catalog is", vcd.says("catalog", "delete", "box", "-y"), "Catalog deleted.")
    story.check("it is not listed any more", "box" in vcd.catalogs(), False)
    token, bearer = vcd.profile("token"), vcd.profile("is_jwt_token")
    again = Client(HTTP, api_version=org.client.get_api_version(), log_file=os.devnull)
    again.rehydrate_from_token(token, bearer)
    story.check("before logout the token is good", again.get_org().get("name"), "example")
    story.check("logout", vcd.says("logout"), "orgadmin logged out.")
    story.refused("afterwards it is not", UnauthorizedException, again.get_org)
    code, said = vcd("catalog", "list")
    story.check("and the program knows", (code, "please login again" in said), (2, True))


with Story() as story, tempfile.TemporaryDirectory() as folder:
    which = sys.argv[1]
    # What the program's output does not tell is read afresh by these.
    readers = [login(*who, api_version=VERSIONS[which]) for who in (("orgadmin", "example"), ("orgadmin2", "example2"))]
    org, other = (Org(client, resource=client.get_org()) for client in readers)
    vcd, author = Shell(folder, "orgadmin"), Shell(folder, "author")
    sessions(story, which, vcd, author)
    catalogs(story, org, other, vcd, author)
    org.reload()
    uploads(story, vcd)
    downloads(story, vcd)
    capture(story, org, vcd)
    kept(story, vcd)
    end(story, org, vcd)
