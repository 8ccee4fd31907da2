// go-vcloud-director plays the server over TLS, with the server's own authority as the only one it trusts: sessions,
// organization, VDC, catalog, the life of a vApp, machines in every detail, affinity rules, metadata, tasks at the gate, the life of a
// catalog with uploads, and one that follows another.
package main

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

const operation = "vdcInstantiateVapp"

func main() {
	s := &story{}
	defer s.end()
	folder := must(os.MkdirTemp("", "govcd"))
	defer os.RemoveAll(folder)
	trust(folder)

	admin, tenant := sessions(s)
	org := organization(s, admin, tenant)
	vdc := dataCenter(s, admin, org)
	sharing(s, admin, tenant)
	template := catalog(s, tenant, org, vdc)
	life(s, tenant, vdc, template)
	machines(s, admin, tenant, org, vdc)
	alone(s, vdc, template)
	affinity(s, vdc, template)
	metadata(s, admin, vdc, template)
	gate(s, admin, tenant, vdc, template.VAppTemplate.HREF)
	tasks(s, admin, tenant, org)
	queries(s, admin)
	catalogs(s, folder)
	subscriptions(s)

	done(tenant.Disconnect())
	_, err := tenant.GetOrgList()
	s.refused("after logout the token is worth nothing", err, "401")
	done(admin.Disconnect())
}

// trust makes the server's certificate authority the only one that this process knows.
func trust(folder string) {
	answer := must(http.Get(os.Getenv("VCDSIM_HTTP") + "/_mock/v1/ca.pem"))
	defer answer.Body.Close()
	file := filepath.Join(folder, "ca.pem")
	done(os.WriteFile(file, must(io.ReadAll(answer.Body)), 0o600))
	done(os.Setenv("SSL_CERT_FILE", file))
	done(os.Setenv("SSL_CERT_DIR", filepath.Join(folder, "nothing")))
}

func client() *govcd.VCDClient {
	return govcd.NewVCDClient(*must(url.Parse(os.Getenv("VCDSIM_HTTPS"))), false)
}

func sessions(s *story) (*govcd.VCDClient, *govcd.VCDClient) {
	admin, tenant := client(), client()
	config := admin.Client.Http.Transport.(*http.Transport).TLSClientConfig
	s.check("certificates are verified, against nothing special", config, &tls.Config{})
	s.refused("a wrong password is refused", client().Authenticate("author", "wrong", "example"), "401")
	done(admin.Authenticate("administrator", "password", "System"))
	done(tenant.Authenticate("author", "password", "example"))
	s.check("the administrator is one, the tenant is not", []bool{admin.Client.IsSysAdmin, tenant.Client.IsSysAdmin}, []bool{true, false})
	s.check("the client keeps its own version", tenant.Client.APIVersion, "37.0")
	s.check("and knows the newest", must(tenant.Client.MaxSupportedVersion()), "39.1")
	s.check("the server is a vCloud Director", tenant.Client.IsTm(), false)
	s.check("of a release that the client can read", must(admin.Client.GetVcdShortVersion()), "10.6.0")
	info := must(tenant.Client.GetSessionInfo())
	s.check("the session says whose it is", []string{info.User.Name, info.Org.Name, info.Roles[0]}, []string{"author", "example", "vApp Author"})
	return admin, tenant
}

func organization(s *story, admin, tenant *govcd.VCDClient) *govcd.Org {
	name := func(org *types.Org) string { return org.Name }
	s.check("the administrator sees every organization", each(must(admin.GetOrgList()).Org, name), []string{"System", "example", "example2"})
	s.check("the tenant sees one", each(must(tenant.GetOrgList()).Org, name), []string{"example"})
	org := must(tenant.GetOrgByName("example"))
	s.check("it is found by name", org.Org.FullName, "Example Organization")
	s.check("and by id", must(tenant.GetOrgById(org.Org.ID)).Org.Name, "example")
	_, err := tenant.GetOrgByName("example2")
	s.check("another is not found", govcd.ContainsNotFound(err), true)
	seen := must(admin.GetAdminOrgByName("example")).AdminOrg
	users := each(seen.Users.User, func(user *types.Reference) string { return user.Name })
	s.check("the administrator sees its users", users, []string{"orgadmin", "cataloger", "author", "user", "console"})
	vdcs := each(seen.Vdcs.Vdcs, func(vdc *types.Reference) string { return vdc.Name })
	s.check("and its VDCs", vdcs, []string{"example-vdc", "example-nsxt-vdc"})
	return org
}

