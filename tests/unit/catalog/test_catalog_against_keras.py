"""What the catalog says is never stricter than Keras: Keras' own configs go through every check unharmed."""

from __future__ import annotations

import importlib
import json
import warnings
from contextlib import suppress
from pathlib import Path

import keras
import pytest
from handmade_programs import Page, layer_of, program_of
from handmade_programs import resolve as resolve_with
from keras.src.utils.naming import to_snake_case

from modelspec.catalog.calls import takes_function
from modelspec.catalog.entry import ClassEntry
from modelspec.catalog.families import FAMILIES
from modelspec.catalog.load import load_catalog, packaged_versions
from modelspec.catalog.resolve import resolve_program
from modelspec.catalog.safety.policy import Policy
from modelspec.compiler.stages import check_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.link.harvest.samples import sample
from modelspec.link.harvest.trials import make, try_class
from modelspec.link.values import without_values
from modelspec.source.files import load_text

APPLICATIONS = tuple(
    sorted(
        name
        for name in dir(keras.applications)
        if name[0].isupper() and callable(getattr(keras.applications, name))
    )
)
VARIED = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
)
ROOT = Path(__file__).parents[3]
DOCUMENTS = (*sorted(ROOT.glob("configs/*.yaml")), *sorted(ROOT.glob("tests/golden/*.yaml")))
CATALOG = load_catalog(keras.__version__)
ENTRIES = tuple(CATALOG.entry(name) for name in CATALOG._data["classes"])
# Base classes without a config of their own.
ABSTRACT = ("keras.Quantizer", "keras.Regularizer", "keras.optimizers.schedules.LearningRateSchedule")
TRIED = tuple(
    entry
    for entry in ENTRIES
    if not CATALOG._data["classes"][entry.name].get("untried")
    and entry.name not in ABSTRACT
    and entry.family != "callback"  # Keras writes none
)


def resolve(program):
    return resolve_with(program, CATALOG)


def as_written(data: object) -> object:
    """A serialization dict as a document would write it: `{keras.layers.Dense: {…}}`."""
    match data:
        case {"class_name": str(name), "config": dict(config), "module": str(module)} if CATALOG.entry(
            f"{module}.{name}"
        ):
            return {f"{module}.{name}": {key: as_written(value) for key, value in config.items()}}
        case dict():
            return {key: as_written(value) for key, value in data.items()}
        case list():
            return [as_written(item) for item in data]
        case _:
            return data


def serialised(obj: object) -> dict[str, object]:
    return json.loads(json.dumps(keras.saving.serialize_keras_object(obj)))


def stripped(data: object) -> object:
    """Without what Keras writes beside the config of an object that has been built."""
    match data:
        case {"class_name": _, "config": _}:
            kept = ("module", "class_name", "config", "registered_name")
            return {key: stripped(data[key]) for key in kept if key in data}
        case dict():
            return {key: stripped(value) for key, value in data.items()}
        case list():
            return [stripped(item) for item in data]
        case _:
            return data


def class_named(entry: ClassEntry) -> type:
    public = keras.src.api_export.get_symbol_from_name(entry.name)
    return public or getattr(importlib.import_module(entry.module), entry.short)


def object_with(entry: ClassEntry) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = CATALOG._data["classes"][entry.name]["arguments"]
        base = try_class(entry.name, class_named(entry), arguments).base
        assert base is not None
        return make(entry.name, base)


@pytest.mark.parametrize("entry", TRIED, ids=lambda entry: entry.name)
def test_the_config_that_keras_writes_of_a_class_passes_every_check(entry):
    written = serialised(object_with(entry))
    if entry.family in FAMILIES["layer"].accepts:
        name = written["config"].pop("name", None)
        outcome = resolve(program_of(page := Page(""), [layer_of(page, as_written(written))], []))
        assert outcome.codes == []
        config = outcome.config()
        if name is not None and "name" in entry.fill:
            assert config.pop("name") is None
        assert outcome.resolved.layers["main"]["layer"].data["module"] == written["module"]
    else:
        item = {"Lambda": {"function": as_written(written)}}
        outcome = resolve(program_of(page := Page(""), [layer_of(page, item)], []))
        assert outcome.codes == []
        config = outcome.config()["function"]["config"]
    assert config == stripped(written["config"])


