"""A variant as a document of its own: what is touched of the text, and what is written anew."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from modelspec.compiler.stages import check_document
from modelspec.compiler.sweeping.planning.facts import facts_of
from modelspec.compiler.sweeping.planning.variants import Swept, read_swept, variant_of
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.source.files import load_text
from modelspec.source.reader import read_tree
from modelspec.sweep.apply import document_of_point
from modelspec.sweep.named import named_text
from modelspec.sweep.points import grid_point
from modelspec.sweep.same_tree import says_the_same
from modelspec.sweep.seeded import seeded_text
from modelspec.sweep.variant_text import variant_text
from modelspec.sweep.whole_text import whole_text

NET = """\
# A net.
modelspec: 1
vars: {width: 4, unit: small}   # what varies
compile:
  optimizer: adam  # as always
  loss: mse
inputs: {x: [3]}
layers:
  - Dense: {units: $width}      # wide
    name: hidden
  - BatchNormalization:
    name: norm
  - Dense:
      units: 2
    name: out
    # nothing below

"""


def read(folder: Path, overrides: tuple[str, ...] = (), **texts: str) -> Swept:
    """The sweep of `net.yaml`, or of the last file that is given."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, newline="")
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    return read_swept(
        Text(*loaded, path), Options(cpu_only=True, overrides=overrides, use_cache=False), report
    )


def text_of(swept: Swept, number: int = 1, folder: Path | None = None) -> str:
    point = grid_point(swept.sweep.space, number)
    class_of = swept.catalog.class_of_identifier
    return variant_text(swept.document, point.settings, class_of, Report(), folder=folder)


def swept_text(folder: Path, space: str, net: str = NET) -> str:
    return text_of(read(folder, net=f"{net}sweep: {{method: grid, space: {{{space}}}}}\n"))


def differences(before: str, after: str) -> list[tuple[str, str]]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [(one.strip(), two.strip()) for one, two in pairs if one != two]


@pytest.mark.parametrize(
    ("space", "line", "becomes"),
    [
        (
            "vars.width: [8], vars.unit: [large]",
            "vars: {width: 4, unit: small}   # what varies",
            "vars: {width: 8, unit: large}   # what varies",
        ),
        ("vars.width: [[1, 2]]", "vars: {width: 4, ", "vars: {width: [1, 2], "),
        ("compile.loss: [mae]", "loss: mse", "loss: mae"),
        (
            "compile.optimizer.learning_rate: [1e-4]",
            "optimizer: adam  # as always",
            "optimizer: {Adam: {learning_rate: 1e-4}}  # as always",
        ),
        ("compile.optimizer: [{SGD: {momentum: 0.9}}]", "adam  #", "{SGD: {momentum: 0.9}}  #"),
        ("layers.norm.momentum: [0.9]", "- BatchNormalization:", "- BatchNormalization: {momentum: 0.9}"),
        ("layers.out.units: [3]", "units: 2", "units: 3"),
        ("layers.hidden.name: [first]", "name: hidden", "name: first"),
        ("layers.hidden.activation: [relu]", "{units: $width}", "{units: $width, activation: relu}"),
    ],
)
def test_only_what_a_point_changes_is_touched(tmp_path, space, line, becomes):
    found = swept_text(tmp_path, space)
    before = NET.rstrip() + "\n"
    assert found == before.replace(line, becomes)
    assert found != before


def test_what_is_added_stands_behind_what_is_there(tmp_path):
    found = swept_text(
        tmp_path, "layers.out.activation: [relu], compile.metrics: [[mae]], expect.params: [30]"
    )
    assert (
        found
        == NET.rstrip()
        .replace("units: 2", "units: 2\n      activation: relu")
        .replace("  loss: mse", "  loss: mse\n  metrics: [mae]")
        + "\n\nexpect: {params: 30}\n"
    )


def test_a_section_goes_with_its_comments_and_one_gap(tmp_path):
    head, tail = "modelspec: 1\n\ninputs: {x: [3]}\n", "layers:\n  - Dense: {units: 3}\n    name: d\n"
    sweep = dedent("""\
        # What is tried:
        # not much.
        sweep:   # all of it
          method: grid
          # above
          space: {layers.d.units: [3]}

          # below
        """)
    above = "  # of the inputs\n"
    behind = "# of the layers\n"
    assert (
        text_of(read(tmp_path, net=f"{head}{above}\n{sweep}\n\n{behind}{tail}"))
        == f"{head}{above}\n{behind}{tail}"
    )
    assert (
        text_of(read(tmp_path, net=f"{head}{above}{sweep}{behind}{tail}")) == f"{head}{above}{behind}{tail}"
    )
    assert text_of(read(tmp_path, net=f"{head}{tail}\n\n{sweep}\n")) == f"{head}{tail}"
    assert (
        text_of(read(tmp_path, net=f"# The file.\n{sweep[sweep.index('sweep') :]}\n{head}{tail}"))
        == f"# The file.\n\n{head}{tail}"
    )


