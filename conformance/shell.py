"""The program `vcd` of vcd-cli as one user runs it: commands are given as a person types them, and what it prints is read."""

import json
import os
import re
import subprocess
import sys

import yaml

from story import HTTP, HTTPS, VERSIONS


class Shell:
    """Where one user runs the program: a home, and so a session, of its own."""

    program = os.path.join(os.path.dirname(sys.executable), "vcd")

    def __init__(self, folder, user):
        self.home = os.path.join(folder, user)
        self.user = user
        os.mkdir(self.home)

    def __call__(self, *words):
        """Runs the program; answers its exit code and what it said, with its complaints if it failed."""
        env = {**os.environ, "HOME": self.home, "VCD_USE_COLORED_OUTPUT": "0"}
        ran = subprocess.run(
            [self.program, *words], cwd=self.home, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
        )
        said = ran.stdout + ran.stderr if ran.returncode else ran.stdout
        return ran.returncode, re.sub(r"\x1b\[2K|\r", "\n", said).strip()

    def login(self, which, org="example", password="password"):
        """Logs in: at the lowest version over http because it is told so, else over TLS at what the program chooses."""
        how = (HTTP, ("--version", VERSIONS["lowest"])) if which == "lowest" else (HTTPS, ())
        return self("login", how[0], org, self.user, "--password", password, "-i", "-w", *how[1])

    def profile(self, key):
        with open(os.path.join(self.home, ".vcd-cli", "profiles.yaml"), encoding="utf-8") as file:
            return yaml.safe_load(file)["profiles"][0][key]

    def says(self, *words):
        """What a command says in one line that ends well."""
        code, said = self(*words)
        return said if code == 0 else (code, said)

    def task(self, *words):
        """The name of the operation that a command waited for, and how that ended."""
        code, said = self(*words)
        name, result = re.search(r"^(\w+): .*, status: ", said, re.MULTILINE), re.search(r", result: (\w+)", said)
        return (name.group(1), result.group(1)) if code == 0 and name and result else (code, said)

    def records(self, *words):
        """The records that a command lists."""
        code, said = self("--json", *words)
        return json.loads(said or "[]") if code == 0 else (code, said)

    def facts(self, *words):
        """The properties that a command shows, by their names."""
        code, said = self(*words)
        lines = [re.split(r"\s{2,}", line, maxsplit=1) for line in said.splitlines()]
        return {line[0]: line[1] for line in lines if len(line) == 2} if code == 0 else {"refused": said}

    def refusal(self, *words):
        """The status and the code with which the server refused a command, when the program said so and failed."""
        code, said = self(*words)
        found = re.search(r"(\d{3}/\w+)", said)
        return found.group(1) if code == 2 and found else (code, said)

    def catalogs(self):
        return {record["name"]: record for record in self.records("catalog", "list")}

    def items(self, catalog):
        return {(each["name"], each["entityType"], each["status"]) for each in self.records("catalog", "list", catalog)}

    def access(self, catalog):
        """Who has which access; the program cannot tell that as JSON."""
        code, said = self("catalog", "acl", "list", catalog)
        rows = [re.split(r"\s{2,}", line) for line in said.splitlines()[2:]]
        return [(name, level) for level, name, _ in rows] if code == 0 else (code, said)
