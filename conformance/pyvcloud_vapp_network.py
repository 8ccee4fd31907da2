"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common, or at the last that
the published schemas know, the `middle`: networks inside a vApp are added, changed and
removed, and have DHCP, firewall, NAT and static routes."""

import sys

from pyvcloud.vcd.exceptions import BadRequestException, InvalidStateException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vapp_dhcp import VappDhcp
from pyvcloud.vcd.vapp_firewall import VappFirewall
from pyvcloud.vcd.vapp_nat import VappNat
from pyvcloud.vcd.vapp_static_route import VappStaticRoute
from pyvcloud.vcd.vdc import VDC

from story import VERSIONS, Story, done, instantiate, login, task_of

UPDATED = "vdcUpdateVappNetworkSection"


def networks(vapp):
    return [network["name"] for network in vapp.get_vapp_network_list()]


def ranges(vapp, name):
    vapp.get_resource()
    found = [each for each in vapp.resource.NetworkConfigSection.NetworkConfig if each.get("networkName") == name]
    scope = found[0].Configuration.IpScopes.IpScope
    if not hasattr(scope, "IpRanges"):
        return []
    return [(str(each.StartAddress), str(each.EndAddress)) for each in scope.IpRanges.IpRange]


def section(story, client, vapp):
    do = lambda task: done(client, task)
    made = vapp.create_vapp_network(
        "inner", "10.0.0.1/24", "of tests", "10.0.0.2", "10.0.0.3", "test.example", ["10.0.0.10-10.0.0.20"])
    story.check("a network is made", do(made), UPDATED)
    vapp.reload()
    story.check("it is listed", "inner" in networks(vapp))
    detail = {name: str(value) for name, value in vapp.dns_detail_of_vapp_network("inner").items()}
    story.check("with its name servers", detail, {"Dns1": "10.0.0.2", "Dns2": "10.0.0.3", "DnsSuffix": "test.example"})
    do(vapp.add_ip_range("inner", "10.0.0.30", "10.0.0.40"))
    story.check("a range is added", ranges(vapp, "inner"), [("10.0.0.10", "10.0.0.20"), ("10.0.0.30", "10.0.0.40")])
    vapp.reload()
    do(vapp.update_ip_range("inner", "10.0.0.30", "10.0.0.40", "10.0.0.50", "10.0.0.60"))
    story.check("and changed", ranges(vapp, "inner")[1], ("10.0.0.50", "10.0.0.60"))
    vapp.reload()
    do(vapp.delete_ip_range("inner", "10.0.0.50", "10.0.0.60"))
    story.check("and removed", ranges(vapp, "inner"), [("10.0.0.10", "10.0.0.20")])
    vapp.reload()
    story.refused("one outside of the subnet is refused", BadRequestException, lambda: vapp.add_ip_range("inner", "10.9.0.1", "10.9.0.2"))
    vapp.reload()
    do(vapp.update_dns_vapp_network("inner", "10.0.0.4"))
    vapp.reload()
    story.check("name servers are changed", str(vapp.dns_detail_of_vapp_network("inner")["Dns1"]), "10.0.0.4")
    do(vapp.update_vapp_network("inner", "renamed", "described"))
    vapp.reload()
    story.check("it is renamed", ("renamed" in networks(vapp), "inner" in networks(vapp)), (True, False))
    story.check("it is reset", do(vapp.reset_vapp_network("renamed")), UPDATED)
    story.check("nobody has an address of it", vapp.list_ip_allocations("renamed"), [])
    do(vapp.connect_org_vdc_network("example-net"))
    vapp.reload()
    story.check("a network of the VDC is connected", "example-net" in networks(vapp))
    again = lambda: vapp.connect_org_vdc_network("example-net")
    story.refused("but not twice", InvalidStateException, again)
    do(vapp.disconnect_org_vdc_network("example-net"))
    vapp.reload()
    story.check("and disconnected", "example-net" in networks(vapp), False)
    do(vapp.connect_vapp_network_to_ovdc_network("renamed", "example-net"))
    vapp.reload()
    story.check("the inner one is routed to it", str(config(vapp, "renamed").Configuration.FenceMode), "natRouted")
    story.check("and told the log servers", do(vapp.sync_syslog_settings("renamed")), UPDATED)


def config(vapp, name):
    return [each for each in vapp.resource.NetworkConfigSection.NetworkConfig if each.get("networkName") == name][0]


def services(story, client, vapp, nic):
    do = lambda task: done(client, task)
    new = lambda kind: kind(client, vapp_name="netted", network_name="renamed")
    do(new(VappDhcp).set_dhcp_service("10.0.0.100-10.0.0.110", 3600, 7200))
    do(new(VappDhcp).enable_dhcp_service(False))
    vapp.reload()
    dhcp = config(vapp, "renamed").Configuration.Features.DhcpService
    story.check("DHCP is set and off", (str(dhcp.IsEnabled), str(dhcp.IpRange.StartAddress), int(dhcp.MaxLeaseTime)), ("False", "10.0.0.100", 7200))
    do(new(VappFirewall).enable_firewall_service(True))
    do(new(VappFirewall).set_default_action("allow", False))
    do(new(VappFirewall).add_firewall_rule("web", True, "allow", ["Tcp"], "Any", "Any", "80", "Any"))
    seen = lambda: [(str(rule["Name"]), str(rule["Policy"]), str(rule["Protocols"])) for rule in new(VappFirewall).list_firewall_rule()]
    usual = ("Allow all outgoing traffic", "allow", "Any")
    story.check("a rule is added to the usual one", seen(), [usual, ("web", "allow", "Tcp")])
    do(new(VappFirewall).update_firewall_rule("web", "www", policy="drop", protocols=["Udp"]))
    story.check("and changed", seen(), [usual, ("www", "drop", "Udp")])
    do(new(VappFirewall).delete_firewall_rule("www"))
    story.check("and removed", seen(), [usual])
    vm, number = str(nic["Local_id"]), int(nic["VmNicId"])
    do(new(VappNat).enable_nat_service(True))
    do(new(VappNat).add_nat_rule("ipTranslation", vm, number))
    rules = lambda: new(VappNat).get_list_of_nat_rule()
    story.check("a card is translated", len(rules()), 1)
    do(new(VappNat).update_nat_type("portForwarding", "allowTraffic"))
    do(new(VappNat).add_nat_rule("portForwarding", vm, number, external_port=8080, internal_port=80))
    story.check("or forwarded to", len(rules()), 1)
    rule = int(client.get_resource(new(VappNat).href).Configuration.Features.NatService.NatRule.Id)
    do(new(VappNat).update_nat_rule(rule, external_port=9090))
    shown = client.get_resource(new(VappNat).href).Configuration.Features.NatService.NatRule.VmRule
    story.check("by another port", int(shown.ExternalPort), 9090)
    do(new(VappNat).delete_nat_rule(rule))
    service = client.get_resource(new(VappNat).href).Configuration.Features.NatService
    story.check("or not at all", hasattr(service, "NatRule"), False)
    do(new(VappStaticRoute).enable_service(True))
    do(new(VappStaticRoute).add("hq", "172.16.0.0/16", "10.0.0.254"))
    do(new(VappStaticRoute).update("hq", "home", "172.17.0.0/16"))
    routes = [(str(each["Name"]), str(each["Network CIDR"])) for each in new(VappStaticRoute).list()]
    story.check("a route is added and changed", routes, [("home", "172.17.0.0/16")])
    do(new(VappStaticRoute).delete("home"))


def main(which):
    with Story() as story:
        client = login("administrator", "System", api_version=VERSIONS[which])
        tenant = login("author", "example", api_version=VERSIONS[which])
        task = task_of(instantiate(tenant, "netted"))
        done(tenant, task)
        vdc = VDC(client, resource=Org(client, resource=client.get_org_by_name("example")).get_vdc("example-vdc"))
        vapp = VApp(client, resource=vdc.get_vapp("netted"))
        section(story, client, vapp)
        card = vapp.list_vm_interface("none")[0]
        services(story, client, vapp, card)
        vapp.reload()
        story.check("a network is deleted", done(client, vapp.delete_vapp_network("renamed")), UPDATED)
        vapp.reload()
        story.check("and gone", "renamed" in networks(vapp), False)


if __name__ == "__main__":
    main(sys.argv[1])
