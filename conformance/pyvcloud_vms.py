"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common, or at the last that
the published schemas know, the `middle`: a machine is read, edited in every way, run, kept
in snapshots, copied and moved."""

import sys

from pyvcloud.vcd.client import IpAddressMode, NetworkAdapterType, VmNicProperties
from pyvcloud.vcd.exceptions import BadRequestException, InvalidParameterException, OperationNotSupportedException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vm import VM

from story import VERSIONS, Story, done, instantiate, login, task_of

# Before machines had `VmSpecSection` and compute policies.
OLD = ("29.0", "30.0")


class Scene:
    """A tenant's vApp of one machine, and a second one that is empty."""

    def __init__(self, story, version):
        self.story, self.version = story, version
        self.client = login("author", "example", api_version=version)
        org = Org(self.client, resource=self.client.get_org())
        self.vdc = VDC(self.client, resource=org.get_vdc("example-vdc"))
        self.done(task_of(instantiate(self.client, "shop")))
        self.done(task_of(self.vdc.create_vapp("annex")))
        self.vapp = VApp(self.client, resource=self.vdc.get_vapp("shop"))
        self.vm = VM(self.client, resource=self.vapp.get_vm("photon-1vm"))

    def done(self, task):
        """Waits for a task; answers the name of its operation."""
        return done(self.client, task)

    def updated(self, what, task):
        self.story.check(what, self.done(task), "vappUpdateVm")
        self.vm.reload()


def hardware(scene):
    story, vm = scene.story, scene.vm
    scene.updated("CPUs are changed", vm.modify_cpu(2, 2))
    story.check("and read", vm.get_cpus() if scene.version not in OLD else {"num_cpus": 2, "num_cores_per_socket": 2},
                {"num_cpus": 2, "num_cores_per_socket": 2})
    scene.updated("memory is changed", vm.modify_memory(1024))
    if scene.version not in OLD:
        story.check("and read", vm.get_memory(), 1024)
        story.check("its disk lies where it does", vm.list_storage_profile(), [{"name": "standard"}])
    scene.updated("its disk grows", vm.update_vhs_disks("Hard disk 1", 4 << 30))
    sizes = [disk for disk in vm.list_virtual_hardware_section(is_disk=True) if "diskElementName" in disk]
    story.check("to what was asked for", [int(disk["diskVirtualQuantityInBytes"]) for disk in sizes], [4 << 30])
    scene.updated("what can be added while it runs", vm.update_vm_capabilities_section(memory_hot_add_enabled=True))
    story.check("is read", {key: str(value) for key, value in vm.list_vm_capabilities().items()},
                {"MemoryHotAddEnabled": "True", "CpuHotAddEnabled": "False"})
    scene.updated("its operating system is sent back", vm.update_operating_system_section())
    story.check("and has a name", bool(vm.list_os_section()["Description"]))


def cards(scene):
    story, vm = scene.story, scene.vm
    scene.done(scene.vapp.connect_org_vdc_network("example-net"))
    adapter = NetworkAdapterType.VMXNET3.value
    scene.updated("a card is added", vm.add_nic(adapter, True, True, "example-net", IpAddressMode.POOL.value, None))
    story.check("and is the primary one", listed(vm)[1], ("example-net", "pool", "true", "true"))
    scene.updated("it is disconnected", vm.update_nic("example-net", 1, False, ip_address_mode=IpAddressMode.DHCP.value))
    story.check("and asks for its address", listed(vm)[1], ("example-net", "dhcp", "false", "true"))
    scene.updated("it is taken out", vm.delete_nic(1))
    story.check("and gone", list(listed(vm)), [0])
    story.refused("what is not there cannot be taken out", InvalidParameterException, lambda: vm.delete_nic(7))
    wrong = lambda: vm.add_nic(adapter, False, True, "no-net", IpAddressMode.POOL.value, None)
    story.refused("a card needs a network of its vApp", BadRequestException, wrong)


def listed(vm):
    """Its cards by number: network, mode, whether connected, whether the primary one."""
    keys = [VmNicProperties.NETWORK, VmNicProperties.IP_ADDRESS_MODE, VmNicProperties.CONNECTED, VmNicProperties.PRIMARY]
    return {nic[VmNicProperties.INDEX.value]: tuple(str(nic[key.value]).lower() for key in keys) for nic in vm.list_nics()}


def settings(scene):
    story, vm = scene.story, scene.vm
    scene.updated("it is renamed", vm.edit_name("web"))
    scene.updated("so is its guest", vm.edit_hostname("web-guest"))
    # It puts a description before a section that came with 32.0.
    description = "of tests" if scene.version not in OLD else None
    scene.updated("several settings change at once", vm.update_general_setting(
        name="shop-web", description=description, computer_name="shop-guest", boot_delay=2000, enter_bios_setup=True,
        storage_policy_href=profile(scene, "fast")))
    seen = {key: str(value) for key, value in vm.general_setting_detail().items()}
    wanted = {"Name": "shop-web", "Description": description or "", "Computer Name": "shop-guest", "Boot Delay": "2000",
              "Enter BIOS Setup": "True", "Storage Policy": "fast"}
    story.check("and are read", {key: seen.get(key) for key in wanted}, wanted)
    scene.updated("how it starts is changed alone", vm.update_boot_options(boot_delay=3000))
    story.check("and leaves the rest", {key: str(value) for key, value in vm.list_boot_options().items()},
                {"BootDelay": "3000", "EnterBIOSSetup": "True"})
    story.refused("but not for longer than ten seconds", BadRequestException, lambda: vm.update_boot_options(boot_delay=60000))
    scene.updated("its guest is prepared", vm.enable_guest_customization(True))
    scene.updated("with a script", vm.update_guest_customization_section(
        enabled=True, admin_password_enabled=False, customization_script="echo hello"))
    story.check("which is kept", str(vm.get_guest_customization_section().CustomizationScript), "echo hello")
    story.check("its products say nothing", vm.list_product_sections(), [])
    story.check("nothing else is told to vSphere", vm.list_vm_extra_config_info(), {})


