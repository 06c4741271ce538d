"""A Linux kernel of its own beside the host's, to run programs in, to look into, and to load drivers into."""
