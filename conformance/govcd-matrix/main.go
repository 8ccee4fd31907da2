// One cell of the client matrix: go-vcloud-director asks for a vApp and waits for its task, as its users and the Terraform provider do.
// Its sleep cannot be moved, so the wait is bounded in real time: `govcd-matrix NAME SECONDS`.
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// polls counts how often the client has asked for a task.
type polls struct {
	under http.RoundTripper
	count atomic.Int32
}

func (p *polls) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.Contains(request.URL.Path, "/api/task/") {
		p.count.Add(1)
	}
	return p.under.RoundTrip(request)
}

func main() {
	seconds := must(strconv.Atoi(os.Args[2]))
	client := govcd.NewVCDClient(*must(url.Parse(os.Getenv("VCDSIM_HTTP") + "/api")), true)
	done(client.Authenticate("author", "password", "example"))
	polls := &polls{under: client.Client.Http.Transport}
	client.Client.Http.Transport = polls

	org := must(client.GetOrgByName("example"))
	vdc := must(org.GetVDCByName("example-vdc", false))
	template := must(must(org.GetCatalogByName("example-catalog", false)).GetVAppTemplateByName("photon-1vm"))
	params := types.InstantiateVAppTemplateParams{
		Xmlns: types.XMLNamespaceVCloud, Name: os.Args[1], Source: &types.Reference{HREF: template.VAppTemplate.HREF},
	}
	vapp := govcd.NewVApp(&client.Client)
	href := vdc.Vdc.HREF + "/action/instantiateVAppTemplate"
	must(client.Client.ExecuteRequest(href, http.MethodPost, types.MimeInstantiateVappTemplateParams, "refused: %s", params, vapp.VApp))
	task := govcd.NewTask(&client.Client)
	task.Task = vapp.VApp.Tasks.Task[0]
	fmt.Println("waiting")

	polls.count.Store(0)
	ended := make(chan error, 1)
	go func() { ended <- task.WaitTaskCompletion() }()
	select {
	case err := <-ended:
		if err != nil {
			fmt.Println("returns the error:", err)
		} else {
			fmt.Println("returns nil, which is success; the task's status is", task.Task.Status)
		}
	case <-time.After(time.Duration(seconds) * time.Second):
		asked := "but has not asked again"
		if polls.count.Load() > 1 {
			asked = "and has asked again and again"
		}
		fmt.Printf("still waits after %d s %s, without a limit of its own\n", seconds, asked)
	}
}

func must[T any](value T, err error) T {
	done(err)
	return value
}

func done(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
