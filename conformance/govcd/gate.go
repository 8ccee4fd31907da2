package main

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/vmware/go-vcloud-director/v3/govcd"
	"github.com/vmware/go-vcloud-director/v3/types/v56"
)

// The client has no types for blocking tasks; its requests can carry any.

const (
	adminType      = "application/vnd.vmware.admin."
	operationsType = adminType + "taskOperationList+xml"
	blockingType   = adminType + "blockingTask+xml"
	decisionType   = adminType + "blockingTaskOperationParams+xml"
)

type blockingOperations struct {
	XMLName xml.Name       `xml:"http://www.vmware.com/vcloud/extension/v1.5 BlockingTaskOperations"`
	Entries []blockedEntry `xml:"http://www.vmware.com/vcloud/v1.5 TaskOperationType"`
}

type blockedEntry struct {
	Operation string `xml:"http://www.vmware.com/vcloud/v1.5 Operation"`
}

type blockingTask struct {
	XMLName xml.Name       `xml:"http://www.vmware.com/vcloud/extension/v1.5 BlockingTask"`
	Name    string         `xml:"name,attr"`
	Status  string         `xml:"status,attr"`
	Link    types.LinkList `xml:"http://www.vmware.com/vcloud/v1.5 Link"`
}

type decisionParams struct {
	XMLName xml.Name `xml:"http://www.vmware.com/vcloud/extension/v1.5 BlockingTaskOperationParams"`
	Message string   `xml:"Message"`
}

// block makes exactly these operations blocking, and answers the list as the server tells it back.
func block(admin *govcd.VCDClient, names ...string) []string {
	wanted, answer := blockingOperations{}, blockingOperations{}
	for _, name := range names {
		wanted.Entries = append(wanted.Entries, blockedEntry{name})
	}
	href := admin.Client.VCDHREF.String() + "/admin/extension/settings/blockingTask/operations"
	must(admin.Client.ExecuteRequest(href, http.MethodPut, operationsType, "the list is refused: %s", &wanted, &answer))
	return each(answer.Entries, func(entry blockedEntry) string { return entry.Operation })
}

// blocking follows the link that only administrators see in a task that waits.
func blocking(admin *govcd.VCDClient, task *types.Task) blockingTask {
	seen := must(admin.Client.GetTaskByHREF(task.HREF)).Task
	var blocked blockingTask
	href := linked(*seen.Link, "down", blockingType)
	must(admin.Client.ExecuteRequest(href, http.MethodGet, "", "no blocking task: %s", nil, &blocked))
	return blocked
}

func decide(admin *govcd.VCDClient, blocked blockingTask, rel string) error {
	href := linked(blocked.Link, rel, decisionType)
	return admin.Client.ExecuteRequestWithoutResponse(href, http.MethodPost, decisionType, "refused: %s", decisionParams{Message: decided})
}

func linked(links types.LinkList, rel, mediaType string) string {
	found := links.Find(func(link *types.Link) bool { return link.Rel == rel && link.Type == mediaType })
	if found == nil {
		panic("there is no link " + rel + " to " + mediaType)
	}
	return found.HREF
}

// instantiate asks for a vApp without waiting for it.
func instantiate(vdc *govcd.Vdc, client *govcd.Client, template, name string) *types.VApp {
	params := types.InstantiateVAppTemplateParams{
		Xmlns: types.XMLNamespaceVCloud, Ovf: types.XMLNamespaceOVF, Name: name, Source: &types.Reference{HREF: template},
	}
	vapp := &types.VApp{}
	href := vdc.Vdc.HREF + "/action/instantiateVAppTemplate"
	must(client.ExecuteRequest(href, http.MethodPost, types.MimeInstantiateVappTemplateParams, "refused: %s", &params, vapp))
	return vapp
}

const (
	decided  = "decided by go"
	poll     = 100 * time.Millisecond
	patience = 20 * time.Second
)

// A watch is the client's own waiting for a task, beside the story.
type watch struct {
	// The first two statuses that the client saw.
	told  chan string
	ended chan error
	// The last one; to be read when it has ended.
	status string
}

func watchTask(client *govcd.Client, task *types.Task) *watch {
	w := &watch{told: make(chan string, 2), ended: make(chan error, 1)}
	look := func(seen *types.Task, times int, _ time.Duration, _, _ bool) {
		if times <= 2 {
			w.told <- seen.Status
		}
	}
	go func() {
		watched := govcd.NewTask(client)
		watched.Task = task
		err := watched.WaitInspectTaskCompletion(look, poll)
		w.status = watched.Task.Status
		w.ended <- err
	}()
	return w
}

// waits says whether the client looks again and again, and sees nothing but a task that waits.
func (w *watch) waits() bool {
	for range 2 {
		select {
		case status := <-w.told:
			if status != "preRunning" {
				return false
			}
		case <-time.After(patience):
			return false
		}
	}
	return len(w.ended) == 0
}

// end is how the client's waiting ended: the status it saw, and its error.
func (w *watch) end() (string, string) {
	select {
	case err := <-w.ended:
		if err != nil {
			return w.status, err.Error()
		}
		return w.status, ""
	case <-time.After(patience):
		return "not at all", ""
	}
}
