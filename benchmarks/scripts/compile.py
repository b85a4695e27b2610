"""The processor time of a `check`, without Keras' import and the start-up of the first layer."""

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
    begun = time.process_time()
    loaded = load_text(Path(path), report)
    assert loaded is not None
    compile_document(Text(*loaded, Path(path).resolve()), Options(use_cache=False), report)
    return time.process_time() - begun


check(sys.argv[1])
print(check(sys.argv[2]))
