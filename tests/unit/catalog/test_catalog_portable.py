"""The two tables of releases, harvested by two commands, say the same."""

from __future__ import annotations

from collections.abc import Iterator

from history_reading import choice_span, identifier_span

from modelspec.catalog.history import load_history
from modelspec.catalog.load import installed_keras_version, load_catalog
from modelspec.catalog.portable import Habits, load_portable
from modelspec.catalog.target import minor_of

PORTABLE = load_portable()
HISTORY = load_history()
CATALOG = load_catalog(installed_keras_version())


def classes() -> Iterator[tuple[str, Habits]]:
    """The classes by canonical name; the table of what is left out has every other spelling besides."""
    for name in PORTABLE._data["classes"]:
        module, _, short = name.rpartition(".")
        habits = PORTABLE.habits({"module": module, "class_name": short})
        if HISTORY.of_class(name) is not None and habits is not None:
            yield name, habits


def arguments(name: str) -> tuple[str, ...]:
    entry = CATALOG.entry(name)
    return tuple(entry.arguments) if entry is not None else ()


def label(position: int) -> str:
    return minor_of(PORTABLE.releases[position])


def test_they_are_of_the_same_releases() -> None:
    assert tuple(map(minor_of, PORTABLE.releases)) == HISTORY.releases


def test_they_have_the_same_classes_since_the_same_releases() -> None:
    ours = {name: label(habits.since) for name, habits in classes()}
    assert ours == {name: HISTORY.of_class(name).since for name in HISTORY._data["classes"]}


def test_they_date_every_argument_alike() -> None:
    different = {
        f"{name}.{argument}"
        for name, habits in classes()
        for argument in {*habits.keys, *arguments(name)}
        if HISTORY.since_argument(name, argument) != label(habits.keys.get(argument, habits.since))
    }
    assert not different


def test_they_date_the_words_of_arguments_alike() -> None:
    different = {
        f"{name}.{argument}: {word}"
        for name, habits in classes()
        for argument, words in habits.words.items()
        for word, since in words.items()
        if (found := choice_span(HISTORY, name, argument, word)) is None or found.since != label(since)
    }
    assert not different


def test_they_date_the_texts_that_stand_for_objects_alike() -> None:
    different = {
        f"{family}: {text}"
        for family, dated in PORTABLE._data["strings"].items()
        for text, since in dated.items()
        if (found := identifier_span(HISTORY, family, text)) is None or found.since != label(since)
    }
    assert not different
