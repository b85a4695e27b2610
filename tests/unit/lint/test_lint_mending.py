"""`--fix`: the text edited at its place, and nothing else of it."""

from __future__ import annotations

import pytest
from linting import text_of, told

import modelspec
from modelspec.compiler.mending import Mended, mend_document
from modelspec.compiler.values import Options
from modelspec.lint.choice import Asked
from modelspec.lint.rules import RULES

FIXABLE = Asked(tuple(rule.id for rule in RULES.values() if rule.fix != "none"))


def mended(written: str, *, unsafe: bool = False, asked: Asked = FIXABLE) -> Mended:
    return mend_document(text_of(written), Options(), asked, unsafe=unsafe)


HEAD = "modelspec: 1\ninputs: {x: [8]}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # An entry of a mapping in braces: first, last, alone.
        ("layers:\n  - Dense: {use_bias: true, units: 4}\n", "layers:\n  - Dense: {units: 4}\n"),
        ("layers:\n  - Dense: {units: 4, use_bias: true}  # b\n", "layers:\n  - Dense: {units: 4}  # b\n"),
        ("layers:\n  - ReLU: {max_value: null}\n", "layers:\n  - ReLU: {}\n"),
        ("vars: {a: 1}\nlayers:\n  - ReLU\n", "layers:\n  - ReLU\n"),
        ("vars:\n  a: 1\nlayers:\n  - ReLU\n", "layers:\n  - ReLU\n"),
        ("vars:\n  # wide\n  a: 1\nlayers:\n  - ReLU\n", "vars:\n  # wide\nlayers:\n  - ReLU\n"),
        ("blocks:\n  a: {layers: [ReLU]}\nlayers:\n  - ReLU\n", "layers:\n  - ReLU\n"),
        (
            "blocks:\n  a: {params: {n: 1}, layers: [ReLU]}\nlayers:\n  - a\n  - a\n",
            "blocks:\n  a: {layers: [ReLU]}\nlayers:\n  - a\n  - a\n",
        ),
        # A line of a block.
        (
            "layers:\n  - Dense:\n      # wide\n      units: 4\n      use_bias: true\n    name: a\n",
            "layers:\n  - Dense:\n      # wide\n      units: 4\n    name: a\n",
        ),
        (
            "vars:\n  a: 1\n  b: 2\nlayers: [Dense: {units: $b}]",
            "vars:\n  b: 2\nlayers: [Dense: {units: $b}]",
        ),
        # Several lines.
        (
            "blocks:\n  a:\n    layers:\n      - ReLU\n\n  b: {layers: [ReLU]}\nlayers:\n  - b\n  - b\n",
            "blocks:\n\n  b: {layers: [ReLU]}\nlayers:\n  - b\n  - b\n",
        ),
        # An item.
        ("layers:\n  - Dropout: {rate: 0}\n  - ReLU\n", "layers:\n  - ReLU\n"),
        ("layers: [Dropout: {rate: 0}, ReLU]\n", "layers: [ReLU]\n"),
        (
            "layers:\n  - ReLU\n  - Activation:\n      activation: linear\n  - Softmax\n",
            "layers:\n  - ReLU\n  - Softmax\n",
        ),
        # Line ends of Windows.
        (
            "vars:\r\n  a: 1\r\n  b: 2\r\nlayers: [Dense: {units: $b}]\r\n",
            "vars:\r\n  b: 2\r\nlayers: [Dense: {units: $b}]\r\n",
        ),
    ],
)
def test_what_does_nothing_is_taken_out(before, after):
    assert mended(HEAD + before).text.source.text == HEAD + after


def test_a_change_uncovers_the_next():
    before = "vars: {a: 4, b: $a}\nlayers:\n  - ReLU\n  - Activation: {activation: linear}\n  - Softmax\n"
    done = mended(HEAD + before)
    assert done.text.source.text == f"{HEAD}layers:\n  - ReLU\n  - Softmax\n"
    assert sorted(done.made) == ["identity-activation", "unused-var", "unused-var"]


