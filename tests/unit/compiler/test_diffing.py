"""Two models compared, whatever each is given as."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import jsonschema
import pytest

import modelspec
from modelspec.architecture.comparing.applying import apply
from modelspec.architecture.comparing.comparison import Comparison
from modelspec.architecture.comparing.record import SCHEMA, comparison_data, edit_of
from modelspec.architecture.telling.tell import tell
from modelspec.cli.diffing.markdown import markdown_of
from modelspec.compiler.diffing.compare import Asked, compare
from modelspec.compiler.diffing.sides import Given
from modelspec.diagnostics import Report, SpecError

NET = """\
modelspec: 1
name: net
blocks:
  unit:
    params: {width: {type: int}}
    layers:
      - Dense: {units: $width}
        name: dense
      - ReLU
models:
  head:
    inputs: {h: [4]}
    layers:
      - Dense: {units: 3}
        name: hidden
      - Dense: {units: 2}
        name: scores
inputs: {x: [4]}
layers:
  - unit: {width: 4}
    name: u
    repeat: 3
  - head
compile: {optimizer: adam, loss: mse}
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return path


@pytest.fixture
def archive(net: Path) -> Path:
    modelspec.load(net).build(net.with_name("net.keras"))
    return net.with_name("net.keras")


def compared(before: Path | str, after: Path | str, **asked) -> Comparison:
    return compare(Given(str(before)), Given(str(after)), Report(), asked=Asked(**asked))


def edited(net: Path, old: str, new: str) -> Path:
    path = net.with_name("edited.yaml")
    assert old in NET
    path.write_text(NET.replace(old, new))
    return path


def test_a_document_and_what_was_built_of_it_are_the_same(net, archive):
    with zipfile.ZipFile(archive) as members:
        members.extractall(archive.with_name("unzipped"))
    for other in (archive, archive.with_name("unzipped"), archive.with_name("unzipped") / "config.json"):
        found = compared(net, other)
        assert (found.edits, found.differs) == ((), False)
        assert found.totals[0] == found.totals[1]
        assert found.fits is not None
        assert found.fits.by_name.layers == found.fits.by_order.layers == (5, 5)


def test_a_document_that_is_json_is_one(net, tmp_path):
    import yaml

    (tmp_path / "net.json").write_text(json.dumps(yaml.safe_load(NET)))
    assert not compared(net, tmp_path / "net.json").differs


def test_the_sites_of_a_block_are_told_with_each_node(net):
    found = compared(net, net)
    site = found.before.sites["u_1_dense",]
    name = net.as_posix()
    assert (site.place, site.item, site.block, site.block_place) == (
        f"{name}:7",
        "dense",
        "unit",
        f"{name}:4",
    )
    assert site.uses[0].place == f"{name}:20"
    assert found.before.sites["head", "hidden"].place == f"{name}:14"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "- ReLU\n",
            "- ReLU: {negative_slope: 0.1}\n",
            [
                "- **changed** block `unit` <sub>`edited.yaml:4`</sub>, 3 instances",
                "  - `re_lu` (ReLU) ×3: negative\\_slope `0` → `0.1` <sub>`edited.yaml:9`</sub>",
            ],
        ),
        ("name: dense", "name: fc", ["- **renamed** `*dense` → `*fc` (3)"]),
        (
            "{units: 3}",
            "{units: 3, activation: tanh}",
            ["- **changed** `head/hidden` (Dense): activation `linear` → `tanh` <sub>`edited.yaml:14`</sub>"],
        ),
        (
            "adam, loss: mse",
            "{Adam: {learning_rate: 0.002}}, loss: mse, metrics: [mae]",
            [
                "- **compile** optimizer.learning\\_rate `0.001` → `0.002`",
                "- **compile** metrics `none` → `[mae]`",
            ],
        ),
        (
            "  - head\n",
            "  - Dropout: {rate: 0.3}\n    name: drop\n  - head\n",
            [
                "- **added** `drop`: `Dropout(rate=0.3)`, `u_2_re_lu → drop → head`"
                " <sub>`edited.yaml:23`</sub>"
            ],
        ),
    ],
    ids=["block", "names", "nested", "compile", "inserted"],
)
def test_data_fits_the_schema_and_markdown_tells_the_same(net, old, new, lines):
    found = compared(net, edited(net, old, new))
    data = json.loads(json.dumps({"diagnostics": [], **comparison_data(found)}))
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_bytes())).validate(data)
    assert [edit_of(change) for change in data["changes"]] == [*found.edits]
    shown = markdown_of(found, tell(found)).replace(f"{net.parent}/", "").splitlines()
    assert [line for line in shown if line.lstrip().startswith(("- **", "- `"))] == lines


