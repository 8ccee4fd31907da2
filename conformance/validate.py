"""Judges the answers that the tests wrote down by the published schemas.

    validate.py DIR --schemas SCHEMAS [--wire FOLDER]

DIR holds pairs, at any depth: NNNN.xml, an answer's body, and NNNN.json, {"case", "version", "mediaType", "status"}. Each answer
is judged by the schema of its own API version. What the code generator knows beyond the schemas stands in the folder of the wire
crate: what came later (additions.toml) is allowed from its version on and taken out before judging, and versions that the schemas
only call by a name have their numbers there (codegen.toml). Beyond the schemas: a query record has no attribute that its type lacks (the
schemas allow any), and below open content there is no vCloud element that no schema declares.

One line for each answer that is not valid, one with the counts at the end; exit code 1 when one is not valid.
"""

import argparse
import json
import os
import sys
import tomllib

from lxml import etree

from schemas import VCLOUD, XS, Schemas, Span

VMEXT = "http://www.vmware.com/vcloud/extension/v1.5"
NEWEST = "39.1"
PARSER = etree.XMLParser(no_network=True, resolve_entities=False)


class Additions:
    """What came after the published schemas, and where their versions are known better."""

    def __init__(self, folder):
        known, self.named = {}, {}
        if folder:
            known = load(os.path.join(folder, "additions.toml"))
            self.named = load(os.path.join(folder, "codegen.toml")).get("versions", {}).get("symbolic", {})
        self.members = {}
        for entry in known.get("entry", []):
            kind = "element" if "element" in entry else "attribute"
            self.members[kind, bare(entry["on"]), bare(entry[kind])] = Span(entry.get("since"), entry.get("until"))
        self.roots = {bare(root["name"]) for root in known.get("root", [])}
        self.new_types = {bare(each["name"]) for each in known.get("new_type", [])}
        self.corrections = {}
        for change in known.get("change", []):
            member = bare(change.get("element") or change["attribute"])
            self.corrections[bare(change["on"]), member] = Span(change.get("since"), change.get("until"))

    def find(self, kind, types, name):
        """When an addition to one of these types exists; None if there is no such addition."""
        for each in types:
            span = self.members.get((kind, local(each.name), name))
            if span is not None:
                return span
        return None


class Judge:
    """Judges one document after the other; compiles a version's schema once."""

    def __init__(self, folder, additions):
        self.additions = additions
        self.schemas = Schemas(folder, additions.corrections, additions.named)
        self.compiled = {}
        self.declared = set(self.schemas.elements)
        for each in self.schemas.types.values():
            self.declared.update(each.elements)

    def judge(self, body, version):
        """Every reason why a body is not valid, as (line, text); None when the schemas cannot know it."""
        try:
            root = etree.fromstring(body, PARSER)
        except etree.XMLSyntaxError as error:
            return [(error.lineno or 0, "not well-formed: %s" % error.msg)]
        if local(root.tag) in self.additions.roots and root.tag not in self.schemas.elements:
            return None
        found = list(self.walk(root, self.schemas.elements.get(root.tag), version))
        if version not in self.compiled:
            self.compiled[version] = self.schemas.compile(version)
        schema = self.compiled[version]
        if not schema.validate(root):
            found += [(error.line, short(error.message)) for error in schema.error_log]
        return found

    def walk(self, element, type_name, version):
        """Takes the additions out of an element and everything below it, and yields what the schemas do not say."""
        types = self.schemas.line(type_name)
        yield from self.attributes(element, types, version)
        for child in list(element.iterchildren(etree.Element)):
            span = self.additions.find("element", types, local(child.tag))
            if span is not None and not any(child.tag in each.elements for each in types):
                if not span.holds(version):
                    yield child.sourceline, "%s has no %s at %s" % (local(element.tag), local(child.tag), version)
                element.remove(child)
                continue
            if namespace(child.tag) in (VCLOUD, VMEXT) and child.tag not in self.declared:
                yield child.sourceline, "no schema declares the element %s" % short(child.tag)
            yield from self.walk(child, self.schemas.child_type(type_name, child), version)

    def attributes(self, element, types, version):
        """The same for attributes. Query records are the one place where the schemas allow any."""
        record = any(local(each.name) == "QueryResultRecordType" for each in types)
        for name in list(element.attrib):
            if namespace(name):
                continue
            known = [each.attributes[name] for each in types if name in each.attributes]
            span = self.additions.find("attribute", types, name)
            if span is not None and not known:
                if not span.holds(version):
                    yield element.sourceline, "%s has no attribute %s at %s" % (local(element.tag), name, version)
                del element.attrib[name]
            elif record and not any(member.span.holds(version) for member in known):
                yield element.sourceline, "%s has no attribute %s at %s" % (local(element.tag), name, version)


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def bare(name):
    """A name without a prefix."""
    return name.rpartition(":")[2]


def local(name):
    return name.rpartition("}")[2]


def namespace(name):
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def short(text):
    """A message without the namespaces everybody knows."""
    for uri, prefix in ((VCLOUD, ""), (VMEXT, "vmext:"), (XS[1:-1], "xs:")):
        text = text.replace("{%s}" % uri, prefix)
    return text


def answers(folder):
    """Every pair below a folder: the body's path and what stands beside it."""
    for where, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".xml"):
                path = os.path.join(where, name)
                beside = path[:-4] + ".json"
                facts = {}
                if os.path.exists(beside):
                    with open(beside, encoding="utf-8") as file:
                        facts = json.load(file)
                yield path, facts


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder")
    arguments.add_argument("--schemas", required=True)
    arguments.add_argument("--wire")
    arguments = arguments.parse_args()
    judge = Judge(arguments.schemas, Additions(arguments.wire))
    valid, wrong, unknown, versions = 0, 0, 0, set()
    for path, facts in answers(arguments.folder):
        version = facts.get("version") or NEWEST
        versions.add(version)
        with open(path, "rb") as file:
            found = judge.judge(file.read(), version)
        if found is None:
            unknown += 1
        elif found:
            wrong += 1
            print("%s (%s, %s, %s)" % (facts.get("case", "?"), version, facts.get("mediaType", "?"), path))
            for line, text in found[:5]:
                print("    line %d: %s" % (line, text))
        else:
            valid += 1
    print("%d answers valid at %d versions, %d not valid, %d of a kind the schemas do not have" % (valid, len(versions), wrong, unknown))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
