"""The GPUs of this machine, and who has which."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
_DRIVER = Path("/proc/driver/nvidia/gpus")  # a folder for each device, made by NVIDIA's kernel module


def visible_gpus(environment: Mapping[str, str] = os.environ, *, driver: Path = _DRIVER) -> tuple[str, ...]:
    """The devices that programs of this process would see, without asking a library for them."""
    if VISIBLE in environment:
        named = (name.strip() for name in environment[VISIBLE].split(","))
        return tuple(name for name in named if name and name != "-1")
    try:
        return tuple(str(number) for number, _ in enumerate(driver.iterdir()))
    except OSError:
        return ()


def places(names: tuple[str, ...], asked: float) -> int | None:
    """How many jobs have room on these devices, each asking for so many; `None` where they ask for none."""
    if not asked:
        return None
    return len(names) * int(1 / asked) if asked < 1 else len(names) // math.ceil(asked)


class Devices:
    """Devices that are lent whole, or in parts of one.

    Args:
        names: of all of them.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._free = dict.fromkeys(names, 1.0)

    def free(self) -> float:
        """How much of them is free."""
        return sum(self._free.values())

    def take(self, asked: float) -> Mapping[str, float] | None:
        """What of each is lent from now on; `None` where that much is not free.

        Less than one is a part of one device; more are whole ones, rounded up.
        """
        part, count = (asked, 1) if 0 < asked < 1 else (1.0, math.ceil(asked))
        # The fullest first, so that parts of devices leave others whole.
        able = sorted((name for name, free in self._free.items() if free >= part), key=self._free.__getitem__)
        if len(able) < count:
            return None
        lent = dict.fromkeys(able[:count], part)
        for name, one in lent.items():
            self._free[name] -= one
        return lent

    def give_back(self, lent: Mapping[str, float]) -> None:
        """What `take` has lent is free again."""
        for name, part in lent.items():
            self._free[name] = min(1.0, self._free[name] + part)
