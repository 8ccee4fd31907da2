"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common: the life of a catalog, who sees it,
what goes up into it and comes down again, and what is captured into it."""

import os
import sys
import tempfile

from pyvcloud.vcd.client import EntityType, RelationType, find_link
from pyvcloud.vcd.exceptions import AccessForbiddenException, BadRequestException, EntityNotFoundException, UploadException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from package import disks, ova, unpacked
from story import VERSIONS, Story, done, login, task_of

IMAGE = bytes(range(256)) * 5_000
ENABLED = ["vdcEnableDownload"]
DESCRIPTOR = (RelationType.DOWNLOAD_DEFAULT, EntityType.TEXT_XML.value)


def names(elements):
    return [element.get("name") for element in elements]


def seen_by(org):
    return [catalog["name"] for catalog in org.list_catalogs()]


def catalogs(story, client, org, author):
    made = org.create_catalog("tools", "of tests")
    story.check("a catalog is made, by a task", done(client, task_of(made)), "catalogCreateCatalog")
    org.reload()
    story.check("it is listed", "tools" in seen_by(org))
    story.refused("a second of the name is refused", BadRequestException, lambda: org.create_catalog("tools", "again"))
    edited = org.update_catalog("tools", "box", "of more tests")
    story.check("it is renamed", (edited.get("name"), str(edited.Description)), ("box", "of more tests"))
    org.reload()
    story.check("who owns nothing of it does not see it", "box" in seen_by(author), False)
    org.share_catalog_with_org_members("box", "ReadOnly")
    story.check("shared with everyone, it is seen", "box" in seen_by(author))
    acl = org.unshare_catalog_with_org_members("box")
    story.check("and taken back", (str(acl.IsSharedToEveryone), "box" in seen_by(author)), ("False", False))
    acl = org.add_catalog_access_settings("box", [{"name": "author", "type": "user", "access_level": "Change"}])
    setting = acl.AccessSettings.AccessSetting
    story.check("shared with a user", (setting.Subject.get("name"), str(setting.AccessLevel)), ("author", "Change"))
    story.check("that user sees it", "box" in seen_by(author))
    acl = org.remove_catalog_access_settings("box", remove_all=True)
    story.check("shared with nobody, the list is gone", hasattr(acl, "AccessSettings"), False)
    for share in (True, False):
        org.share_catalog("box", share)
        published = str(org.get_catalog("box").IsPublished)
        story.check("published: %s" % share, published, str(share))
    org.change_catalog_owner("box", "cataloger")
    story.check("it is given away", org.get_catalog("box").Owner.User.get("name"), "cataloger")


def uploads(story, client, org, folder):
    package = os.path.join(folder, "shop.ova")
    sizes = ova(package, "shop")
    sent = []
    org.upload_ovf("box", package, "shop", "a package", chunk_size=300_000, callback=lambda done, total: sent.append((done, total)))
    finals = sorted({total for done, total in sent if done == total})
    story.check("every file of the package is sent whole", finals[-1] in sizes.values())
    template = client.get_resource(org.get_catalog_item("box", "shop").Entity.get("href"))
    story.check("it is a template", (template.get("status"), names(template.Children.Vm)), ("8", ["web", "db"]))
    story.check("with its description", str(template.Description), "a package")
    image = os.path.join(folder, "disc.iso")
    with open(image, "wb") as file:
        file.write(IMAGE)
    story.check("an image is uploaded", org.upload_media("box", image, "disc.iso", "an image"), 1_280_000)
    media = client.get_resource(org.get_catalog_item("box", "disc.iso").Entity.get("href"))
    story.check("and is there", (media.get("status"), media.get("size")), ("1", "1280000"))
    broken = os.path.join(folder, "broken.ova")
    ova(broken, "broken")
    with open(broken, "r+b") as file:
        data = file.read().replace(b"vmx-11", b"vmx-77")
        file.seek(0)
        file.write(data)
    story.refused("hardware that nobody knows is refused", UploadException, lambda: org.upload_ovf("box", broken, "broken"))
    failed = client.get_resource(org.get_catalog_item("box", "broken").Entity.get("href"))
    story.check("and says why", "vmx-77" in failed.Tasks.Task.Error.get("message"))
    return template


def fetched(org, catalog, name, path, read):
    """Downloads an item; answers the operations that this took, and what `read` finds in it."""
    tasks = {}
    seen = lambda task: tasks.update({task.get("id"): task.get("operationName")})
    told = org.download_catalog_item(catalog, name, path, task_callback=seen)
    return list(tasks.values()), read(path) if told == os.path.getsize(path) else told


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def downloads(story, client, org, folder, template):
    path, shop = os.path.join(folder, "fetched"), disks("shop")
    disks_of = lambda: fetched(org, "box", "shop", path, unpacked)
    story.check("the disks of the package come down as they went up, when enabled", disks_of() == (ENABLED, shop))
    story.check("once more it is enabled already", disks_of() == ([], shop))
    entity = VApp(client, href=template.get("href"))
    entity.disable_download()
    entity.reload()
    story.check("disabled, there is nothing to download", find_link(entity.resource, *DESCRIPTOR, fail_if_absent=False), None)
    entity.enable_download()
    story.check("until it is enabled again", disks_of() == ([], shop))
    story.check("the image comes down as it went up", fetched(org, "box", "disc.iso", path, contents) == (ENABLED, IMAGE))
    blank(story, client, org, path)


def blank(story, client, org, path):
    """What the inventory begins with, whose bytes nobody ever brought."""
    tasks, files = fetched(org, "example-catalog", "three-vms", path, unpacked)
    story.check("three machines nobody brought have three disks", (tasks, [data[:4] for data in files]), (ENABLED, [b"KDMV"] * 3))
    tasks, data = fetched(org, "example-catalog", "example-media", path, contents)
    size = client.get_resource(org.get_catalog_item("example-catalog", "example-media").Entity.get("href")).get("size")
    story.check("an image nobody brought is a disc of its size", (tasks, str(len(data)), data[0x8001:0x8006]), (ENABLED, size, b"CD001"))


def use(story, client, org, template):
    vdc = VDC(client, resource=org.get_vdc("example-vdc"))
    refused = lambda: vdc.instantiate_vapp("shop", "box", "shop", deploy=False, power_on=False)
    story.refused("a licence has to be accepted", BadRequestException, refused)
    made = vdc.instantiate_vapp("shop", "box", "shop", deploy=False, power_on=False, accept_all_eulas=True)
    story.check("the template is instantiated", done(client, task_of(made)), "vdcInstantiateVapp")
    vapp = VApp(client, resource=vdc.get_vapp("shop"))
    story.check("with the memory of its descriptor", memory(client, vapp.get_all_vms()), {"web": 512, "db": 1024})
    return vdc, vapp


def memory(client, machines):
    hardware = {vm.get("name"): VM(client, resource=vm).list_virtual_hardware_section() for vm in machines}
    return {name: parts[1]["memoryVirtualQuantityInMb"] for name, parts in hardware.items()}


def capture(story, client, org, vdc, vapp, folder):
    catalog = org.get_catalog("box")
    task = org.capture_vapp(catalog, vapp.resource.get("href"), "kept", "the first", customize_on_instantiate=True)
    told = task.Owner.get("type"), done(client, task)
    story.check("the vApp is captured, by a task of a template", told, (EntityType.VAPP_TEMPLATE.value, "vdcCaptureTemplate"))
    first, template = entity(client, org, "kept")
    seen = template.get("status"), str(template.Description), names(template.Children.Vm)
    story.check("with its machines", seen, ("8", "the first", ["web", "db"]))
    story.check("to be customized, as asked", str(template.CustomizationSection.CustomizeOnInstantiate), "True")
    again = lambda: org.capture_vapp(catalog, vapp.resource.get("href"), "kept", "again")
    story.refused("a second of the name is refused", BadRequestException, again)
    done(client, org.capture_vapp(catalog, vapp.resource.get("href"), "kept", "the second", overwrite=True))
    second, other = entity(client, org, "kept")
    story.check("unless it is to be in the place of the first", (second.get("id"), str(other.Description)), (first.get("id"), "the second"))
    story.refused("which is gone then", AccessForbiddenException, lambda: client.get_resource(template.get("href")))
    story.check("the vApp is deleted", done(client, vdc.delete_vapp("shop")), "vdcDeleteVapp")
    org.delete_catalog_item("box", "shop")
    story.refused("and so is what it was made of", EntityNotFoundException, lambda: org.get_catalog_item("box", "shop"))
    kept = os.path.join(folder, "kept.ova")
    tasks, files = fetched(org, "box", "kept", kept, unpacked)
    story.check("what was captured has the disks that went up", (tasks, files) == (ENABLED, disks("shop")))
    org.upload_ovf("box", kept, "returned")
    _, returned = entity(client, org, "returned")
    story.check("and goes up again", (returned.get("status"), memory(client, returned.Children.Vm)), ("8", {"web": 512, "db": 1024}))


def entity(client, org, name):
    """An item of the catalog, and what it stands for."""
    item = org.get_catalog_item("box", name)
    return item, client.get_resource(item.Entity.get("href"))


def end(story, client, org):
    story.refused("a catalog with items is not deleted", BadRequestException, lambda: org.delete_catalog("box"))
    for name in ("kept", "returned", "disc.iso", "broken"):
        org.delete_catalog_item("box", name)
    story.refused("its items are", EntityNotFoundException, lambda: org.get_catalog_item("box", "kept"))
    catalog = org.get_catalog("box").get("href")
    org.delete_catalog("box")
    # The client does not wait for the task, and has none to wait for; a list may be behind it, who asks for the catalog itself is not.
    story.refused("then the catalog is", AccessForbiddenException, lambda: client.get_resource(catalog))
    org.reload()
    story.check("and is not listed any more", "box" in seen_by(org), False)


with Story() as story, tempfile.TemporaryDirectory() as folder:
    version = VERSIONS[sys.argv[1]]
    client, other = login("orgadmin", "example", api_version=version), login("author", "example", api_version=version)
    org, author = Org(client, resource=client.get_org()), Org(other, resource=other.get_org())
    catalogs(story, client, org, author)
    template = uploads(story, client, org, folder)
    downloads(story, client, org, folder, template)
    vdc, vapp = use(story, client, org, template)
    capture(story, client, org, vdc, vapp, folder)
    end(story, client, org)
