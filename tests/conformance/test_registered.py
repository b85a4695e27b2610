"""Registered names: whatever is not Keras' own, named by a document, built, and loaded again by Keras."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import modelspec
from modelspec import SpecError

PACKAGES = Path(__file__).parents[1] / "packages"


def document(body: str, *, use: str = "acme", **options: object) -> modelspec.Document:
    allow = ("acme",) if "allow" not in options else options.pop("allow")
    text = f"modelspec: 1\nuse: [{use}]\n{body}" if use else f"modelspec: 1\n{body}"
    return modelspec.loads(text, allow=allow, **options)


def mistakes(made: modelspec.Document) -> list[tuple[str, str, str | None]]:
    with pytest.raises(SpecError) as caught:
        made.check()
    return [(found.code, found.message, found.help) for found in caught.value.diagnostics]


def items(*lines: str, head: str = "inputs: {x: [6, 8]}") -> str:
    return "\n".join([head, "layers:", *(f"  - {line}" for line in lines)])


def reloaded(made: modelspec.Document, folder: Path, objects: dict[str, object] | None = None) -> keras.Model:
    path = folder / "net.keras"
    made.build(path)
    return keras.saving.load_model(path, custom_objects=objects, safe_mode=True)


def acme(module: str, name: str):
    """A class of the package, which is then registered in this process as a user's import does."""
    import importlib

    return getattr(importlib.import_module(f"acme.{module}"), name)


@pytest.fixture
def clean_registry():
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    yield
    objects.clear()
    objects.update(before)


def test_a_registered_layer_is_made_saved_and_loaded_like_any_other(tmp_path):
    made = document(items("acme>AttentionPool: {heads: 2}", "Dense: {units: 1}"), use="acme.layers")
    pool = acme("layers", "AttentionPool")
    model = reloaded(made, tmp_path, {"acme>AttentionPool": pool})
    twin = keras.Sequential(
        [keras.Input((6, 8), name="x"), pool(2, name="attention_pool"), keras.layers.Dense(1, name="dense")]
    )
    twin.set_weights(model.get_weights())
    batch = np.linspace(-1, 1, 96, dtype="float32").reshape(2, 6, 8)
    np.testing.assert_array_equal(np.asarray(model(batch)), np.asarray(twin(batch)))
    (layer,) = [data for data in made.config()["config"]["layers"] if data["name"] == "attention_pool"]
    assert (layer["module"], layer["class_name"], layer["registered_name"]) == (
        "acme.layers",
        "AttentionPool",
        "acme>AttentionPool",
    )


@pytest.mark.parametrize(
    "item",
    [
        "Dense: {units: 2, activation: acme>swish2}",
        "Dense: {units: 2, kernel_initializer: acme>tiny}",
        "Dense: {units: 2, kernel_initializer: {acme>Tiny: {scale: 2.0}}}",
        "Dense: {units: 2, kernel_constraint: acme>UnitSum}",
        "Dense: {units: 2, kernel_regularizer: {acme>Ridge: {strength: 0.5}}}",
        "TimeDistributed: {layer: {acme>Plain: {size: 2}}}",
        "acme>Residual: {layer: {acme>Residual: {layer: {Dense: {units: 8, activation: acme>swish2}}}}}",
        "acme>HandlesDicts: {layers: [{Dense: {units: 8}}], by_name: {a: {Dense: {units: 8}}}}",
        "acme>HandlesDicts: {layers: [], init: {acme>Tiny: {scale: 3.0}}}",
        "acme>Plain: {size: 2, free: {$literal: {Dense: {units: 3}}}}",
    ],
)
def test_registered_objects_stand_wherever_keras_takes_them(item, tmp_path):
    made = document(items(item), use="acme.layers, acme.odd, acme.training")
    path = tmp_path / "net.keras"
    made.build(path)
    script = (
        "import keras, acme.layers, acme.odd, acme.training, sys; "
        "m = keras.saving.load_model(sys.argv[1], safe_mode=True); "
        "print(sum(w.shape[0] for w in m.weights) if m.weights else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**_environment(), "PYTHONPATH": str(PACKAGES)},
    )
    assert done.returncode == 0, done.stderr


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "KERAS_BACKEND": keras.config.backend()}


