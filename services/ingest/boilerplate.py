"""stub"""
from __future__ import annotations
def without_boilerplate(blocks: list[str], title: str) -> tuple[list[str], list[str]]:
    return blocks, []
