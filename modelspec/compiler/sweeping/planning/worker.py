"""What runs in a process that sees points through for another one: it lives and ends with that."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from threading import Thread

from modelspec.compiler.sweeping.planning.values import Variant
from modelspec.compiler.sweeping.planning.variants import Swept, read_swept, variant_of
from modelspec.compiler.values import Options, Text
from modelspec.diagnostics import Report

Found = tuple[list[Variant], dict[str, object]]
"""Points seen through, and what was found of layers for them."""

_swept: list[Swept] = []
"""What this process sees points through with."""


def begin(text: Text, options: Options, earlier: tuple[tuple[Text, int], ...]) -> None:
    """Read the sweep once, for all pieces of it that this process is given."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent that Ctrl-C is for
    Thread(target=_end_with_parent, daemon=True).start()
    _swept.append(read_swept(text, options, Report(), earlier=earlier))


def _end_with_parent() -> None:
    """Without a parent a worker waits for ever: its siblings hold the pipe open from which it gets work."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    assert parent is not None, "it is a worker"
    wait([parent.sentinel])
    os._exit(1)


def see(numbers: range, learned: Mapping[str, object]) -> Found:
    """See points through.

    Args:
        learned: what others have found of layers by now.
    """
    (swept,) = _swept
    swept.known.learn(learned)
    swept.known.taken()
    variants = [variant_of(swept, swept.numbering.at(number)) for number in numbers]
    return variants, swept.known.taken()