@pytest.mark.usefixtures("clean_registry")
def test_whole_models_optimizers_schedules_losses_and_metrics_are_registered_objects_too(tmp_path):
    made = document(
        "inputs: {x: [8]}\nmodel: {acme>Net: {width: 4}}\n"
        "compile:\n"
        "  optimizer: {acme>Patient: {learning_rate: {acme>Steps: {start: 0.1}}, patience: 3}}\n"
        "  loss: acme>huberish\n"
        "  metrics: [acme>Total, {acme>Scaled: {factor: 2.0}}, acme>huberish]\n",
        use="acme.models, acme.training",
    )
    model = made.model()
    assert type(model) is acme("models", "Net")
    assert (model.width, model.classes) == (4, 3)
    assert type(model.optimizer) is acme("training", "Patient")
    assert model.optimizer.patience == 3
    assert model.loss is acme("training", "huberish")
    model.fit(np.ones((4, 8)), np.ones((4, 3)), verbose=0)
    assert reloaded(made, tmp_path).count_params() == model.count_params() == 51


@pytest.mark.usefixtures("clean_registry")
def test_a_subclassed_model_reads_a_mapping_of_inputs():
    made = document(
        "inputs: {a: [8], b: [4]}\ninputs_as: {a: a, b: b}\nmodel: {acme>TwoTowers: {width: 4}}\n",
        use="acme.models",
    )
    model = made.model()
    assert model({"a": np.ones((2, 8)), "b": np.ones((2, 4))}).shape == (2, 4)


@pytest.mark.usefixtures("clean_registry")
def test_a_functional_model_may_be_of_a_class_of_its_own():
    body = "inputs: {x: [8]}\nclass: {acme>Counted: {steps: 3}}\nlayers: [{Dense: {units: 3}}]\n"
    model = document(body, use="acme.models").model()
    assert (type(model).__name__, model.steps) == ("Counted", 3)


def test_an_argument_that_a_class_does_not_save_is_told_where_it_is_written():
    body = "inputs: {x: [8]}\nclass: {acme>Forgetful: {steps: 3}}\nlayers: [{Dense: {units: 3}}]\n"
    ((code, message, help_text),) = mistakes(document(body, use="acme.models"))
    assert code == "argument-not-saved"
    assert "`steps`" in message
    assert "get_config" in help_text


def test_a_class_that_keras_could_not_load_again_is_refused():
    ((code, message, help_text),) = mistakes(
        document(items("acme>NoFromConfig: {layer: {Dense: {units: 8}}}"), use="acme.odd")
    )
    assert code == "not-reloadable"
    assert "`acme>NoFromConfig`" in message
    assert "deserialize_keras_object" in help_text


def test_inner_layers_that_the_outer_one_builds_are_left_for_it_to_build(tmp_path):
    made = document(items("acme>Residual: {layer: {Dense: {units: 8}}}"), use="acme.layers")
    (layer,) = [data for data in made.config()["config"]["layers"] if data["name"] == "residual"]
    assert "build_config" in layer
    assert "build_config" not in layer["config"]["layer"]
    model = reloaded(made, tmp_path, {"acme>Residual": acme("layers", "Residual")})
    assert [tuple(w.shape) for w in model.weights] == [(8, 8), (8,)]


