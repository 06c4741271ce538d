"""The connection picture: listening sockets with their queues, connections as pairs of ends, who holds each end."""
