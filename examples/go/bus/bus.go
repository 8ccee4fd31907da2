// Package bus is the broker's side of a consumer: a queue that outlives it, one message at a time, each event once.
//
// A message is acknowledged when it has been handled. If the program or the connection dies before that, the broker sends it again, so
// whatever handles it must bear being called twice; events that were handled already are left out by their id.
package bus

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Blocked lets the messages through that announce blocking tasks.
const Blocked = "true.*.*.*.com.vmware.vcloud.event.blockingtask.create.#"

const (
	remembered   = 10_000
	firstPause   = pause(200 * time.Millisecond)
	longestPause = 30 * time.Second
)

// XMLExchange and JSONExchange are where the two forms of each message are published.
func XMLExchange() string  { return Env("VCD_EXCHANGE", "systemExchange") }
func JSONExchange() string { return Env("VCD_PREFIX", "vcd") + ".notifications20" }

// Env is a variable of the environment, or what it is without one.
func Env(name, usual string) string {
	if value, known := os.LookupEnv(name); known {
		return value
	}
	return usual
}

// Event is what all messages have, in either form.
type Event struct {
	ID string `xml:"eventId,attr" json:"eventId"`
}

// steady is how long a connection has to last to have been a good one.
func steady() time.Duration { return Duration("STEADY", time.Second, 30*time.Second) }

// Duration is a number of the environment, in this unit.
func Duration(name string, unit, usual time.Duration) time.Duration {
	if given, err := strconv.ParseFloat(Env(name, ""), 64); err == nil {
		return time.Duration(given * float64(unit))
	}
	return usual
}

// Handler handles a message. Its context ends when the program is told to.
type Handler func(ctx context.Context, message amqp.Delivery) error

// ErrLater says that a message cannot be handled now: it stays in the queue.
var ErrLater = errors.New("not handled yet")

// consumer is what outlives a connection.
type consumer struct {
	queue, exchange, key string
	handle               Handler
	done                 memory
	// The broker and what handles messages fail for reasons of their own.
	reconnect, retry pause
}

// pause is how long to wait before something is tried again: longer each time, until it has worked.
type pause time.Duration

// grow is the pause that is due; the next one is longer.
func (p *pause) grow() time.Duration {
	due := time.Duration(*p)
	*p = pause(min(2*due, longestPause))
	return due
}

// Consume calls handle for each new message that key lets through, until the program is told to end. A lost connection is made again,
// after a pause that grows until one has lasted for a while or been of use.
func Consume(queue, exchange, key string, handle Handler) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	c := consumer{Env("QUEUE", queue), exchange, key, handle, memory{known: map[string]bool{}}, firstPause, firstPause}
	for ctx.Err() == nil {
		if err := c.run(ctx); err != nil {
			due := c.reconnect.grow()
			fmt.Printf("no connection, next try in %.1f s: %v\n", due.Seconds(), err)
			wait(ctx, due)
		}
	}
}

// run consumes over one connection.
func (c *consumer) run(ctx context.Context) error {
	connection, err := amqp.Dial(Env("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f"))
	if err != nil {
		return err
	}
	defer connection.Close()
	messages, err := open(connection, c.queue, c.exchange, c.key)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	began := time.Now()
	defer func() {
		if time.Since(began) >= steady() {
			c.reconnect = firstPause
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case message, more := <-messages:
			if !more {
				return amqp.ErrClosed
			}
			if err := c.take(ctx, message); err != nil {
				return err
			}
		}
	}
}

// take handles a message unless it was handled before, and tells the broker what has become of it.
func (c *consumer) take(ctx context.Context, message amqp.Delivery) error {
	err := c.once(ctx, message)
	switch {
	case err == nil:
		c.reconnect, c.retry = firstPause, firstPause
		return message.Ack(false)
	case ctx.Err() != nil:
		return message.Nack(false, true)
	case errors.Is(err, ErrLater):
		due := c.retry.grow()
		fmt.Printf("next try in %.1f s: %v\n", due.Seconds(), err)
		wait(ctx, due)
		return message.Nack(false, true)
	default:
		// It will be as wrong the next time.
		fmt.Println("given up:", err)
		return message.Reject(false)
	}
}

func (c *consumer) once(ctx context.Context, message amqp.Delivery) error {
	var event Event
	read := xml.Unmarshal
	if message.ContentType == "application/json" {
		read = json.Unmarshal
	}
	if err := read(message.Body, &event); err != nil {
		return err
	}
	if event.ID == "" {
		return errors.New("it has no eventId")
	}
	if c.done.known[event.ID] {
		fmt.Println("again, and left out:", event.ID)
		return nil
	}
	if err := c.handle(ctx, message); err != nil {
		return err
	}
	c.done.add(event.ID)
	return nil
}

// wait lets time pass, unless the program is told to end.
func wait(ctx context.Context, due time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(due):
	}
}

func open(connection *amqp.Connection, queue, exchange, key string) (<-chan amqp.Delivery, error) {
	channel, err := connection.Channel()
	if err != nil {
		return nil, err
	}
	// The cloud declares the same; whoever comes first makes it.
	if err := channel.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		return nil, err
	}
	if _, err := channel.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return nil, err
	}
	if err := channel.QueueBind(queue, key, exchange, false, nil); err != nil {
		return nil, err
	}
	if err := channel.Qos(1, 0, false); err != nil {
		return nil, err
	}
	return channel.Consume(queue, "", false, false, false, false, nil)
}

// memory knows the last ids.
type memory struct {
	known map[string]bool
	order []string
}

func (m *memory) add(id string) {
	m.known[id] = true
	m.order = append(m.order, id)
	if len(m.order) > remembered {
		delete(m.known, m.order[0])
		m.order = m.order[1:]
	}
}
