package main

import (
	"net/http"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

func pointer[T any](value T) *T { return &value }

// ended waits for a task and answers the name of its operation.
func ended(task govcd.Task, err error) string {
	done(err)
	done(task.WaitTaskCompletion())
	return task.Task.OperationName
}

// machines plays a vApp that is built piece by piece: its networks, its machines, and all that can be changed about one.
func machines(s *story, admin, tenant *govcd.VCDClient, org *govcd.Org, vdc *govcd.Vdc) {
	vapp := must(vdc.CreateRawVApp("built", "piece by piece"))
	networks(s, vdc, vapp)
	template := must(must(must(org.GetCatalogByName("example-catalog", false)).GetCatalogItemByName("photon-1vm", false)).GetVAppTemplate())
	connection := &types.NetworkConnectionSection{NetworkConnection: []*types.NetworkConnection{{
		Network: "inner", NetworkConnectionIndex: 0, IsConnected: true, IPAddressAllocationMode: types.IPAllocationModePool,
	}}}
	s.check("a machine is added from a template", ended(vapp.AddNewVM("web", template, connection, true)), "vdcRecomposeVapp")
	vm := must(vapp.GetVMByName("web", true))
	s.check("with an address of the vApp's network", vm.VM.NetworkConnectionSection.NetworkConnection[0].IPAddress, "10.20.0.10")
	blank := must(vapp.AddEmptyVm(&types.RecomposeVAppParamsForEmptyVm{
		XmlnsVcloud: types.XMLNamespaceVCloud, XmlnsOvf: types.XMLNamespaceOVF,
		CreateItem: &types.CreateItem{Name: "blank", VmSpecSection: specification(), BootOptions: &types.BootOptions{BootDelay: pointer(50)}},
	}))
	s.check("and one of nothing", []any{*blank.VM.VmSpecSection.NumCpus, blank.VM.VmSpecSection.OsType}, []any{2, "ubuntu64Guest"})
	s.check("which waits before it starts", *blank.VM.BootOptions.BootDelay, 50)

	size(s, vm)
	internal(s, vm)
	settings(s, admin, vdc, vm)
	devices(s, org, vdc, vm)
	kept(s, tenant, vm)

	done(vapp.RemoveVM(*blank))
	_, err := vapp.GetVMByName("blank", true)
	s.check("a machine is taken out", govcd.ContainsNotFound(err), true)
	done(vapp.UpdateNameDescription("rebuilt", "all of it"))
	s.check("the vApp is renamed", []string{vapp.VApp.Name, vapp.VApp.Description}, []string{"rebuilt", "all of it"})
	done(vapp.RenewLease(3600, 7200))
	s.check("and kept for longer", must(vapp.GetLease()).StorageLeaseInSeconds, 7200)
	s.check("and deleted", ended(vapp.Delete()), "vdcDeleteVapp")
}

func networks(s *story, vdc *govcd.Vdc, vapp *govcd.VApp) {
	inner := &govcd.VappNetworkSettings{
		Name: "inner", Gateway: "10.20.0.1", NetMask: "255.255.255.0", DNS1: "10.20.0.2",
		StaticIPRanges: []*types.IPRange{{StartAddress: "10.20.0.10", EndAddress: "10.20.0.20"}},
	}
	names := func(section *types.NetworkConfigSection) []string {
		return each(section.NetworkConfig, func(network types.VAppNetworkConfiguration) string { return network.NetworkName })
	}
	s.check("a network is made inside", names(must(vapp.CreateVappNetwork(inner, nil))), []string{"inner"})
	done(vapp.Refresh())
	outer := must(vdc.GetOrgVdcNetworkByName("example-net", false)).OrgVDCNetwork
	s.check("and one of the VDC is connected", names(must(vapp.AddOrgNetwork(&govcd.VappNetworkSettings{}, outer, false))), []string{"inner", "example-net"})
	found := must(vapp.GetVappNetworkByName("inner", true))
	s.check("the inner one is found", found.Configuration.IPScopes.IPScope[0].Gateway, "10.20.0.1")
	done(vapp.Refresh())
	inner.ID, inner.Description = must(govcd.GetUuidFromHref(found.HREF, true)), "described"
	changed := must(vapp.UpdateNetwork(inner, nil)).NetworkConfig
	s.check("and changed", changed[0].Description, "described")
	s.check("the other one is removed", names(must(vapp.RemoveNetwork("example-net"))), []string{"inner"})
}

func specification() *types.VmSpecSection {
	return &types.VmSpecSection{
		Modified: pointer(true), Info: "Virtual Machine specification", OsType: "ubuntu64Guest", NumCpus: pointer(2), NumCoresPerSocket: pointer(1),
		MemoryResourceMb: &types.MemoryResourceMb{Configured: 1024}, HardwareVersion: &types.HardwareVersion{Value: "vmx-14"},
		DiskSection: &types.DiskSection{DiskSettings: []*types.DiskSettings{}}, VirtualCpuType: "VM64",
		CpuResourceMhz: &types.CpuResourceMhz{Configured: 0}, MediaSection: nil,
	}
}

func size(s *story, vm *govcd.VM) {
	done(vm.ChangeMemory(2048))
	done(vm.ChangeCPUAndCoreCount(pointer(4), pointer(2)))
	spec := vm.VM.VmSpecSection
	s.check("a machine gets memory and CPUs", []any{spec.MemoryResourceMb.Configured, *spec.NumCpus, *spec.NumCoresPerSocket}, []any{int64(2048), 4, 2})
	able := must(vm.UpdateVmCpuAndMemoryHotAdd(true, true)).VM.VMCapabilities
	s.check("more can be added while it runs", []bool{able.CPUHotAddEnabled, able.MemoryHotAddEnabled}, []bool{true, true})
	spec.HardwareVersion.Value, spec.OsType, spec.Firmware = "vmx-15", "debian10_64Guest", "efi"
	spec = must(vm.UpdateVmSpecSection(spec, "specified")).VM.VmSpecSection
	s.check("it is newer, another guest's, and starts otherwise",
		[]string{spec.HardwareVersion.Value, spec.OsType, vm.VM.Description}, []string{"vmx-15", "debian10_64Guest", "specified"})
}

func internal(s *story, vm *govcd.VM) {
	id := must(vm.AddInternalDisk(&types.DiskSettings{
		SizeMb: 512, UnitNumber: 3, BusNumber: 1, AdapterType: "5", ThinProvisioned: pointer(true), StorageProfile: vm.VM.StorageProfile,
	}))
	s.check("it gets a disk", must(vm.GetInternalDiskById(id, true)).SizeMb, int64(512))
	for _, disk := range vm.VM.VmSpecSection.DiskSection.DiskSettings {
		if disk.DiskId == id {
			disk.SizeMb = 1024
		}
	}
	must(vm.UpdateInternalDisks(vm.VM.VmSpecSection))
	s.check("which grows", must(vm.GetInternalDiskById(id, true)).SizeMb, int64(1024))
	done(vm.DeleteInternalDisk(id))
	_, err := vm.GetInternalDiskById(id, true)
	s.check("and goes", err != nil, true)
}

func settings(s *story, admin *govcd.VCDClient, vdc *govcd.Vdc, vm *govcd.VM) {
	fast := must(vdc.FindStorageProfileReference("fast"))
	s.check("it is moved to another storage profile", must(vm.UpdateStorageProfile(fast.HREF)).VM.StorageProfile.Name, "fast")
	boot := must(vm.UpdateBootOptions(&types.BootOptions{
		BootDelay: pointer(100), EnterBiosSetup: pointer(true), BootRetryEnabled: pointer(true), BootRetryDelay: pointer(20), EfiSecureBootEnabled: pointer(true),
	})).VM.BootOptions
	s.check("it starts as it is told", []any{*boot.BootDelay, *boot.EnterBiosSetup, *boot.BootRetryDelay, *boot.EfiSecureBootEnabled}, []any{100, true, 20, true})
	policy := vdc.Vdc.DefaultComputePolicy.ID
	s.check("it has the policy of its VDC", must(vm.UpdateComputePolicyV2(policy, "", "")).VM.ComputePolicy.VmSizingPolicy.Name, "System Default")
	guest := must(vm.GetGuestCustomizationSection())
	guest.ComputerName, guest.Enabled = "web-1", pointer(true)
	s.check("its guest has a name", must(vm.SetGuestCustomizationSection(guest)).ComputerName, "web-1")
	cards := must(vm.GetNetworkConnectionSection())
	cards.NetworkConnection[0].IPAddressAllocationMode, cards.NetworkConnection[0].IPAddress = types.IPAllocationModeManual, "10.20.0.99"
	done(vm.UpdateNetworkConnectionSection(cards))
	s.check("and an address of its own", must(vm.GetNetworkConnectionSection()).NetworkConnection[0].IPAddress, "10.20.0.99")
	seen := must(admin.Client.GetVMByHref(vm.VM.HREF))
	told := must(seen.UpdateExtraConfig([]*types.ExtraConfigMarshal{{Key: "guestinfo.role", Value: "web", Required: false}}))
	s.check("the provider tells vSphere more of it", []string{told[0].Key, told[0].Value}, []string{"guestinfo.role", "web"})
	s.check("and takes it back", len(must(seen.DeleteExtraConfig(told))), 0)
	_, err := vm.UpdateExtraConfig([]*types.ExtraConfigMarshal{{Key: "guestinfo.role", Value: "web"}})
	s.refused("which its owner may not", err, "403")
}

func devices(s *story, org *govcd.Org, vdc *govcd.Vdc, vm *govcd.VM) {
	s.check("a disk is made", ended(vdc.CreateDisk(&types.DiskCreateParams{Disk: &types.Disk{Name: "data", SizeMb: 64}})), "vdcCreateDisk")
	done(vdc.Refresh())
	disk := must(vdc.GetDisksByName("data", true))
	data := (*disk)[0]
	s.check("and attached", ended(vm.AttachDisk(&types.DiskAttachOrDetachParams{Disk: &types.Reference{HREF: data.Disk.HREF}})), "vappAttachDisk")
	s.check("to this machine", must(data.AttachedVM()).Name, "web")
	s.check("and detached", ended(vm.DetachDisk(&types.DiskAttachOrDetachParams{Disk: &types.Reference{HREF: data.Disk.HREF}})), "vappDetachDisk")
	done(data.Refresh())
	s.check("it grows", ended(data.Update(&types.Disk{Name: "data", SizeMb: 128, Description: "more"})), "vdcUpdateDisk")
	s.check("and is deleted", ended(data.Delete()), "vdcDeleteDisk")
	s.check("a medium is put in", ended(vm.HandleInsertMedia(org, "example-catalog", "example-media")), "vappInsertCdFloppy")
	must(vm.HandleEjectMediaAndAnswer(org, "example-catalog", "example-media", true))
	media := vm.VM.VmSpecSection.MediaSection.MediaSettings
	s.check("and taken out", len(media) == 0 || media[0].MediaImage == nil, true)
}

// kept uses what the client has no methods for.
func kept(s *story, tenant *govcd.VCDClient, vm *govcd.VM) {
	post := func(action, media string, body any) string {
		return ended(tenant.Client.ExecuteTaskRequest(vm.VM.HREF+"/action/"+action, http.MethodPost, media, "error: %s", body))
	}
	params := struct {
		XMLName struct{} `xml:"CreateSnapshotParams"`
		Xmlns   string   `xml:"xmlns,attr"`
		Memory  bool     `xml:"memory,attr"`
	}{Xmlns: types.XMLNamespaceVCloud, Memory: false}
	s.check("a snapshot is taken", post("createSnapshot", "application/vnd.vmware.vcloud.createSnapshotParams+xml", &params), "vappCreateSnapshot")
	done(vm.ChangeMemory(4096))
	s.check("and gone back to", post("revertToCurrentSnapshot", "", nil), "vappRevertToCurrentSnapshot")
	done(vm.Refresh())
	s.check("with the memory there was", vm.VM.VmSpecSection.MemoryResourceMb.Configured, int64(2048))
	s.check("and removed", post("removeAllSnapshots", "", nil), "vappRemoveAllSnapshots")
}

// alone plays machines that have no vApp that anybody sees.
func alone(s *story, vdc *govcd.Vdc, template *govcd.VAppTemplate) {
	made := must(vdc.CreateStandaloneVm(&types.CreateVmParams{
		Xmlns: types.XMLNamespaceVCloud, XmlnsOvf: types.XMLNamespaceOVF, Name: "lone", PowerOn: true,
		CreateVm: &types.Vm{Name: "lone", VmSpecSection: specification()},
	}))
	s.check("a machine stands alone and runs", []string{made.VM.Name, must(made.GetStatus())}, []string{"lone", "POWERED_ON"})
	s.check("it is found by name", must(vdc.QueryVmByName("lone")).VM.ID, made.VM.ID)
	parent := must(made.GetParentVdc())
	s.check("and knows its VDC", parent.Vdc.Name, "example-vdc")
	copied := must(vdc.CreateStandaloneVMFromTemplate(&types.InstantiateVmTemplateParams{
		Xmlns: types.XMLNamespaceVCloud, Name: "copied", PowerOn: false, AllEULAsAccepted: true,
		SourcedVmTemplateItem: &types.SourcedVmTemplateParams{
			Source: &types.Reference{HREF: template.VAppTemplate.Children.VM[0].HREF},
		},
	}))
	s.check("so does a copy of one of a template", copied.VM.Name, "copied")
	done(made.Delete())
	done(copied.Delete())
	_, err := vdc.QueryVmByName("lone")
	s.check("both are deleted", govcd.ContainsNotFound(err), true)
}
