"""The services: each reads one stream and writes the next; none imports another."""