class Looks(keras.layers.Layer):
    """Has no `from_config`, and looks into what Keras gives its constructor."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        written = inner if isinstance(inner, dict) else keras.saving.serialize_keras_object(inner)
        self.inner = keras.saving.deserialize_keras_object(written)
        self.is_biased = written["config"]["use_bias"]

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.inner(inputs)

    def get_config(self):
        return {**super().get_config(), "inner": keras.saving.serialize_keras_object(self.inner)}


def test_a_constructor_finds_every_key_in_what_it_is_given_as_it_is_written(tmp_path):
    objects = {"Looks": Looks}
    made = document(items("Looks: {inner: {Dense: {units: 8}}}"), use="", custom_objects=objects)
    assert reloaded(made, tmp_path, objects).layers[-1].is_biased


def test_mistakes_in_registered_names_are_found_with_what_is_near():
    found = mistakes(
        document(
            items(
                "acme>AttentionPoll: {heads: 2}",
                "acme>AttentionPool: {head: 2}",
                "AttentionPool: {heads: 2}",
                "Dense: {units: 8, activation: acme>swish3}",
                "Dense: {units: 8, kernel_initializer: {acme>Residual: {}}}",
            ),
            use="acme.layers",
        )
    )
    assert [(code, help_text) for code, _, help_text in found] == [
        ("unknown-registered-name", "did you mean `acme>AttentionPool`?"),
        ("unknown-argument", "did you mean `heads`?"),
        ("unknown-layer", "did you mean `acme>AttentionPool`?"),
        ("unknown-registered-name", "did you mean `acme>swish2`?"),
        ("wrong-family", "`modelspec classes --family initializer` lists what may stand here"),
    ]


def test_a_function_does_not_stand_where_a_class_is_wanted():
    body = "inputs: {x: [8]}\nlayers: [{Dense: {units: 3}}]\ncompile: {optimizer: acme>swish2}\n"
    ((code, message, _),) = mistakes(document(body, use="acme.layers"))
    assert (code, message) == ("wrong-family", "`acme>swish2` is a function, not an optimizer")


def test_a_module_that_is_not_allowed_is_not_imported():
    made = document(items("acme>AttentionPool: {heads: 2}"), use="acme.never_imported", allow=())
    ((code, message, help_text),) = mistakes(made)
    assert (code, message) == ("module-not-allowed", "the module `acme.never_imported` is not allowed")
    assert "`--allow acme`" in help_text
    assert "acme.never_imported" not in sys.modules


def test_a_module_that_cannot_be_imported_is_told_with_the_line_that_raises():
    ((code, message, _),) = mistakes(document(items("Dense: {units: 1}"), use="acme.broken"))
    assert code == "module-failed"
    assert message == ("importing `acme.broken` fails: RuntimeError: not on this machine, at broken.py:5")


def test_a_module_that_is_not_there_is_told():
    ((code, message, help_text),) = mistakes(
        document(items("Dense: {units: 1}"), use="nosuchpackage.layers", allow=("nosuchpackage",))
    )
    assert (code, message) == (
        "module-failed",
        "importing `nosuchpackage.layers` fails: there is no module `nosuchpackage`",
    )
    assert "PYTHONPATH" in help_text


def test_two_objects_that_claim_one_name_are_told():
    found = mistakes(document(items("acme>Pool2"), use="acme.claims, acme.claims_again"))
    assert [(code, message) for code, message, _ in found] == [
        ("name-claimed-twice", "two objects of `acme.claims` claim the name `acme>Pool1`"),
        ("name-claimed-twice", "`acme.claims` and `acme.claims_again` claim the name `acme>Pool2`"),
    ]


def test_a_custom_object_may_not_take_a_name_of_keras():
    found = mistakes(
        document(
            items("Dense: {units: 1}"), use="", custom_objects={"relu": halved, "Dense": keras.layers.Layer}
        )
    )
    assert sorted(code for code, _, _ in found) == ["shadows-builtin", "shadows-builtin"]


def test_what_one_build_registers_is_unknown_to_the_next():
    body = items("acme>Plain: {size: 2}")
    before = dict(keras.saving.get_custom_objects())
    assert "acme>Plain" not in before
    for _ in range(2):
        document(body, use="acme.odd", use_cache=False).check()
        assert dict(keras.saving.get_custom_objects()) == before
        ((code, _, _),) = mistakes(document(body, use=""))
        assert code == "unknown-registered-name"


_OWN = """import keras
@keras.saving.register_keras_serializable(package='later')
class Tenfold(keras.layers.Layer):
    def call(self, inputs):
        return inputs * self.ten()
    def ten(self):
        from later_numbers import TEN
        return TEN
