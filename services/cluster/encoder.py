"""Reads a sentence encoder from a directory: `model.onnx` and `tokenizer.json` of sentence-transformers.

Nothing is fetched. The directory's hash is given beside it, and another model is refused at start: stories
would be judged by other vectors than the settings say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dateline.articles import Article
from dateline.settings import PREFIX, SettingsError
from services.cluster.dense import NONE, Dense, quantised
from services.cluster.representation import Prepared

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FILES = ("model.onnx", "tokenizer.json")
TOKENS = 128  # read of an article, title first
CHARACTERS = 1_200  # which these are never longer than, nearly
HASH, MODEL = f"{PREFIX}DENSE_HASH", f"{PREFIX}DENSE_MODEL"


@dataclass(frozen=True)
class Encoder:
    """A model that turns an article into a vector."""

    session: InferenceSession
    tokenizer: Tokenizer

    def read(self, article: Article) -> Dense:
        """The vector of an article: its title and how its text begins.

        One at a time: a batch's padding changes the last bits of a vector, and a replay has other batches.
        """
        encoded = self.tokenizer.encode(f"{article.title}. {article.body[:CHARACTERS]}")
        if not encoded.ids:
            return NONE
        known = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        wanted = [each.name for each in self.session.get_inputs()]
        given = {name: np.array([known[name]], np.int64) for name in wanted}
        (found, *_) = self.session.run(None, given)
        return quantised(found[0].mean(axis=0) if found.ndim == 3 else found[0])

    def with_vectors(self, articles: Sequence[Article], prepared: Sequence[Prepared]) -> list[Prepared]:
        """Prepared articles with the vector of each."""
        pairs = zip(articles, prepared, strict=True)
        return [ready._replace(dense=self.read(article)) for article, ready in pairs]


def fingerprint(directory: Path) -> str:
    """The hash that a model is known by: ``cat model.onnx tokenizer.json | sha256sum``."""
    found = hashlib.sha256()
    for name in FILES:
        with (directory / name).open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def load_encoder(model: str, expected: str) -> Encoder | None:
    """The encoder that the settings name; None where they name none.

    Raises:
        SettingsError: there is no such model, it is another one, or the extra `dense` is not installed.
    """
    if not model:
        if expected:
            raise SettingsError(f"{HASH} is set, but {MODEL} names no directory; set both or neither")
        return None
    directory = Path(model)
    _check(directory, expected)
    try:
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  # the extra `dense`
        from tokenizers import Tokenizer  # noqa: PLC0415  # the extra `dense`
    except ImportError as error:
        raise SettingsError(
            f"{MODEL} needs the extra `dense`: pip install 'dateline[dense]' ({error})"
        ) from error
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the order of sums is then always one
    try:
        session = InferenceSession(str(directory / FILES[0]), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(directory / FILES[1]))
    except Exception as error:  # what either raises is of its own making
        raise SettingsError(f"{MODEL}: {directory} holds no sentence encoder: {error}") from error
    tokenizer.enable_truncation(TOKENS)
    tokenizer.no_padding()
    return Encoder(session, tokenizer)


def _check(directory: Path, expected: str) -> None:
    missing = [name for name in FILES if not (directory / name).is_file()]
    if missing:
        raise SettingsError(f"{MODEL}: {directory} has no {' and no '.join(missing)} (see docs/dense.md)")
    found = fingerprint(directory)
    if not expected:
        raise SettingsError(f"{HASH} must name the model in {directory}: set it to {found}")
    if found != expected.lower():
        raise SettingsError(
            f"{HASH} is {expected}, but the model in {directory} is {found}: it is another model. Put the"
            " right one there, or set the hash to this one, which changes config_hash."
        )
