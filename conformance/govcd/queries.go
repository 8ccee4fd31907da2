package main

import (
	"fmt"
	"sort"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// queries plays everything that the client asks the query service, as the administrator and as a tenant.
func queries(s *story, admin *govcd.VCDClient) {
	tenant := client()
	done(tenant.Authenticate("orgadmin", "password", "example"))
	org := must(tenant.GetOrgByName("example"))
	own := must(org.GetVDCByName("example-vdc", false))
	for _, name := range []string{"search-a", "search-b"} {
		must(own.CreateRawVApp(name, "to be found"))
	}
	ended(own.CreateDisk(&types.DiskCreateParams{Disk: &types.Disk{Name: "search-disk", SizeMb: 64}}))
	vapp := must(own.GetVAppByName("search-a", true))
	network := must(own.GetOrgVdcNetworkByName("example-net", false))
	must(vapp.AddOrgNetwork(&govcd.VappNetworkSettings{}, network.OrgVDCNetwork, false))

	pages(s, tenant)
	lists(s, tenant, org, own)
	vappNetworks(s, admin, tenant, vapp)
	providers(s, admin)
	engine(s, tenant, org, own)

	for _, name := range []string{"search-a", "search-b"} {
		found := must(own.GetVAppByName(name, true))
		task := must(found.Delete())
		done(task.WaitTaskCompletion())
	}
	disk := must(own.GetDisksByName("search-disk", true))
	task := must((*disk)[0].Delete())
	done(task.WaitTaskCompletion())
	done(tenant.Disconnect())
}

// pages asks by parameters of all sorts.
func pages(s *story, tenant *govcd.VCDClient) {
	ask := func(params map[string]string) *types.QueryResultRecordsType {
		return must(tenant.QueryWithNotEncodedParams(nil, params)).Results
	}
	all := ask(map[string]string{"type": "right", "pageSize": "128"})
	seen := 0
	for page := 1; float64((page-1)*50) < all.Total; page++ {
		one := ask(map[string]string{"type": "right", "pageSize": "50", "page": fmt.Sprint(page)})
		if one.Page == page && one.Total == all.Total {
			seen++
		}
	}
	s.check("small pages lead through all rows", seen, int(all.Total+49)/50)
	first := ask(map[string]string{"type": "vApp", "pageSize": "1", "sortAsc": "name", "filter": "name==search-*", "filterEncoded": "true"})
	second := ask(map[string]string{"type": "vApp", "pageSize": "1", "sortAsc": "name", "filter": "name==search-*", "filterEncoded": "true", "page": "2"})
	s.check("one by one", []string{first.VAppRecord[0].Name, second.VAppRecord[0].Name}, []string{"search-a", "search-b"})
	s.check("of two", first.Total, float64(2))
	down := ask(map[string]string{"type": "vApp", "sortDesc": "name", "filter": "name==search-*"})
	s.check("and downwards", each(down.VAppRecord, func(row *types.QueryResultVAppRecordType) string { return row.Name }), []string{"search-b", "search-a"})
	_, err := tenant.QueryWithNotEncodedParams(nil, map[string]string{"type": "vApp", "filter": "nam==x"})
	s.refused("an attribute that is none is refused, and what is meant is told", err, "perhaps `name` is meant")
	_, err = tenant.QueryWithNotEncodedParams(nil, map[string]string{"type": "adminVApp"})
	s.refused("what is the provider's is not the tenant's", err, "403")
	named := must(tenant.QueryWithNotEncodedParamsWithApiVersion(nil, map[string]string{"type": "vApp", "filter": "name==search-b"}, "36.0"))
	s.check("at another version the same", named.Results.VAppRecord[0].Name, "search-b")
}

// lists asks by the client's own questions.
func lists(s *story, tenant *govcd.VCDClient, org *govcd.Org, vdc *govcd.Vdc) {
	name := func(row *types.QueryResultVMRecordType) string { return row.Name }
	templates := each(must(tenant.Client.QueryVmList(types.VmQueryFilterOnlyTemplates)), name)
	sort.Strings(templates)
	s.check("machines of templates", templates, []string{"firstVM", "photon-1vm", "photon-1vm", "secondVM", "thirdVM"})
	deployed := must(vdc.QueryVmList(types.VmQueryFilterOnlyDeployed))
	all := must(org.QueryVmList(types.VmQueryFilterAll))
	s.check("all are those and the others", len(all), len(deployed)+len(templates))
	vapps := each(must(tenant.Client.QueryVappList()), func(row *types.QueryResultVAppRecordType) string { return row.Name })
	s.check("vApps", contains(vapps, "search-a", "search-b"), true)
	catalogs := each(must(org.QueryCatalogList()), func(row *types.CatalogRecord) string { return row.Name })
	s.check("catalogs", contains(catalogs, "example-catalog", "example-nsxt-catalog"), true)
	catalog := must(org.GetCatalogByName("example-catalog", false))
	media := each(must(catalog.QueryMediaList()), func(row *types.MediaRecordType) string { return row.Name })
	s.check("media", contains(media, "example-media"), true)
	inside := each(must(catalog.QueryVappTemplateList()), func(row *types.QueryResultVappTemplateType) string { return row.Name })
	s.check("templates of a catalog", contains(inside, "photon-1vm", "three-vms"), true)
	items := each(must(catalog.QueryCatalogItemList()), func(row *types.QueryResultCatalogItemType) string { return row.Name })
	s.check("its items", contains(items, "photon-1vm", "three-vms", "example-media"), true)
	s.check("one of them", must(catalog.QueryVappTemplateWithName("three-vms")).CatalogName, "example-catalog")
	disk := must(vdc.QueryDisk("search-disk"))
	s.check("a disk", []any{disk.Disk.Name, disk.Disk.IsAttached}, []any{"search-disk", false})
	vdcs := each(must(org.QueryOrgVdcList()), func(row *types.QueryResultOrgVdcRecordType) string { return row.Name })
	s.check("VDCs", vdcs, []string{"example-vdc", "example-nsxt-vdc"})
	s.check("edge gateways", len(must(vdc.QueryEdgeGatewayList())), 0)
	tasks := must(tenant.Client.QueryTaskList(map[string]string{"status": "success", "objectName": "search-a"}))
	names := each(tasks, func(row *types.QueryResultTaskRecordType) string { return row.Name })
	s.check("tasks", contains(names, "vdcComposeVapp", "vdcUpdateVappNetworkSection"), true)
}

// vappNetworks asks for the networks of a vApp, as Terraform does with each vApp that it reads.
func vappNetworks(s *story, admin, tenant *govcd.VCDClient, vapp *govcd.VApp) {
	name := func(row *types.QueryResultVappNetworkRecordType) string { return row.Name }
	s.check("all networks of a vApp", each(must(vapp.QueryAllVappNetworks(nil)), name), []string{"example-net"})
	s.check("those of its organization", each(must(vapp.QueryVappOrgNetworks(nil)), name), []string{"example-net"})
	s.check("its own", each(must(vapp.QueryVappNetworks(nil)), name), []string{})
	row := must(tenant.Client.QueryVappNetworks(map[string]string{"name": "example-net", "vAppName": "search-a"}))[0]
	s.check("what is told of one", []any{row.VappName, row.Gateway, row.IsLinked}, []any{"search-a", "192.168.1.1", true})
	found := must(admin.Client.QueryVappNetworks(map[string]string{"name": "example-net"}))
	s.check("the administrator finds it, too", contains(each(found, func(row *types.QueryResultVappNetworkRecordType) string { return row.HREF }), row.HREF), true)
}

// providers asks for what only the administrator sees.
func providers(s *story, admin *govcd.VCDClient) {
	orgs := each(must(admin.QueryAllOrgs()), func(row *types.QueryResultOrgRecordType) string { return row.Name })
	s.check("organizations", orgs, []string{"System", "example", "example2"})
	s.check("one by name", must(admin.QueryOrgByName("example2")).Name, "example2")
	pools := each(must(admin.QueryNetworkPools()), func(row *types.QueryResultNetworkPoolRecordType) string { return row.Name })
	s.check("network pools", pools, []string{"example-pool", "example-nsxt-pool"})
	providers := each(must(admin.QueryProviderVdcs()), func(row *types.QueryResultVMWProviderVdcRecordType) string { return row.Name })
	s.check("provider VDCs", providers, []string{"example-pvdc", "example-nsxt-pvdc"})
	profiles := must(admin.QueryProviderVdcStorageProfiles())
	s.check("their storage profiles", len(profiles), 6)
	s.check("all VDCs", len(must(admin.Client.QueryAllVdcs())), 2)
}

// engine searches by criteria, most of which the client decides itself.
func engine(s *story, tenant *govcd.VCDClient, org *govcd.Org, vdc *govcd.Vdc) {
	catalog := must(org.GetCatalogByName("example-catalog", false))
	name := func(item govcd.QueryItem) string { return item.GetName() }
	search := func(ask func(*govcd.FilterDef) ([]govcd.QueryItem, string, error), criteria ...string) []string {
		filter := govcd.NewFilterDef()
		for index := 0; index < len(criteria); index += 2 {
			done(filter.AddFilter(criteria[index], criteria[index+1]))
		}
		found, _, err := ask(filter)
		done(err)
		names := each(found, name)
		sort.Strings(names)
		return names
	}
	everywhere := func(kind string) func(*govcd.FilterDef) ([]govcd.QueryItem, string, error) {
		return func(filter *govcd.FilterDef) ([]govcd.QueryItem, string, error) {
			return tenant.Client.SearchByFilter(kind, filter)
		}
	}
	inCatalog := func(kind string) func(*govcd.FilterDef) ([]govcd.QueryItem, string, error) {
		return func(filter *govcd.FilterDef) ([]govcd.QueryItem, string, error) {
			return catalog.SearchByFilter(kind, "catalogName", filter)
		}
	}
	networks := func(filter *govcd.FilterDef) ([]govcd.QueryItem, string, error) {
		return vdc.SearchByFilter(types.QtOrgVdcNetwork, "vdc", filter)
	}
	s.check("templates by a regular expression", search(everywhere(types.QtVappTemplate), types.FilterNameRegex, "^three"), []string{"three-vms"})
	s.check("in one catalog", search(inCatalog(types.QtVappTemplate), types.FilterNameRegex, "^(photon|three)-"), []string{"photon-1vm", "three-vms"})
	s.check("media after a date", search(inCatalog(types.QtMedia), types.FilterDate, "> 2020-01-01", types.FilterNameRegex, "^example"), []string{"example-media"})
	s.check("and before it", search(inCatalog(types.QtMedia), types.FilterDate, "< 2020-01-01"), []string{})
	s.check("networks by their addresses", search(networks, types.FilterIp, "192.168.2"), []string{"example-net2"})
	s.check("and by name", search(networks, types.FilterNameRegex, "^example-net$"), []string{"example-net"})
	s.check("catalogs", search(everywhere(types.QtCatalog), types.FilterNameRegex, "^example-n"), []string{"example-nsxt-catalog"})
}

// contains tells whether all of these are in a list.
func contains(list []string, wanted ...string) bool {
	for _, one := range wanted {
		found := false
		for _, each := range list {
			found = found || each == one
		}
		if !found {
			return false
		}
	}
	return true
}
