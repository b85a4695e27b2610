"""What a file is that is no `.keras` archive, known by its content: one sentence and a way out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

HEAD_SIZE = 1024
"""How many bytes of a file's beginning `identify` wants to see."""

UNKNOWN = "data of no kind that modelspec knows"
"""What a file is whose content does not tell."""

JSON_TEXT = "JSON text"

_SAVE_AGAIN = "load it with the program that wrote it, and save the model with `model.save('model.keras')`"
_PICKLED = "it holds a pickle, which can run any code when it is read: get the model as `.keras`"
_UNPACK = "unpack it and give the `.keras` archive in it"

# What the file is, by its first bytes.
_MAGIC: Mapping[bytes, tuple[str, str]] = MappingProxyType(
    {
        b"\x89HDF\r\n\x1a\n": (
            "an HDF5 file",
            "a file of weights belongs under `weights: load:`; `modelspec decompile` makes a document of a"
            " whole model",
        ),
        b"version https://git-lfs.github.com/spec/": ("a git-LFS pointer", "run `git lfs pull`"),
        b"\x1f\x8b": ("gzip data", _UNPACK),
        b"BZh": ("bzip2 data", _UNPACK),
        b"\xfd7zXZ\0": ("xz data", _UNPACK),
        b"\x28\xb5\x2f\xfd": ("Zstandard data", _UNPACK),
        b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", _UNPACK),
        b"Rar!\x1a\x07": ("a RAR archive", _UNPACK),
        b"\x93NUMPY": ("a NumPy array", "give the model's `.keras` archive"),
        b"%PDF-": ("a PDF", "give the model's `.keras` archive"),
    }
)

# PyTorch before 1.6: a pickle of this number comes first.
_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
# What protocol buffers begin with, the first fields of each: of ONNX the version and the producer; of a
# SavedModel the version and the first graph, whose length takes two bytes or more; of a graph of TensorFlow a
# node with its name and operation.
_ONNX = re.compile(rb"\x08[\x01-\x20](?:\x12.[ -~]{2}|:)", re.DOTALL)
_SAVED_MODEL = re.compile(rb"\x08\x01\x12[\x80-\xff]{1,4}.\n", re.DOTALL)
_GRAPH = re.compile(rb"\n.{1,4}\n([\x01-\x7f])[A-Za-z0-9_./>\\-]+\x12", re.DOTALL)
_SAFETENSORS = re.compile(rb'.{8}\{\s*"', re.DOTALL)
_HTML = re.compile(r"\s*<(!doctype html|html|head)\b", re.IGNORECASE)
_JSON = re.compile(r"\s*[\[{]")
_PYTHON = re.compile(r"^(#!.*python|import \w|from \S+ import |def \w+\(|class \w+\b.*:|@\w)", re.MULTILINE)
_KERAS_YAML = re.compile(
    r"^(?:backend: \w+\s*^)?class_name: \w+\s*^config:|^config:\s*^  layers:", re.MULTILINE
)
_DOCUMENT = re.compile(r"^modelspec:\s*\d", re.MULTILINE)
_YAML = re.compile(r"^(---|%YAML|- |[\w.-]+:(\s|$))", re.MULTILINE)

_PROTOCOL_BUFFERS = (
    (_SAVED_MODEL, ("the graph of a TensorFlow SavedModel", _SAVE_AGAIN)),
    (_ONNX, ("an ONNX model", "it is no Keras model: save the one that it was made from")),
    (
        _GRAPH,
        ("a graph of TensorFlow", "it has operations and no layers: get the Keras model it was made from"),
    ),
)

_TEXTS = (
    (_HTML, "an HTML page", "the download went wrong: open the address in a browser to see what it says"),
    (_JSON, JSON_TEXT, "give the archive that it belongs to"),
    (_DOCUMENT, "a modelspec document", "`modelspec build` makes an archive of it"),
    (
        _KERAS_YAML,
        "YAML that Keras 2 wrote",
        "Keras reads it no more: read it with one before 2.6, and give what `model.to_json()` says",
    ),
    (_PYTHON, "Python text", "run it, and give the archive that it saves"),
    (_YAML, "YAML text", "`modelspec build` makes an archive of a document"),
)


def identify(head: bytes) -> tuple[str, str]:
    """What a file is that is not a zip archive, and what to do about it.

    Args:
        head: its first `HEAD_SIZE` bytes, or all of it if it has fewer. Nothing of it is in the answer.
    """
    if not head:
        return "empty", "copy or download it again"
    for magic, answer in _MAGIC.items():
        if head.startswith(magic):
            return answer
    if head.startswith(_TORCH):
        return "a PyTorch checkpoint", _PICKLED
    if _PICKLE.match(head):
        return "a Python pickle", "a pickle can run any code when it is read: get the model as `.keras`"
    if _SAFETENSORS.match(head):
        return "a safetensors file", "weights belong under `weights: load:`"
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model", _SAVE_AGAIN
    for pattern, answer in _PROTOCOL_BUFFERS:
        if pattern.match(head):
            return answer
    if not head.strip(b"\0"):
        return "nothing but zeros", "copy or download it again"
    return _identify_text(head)


def identify_members(names: Collection[str], *, unknown: str) -> tuple[str, str]:
    """What a zip archive or a folder without `config.json` is, and what to do about it.

    Args:
        names: of its members or files.
        unknown: what it is if they do not tell.
    """
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch checkpoint", _PICKLED
    if names and all(name.endswith(".npy") for name in names):
        return "a NumPy `.npz` file", "weights belong under `weights: load:`"
    if "saved_model.pb" in names:
        return "a TensorFlow SavedModel", _SAVE_AGAIN
    if any(name.endswith("/config.json") for name in names):
        return "an archive of a folder", "pack what is in the folder, not the folder itself"
    return unknown, _SAVE_AGAIN


def _identify_text(head: bytes) -> tuple[str, str]:
    # The last character may be cut in two.
    text = head.decode(errors="ignore")
    if len(text.encode()) < len(head) - 3 or "\0" in text:
        return UNKNOWN, _SAVE_AGAIN
    for pattern, what, help in _TEXTS:
        if pattern.search(text) if pattern.flags & re.MULTILINE else pattern.match(text):
            return what, help
    return "a text", "give the model's `.keras` archive"
