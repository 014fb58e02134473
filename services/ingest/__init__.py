"""Ingest: a raw article becomes one clean, identified article, once."""