def test_numbers_and_fits_of_nested_models_are_known_too(net):
    found = compared(net, edited(net, "units: 3", "units: 6"))
    assert [edit.path for edit in found.edits] == [("head", "hidden")]
    assert [change.path for change in found.shapes.causes] == [("head", "hidden")]
    assert found.fits is not None
    assert {variable.layer for status, variable, _ in found.fits.by_name.variables if status != "kept"} == {
        ("head", "hidden"),
        ("head", "scores"),
    }
    before, after = found.totals
    assert (before.params, after.params) == (3 * 20 + 15 + 8, 3 * 20 + 30 + 14)
    # Three units, then the head's two layers: products, biases, and a ReLU each.
    assert before.flops == 3 * (32 + 4 + 4) + (24 + 3) + (12 + 2)
    assert (before.uncounted, after.uncounted) == ((), ())


def test_the_edits_make_the_second_of_the_first(net, archive):
    found = compared(archive, edited(net, "repeat: 3", "repeat: 2"))
    assert found.differs
    assert apply(found.before.architecture, found.edits) == found.after.architecture


def test_a_model_of_a_class_that_nobody_has_is_compared_without_shapes(net, archive, tmp_path):
    config = json.loads(zipfile.ZipFile(archive).read("config.json"))
    layer = next(item for item in config["config"]["layers"] if item["class_name"] == "ReLU")
    layer |= {"class_name": "Gate", "module": "acme", "registered_name": "acme>Gate"}
    (tmp_path / "gated.json").write_text(json.dumps(config))
    found = compared(net, tmp_path / "gated.json")
    assert found.after.lacks == "the model needs `acme>Gate`, which nothing registers"
    assert (found.after.facts, found.fits, found.totals[1].params) == (None, None, None)
    assert found.totals[0].params == 83
    done = [(edit.op, edit.path) for edit in found.edits if edit.follows is None]
    assert done == [("replace", ("u_re_lu",))]


def test_an_archive_of_such_a_class_still_has_its_variables(net, archive, tmp_path):
    other = tmp_path / "gated.keras"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(other, "w") as target:
        for member in source.namelist():
            data = source.read(member)
            if member == "config.json":
                config = json.loads(data)
                layer = next(item for item in config["config"]["layers"] if item["class_name"] == "ReLU")
                layer |= {"class_name": "Gate", "module": "acme", "registered_name": "acme>Gate"}
                data = json.dumps(config).encode()
            target.writestr(member, data)
    found = compared(net, other)
    assert found.totals[1].params == 83
    assert found.totals[1].flops is None
    assert found.fits is not None
    assert found.fits.by_name.layers == found.fits.by_order.layers == (5, 5)


def test_a_model_of_keras_2_is_compared_as_what_it_is_now(tmp_path):
    dense = {"name": "out", "units": 2, "activation": "linear", "dtype": "float32", "trainable": True}
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_input_shape": [None, 4], "dtype": "float32"},
            "inbound_nodes": [],
        },
        {"class_name": "Dense", "name": "out", "config": dense, "inbound_nodes": [[["x", 0, 0, {}]]]},
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["out", 0, 0]]}
    config = {"name": "net", "layers": layers, **ends}
    old = {"class_name": "Functional", "keras_version": "2.12.0", "backend": "tensorflow", "config": config}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.yaml").write_text(
        "modelspec: 1\nname: net\ninputs: {x: [4]}\nlayers:\n  - Dense: {units: 3}\n    name: out\n"
    )
    found = compared(tmp_path / "old.json", tmp_path / "new.yaml")
    assert [(edit.key, edit.before, edit.after) for edit in found.edits] == [(("arguments", "units"), 2, 3)]
    assert (found.totals[0].params, found.totals[1].params) == (10, 15)


