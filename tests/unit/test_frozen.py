"""Held against the standard library: the same classes, made by its decorator and by ours."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any, Generic, TypeVar

import pytest

from modelspec import frozen

T = TypeVar("T")


def classes_of(decorate: Callable[[type], type]) -> dict[str, Any]:
    """Classes as the rooms have them, under one decorator."""

    @decorate
    class Empty:
        """No field."""

    @decorate
    class One:
        """A single field."""

        value: object

    @decorate
    class Many(Generic[T]):
        """Defaults of both kinds, and a type parameter."""

        path: str
        value: T
        shape: tuple[int, ...] = ()
        bound: dict[str, int] = field(default_factory=dict)
        name: str | None = None

        @property
        def size(self) -> int:
            return len(self.shape)

    @decorate
    class Checked:
        """Looks at itself when it is made."""

        low: int
        high: int = 9

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError(f"{self.low} is above {self.high}")

    return {cls.__name__: cls for cls in (Empty, One, Many, Checked)}


OURS = classes_of(frozen.dataclass(frozen=True, slots=True))
THEIRS = classes_of(dataclass(frozen=True, slots=True))
GIVEN: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Empty", (), {}),
    ("One", (3,), {}),
    ("One", (), {"value": (1, 2)}),
    ("Many", ("a/b", 1.5), {}),
    ("Many", ("a/b", None, (2, 3)), {"name": "n"}),
    ("Many", ("a/b", None), {"bound": {"i": 1}}),
    ("Checked", (3,), {}),
]
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Empty", (1,), {}),
    ("One", (), {}),
    ("One", (1, 2), {}),
    ("Many", ("a",), {}),
    ("Many", ("a", 1), {"nme": "n"}),
    ("Many", ("a", 1), {"path": "b"}),
    ("Checked", (10,), {}),
]


@pytest.fixture(params=GIVEN, ids=lambda given: f"{given[0]} of {given[1]} {given[2]}")
def pair(request) -> tuple[Any, Any]:
    """A value of ours and the standard library's of the same arguments."""
    name, args, kwargs = request.param
    return OURS[name](*args, **kwargs), THEIRS[name](*args, **kwargs)


def values_of(value: Any) -> list[Any]:
    return [getattr(value, item.name) for item in dataclasses.fields(value)]


def test_a_value_holds_what_the_standard_librarys_holds_and_shows_it_so(pair):
    ours, theirs = pair
    assert values_of(ours) == values_of(theirs)
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert type(ours).__match_args__ == type(theirs).__match_args__
    assert type(ours).__slots__ == type(theirs).__slots__


@pytest.mark.parametrize(("name", "args", "kwargs"), WRONG)
def test_wrong_arguments_are_refused_in_the_same_words(name, args, kwargs):
    with pytest.raises((TypeError, ValueError)) as theirs:
        THEIRS[name](*args, **kwargs)
    with pytest.raises(theirs.type) as ours:
        OURS[name](*args, **kwargs)
    assert str(ours.value) == str(theirs.value)


def test_equal_values_are_equal_and_hash_alike_whatever_was_made_first(pair):
    ours, theirs = pair
    again = dataclasses.replace(ours)
    assert again is not ours
    assert again == ours
    assert ours != theirs
    assert ours.__eq__(theirs) is NotImplemented
    try:
        expected = hash(theirs)
    except TypeError:
        with pytest.raises(TypeError, match="unhashable"):
            hash(ours)
    else:
        assert hash(ours) == hash(again) == expected


def test_values_that_differ_in_one_field_are_not_equal():
    many = OURS["Many"]("a", 1, (2,))
    assert dataclasses.replace(many, value=2) != many
    assert dataclasses.replace(many, name="n") != many
    assert OURS["One"](1) != OURS["One"](2)


def test_a_default_that_is_made_is_made_for_each_value():
    assert OURS["Many"]("a", 1).bound is not OURS["Many"]("a", 1).bound


def test_nothing_is_set_or_deleted_and_nothing_added(pair):
    ours, _ = pair
    names = [item.name for item in dataclasses.fields(ours)]
    for name in (*names, "other"):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(ours, name, 1)
        with pytest.raises(FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(ours, name)
    assert not hasattr(ours, "__dict__")


@frozen.dataclass(frozen=True, slots=True)
class Kept:
    """Stands where `pickle` finds it."""

    name: str
    parts: tuple[int, ...] = ()


@frozen.dataclass(frozen=True, slots=True)
class Single:
    """The same with one field."""

    name: str


def test_a_value_is_matched_by_position():
    match Kept("a", (1, 2)):
        case Kept(name, (first, _)):
            assert (name, first) == ("a", 1)
        case _:
            pytest.fail("did not match")


@pytest.mark.parametrize("value", [Kept("a", (1, 2)), Single("a")])
def test_a_value_is_copied_and_pickled(value):
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value
        assert type(other) is type(value)


def test_what_it_is_not_for_is_refused_where_the_class_is_defined():
    with pytest.raises(AssertionError):
        frozen.dataclass(frozen=False, slots=True)
    with pytest.raises(AssertionError):
        frozen.dataclass(frozen=True, slots=False)
