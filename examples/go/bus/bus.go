// Package bus is the broker's side of a consumer: a queue that outlives it, one message at a time, each event once.
//
// A message is acknowledged when it has been handled. If the program or the connection dies before that, the broker sends it again, so
// whatever handles it must bear being called twice; events that were handled already are left out by their id.
package bus

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Blocked lets the messages through that announce blocking tasks.
const Blocked = "true.*.*.*.com.vmware.vcloud.event.blockingtask.create.#"

const (
	remembered   = 10_000
	firstPause   = 200 * time.Millisecond
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

// Consume calls handle for each new message that key lets through, until the program is told to end. A lost connection is made again,
// after a pause that grows.
func Consume(queue, exchange, key string, handle func(amqp.Delivery) error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	done := &memory{known: map[string]bool{}}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := consume(queue, exchange, key, stop, func(message amqp.Delivery) error {
			pause = firstPause
			return once(done, message, handle)
		})
		if err == nil {
			return
		}
		fmt.Printf("no connection, next try in %s: %v\n", pause, err)
		select {
		case <-stop:
			return
		case <-time.After(pause):
		}
	}
}

func consume(queue, exchange, key string, stop <-chan os.Signal, take func(amqp.Delivery) error) error {
	connection, err := amqp.Dial(Env("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f"))
	if err != nil {
		return err
	}
	defer connection.Close()
	messages, err := open(connection, queue, exchange, key)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	for {
		select {
		case <-stop:
			return nil
		case message, more := <-messages:
			if !more {
				return amqp.ErrClosed
			}
			if err := take(message); err != nil {
				return err
			}
		}
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

// once handles a message unless it was handled before, and acknowledges it.
func once(done *memory, message amqp.Delivery, handle func(amqp.Delivery) error) error {
	if done.known[message.MessageId] {
		fmt.Println("again, and left out:", message.MessageId)
		return message.Ack(false)
	}
	if err := handle(message); err != nil {
		return err
	}
	done.add(message.MessageId)
	return message.Ack(false)
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