@pytest.mark.parametrize(
    "written",
    [
        # A comment would go with it.
        "layers:\n  - Dense:\n      units: 4\n      use_bias: true  # it matters\n",
        "layers:\n  - Dropout: {rate: 0}  # for later\n  - ReLU\n",
        "layers:\n  - Dense: {units: 4, # wide\n      use_bias: true}\n",
        # The item has a name that others read, or words.
        "layers:\n  - Dropout: {rate: 0}\n    name: d\n  - ReLU\n",
        "layers:\n  - ReLU\n  - Dropout: {rate: 0}\n    from: x\n  - Add:\n    from: [re_lu, prev]\n",
        # It is the output.
        "layers:\n  - ReLU\n  - Activation: {activation: linear}\n",
        # It is read by its automatic name, or another then has that name.
        "layers:\n  - ReLU\n  - Dropout: {rate: 0}\n  - ReLU\n    from: dropout\n".replace(
            "- ReLU\n    from", "- ReLU:\n    from"
        ),
        "layers:\n  - Activation: {activation: linear}\n  - Activation: {activation: relu}\n"
        "  - Activation: {activation: tanh}\n  - Add:\n    from: [activation_1, prev]\n",
        # What a use of the block gives.
        "blocks: {b: {params: {a: 1}, layers: [ReLU]}}\nlayers:\n  - b: {a: 2}\n  - b\n",
        # An anchor that others use.
        "layers:\n  - Dense: {units: 4, use_bias: &yes true}\n"
        "  - Dense: {units: 4, use_bias: *yes, activation: relu}\n",
    ],
)
def test_what_cannot_be_taken_out_alone_is_left(written):
    assert told(HEAD + written, *(FIXABLE.select or ())) != []
    done = mended(HEAD + written)
    assert (done.text.source.text, done.made) == (HEAD + written, ())


def test_a_layer_that_does_nothing_in_some_uses_of_a_block_only_is_left():
    written = f"""{HEAD}blocks:
  unit:
    params: [rate, how]
    layers:
      - Dropout: {{rate: $rate}}
      - Activation: {{activation: $how}}
layers:
  - unit: {{rate: 0, how: linear}}
  - unit: {{rate: 0.5, how: relu}}
  - Dense: {{units: 1}}
"""
    assert ("identity-activation", 8) in told(written, "all")
    assert mended(written).made == ()


IMAGE = "modelspec: 1\ninputs: {x: [8, 8, 3]}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  - Conv2D: {filters: 4, kernel_size: 3}  # c\n",
            "  - Conv2D: {filters: 4, kernel_size: 3, use_bias: false}  # c\n",
        ),
        (
            "  - Conv2D: {use_bias: true, filters: 4, kernel_size: 3}\n",
            "  - Conv2D: {use_bias: false, filters: 4, kernel_size: 3}\n",
        ),
        (
            "  - Conv2D:\n      filters: 4\n      kernel_size: 3\n    name: c\n",
            "  - Conv2D:\n      filters: 4\n      kernel_size: 3\n      use_bias: false\n    name: c\n",
        ),
        (
            "  - Conv2D:\r\n      filters: 4\r\n      kernel_size: 3\r\n",
            "  - Conv2D:\r\n      filters: 4\r\n      kernel_size: 3\r\n      use_bias: false\r\n",
        ),
    ],
)
def test_a_bias_is_taken_away_only_where_variables_may_change(before, after):
    written = f"{IMAGE}layers:\n{before}  - BatchNormalization\n"
    asked = Asked(("bias-before-bn",))
    assert mended(written, asked=asked).made == ()
    done = mended(written, unsafe=True, asked=asked)
    assert done.text.source.text == f"{IMAGE}layers:\n{after}  - BatchNormalization\n"
    assert done.made == ("bias-before-bn",)
    assert told(done.text.source.text) == []


def test_what_the_document_expects_stays():
    net = "layers:\n  - Dropout: {rate: 0}\n  - Dense: {units: 4}\nexpect: {layers: 2}\n"
    assert mended(HEAD + net).made == ()
    assert mended(HEAD + net.replace("layers: 2", "params: 36")).made == ("dropout-odd",)


def test_a_bias_that_a_file_holds_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = "layers:\n  - Dense: {units: 4}\n  - BatchNormalization\n"
    modelspec.loads(HEAD + net).build("net.keras")
    loads = f"{HEAD}{net}weights: {{load: {{file: net.keras}}}}\n"
    asked = Asked(("bias-before-bn",))
    assert mended(loads, unsafe=True, asked=asked).made == ()
    kept = loads.replace("net.keras}", "net.keras, unexpected: ignore}")
    assert mended(kept, unsafe=True, asked=asked).made == ("bias-before-bn",)


def test_a_bias_that_a_variable_decides_is_left():
    written = (
        f"{IMAGE}vars: {{bias: true}}\nlayers:\n  - Conv2D: {{filters: 4, kernel_size: 3, use_bias: $bias}}\n"
        "  - BatchNormalization\n"
    )
    assert mended(written, unsafe=True).made == ()


def test_mending_is_done_once():
    before = "vars: {a: 1}\nlayers:\n  - Dropout: {rate: 0}\n  - Dense: {units: 4, use_bias: true}\n"
    once = mended(HEAD + before)
    assert len(once.made) == 3
    again = mended(once.text.source.text)
    assert (again.text.source.text, again.made) == (once.text.source.text, ())
