// Consumers of vCloud Director's messages: see ../README.md.
module vcdsim/examples

go 1.22

require github.com/rabbitmq/amqp091-go v1.10.0
