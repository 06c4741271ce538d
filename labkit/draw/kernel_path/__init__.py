"""How a system call went through the kernel, drawn: its way, several ways side by side, and the life of a request."""
