"""How many lines the documents of well-known models have; `decompiled_lines.json` keeps the numbers.

    python tests/conformance/decompiled_lines.py [NAME …]

counts anew, and lowers what is kept; a number that would grow is said and left alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
from decompiled import text_of
from transformers import bert

from modelspec.link.canonical import canonical

KEPT = Path(__file__).with_suffix(".json")
TRANSFORMERS = {"BertNamed": True, "BertAuto": False}


def config_of(name: str) -> Any:
    """The serialization dict of an application as Keras gives it, or of one of the encoders here."""
    keras.utils.clear_session(free_memory=False)
    with keras.StatelessScope(initialize_variables=False):
        if name in TRANSFORMERS:
            model = bert(named=TRANSFORMERS[name])
        else:
            model = getattr(keras.applications, name)(weights=None)
        data = keras.saving.serialize_keras_object(model)
    keras.utils.clear_session(free_memory=False)
    return canonical(json.loads(json.dumps(data)))


def lines_of(text: str) -> int:
    """How many lines a text has."""
    return text.count("\n")


def kept() -> dict[str, int]:
    """The lines of each document, as they were counted last."""
    found: dict[str, int] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def main(names: list[str]) -> int:
    """Count, and lower what is kept."""
    numbers = kept()
    grown = False
    for name in names or [*numbers]:
        count = lines_of(text_of(config_of(name)))
        before = numbers.get(name)
        told = f", {before} before" if before not in (None, count) else ""
        sys.stdout.write(f"{name}: {count}{told}\n")
        if before is not None and count > before:
            grown = True
            continue
        numbers[name] = count
    lines = ",\n".join(f'  "{name}": {numbers[name]}' for name in sorted(numbers))
    KEPT.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    return int(grown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
