"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common, or at the last that
the published schemas know, the `middle`: a vApp is made, run, shared, changed, recomposed,
kept in snapshots, copied, moved and given away."""

import sys

from pyvcloud.vcd.exceptions import BadRequestException, EntityNotFoundException, OperationNotSupportedException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from story import VERSIONS, Story, done, login, task_of

# Before machines had `VmSpecSection` and compute policies.
OLD = ("29.0", "30.0")


class Scene:
    """A vApp of three machines, with its owner and who administers its organization."""

    def __init__(self, story, version):
        self.story, self.version = story, version
        self.owner = login("author", "example", api_version=version)
        self.org_admin = login("orgadmin", "example", api_version=version)
        self.vdc = self.vdc_of(self.owner)
        made = self.vdc.instantiate_vapp("shop", "example-catalog", "three-vms", deploy=False, power_on=False)
        self.done(task_of(made))
        self.vapp = self.of(self.owner)

    def vdc_of(self, client, name="example-vdc"):
        return VDC(client, resource=Org(client, resource=client.get_org()).get_vdc(name))

    def of(self, client, name="shop", vdc="example-vdc"):
        return VApp(client, resource=self.vdc_of(client, vdc).get_vapp(name))

    def done(self, task):
        """Waits for a task; answers the name of its operation."""
        return done(self.owner, task)

    def ends(self, what, task, operation):
        self.story.check(what, self.done(task), operation)
        self.vapp.reload()

    def names(self, name="shop", vdc="example-vdc"):
        return sorted(machine.get("name") for machine in self.of(self.owner, name, vdc).get_all_vms())


def running(scene):
    story, vapp = scene.story, scene.vapp
    story.check("a vApp is off", (vapp.is_powered_off(), vapp.is_suspended(), vapp.is_deployed()), (True, False, False))
    for what, change, operation, seen in [
        ("it is deployed", lambda: vapp.deploy(power_on=False), "vappDeploy", vapp.is_powered_off),
        ("it is powered on", vapp.power_on, "vappDeploy", vapp.is_powered_on),
        ("it is reset", vapp.power_reset, "vappReset", vapp.is_powered_on),
        ("it is rebooted", vapp.reboot, "vappRebootGuest", vapp.is_powered_on),
        ("it is suspended", vapp.suspend_vapp, "vappSuspend", vapp.is_suspended),
        ("it forgets what it did", vapp.discard_suspended_state_vapp, "vappDiscardSuspendedState", vapp.is_powered_off),
        ("it is deployed and on", lambda: vapp.deploy(power_on=True), "vappDeploy", vapp.is_powered_on),
        ("it is shut down", vapp.shutdown, "vappShutdownGuest", vapp.is_powered_off),
        ("it is on again", vapp.power_on, "vappDeploy", vapp.is_powered_on),
        ("it is powered off", vapp.power_off, "vappPowerOff", vapp.is_powered_off),
        ("it is undeployed", vapp.undeploy, "vappUndeployPowerOff", vapp.is_powered_off),
    ]:
        scene.ends(what, change(), operation)
        story.check("and stands so", seen())
    story.refused("what is off cannot be suspended", OperationNotSupportedException, vapp.suspend_vapp)


def kept(scene):
    story, vapp = scene.story, scene.vapp
    scene.ends("a snapshot is taken", vapp.create_snapshot(memory=False, quiesce=False), "vappCreateSnapshot")
    scene.ends("and gone back to", vapp.snapshot_revert_to_current(), "vappRevertToCurrentSnapshot")
    scene.ends("and removed", vapp.snapshot_remove(), "vappRemoveAllSnapshots")


def devices(scene):
    story, vapp = scene.story, scene.vapp
    scene.ends("a machine gets another disk", vapp.add_disk_to_vm("firstVM", 1024), "vappUpdateVm")
    disks = lambda: [disk for disk in VM(scene.owner, resource=vapp.get_vm("firstVM")).list_virtual_hardware_section(is_disk=True)
                     if "diskElementName" in disk]
    story.check("which is there", len(disks()), 2)
    scene.done(task_of(scene.vdc.create_disk("data", 1 << 20)))
    href = scene.vdc_of(scene.owner).get_disk("data").get("href")
    scene.ends("an independent disk is attached", vapp.attach_disk_to_vm(href, "firstVM"), "vappAttachDisk")
    scene.ends("and detached", vapp.detach_disk_from_vm(href, "firstVM"), "vappDetachDisk")
    scene.ends("its first machine is connected", vapp.connect_vm("DHCP"), "vappUpdateVm")
    story.check("others have no address", vapp.get_primary_ip("thirdVM"), None)


def settings(scene):
    story, vapp = scene.story, scene.vapp
    scene.ends("its leases are changed", vapp.set_lease(deployment_lease=7200, storage_lease=86400), "vdcUpdateVapp")
    lease = vapp.get_lease()
    story.check("and read", (int(lease["DeploymentLeaseInSeconds"]), int(lease["StorageLeaseInSeconds"])), (7200, 86400))
    scene.ends("it is described", vapp.edit_name_and_description("shop", "of tests"), "vdcUpdateVapp")
    story.check("its networks have names", vapp.get_vapp_network_name(), vapp.get_all_networks()[0].get(
        "{http://schemas.dmtf.org/ovf/envelope/1}name"))
    story.refused("and there are only so many", EntityNotFoundException, lambda: vapp.get_vapp_network_name(9))


def networked(scene):
    story, vapp = scene.story, scene.vapp
    names = lambda: sorted(network["name"] for network in vapp.get_vapp_network_list())
    # It copies the length of the prefix, which came with 31.0.
    if scene.version in OLD:
        scene.ends("a network of the VDC is connected", vapp.connect_org_vdc_network("example-net2"), "vdcUpdateVappNetworkSection")
    else:
        made = vapp.create_vapp_network_from_ovdc_network("example-net2")
        scene.ends("a network of the VDC is connected", made, "vdcUpdateVappNetworkSection")
    story.check("and there", "example-net2" in names())
    scene.ends("it is fenced", vapp.enable_fence_mode(), "vdcUpdateVappNetworkSection")
    found = [each for each in vapp.resource.NetworkConfigSection.NetworkConfig if each.get("networkName") == "example-net2"]
    story.check("by a router", str(found[0].Configuration.FenceMode), "natRouted")
    machine = VM(scene.owner, resource=vapp.get_vm("firstVM"))
    scene.done(machine.update_guest_customization_section(
        enabled=True, admin_password_enabled=True, admin_password_auto=False, admin_password="s3cret"))
    vapp.reload()
    story.check("who manages passwords reads one", vapp.get_admin_password("firstVM"), "s3cret")


def shared(scene):
    story, vapp = scene.story, scene.vapp
    access = lambda settings: str(settings.IsSharedToEveryone).lower()
    story.check("it is nobody else's", access(vapp.get_access_settings()), "false")
    story.check("everybody sees it", access(vapp.share_with_org_members("ReadOnly")), "true")
    story.check("nobody does", access(vapp.unshare_from_org_members()), "false")
    # Only who administers an organization finds its users.
    given = scene.of(scene.org_admin).add_access_settings([{"type": "user", "name": "user", "access_level": "Change"}])
    story.check("one does", [str(each.Subject.get("name")) for each in given.AccessSettings.AccessSetting], ["user"])
    story.check("who finds it", scene.of(login("user", "example", api_version=scene.version)).name, "shop")
    taken = vapp.remove_access_settings(remove_all=True)
    story.check("nobody again", hasattr(taken, "AccessSettings"), False)
    org = Org(scene.org_admin, resource=scene.org_admin.get_org())
    story.check("it is given away", scene.of(scene.org_admin).change_owner(org.get_user("user").get("href")), None)
    story.check("and taken back", scene.of(scene.org_admin).change_owner(org.get_user("author").get("href")), None)


def recomposed(scene):
    story, vapp = scene.story, scene.vapp
    source = scene.of(scene.owner)
    spec = {"vapp": source.get_resource(), "source_vm_name": "firstVM", "target_vm_name": "fourthVM", "hostname": "fourth"}
    scene.ends("a copy of one of its machines is added", vapp.add_vms([spec], deploy=False, power_on=False), "vdcRecomposeVapp")
    story.check("and there", "fourthVM" in scene.names())
    blank = {"vm_name": "blank", "comp_name": "blank", "os_type": "ubuntu64Guest", "virtual_cpu": 2, "memory": 1024}
    if scene.version not in OLD:
        made = vapp.add_vm_from_scratch(blank, deploy=False, power_on=False)
        scene.ends("one is made of nothing", made, "vdcRecomposeVapp")
        scene.ends("both are taken out", vapp.delete_vms(["fourthVM", "blank"]), "vdcRecomposeVapp")
    else:
        scene.ends("it is taken out", vapp.delete_vms(["fourthVM"]), "vdcRecomposeVapp")
    story.check("the first three are left", scene.names(), ["firstVM", "secondVM", "thirdVM"])
    story.refused("what is not there cannot be taken out", EntityNotFoundException, lambda: vapp.delete_vms(["nobody"]))


def elsewhere(scene):
    story, vapp = scene.story, scene.vapp
    here, there = (scene.vdc_of(scene.owner, name).resource.get("href") for name in ["example-vdc", "example-nsxt-vdc"])
    story.check("it is copied", scene.done(vapp.copy_to(here, "copy", "a copy")), "vdcCopyVapp")
    story.check("with all machines", scene.names("copy"), ["firstVM", "secondVM", "thirdVM"])
    story.check("and started, since nobody said otherwise", scene.of(scene.owner, "copy").is_powered_on())
    scene.done(scene.of(scene.owner, "copy").undeploy())
    moved = scene.of(scene.owner, "copy")
    story.check("the copy is moved", scene.done(moved.move_to(there)), "vdcCopyVapp")
    story.check("into the other VDC", scene.names("copy", "example-nsxt-vdc"), ["firstVM", "secondVM", "thirdVM"])


def maintained(scene):
    story = scene.story
    admin = login("administrator", "System", api_version=scene.version)
    vapp = VApp(admin, href=scene.vapp.href)
    vapp.enter_maintenance_mode()
    scene.vapp.reload()
    story.refused("who does maintenance keeps its owner off", OperationNotSupportedException, scene.vapp.power_on)
    vapp.reload()
    vapp.exit_maintenance_mode()
    scene.vapp.reload()
    scene.ends("until that is over", scene.vapp.power_on(), "vappDeploy")
    story.check("a machine that is on knows what vCenter calls it", scene.vapp.get_vm_moid("firstVM").startswith("vm-"))


def main(which):
    with Story() as story:
        scene = Scene(story, VERSIONS[which])
        for part in [running, kept, devices, settings, networked, shared, recomposed, elsewhere, maintained]:
            part(scene)


if __name__ == "__main__":
    main(sys.argv[1])
