"""Any text gives a document or diagnostics with places; never another exception, never an endless run."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from pathlib import Path

import pytest
from effort import tried
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Checked, Options, Text
from modelspec.diagnostics import Diagnostic, Report, Source, SpecError
from modelspec.diagnostics.codes import CODES
from modelspec.diagnostics.render import in_order, render_concise, render_full, render_json, summary
from modelspec.language.words import (
    BLOCK_KEYS,
    COMPILE_KEYS,
    EXPECT_KEYS,
    ITEM_WORDS,
    MODEL_KEYS,
    TOP_KEYS,
    WEIGHTS_KEYS,
)

CONFIGS = {path.stem: path.read_text() for path in sorted(Path(__file__).parents[2].glob("configs/*.yaml"))}
# So that `extends` and `file:` of a mutated text find nothing.
EMPTY = Path(tempfile.mkdtemp(prefix="modelspec-property-"))
SECONDS = 5.0  # far above what any of these takes, so that a busy machine fails no test

relaxed = settings(
    max_examples=tried(80),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check(text: str, *overrides: str) -> Checked | tuple[Diagnostic, ...]:
    """What the static stages make of a text; fails where that is neither a document nor diagnostics."""
    report = Report()
    source = Source("net.yaml", text, folder=EMPTY)
    begun = time.process_time()
    try:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        checked: Checked | None = check_document(Text(source, digest), Options(overrides, root=EMPTY), report)
    except SpecError as error:
        checked, refused = None, error.diagnostics
        hold_diagnostics(refused)
    else:
        assert not report.has_errors
    hold_diagnostics(report.diagnostics)
    assert time.process_time() - begun < SECONDS
    assert checked or any(item.severity == "error" for item in refused)
    return checked or tuple(report.diagnostics)


def hold_diagnostics(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> None:
    """Each has a known code, one sentence, a place inside its text, and can be shown in every form."""
    for item in in_order(diagnostics):
        assert item.code in CODES
        assert item.message.strip()
        places = [
            item.place,
            *(frame.place for frame in item.frames),
            *(label.place for label in item.labels),
        ]
        for place in places:
            if place is not None:
                assert 0 <= place.start <= place.end <= len(place.source.text), item
                assert place.line >= 1
                assert place.column >= 1
        assert item.place is not None, item
        assert f"[{item.code}]" in render_full(item)
        assert "\n" not in render_concise(item)
    json.dumps(render_json(tuple(diagnostics)))
    if diagnostics:
        assert summary(tuple(diagnostics))


# --- texts of no form ------------------------------------------------------------------------------------

# fmt: off
CLASSES = [
    "Dense", "Conv2D", "Flatten", "Add", "Bidirectional", "LSTM", "Dens", "Rescaling",
    "keras.layers.Dense", "acme>Pool", "ops.add", "ops.einsum", "ops.nothing", "residual", "encoder",
    "$norm", "${norm}",
]
ARGUMENTS = [
    "units", "filters", "kernel_size", "activation", "padding", "layer", "kernel_initializer", "equation",
    "class_name", "config", "module", "shape", "dtype", "batch_shape", "learning_rate", "type", "default",
    "choices", "min", "max", "$literal", "file",
]
WORDS = [
    *TOP_KEYS, *ITEM_WORDS, *BLOCK_KEYS, *MODEL_KEYS, *COMPILE_KEYS, *EXPECT_KEYS, *WEIGHTS_KEYS,
    "remove",
]
SCALARS = [
    "1", "0", "-1", "3", "8", "1e-3", "0o17", "017", "1_000", "12:30", "true", "false", "null", "~", "",
    "yes", "True", "None", "relu", "same", "adam", "mae", "x", "y", "in", "prev", "h", "x.0", "x[:, 0]",
    "b/y", "/", "/x", "$", "$$", "$a", "${a}", "$i", "$(a + 1)", "$(1 / 0)", "$(", "${", "$nothing",
    "$(a * 2 if a else b)", "[]", "{}", "[1, 2]", "[x, y]", "[null, 3]", "{Dense: {units: 8}}",
    "{L2: {l2: 1e-4}}", "{value: 2.0}", "{from: x}", "{a: b}", "&a 1", "*a", "<<: *a", "!!int 3", "'",
    '"', "|", ">", "@", "%", "- - -", "? a", "---", "...", "9" * 30, "1e400", "-.inf", ".nan", "'a\tb'",
    "é", "\u2028", "\ufeff", "\u0000", "\ud800", "functional", "Sequential", "Functional", "float16",
    "mixed_bfloat16", "int32", "channels_first",
]
# fmt: on
LINES = st.one_of(
    st.builds("{}: {}".format, st.sampled_from(WORDS + CLASSES + ARGUMENTS), st.sampled_from(SCALARS)),
    st.builds("- {}: {}".format, st.sampled_from(WORDS + CLASSES), st.sampled_from(SCALARS)),
    st.builds("- {}".format, st.sampled_from(SCALARS + CLASSES)),
    st.builds("{}:".format, st.sampled_from(WORDS + CLASSES + ARGUMENTS)),
    st.builds("- {}:".format, st.sampled_from(WORDS + CLASSES)),
    st.sampled_from(["# a comment", "", "modelspec: 1", "inputs: {x: [8]}", "layers:", "\t- Dense"]),
)
SOUP = st.lists(st.tuples(st.integers(0, 4), LINES), max_size=25).map(
    lambda lines: "\n".join("  " * depth + line for depth, line in lines)
)


@given(st.text(max_size=200))
@settings(relaxed, max_examples=tried(200))
@example("")
@example("\ufeff")
@example("\x00")
@example("\ud800")
@example("modelspec: 1\nlayers: [Dense]\nname: \ud800")
@example("- a")
@example("a: b: c")
@example("{")
@example("*a")
@example("&a [*a]")
@example("? [1]\n: 2")
@example("modelspec: 1\r\nlayers:\r\n  - Flatten\r\n")
def test_any_text_gives_a_document_or_diagnostics(text):
    check(text)


@given(SOUP)
@settings(relaxed, max_examples=tried(200))
def test_any_lines_of_the_language_give_a_document_or_diagnostics(text):
    check("modelspec: 1\n" + text)


# --- documents of the right form with anything in them ----------------------------------------------------

KEYS = st.sampled_from(WORDS + CLASSES + ARGUMENTS + ["a", "b", "x", "y", "h", "0", "1"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.integers(),
    st.floats(),
    st.sampled_from(SCALARS + CLASSES),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["x", "y", "h", "h_1", "0", "a$i", "/r", "/", "in", "prev"])
WORDED = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "from": NAMES | st.lists(NAMES, max_size=3) | VALUES,
        "repeat": st.integers(0, 3) | st.sampled_from(["$a", "$(a - 1)", "x"]) | VALUES,
        "each": st.dictionaries(NAMES, st.lists(LEAVES, max_size=3), max_size=2),
        "when": st.booleans() | st.sampled_from(["$a", "$(i == 0)", "yes"]),
        "call": st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=2),
        "trainable": st.booleans(),
        "dtype": st.sampled_from(["float16", "int8", "x"]),
        "reuse": NAMES,
        "after": NAMES,
    },
)
ITEMS = st.one_of(
    st.sampled_from(["Flatten", "Dense", "residual", "encoder", "Add", "$norm"]),
    st.builds(
        lambda key, arguments, words: {key: arguments} | words,
        st.sampled_from(CLASSES),
        st.none() | st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=3) | VALUES,
        WORDED,
    ),
    VALUES,
)
BODIES = st.lists(ITEMS, max_size=6)
OUTPUTS = NAMES | st.lists(NAMES, max_size=3) | st.dictionaries(NAMES, NAMES, max_size=2)
DOCUMENTS = st.fixed_dictionaries(
    {"modelspec": st.just(1), "layers": BODIES},
    optional={
        "inputs": st.dictionaries(
            NAMES, st.lists(st.none() | st.integers(1, 9), max_size=3) | VALUES, max_size=3
        ),
        "inputs_as": OUTPUTS,
        "outputs": OUTPUTS,
        "vars": st.dictionaries(st.sampled_from(["a", "b", "norm"]), VALUES, max_size=3),
        "defaults": st.dictionaries(st.sampled_from(CLASSES), VALUES, max_size=2),
        "blocks": st.fixed_dictionaries(
            {},
            optional={
                "residual": st.fixed_dictionaries(
                    {"layers": BODIES},
                    optional={
                        "params": st.dictionaries(st.sampled_from(["a", "n"]), VALUES, max_size=2),
                        "inputs": st.lists(NAMES, max_size=3) | VALUES,
                        "outputs": OUTPUTS,
                        "scope": st.just("root"),
                    },
                )
            },
        ),
        "models": st.fixed_dictionaries(
            {},
            optional={
                "encoder": st.fixed_dictionaries(
                    {"layers": BODIES}, optional={"inputs": VALUES, "outputs": OUTPUTS, "class": VALUES}
                )
            },
        ),
        "compile": st.dictionaries(st.sampled_from(COMPILE_KEYS), VALUES, max_size=3),
        "weights": st.dictionaries(st.sampled_from(WEIGHTS_KEYS), VALUES, max_size=2),
        "expect": st.dictionaries(st.sampled_from(EXPECT_KEYS), VALUES, max_size=2),
        "meta": VALUES,
        "class": VALUES,
        "dtype": VALUES,
        "name": VALUES,
        "requires": VALUES,
    },
)


@given(DOCUMENTS)
@settings(relaxed, max_examples=tried(300))
def test_any_content_gives_a_document_or_diagnostics(data):
    check(json.dumps(data, indent=1))


@given(st.sampled_from(sorted(CONFIGS)), st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=2))
@settings(relaxed, max_examples=tried(60))
def test_any_section_beside_a_good_one_gives_a_document_or_diagnostics(name, more):
    tail = "".join(f"\n{json.dumps(key)}: {json.dumps(value)}" for key, value in more)
    check(CONFIGS[name] + tail)


PATHS = st.lists(
    st.sampled_from([*WORDS, *ARGUMENTS, "width", "conv1", "0", "99", "", "Conv2D", "a b"]), max_size=4
)
SETS = st.builds("{}={}".format, PATHS.map(".".join), st.sampled_from(SCALARS)) | st.text(max_size=20)


@given(st.sampled_from(sorted(CONFIGS)), st.lists(SETS, min_size=1, max_size=2))
@settings(relaxed, max_examples=tried(60))
def test_any_override_gives_a_document_or_diagnostics(name, overrides):
    check(CONFIGS[name], *overrides)


# --- good documents with mistakes ------------------------------------------------------------------------


@st.composite
def mutated(draw: st.DrawFn) -> str:
    lines = CONFIGS[draw(st.sampled_from(sorted(CONFIGS)))].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(
            st.sampled_from(["delete", "word", "indent", "dedent", "double", "swap", "cut", "insert", "stop"])
        ):
            case "delete":
                lines[at : at + draw(st.integers(1, 3))] = []
            case "word":
                words = list(re.finditer(r"[A-Za-z_0-9.$]+", line))
                if words:
                    word = draw(st.sampled_from(words))
                    new = draw(st.sampled_from(WORDS + CLASSES + ARGUMENTS + SCALARS) | st.text(max_size=5))
                    lines[at] = line[: word.start()] + new + line[word.end() :]
            case "indent":
                lines[at] = " " * draw(st.integers(1, 4)) + line
            case "dedent":
                lines[at] = line[draw(st.integers(1, 4)) :]
            case "double":
                lines.insert(at, line)
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], line
            case "cut":
                lines[at] = line[: draw(st.integers(0, max(len(line) - 1, 0)))]
            case "insert":
                column = draw(st.integers(0, len(line)))
                lines[at] = (
                    line[:column] + draw(st.sampled_from(list("{}[],:#$&*!|>'\"%@`-? \t()/"))) + line[column:]
                )
            case "stop":
                del lines[max(at, 1) :]
        lines = lines or [""]
    return "\n".join(lines)


@given(mutated())
@settings(relaxed, max_examples=tried(300))
def test_a_mutilated_document_gives_a_document_or_diagnostics_with_a_place(text):
    check(text)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_document_without_one_of_its_lines_gives_a_document_or_diagnostics(name):
    lines = CONFIGS[name].splitlines()
    for at in range(0, len(lines), 3):
        check("\n".join(lines[:at] + lines[at + 1 :]))
