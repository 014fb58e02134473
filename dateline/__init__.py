"""Dateline turns a stream of raw news articles into stories."""

__version__ = "0.1.0"
