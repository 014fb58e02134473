"""Chaos: real processes and servers under traffic, with faults from a printed seed, and a referee.

The referee (`history`, `referee`, `counts`) knows the contract and what was sent.
It imports nothing of the services.
"""
