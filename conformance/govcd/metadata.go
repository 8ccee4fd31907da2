package main

import (
	"fmt"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// bearer is whatever the client can give metadata to.
type bearer interface {
	GetMetadata() (*types.Metadata, error)
	GetMetadataByKey(key string, isSystem bool) (*types.MetadataValue, error)
	AddMetadataEntryWithVisibility(key, value, typedValue, visibility string, isSystem bool) error
	MergeMetadataWithMetadataValues(metadata map[string]types.MetadataValue) error
	DeleteMetadataEntryWithDomain(key string, isSystem bool) error
}

// entries are one of each type, and one of each sort that only the provider writes.
var entries = []struct {
	key, value, kind, visibility string
	system                       bool
}{
	{"text", "one", types.MetadataStringValue, types.MetadataReadWriteVisibility, false},
	{"number", "-7", types.MetadataNumberValue, types.MetadataReadWriteVisibility, false},
	{"truth", "true", types.MetadataBooleanValue, types.MetadataReadWriteVisibility, false},
	{"date", "2022-10-05T13:44:00.000Z", types.MetadataDateTimeValue, types.MetadataReadWriteVisibility, false},
	{"hidden", "1", types.MetadataStringValue, types.MetadataHiddenVisibility, true},
	{"shown", "2", types.MetadataStringValue, types.MetadataReadOnlyVisibility, true},
}

// unfit are what a server does not take, and the client does not know to be so.
var unfit = []struct {
	key, value, kind, visibility string
	system                       bool
}{
	{"number", "many", types.MetadataNumberValue, types.MetadataReadWriteVisibility, false},
	{"truth", "perhaps", types.MetadataBooleanValue, types.MetadataReadWriteVisibility, false},
	{"date", "soon", types.MetadataDateTimeValue, types.MetadataReadWriteVisibility, false},
	{"text", "own", types.MetadataStringValue, types.MetadataReadWriteVisibility, true},
}

// metadata plays the life of entries on everything that has them.
func metadata(s *story, admin *govcd.VCDClient, vdc *govcd.Vdc, template *govcd.VAppTemplate) {
	org := must(admin.GetAdminOrgByName("example"))
	twin := must(org.GetAdminVDCByName("example-vdc", false))
	cat := must(org.GetAdminCatalogByName("example-catalog", false))
	user := must(must(admin.GetOrgByName("example")).GetCatalogByName("example-catalog", false))
	item := must(user.GetCatalogItemByName("three-vms", false))
	medium := must(user.GetMediaByName("example-media", false))
	seen := must(must(admin.GetOrgByName("example")).GetVDCByName("example-vdc", false))
	network := must(seen.GetOrgVdcNetworkByName("example-net", false))
	provider := must(admin.GetProviderVdcByHref(twin.AdminVdc.ProviderVdcReference.HREF))
	vapp := must(seen.CreateRawVApp("noted", "with metadata"))
	disk := aDisk(seen)
	noted := must(user.GetVappTemplateByHref(template.VAppTemplate.HREF))
	for name, one := range map[string]bearer{
		"a vApp": vapp, "a template": noted, "an image": medium, "a disk": disk, "a catalog": cat, "an item": item,
		"an organization": org, "a VDC": twin, "a network": network, "a provider VDC": provider,
	} {
		notes(s, name, one)
	}
	readable(s, admin, org, vdc, vapp)
	task := must(disk.Delete())
	done(task.WaitTaskCompletion())
	task = must(vapp.Delete())
	done(task.WaitTaskCompletion())
}

func aDisk(vdc *govcd.Vdc) *govcd.Disk {
	task := must(vdc.CreateDisk(&types.DiskCreateParams{Disk: &types.Disk{Name: "noted", SizeMb: 8}}))
	done(task.WaitTaskCompletion())
	return must(vdc.GetDiskByHref(task.Task.Owner.HREF))
}

func notes(s *story, name string, one bearer) {
	s.check(name+" has no metadata at first", len(must(one.GetMetadata()).MetadataEntry), 0)
	for _, each := range entries {
		done(one.AddMetadataEntryWithVisibility(each.key, each.value, each.kind, each.visibility, each.system))
		value := must(one.GetMetadataByKey(each.key, each.system))
		s.check(fmt.Sprintf("%s: %s is written and read", name, each.key), []string{value.TypedValue.XsiType, value.TypedValue.Value}, []string{each.kind, each.value})
		if each.system {
			s.check(name+": it says whose it is", []string{value.Domain.Domain, value.Domain.Visibility}, []string{"SYSTEM", each.visibility})
		} else {
			s.check(name+": of everybody's it is not said", value.Domain == nil, true)
		}
	}
	for _, each := range unfit {
		err := one.AddMetadataEntryWithVisibility("unfit", each.value, each.kind, each.visibility, each.system)
		s.refused(fmt.Sprintf("%s: no %s is %q", name, each.key, each.value), err, "400")
	}
	merged := map[string]types.MetadataValue{
		"text": {TypedValue: &types.MetadataTypedValue{XsiType: types.MetadataStringValue, Value: "other"}},
		"new":  {TypedValue: &types.MetadataTypedValue{XsiType: types.MetadataNumberValue, Value: "3"}},
		"shown": {
			Domain:     &types.MetadataDomainTag{Domain: "SYSTEM", Visibility: types.MetadataReadOnlyVisibility},
			TypedValue: &types.MetadataTypedValue{XsiType: types.MetadataStringValue, Value: "changed"},
		},
	}
	done(one.MergeMetadataWithMetadataValues(merged))
	values := map[string]string{}
	for _, each := range must(one.GetMetadata()).MetadataEntry {
		values[each.Key] = each.TypedValue.Value
	}
	wanted := map[string]string{"text": "other", "new": "3", "number": "-7", "truth": "true", "date": entries[3].value, "hidden": "1", "shown": "changed"}
	s.check(name+": others are merged", values, wanted)
	for key := range wanted {
		done(one.DeleteMetadataEntryWithDomain(key, key == "hidden" || key == "shown"))
	}
	s.check(name+": and all are removed", len(must(one.GetMetadata()).MetadataEntry), 0)
	_, err := one.GetMetadataByKey("text", false)
	s.refused(name+": what is removed is not there", err, "403")
}

// readable plays what is read where nothing is written, and what a tenant sees of what the provider writes.
func readable(s *story, admin *govcd.VCDClient, org *govcd.AdminOrg, vdc *govcd.Vdc, vapp *govcd.VApp) {
	done(org.AddMetadataEntryWithVisibility("shown", "1", types.MetadataStringValue, types.MetadataReadOnlyVisibility, true))
	done(org.AddMetadataEntryWithVisibility("hidden", "1", types.MetadataStringValue, types.MetadataHiddenVisibility, true))
	tenant := client()
	done(tenant.Authenticate("orgadmin", "password", "example"))
	seen := must(must(tenant.GetOrgByName("example")).GetMetadata()).MetadataEntry
	s.check("a tenant sees what it is shown of its organization", each(seen, func(one *types.MetadataEntry) string { return one.Key }), []string{"shown"})
	err := must(must(must(tenant.GetOrgByName("example")).GetVDCByName("example-vdc", false)).GetVAppByHref(vapp.VApp.HREF)).
		AddMetadataEntryWithVisibility("mine", "1", types.MetadataStringValue, types.MetadataReadOnlyVisibility, true)
	s.refused("and writes nothing of the provider's", err, "403")
	done(tenant.Disconnect())
	done(org.DeleteMetadataEntryWithDomain("shown", true))
	done(org.DeleteMetadataEntryWithDomain("hidden", true))
	s.check("a VDC is read below its own address", len(must(vdc.GetMetadata()).MetadataEntry), 0)
	s.check("and whatever has an address", len(must(admin.GetMetadataByHref(vdc.Vdc.HREF)).MetadataEntry), 0)
}
