// Package cloud is the cloud's side of a consumer: sessions, documents, and the decision about a blocking task.
package cloud

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"vcdsim/examples/bus"
)

// The types of the documents that are followed and sent.
const (
	admin        = "application/vnd.vmware.admin."
	BlockingTask = admin + "blockingTask+xml"
	params       = admin + "blockingTaskOperationParams+xml"
	progress     = admin + "blockingTaskUpdateProgressOperationParams+xml"
	vmext        = "http://www.vmware.com/vcloud/extension/v1.5"
)

// ErrForbidden is a 403: something is gone, or is not for this account. The answer is the same for both.
var ErrForbidden = errors.New("403, it is gone or not for this account")

// Cloud is a session of a system administrator.
type Cloud struct {
	http  http.Client
	token string
}

// Link is a link of any document.
type Link struct {
	Name string `xml:"name,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

// Document is what consumers read of any document.
type Document struct {
	ID    string `xml:"id,attr"`
	Name  string `xml:"name,attr"`
	Links []Link `xml:"Link"`
	Owner Link   `xml:"TaskOwner"`
	// Of lists.
	References []Link `xml:"Reference"`
	// Of notifications.
	Entities []struct {
		Rel string `xml:"rel,attr"`
		ID  string `xml:"id,attr"`
	} `xml:"EntityLink"`
}

// New is a cloud that trusts the authority in the file VCD_CA; without one, what the machine trusts.
func New() (*Cloud, error) {
	client := http.Client{Timeout: 30 * time.Second}
	if file, known := os.LookupEnv("VCD_CA"); known {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(pem)
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}
	}
	return &Cloud{http: client}, nil
}

// URL is the cloud's address.
func URL() string { return bus.Env("VCD_URL", "https://127.0.0.1:8443") }

// Read is a document that was sent.
func Read(body []byte) (*Document, error) {
	document := &Document{}
	return document, xml.Unmarshal(body, document)
}

// Get is the document at an address.
func (c *Cloud) Get(url string) (*Document, error) {
	body, err := c.ask(http.MethodGet, url, "", nil)
	if err != nil {
		return nil, err
	}
	return Read(body)
}

// MakeSureItIsGone asks, after a 403, whether a blocking task is decided, timed out or canceled, so that there is nothing left to
// decide. What still waits, or cannot be seen by this account, stays for one with the right to decide.
func (c *Cloud) MakeSureItIsGone(uuid string) error {
	waiting, err := c.Get(URL() + "/api/admin/extension/blockingTasks")
	if errors.Is(err, ErrForbidden) {
		return fmt.Errorf("%w: %s has no right to see blocking tasks", bus.ErrLater, user())
	}
	if err != nil {
		return err
	}
	for _, each := range waiting.References {
		if strings.HasSuffix(each.Href, uuid) {
			return fmt.Errorf("%w: %s has no right to decide about %s, which still waits", bus.ErrLater, user(), uuid)
		}
	}
	return nil
}

func user() string { return bus.Env("VCD_USER", "administrator@System") }

// Decide follows resume, abort or fail of a blocking task.
func (c *Cloud) Decide(blocked *Document, rel, message string) error {
	return c.post(blocked, rel, params, fmt.Sprintf("<BlockingTaskOperationParams xmlns='%s'><Message>%s</Message></BlockingTaskOperationParams>", vmext, escaped(message)))
}

// KeepAlive gives a blocking task so long from now on.
func (c *Cloud) KeepAlive(blocked *Document, message string, lease time.Duration) error {
	return c.post(blocked, "updateProgress", progress, fmt.Sprintf(
		"<BlockingTaskUpdateProgressParams xmlns='%s'><Message>%s</Message><TimeoutValueInMilliseconds>%d</TimeoutValueInMilliseconds></BlockingTaskUpdateProgressParams>",
		vmext, escaped(message), lease.Milliseconds()))
}

func (c *Cloud) post(blocked *Document, rel, media, body string) error {
	href, err := blocked.Link(rel, "")
	if err != nil {
		return err
	}
	_, err = c.ask(http.MethodPost, href, media, []byte(body))
	return err
}

// Link is the address behind a relation, and behind a type where there is more than one.
func (d *Document) Link(rel, media string) (string, error) {
	for _, link := range d.Links {
		if link.Rel == rel && (link.Type == media || media == "" && !strings.HasSuffix(link.Type, "+json")) {
			return link.Href, nil
		}
	}
	return "", fmt.Errorf("there is no link %s", rel)
}

// ask is one request, after a new login when the session is over.
func (c *Cloud) ask(method, url, media string, body []byte) ([]byte, error) {
	// Addresses come out of messages: the session is for this cloud only.
	if !strings.HasPrefix(url, URL()+"/") {
		return nil, fmt.Errorf("%s is not part of %s", url, URL())
	}
	status, answer, _, err := c.send(method, url, media, body, false)
	if err == nil && status == http.StatusUnauthorized {
		if err := c.login(); err != nil {
			return nil, err
		}
		status, answer, _, err = c.send(method, url, media, body, false)
	}
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusForbidden:
		return nil, ErrForbidden
	case status >= 300:
		return nil, fmt.Errorf("%s %s: %d", method, url, status)
	}
	return answer, nil
}

func (c *Cloud) login() error {
	status, _, headers, err := c.send(http.MethodPost, URL()+"/api/sessions", "", nil, true)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: the login is refused: %d", bus.ErrLater, status)
	}
	c.token = headers.Get("x-vcloud-authorization")
	return err
}

func (c *Cloud) send(method, url, media string, body []byte, login bool) (int, []byte, http.Header, error) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Accept", "application/*+xml;version=36.0")
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	if login {
		request.SetBasicAuth(user(), bus.Env("VCD_PASSWORD", "password"))
	} else {
		request.Header.Set("x-vcloud-authorization", c.token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", bus.ErrLater, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 500 {
		err = fmt.Errorf("%s %s: %d", method, url, answer.StatusCode)
	}
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", bus.ErrLater, err)
	}
	return answer.StatusCode, content, answer.Header, nil
}

func escaped(text string) string {
	var escaped strings.Builder
	// Writing to memory cannot fail.
	_ = xml.EscapeText(&escaped, []byte(text))
	return escaped.String()
}
