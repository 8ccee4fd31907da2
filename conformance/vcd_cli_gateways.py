"""The program `vcd` of vcd-cli at its `lowest` version, over http, or its `highest`, over TLS: an edge gateway is made, connected, changed and
deleted, and a network behind it. What the program asks NSX for below /network is not played."""

import sys
import tempfile

from shell import Shell
from story import Story

SUBNET = "192.168.50.1/24"
NETWORK = ("-e", "ExtNw")
UPDATED = ("networkEdgeGatewayUpdate", "success")


def made(story, vcd):
    done = vcd.task(
        "gateway", "create", "gw", *NETWORK, "--description", "of tests", "--default-gateway", "ExtNw", "--default-gateway-ip", "192.168.50.1",
        "--dns-relay-enabled", "--gateway-config", "full", "--configure-ip-setting", "ExtNw", SUBNET, "192.168.50.10",
        "--sub-allocate-ip", "ExtNw", "--subnet", SUBNET, "--ip-range", "192.168.50.20-192.168.50.29",
        "--configure-rate-limit", "ExtNw", "100", "200")
    story.check("a gateway is made", done, ("networkEdgeGatewayCreate", "success"))
    story.check("a second of the name is refused", vcd.refusal("gateway", "create", "gw", *NETWORK), "400/DUPLICATE_NAME")
    story.check("it is listed", vcd.records("gateway", "list"), [{"name": "gw"}])
    story.check("it has the address that was asked for", "192.168.50.10" in vcd.says("gateway", "info", "gw"))
    shown = vcd.records("gateway", "list-config-ip-settings", "gw")
    story.check("and shows so", shown, [{"external_network": "ExtNw", "gateway": [SUBNET], "ip_address": ["192.168.50.10"]}])
    default = vcd.records("gateway", "configure-default-gateway", "list", "gw")
    story.check("it is the way out", default, [{"external_network": "ExtNw", "gateway_ip": "192.168.50.1"}])


def changed(story, vcd):
    do = lambda *words: vcd.task("gateway", *words)
    story.check("it is renamed", do("update", "gw", "-n", "gate", "--description", "of more tests", "--ha-enabled"), UPDATED)
    story.check("its address is changed", do("configure-ip-settings", "gate", *NETWORK, "-s", SUBNET, "True", "192.168.50.12"), UPDATED)
    story.check("and shown", "192.168.50.12" in vcd.says("gateway", "info", "gate"))
    more = ("192.168.50.40-192.168.50.44", "192.168.50.40-192.168.50.49")
    for words in (("add", "gate", *NETWORK, "-i", more[0]), ("update", "gate", *NETWORK, "-o", more[0], "-n", more[1]), ("remove", "gate", *NETWORK, "-i", more[1])):
        story.check("sub-allocation: %s" % words[0], do("sub-allocate-ip", *words), UPDATED)
    story.check("its limits are changed", do("configure-rate-limits", "update", "gate", "-r", "ExtNw", "101", "102"), UPDATED)
    limits = vcd.records("gateway", "configure-rate-limits", "list", "gate")
    story.check("and listed", [(float(each["in_rate_limit"]), float(each["out_rate_limit"])) for each in limits], [(101.0, 102.0)])
    story.check("and lifted", do("configure-rate-limits", "disable", "gate", *NETWORK), UPDATED)
    story.check("a log server is set", do("set-syslog-server", "gate", "10.0.0.9"), UPDATED)
    story.check("and listed", "10.0.0.9" in vcd.says("gateway", "list-syslog-server", "gate"))
    story.check("it is told so", do("sync-syslog-settings", "gate"), ("networkEdgeGatewaySyncSyslog", "success"))
    story.check("it is deployed anew", do("redeploy", "gate"), ("networkEdgeGatewayRedeploy", "success"))
    story.check("it grows", do("modify-form-factor", "gate", "x-large"), ("networkEdgeGatewayUpgradeConfiguration", "success"))
    story.check("it becomes an advanced one", do("convert-to-advanced", "gate"), UPDATED)
    story.check("it distributes routing", do("enable-distributed-routing", "gate", "--enable"), UPDATED)


def routed(story, vcd, which):
    do = lambda *words: vcd.task("network", "routed", *words)
    done = do("create", "lab", "-g", "gate", "--subnet", "10.9.0.1/24", "--description", "of tests", "--ip-range", "10.9.0.10-10.9.0.19")
    story.check("a routed network is made", done, ("networkCreateOrgVdcNetwork", "success"))
    story.check("it is listed", vcd.records("network", "routed", "list"), [{"name": "lab"}])
    for kind in ("sub", "internal", "distributed"):
        story.check("it gets another interface: %s" % kind, do("convert-to-%s-interface" % kind, "lab"), ("networkUpdateNetwork", "success"))
    done = do("update-ip-range", "lab", "-i", "10.9.0.10-10.9.0.19", "-n", "10.9.0.10-10.9.0.29")
    story.check("its range is changed", done, ("networkUpdateNetwork", "success"))
    if which == "highest":
        # Below, the program looks in vain for a SubnetPrefixLength.
        story.check("it gets name servers", do("add-dns", "lab", "--dns1", "10.9.0.2"), ("networkUpdateNetwork", "success"))
        story.check("and a range", do("add-ip-range", "lab", "-i", "10.9.0.30-10.9.0.39"), ("networkUpdateNetwork", "success"))
    story.check("its gateway stays", vcd.refusal("gateway", "delete", "gate"), "400/BAD_REQUEST")
    story.check("it is deleted", do("delete", "lab"), ("networkDelete", "success"))
    story.check("then the gateway is", vcd.task("gateway", "delete", "gate"), ("networkEdgeGatewayDelete", "success"))
    story.check("and none is listed", vcd.says("gateway", "list"), "")


with Story() as story, tempfile.TemporaryDirectory() as folder:
    which = sys.argv[1]
    vcd = Shell(folder, "administrator")
    story.check("an administrator logs in", vcd.login(which, org="System")[0], 0)
    vcd("org", "use", "example")
    vcd("vdc", "use", "example-vdc")
    made(story, vcd)
    changed(story, vcd)
    routed(story, vcd, which)