"""


@pytest.fixture
def later_layers(tmp_path, monkeypatch):
    (tmp_path / "later_layers.py").write_text(_OWN)
    (tmp_path / "later_numbers.py").write_text("TEN = 10\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("later_layers", "later_numbers"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_who_imports_a_module_after_a_build_gets_what_it_registers(tmp_path):
    path = tmp_path / "net.keras"
    body = items("later>Tenfold")
    document(body, use="later_layers", allow=("later_layers",), use_cache=False).build(path)
    assert "later_layers" not in sys.modules
    import later_layers

    model = keras.saving.load_model(path)
    assert type(model.layers[1]) is later_layers.Tenfold
    # From now on the process has the module, and its classes are the ones that documents use.
    made = document(body, use="later_layers", allow=("later_layers",), use_cache=False).model()
    assert type(made.layers[1]) is later_layers.Tenfold


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_a_live_model_and_the_module_imported_after_it_are_of_one_class():
    made = document(items("later>Tenfold"), use="later_layers", allow=("later_layers",)).model()
    import later_layers

    assert type(made.layers[1]) is later_layers.Tenfold


@pytest.mark.usefixtures("clean_registry", "later_layers")
def test_a_module_that_the_process_imported_counts_when_it_has_cleared_the_registry():
    import later_layers

    keras.saving.get_custom_objects().clear()
    made = document(items("later>Tenfold"), use="later_layers", allow=("later_layers",), use_cache=False)
    assert type(made.model().layers[1]) is later_layers.Tenfold


@pytest.mark.usefixtures("clean_registry")
def test_a_class_that_the_process_has_registered_needs_no_module(tmp_path):
    @keras.saving.register_keras_serializable(package="here")
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    made = document(items("here>Doubled"), use="")
    model = reloaded(made, tmp_path)
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 2.0


def test_custom_objects_go_by_the_name_the_caller_gives_them(tmp_path):
    class Tripled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 3

    objects = {"Tripled": Tripled, "halved": halved}
    made = document(items("Tripled", "Activation: {activation: halved}"), use="", custom_objects=objects)
    model = reloaded(made, tmp_path, objects)
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 1.5
    assert [code for code, _, _ in mistakes(document(items("Tripled"), use=""))] == ["unknown-layer"]


def test_a_custom_object_scope_around_a_build_gives_its_objects():
    class Tripled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 3

    body = items("Tripled", "Activation: {activation: halved}")
    with keras.saving.custom_object_scope({"Tripled": Tripled, "halved": halved}):
        model = document(body, use="").model()
    assert float(np.asarray(model(np.ones((1, 6, 8))))[0, 0, 0]) == 1.5
    assert "unknown-layer" in [code for code, _, _ in mistakes(document(body, use=""))]


def halved(x):
    return x / 2


def test_a_python_file_is_named_by_its_path_and_allowed_by_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_layers.py").write_text(
        "import keras\n"
        "@keras.saving.register_keras_serializable(package='own')\n"
        "class Negated(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return -inputs\n"
    )
    net = tmp_path / "net.yaml"
    net.write_text(f"modelspec: 1\nuse: [own_layers.py]\n{items('own>Negated')}\n")
    refused = modelspec.load(net)
    ((code, _, help_text),) = mistakes(refused)
    assert code == "module-not-allowed"
    assert "`--allow own_layers.py`" in help_text
    assert "own_layers" not in sys.modules
    try:
        assert modelspec.load(net, allow=("own_layers.py",)).check() == ()
        assert modelspec.load(net, allow=(str(tmp_path / "own_layers.py"),)).check() == ()
    finally:
        sys.modules.pop("own_layers", None)


def test_the_project_of_the_working_folder_allows_modules_and_that_of_the_document_does_not(
    tmp_path, monkeypatch
):
    body = f"modelspec: 1\nuse: [acme.layers]\n{items('acme>AttentionPool: {heads: 2}')}\n"
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (project, elsewhere):
        (folder / "below").mkdir(parents=True)
        (folder / "below" / "net.yaml").write_text(body)
    (project / "pyproject.toml").write_text('[tool.modelspec]\nallow = ["acme"]\n')
    monkeypatch.chdir(project / "below")
    assert modelspec.load("net.yaml").check() == ()
    assert modelspec.load(elsewhere / "below" / "net.yaml").check() == ()
    monkeypatch.chdir(elsewhere)
    ((code, _, _),) = mistakes(modelspec.load(project / "below" / "net.yaml"))
    assert code == "module-not-allowed"


def test_an_unchanged_custom_module_is_not_imported_again(tmp_path):
    (tmp_path / "quiet_layers.py").write_text(
        "import keras\n"
        "print('imported')\n"
        "@keras.saving.register_keras_serializable(package='quiet')\n"
        "class Same(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return inputs\n"
    )
    (tmp_path / "net.yaml").write_text(f"modelspec: 1\nuse: [quiet_layers]\n{items('quiet>Same')}\n")
    check = (
        "import sys, modelspec; modelspec.load('net.yaml', allow=('quiet_layers',)).check(); "
        "print('keras' in sys.modules)"
    )

    def run() -> str:
        package = str(Path(modelspec.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-c", check],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={
                **_environment(),
                "PYTHONPATH": f"{tmp_path}:{package}",
                "MODELSPEC_CACHE": str(tmp_path / "cache"),
            },
        )
        return " ".join(done.stdout.split())

    assert [run(), run()] == ["imported True", "False"]
    (tmp_path / "quiet_layers.py").write_text((tmp_path / "quiet_layers.py").read_text() + "# changed\n")
    assert [run(), run()] == ["imported True", "False"]


def test_the_signature_of_a_class_tells_its_arguments_and_those_of_its_bases():
    from modelspec.link.registered.describe import describe

    described = describe({name: acme("layers", name.rpartition(">")[2]) for name in ("acme>AttentionPool",)})
    entry = described["acme>AttentionPool"]
    assert list(entry["arguments"])[:2] == ["heads", "scale"]
    assert {"name", "dtype", "trainable", "activity_regularizer"} <= entry["arguments"].keys()
    assert not entry["open"]
    assert entry["call"] == {"inputs": True}
    assert json.loads(json.dumps(described)) == described


# --- modules that change, fail, or share names --------------------------------------------------------------

SCALE = """
import keras
from {helper} import WIDTH

