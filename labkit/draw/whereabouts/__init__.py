"""Where are my bytes? From the program's variable to storage, at every step of a recording."""