func dataCenter(s *story, admin *govcd.VCDClient, org *govcd.Org) *govcd.Vdc {
	listed := each(must(org.QueryOrgVdcList()), func(vdc *types.QueryResultOrgVdcRecordType) string { return vdc.Name })
	s.check("the VDCs", listed, []string{"example-vdc", "example-nsxt-vdc"})
	vdc := must(org.GetVDCByName("example-vdc", false))
	s.check("the address is that of the listener", strings.HasPrefix(vdc.Vdc.HREF, os.Getenv("VCDSIM_HTTPS")+"/api/vdc/"), true)
	uuid := must(govcd.GetUuidFromHref(vdc.Vdc.HREF, true))
	s.check("and has its id", "urn:vcloud:vdc:"+uuid, vdc.Vdc.ID)
	s.check("it is found by id", must(org.GetVDCById(vdc.Vdc.ID, false)).Vdc.Name, "example-vdc")
	_, err := org.GetVDCByName("nothing", false)
	s.check("one that does not exist is not", govcd.ContainsNotFound(err), true)
	seen := must(must(admin.GetAdminOrgByName("example")).GetAdminVDCByName("example-vdc", false)).AdminVdc
	s.check("the admin twin names the provider VDC", seen.ProviderVdcReference.Name, "example-pvdc")
	reference := must(vdc.FindStorageProfileReference("standard"))
	profile := must(admin.GetStorageProfileByHref(reference.HREF))
	s.check("its default storage profile", []any{profile.Name, profile.Default}, []any{"standard", true})
	network := must(vdc.GetOrgVdcNetworkByName("example-net", false)).OrgVDCNetwork.Configuration
	s.check("its network", []string{network.FenceMode, network.IPScopes.IPScope[0].Gateway}, []string{"isolated", "192.168.1.1"})
	hardware(s, vdc)
	policies(s, admin, vdc)
	return vdc
}

func hardware(s *story, vdc *govcd.Vdc) {
	s.check("its newest hardware", must(vdc.GetHighestHardwareVersion()).Name, "vmx-19")
	version := must(vdc.GetHardwareVersion("vmx-18"))
	limits := []int{version.MaxCPUs, version.MaxNICs, len(version.HardDiskAdapter)}
	s.check("what an older one can have", limits, []int{768, 10, 7})
	guest := must(vdc.FindOsFromId(version, "sles10_64Guest"))
	s.check("a guest of it", []any{guest.Name, *guest.X64}, []any{"SUSE Linux Enterprise 10 (64-bit)", true})
	_, err := vdc.GetHardwareVersion("vmx-20")
	s.check("a newer one is not supported", err != nil, true)
}

func policies(s *story, admin *govcd.VCDClient, vdc *govcd.Vdc) {
	named := func(policy *govcd.VdcComputePolicyV2) string { return policy.VdcComputePolicyV2.Name }
	s.check("its default compute policy", vdc.Vdc.DefaultComputePolicy.Name, "System Default")
	policy := must(admin.GetVdcComputePolicyV2ById(vdc.Vdc.DefaultComputePolicy.ID))
	s.check("is one for sizes", []any{policy.VdcComputePolicyV2.PolicyType, policy.VdcComputePolicyV2.IsSizingOnly}, []any{"VdcVmPolicy", true})
	found := must(admin.GetAllVdcComputePoliciesV2(url.Values{"filter": {"id==" + policy.VdcComputePolicyV2.ID}}))
	s.check("and found by a filter", each(found, named), []string{"System Default"})
	twin := must(must(admin.GetAdminOrgByName("example")).GetAdminVDCByName("example-vdc", false))
	s.check("the VDC has it alone", each(must(twin.GetAllAssignedVdcComputePoliciesV2(nil)), named), []string{"System Default"})
	references := types.VdcComputePolicyReferences{VdcComputePolicyReference: []*types.Reference{{HREF: vdc.Vdc.DefaultComputePolicy.HREF}}}
	assigned := must(twin.SetAssignedComputePolicies(references)).VdcComputePolicyReference
	s.check("and can be told so", each(assigned, func(one *types.Reference) string { return one.Name }), []string{"System Default"})
}

