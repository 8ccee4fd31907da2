"""pyvcloud at 29.0 (`lowest`), 30.0 (`middle`) or the `highest` API version that it and the server have in common: the life of an edge
gateway, its connections and its services as far as NSX does not serve them, and of networks behind it."""

import sys

from pyvcloud.vcd.client import E, EntityType
from pyvcloud.vcd.exceptions import BadRequestException, EntityNotFoundException
from pyvcloud.vcd.gateway import Gateway
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vapp import VApp
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vdc_network import VdcNetwork

from story import VERSIONS, Story, done, login, task_of

SUBNET = "192.168.50.1/24"
UPDATED = "networkEdgeGatewayUpdate"


class Named:
    """A relation or a type that the client has no name for; it only asks for the value."""

    def __init__(self, value):
        self.value = value


def a_vdc(client):
    return VDC(client, resource=Org(client, resource=client.get_org_by_name("example")).get_vdc("example-vdc"))


def a_gateway(client, vdc, name):
    return Gateway(client, href=vdc.get_gateway(name).get("href"))


def make(which, vdc, name, **options):
    """The client has a method for each time that the request was given another element."""
    method = vdc.create_gateway_api_version_32 if which == "highest" else vdc.create_gateway_api_version_30
    return method(name, ["ExtNw"], "compact", "of tests", **options)


def made(story, client, vdc, which):
    settings = {"ExtNw": {SUBNET: "192.168.50.10"}}
    ranges = {"ExtNw": {SUBNET: ["192.168.50.20-192.168.50.24", "192.168.50.30-192.168.50.34"]}}
    sent = make(
        which, vdc, "gw", is_default_gateway=True, selected_extnw_for_default_gw="ExtNw", default_gateway_ip="192.168.50.1",
        is_ip_settings_configured=True, ext_net_to_participated_subnet_with_ip_settings=settings, is_sub_allocate_ip_pools_enabled=True,
        ext_net_to_subnet_with_ip_range=ranges, ext_net_to_rate_limit={"ExtNw": {100: 200}})
    story.check("an edge gateway is made, by a task", done(client, task_of(sent)), "networkEdgeGatewayCreate")
    story.check("the VDC lists it", [each["name"] for each in vdc.list_edge_gateways()], ["gw"])
    story.refused("a second of the name is refused", BadRequestException, lambda: make(which, vdc, "gw"))
    done(client, task_of(make(which, vdc, "other")))
    story.check("another one gets another address", address(a_gateway(client, vdc, "other")), ["192.168.50.11"])
    gateway = a_gateway(client, vdc, "gw")
    story.check("it has the address that was asked for", address(gateway), ["192.168.50.10"])
    story.check("it is the way out", gateway.list_configure_default_gateway(), [{"external_network": "ExtNw", "gateway_ip": "192.168.50.1"}])
    limits = [{"external_network": "ExtNw", "in_rate_limit": "100.0", "out_rate_limit": "200.0"}]
    story.check("no faster than was asked for", [{key: "%.1f" % float(value) if "limit" in key else value for key, value in each.items()}
                                                 for each in gateway.list_rate_limits()], limits)
    story.check("it is no gateway of NSX-T", gateway.is_nsxt_backed(), False)
    return gateway


def address(gateway):
    return gateway.list_external_network_ip_allocations()["ExtNw"]


def pools(gateway):
    gateway.reload()
    part = gateway.get_resource().Configuration.GatewayInterfaces.GatewayInterface.SubnetParticipation
    return ["%s-%s" % (each.StartAddress, each.EndAddress) for each in part.IpRanges.IpRange]


