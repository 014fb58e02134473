"""Dateline turns a stream of raw news articles into stories.

    from dateline import Client

sends articles and reads stories; `AsyncClient` does the same with async and await. The names are
loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dateline.client import AsyncClient, Client, NewArticle

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "NewArticle", "__version__"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("dateline.client"), name)
    raise AttributeError(f"module 'dateline' has no attribute {name!r}")