func sharing(s *story, admin, tenant *govcd.VCDClient) {
	vdc := must(must(admin.GetAdminOrgByName("example")).GetVDCByName("example-nsxt-vdc", false))
	sees := func() bool {
		_, err := must(tenant.GetOrgByName("example")).GetVDCByName("example-nsxt-vdc", true)
		return err == nil
	}
	s.check("at first everyone sees a VDC", []bool{must(vdc.GetControlAccess(true)).IsSharedToEveryone, sees()}, []bool{true, true})
	taken := must(vdc.DeleteControlAccess(true))
	s.check("shared with nobody it is not seen", []bool{taken.IsSharedToEveryone, taken.AccessSettings == nil, sees()}, []bool{false, true, false})
	user := must(must(admin.GetAdminOrgByName("example")).GetUserByName("author", false)).User
	subject := &types.LocalSubject{HREF: user.Href, Name: user.Name, Type: user.Type}
	shared := must(vdc.SetControlAccess(false, "", []*types.AccessSetting{{Subject: subject, AccessLevel: types.ControlAccessReadOnly}}, true))
	s.check("shared with a user it is", []any{shared.AccessSettings.AccessSetting[0].Subject.Name, sees()}, []any{"author", true})
	_, err := vdc.SetControlAccess(true, types.ControlAccessFullControl, nil, true)
	s.refused("nobody can be given more than to see it", err, "ReadOnly")
	again := must(vdc.SetControlAccess(true, types.ControlAccessReadOnly, nil, true))
	s.check("shared with everyone it is as before", []bool{again.IsSharedToEveryone, sees()}, []bool{true, true})
}

func catalog(s *story, tenant *govcd.VCDClient, org *govcd.Org, vdc *govcd.Vdc) *govcd.VAppTemplate {
	cat := must(org.GetCatalogByName("example-catalog", false))
	s.check("the catalog", cat.Catalog.Description, "example catalog")
	s.check("it is found by id", must(org.GetCatalogById(cat.Catalog.ID, false)).Catalog.Name, "example-catalog")
	_, err := org.GetCatalogByName("nothing", false)
	s.check("one that does not exist is not", govcd.ContainsNotFound(err), true)
	kind := func(item *types.QueryResultCatalogItemType) string { return item.Name + " " + item.EntityType }
	s.check("its items", each(must(cat.QueryCatalogItemList()), kind), []string{"photon-1vm vapptemplate", "three-vms vapptemplate", "example-media media"})
	s.check("its media", must(cat.GetMediaByName("example-media", false)).Media.Name, "example-media")
	template := must(must(cat.GetCatalogItemByName("three-vms", false)).GetVAppTemplate())
	machines := each(template.VAppTemplate.Children.VM, func(vm *types.VAppTemplate) string { return vm.Name })
	s.check("an item leads to its template", machines, []string{"firstVM", "secondVM", "thirdVM"})
	s.check("which names its catalog", must(template.GetCatalogName()), "example-catalog")
	s.check("and its item", must(template.GetCatalogItemId()), must(cat.GetCatalogItemByName("three-vms", false)).CatalogItem.ID)
	s.check("the VDC finds it, too", must(vdc.GetVAppTemplateByName("three-vms")).VAppTemplate.ID, template.VAppTemplate.ID)
	vm := must(tenant.QueryVmInVAppTemplateByHref(template.VAppTemplate.HREF, "secondVM"))
	s.check("a query finds a machine in it", vm.Name, "secondVM")
	return &template
}