def test_line_ends_stay(tmp_path):
    net = (NET + "sweep: {method: grid, space: {vars.width: [8], layers.out.use_bias: [false]}}\n").replace(
        "\n", "\r\n"
    )
    found = text_of(read(tmp_path, net=net))
    assert found.count("\r\n") == found.count("\n") == NET.rstrip().count("\n") + 2
    assert "      units: 2\r\n      use_bias: false\r\n" in found


def test_json_stays_json(tmp_path):
    net = (
        '{"modelspec": 1, "sweep": {"method": "grid", "space": {"vars.a": [8]}},\n'
        ' "vars": {"a": 4}, "layers": []}\n'
    )
    assert text_of(read(tmp_path, net=net)) == '{"modelspec": 1,\n "vars": {"a": 8}, "layers": []}\n'


def test_a_value_that_stands_in_two_places_is_changed_in_one(tmp_path):
    """An edit at the anchor would change both, so the text is written anew."""
    net = "modelspec: 1  # one\nvars: {a: &a 4, b: *a}\nlayers: []\n"
    assert swept_text(tmp_path, "vars.a: [8]", net) == "modelspec: 1\n\nvars: {a: 8, b: 4}\nlayers: []\n"
    assert swept_text(tmp_path, "vars.b: [8]", net) == net.replace("*a", "8")


def test_a_base_that_a_sweep_names_keeps_its_comments(tmp_path):
    sweep = (
        "modelspec_sweep: 1\nbase: nets/net.yaml\nmethod: grid\n"
        "space: {vars.width: [8], layers.out.units: [5]}\n"
    )
    net = NET + "use: [lib.py]\nsweep: {method: grid}\n"
    swept = read(tmp_path, nets__net=net, own=sweep)
    wanted = NET.replace("width: 4", "width: 8").replace("units: 2", "units: 5") + "use: [LIB]\n"
    assert text_of(swept) == wanted.replace("LIB", "nets/lib.py")
    assert text_of(swept, folder=tmp_path / "nets") == wanted.replace("LIB", "lib.py")
    assert text_of(swept, folder=tmp_path / "runs" / "1") == wanted.replace("LIB", "../../nets/lib.py")


def test_a_section_of_the_sweep_s_own_file_is_laid_into_the_base(tmp_path):
    sweep = (
        "modelspec_sweep: 1\nbase: nets/net.yaml\nmethod: grid\nspace: {train.data.file: [b.npz]}\n"
        "train:\n  data: {file: a.npz, y: y}\n  fit: {epochs: 3}\n"
    )
    net = NET + "train:\n  data: {file: c.npz, x: x}  # ours\n"
    found = text_of(read(tmp_path, nets__net=net, own=sweep), folder=tmp_path / "nets")
    assert found == NET + "train:\n  data: {file: ../b.npz, x: x, y: y}  # ours\n  fit: {epochs: 3}\n"


def test_what_has_bases_is_written_anew(tmp_path):
    top = (
        "modelspec: 1\nextends: nets/net.yaml\nuse: [mine.py]\n"
        "layers:\n  - Dense: {units: 8, activation: relu}\n    name: more\n"
        "weights: {load: [{file: $at/w.keras}]}\n"
        "sweep: {method: grid, space: {vars.width: [8]}}\n"
    )
    base = NET + "use: [lib.py, acme]\nblocks:\n  b:\n    layers: [Flatten, {Dense: {units: 017}}]\n"
    base = base.replace("unit: small", 'unit: "8", rate: 1e-4, at: ..')
    swept = read(tmp_path, nets__net=base, top=top)
    assert text_of(swept) == dedent("""\
        modelspec: 1

        vars: {width: 8, unit: "8", rate: 1e-4, at: ..}

        compile: {optimizer: adam, loss: mse}

        inputs:
          x: [3]

        layers:
          - Dense: {units: $width}
            name: hidden
          - BatchNormalization:
            name: norm
          - Dense: {units: 2}
            name: out
          - Dense: {units: 8, activation: relu}
            name: more

        use: [nets/lib.py, acme, mine.py]

        blocks:
          b:
            layers:
              - Flatten
              - Dense: {units: 017}

        weights: {load: [{file: "$at/w.keras"}]}
        """)
    assert "use: [lib.py, acme, ../mine.py]" in text_of(swept, folder=tmp_path / "nets")
    assert "{file: ../$at/w.keras}" in text_of(swept, folder=tmp_path / "nets")


