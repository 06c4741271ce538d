"""A real Linux kernel in a box: an image made once, and a machine that runs it, both as an ordinary user."""
