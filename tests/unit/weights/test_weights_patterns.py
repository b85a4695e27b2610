from __future__ import annotations

import time

import pytest

from modelspec.weights.patterns import match_patterns

PATHS = ("stem", "s1", "s1/bn", "s1/main/bn_1", "s1/main/conv", "s2/main/conv", "head")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("stem", ("stem",)),
        ("s1/**", ("s1", "s1/bn", "s1/main/bn_1", "s1/main/conv")),
        ("s1/*", ("s1/bn",)),
        ("*", ("stem", "s1", "head")),
        ("**", PATHS),
        ("**/conv", ("s1/main/conv", "s2/main/conv")),
        ("**/bn*", ("s1/bn", "s1/main/bn_1")),
        ("**/stem", ("stem",)),
        ("s?/main/*", ("s1/main/bn_1", "s1/main/conv", "s2/main/conv")),
        ("s[!1]/**", ("s2/main/conv",)),
        ("s[12]/main/conv", ("s1/main/conv", "s2/main/conv")),
        ("s1/**/conv", ("s1/main/conv",)),
        ("s1/**/main/**", ("s1/main/bn_1", "s1/main/conv")),
        ("**/**/head", ("head",)),
    ],
)
def test_a_pattern_chooses_its_paths(pattern: str, expected: tuple[str, ...]) -> None:
    assert match_patterns([pattern], PATHS) == (expected, ())


@pytest.mark.parametrize("pattern", ["stems", "Stem", "s1/", "/stem", "", "s1*conv", "main", "[stem"])
def test_a_pattern_that_matches_nothing_is_idle(pattern: str) -> None:
    assert match_patterns(["stem", pattern], PATHS) == (("stem",), (1,))


def test_the_last_pattern_that_matches_wins() -> None:
    patterns = ["**", "!s1/**", "s1/main/conv"]
    assert match_patterns(patterns, PATHS) == (("stem", "s1/main/conv", "s2/main/conv", "head"), ())


def test_a_pattern_that_takes_away_nothing_chosen_still_matches() -> None:
    assert match_patterns(["!head", "stem", "!tail"], PATHS) == (("stem",), (2,))


def test_no_patterns_choose_nothing() -> None:
    assert match_patterns([], PATHS) == ((), ())


def test_a_pattern_of_many_stars_takes_no_long_time() -> None:
    path = "/".join(["a" * 60] * 60)
    begin = time.process_time()
    assert match_patterns(["**/" * 60 + "a*" * 25 + "b"], [path]).paths == ()
    assert time.process_time() - begin < 2.0
