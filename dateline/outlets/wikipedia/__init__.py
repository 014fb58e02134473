"""Reliability of outlets from Wikipedia, under a licence of its own: see NOTICE."""
