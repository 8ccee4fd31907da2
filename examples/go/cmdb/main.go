// Asks a slow system before an operation may run, and keeps the blocking task alive meanwhile.
//
// The id of the blocking task is in the header `notification.entityUUID`; its address follows from that. The check is the command CHECK,
// with the operation and the owner's address as arguments: 0 resumes, anything else fails the task with what the command said. Every BEAT
// seconds the timeout is moved to LEASE milliseconds from then, so that a check may take longer than the timeout, and a consumer that
// dies does not leave the task waiting for longer than that.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os/exec"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"vcdsim/examples/bus"
	"vcdsim/examples/cloud"
)

// longest is how much of what the check says becomes the reason.
const longest = 2000

func main() {
	session, err := cloud.New()
	if err != nil {
		log.Fatal(err)
	}
	bus.Consume("cmdb", bus.XMLExchange(), bus.Blocked, func(ctx context.Context, message amqp.Delivery) error {
		id, known := message.Headers["notification.entityUUID"].(string)
		if !known {
			return errors.New("it has no notification.entityUUID")
		}
		address := cloud.URL() + "/api/admin/extension/blockingTask/" + id
		said, err := ask(ctx, session, address)
		if errors.Is(err, cloud.ErrForbidden) {
			said, err = "too late for "+address, session.MakeSureItIsGone(id)
		}
		if err == nil {
			fmt.Println(said)
		}
		return err
	})
}

// ask runs the check and decides; it answers what it has done.
func ask(ctx context.Context, session *cloud.Cloud, address string) (string, error) {
	blocked, err := session.Get(address)
	if err != nil {
		return "", err
	}
	words := append(strings.Fields(bus.Env("CHECK", "true")), blocked.Name, blocked.Owner.Href)
	said, failed, err := wait(ctx, session, blocked, exec.CommandContext(ctx, words[0], words[1:]...))
	switch {
	case err != nil:
		return "", err
	case failed:
		return "failed " + blocked.Name + " " + blocked.ID, session.Decide(blocked, "fail", or(said, "The CMDB does not know of it."))
	default:
		return "resumed " + blocked.Name + " " + blocked.ID, session.Decide(blocked, "resume", or(said, "The CMDB knows of it."))
	}
}

// wait lets the check run, and keeps the task alive until it has ended.
func wait(ctx context.Context, session *cloud.Cloud, blocked *cloud.Document, check *exec.Cmd) (string, bool, error) {
	var said bytes.Buffer
	check.Stdout, check.Stderr = &said, &said
	// What the check has started itself may outlive it, and is not waited for.
	check.WaitDelay = time.Second
	if err := check.Start(); err != nil {
		// That is nobody's verdict: the message stays until the check can be started.
		return "", false, fmt.Errorf("%w: the check cannot be started: %w", bus.ErrLater, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- check.Wait() }()
	beat, lease := bus.Duration("BEAT", time.Second, 20*time.Second), bus.Duration("LEASE", time.Millisecond, time.Minute)
	for {
		if err := session.KeepAlive(blocked, "Still asking the CMDB.", lease); err != nil {
			_ = check.Process.Kill()
			<-ended
			return "", false, err
		}
		fmt.Println("kept alive", blocked.ID)
		select {
		case err := <-ended:
			// A check that was ended with the program has decided nothing.
			return strings.TrimSpace(strings.ToValidUTF8(string(said.Next(longest)), "\ufffd")), err != nil, ctx.Err()
		case <-time.After(beat):
		}
	}
}

func or(text, usual string) string {
	if text == "" {
		return usual
	}
	return text
}
