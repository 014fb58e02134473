"""Cluster: decides, online, which story each article belongs to."""
