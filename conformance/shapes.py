"""Compares the contract fixtures with what recorded real servers sent.

    shapes.py [--contract DIR] [--all]

DIR holds shapes.tsv (elements and attributes of each kind of document, with the share of recordings that have them) and links.tsv (the
same of links, with the values of `status` they were seen at); it is the folder above VCDSIM_SCHEMAS unless said otherwise. What at least
nine of ten recordings of a document have where its parent is, some fixture of that document must have; a link also in each status it was
seen at, where there are fixtures of that status. A document that is no fixture itself is compared where it is part of others.

What differs must stand in docs/reference/differences.md with its reason, and what stands there must differ: one line for each that breaks
this, one with the counts at the end; exit code 1 when there is any. Without --all only organizations, VDCs, catalogs and what lies in
catalogs are compared.
"""

import argparse
import csv
import fnmatch
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

from lxml import etree

HERE = Path(__file__).resolve().parent.parent
FIXTURES = HERE / "fixtures/contract"
PAGE = HERE / "docs/reference/differences.md"
ENOUGH = 0.9
PARSER = etree.XMLParser(no_network=True, resolve_entities=False)
FAMILIES = (
    "Org OrgList AdminOrg OrgEmailSettings OrgLdapSettings OrgPasswordPolicySettings Vdc AdminVdc VdcStorageProfile AdminVdcStorageProfile "
    "Catalog AdminCatalog CatalogReferences CatalogItem VAppTemplate CustomizationSection Media ControlAccessParams Owner"
).split()
PREFIXES = {
    "": "",
    "http://www.vmware.com/vcloud/v1.5": "",
    "http://www.vmware.com/vcloud/extension/v1.5": "vmext:",
    "http://www.vmware.com/vcloud/versions": "versions:",
    "http://www.vmware.com/schema/ovf": "vmw:",
    "http://schemas.dmtf.org/ovf/envelope/1": "ovf:",
    "http://schemas.dmtf.org/ovf/environment/1": "ovfenv:",
    "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData": "rasd:",
    "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData": "vssd:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
}


class Document:
    """What a document has: the paths of its elements and attributes, and (parent, rel, type) of each link."""

    def __init__(self, element):
        self.status, self.paths, self.links = element.get("status"), {""}, set()
        self.walk(element, "")

    def walk(self, element, path):
        self.paths.update(join(path, "@" + short(name)) for name in element.attrib)
        for child in element.iterchildren(etree.Element):
            below = join(path, short(child.tag))
            self.paths.add(below)
            if short(child.tag) == "Link":
                self.links.add((path, child.get("rel"), child.get("type", "")))
            else:
                self.walk(child, below)


class Recorded:
    """What recordings of one kind of document have."""

    def __init__(self, paths, links):
        self.share = {row["path"]: float(row["share"]) for row in paths}
        self.paths = [path for path, share in self.share.items() if share >= ENOUGH]
        often = [row for row in links if float(row["share"]) >= ENOUGH]
        self.links = {(row["parent_path"], row["rel"], row["type"]): row["states(@status)"] for row in often}

    def always(self, path):
        """Whether nearly every recording has it: it, and everything above it."""
        return path == "" or (self.share.get(path, 0) >= ENOUGH and self.always(parent(path)))

    def differences(self, documents):
        """Everything that the documents lack, each once, and below what is lacking nothing."""
        if not documents:
            return ["document"]
        paths, links = every(documents)
        told_apart = {join(link[0], "Link") for link in self.links}
        found = [path for path in self.paths if parent(path) in paths and path not in paths | told_apart]
        for link, states in self.links.items():
            if link[0] in paths and link not in links:
                found.append(spelled(link))
            for state in filter(None, states.split(",")):
                found += self.in_state(link, state, documents, link in links)
        return list(dict.fromkeys(found))

    def in_state(self, link, state, documents, elsewhere):
        """What documents of this status lack although it has been seen there: the link, or what it stands in."""
        alike = [each for each in documents if each.status == state]
        if not alike:
            return
        paths, links = every(alike)
        if link[0] not in paths:
            if self.always(link[0]):
                yield "%s (status %s)" % (topmost(link[0], paths), state)
        elif elsewhere and link not in links:
            yield "%s (status %s)" % (spelled(link), state)

    def unseen(self, documents):
        """The values of status that were recorded and that no document has."""
        seen = {state for states in self.links.values() for state in states.split(",") if state}
        return sorted(seen - {each.status for each in documents})


