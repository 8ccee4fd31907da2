"""The published vCloud schemas, compiled offline as they look to a client of one API version, and as a table of types.

The published files import each other by network addresses and in circles, which no stock tool loads offline. Here every file
is served from memory: its includes are dropped, since one driver per namespace includes all files of that namespace, and its
imports point to the driver of the namespace they name. Nothing is written, nothing is fetched, the files stay as they are.
"""

import os
from collections import defaultdict

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
META = "{http://www.vmware.com/vcloud/meta}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
VCLOUD = "http://www.vmware.com/vcloud/v1.5"


def number(version, named=None):
    """`5.10` as (5, 10). The files name some versions by the feature that brought them: `named` knows their numbers."""
    version = (named or {}).get(version, version)
    parts = (version or "").split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else None


class Span:
    """From which version on, and up to which, something exists."""

    def __init__(self, since=None, until=None, named=None):
        self.since, self.until = number(since, named), number(until, named)

    def holds(self, version):
        at = number(version)
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def __bool__(self):
        return self.since is not None or self.until is not None


class Member:
    """An element or attribute of a type: its type's name, and when it exists."""

    def __init__(self, type_name, span):
        self.type_name, self.span = type_name, span


class Type:
    """A complex type: its base, its own elements (by qualified name) and its own attributes (by local name)."""

    def __init__(self, name, base=None):
        self.name, self.base = name, base
        self.elements, self.attributes = {}, {}


class Schemas:
    """The files below a folder.

    `corrections` says for (type, member) when it exists, where the files say otherwise; `named` has the numbers of the versions
    that the files call by a name. A name it lacks counts as always there.
    """

    def __init__(self, folder, corrections=None, named=None):
        self.corrections = corrections or {}
        self.named = named or {}
        self.files = {}
        self.by_namespace = defaultdict(list)
        for where, _, names in sorted(os.walk(os.path.join(folder, "etc"))):
            for name in sorted(names):
                # The master folder holds drivers of its own, with the same circles.
                if name.endswith(".xsd") and os.path.basename(where) != "master":
                    path = os.path.join(where, name)
                    root = etree.parse(path).getroot()
                    self.files[path] = root
                    self.by_namespace[root.get("targetNamespace")].append(path)
        if not self.files:
            raise SystemExit("there are no schemas below %s" % folder)
        self.spans = {}
        self.types = {}
        self.elements = {}
        for root in self.files.values():
            self._read_spans(root)
        for root in self.files.values():
            self._read(root)

    # ---- the compiled form

    def compile(self, version):
        """The schema as a client of this version knows it."""
        parser = etree.XMLParser()
        parser.resolvers.add(_InMemory(self, version))
        lines = ["<xs:import namespace='%s' schemaLocation='memory:%s'/>" % (each, each) for each in self.by_namespace]
        return etree.XMLSchema(etree.fromstring(_schema("", lines), parser))

    def driver(self, namespace):
        """One schema that includes every file of a namespace."""
        lines = ["<xs:include schemaLocation='memory:%s'/>" % path for path in self.by_namespace[namespace]]
        return _schema(" targetNamespace='%s'" % namespace, lines)

    def file(self, path, version):
        """A file without its includes, its imports turned to the drivers, and without what the version does not know."""
        root = etree.fromstring(etree.tostring(self.files[path]))
        for include in list(root.iterchildren(XS + "include")):
            root.remove(include)
        for other in root.iterchildren(XS + "import"):
            other.set("schemaLocation", "memory:" + other.get("namespace"))
        for declared in list(root.iter(XS + "element", XS + "attribute")):
            if declared.getparent() is not root and not self._span(declared).holds(version):
                declared.getparent().remove(declared)
        return etree.tostring(root)

    # ---- the table

    def _read_spans(self, root):
        for declared in root.iterchildren(XS + "complexType"):
            self.spans[_name(root, declared)] = _own_span(declared, self.named)

    def _span(self, declared):
        """When a declaration exists: as corrected, else as it says itself, else as its type says."""
        owner = _owner(declared)
        corrected = self.corrections.get((owner.get("name") if owner is not None else None, declared.get("name")))
        return corrected or _own_span(declared, self.named) or self.spans.get(_qualified(declared, "type")) or Span()

    def _read(self, root):
        for declared in root.iterchildren(XS + "complexType"):
            self._read_type(root, declared, _name(root, declared))
        for declared in root.iterchildren(XS + "element"):
            self.elements[_name(root, declared)] = self._type_of(root, declared)

    def _type_of(self, root, declared):
        """The name of an element's type; a type without a name gets one."""
        anonymous = declared.find(XS + "complexType")
        if anonymous is None:
            return _qualified(declared, "type")
        name = "%s in %s" % (declared.get("name"), root.get("targetNamespace"))
        self._read_type(root, anonymous, name)
        return name

    def _read_type(self, root, declared, name):
        extension = declared.find(".//" + XS + "extension")
        made = self.types[name] = Type(name, None if extension is None else _qualified(extension, "base"))
        for element in declared.iter(XS + "element"):
            if _owner(element) is not declared:
                continue
            if element.get("ref"):
                key, type_name = _qualified(element, "ref"), None
            else:
                key, type_name = _name(root, element), self._type_of(root, element)
            made.elements[key] = Member(type_name, self._span(element))
        for attribute in declared.iter(XS + "attribute"):
            if attribute.get("name") and _owner(attribute) is declared:
                made.attributes[attribute.get("name")] = Member(None, self._span(attribute))

    def line(self, type_name):
        """A type and its bases, nearest first."""
        seen = []
        while type_name in self.types and type_name not in seen:
            seen.append(type_name)
            type_name = self.types[type_name].base
        return [self.types[name] for name in seen]

    def child_type(self, type_name, child):
        """The name of the type of a child element; None where the schemas leave it open."""
        claimed = child.get(XSI_TYPE)
        if claimed is not None:
            prefix, _, local = claimed.rpartition(":")
            return "{%s}%s" % (child.nsmap.get(prefix or None), local)
        for each in self.line(type_name):
            member = each.elements.get(child.tag)
            if member is not None and member.type_name is not None:
                return member.type_name
        return self.elements.get(child.tag)


