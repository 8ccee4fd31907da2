"""pyvcloud at the `lowest` or the `highest` API version that it and the server have in common: the life of networks of an organization VDC,
isolated and directly connected."""

import sys

from pyvcloud.vcd.exceptions import BadRequestException, EntityNotFoundException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vdc_network import VdcNetwork

from story import VERSIONS, Story, done, login, task_of


def a_vdc(client, org):
    return VDC(client, resource=Org(client, resource=client.get_org_by_name(org)).get_vdc("example-vdc"))


def ranges(network):
    scope = network.get_resource().Configuration.IpScopes.IpScope
    return ["%s-%s" % (pool.StartAddress, pool.EndAddress) for pool in scope.IpRanges.IpRange]


def isolated(story, client, vdc, which):
    made = vdc.create_isolated_vdc_network(
        "lab", "10.9.0.1/24", "of tests", primary_dns_ip="10.9.0.2", dns_suffix="lab.test", ip_range_start="10.9.0.10", ip_range_end="10.9.0.19",
        is_dhcp_enabled=True, default_lease_time=60, max_lease_time=90, dhcp_ip_range_start="10.9.0.100", dhcp_ip_range_end="10.9.0.109",
        is_shared=False)
    story.check("an isolated network is made, by a task", done(client, task_of(made)), "networkCreateOrgVdcNetwork")
    found = vdc.get_isolated_orgvdc_network("lab")
    story.check("it is found", (found.get("name"), str(found.Description)), ("lab", "of tests"))
    story.check("it lends addresses", str(found.ServiceConfig.DhcpService.IpRange.EndAddress), "10.9.0.109")
    story.refused("a second of the name is refused", BadRequestException, lambda: vdc.create_isolated_vdc_network("lab", "10.8.0.1/24"))
    network = VdcNetwork(client, href=found.get("href"))
    story.check("it has its pool", ranges(network), ["10.9.0.10-10.9.0.19"])
    story.check("its pool is changed", done(client, network.modify_static_ip_pool("10.9.0.10-10.9.0.19", "10.9.0.10-10.9.0.29")), "networkUpdateNetwork")
    network.reload()
    story.check("it has the other pool", ranges(network), ["10.9.0.10-10.9.0.29"])
    if which == "highest":
        # Below, the client looks in vain for a SubnetPrefixLength.
        done(client, network.add_static_ip_pool_and_dns(["10.9.0.40-10.9.0.49"], "10.9.0.3"))
        network.reload()
        dns = str(network.get_resource().Configuration.IpScopes.IpScope.Dns1)
        seen = (dns, ranges(network))
        story.check("it has another name server and another range", seen, ("10.9.0.3", ["10.9.0.10-10.9.0.29", "10.9.0.40-10.9.0.49"]))
    done(client, network.edit_name_description_and_shared_state("box", "of more tests", True))
    network.reload()
    edited = network.get_resource()
    story.check("it is renamed and shared", (network.name, str(edited.Description), str(edited.IsShared).lower()), ("box", "of more tests", "true"))
    story.check("it is listed", "box" in [record["name"] for record in records(vdc)])
    story.check("it is deleted, by a task", done(client, vdc.delete_isolated_orgvdc_network("box")), "networkDelete")
    story.refused("and gone", EntityNotFoundException, lambda: vdc.get_isolated_orgvdc_network("box"))


def records(vdc):
    return [{"name": network.get("name")} for network in vdc.list_orgvdc_network_resources()]


def direct(story, client, vdc):
    made = vdc.create_directly_connected_vdc_network("outside", "ExtNw", "of tests", is_shared=True)
    story.check("a directly connected network is made", done(client, task_of(made)), "networkCreateOrgVdcNetwork")
    found = vdc.get_direct_orgvdc_network("outside")
    story.check("it leads to the external network", found.Configuration.ParentNetwork.get("name"), "ExtNw")
    kinds = {record["name"]: (record["linkType"], record["connectedTo"]) for record in vdc.list_orgvdc_network_records()}
    # The client names 0 to 2 otherwise than other clients, which say direct, routed, isolated.
    story.check("the list says so", kinds["outside"], ("BRIDGED", "ExtNw"))
    story.check("and that the others are isolated", kinds["example-net"], ("DLR_UPLINK", ""))
    story.check("it is deleted", done(client, vdc.delete_direct_orgvdc_network("outside")), "networkDelete")


with Story() as story:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "highest"
    tenant = login("orgadmin", "example", api_version=VERSIONS[wanted])
    isolated(story, tenant, a_vdc(tenant, "example"), wanted)
    provider = login("administrator", "System", api_version=VERSIONS[wanted])
    direct(story, provider, a_vdc(provider, "example"))