def test_each_text_says_what_its_point_says(tmp_path):
    report = Report()
    swept = read(
        tmp_path, net=NET + "sweep: {method: grid, space: {vars.width: [1, 2], compile.loss: [mae, mse]}}\n"
    )
    for number in range(1, 5):
        point = grid_point(swept.sweep.space, number)
        tree = document_of_point(swept.document, point.settings, lambda _: None, report).tree
        again = read_tree(load_text_of(tmp_path, text_of(swept, number)), report)
        assert again is not None
        assert says_the_same(again, tree)


def test_the_text_of_a_sweep_can_be_read_again(tmp_path):
    own = (
        "modelspec_sweep: 1\nbase: nets/net.yaml\nmethod: grid\n"
        "space:\n  train.data.file: [b.npz, c.npz]  # two\n"
    )
    net = NET + "train:\n  data: {file: c.npz, x: x}\nsweep: {method: random}\n"
    swept = read(tmp_path, nets__net=net, own=own)
    text = whole_text(swept.document, swept.section, "")
    assert text == (
        NET
        + "train:\n  data: {file: nets/c.npz, x: x}\n"
        + "sweep: {method: grid, space: {train.data.file: [b.npz, c.npz]}}\n"
    )
    again = read(tmp_path, again=text)
    assert [text_of(again, number) for number in (1, 2)] == [text_of(swept, number) for number in (1, 2)]


def test_a_sweep_of_one_file_is_that_file(tmp_path):
    text = NET + "sweep: {method: grid,   space: {vars.width: [8]}}  # as it is\n"
    swept = read(tmp_path, net=text)
    assert whole_text(swept.document, swept.section, text) == text


def test_what_is_set_of_a_sweep_is_edited_where_it_stands(tmp_path):
    text = NET.replace("inputs:", "sweep: {method: grid, space: {vars.width: [8]}}  # here\n\ninputs:")
    swept = read(tmp_path, ("sweep.space={vars.width: [9]}", "vars.width=7"), net=text)
    wanted = text.replace("[8]", "[9]").replace("width: 4", "width: 7")
    assert whole_text(swept.document, swept.section, text) == wanted


@pytest.mark.parametrize(
    ("text", "seeded"),
    [
        ("modelspec: 1  # a\n", "modelspec: 1  # a\n\nweights: {seed: 7}\n"),
        ("weights: {seed: 1, freeze: [a]}  # b\n", "weights: {seed: 7, freeze: [a]}  # b\n"),
        ("weights:\n  freeze: [a]\n", "weights:\n  freeze: [a]\n  seed: 7\n"),
        ("weights:   # none\ntrain: {seed: 3}\n", "weights: {seed: 7}   # none\ntrain: {seed: 7}\n"),
        ("weights: {seed: 1}\ntrain: {fit: {}}\n", "weights: {seed: 7}\ntrain: {fit: {}}\n"),
    ],
)
def test_another_seed_is_that_of_the_values_and_of_the_training(text, seeded):
    assert seeded_text(text, 7) == seeded


def load_text_of(folder: Path, text: str):
    path = folder / "variant.yaml"
    path.write_text(text)
    loaded = load_text(path, Report())
    assert loaded is not None
    return loaded[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("modelspec: 1  # a\n", "modelspec: 1  # a\n\nname: my_net\n"),
        ("modelspec: 1\nname: other\n", "modelspec: 1\nname: other\n"),
    ],
)
def test_a_document_keeps_the_name_that_its_file_gave_it(text, named):
    assert named_text(text, "my net") == named


def test_a_variant_s_text_is_built_as_its_point(tmp_path):
    """Its hash, and its fingerprint, which tells duplicates, are the same when it is read by itself."""
    net = NET + "train: {data: {file: a.npz, x: x, y: y}}\nweights: {seed: 3}\n"
    space = "vars.width: [2, 3], compile.optimizer.learning_rate: [0.1], layers.out.use_bias: [false]"
    swept = read(tmp_path, net=f"{net}sweep: {{method: grid, space: {{{space}}}}}\n")
    for number in (1, 2):
        point, report = grid_point(swept.sweep.space, number), Report()
        planned = variant_of(swept, point)
        assert planned.facts is not None
        path = tmp_path / "variant.yaml"
        path.write_text(named_text(text_of(swept, number), "net"))
        loaded = load_text(path, report)
        assert loaded is not None
        checked = check_document(Text(*loaded, path), swept.options, report)
        assert facts_of(checked, swept.options, report, swept.known) == planned.facts
