"""The stepper: a recording made ready, its pictures, and the page and script that turn them."""
