"""Which vocabulary goes to which layer."""

from __future__ import annotations

from modelspec.weights.attach.assets import Assets, match_assets
from modelspec.weights.attach.renaming import read_rule
from modelspec.weights.attach.rules import Rule

A, B = "layers/string_lookup", "layers/string_lookup_1"
INNER = "layers/functional/layers/string_lookup"
TWO = Assets((f"{A}/vocabulary.txt", f"{B}/vocabulary.txt"), {A: "a", B: "b"})


def test_vocabularies_go_by_the_names_of_their_layers():
    swapped = Assets(TWO.paths, {A: "b", B: "a"})
    assert match_assets(Rule(), [], swapped, TWO) == (
        (f"{B}/vocabulary.txt", f"{A}/vocabulary.txt"),
        (f"{A}/vocabulary.txt", f"{B}/vocabulary.txt"),
    )


def test_rules_rename_them_and_choose_parts():
    nested = Assets((f"{INNER}/vocabulary.txt",), {"layers/functional": "encoder", INNER: "words"})
    flat = Assets((f"{A}/vocabulary.txt",), {A: "words"})
    pair = (f"{INNER}/vocabulary.txt", f"{A}/vocabulary.txt")
    assert match_assets(Rule(), [], nested, flat) == ()
    assert match_assets(Rule(source="encoder"), [], nested, flat) == (pair,)
    assert match_assets(Rule(into="encoder"), [], flat, nested) == (pair[::-1],)
    other = Assets(flat.paths, {A: "terms"})
    assert match_assets(Rule(source="encoder"), [read_rule("words", "terms")], nested, other) == (pair,)
    assert match_assets(Rule(source="decoder"), [], nested, flat) == ()


def test_patterns_choose_the_layers_that_have_them():
    assert match_assets(Rule(only=("a",)), [], TWO, TWO) == ((TWO.paths[0], TWO.paths[0]),)
    assert match_assets(Rule(exclude=("a",)), [], TWO, TWO) == ((TWO.paths[1], TWO.paths[1]),)