class _InMemory(etree.Resolver):
    """Answers every address from memory; an address nobody meant is an error, never a download."""

    def __init__(self, schemas, version):
        super().__init__()
        self.schemas, self.version = schemas, version

    def resolve(self, url, public_id, context):
        what = url.partition("memory:")[2]
        if what in self.schemas.by_namespace:
            return self.resolve_string(self.schemas.driver(what), context, base_url="memory:" + what)
        if what in self.schemas.files:
            return self.resolve_string(self.schemas.file(what, self.version), context, base_url="memory:" + what)
        raise SystemExit("the schemas name a file they do not bring: %s" % url)


def _schema(attributes, lines):
    return "<xs:schema xmlns:xs='%s' elementFormDefault='qualified'%s>%s</xs:schema>" % (XS[1:-1], attributes, "".join(lines))


def _name(root, declared):
    return "{%s}%s" % (root.get("targetNamespace"), declared.get("name"))


def _qualified(declared, attribute):
    """A qualified name held in an attribute."""
    value = declared.get(attribute)
    if value is None:
        return None
    prefix, _, local = value.rpartition(":")
    return "{%s}%s" % (declared.nsmap.get(prefix or None), local)


def _owner(node):
    """The complex type a declaration stands in."""
    while node is not None and node.tag != XS + "complexType":
        node = node.getparent()
    return node


def _own_span(declared, named):
    since = until = None
    for version in declared.iterfind(XS + "annotation/" + XS + "appinfo/" + META + "version"):
        since, until = version.get("added-in") or since, version.get("removed-in") or until
    return Span(since, until, named)
