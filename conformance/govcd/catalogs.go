package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// A machine with a disk of that many bytes in the package.
const descriptor = `<?xml version="1.0"?><Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" ` +
	`xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" ` +
	`xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">` +
	`<References><File ovf:href="disk.vmdk" ovf:id="f1" ovf:size="%d"/></References>` +
	`<DiskSection><Info/><Disk ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="d1" ovf:fileRef="f1"/></DiskSection>` +
	`<NetworkSection><Info/></NetworkSection><VirtualSystem ovf:id="box"><Info/><Name>box</Name><VirtualHardwareSection><Info/>` +
	`<Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item>` +
	`<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>256</rasd:VirtualQuantity></Item>` +
	`<Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource><rasd:InstanceID>3</rasd:InstanceID><rasd:ResourceType>17</rasd:ResourceType></Item>` +
	`</VirtualHardwareSection></VirtualSystem></Envelope>`

const (
	diskSize = 300_000
	// What an image has to have, and where, for the client to take it for one.
	isoMark, isoMarkAt, isoSize = "CD001", 32_769, 50_000
	piece                       = 100_000
)

// catalogs makes a catalog, uploads a package and an image into it, reads both, and deletes everything.
func catalogs(s *story, folder string) {
	owner := client()
	done(owner.Authenticate("orgadmin", "password", "example"))
	admin := must(owner.GetAdminOrgByName("example"))
	made := must(admin.CreateCatalog("tools", "of tests"))
	s.check("a catalog is made", []string{made.AdminCatalog.Name, made.AdminCatalog.Description}, []string{"tools", "of tests"})
	catalog := must(admin.GetCatalogByName("tools", true))

	upload := must(catalog.UploadOvf(ova(folder), "box", "a package", piece))
	done(upload.WaitTaskCompletion())
	s.check("a package is uploaded, by a task", upload.Task.Task.OperationName, "vdcUploadOvfContents")
	item := must(catalog.GetCatalogItemByName("box", true))
	template := must(item.GetVAppTemplate())
	machines := each(template.VAppTemplate.Children.VM, func(vm *types.VAppTemplate) string { return vm.Name })
	s.check("and a template with its machine", machines, []string{"box"})

	image := must(catalog.UploadMediaImage("disc.iso", "an image", iso(folder), piece))
	done(image.WaitTaskCompletion())
	s.check("an image is uploaded, by a task", image.Task.Task.OperationName, "vdcUploadMedia")
	medium := must(catalog.GetMediaByName("disc.iso", true))
	s.check("and is there", fmt.Sprint(medium.Media.Status, medium.Media.Size), fmt.Sprint(1, isoSize))
	kind := func(item *types.QueryResultCatalogItemType) string { return item.Name + " " + item.EntityType }
	s.check("a query finds both", each(must(catalog.QueryCatalogItemList()), kind), []string{"box vapptemplate", "disc.iso media"})

	task := must(medium.Delete())
	done(task.WaitTaskCompletion())
	_, err := catalog.GetMediaByName("disc.iso", true)
	s.check("the image is deleted", govcd.ContainsNotFound(err), true)
	done(template.Delete())
	_, err = catalog.GetCatalogItemByName("box", true)
	s.check("with the template its item goes", govcd.ContainsNotFound(err), true)
	done(made.Delete(true, true))
	_, err = admin.GetCatalogByName("tools", true)
	s.check("and the catalog in the end", govcd.ContainsNotFound(err), true)
	done(owner.Disconnect())
}

// ova writes a package.
func ova(folder string) string {
	file := filepath.Join(folder, "box.ova")
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	disk := bytes.Repeat([]byte("disk"), diskSize/4)
	for _, part := range []struct {
		name string
		data []byte
	}{{"box.ovf", []byte(fmt.Sprintf(descriptor, diskSize))}, {"disk.vmdk", disk}} {
		done(writer.WriteHeader(&tar.Header{Name: part.name, Mode: 0o600, Size: int64(len(part.data))}))
		must(writer.Write(part.data))
	}
	done(writer.Close())
	done(os.WriteFile(file, content.Bytes(), 0o600))
	return file
}

// iso writes what the client takes for an image.
func iso(folder string) string {
	file := filepath.Join(folder, "disc.iso")
	data := make([]byte, isoSize)
	copy(data[isoMarkAt:], isoMark)
	done(os.WriteFile(file, data, 0o600))
	return file
}
