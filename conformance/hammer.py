"""Two tenants and an administrator hammer one server for so many seconds, each from several connections: they follow whatever links
are shown, on objects that everybody shares, while the administrator makes operations blocking and decides. Then it is judged: no answer was
a defect, no write that was acknowledged is lost, nothing is busy, and the books balance. The seconds and the seed are the arguments."""

import random
import sys
import threading
import time
from collections import Counter

from pyvcloud.vcd.client import E, QueryResultFormat
from pyvcloud.vcd.exceptions import AccessForbiddenException, BadRequestException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vdc import VDC

from story import Rel, Story, block, decide, login

VERSION = "36.0"
VCLOUD = "application/vnd.vmware.vcloud."
CONNECTIONS = 2
# How many vApps and disks are kept at most: few enough that people meet.
VAPPS, DISKS = 8, 4
OPEN = ("queued", "preRunning", "running")
GATED = ("vappDeploy", "vappPowerOff", "vdcInstantiateVapp", "vdcRecomposeVapp", "vdcUpdateVapp", "vdcDeleteVapp", "vappUpdateVm")

# Relations of links that need no body, or always the same; what else is shown is not followed.
PLAIN = {
    "power:powerOn": None,
    "power:powerOff": None,
    "power:reset": None,
    "power:reboot": None,
    "power:shutdown": None,
    "power:suspend": None,
    "discardState": None,
    "snapshot:revertToCurrent": None,
    "snapshot:removeAll": None,
    "upgrade": None,
    "deploy": lambda: E.DeployVAppParams(powerOn="true"),
    "undeploy": lambda: E.UndeployVAppParams(E.UndeployPowerAction("powerOff")),
    "snapshot:create": lambda: E.CreateSnapshotParams(E.Description("hammered"), memory="false", quiesce="false", name="hammered"),
}


class Floor:
    """What everybody hammers on."""

    def __init__(self, seconds, seed):
        self.until = time.monotonic() + seconds
        self.seed = seed
        self.lock = threading.Lock()
        self.objects = {"vApp": [], "disk": []}
        self.made = 0
        self.written = []
        self.answers = Counter()
        self.defects = []

    def number(self):
        with self.lock:
            self.made += 1
            return self.made

    def pick(self, chance, kind):
        with self.lock:
            known = self.objects[kind]
            return chance.choice(known) if known else None

    def sweep(self, client):
        """Forgets what is there no more."""
        for kind, known in [(kind, list(known)) for kind, known in self.objects.items()]:
            there = {record.get("href").replace("/admin/", "/") for record in records(client, kind)}
            with self.lock:
                # What was added since is not in the answer.
                self.objects[kind] = [href for href in self.objects[kind] if href in there or href not in known]

    def add(self, kind, href):
        with self.lock:
            self.objects[kind].append(href)

    def full(self, kind):
        with self.lock:
            return len(self.objects[kind]) >= {"vApp": VAPPS, "disk": DISKS}[kind]


