"""The feeds service: polls RSS, Atom and JSON feeds; every item is an ordinary entry of ``articles.raw``."""
