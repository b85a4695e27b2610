"""The passes of the decompiler, each by itself."""

from __future__ import annotations

import json

import pytest

from modelspec.catalog.load import newest_packaged_catalog
from modelspec.decompiler import decompile as whole
from modelspec.decompiler.decompile import Wanted, decompile
from modelspec.decompiler.linearise import linearise
from modelspec.decompiler.naming import Named, unwritten
from modelspec.decompiler.operations import slice_text
from modelspec.decompiler.reading import read_model
from modelspec.decompiler.reduced import short_float32
from modelspec.decompiler.refusal import Undecompilable
from modelspec.diagnostics import Report, SpecError

CATALOG = newest_packaged_catalog()


def tensor(layer: str, call: int = 0, index: int = 0) -> dict[str, object]:
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [layer, call, index]},
    }


def layer(name: str, *reads: object, cls: str = "Dense", **config: object) -> dict[str, object]:
    config = {"name": name, **({"units": 4} if cls == "Dense" else {}), **config}
    return {
        "module": "keras.layers",
        "class_name": cls,
        "config": config,
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [read], "kwargs": {}} for read in reads],
    }


def functional(*layers: dict[str, object], outputs: object) -> dict[str, object]:
    given = layer("x", cls="InputLayer", batch_shape=[None, 4])
    config = {
        "name": "net",
        "layers": [given, *layers],
        "input_layers": ["x", 0, 0],
        "output_layers": outputs,
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": config,
        "registered_name": None,
    }


def text_of(data: dict[str, object], report: Report | None = None) -> str:
    return decompile(data, CATALOG, Wanted("net"), report if report is not None else Report())


def test_what_is_read_stands_before_what_reads_it_and_branches_stay_together():
    data = functional(
        layer("b2", tensor("b1")), layer("a1", tensor("x")), layer("b1", tensor("x")),
        layer("a2", tensor("a1")),
        layer("sum", [tensor("a2"), tensor("b2")], cls="Add"), layer("dead", tensor("x")),
        outputs=["sum", 0, 0],
    )  # fmt: skip
    model = read_model(data)
    assert model is not None
    assert [name for name, _ in linearise(model)] == ["a1", "a2", "b1", "b2", "sum", "dead"]


def test_the_calls_of_a_layer_keep_their_numbers():
    data = functional(
        layer("shared", tensor("x"), tensor("y")),
        layer("y", tensor("x")),
        outputs=[["shared", 1, 0], ["shared", 0, 0]],
    )
    model = read_model(data)
    assert model is not None
    assert linearise(model) == (("shared", 0), ("y", 0), ("shared", 1))


def test_a_circle_is_refused():
    model = read_model(functional(layer("a", tensor("b")), layer("b", tensor("a")), outputs=["a", 0, 0]))
    assert model is not None
    with pytest.raises(Undecompilable, match="reads what it gives itself"):
        linearise(model)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            functional(layer("a", tensor("x")), layer("a", tensor("x")), outputs=["a", 0, 0]),
            "two layers are named `a`",
        ),
        (functional(layer("a", tensor("b")), outputs=["a", 0, 0]), "reads call 0 of `b`, which is not there"),
        (functional(layer("a", tensor("x")), outputs=["a", 1, 0]), "reads call 1 of `a`, which is not there"),
        (
            functional(layer("a/b", tensor("x")), outputs=["a/b", 0, 0]),
            "no document can write the name `a/b`",
        ),
        (functional(layer("", tensor("x")), outputs=["", 0, 0]), "no document can write the name ``"),
        (functional(layer("a", tensor("a")), outputs=["a", 0, 0]), "`a` reads what it gives itself"),
    ],
)
def test_a_config_that_no_document_can_say_is_refused(data, message):
    report = Report()
    with pytest.raises(SpecError):
        text_of(data, report)
    (found,) = report.diagnostics
    assert found.code == "cannot-decompile"
    assert message in found.message


