"""Configs that older releases of Keras saved give the model that this release loads them as.

`releases/` holds the `config.json` of small models, saved by the release in its name: a tower called twice
with inputs and outputs by name, recurrent layers behind a mask, a model as an argument, attention.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import pytest
from decompiled import differences, form_of, text_of

import modelspec
from modelspec.link.canonical import canonical, serialize

SAVED = sorted((Path(__file__).parent / "releases").glob("*.json"))
pytestmark = pytest.mark.skipif(keras.version() < "3.15", reason="what Keras writes differs by release")


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_what_an_older_release_saved_comes_back_as_this_one_loads_it(path: Path) -> None:
    saved = json.loads(path.read_text())
    text = text_of(saved)
    ours = modelspec.loads(text, target="installed", use_cache=False).config()
    keras.utils.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        theirs = canonical(serialize(keras.saving.deserialize_keras_object(saved)))
    found = list(differences(alike(form_of(ours)), alike(form_of(theirs))))
    assert not found, "\n".join([*found[:8], text])
    assert text_of(ours) == text


def alike(form: Any) -> Any:
    """A form in which a model of one input is called alike with the tensor and with a list of it."""
    for layer in form["config"]["layers"]:
        if layer["class_name"] == "Functional":
            layer["inbound_nodes"] = [
                {
                    name: given[0] if isinstance(given, list) and len(given) == 1 else given
                    for name, given in node.items()
                    if given != [None]  # the mask of the list
                }
                for node in layer["inbound_nodes"]
            ]
    return form
