"""Values that are kept for long, without what pydantic remembers of how each was made."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from pydantic import BaseModel

from dateline.changes import Membership

Model = TypeVar("Model", bound=BaseModel)


def slim(model: Model) -> Model:
    """The same value, sharing the set of its field names with all others of its class.

    Pydantic gives every value a set of the fields that were given (0.2 to 2 KB). Nothing here asks for it,
    and together they were a quarter of what an article takes in memory.
    """
    object.__setattr__(model, "__pydantic_fields_set__", _names(type(model)))
    return model


def slim_membership(membership: Membership) -> Membership:
    """The same, its terms included."""
    for term in membership.shared_terms:
        slim(term)
    return slim(membership)


@cache
def _names(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)
