"""A sentence encoder beside words: its vectors, what they add, and that another model is refused.

The encoder is a small one that the tests make: a vector for each of a few words, and their mean.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dateline.settings import Settings, SettingsError
from services.cluster.clusterer import DEFAULT, apply, load_state, new_state, prepare, take_writes
from services.cluster.dense import FULL, NONE, agreement, quantised
from services.cluster.encoder import Encoder, fingerprint, load_encoder
from tests.unit.cluster.newsroom import article, entries, store

onnx = pytest.importorskip("onnx")
tokenizers = pytest.importorskip("tokenizers")

WORDS = ("[UNK]", "quake", "tremor", "vote", "ballot")
MEANING = np.array([[0, 0, 0], [1, 0.1, 0], [1, 0, 0.1], [0, 1, 0.1], [0.1, 1, 0]], np.float32)
PARAMETERS = replace(DEFAULT, dense_hash="a model's", dense_weight=0.5, dense_from=0.5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an encoder of five words, in the layout of sentence-transformers."""
    folder = tmp_path_factory.mktemp("encoder")
    tensors = onnx.helper
    ids = tensors.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, [1, "n"])
    mask = tensors.make_tensor_value_info("attention_mask", onnx.TensorProto.INT64, [1, "n"])
    out = tensors.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, [1, "n", 3])
    table = onnx.numpy_helper.from_array(MEANING, "table")
    gather = tensors.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = tensors.make_graph([gather], "words", [ids, mask], [out], [table])
    opset = [tensors.make_opsetid("", 17)]
    onnx.save(tensors.make_model(graph, opset_imports=opset, ir_version=9), folder / "model.onnx")
    reader = tokenizers.Tokenizer(
        tokenizers.models.WordLevel(dict(zip(WORDS, range(len(WORDS)), strict=True)), unk_token="[UNK]")
    )
    reader.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    reader.normalizer = tokenizers.normalizers.Lowercase()
    reader.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def encoder(model: Path) -> Encoder:
    loaded = load_encoder(str(model), fingerprint(model))
    assert loaded is not None
    return loaded


def test_an_article_is_read_title_first_as_whole_numbers(encoder: Encoder) -> None:
    found = encoder.read(article("one", "Quake tremor"))
    assert found.dtype == np.int8
    assert abs(float(np.linalg.norm(found.astype(float))) - FULL) < 1
    assert found.tolist() == encoder.read(article("two", "tremor quake")).tolist()
    assert len(encoder.read(article("three", "nothing that it knows"))) == 0


def test_the_text_counts_too_as_far_as_it_is_read(encoder: Encoder) -> None:
    told = encoder.read(article("one", "Quake", "vote " * 200))
    assert told[1] > told[0]
    assert told.tolist() == encoder.read(article("two", "Quake", "vote " * 2_000 + "quake " * 500)).tolist()


def test_the_hash_is_that_of_both_files(model: Path) -> None:
    both = (model / "model.onnx").read_bytes() + (model / "tokenizer.json").read_bytes()
    assert fingerprint(model) == hashlib.sha256(both).hexdigest()


def test_no_model_is_no_encoder() -> None:
    assert load_encoder("", "") is None


@pytest.mark.parametrize(
    ("folder", "expected", "said"),
    [
        ("", "ab" * 32, "DATELINE_DENSE_MODEL names no directory"),
        ("nowhere", "ab" * 32, "has no model.onnx and no tokenizer.json"),
        ("model", "", "must name the model"),
        ("model", "ab" * 32, "it is another model"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(
    model: Path, folder: str, expected: str, said: str
) -> None:
    place = {"": "", "model": str(model)}.get(folder, folder)
    with pytest.raises(SettingsError, match=said) as refused:
        load_encoder(place, expected)
    if folder == "model":
        assert fingerprint(model) in str(refused.value)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(SettingsError, match="holds no sentence encoder"):
        load_encoder(str(tmp_path), fingerprint(tmp_path))


def test_the_model_is_part_of_the_configuration_and_its_place_is_not() -> None:
    assert Settings().config_hash != Settings(dense_hash="ab" * 32).config_hash
    assert Settings().config_hash == Settings(dense_model="/somewhere").config_hash


def test_only_what_is_above_the_usual_agreement_counts() -> None:
    one, near, far = (quantised(each) for each in ([1, 0, 0], [0.8, 0.6, 0], [0.3, 0.95, 0]))
    found = agreement(one, np.array([one, near, far, [0, 0, 0]]), PARAMETERS)
    assert found[0] == pytest.approx(0.25)
    assert found[1] == pytest.approx(0.15, abs=0.01)
    assert found[2:].tolist() == [0.0, 0.0]


def test_nothing_is_a_vector_of_nothing() -> None:
    assert quantised([0.0, 0.0]) is NONE
    assert quantised([np.nan, 1.0]) is NONE


NEWS = [
    article("quake-1", "Quake shakes Valmora harbour today", "Boats were thrown ashore and sheds fell down."),
    article("vote-1", "Ballot papers run out in Brackwater", "Clerks sent for more before the polls closed."),
    article(
        "quake-2",
        "Strong tremor felt on the northern coast",
        "Chimneys lie in the streets, boats in the gardens.",
    ),
]


def played(
    encoder: Encoder | None, reload: bool = False
) -> tuple[dict[str, str], dict[str, dict[str, bytes]]]:
    """Where each article went, and all that is stored."""
    state, stored = new_state("all", PARAMETERS), dict[str, dict[str, bytes]]()
    for entry in entries(NEWS):
        assert entry.article is not None
        ready = prepare(entry.article, PARAMETERS)
        if encoder:
            (ready,) = encoder.with_vectors([entry.article], [ready])
        apply(state, entry, ready)
        store(stored, state)
        if reload:
            state = load_state("all", PARAMETERS, stored)
    take_writes(state)
    return {name: node.story_id for name, node in state.articles.items()}, stored


def test_two_reports_in_other_words_come_together_by_what_they_mean(encoder: Encoder) -> None:
    by_words, _ = played(None)
    by_meaning, _ = played(encoder)
    assert by_words["quake-1"] != by_words["quake-2"]
    assert by_meaning["quake-1"] == by_meaning["quake-2"] != by_meaning["vote-1"]


def test_a_state_that_is_loaded_again_decides_and_stores_the_same(encoder: Encoder) -> None:
    assert played(encoder, reload=True) == played(encoder)


def test_vectors_of_another_model_are_left(encoder: Encoder) -> None:
    _, stored = played(encoder)
    other = load_state("all", replace(PARAMETERS, dense_hash="another's"), stored)
    same = load_state("all", PARAMETERS, stored)
    assert {len(node.dense) for node in same.articles.values()} == {3}
    assert {len(node.dense) for node in other.articles.values()} == {0}


def test_without_an_encoder_nothing_of_it_is_stored() -> None:
    _, stored = played(None)
    assert all(b"a model's" not in document for document in stored["articles"].values())
