"""Every format of weights, read as whoever wrote it reads it."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

keras = pytest.importorskip("keras")
np = pytest.importorskip("numpy")
h5py = pytest.importorskip("h5py")
ml_dtypes = pytest.importorskip("ml_dtypes")
safetensors = pytest.importorskip("safetensors")
safetensors_numpy = pytest.importorskip("safetensors.numpy")

from release_files import make_model, values_of, write_files  # noqa: E402

from modelspec.archive.checkpoint import checkpoint_of_arrays, open_checkpoint  # noqa: E402
from modelspec.diagnostics import Report, SpecError  # noqa: E402
from modelspec.weights.checkpoint import Checkpoint, StoredTensor  # noqa: E402
from modelspec.weights.keras_order import of_optimizer  # noqa: E402

RELEASES = Path(__file__).with_name("releases")
IN_ORDER = [
    *("mha", "both", "bn", "each"),
    *(f"d{number}" for number in range(11, -1, -1)),
    *("bf16", "f16", "optimizer"),
]


@pytest.fixture(scope="module")
def model() -> Any:
    return make_model()


@pytest.fixture(scope="module")
def files(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model in every form that Keras writes, and the archive unzipped and packed."""
    folder = tmp_path_factory.mktemp("files")
    write_files(model, folder)
    with zipfile.ZipFile(folder / "net.keras") as packed:
        packed.extractall(folder / "unzipped")
        with zipfile.ZipFile(folder / "deflated.keras", "w", zipfile.ZIP_DEFLATED) as again:
            for name in packed.namelist():
                again.writestr(name, packed.read(name))
    return folder


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Checkpoint]:
    report = Report()
    checkpoint = open_checkpoint(path, report, **options)
    assert checkpoint is not None, report.diagnostics
    assert not report.diagnostics
    with checkpoint:
        yield checkpoint


def by_key(checkpoint: Checkpoint) -> dict[str, Any]:
    return {tensor.key: checkpoint.values(tensor).array() for tensor in checkpoint.tensors}


def named(checkpoint: Checkpoint) -> dict[str, Any]:
    return {tensor.names[0]: checkpoint.values(tensor).array() for tensor in checkpoint.tensors}


Bits = tuple[str, tuple[int, ...], bytes]


def all_bits(arrays: Mapping[str, Any]) -> dict[str, Bits]:
    return {key: (array.dtype.name, array.shape, array.tobytes()) for key, array in arrays.items()}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("net.keras", "Keras archive"),
        ("deflated.keras", "Keras archive"),
        ("unzipped", "unzipped Keras archive"),
        ("net.weights.h5", "HDF5 file of weights"),
        ("set.weights.json", "sharded weights"),
    ],
)
def test_what_keras_saves_is_read_with_its_bits_and_names(
    files: Path, model: Any, name: str, form: str
) -> None:
    if not (files / name).exists():
        pytest.skip("this Keras writes no shards")
    with opened(files / name) as checkpoint:
        assert (checkpoint.form, checkpoint.is_hdf5) == (form, True)
        found = named(checkpoint)
        state = [one.key for one in checkpoint.tensors if of_optimizer(one.key)]
    assert all_bits(found) == all_bits(values_of(model))
    assert state == [f"optimizer/vars/{number}" for number in range(len(model.optimizer.variables))]


# --- what releases of Keras wrote ------------------------------------------------------------------------


