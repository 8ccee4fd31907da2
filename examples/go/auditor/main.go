// Writes a line for each event, from the messages in JSON: they have ids and no names.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"vcdsim/examples/bus"
)

type event struct {
	Type             string `json:"type"`
	Timestamp        string `json:"timestamp"`
	OperationSuccess bool   `json:"operationSuccess"`
	Entity           string `json:"entity"`
	Task             string `json:"task"`
}

func main() {
	bus.Consume("auditor", bus.JSONExchange(), "#", func(_ context.Context, message amqp.Delivery) error {
		var told event
		if err := json.Unmarshal(message.Body, &told); err != nil {
			return err
		}
		flag, task := "done", "-"
		if !told.OperationSuccess {
			flag = "FAILED"
		}
		if at := strings.LastIndex(told.Task, ":"); at >= 0 {
			task = told.Task[at+1:]
		}
		fmt.Println(told.Timestamp, flag, strings.TrimPrefix(told.Type, "com/vmware/vcloud/event/"), told.Entity, "task", task)
		return nil
	})
}