def test_a_chain_of_ten_thousand_layers_is_no_deep_recursion():
    count = 10_000
    layers = [layer(f"d{n}", tensor(f"d{n - 1}" if n else "x")) for n in range(count)]
    model = read_model(functional(*layers, outputs=[f"d{count - 1}", 0, 0]))
    assert model is not None
    assert len(linearise(model)) == count


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["dense", "dense_1", "dense_2"], []),
        (["dense", "dense_2", "dense_3"], ["dense_2", "dense_3"]),
        (["dense_1", "dense"], ["dense_1"]),
        (["stem", "dense", "dense_1"], ["stem"]),
        (["dense_01", "dense"], ["dense_01"]),
    ],
)
def test_a_name_is_written_where_it_would_be_another(names, written):
    free = unwritten([Named(name, "dense") for name in names], ["x"])
    assert [name for position, name in enumerate(names) if position not in free] == written


def test_an_automatic_name_moves_on_over_an_input():
    assert unwritten([Named("dense_1", "dense")], ["dense"]) == {0}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ([{"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}, 0], ":, 0"),
        ([{"class_name": "__ellipsis__", "config": {}}, -1, None], "..., -1, null"),
        ({"class_name": "__slice__", "config": {"start": 1, "stop": 6, "step": 2}}, "1:6:2"),
        (3, "3"),
        ([3], None),
        ([True, 0], None),
        ({"class_name": "__keras_tensor__", "config": {}}, None),
    ],
)
def test_a_slice_is_spelt_where_it_can_be(key, text):
    assert slice_text(key) == text


@pytest.mark.parametrize(
    ("given", "short"), [(0.0010000000474974513, 0.001), (0.001, 0.001), (0.5, 0.5), (1e300, 1e300)]
)
def test_a_learning_rate_is_the_shortest_number_of_its_single_precision(given, short):
    assert short_float32(given) == short


def keras_object(module: str, cls: str, **config: object) -> dict[str, object]:
    return {"module": f"keras.{module}", "class_name": cls, "config": config, "registered_name": None}


def test_defaults_go_and_what_is_no_default_stays():
    said = {"units": 8, "use_bias": True, "activation": "linear", "trainable": True, "dtype": "float32"}
    said |= {
        "kernel_initializer": keras_object("initializers", "GlorotUniform", seed=None),
        "bias_initializer": keras_object("initializers", "Zeros"),
        "kernel_regularizer": keras_object("regularizers", "L2", l2=0.5),
    }
    text = text_of(functional(layer("hidden", tensor("x"), **said), outputs=["hidden", 0, 0]))
    assert "- Dense: {units: 8, kernel_regularizer: {L2: {l2: 0.5}}}\n    name: hidden\n" in text


def test_an_argument_that_the_catalog_does_not_know_keeps_the_whole_dict():
    text = text_of(functional(layer("odd", tensor("x"), of_a_later_keras=3), outputs=["odd", 0, 0]))
    assert "class_name: Dense\n    config: {name: odd, units: 4, of_a_later_keras: 3}\n" in text


def test_a_dollar_is_no_variable():
    lookup = layer("words", tensor("x"), cls="StringLookup", vocabulary=["$a", "b$(1)"], oov_token="$")
    text = text_of(functional(lookup, outputs=["words", 0, 0]))
    assert "$$a" in text


def test_a_document_that_would_not_mean_the_same_is_not_given_out(monkeypatch):
    written = whole.write_document

    def forged(model, draft):
        sections = json.loads(json.dumps(written(model, draft)).replace('"units": 4', '"units": 5'))
        return sections

    monkeypatch.setattr(whole, "write_document", forged)
    report = Report()
    with pytest.raises(SpecError):
        text_of(functional(layer("a", tensor("x")), outputs=["a", 0, 0]), report)
    (found,) = report.diagnostics
    assert found.code == "decompile-differs"
    assert "`a`: its arguments differ" in found.message


def test_an_item_that_cannot_be_right_becomes_verbatim(monkeypatch):
    written = whole.write_document

    def forged(model, draft):
        sections = written(model, draft)
        for item in sections["layers"]:
            if "Dense" in item:
                item["Dense"]["units"] = 5
        return sections

    monkeypatch.setattr(whole, "write_document", forged)
    text = text_of(functional(layer("a", tensor("x")), outputs=["a", 0, 0]))
    assert "class_name: Dense\n    config: {name: a, units: 4}\n" in text