@pytest.fixture(scope="module", params=sorted(RELEASES.glob("*.tar.xz")), ids=lambda path: path.name[6:-7])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a release wrote."""
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(request.param) as packed:
        packed.extractall(folder, filter="data")
    (folder / request.param.name[6:-7]).touch()
    return folder


def kept(release: Path) -> dict[str, Bits]:
    """What the release itself had."""
    values = json.loads((release / "values.json").read_text())
    return {key: (dtype, tuple(shape), bytes.fromhex(data)) for key, (dtype, shape, data) in values.items()}


def test_the_archive_of_a_release_is_read(release: Path) -> None:
    with opened(release / "net.keras") as checkpoint:
        assert all_bits(named(checkpoint)) == kept(release)
        order = list(dict.fromkeys(tensor.shown.split("/")[0] for tensor in checkpoint.tensors))
    assert order == IN_ORDER


def test_the_weights_of_a_release_are_read(release: Path) -> None:
    with opened(release / "net.weights.h5") as bare, opened(release / "net.keras") as archive:
        assert all_bits(by_key(bare)) == all_bits(by_key(archive))
        assert all(one.names for one in bare.tensors) == (not (release / "3.5.0").exists())


def test_the_shards_of_a_release_are_read_or_refused(release: Path) -> None:
    path = release / "set.weights.json"
    if not path.exists():
        pytest.skip("this release writes no shards")
    if (release / "3.10.0").exists():
        report = Report()
        assert open_checkpoint(path, report) is None
        (found,) = report.diagnostics
        assert (found.code, "Keras 3.10" in str(found.help)) == ("broken-archive", True)
        return
    with opened(path) as checkpoint:
        assert all_bits(named(checkpoint)) == kept(release)


# --- order and names -------------------------------------------------------------------------------------


def test_an_archive_lists_layers_in_the_models_order(files: Path) -> None:
    with opened(files / "net.keras") as checkpoint:
        found = list(dict.fromkeys(tensor.shown.split("/")[0] for tensor in checkpoint.tensors))
    assert found == IN_ORDER


def test_a_bare_file_lists_addresses_in_their_natural_order(files: Path) -> None:
    with opened(files / "net.weights.h5") as checkpoint:
        found = [tensor.key for tensor in checkpoint.tensors if tensor.key.startswith("layers/dense")]
    stems = ["dense", *(f"dense_{number}" for number in range(1, 14))]
    assert found == [f"layers/{stem}/vars/{number}" for stem in stems for number in (0, 1)]


def test_layers_without_variables_have_their_names(files: Path) -> None:
    with opened(files / "net.weights.h5") as checkpoint:
        assert checkpoint.layer_names["layers/dropout"] == "drop"
        assert checkpoint.layer_names["layers/time_distributed/layer"] == "inner"


def _forget_name(_: str, item: Any) -> None:
    item.attrs.pop("name", None)


@pytest.fixture
def nameless(files: Path, tmp_path: Path) -> Path:
    """Archives and weights as Keras wrote them before it wrote names."""
    shutil.copytree(files / "unzipped", tmp_path / "old")
    with h5py.File(tmp_path / "old/model.weights.h5", "r+") as file:
        file.visititems(_forget_name)
    shutil.copy(tmp_path / "old/model.weights.h5", tmp_path / "old.weights.h5")
    return tmp_path


def test_an_archive_without_names_has_them_from_its_config(nameless: Path, files: Path) -> None:
    with opened(nameless / "old") as old, opened(files / "net.keras") as new:
        assert [tensor.names[0] for tensor in old.tensors] == [tensor.names[0] for tensor in new.tensors]
        known = {*old.layer_names.items()}
        assert known <= {*new.layer_names.items()}
        assert ("layers/bidirectional/forward_layer", "forward_lstm") in known


def test_a_bare_file_without_names_has_none(nameless: Path) -> None:
    with opened(nameless / "old.weights.h5") as checkpoint:
        assert {tensor.names for tensor in checkpoint.tensors} == {()}
        assert not checkpoint.layer_names
        assert checkpoint.tensors[0].shown == checkpoint.tensors[0].key


def test_a_sharded_set_is_read_by_its_map_whatever_it_is_called(files: Path, tmp_path: Path) -> None:
    if not (files / "set.weights.json").exists():
        pytest.skip("this Keras writes no shards")
    for shard in files.glob("set_*.weights.h5"):
        shutil.copy(shard, tmp_path / shard.name.replace("set_", "part-"))
    text = (files / "set.weights.json").read_text().replace("set_", "part-")
    (tmp_path / "renamed.json").write_text(text)
    spread = [value for value in json.loads(text)["weight_map"].values() if isinstance(value, list)]
    assert spread, "no layer lies in two shards"
    with opened(tmp_path / "renamed.json") as found, opened(files / "net.weights.h5") as expected:
        assert found.tensors == expected.tensors
        assert all_bits(by_key(found)) == all_bits(by_key(expected))


DTYPES = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "float8_e4m3fn",
    "float8_e5m2",
    "int8",
    "uint8",
    "int64",
    "bool",
)


def sample(dtype: str, shape: tuple[int, ...] = (3, 5, 2)) -> Any:
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    return np.random.default_rng(1).normal(0, 3, shape).astype(kind)


def test_safetensors_are_read_as_their_own_package_reads_them(tmp_path: Path) -> None:
    arrays = {f"a.{dtype}": sample(dtype) for dtype in DTYPES}
    arrays |= {"scalar": np.array(3, np.float32), "empty": np.empty((0, 4), np.float32)}
    safetensors_numpy.save_file(arrays, tmp_path / "w.bin", metadata={"format": "np"})
    # Its NumPy reader knows no float8, which what lies below it does.
    theirs = dict(safetensors.deserialize((tmp_path / "w.bin").read_bytes()))
    with opened(tmp_path / "w.bin") as checkpoint:
        assert checkpoint.form == "safetensors file"
        found = by_key(checkpoint)
        assert all(tensor.names == (tensor.key,) for tensor in checkpoint.tensors)
    assert {key: (value.shape, value.tobytes()) for key, value in found.items()} == {
        key: (tuple(value["shape"]), bytes(value["data"])) for key, value in theirs.items()
    }
    assert {key: value.dtype for key, value in found.items()} == {
        key: value.dtype for key, value in arrays.items()
    }


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "deflated"])
def test_arrays_of_every_order_are_read_as_numpy_reads_them(
    tmp_path: Path, save: Callable[..., None]
) -> None:
    arrays = {f"a/{dtype}": sample(dtype) for dtype in DTYPES if hasattr(np, dtype) or dtype == "bool"}
    arrays |= {
        "big": sample("float32").astype(">f4"),
        "fortran": np.asfortranarray(sample("int64")),
        "big fortran": np.asfortranarray(sample("float64").astype(">f8")),
        "scalar": np.array(2.5),
        "empty": np.empty((0, 3), np.float16),
    }
    save(tmp_path / "w.npz", **arrays)
    with opened(tmp_path / "w.npz") as checkpoint:
        assert checkpoint.form == "npz file"
        found = by_key(checkpoint)
    assert found.keys() == arrays.keys()
    for key, array in arrays.items():
        assert found[key].dtype == array.dtype.newbyteorder("<")
        assert found[key].flags.c_contiguous
        np.testing.assert_array_equal(found[key], array)


def test_datasets_of_every_storage_are_read_as_h5py_reads_them(tmp_path: Path) -> None:
    value = sample("float32", (40, 30))
    with h5py.File(tmp_path / "w.h5", "w") as file:
        group = file.create_group("layers/dense/vars")
        group["contiguous"] = value
        group["scalar"] = np.float32(1.5)
        group["big"] = value.astype(">f4")
        group["half"] = value.astype("f2")
        group["flags"] = value > 0
        group["int8"] = value.astype("i1")
        group.create_dataset("chunked", data=value, chunks=(7, 7))
        group.create_dataset("packed", data=value, chunks=(7, 7), compression="gzip", shuffle=True)
        group.create_dataset("nothing", shape=(0, 3), dtype="f4")
        group.create_dataset("unstored", shape=(50, 2), dtype="f4")
        group.create_dataset("filled", shape=(5, 2), dtype="f4", fillvalue=7)
        expected = {f"layers/dense/vars/{key}": item[()] for key, item in group.items()}
    with opened(tmp_path / "w.h5") as checkpoint:
        kinds = {tensor.key.split("/")[-1]: checkpoint.values(tensor) for tensor in checkpoint.tensors}
        found = by_key(checkpoint)
    assert found.keys() == expected.keys()
    for key, array in expected.items():
        assert found[key].dtype == np.asarray(array).dtype.newbyteorder("<")
        np.testing.assert_array_equal(found[key], array)
    assert {key for key, values in kinds.items() if values.is_zero} == {"nothing", "unstored"}
    assert {key for key, values in kinds.items() if values.fill is None} == {"chunked", "packed", "filled"}


def test_bytes_that_are_no_booleans_become_some(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}'
    (tmp_path / "w").write_bytes(len(header).to_bytes(8, "little") + header + bytes([0, 1, 2, 255]))
    with opened(tmp_path / "w") as checkpoint:
        (found,) = by_key(checkpoint).values()
    assert found.view(np.uint8).tolist() == [0, 1, 1, 1]


def test_pieces_are_read_by_several_threads_at_once(tmp_path: Path) -> None:
    arrays = {str(n): sample("float32", (1 << 19,)) + np.float32(n) for n in range(6)}
    safetensors_numpy.save_file(arrays, tmp_path / "w")
    with opened(tmp_path / "w") as checkpoint, ThreadPoolExecutor(8) as pool:
        steps = [
            (one.key, number, step)
            for one in checkpoint.tensors
            for number, step in enumerate(checkpoint.values(one).steps())
        ]
        made = [*pool.map(lambda item: (*item[:2], item[2].make()), steps * 5)]
    # Of equal lengths, which divide that of the tensors.
    for key, number, array in made:
        assert np.array_equal(array, arrays[key][number * len(array) : (number + 1) * len(array)])


def test_arrays_given_in_python_are_a_checkpoint_too() -> None:
    arrays = {"a/0": sample("bfloat16"), "b": [1.0, 2.0], "turned": np.asfortranarray(sample("int8"))}
    with checkpoint_of_arrays(arrays, shown="the arrays") as checkpoint:
        assert [tensor.names for tensor in checkpoint.tensors] == [("a/0",), ("b",), ("turned",)]
        assert checkpoint.tensors[1] == StoredTensor("b", ("b",), (2,), "float64")
        found = by_key(checkpoint)
    assert all(np.array_equal(found[key], np.asarray(array)) for key, array in arrays.items())
    assert str(checkpoint.path) == "the arrays"


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(SpecError, match="of the dtype `object`"):
        checkpoint_of_arrays({"a": [object()]}, shown="the arrays")
