// Decides about what is blocked: whatever the policy does not decline is resumed.
//
// From the message to the blocking task it goes by the entity resolver: the address is in the message, the URN of the blocking task is
// behind it, and the answer has the link. Nothing needs to be known of the cloud but how to sign in.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"vcdsim/examples/bus"
	"vcdsim/examples/cloud"
)

func main() {
	session, err := cloud.New()
	if err != nil {
		log.Fatal(err)
	}
	bus.Consume("approver", bus.XMLExchange(), bus.Blocked, func(_ context.Context, message amqp.Delivery) error {
		said, err := decide(session, message.Body)
		if errors.Is(err, cloud.ErrForbidden) {
			said, err = "too late for "+said, session.MakeSureItIsGone(said[strings.LastIndex(said, ":")+1:])
		}
		if err == nil {
			fmt.Println(said)
		}
		return err
	})
}

// decide answers what it has done, or what it was about.
func decide(session *cloud.Cloud, body []byte) (string, error) {
	notification, err := cloud.Read(body)
	if err != nil {
		return "", err
	}
	urn := ""
	for _, entity := range notification.Entities {
		if entity.Rel == "entity" {
			urn = entity.ID
		}
	}
	if urn == "" {
		return "", errors.New("it names no entity")
	}
	resolver, err := notification.Link("entityResolver", "")
	if err != nil {
		return urn, err
	}
	entity, err := session.Get(resolver + urn)
	if err != nil {
		return urn, err
	}
	address, err := entity.Link("alternate", cloud.BlockingTask)
	if err != nil {
		return urn, err
	}
	blocked, err := session.Get(address)
	if err != nil {
		return urn, err
	}
	name := blocked.Owner.Name
	if name == "" {
		// What is only being made has no name here yet, but at its own address.
		owner, err := session.Get(blocked.Owner.Href)
		if err != nil {
			return urn, err
		}
		name = owner.Name
	}
	if declined(blocked.Name) || declined(name) {
		return "declined " + blocked.Name + " " + urn, session.Decide(blocked, "abort", blocked.Name+" of "+name+" is not allowed here.")
	}
	return "approved " + blocked.Name + " " + urn, session.Decide(blocked, "resume", "Approved.")
}

// declined says whether the policy declines an operation or what it is about: DECLINE has the beginnings of such names.
func declined(name string) bool {
	for _, prefix := range strings.Split(bus.Env("DECLINE", ""), ",") {
		if prefix != "" && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