def test_mistakes_of_both_sides_are_told(net, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(NET.replace("units: 3", f"{name}s: 3"))
    report = Report()
    with pytest.raises(SpecError) as raised:
        compare(Given(str(tmp_path / "one.yaml")), Given(str(tmp_path / "two.yaml")), report, asked=Asked())
    messages = [item.message for item in raised.value.diagnostics if item.code == "unknown-argument"]
    assert [word for word in ("`ones`", "`twos`") if any(word in message for message in messages)] == [
        "`ones`",
        "`twos`",
    ]


def test_a_file_that_is_no_model_is_told_as_one(tmp_path, net):
    (tmp_path / "w.npz").write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises(SpecError):
        compared(tmp_path / "w.npz", net)


def test_an_expectation_that_does_not_hold_is_no_mistake_of_a_comparison(net):
    assert compared(net, edited(net, "name: net\n", "name: net\nexpect: {params: 1}\n")).differs is False


# --- revisions -------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose document extends one and nests another; then all three have changed."""
    top = tmp_path / "repository"
    nets = top / "nets"
    nets.mkdir(parents=True)
    base, tower = "modelspec: 1\ninputs: {x: [4]}\n", NET.replace("name: net", "name: tower")
    for number in (1, 2):
        (top / "base.yaml").write_text(base)
        (nets / "tower.yaml").write_text(tower.replace("repeat: 3", f"repeat: {number}"))
        (nets / "net.yaml").write_text(
            "modelspec: 1\nextends: ../base.yaml\nmodels: {tower: {file: ./tower.yaml}}\n"
            f"layers:\n  - tower\n  - Dense: {{units: {number}}}\n    name: out\n"
        )
        if number == 1:
            git(top, "init")
            git(top, "add", ".")
            git(top, "commit", "-m", "first")
    monkeypatch.chdir(nets)
    return top


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("text", ["HEAD:nets/net.yaml", "main:net.yaml", "HEAD:./net.yaml"])
def test_a_revision_is_read_with_the_files_that_it_names(text):
    found = compared(text, "net.yaml")
    own = [(edit.op, edit.path, edit.after_path) for edit in found.edits if edit.follows is None]
    assert sorted(own, key=str) == [
        ("add", None, ("tower", "u_1_dense")),
        ("add", None, ("tower", "u_1_re_lu")),
        ("argument", ("out",), ("out",)),
    ]
    name = text.partition(":")[0]
    assert found.before.sites["out",].place == f"{name}:nets/net.yaml:6"
    assert found.before.sites["tower", "u_dense"].place == f"{name}:nets/tower.yaml:7"


def test_the_index_is_a_revision_without_a_name(repository):
    """What is staged is compared, the files that it names as they are staged too."""
    git(repository, "add", "nets")
    (repository / "nets" / "net.yaml").write_text("later")
    (repository / "nets" / "tower.yaml").write_text("later")
    found = compared("HEAD:net.yaml", ":net.yaml")
    assert [edit.op for edit in found.edits if edit.follows is None] == ["add", "add", "argument"]
    assert found.after.name == ":net.yaml"
    assert found.after.sites["tower", "u_dense"].place == ":nets/tower.yaml:7"
    with pytest.raises(SpecError, match=r"git's index has no file `gone\.yaml`"):
        compared(":gone.yaml", "HEAD:net.yaml")


@pytest.mark.usefixtures("repository")
def test_a_file_is_compared_with_what_it_was():
    found = compare(Given("net.yaml", "HEAD"), Given("net.yaml"), Report(), asked=Asked())
    assert found.before.name == "HEAD:net.yaml"
    assert found.differs


def test_a_copy_of_a_document_is_read_as_if_it_lay_where_it_belongs(repository, tmp_path):
    copy = tmp_path / "blob_net.yaml"
    copy.write_text((repository / "nets" / "net.yaml").read_text().replace("units: 2", "units: 5"))
    given = Given(str(copy), name="old net.yaml", at=Path("net.yaml"))
    found = compare(given, Given("net.yaml"), Report(), asked=Asked())
    assert found.before.name == "old net.yaml"
    assert [(edit.path, edit.before, edit.after) for edit in found.edits] == [(("out",), 5, 2)]
    assert found.before.sites["out",].place == "old net.yaml:6"


def test_an_archive_of_a_revision_is_read_too(repository, archive):
    (repository / "model.keras").write_bytes(archive.read_bytes())
    git(repository, "add", ".")
    git(repository, "commit", "-m", "second")
    assert not compared("HEAD:model.keras", archive).differs


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nowhere:nets/net.yaml", "unknown-revision"),
        ("--all:nets/net.yaml", "unknown-revision"),
        ("HEAD:nets/missing.yaml", "not-in-revision"),
        ("HEAD:../../net.yaml", "not-in-revision"),
        ("HEAD:nets", "not-in-revision"),
        ("missing.yaml", "file-not-found"),
    ],
)
def test_what_is_not_there_is_told(text, code):
    with pytest.raises(SpecError) as raised:
        compared(text, "net.yaml")
    assert [item.code for item in raised.value.diagnostics] == [code]


def test_a_mistake_in_a_revision_is_told_at_its_name(repository):
    (repository / "nets" / "tower.yaml").write_text(NET.replace("units: 3", "unit: 3"))
    git(repository, "commit", "-a", "-m", "wrong")
    with pytest.raises(SpecError) as raised:
        compared("HEAD:nets/net.yaml", "net.yaml")
    places = {str(item.place) for item in raised.value.diagnostics if item.code == "unknown-argument"}
    assert "HEAD:nets/tower.yaml:14:17" in places


def test_a_link_that_leads_out_of_a_revision_is_not_followed(repository, tmp_path):
    (tmp_path / "secret.yaml").write_text(NET)
    (repository / "nets" / "tower.yaml").unlink()
    (repository / "nets" / "tower.yaml").symlink_to(tmp_path / "secret.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "link")
    with pytest.raises(SpecError) as raised:
        compared("HEAD:nets/net.yaml", "net.yaml")
    assert "file-not-found" in {item.code for item in raised.value.diagnostics}


def test_without_a_repository_there_is_no_revision(net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(SpecError, match="this is no git repository"):
        compared("HEAD:net.yaml", net)


# --- in Python --------------------------------------------------------------------------------------------


def test_documents_files_and_live_models_are_compared_in_python(net, archive):
    import keras

    document = modelspec.load(net)
    assert not modelspec.diff(document, archive).differs
    with keras.StatelessScope(initialize_variables=False):  # no values, which takes a backend its time
        x = keras.Input((4,), name="x")
        model = keras.Model(x, keras.layers.Dense(2, name="out")(x), name="net")
    found = modelspec.diff(model, document, level="auto-names")
    assert {"add", "rename"} <= {edit.op for edit in found.edits}
    assert found.totals[0].params == 10
