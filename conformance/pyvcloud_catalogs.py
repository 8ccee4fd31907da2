"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common: the life of a catalog, who sees it,
and what goes up into it and comes down again."""

import os
import sys
import tarfile
import tempfile

from pyvcloud.vcd.exceptions import BadRequestException, EntityNotFoundException, UploadException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from package import disks, ova
from story import Story, login, task_of

VERSIONS = {"lowest": "29.0", "highest": "36.0"}
POLL = 0.1
IMAGE = bytes(range(256)) * 5_000


def names(elements):
    return [element.get("name") for element in elements]


def ended(client, task):
    return client.get_task_monitor().wait_for_success(task, poll_frequency=POLL).get("operationName")


def seen_by(org):
    return [catalog["name"] for catalog in org.list_catalogs()]


def catalogs(story, client, org, author):
    made = org.create_catalog("tools", "of tests")
    story.check("a catalog is made, by a task", ended(client, task_of(made)), "catalogCreateCatalog")
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


def downloads(story, org, folder):
    package, image = os.path.join(folder, "fetched.ova"), os.path.join(folder, "fetched.iso")
    org.download_catalog_item("box", "shop", package)
    with tarfile.open(package) as tar:
        fetched = tuple(tar.extractfile(name).read() for name in ("web.vmdk", "db.vmdk"))
    story.check("the disks of the package come down as they went up", fetched == disks("shop"))
    org.download_catalog_item("box", "disc.iso", image)
    with open(image, "rb") as file:
        story.check("and so does the image", file.read() == IMAGE)


def use(story, client, org, template):
    vdc = VDC(client, resource=org.get_vdc("example-vdc"))
    refused = lambda: vdc.instantiate_vapp("shop", "box", "shop", deploy=False, power_on=False)
    story.refused("a licence has to be accepted", BadRequestException, refused)
    made = vdc.instantiate_vapp("shop", "box", "shop", deploy=False, power_on=False, accept_all_eulas=True)
    story.check("the template is instantiated", ended(client, task_of(made)), "vdcInstantiateVapp")
    vapp = VApp(client, resource=vdc.get_vapp("shop"))
    hardware = {vm.get("name"): VM(client, resource=vm).list_virtual_hardware_section() for vm in vapp.get_all_vms()}
    memory = {name: parts[1]["memoryVirtualQuantityInMb"] for name, parts in hardware.items()}
    story.check("with the memory of its descriptor", memory, {"web": 512, "db": 1024})
    story.check("and deleted", ended(client, vdc.delete_vapp("shop")), "vdcDeleteVapp")


def end(story, client, org):
    story.refused("a catalog with items is not deleted", BadRequestException, lambda: org.delete_catalog("box"))
    for name in ("shop", "disc.iso", "broken"):
        org.delete_catalog_item("box", name)
    story.refused("its items are", EntityNotFoundException, lambda: org.get_catalog_item("box", "shop"))
    org.delete_catalog("box")
    org.reload()
    story.check("then the catalog is", "box" in seen_by(org), False)


with Story() as story, tempfile.TemporaryDirectory() as folder:
    version = VERSIONS[sys.argv[1]]
    client, other = login("orgadmin", "example", api_version=version), login("author", "example", api_version=version)
    org, author = Org(client, resource=client.get_org()), Org(other, resource=other.get_org())
    catalogs(story, client, org, author)
    template = uploads(story, client, org, folder)
    downloads(story, org, folder)
    use(story, client, org, template)
    end(story, client, org)