@keras.saving.register_keras_serializable(package="{package}")
class Wide(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(WIDTH)

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.dense(inputs)
"""


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder of a user's own, on the path and the working folder, whose modules go with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


def written(path: Path, text: str) -> None:
    """Write a file so that its state differs from before, whatever the clock's grain."""
    import os

    stamp = path.stat().st_mtime_ns + 10**9 if path.exists() else None
    path.write_text(text)
    if stamp is not None:
        os.utime(path, ns=(stamp, stamp))


def net(folder: Path, module: str, name: str, *, use: str | None = None) -> modelspec.Document:
    path = folder / f"{module}.yaml"
    path.write_text(f"modelspec: 1\nuse: [{use or module + '.py'}]\n{items(name, head='inputs: {x: [3]}')}\n")
    return modelspec.load(path, allow=(use or f"{module}.py",))


def test_a_helper_that_changes_changes_what_is_built(workshop):
    written(workshop / "helper_one.py", "WIDTH = 4\n")
    written(workshop / "wide_one.py", SCALE.format(helper="helper_one", package="one"))
    assert net(workshop, "wide_one", "one>Wide").params == 16
    written(workshop / "helper_one.py", "WIDTH = 8\n")
    assert net(workshop, "wide_one", "one>Wide").params == 32


def test_a_helper_that_the_process_holds_is_watched_all_the_same(workshop):
    import importlib

    written(workshop / "helper_two.py", "WIDTH = 4\n")
    importlib.import_module("helper_two")
    written(workshop / "wide_two.py", SCALE.format(helper="helper_two", package="two"))
    assert net(workshop, "wide_two", "two>Wide").params == 16
    written(workshop / "helper_two.py", "WIDTH = 8\n")
    script = "import modelspec; print(modelspec.load('wide_two.yaml', allow=('wide_two.py',)).params)"
    package = str(Path(modelspec.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**_environment(), "PYTHONPATH": f"{workshop}:{package}"},
    )
    assert done.stdout.strip() == "32"


@pytest.mark.usefixtures("clean_registry")
def test_old_code_that_the_process_holds_is_told_and_not_kept(workshop):
    written(workshop / "helper_three.py", "WIDTH = 4\n")
    written(workshop / "wide_three.py", SCALE.format(helper="helper_three", package="three"))
    net(workshop, "wide_three", "three>Wide").model()
    written(workshop / "helper_three.py", "WIDTH = 8\n")
    again = net(workshop, "wide_three", "three>Wide")
    assert [found.code for found in again.check()] == ["stale-module"]
    assert again.params == 16


def test_a_module_that_fails_leaves_the_libraries_it_imported(workshop):
    written(workshop / "fails.py", "import wsgiref.util\nimport colorsys_like\n")
    made = net(workshop, "fails", "fails>Wide")
    ((code, message, _),) = mistakes(made)
    assert (code, message) == (
        "module-failed",
        "importing `fails.py` fails: ModuleNotFoundError: No module named 'colorsys_like', at fails.py:2",
    )
    assert "wsgiref.util" in sys.modules
    assert "fails" not in sys.modules


def test_two_files_may_have_one_stem(workshop):
    written(workshop / "helper_four.py", "WIDTH = 4\n")
    for folder, package in (("left", "left"), ("right", "right")):
        (workshop / folder).mkdir()
        written(workshop / folder / "layers.py", SCALE.format(helper="helper_four", package=package))
    path = workshop / "net.yaml"
    body = items("left>Wide", "right>Wide", head="inputs: {x: [3]}")
    path.write_text(f"modelspec: 1\nuse: [left/layers.py, right/layers.py]\n{body}\n")
    assert modelspec.load(path, allow=("left/layers.py", "right/")).params == 16 + 20


def test_a_file_that_is_called_like_a_module_of_python_is_told(workshop):
    written(workshop / "random.py", "import keras\n")
    ((code, message, help_text),) = mistakes(net(workshop, "random", "own>Wide"))
    assert (code, message, help_text) == (
        "module-failed",
        "importing `random.py` fails: Python itself has a module called `random`",
        "call the file something else",
    )


def test_what_is_no_layer_is_no_item(workshop):
    found = mistakes(document(items("acme>swish2", "acme>Tiny"), use="acme.layers, acme.odd"))
    assert [(code, help_text) for code, _, help_text in found] == [
        ("wrong-family", "write `Activation: {activation: acme>swish2}`"),
        ("wrong-family", "`modelspec classes --family layer` lists what may stand here"),
    ]


def test_what_derives_from_no_class_of_keras_is_told_what_to_derive_from():
    class Loose:
        def get_config(self):
            return {}

    made = document(items("Loose"), use="", custom_objects={"Loose": Loose})
    assert mistakes(made) == [
        (
            "wrong-family",
            "`Loose` derives from no class of Keras, so it is not a layer",
            "let it derive from `keras.layers.Layer`",
        )
    ]


def test_a_plain_annotation_tells_the_kind_that_is_wanted():
    ((code, message, help_text),) = mistakes(
        document(items('acme>AttentionPool: {heads: "2"}'), use="acme.layers")
    )
    assert (code, help_text) == ("wrong-kind", "write `2` without quotes")
    assert "`heads`" in message


def test_a_file_that_a_document_names_is_told_to_whoever_watches(workshop):
    from modelspec.compiler.stages import check_document
    from modelspec.diagnostics import Report

    written(workshop / "fails_too.py", "raise RuntimeError\n")
    made, report = net(workshop, "fails_too", "own>Wide"), Report()
    with pytest.raises(SpecError):
        check_document(made.text, made.options, report)
    assert str(workshop / "fails_too.py") in report.files
