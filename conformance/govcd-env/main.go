// go-vcloud-director signs in with what `vcdsim env` prints for its own tests, and with the variables that are printed for Terraform.
package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/hcl/v2/hclsimple"
	"github.com/vmware/go-vcloud-director/v3/govcd"
	"gopkg.in/yaml.v2"
)

// The parts of a configuration of the client's tests that are printed, named as there; anything else is an error.
type configuration struct {
	Provider struct {
		URL           string `yaml:"url"`
		User          string `yaml:"user"`
		Password      string `yaml:"password"`
		SysOrg        string `yaml:"sysOrg"`
		AllowInsecure bool   `yaml:"allowInsecure"`
	} `yaml:"provider"`
	VCD struct {
		Org     string `yaml:"org"`
		Vdc     string `yaml:"vdc"`
		Catalog struct {
			Name        string `yaml:"name"`
			CatalogItem string `yaml:"catalogItem"`
		} `yaml:"catalog"`
	} `yaml:"vcd"`
}

// The variables that are printed for Terraform.
type variables struct {
	URL      string `hcl:"vcd_url"`
	User     string `hcl:"vcd_user"`
	Password string `hcl:"vcd_password"`
	Org      string `hcl:"vcd_org"`
	Insecure bool   `hcl:"vcd_allow_unverified_ssl"`
}

var (
	count  int
	failed bool
)

func main() {
	var config configuration
	done(yaml.UnmarshalStrict(printed("govcd", "administrator@System"), &config))
	provider := config.Provider
	admin := signIn(provider.URL, provider.User, provider.Password, provider.SysOrg, provider.AllowInsecure)
	org := must(admin.GetAdminOrgByName(config.VCD.Org))
	check("the organization is there", org.AdminOrg.Name, "example")
	vdc := must(org.GetVDCByName(config.VCD.Vdc, false))
	check("and its VDC", vdc.Vdc.Name, config.VCD.Vdc)
	catalog := must(org.GetCatalogByName(config.VCD.Catalog.Name, false))
	item := must(catalog.GetCatalogItemByName(config.VCD.Catalog.CatalogItem, false))
	check("and an item of its catalog", item.CatalogItem.Name, "photon-1vm")

	// The name says in which of its two forms the language is written.
	var told variables
	done(hclsimple.Decode("tfvars.hcl", printed("tfvars", "author@example"), nil, &told))
	author := signIn(told.URL, told.User, told.Password, told.Org, told.Insecure)
	own := must(author.GetOrgByName(told.Org))
	check("the variables of Terraform sign a tenant in", own.Org.Name, "example")
	_, err := author.GetAdminOrgByName("System")
	check("as that tenant", err != nil, true)

	fmt.Printf("1..%d\n", count)
	if failed {
		os.Exit(1)
	}
}

// printed is what the server's own binary says.
func printed(format, user string) []byte {
	binary := must(filepath.EvalSymlinks("/proc/" + os.Getenv("VCDSIM_PID") + "/exe"))
	command := exec.Command(binary, "env", "--format", format, "--user", user, "--url", os.Getenv("VCDSIM_HTTP"))
	command.Stderr = os.Stderr
	return must(command.Output())
}

func signIn(api, user, password, org string, insecure bool) *govcd.VCDClient {
	client := govcd.NewVCDClient(*must(url.ParseRequestURI(api)), insecure)
	check("signs in as "+user, client.Authenticate(user, password, org), nil)
	return client
}

func check(what string, seen, wanted any) {
	count++
	if seen == wanted {
		fmt.Printf("ok %d - %s\n", count, what)
		return
	}
	failed = true
	fmt.Printf("not ok %d - %s\n# wanted %v\n# seen   %v\n", count, what, wanted, seen)
}

func must[T any](value T, err error) T {
	done(err)
	return value
}

func done(err error) {
	if err != nil {
		check("goes on", err, nil)
		fmt.Printf("1..%d\n", count)
		os.Exit(1)
	}
}
