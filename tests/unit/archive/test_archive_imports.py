from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from pathlib import Path
from modelspec.archive.atomic import write_atomically
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.reader import open_keras
from modelspec.archive.writer import open_archive
from modelspec.diagnostics import Report
report = Report()
path = Path(sys.argv[1])
with open_archive(path, needed=0, report=report) as writer:
    writer.add("metadata.json", b"{}")
    writer.add("config.json", b'{"class_name": "A", "config": {}}')
    with writer.stream("model.weights.h5") as file:
        file.write(bytes(10))
with open_keras(path, report) as archive:
    archive.verify()
heavy = {"keras", "numpy", "h5py", "zipfile"} & set(sys.modules)
assert not heavy, heavy
"""


def test_an_archive_is_written_and_read_without_keras_numpy_or_h5py(tmp_path: object) -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM, f"{tmp_path}/a.keras"], check=True)
