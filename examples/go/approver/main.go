// Decides about what is blocked: whatever the policy does not decline is resumed.
//
// From the message to the blocking task it goes by the entity resolver: the address is in the message, the URN of the blocking task is
// behind it, and the answer has the link. Nothing needs to be known of the cloud but how to sign in.
package main

import (
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
	bus.Consume("approver", bus.XMLExchange(), bus.Blocked, func(message amqp.Delivery) error {
		said, err := decide(session, message.Body)
		if errors.Is(err, cloud.ErrTooLate) {
			said, err = "too late for "+said, nil
		}
		fmt.Println(said)
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
	if declined(blocked.Name) {
		return "declined " + blocked.Name + " " + urn, session.Decide(blocked, "abort", blocked.Name+" is not allowed here.")
	}
	return "approved " + blocked.Name + " " + urn, session.Decide(blocked, "resume", "Approved.")
}

// declined says whether the policy declines an operation: DECLINE has the beginnings of such names.
func declined(operation string) bool {
	for _, prefix := range strings.Split(bus.Env("DECLINE", ""), ",") {
		if prefix != "" && strings.HasPrefix(operation, prefix) {
			return true
		}
	}
	return false
}