def every(documents):
    """What at least one of the documents has."""
    return set().union(*(each.paths for each in documents)), set().union(*(each.links for each in documents))


def join(path, name):
    return "%s/%s" % (path, name) if path else name


def parent(path):
    """The path above one; names in unknown namespaces are `{URI}name`."""
    return re.sub(r"/?@?(\{[^}]*\})?[^/{}]+$", "", path)


def topmost(path, paths):
    """The highest part of a path that is lacking."""
    return path if parent(path) in paths else topmost(parent(path), paths)


def short(name):
    """A qualified name with its usual prefix."""
    uri, _, local = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
    return PREFIXES.get(uri, "{%s}" % uri) + local


def spelled(link):
    """A link as the page writes it: `Tasks/Task/Link task:cancel`, `Link edit admin.catalog+xml`."""
    where, rel, media = link
    return " ".join(filter(None, (join(where, "Link"), rel, media.replace("application/vnd.vmware.", ""))))


def fixtures():
    """The documents by their root elements: those of their own, and those that are part of others."""
    own, parts = defaultdict(list), defaultdict(list)
    for path in sorted(FIXTURES.glob("*/*.snap")):
        body = path.read_text(encoding="utf-8").split("---\n", 2)[2].strip()
        if not body.startswith("<"):
            continue
        root = etree.fromstring(body.encode(), PARSER)
        own[short(root.tag)].append(Document(root))
        for element in root.iterdescendants(etree.Element):
            parts[short(element.tag)].append(Document(element))
    return own, parts


def recordings(folder):
    """What was recorded, by root elements."""
    if not (folder / "shapes.tsv").is_file():
        sys.exit("there are no recordings in %s" % folder)
    paths, links = table(folder / "shapes.tsv"), table(folder / "links.tsv")
    return {root: Recorded(paths[root], links[root]) for root in paths}


def table(path):
    rows = defaultdict(list)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            rows[row["root"]].append(row)
    return rows


def listed():
    """Every (root, item) of the page: the names in the first two cells of each row, each root with each item. `*` stands for anything."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.split("|")
        if line.startswith("| `"):
            if len(cells) != 5 or not cells[3].strip():
                sys.exit("%s: a row has documents, what they lack, and the reason: %s" % (PAGE.name, line))
            roots, items = (re.findall("`([^`]+)`", cell) for cell in cells[1:3])
            found += [(root, item) for root in roots for item in items]
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    schemas = Path(os.environ.get("VCDSIM_SCHEMAS", HERE / "../shared/contract/schemas"))
    arguments.add_argument("--contract", type=Path, default=schemas.parent, help="the folder of shapes.tsv and links.tsv")
    arguments.add_argument("--all", action="store_true", help="compare every kind of document")
    arguments = arguments.parse_args()
    own, parts = fixtures()
    page, compared, known, wrong = dict.fromkeys(listed(), False), 0, 0, 0
    for root, recorded in recordings(arguments.contract).items():
        if root not in FAMILIES and not arguments.all:
            continue
        compared += 1
        documents = own[root] or parts[root]
        for item in recorded.differences(documents):
            reasons = [entry for entry in page if entry[0] == root and fnmatch.fnmatchcase(item, entry[1])]
            page.update(dict.fromkeys(reasons, True))
            known += bool(reasons)
            if not reasons:
                wrong += 1
                print("%s lacks what recorded servers send, and %s has no reason for it: %s" % (root, PAGE.name, item))
        if documents and recorded.unseen(documents):
            print("(%s was recorded at status %s too, of which there is no fixture)" % (root, ", ".join(recorded.unseen(documents))))
    for root, item in (entry for entry, differs in page.items() if not differs):
        if root in FAMILIES or arguments.all:
            wrong += 1
            print("%s no longer differs in what %s lists: %s" % (root, PAGE.name, item))
    print("%d kinds of documents compared with recorded ones, %d differences listed, %d not in order" % (compared, known, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
