"""Reads an export of the contract fixtures as a suite in another language would.

    export_check.py DIR

Shows that the export can be used without any Rust: the index names every file, each document parses in its format, and a
document's root is what its media type says wherever the name of the one follows from the other. Uses the standard library only.
"""

import json
import os
import sys
import unittest
from xml.etree import ElementTree

FOLDER = sys.argv.pop() if len(sys.argv) > 1 else "target/export"
PROVENANCES = {"recorded", "documented", "schema", "inferred", "ours"}
VCLOUD = ("{http://www.vmware.com/vcloud/v1.5}", "{http://www.vmware.com/vcloud/extension/v1.5}")


def read(file):
    with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
        return text.read()


class Export(unittest.TestCase):
    def setUp(self):
        self.index = json.loads(read("index.json"))

    def test_the_index_names_every_file_once(self):
        found = {os.path.relpath(os.path.join(where, name), FOLDER) for where, _, names in os.walk(FOLDER) for name in names}
        named = [entry["file"] for entry in self.index]
        self.assertEqual(sorted(named), sorted(found - {"index.json"}))

    def test_every_entry_says_where_it_comes_from(self):
        for entry in self.index:
            with self.subTest(entry["file"]):
                self.assertIn(entry["provenance"].split()[0], PROVENANCES)
                self.assertTrue(entry["mediaType"])

    def test_documents_parse_and_no_header_is_left(self):
        for entry in self.index:
            with self.subTest(entry["file"]):
                text = read(entry["file"])
                self.assertFalse(text.startswith("---"))
                if entry["file"].endswith(".xml"):
                    ElementTree.fromstring(text)
                elif entry["file"].endswith(".json"):
                    json.loads(text)

    def test_the_root_is_what_the_media_type_says(self):
        for entry in self.index:
            kind = entry["mediaType"].split(";")[0].strip().lower()
            name = kind.removeprefix("application/vnd.vmware.vcloud.").removesuffix("+xml")
            if name not in ("task", "vapp", "vapptemplate", "catalog", "catalogitem", "org", "orglist", "session", "error", "entity"):
                continue
            with self.subTest(entry["file"]):
                root = ElementTree.fromstring(read(entry["file"])).tag
                self.assertTrue(root.startswith(VCLOUD), root)
                self.assertEqual(root.partition("}")[2].lower(), name)


if __name__ == "__main__":
    unittest.main()
