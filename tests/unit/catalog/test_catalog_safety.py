"""The judge of serialization trees: whose a name is, which texts are paths, how large an object is."""

from __future__ import annotations

import pytest

from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.safety.finding import path_text
from modelspec.catalog.safety.judge import judge
from modelspec.catalog.safety.sizes import parameters_of


def own(**config: object) -> dict[str, object]:
    return {"module": "acme", "class_name": "Own", "registered_name": "acme>Own", "config": config}


def keras_object(name: str, module: str = "keras.layers", **config: object) -> dict[str, object]:
    return {"module": module, "class_name": name, "registered_name": None, "config": config}


def codes(tree: object, *registered: str) -> list[str]:
    return [found.code for found in judge(tree, newest_packaged_catalog(), registered=registered)]


@pytest.mark.parametrize(
    ("argument", "text", "unknown", "allowed"),
    [
        ("filepath", "words.txt", True, False),
        ("filepath", "data/words", True, False),
        ("filepath", "/etc/passwd", True, True),
        ("filepath", "~/.ssh/id_rsa", True, True),
        ("vocabulary", "../../words.txt", True, True),
        ("url", "http://169.254.169.254/", True, True),
        ("file", "C:\\words.txt", True, True),
        ("weights", "imagenet", True, False),
        ("weights", "uniform", False, False),
        ("origin", "center", False, False),
        ("path", "left", False, False),
        ("equation", "ab,bc->ac", False, False),
        ("padding", "a/b", False, False),
    ],
)
def test_a_path_of_a_custom_class_is_told_by_argument_and_text(argument, text, unknown, allowed):
    tree = own(**{argument: text})
    assert codes(tree) == ["needs-code", *(["unsafe-path"] if unknown else [])]
    assert codes(tree, "acme>Own") == (["unsafe-path"] if allowed else [])


def test_a_list_of_words_is_no_path():
    assert codes(keras_object("StringLookup", vocabulary=["/etc/passwd", "http://x"])) == []
    assert codes(keras_object("StringLookup", vocabulary="words.txt")) == ["unsafe-path"]


def test_a_function_without_its_package_is_found_as_keras_finds_it():
    tree = {"module": "builtins", "class_name": "function", "config": "swish2", "registered_name": "function"}
    assert codes(tree) == ["needs-code"]
    assert codes(tree, "acme>swish2") == []


def test_a_registered_name_lifts_nothing_of_keras():
    lambda_layer = keras_object("Lambda", function={"class_name": "__lambda__", "config": {"code": "4w"}})
    assert codes(lambda_layer, "acme>Own", "Lambda") == ["unsafe-object"]
    assert codes(keras_object("TFSMLayer", filepath="x"), "TFSMLayer") == ["unsafe-object"]
    assert codes(keras_object("get_file", "keras.utils"), "acme>get_file") == ["unsafe-name"]


def test_a_path_reads_as_it_is_written_in_python():
    assert path_text(()) == ""
    assert path_text(("config", "layers", 3, "a b", "\x1b")) == "config.layers[3]['a b']['\\\\x1b']"


def test_parameters_are_counted_from_below():
    nested = keras_object("TimeDistributed", layer=keras_object("Dense", units=5))
    conv = keras_object("Conv2D", filters=8, kernel_size=[3, 3])
    assert parameters_of([nested, conv, own(units=10**9), keras_object("Dense", units=None)]) == 5 + 72
