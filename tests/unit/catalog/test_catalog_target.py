from __future__ import annotations

import pytest

from modelspec.catalog.target import ANY, Target, TargetError, read_target


@pytest.mark.parametrize(
    ("written", "target"),
    [
        (None, ANY),
        ("installed", Target(installed=True)),
        ("keras>=3.8", Target(since=(3, 8))),
        (" keras >= 3.11.3 ", Target(since=(3, 11, 3))),
        (">=3.5", Target(since=(3, 5))),
    ],
)
def test_a_target_is_read(written: str | None, target: Target) -> None:
    assert read_target(written) == target


@pytest.mark.parametrize(
    "written", ["", "3.8", "keras", "keras==3.8", "keras>=3.8,<3.10", "torch>=2", "Installed"]
)
def test_anything_else_is_no_target_and_told_what_is(written: str) -> None:
    with pytest.raises(TargetError, match=r"write `keras>=3\.8` or `installed`"):
        read_target(written)


@pytest.mark.parametrize("written", ["keras>=3.4", "keras>=2.15", "keras>=3"])
def test_nothing_is_promised_of_releases_that_were_never_tried(written: str) -> None:
    with pytest.raises(TargetError, match=r"nothing is known of Keras before 3\.5"):
        read_target(written)


def test_a_target_is_shown_as_it_is_written() -> None:
    assert [str(read_target(text)) for text in ("installed", ">=3.10")] == ["installed", "keras>=3.10"]
