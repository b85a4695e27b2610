"""Whatever is mended, every other byte stays, and the model; whatever is found has a place in its text."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelspec.compiler.lint import Linted, lint_document
from modelspec.compiler.mending import mend_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report, Source
from modelspec.lint.choice import Asked
from modelspec.lint.rules import RULES

CONFIGS = tuple(sorted(Path(__file__).parents[2].glob("configs/*.yaml")))
# Those that need no Keras, so that many documents can be tried.
QUICK = tuple(rule.id for rule in RULES.values() if not (rule.of_model or rule.of_loads))
SAFE = tuple(rule.id for rule in RULES.values() if rule.fix == "safe")

relaxed = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

PIECES = (
    "  - ReLU{comment}\n",
    "  - Dense: {{units: 4, use_bias: true}}{comment}\n",
    "  - Dense: {{units: $width,  bias_initializer: zeros, activation: relu}}{comment}\n",
    "  - Dense:{comment}\n      units: 4\n      use_bias: true\n      # inside\n      activation: tanh\n",
    "  - Dense:\n      use_bias: true\n      units: 4\n",
    "  - Dropout: {{rate: 0}}{comment}\n",
    "  - Dropout:{comment}\n      rate: 0\n",
    "  - Activation: {{activation: linear}}\n",
    "  - Dropout: {{rate: 0.0}}\n    name: named_{number}\n",
    "  - unit: {{width: 3}}{comment}\n",
    "  - unit\n",
    "  # alone\n",
    "\n",
)
COMMENTS = ("", "  # why", "   # modelspec: ignore[dropout-odd]", "  # modelspec: ignore[default-written]")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A chain of layers, some of which do nothing, some with arguments that say nothing, and comments."""
    chosen = draw(
        st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(COMMENTS)), min_size=1, max_size=8)
    )
    items = [piece.format(comment=comment, number=n) for n, (piece, comment) in enumerate(chosen)]
    spare = draw(st.sampled_from(["", ", spare: 1", ", spare: $width, more: $spare"]))
    text = (
        f"modelspec: 1  # the first line\nvars: {{width: 4{spare}}}\ninputs: {{x: [8]}}\n"
        "blocks:\n  unit:\n    params:\n      width: 2   # of a unit\n      unread: 1\n    layers:\n"
        "      - Dense: {units: $width, activation: relu}\n  never:\n    layers: [ReLU]\n"
        f"layers:\n{''.join(items)}  - Dense: {{units: 1}}\n"
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def text_of(written: str) -> Text:
    return Text(Source("net.yaml", written), hashlib.sha256(written.encode()).hexdigest())


def linted(written: str) -> Linted:
    return lint_document(text_of(written), Options(), Asked(SAFE), Report())


def comments_of(written: str) -> list[str]:
    return re.findall(r"#.*", written)


def is_subsequence(part: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


@relaxed
@given(documents())
def test_mending_takes_out_and_leaves_the_rest(written: str) -> None:
    done = mend_document(text_of(written), Options(), Asked(SAFE), unsafe=False)
    after = done.text.source.text
    assert is_subsequence(after, written)
    assert comments_of(after) == comments_of(written)
    # Lines that were not touched are there as they were, in their order.
    kept, before = after.splitlines(keepends=True), written.splitlines(keepends=True)
    changed = [line for line in kept if line not in before]
    assert len(before) - len(kept) + len(changed) <= 4 * len(done.made)
    assert len(linted(after).findings) < len(linted(written).findings) or not done.made
    again = mend_document(text_of(after), Options(), Asked(SAFE), unsafe=False)
    assert (again.text.source.text, again.made) == (after, ())


@pytest.mark.parametrize("path", CONFIGS, ids=[path.stem for path in CONFIGS])
def test_what_is_found_has_a_place_in_its_text(path: Path) -> None:
    written = path.read_text()
    source = Source(path.name, written, folder=path.parent)
    text = Text(source, hashlib.sha256(written.encode()).hexdigest(), path)
    for finding in lint_document(text, Options(), Asked(QUICK), Report()).findings:
        item = finding.diagnostic
        for place in (
            item.place,
            *(frame.place for frame in item.frames),
            *(one.place for one in item.labels),
        ):
            assert place is not None
            assert place.source is source
            assert 0 <= place.start < place.end <= len(written)