class Worker(threading.Thread):
    """One connection of one of them."""

    def __init__(self, floor, number, user, org):
        super().__init__(name="%s-%d" % (user, number))
        self.floor = floor
        self.chance = random.Random("%s %s" % (floor.seed, self.name))
        self.client = login(user, org, api_version=VERSION)
        self.administers = org == "System"
        example = self.client.get_org_by_name("example")
        self.org = Org(self.client, resource=example)
        self.vdc = self.org.get_vdc("example-vdc").get("href")
        self.template = self.org.get_vapp_template_href("example-catalog", "photon-1vm")
        self.medium = self.org.get_catalog_item("example-catalog", "example-media").Entity.get("href")

    def run(self):
        acts = [self.make, self.write, self.follow, self.follow, self.follow, self.machine, self.machine, self.machine, self.remove]
        acts += [self.gate, self.decide, self.decide] if self.administers else [self.disk, self.recompose]
        while time.monotonic() < self.floor.until:
            act = self.chance.choice(acts)
            try:
                told = act()
            except BadRequestException as refusal:
                told = "refused: " + str(refusal.vcd_error.get("minorErrorCode"))
            except AccessForbiddenException:
                told = "refused: gone"
                self.floor.sweep(self.client)
            except Exception as error:  # noqa: B902 - whatever else comes is what this is about
                self.floor.defects.append("%s %s: %s: %s" % (self.name, act.__name__, type(error).__name__, error))
                told = "defect"
            self.floor.answers[told or "nothing to do"] += 1

    def make(self):
        if self.floor.full("vApp"):
            return None
        vdc = VDC(self.client, href=self.vdc)
        name = "hammered-%d" % self.floor.number()
        made = vdc.instantiate_vapp(
            name, "example-catalog", "photon-1vm", deploy=False, power_on=False, network="example-net", ip_allocation_mode="pool"
        )
        self.floor.add("vApp", made.get("href"))
        return "made"

    def write(self):
        """Writes what nobody else writes, and remembers which task is to have written it."""
        href = self.floor.pick(self.chance, "vApp")
        if href is None:
            return None
        seen = self.client.get_resource(href)
        text = "told-%d" % self.floor.number()
        sent = E.VApp(E.Description(text), name=seen.get("name"))
        task = self.client.put_resource(href, sent, VCLOUD + "vApp+xml")
        with self.floor.lock:
            self.floor.written.append((href, text, task.get("href")))
        return "written"

    def follow(self, href=None, bodies=PLAIN):
        href = href or self.floor.pick(self.chance, "vApp")
        if href is None:
            return None
        links = [link for link in self.client.get_resource(href).findall("{*}Link") if link.get("rel") in bodies]
        if not links:
            return None
        link = self.chance.choice(links)
        body = bodies[link.get("rel")]
        self.client.post_resource(link.get("href"), body and body(), link.get("type"))
        return "followed"

    def machine(self):
        href = self.floor.pick(self.chance, "vApp")
        if href is None:
            return None
        machines = self.client.get_resource(href).findall("{*}Children/{*}Vm")
        if not machines:
            return None
        disk = self.floor.pick(self.chance, "disk")
        attach = lambda: E.DiskAttachOrDetachParams(E.Disk(href=disk))
        medium = lambda: E.MediaInsertOrEjectParams(E.Media(href=self.medium))
        machine = self.chance.choice(machines)
        bodies = dict(PLAIN, **{"media:insertMedia": medium, "media:ejectMedia": medium, "reconfigureVm": lambda: machine})
        if disk is not None:
            bodies.update({"disk:attach": attach, "disk:detach": attach})
        return self.follow(machine.get("href"), bodies)

    def recompose(self):
        """Adds a machine to a vApp, or takes one away."""
        href = self.floor.pick(self.chance, "vApp")
        if href is None:
            return None
        seen = self.client.get_resource(href)
        link = next((link for link in seen.findall("{*}Link") if link.get("rel") == "recompose"), None)
        if link is None:
            return None
        machines = seen.findall("{*}Children/{*}Vm")
        if len(machines) > 1 and self.chance.random() < 0.6:
            change = E.DeleteItem(href=self.chance.choice(machines).get("href"))
        else:
            source = self.client.get_resource(self.template).Children.Vm[0].get("href")
            name = "added-%d" % self.floor.number()
            change = E.SourcedItem(E.Source(href=source), E.VmGeneralParams(E.Name(name)))
        self.client.post_resource(link.get("href"), E.RecomposeVAppParams(change), link.get("type"))
        return "recomposed"

    def disk(self):
        """Makes a disk, lets one grow, or deletes one."""
        if not self.floor.full("disk"):
            vdc = self.client.get_resource(self.vdc)
            link = next((link for link in vdc.findall("{*}Link") if link.get("type") == VCLOUD + "diskCreateParams+xml"), None)
            if link is None:
                return None
            body = E.DiskCreateParams(E.Disk(name="disk-%d" % self.floor.number(), sizeMb="64"))
            made = self.client.post_resource(link.get("href"), body, link.get("type"))
            self.floor.add("disk", made.get("href"))
            return "disk made"
        href = self.floor.pick(self.chance, "disk")
        seen = self.client.get_resource(href)
        if self.chance.random() < 0.5:
            larger = E.Disk(name=seen.get("name"), sizeMb=str(int(seen.get("sizeMb")) + 16))
            self.client.put_resource(href, larger, VCLOUD + "disk+xml")
            return "disk grown"
        self.client.delete_resource(href)
        return "disk deleted"

    def remove(self):
        if not self.floor.full("vApp"):
            return None
        href = self.floor.pick(self.chance, "vApp")
        self.client.delete_resource(href, force=True)
        return "deleted"

    def gate(self):
        block(self.client, *self.chance.sample(GATED, self.chance.choice((0, 0, 1, 2))))
        return "gated"

    def decide(self):
        waiting = blocked(self.client)
        if not waiting:
            return None
        rel = self.chance.choice((Rel.RESUME, Rel.RESUME, Rel.ABORT, Rel.FAIL))
        decide(self.client, self.client.get_resource(self.chance.choice(waiting)), rel, "hammered")
        return "decided"


class Stranger(threading.Thread):
    """Somebody of another organization, who must see none of it."""

    def __init__(self, floor):
        super().__init__(name="stranger")
        self.floor = floor
        self.client = login("orgadmin2", "example2", api_version=VERSION)

    def run(self):
        chance = random.Random(self.floor.seed)
        while time.monotonic() < self.floor.until:
            for kind in ("vApp", "disk"):
                href = self.floor.pick(chance, kind)
                try:
                    if href is not None:
                        self.client.get_resource(href)
                        self.floor.defects.append("a stranger saw " + href)
                except AccessForbiddenException:
                    self.floor.answers["hidden"] += 1
                seen = records(self.client, kind)
                if seen:
                    self.floor.defects.append("a stranger found %r" % seen[0].get("href"))


