"""Whatever is done to a model, the edits found make the second of the first, and mirror."""

from __future__ import annotations

import json

from architectures import at_random, edited_at_random, mirrored, renamed
from effort import tried
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.architecture.comparing.applying import apply
from modelspec.architecture.comparing.finding_edits import edits_between
from modelspec.architecture.comparing.matching import match
from modelspec.architecture.comparing.record import edit_data, edit_of
from modelspec.architecture.hashing import hashes_of
from modelspec.architecture.model import Architecture

SEEDS = st.integers(0, 10**6)


@settings(max_examples=tried(60), deadline=None)
@given(seed=SEEDS, size=st.integers(1, 25), count=st.integers(0, 6))
def test_edits_make_the_second_of_the_first_and_mirror(seed, size, count):
    before = Architecture(at_random(seed, size), {})
    after = Architecture(edited_at_random(before.graph, seed, count), {})
    there = edits_between(before, after, match(before.graph, after.graph))
    back = edits_between(after, before, match(after.graph, before.graph))
    assert apply(before, there) == after
    assert apply(after, map(edit_of, json.loads(json.dumps([edit_data(edit) for edit in back])))) == before
    assert sorted(map(repr, there)) == sorted(repr(mirrored(edit)) for edit in back)
    assert bool(there) == (hashes_of(before).exact != hashes_of(after).exact)


@settings(max_examples=tried(40), deadline=None)
@given(seed=SEEDS, size=st.integers(1, 25))
def test_a_model_with_all_names_changed_is_renamed_and_nothing_else(seed, size):
    before = at_random(seed, size)
    after = renamed(before, {item.name: f"z{number}" for number, item in enumerate(before.nodes)})
    found = edits_between(Architecture(before, {}), Architecture(after, {}), match(before, after))
    assert [edit.op for edit in found] == ["rename"] * len(before.nodes)