def connected(story, client, gateway):
    do = lambda task: (done(client, task), gateway.reload())[0]
    story.check("it shows its settings", gateway.list_configure_ip_settings(),
                [{"external_network": "ExtNw", "gateway": [SUBNET], "ip_address": ["192.168.50.10"]}])
    edited = gateway.edit_config_ip_settings({"ExtNw": {SUBNET: {"enable": True, "ip_address": "192.168.50.12"}}})
    story.check("its address is changed", (do(edited), address(gateway)), (UPDATED, ["192.168.50.12"]))
    taken = {"ExtNw": {SUBNET: {"enable": True, "ip_address": "192.168.50.11"}}}
    story.refused("one that is taken is refused", BadRequestException, lambda: gateway.edit_config_ip_settings(taken))
    gateway.reload()
    do(gateway.add_sub_allocated_ip_pools("ExtNw", ["192.168.50.40-192.168.50.44"]))
    story.check("a range is sub-allocated", pools(gateway)[2:], ["192.168.50.40-192.168.50.44"])
    do(gateway.edit_sub_allocated_ip_pools("ExtNw", "192.168.50.40-192.168.50.44", "192.168.50.40-192.168.50.49"))
    story.check("and changed", pools(gateway)[2:], ["192.168.50.40-192.168.50.49"])
    do(gateway.remove_sub_allocated_ip_pools("ExtNw", ["192.168.50.40-192.168.50.49"]))
    story.check("and taken back", pools(gateway), ["192.168.50.20-192.168.50.24", "192.168.50.30-192.168.50.34"])
    do(gateway.edit_rate_limits({"ExtNw": ["101.0", "102.0"]}))
    story.check("its limits are changed", float(gateway.list_rate_limits()[0]["out_rate_limit"]), 102.0)
    do(gateway.disable_rate_limits(["ExtNw"]))
    story.check("and lifted", gateway.list_rate_limits(), [{}])
    do(gateway.configure_dns_default_gateway(True))
    story.check("it answers names", bool(gateway.get_resource().Configuration.UseDefaultRouteForDnsRelay))
    do(gateway.configure_default_gateway("ExtNw", "192.168.50.1", False))
    story.check("it is no way out any more", gateway.list_configure_default_gateway(), [])
    story.refused("it must lead somewhere", BadRequestException, lambda: gateway.remove_external_network("ExtNw"))
    gateway.reload()


def kept(story, client, vdc, gateway):
    do = lambda task: (done(client, task), gateway.reload())[0]
    story.check("it is renamed", do(gateway.edit_gateway("gate", "of more tests", True)), UPDATED)
    found = gateway.get_resource()
    story.check("and stays so", (found.get("name"), str(found.Description), bool(found.Configuration.HaEnabled)), ("gate", "of more tests", True))
    story.check("it is deployed anew", do(gateway.redeploy()), "networkEdgeGatewayRedeploy")
    story.check("it is told the log servers", do(gateway.sync_syslog_settings()), "networkEdgeGatewaySyncSyslog")
    story.refused("of which there is none", EntityNotFoundException, gateway.list_syslog_server_ip)
    do(gateway.set_tenant_syslog_server_ip("10.0.0.9"))
    story.check("one is set", str(gateway.list_syslog_server_ip()["Tenant Syslog server"]), "10.0.0.9")
    story.check("it grows", do(gateway.modify_form_factor("full4")), "networkEdgeGatewayUpgradeConfiguration")
    story.check("it becomes an advanced one", do(gateway.convert_to_advanced()), UPDATED)
    gateway.reload_admin()
    story.check("it distributes routing", do(gateway.enable_distributed_routing(True)), UPDATED)
    body = gateway.get_resource().Configuration
    seen = (str(body.GatewayBackingConfig), bool(body.AdvancedNetworkingEnabled), bool(body.DistributedRoutingEnabled))
    story.check("all of which it shows", seen, ("full4", True, True))
    services = E.EdgeGatewayServiceConfiguration(E.FirewallService(E.IsEnabled(True), E.DefaultAction("allow"), E.LogDefaultAction(False)))
    relation = Named("edgeGateway:configureServices")
    set_services = client.post_linked_resource(found, relation, EntityType.EDGE_GATEWAY_SERVICE_CONFIGURATION.value, services)
    story.check("its firewall is set", do(set_services), "networkConfigureEdgeGatewayServices")
    walls = gateway.get_resource().Configuration.EdgeGatewayServiceConfiguration.FirewallService
    story.check("and stays so", str(walls.DefaultAction), "allow")