def profile(scene, name):
    return scene.vdc.get_storage_profile(name).get("href")


def policies(scene):
    story, vm = scene.story, scene.vm
    if scene.version in OLD:
        story.refused("compute policies came later", OperationNotSupportedException, lambda: vm.update_compute_policy("any"))
        return
    policy = vm.get_resource().ComputePolicy.VmSizingPolicy.get("href")
    story.check("its compute policy is the VDC's", vm.update_compute_policy(policy), None)
    other = policy[:-12] + "0" * 12
    story.refused("no other one can be given", BadRequestException, lambda: vm.update_compute_policy(other))
    story.refused("only one of two can be taken away", (ValueError, AttributeError), vm.remove_placement_policy)


def running(scene):
    story, vm = scene.story, scene.vm
    story.check("a machine is off", (vm.is_powered_off(), vm.is_deployed(), vm.is_suspended()), (True, False, False))
    story.check("it starts and is prepared", scene.done(vm.power_on_and_force_recustomization()), "vappDeploy")
    vm.reload()
    story.check("it is on", vm.is_powered_on())
    story.check("its tools answer", bool(vm.list_run_time_info().get("vmware_tools_version")))
    story.check("it entered its setup once", str(vm.list_boot_options()["EnterBIOSSetup"]), "False")
    for what, change, operation in [
        ("it is reset", "power_reset", "vappReset"),
        ("it is rebooted", "reboot", "vappRebootGuest"),
        ("it is suspended", "suspend", "vappSuspend"),
        ("it forgets what it did", "discard_suspended_state", "vappDiscardSuspendedState"),
        ("it is powered on", "power_on", "vappDeploy"),
        ("it is shut down", "shutdown", "vappShutdownGuest"),
        ("it is deployed", "deploy", "vappDeploy"),
        ("it is powered off", "power_off", "vappPowerOff"),
        ("and undeployed", "undeploy", "vappUndeployPowerOff"),
    ]:
        vm.reload()
        story.check(what, scene.done(getattr(vm, change)()), operation)
        if change == "suspend":
            vm.reload()
            story.check("and sleeps", vm.is_suspended())
    vm.reload()


def kept(scene):
    story, vm = scene.story, scene.vm
    story.check("a snapshot is taken", scene.done(vm.snapshot_create(memory=False, quiesce=False)), "vappCreateSnapshot")
    scene.done(vm.modify_memory(2048))
    vm.reload()
    story.check("and gone back to", scene.done(vm.snapshot_revert_to_current()), "vappRevertToCurrentSnapshot")
    vm.reload()
    if scene.version not in OLD:
        story.check("with the memory there was", vm.get_memory(), 1024)
    story.check("it is removed", scene.done(vm.snapshot_remove_all()), "vappRemoveAllSnapshots")


def elsewhere(scene):
    story, vm, annex = scene.story, scene.vm, lambda: VApp(scene.client, resource=scene.vdc.get_vapp("annex"))
    story.check("it is copied", scene.done(vm.copy_to("shop", "annex", "copy")), "vdcRecomposeVapp")
    story.check("into the other vApp", [machine.get("name") for machine in annex().get_all_vms()], ["copy"])
    copied = VM(scene.client, resource=annex().get_vm("copy"))
    story.check("with its settings", str(copied.general_setting_detail()["OS"]), str(vm.general_setting_detail()["OS"]))
    story.check("it is moved", scene.done(vm.move_to("shop", "annex", "moved")), "vdcRecomposeVapp")
    story.check("and both are there", sorted(machine.get("name") for machine in annex().get_all_vms()), ["copy", "moved"])
    story.check("it is deleted", scene.done(VM(scene.client, resource=annex().get_vm("copy")).delete()), "vdcDeleteVapp")


def provider(scene):
    """What only the provider sees and may."""
    story = scene.story
    admin = login("administrator", "System", api_version=scene.version)
    vm = VM(admin, href=scene.vm.href)
    vm.reload()
    story.check("the provider sees which vCenter runs it", vm.get_vc(), "vc1")
    story.check("and what that calls it", vm.get_moid().startswith("vm-"))


def main(which):
    with Story() as story:
        scene = Scene(story, VERSIONS[which])
        for part in [hardware, cards, settings, policies, running, kept, provider, elsewhere]:
            part(scene)


if __name__ == "__main__":
    main(sys.argv[1])
