"""Finds out what this machine allows, by trying it."""
