"""Models of `files/tf2.15.tar.xz` as TensorFlow.js has them, by its own converter.

    python make_tfjs_files.py FOLDER

writes `tfjs4.22.tar.xz` there, a folder for each model. It needs TensorFlow 2.15 and the package
`tensorflowjs`, of which only the part that converts HDF5 is imported: the rest wants more than that
(`pip install --no-deps`).
"""

# ruff: noqa: T201

from __future__ import annotations

import importlib.util
import sys
import tarfile
import tempfile
import types
from pathlib import Path

RELEASE = "4.22"
# By the name of its folder: the model, and the dtype that its values are quantized to.
MODELS = {
    "functional": ("functional", None),
    "functional_u8": ("functional", "uint8"),
    "functional_f16": ("functional", "float16"),
    "nested_twice": ("nested_twice", None),
    "wrappers": ("wrappers", None),
}
SHARD_SIZE = 640


def converter() -> types.ModuleType:
    """The module of the package that converts HDF5, without what the package imports besides."""
    found = importlib.util.find_spec("tensorflowjs")
    if found is None or found.origin is None:
        raise ImportError("tensorflowjs")
    folder = Path(found.origin).parent
    for name in ("tensorflowjs", "tensorflowjs.converters"):
        module = types.ModuleType(name)
        module.__path__ = [str(folder / name.partition(".")[2])]
        sys.modules[name] = module
    version = types.ModuleType("tensorflowjs.version")
    version.version = RELEASE  # type: ignore[attr-defined]
    sys.modules["tensorflowjs.version"] = sys.modules["tensorflowjs"].version = version  # type: ignore[attr-defined]
    return importlib.import_module("tensorflowjs.converters.keras_h5_conversion")


def main(target: Path) -> None:
    """Convert all models."""
    import h5py

    conversion = converter()
    files = Path(__file__).parent / "files" / "tf2.15.tar.xz"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with tarfile.open(files) as archive:
            archive.extractall(folder / "in", filter="data")
        for name, (model, dtype) in MODELS.items():
            out = folder / "out" / name
            out.mkdir(parents=True)
            with h5py.File(folder / "in" / f"{model}.h5") as file:
                topology, groups = conversion.h5_merged_saved_model_to_tfjs_format(file)
            quantization = {} if dtype is None else {"quantization_dtype_map": {dtype: "*"}}
            conversion.write_artifacts(
                topology, groups, str(out), weight_shard_size_bytes=SHARD_SIZE, **quantization
            )
        with tarfile.open(target / f"tfjs{RELEASE}.tar.xz", "w:xz") as archive:
            for path in sorted((folder / "out").rglob("*")):
                archive.add(path, path.relative_to(folder / "out"), recursive=False)
    print(f"{len(MODELS)} models")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