def routed(story, client, vdc):
    sent = vdc.create_routed_vdc_network(
        "lab", "gate", "10.9.0.1/24", "of tests", "10.9.0.2", dns_suffix="lab.test", ip_range_start="10.9.0.10", ip_range_end="10.9.0.19",
        is_shared=False, sub_interface=True)
    story.check("a routed network is made", done(client, task_of(sent)), "networkCreateOrgVdcNetwork")
    found = vdc.get_routed_orgvdc_network("lab")
    story.check("it lies behind the gateway", (found.EdgeGateway.get("name"), str(found.Configuration.FenceMode)), ("gate", "natRouted"))
    story.check("it is listed so", [each.get("name") for each in vdc.list_orgvdc_routed_networks()], ["lab"])
    kinds = {each["name"]: (each["linkType"], each["connectedTo"]) for each in vdc.list_orgvdc_network_records()}
    # The client names 0 to 2 otherwise than other clients, which say direct, routed, isolated.
    story.check("and in the records", kinds["lab"], ("INDEPENDENT", "gate"))
    network = VdcNetwork(client, href=found.get("href"))
    story.check("it is a routed one", network.is_routed_network())
    for convert, kind in (
        (network.convert_to_internal_interface, "internal"), (network.convert_to_distributed_interface, "distributed"),
        (network.convert_to_sub_interface, "subinterface"),
    ):
        name = done(client, convert())
        network.reload_admin()
        story.check("its interface becomes %s" % kind, (name, interfaces(client, vdc)["lab"]), ("networkUpdateNetwork", (kind, "10.9.0.1")))
    network.reload()
    done(client, network.edit_name_description_and_shared_state("box", "of more tests", True))
    network.reload()
    story.check("it is renamed", (network.name, str(network.get_resource().IsShared).lower()), ("box", "true"))
    done(client, network.modify_static_ip_pool("10.9.0.10-10.9.0.19", "10.9.0.10-10.9.0.29"))
    network.reload()
    pool = network.get_resource().Configuration.IpScopes.IpScope.IpRanges.IpRange
    story.check("its pool is changed", str(pool.EndAddress), "10.9.0.29")
    story.refused("its gateway stays as long as it does", BadRequestException, lambda: vdc.delete_gateway("gate"))


def interfaces(client, vdc):
    """What the gateway says of the networks behind it."""
    gateway = a_gateway(client, vdc, "gate").get_resource()
    all_of_them = gateway.Configuration.GatewayInterfaces.GatewayInterface
    return {str(each.Name): (str(each.InterfaceType), str(each.SubnetParticipation.IpAddress)) for each in all_of_them}


def used(story, client, vdc):
    """A tenant's vApp takes an address of the network."""
    vdc.reload()
    sent = vdc.instantiate_vapp(
        "web", "example-catalog", "photon-1vm", network="box", fence_mode="bridged", ip_allocation_mode="pool", deploy=False, power_on=False)
    done(client, task_of(sent))
    vapp = VApp(client, resource=vdc.get_vapp("web"))
    card = vapp.get_all_vms()[0].NetworkConnectionSection.NetworkConnection
    story.check("a machine has an address of it", str(card.IpAddress), "10.9.0.10")
    network = VdcNetwork(client, href=vdc.get_routed_orgvdc_network("box").get("href"))
    seen = [str(each["IP Address"]) for each in network.list_allocated_ip_address()]
    story.check("which it lists", seen, ["10.9.0.10"])
    story.refused("so it stays", BadRequestException, lambda: vdc.delete_routed_orgvdc_network("box"))
    done(client, vdc.delete_vapp("web"))


def deleted(story, client, vdc):
    story.check("the network is deleted", done(client, vdc.delete_routed_orgvdc_network("box")), "networkDelete")
    story.refused("and gone", EntityNotFoundException, lambda: vdc.get_routed_orgvdc_network("box"))
    story.check("the gateway is deleted", done(client, vdc.delete_gateway("gate")), "networkEdgeGatewayDelete")
    done(client, vdc.delete_gateway("other"))
    story.check("and gone", vdc.list_edge_gateways(), [])


def main(which):
    with Story() as story:
        client = login("administrator", "System", api_version=VERSIONS[which])
        vdc = a_vdc(client)
        gateway = made(story, client, vdc, which)
        connected(story, client, gateway)
        kept(story, client, vdc, gateway)
        routed(story, client, vdc)
        tenant = login("orgadmin", "example", api_version=VERSIONS[which])
        theirs = a_vdc(tenant)
        story.check("its tenant lists the gateway", sorted(each["name"] for each in theirs.list_edge_gateways()), ["gate", "other"])
        used(story, tenant, theirs)
        deleted(story, client, vdc)


if __name__ == "__main__":
    main(sys.argv[1])