def records(client, kind, *facts):
    """All records of a query."""
    return list(client.get_typed_query(kind, QueryResultFormat.RECORDS, qfilter=";".join(facts) or None).execute())


def blocked(admin):
    """What waits for a decision."""
    return [record.get("href") for record in records(admin, "blockingTask")]


def books(admin, vdc):
    """What a VDC and its storage profiles say is used, and the addresses that its networks have given."""
    seen = admin.get_resource(vdc)
    used = [int(seen.ComputeCapacity.find("{*}%s/{*}Used" % part)) for part in ("Cpu", "Memory")]
    storage = {record.get("name"): record.get("storageUsedMB") for record in records(admin, "adminOrgVdcStorageProfile")}
    return used, storage, sorted(addresses(admin, seen))


def addresses(admin, vdc):
    """The addresses of cards on the VDC's networks: network, address."""
    for network in vdc.findall("{*}AvailableNetworks/{*}Network"):
        listed = admin.get_resource(network.get("href") + "/allocatedAddresses")
        for entry in listed.findall("{*}IpAddress"):
            yield network.get("name"), str(entry.IpAddress)


def settle(admin):
    """Nothing blocks any more, and what waits is resumed, until nothing waits."""
    block(admin)
    while waiting := blocked(admin):
        for href in waiting:
            decide(admin, admin.get_resource(href), Rel.RESUME, "the end")
    return [task.get("href") for task in records(admin, "adminTask") if task.get("status") in OPEN]


def lost(admin, floor):
    """Writes that were acknowledged, succeeded last, and are not there."""
    last = {}
    for href, text, task in floor.written:
        seen = admin.get_resource(task)
        if seen.get("status") == "success":
            last.setdefault(href, {}).setdefault(seen.get("endTime"), []).append(text)
    wrong = []
    for href, ends in last.items():
        try:
            seen = admin.get_resource(href)
        except AccessForbiddenException:
            continue
        if str(seen.Description) not in ends[max(ends)]:
            wrong.append("%s says %s, not %s" % (href, seen.Description, ends[max(ends)]))
    return wrong


def judge(story, admin, floor, vdc, before):
    story.check("no answer was a defect", floor.defects, [])
    story.check("nothing is under way", settle(admin), [])
    busy = [record.get("href") for kind in ("adminVApp", "adminVM") for record in records(admin, kind) if record.get("isBusy") == "true"]
    story.check("nothing is busy", busy, [])
    story.check("no acknowledged write is lost", lost(admin, floor), [])
    given = list(addresses(admin, admin.get_resource(vdc)))
    story.check("no address is given twice", [pair for pair, times in Counter(given).items() if times > 1], [])
    machines = [admin.get_resource(vm.get("href")) for vm in records(admin, "adminVM", "isVAppTemplate==false")]
    cards = [str(card.MACAddress) for vm in machines for card in vm.NetworkConnectionSection.findall("{*}NetworkConnection")]
    story.check("nor a hardware address", [mac for mac, times in Counter(cards).items() if times > 1], [])
    pooled = sum(len(vm.findall("{*}NetworkConnectionSection/{*}NetworkConnection/{*}IpAddress")) for vm in machines)
    story.check("as many addresses as cards that have one", len(given), pooled)
    running = [vm for vm in machines if vm.get("status") == "4"]
    memory = sum(int(vm.VmSpecSection.MemoryResourceMb.Configured) for vm in running if vm.find("{*}VmSpecSection") is not None)
    story.check("the memory in use is that of the machines that run", books(admin, vdc)[0][1], memory)
    tear_down(story, admin)
    story.check("when all is gone, everything was given back", books(admin, vdc), before)


def tear_down(story, admin):
    """Deletes everything that was made, machines first, since disks are in use until then."""
    for kind in ("adminVApp", "adminDisk"):
        for record in records(admin, kind):
            admin.delete_resource(record.get("href").replace("/admin/", "/"), force=kind == "adminVApp" or None)
        story.check("%s: all deleted" % kind, [record.get("name") for record in records(admin, kind)], [])


def main(seconds, seed):
    with Story() as story:
        admin = login("administrator", "System", api_version=VERSION)
        floor = Floor(float(seconds), seed)
        people = [("author", "example"), ("orgadmin", "example"), ("administrator", "System")]
        everybody = [Worker(floor, number, *who) for who in people for number in range(CONNECTIONS)] + [Stranger(floor)]
        vdc = everybody[0].vdc
        before = books(admin, vdc)
        floor.until = time.monotonic() + float(seconds)
        for each in everybody:
            each.start()
        for each in everybody:
            each.join()
        print("# " + ", ".join("%s %d" % pair for pair in floor.answers.most_common()))
        judge(story, admin, floor, vdc, before)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "8", sys.argv[2] if len(sys.argv) > 2 else "1")
