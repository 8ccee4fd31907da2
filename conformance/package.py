"""An OVA as tools make them: two machines, a whole disk and one in chunks, and a manifest; the same name gives the same bytes. And an OVA
as pyvcloud downloads it: the descriptor and the files that it names."""

import hashlib
import io
import random
import tarfile
from xml.etree import ElementTree

CHUNK = 400_000
OVF = "http://schemas.dmtf.org/ovf/envelope/1"
RASD = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
VSSD = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"


def item(number, kind, *elements):
    parts = dict(elements, InstanceID=number, ResourceType=kind)
    return "<Item>%s</Item>" % "".join("<rasd:%s>%s</rasd:%s>" % (name, parts[name], name) for name in sorted(parts))


def machine(name, disk, memory):
    hardware = (
        item(1, 3, ("VirtualQuantity", 2), ("ElementName", "cpu")),
        item(2, 4, ("VirtualQuantity", memory), ("AllocationUnits", "byte * 2^20"), ("ElementName", "memory")),
        item(3, 6, ("ResourceSubType", "lsilogic"), ("Address", 0), ("ElementName", "scsi")),
        item(4, 17, ("HostResource", "ovf:/disk/" + disk), ("Parent", 3), ("AddressOnParent", 0), ("ElementName", "disk")),
        item(5, 10, ("Connection", "front"), ("ResourceSubType", "VMXNET3"), ("AddressOnParent", 7), ("ElementName", "card")),
    )
    return (
        '<VirtualSystem ovf:id="%s"><Info>a machine</Info><Name>%s</Name><OperatingSystemSection ovf:id="94"><Info>guest</Info>'
        "</OperatingSystemSection><VirtualHardwareSection><Info>hardware</Info><System><vssd:ElementName>x</vssd:ElementName>"
        "<vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemType>vmx-11</vssd:VirtualSystemType></System>%s"
        "</VirtualHardwareSection></VirtualSystem>"
    ) % (name, name, "".join(hardware))


def descriptor(name, sizes):
    files = '<File ovf:href="web.vmdk" ovf:id="f1" ovf:size="%d"/><File ovf:href="db.vmdk" ovf:id="f2" ovf:size="%d" ovf:chunkSize="%d"/>'
    return (
        '<?xml version="1.0"?><Envelope xmlns="%s" xmlns:ovf="%s" xmlns:rasd="%s" xmlns:vssd="%s"><References>%s</References>'
        '<DiskSection><Info>disks</Info><Disk ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="d1" ovf:fileRef="f1"/>'
        '<Disk ovf:capacity="2" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="d2" ovf:fileRef="f2"/></DiskSection>'
        '<NetworkSection><Info>networks</Info><Network ovf:name="front"/></NetworkSection><VirtualSystemCollection ovf:id="%s">'
        "<Info>two machines</Info><EulaSection><Info>licence</Info><License>Be kind.</License></EulaSection>%s%s"
        "</VirtualSystemCollection></Envelope>"
    ) % (OVF, OVF, RASD, VSSD, files % (*sizes, CHUNK), name, machine("web", "d1", 512), machine("db", "d2", 1024))


def disks(name):
    """The bytes of the two disks."""
    noise = random.Random(name)
    return noise.randbytes(700_000), noise.randbytes(1_000_000)


def ova(path, name):
    """Writes the package to `path`; answers the size of each of its files."""
    web, db = disks(name)
    chunks = {"db.vmdk.%09d" % (at // CHUNK): db[at:at + CHUNK] for at in range(0, len(db), CHUNK)}
    files = {name + ".ovf": descriptor(name, (len(web), len(db))).encode(), "web.vmdk": web, **chunks}
    manifest = "".join("SHA256(%s)= %s\n" % (file, hashlib.sha256(data).hexdigest()) for file, data in files.items())
    with tarfile.open(path, "w") as tar:
        for file, data in {**files, name + ".mf": manifest.encode()}.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return {"web.vmdk": len(web), "db.vmdk": len(db)}


def unpacked(path):
    """The bytes of the files that the descriptor of a downloaded package names, in its order."""
    with tarfile.open(path) as tar:
        files = ElementTree.parse(tar.extractfile("descriptor.ovf")).iter("{%s}File" % OVF)
        return tuple(tar.extractfile(file.get("{%s}href" % OVF)).read() for file in files)
