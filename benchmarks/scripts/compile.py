"""The time that `check` takes of a document, Keras' import and the first layer's start-up left out."""

import sys
import time
from pathlib import Path

from modelspec.compiler.stages import compile_document
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report
from modelspec.source.files import load_text


def check(path: str) -> float:
    """Seconds of one check without the cache."""
    report = Report()
    begun = time.perf_counter()
    loaded = load_text(Path(path), report)
    assert loaded is not None
    compile_document(Text(*loaded, Path(path).resolve()), Options(use_cache=False), report)
    return time.perf_counter() - begun


check(sys.argv[1])
print(check(sys.argv[2]))
