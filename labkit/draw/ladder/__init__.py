"""The ladder: a TCP connection as calls at both sides, segments between them, and the state of each end."""
