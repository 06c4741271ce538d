"""Connections of a recording, step by step: their two ends, the queues of listening sockets, who holds and waits."""
