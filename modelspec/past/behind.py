"""Layers of Keras 2 that are two in Keras 3, as the class of the same name does only a part of the work.

Sources: `RandomCrop` of Keras 2.3 to 2.15, and of Keras 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modelspec.past.work import Work

Json = Any

_SHARED = ("trainable", "dtype", "height", "width")
# Until TensorFlow 2.6, of whose Keras the numbers are up to that.
_CUT_LAST = re.compile(r"2\.[0-6]\..*")


def layer_behind(data: Mapping[str, Json], work: Work) -> dict[str, Json] | None:
    """The layer that has to stand behind another for both to do what the one did; `None` for most.

    Args:
        data: of the layer, as Keras 3 writes it.
        work: is told of it.
    """
    if data.get("class_name") != "RandomCrop" or data.get("registered_name") is not None:
        return None
    work.note(
        "`RandomCrop` of Keras 2 resizes images outside training, that of Keras 3 leaves them as they are:"
        f" a `Resizing` stands behind it (`{work.layer}`)"
    )
    if _CUT_LAST.fullmatch(work.written_by or ""):
        work.note(
            f"outside training `{work.layer}` resized images and then cut them, and now they are cut first:"
            " values differ a little"
        )
    config = data["config"]
    kept = {key: config[key] for key in _SHARED if key in config}
    return {**data, "class_name": "Resizing", "config": {**kept, "crop_to_aspect_ratio": True}}


def name_before(name: str, names: Mapping[str, Json] | frozenset[str]) -> str:
    """What the first of two layers is called, where the second has the name of the one."""
    found = f"{name}_crop"
    while found in names:
        found += "_"
    return found
