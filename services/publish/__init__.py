"""Publish: turns each story into a finished, versioned record."""