func life(s *story, tenant *govcd.VCDClient, vdc *govcd.Vdc, template *govcd.VAppTemplate) {
	vapp := must(vdc.CreateVappFromTemplate(&types.InstantiateVAppTemplateParams{
		Name: "alive", Description: "told", PowerOn: true, Source: &types.Reference{HREF: template.VAppTemplate.HREF}, AllEULAsAccepted: true,
	}))
	seen := []any{must(vapp.GetStatus()), vapp.VApp.Deployed, vapp.VApp.Description}
	s.check("a vApp is made, deployed and runs", seen, []any{"POWERED_ON", true, "told"})
	parent := must(vapp.GetParentVDC())
	s.check("it knows its VDC", parent.Vdc.ID, vdc.Vdc.ID)
	vm := must(vapp.GetVMByName("firstVM", true))
	s.check("its machine runs", []any{must(vm.GetStatus()), *vm.VM.VmSpecSection.NumCpus}, []any{"POWERED_ON", 1})
	record := must(vdc.QueryVM("alive", "thirdVM")).VM
	s.check("and is found by query", []string{record.Name, record.Status}, []string{"thirdVM", "POWERED_ON"})
	s.check("three machines are deployed", len(must(vdc.QueryVmList(types.VmQueryFilterOnlyDeployed))), 3)

	power := []struct {
		call      func() (govcd.Task, error)
		operation string
		state     string
	}{
		{vapp.Suspend, "vappSuspend", "SUSPENDED"},
		{vapp.PowerOn, "vappDeploy", "POWERED_ON"},
		{vapp.Reset, "vappReset", "POWERED_ON"},
		{vapp.Reboot, "vappRebootGuest", "POWERED_ON"},
		{vapp.Shutdown, "vappShutdownGuest", "POWERED_OFF"},
		{vapp.PowerOn, "vappDeploy", "POWERED_ON"},
		{vapp.PowerOff, "vappPowerOff", "POWERED_OFF"},
		{vapp.Undeploy, "vappUndeployPowerOff", "POWERED_OFF"},
	}
	for _, step := range power {
		task := must(step.call())
		done(task.WaitTaskCompletion())
		seen := []string{task.Task.OperationName, task.Task.Status, must(vapp.GetStatus())}
		s.check(step.operation+" does what it says", seen, []string{step.operation, "success", step.state})
	}
	done(vdc.Refresh())
	vapps := each(vdc.GetVappList(), func(vapp *types.ResourceReference) string { return vapp.Name })
	s.check("the VDC lists it", vapps, []string{"alive"})
	task := must(vapp.Delete())
	done(task.WaitTaskCompletion())
	_, err := vdc.GetVAppByName("alive", true)
	s.check("after its deletion it is not found", govcd.ContainsNotFound(err), true)
	raw := must(vdc.CreateRawVApp("empty", "without a machine"))
	s.check("a vApp can be made without a machine", []any{raw.VApp.Status, raw.VApp.Description}, []any{1, "without a machine"})
	task = must(raw.Delete())
	done(task.WaitTaskCompletion())
}

// gate plays what the client makes of a task that waits, and of each way out.
func gate(s *story, admin, tenant *govcd.VCDClient, vdc *govcd.Vdc, template string) {
	s.check("one operation is made blocking", block(admin, operation), []string{operation})
	for _, way := range []struct{ rel, status, err, vapp string }{
		{"resume", "success", "", "POWERED_OFF"},
		// Whoever waits for a task with this client has to look at its status: an abort is no error to it.
		{"abort", "aborted", "", "gone"},
		{"fail", "error", "task did not complete successfully:  [500:INTERNAL_SERVER_ERROR] - " + decided, "FAILED_CREATION"},
		{"cancel", "canceled", "", "gone"},
	} {
		name := "to-" + way.rel
		made := instantiate(vdc, &tenant.Client, template, name)
		task := made.Tasks.Task[0]
		s.check(name+": the task waits", []string{task.Status, task.OperationName}, []string{"preRunning", operation})
		waiting := must(tenant.Client.QueryTaskList(map[string]string{"status": "preRunning"}))
		s.check(name+": a query finds it", each(waiting, taskHref), []string{task.HREF})
		watch := watchTask(&tenant.Client, task)
		s.check(name+": the client goes on waiting", watch.waits(), true)
		blocked := blocking(admin, task)
		s.check(name+": the administrator sees why", []string{blocked.Name, blocked.Status}, []string{operation, "active"})
		if way.rel == "cancel" {
			done(must(tenant.Client.GetTaskByHREF(task.HREF)).CancelTask())
		} else {
			done(decide(admin, blocked, way.rel))
		}
		status, err := watch.end()
		s.check(name+": until the decision", status, way.status)
		s.check(name+": which is an error to it only if it failed", err, way.err)
		s.refused(name+": a second decision is refused", decide(admin, blocked, "resume"), "403")
		s.check(name+": what became of the vApp", fate(vdc, name), way.vapp)
	}
	s.check("nothing is blocking any more", block(admin), []string{})
}

func taskHref(record *types.QueryResultTaskRecordType) string { return record.HREF }

func fate(vdc *govcd.Vdc, name string) string {
	vapp, err := vdc.GetVAppByName(name, true)
	if govcd.ContainsNotFound(err) {
		return "gone"
	}
	return must(must(vapp, err).GetStatus())
}

func tasks(s *story, admin, tenant *govcd.VCDClient, org *govcd.Org) {
	filter := map[string]string{"status": "error,aborted,canceled"}
	ends := each(must(admin.Client.QueryTaskList(filter)), func(record *types.QueryResultTaskRecordType) string { return record.Status })
	s.check("the administrator finds what did not succeed", ends, []string{"aborted", "error", "canceled"})
	list := must(org.GetTaskList()).Task
	s.check("the task list has as many as the query", len(list), len(must(tenant.Client.QueryTaskList(nil))))
	s.check("a task is found by id", must(tenant.Client.GetTaskById(list[0].ID)).Task.HREF, list[0].HREF)
}