@pytest.mark.parametrize("release", packaged_versions())
def test_the_defaults_of_every_class_of_every_release_pass_every_check(release):
    catalog = load_catalog(release)
    for name, data in catalog._data["classes"].items():
        written: dict[str, object] = {}
        for argument, described in data["arguments"].items():
            if "default" in described:
                written[argument] = described["default"]
            elif "opaque" not in described:
                with suppress(KeyError):
                    written[argument] = as_written(sample(name.rpartition(".")[2], argument))
        needed = {
            key for key, described in data["arguments"].items() if described.keys() <= {"family", "kinds"}
        }
        # Wherever nothing is known of what is wanted, as inside `Lambda`, any class may stand.
        page = Page("")
        layer = layer_of(page, {"Lambda": {"function": {name: written}}})
        report = Report()
        resolve_program(program_of(page, [layer], []), catalog, report, policy=Policy(allow_unsafe=True))
        found = [
            (d.code, d.message)
            for d in report.diagnostics
            if d.severity == "error" and d.code != "missing-argument"
        ]
        # What a training is made of stands in no model, and is held to its arguments all the same.
        outside = [("unsafe-name", f"`{name}` is nothing a model is made of")]
        assert found == (outside if data["family"] == "callback" else []), name
        assert not needed - written.keys() or data.get("untried"), (name, needed - written.keys())


def test_the_defaults_of_every_operation_pass_every_check():
    for name, data in CATALOG._data["operations"].items():
        written = {
            parameter: described["default"]
            for parameter, described in data["parameters"].items()
            if "default" in described
        }
        page = Page("")
        outcome = resolve(program_of(page, [layer_of(page, {f"ops.{name}": written})], []))
        entry = CATALOG.operation(name)
        assert entry is not None
        assert outcome.codes == (["operation-of-functions"] if takes_function(entry) else []), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_documents_of_the_suite_pass_every_check(path):
    report = Report()
    loaded = load_text(path, report)
    assert loaded is not None
    check_document(Text(*loaded, path), Options(root=path.parents[1]), report)
    assert [found.code for found in report.diagnostics if found.severity == "error"] == []


def model_of(name: str) -> keras.Model:
    with without_values(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(keras.applications, name)(weights=None)


def check_application(name: str) -> None:
    page = Page("")
    layers, configs = [], {}
    for layer in model_of(name).layers:
        data = serialised(layer)
        if data["module"].startswith("keras.src.ops"):
            continue
        path = data["config"].pop("name")
        layers.append(layer_of(page, as_written(data), path))
        entry = CATALOG.class_of(data)
        configs[path] = dict.fromkeys(entry.fill) | stripped(data["config"])
    outcome = resolve(program_of(page, layers, []))
    assert outcome.codes == []
    assert {path: outcome.config(path) for path in configs} == configs


@pytest.mark.parametrize("name", VARIED)
def test_the_layers_of_an_application_pass_every_check(name):
    check_application(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_layers_of_every_application_pass_every_check(name):
    check_application(name)


def test_all_forty_applications_are_there():
    assert len(APPLICATIONS) >= 38


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("activation", "activations"),
        ("initializer", "initializers"),
        ("regularizer", "regularizers"),
        ("constraint", "constraints"),
        ("loss", "losses"),
        ("metric", "metrics"),
    ],
)
def test_every_string_that_keras_reads_is_known(family, name):
    room = getattr(keras, name)
    table = getattr(keras.src, name).ALL_OBJECTS_DICT
    for text in table:
        try:
            taken = room.get(text) is not None
        except Exception:
            taken = False
        assert (CATALOG.identifier(text, family) is not None) is taken, text


def test_a_default_that_keras_needs_written_is_written():
    for cls, config in (("Rescaling", {"scale": 2.0}), ("DTypePolicyMap", {}), ("Constant", {})):
        item = {"Lambda": {"function": {cls: config}}}
        outcome = resolve(program_of(page := Page(""), [layer_of(page, item)], []))
        keras.saving.deserialize_keras_object(outcome.config()["function"])


def test_the_stem_is_the_name_keras_gives():
    for entry in TRIED:
        if entry.family == "layer":
            assert CATALOG.stem(entry.name) == to_snake_case(class_named(entry).__name__)
