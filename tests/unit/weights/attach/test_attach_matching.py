"""Which tensor goes into which variable."""

from __future__ import annotations

from dataclasses import replace

from attach_sample import codes, file, flat, model, pairs, planned

from modelspec.weights.attach.rules import Rule

A, B = "layers/dense", "layers/dense_1"
TWO = model(
    {A: "a", B: "b"},
    (f"{A}/vars/0", "kernel", (2, 2)),
    (f"{A}/vars/1", "bias", (2,)),
    (f"{B}/vars/0", "kernel", (2, 2)),
    (f"{B}/vars/1", "bias", (2,)),
)
SWAPPED = file(
    {A: "b", B: "a"},
    (f"{A}/vars/0", (2, 2)),
    (f"{A}/vars/1", (2,)),
    (f"{B}/vars/0", (2, 2)),
    (f"{B}/vars/1", (2,)),
)


def test_layers_that_changed_places_get_their_own_values():
    plan, told = planned(TWO, (Rule(), SWAPPED))
    assert told == []
    assert pairs(plan) == {
        "a/kernel": f"{B}/vars/0",
        "a/bias": f"{B}/vars/1",
        "b/kernel": f"{A}/vars/0",
        "b/bias": f"{A}/vars/1",
    }


def test_by_path_they_get_what_keras_would_give_them():
    plan, told = planned(TWO, (Rule(match="path"), SWAPPED))
    assert told == []
    assert pairs(plan)["a/kernel"] == f"{A}/vars/0"


def test_a_file_without_names_is_not_matched_by_name():
    nameless = file({}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)))
    assert codes(planned(TWO, (Rule(), nameless))[1]) == ["no-names"]
    plan, told = planned(TWO, (Rule(match="order", missing="init"), nameless))
    assert told == []
    assert pairs(plan) == {"a/kernel": f"{A}/vars/0", "a/bias": f"{A}/vars/1"}


def test_in_order_what_patterns_leave_out_is_not_counted():
    nameless = file({}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)))
    plan, told = planned(TWO, (Rule(match="order", exclude=("a",)), nameless))
    assert told == []
    assert pairs(plan) == {"b/kernel": f"{A}/vars/0", "b/bias": f"{A}/vars/1"}


def test_a_flat_file_is_matched_by_names_of_layers_and_variables_or_numbers():
    named = flat(("a/kernel", (2, 2)), ("a/bias", (2,)), ("b/0", (2, 2)), ("b/1", (2,)))
    plan, told = planned(TWO, (Rule(), named))
    assert told == []
    assert pairs(plan) == {"a/kernel": "a/kernel", "a/bias": "a/bias", "b/kernel": "b/0", "b/bias": "b/1"}


def test_a_flat_file_in_order_has_as_many_tensors():
    four = flat(*((f"arr_{n}", (2, 2) if n % 2 == 0 else (2,)) for n in range(4)))
    plan, told = planned(TWO, (Rule(match="order"), four))
    assert told == []
    assert pairs(plan)["b/bias"] == "arr_3"
    three = flat(*((f"arr_{n}", (2, 2)) for n in range(3)))
    assert codes(planned(TWO, (Rule(match="order"), three))[1]) == ["unequal-counts"]


def test_strictness_shows_both_sides_and_what_is_nearest():
    renamed = file(
        {A: "a", B: "bee"}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)), (f"{B}/vars/0", (2, 2))
    )
    _, told = planned(TWO, (Rule(), renamed))
    assert codes(told) == ["unexpected-weights", "missing-weights", "missing-weights"]
    assert "`bee/0` [2, 2] float32" in told[0][1].message
    assert "`b/kernel` [2, 2] float32" in told[1][1].message
    assert "`rename: {bee: b}`" in str(told[1][1].help)


def test_missing_and_unexpected_as_asked():
    other = file({A: "a", "layers/conv2d": "c"}, (f"{A}/vars/0", (2, 2)), ("layers/conv2d/vars/0", (3,)))
    plan, told = planned(TWO, (Rule(missing="init", unexpected="ignore"), other))
    assert told == []
    assert pairs(plan) == {"a/kernel": f"{A}/vars/0"}
    assert [one.tensor.key for one in plan.unused] == ["layers/conv2d/vars/0"]


def test_shapes_are_not_broadcast():
    narrow = file(
        {A: "a", B: "b"},
        (f"{A}/vars/0", (2, 1)),
        (f"{A}/vars/1", (2,)),
        (f"{B}/vars/0", (2, 2)),
        (f"{B}/vars/1", (2,)),
    )
    assert codes(planned(TWO, (Rule(), narrow))[1]) == ["mismatched-weights"]


def test_a_layer_is_skipped_whole():
    narrow = file(
        {A: "a", B: "b"},
        (f"{A}/vars/0", (3, 2)),
        (f"{A}/vars/1", (2,)),
        (f"{B}/vars/0", (2, 2)),
        (f"{B}/vars/1", (2,)),
    )
    plan, told = planned(TWO, (Rule(mismatch="skip"), narrow))
    assert told == []
    assert set(pairs(plan)) == {"b/kernel", "b/bias"}
    assert {plan.targets[at].path: one.because for at, one in plan.skipped.items()} == {
        "a/kernel": "a/kernel",
        "a/bias": "a/kernel",
    }


def test_a_dtype_that_means_something_else_is_a_mismatch():
    quantized = file({A: "a"}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)), dtype="int8")
    assert codes(planned(TWO, (Rule(missing="init"), quantized))[1]) == ["mismatched-weights"] * 2
    half = file({A: "a"}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)), dtype="bfloat16")
    assert planned(TWO, (Rule(missing="init"), half))[1] == []


def test_nothing_loaded_is_an_error_however_lenient_the_rule():
    other = file({A: "x"}, (f"{A}/vars/0", (2, 2)))
    lenient = Rule(missing="init", unexpected="ignore", mismatch="skip")
    assert codes(planned(TWO, (lenient, other))[1]) == ["nothing-matches"]
    wide = file({A: "a"}, (f"{A}/vars/0", (9, 9)))
    assert codes(planned(TWO, (lenient, wide))[1]) == ["nothing-matches"]


def test_later_loads_go_over_earlier_ones_and_fill_what_they_left():
    first = file({A: "a"}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)))
    plan, told = planned(TWO, (Rule(missing="init"), first), (Rule(), SWAPPED))
    assert told == []
    assert dict(plan.overridden) == {(1, 0): 2}
    plan, told = planned(TWO, (Rule(), SWAPPED), (Rule(), first))
    assert told == []  # what the first has filled is not missed by the second
    rest = file({B: "b"}, (f"{B}/vars/0", (2, 2)), (f"{B}/vars/1", (2,)))
    plan, told = planned(TWO, (Rule(), first), (Rule(), rest))
    assert told == []
    assert len(plan.given) == 4


def test_what_no_load_fills_is_missed_once():
    first = file({A: "a"}, (f"{A}/vars/0", (2, 2)), (f"{A}/vars/1", (2,)))
    _, told = planned(TWO, (Rule(), first), (Rule(), first))
    assert [(number, problem.code) for number, problem in told] == [(1, "missing-weights")] * 2


def test_patterns_choose_variables_and_layers():
    plan, told = planned(TWO, (Rule(only=("**/kernel",)), SWAPPED))
    assert told == []
    assert set(pairs(plan)) == {"a/kernel", "b/kernel"}
    plan, told = planned(TWO, (Rule(exclude=("b",)), SWAPPED))
    assert told == []
    assert set(pairs(plan)) == {"a/kernel", "a/bias"}
    _, told = planned(TWO, (Rule(only=("c",)), SWAPPED))
    assert [(problem.code, problem.part) for _, problem in told] == [("idle-pattern", ("only", 0))]


NESTED = "layers/functional/layers/dense"
OUTER = model(
    {"layers/functional": "encoder", NESTED: "tokens", A: "head"},
    (f"{NESTED}/vars/0", "kernel", (2, 2)),
    (f"{A}/vars/0", "kernel", (2, 5)),
    owners={NESTED: "text_encoder/tokens", A: "head"},
)


def test_a_flat_file_goes_into_a_nested_model():
    inner = file({A: "tokens"}, (f"{A}/vars/0", (2, 2)))
    for into in ("text_encoder", "encoder"):
        plan, told = planned(OUTER, (Rule(into=into), inner))
        assert told == []
        assert pairs(plan) == {"text_encoder/tokens/kernel": f"{A}/vars/0"}


def test_a_part_of_a_file_goes_into_a_flat_model():
    whole = file(
        {"layers/functional": "backbone", NESTED: "a", A: "head"},
        (f"{NESTED}/vars/0", (2, 2)),
        (f"{NESTED}/vars/1", (2,)),
        (f"{A}/vars/0", (2, 5)),
    )
    for source in ("backbone", "layers/functional"):
        plan, told = planned(TWO, (Rule(source=source, only=("a",)), whole))
        assert told == []
        assert pairs(plan) == {"a/kernel": f"{NESTED}/vars/0", "a/bias": f"{NESTED}/vars/1"}
    for way in ("path", "order"):
        plan, told = planned(TWO, (Rule(source="backbone", only=("a",), match=way), whole))
        assert told == []
        assert pairs(plan) == {"a/kernel": f"{NESTED}/vars/0", "a/bias": f"{NESTED}/vars/1"}


def test_a_subtree_that_is_not_there_says_what_is():
    _, told = planned(
        OUTER, (Rule(source="backbon", into="text_encodr"), file({A: "x/backbone"}, (f"{A}/vars/0", ())))
    )
    assert codes(told) == ["unknown-subtree"] * 2
    assert told[1][1].help == "did you mean `text_encoder`?"


def test_blocks_are_found_by_their_graph_paths_and_by_the_names_of_their_layers():
    block = model({A: "stage_main"}, (f"{A}/vars/0", "kernel", (2, 2)), owners={A: "stage/main"})
    for stored, rule in [
        (file({A: "stage_main"}, (f"{A}/vars/0", (2, 2))), Rule()),
        (flat(("stage/main/kernel", (2, 2))), Rule()),
        (flat(("main/kernel", (2, 2))), Rule(into="stage")),
        (file({A: "main"}, (f"{A}/vars/0", (2, 2))), Rule(into="stage")),
    ]:
        plan, told = planned(block, (rule, stored))
        assert told == []
        assert list(pairs(plan)) == ["stage/main/kernel"]


MHA = "layers/multi_head_attention"


def test_sublayers_go_by_their_attribute_and_by_their_name():
    attention = model(
        {MHA: "mha", f"{MHA}/query_dense": "query", f"{MHA}/key_dense": "key"},
        (f"{MHA}/key_dense/vars/0", "kernel", (2, 2)),
        (f"{MHA}/query_dense/vars/0", "kernel", (2, 2)),
    )
    keras_paths = flat(("mha/query/kernel", (2, 2)), ("mha/key/kernel", (2, 2)))
    plan, told = planned(attention, (Rule(), keras_paths))
    assert told == []
    assert pairs(plan) == {
        "mha/query_dense/kernel": "mha/query/kernel",
        "mha/key_dense/kernel": "mha/key/kernel",
    }


def test_a_subclassed_model_is_filled_from_a_functional_one():
    subclassed = model(
        {"first": "a", "second": "b"}, ("first/vars/0", "kernel", (2, 2)), ("second/vars/0", "kernel", (2, 2))
    )
    plan, told = planned(
        subclassed, (Rule(), file({A: "b", B: "a"}, (f"{A}/vars/0", (2, 2)), (f"{B}/vars/0", (2, 2))))
    )
    assert told == []
    assert sorted(pairs(plan).values()) == [f"{A}/vars/0", f"{B}/vars/0"]
    at = next(at for at, target in enumerate(plan.targets) if target.address == "first/vars/0")
    assert plan.given[at].tensor.key == f"{B}/vars/0"


def test_renaming_is_checked_whole():
    renamed = file(
        {A: "x1", B: "x2"}, *((f"{one}/vars/{n}", s) for one in (A, B) for n, s in enumerate([(2, 2), (2,)]))
    )
    plan, told = planned(TWO, (Rule(rename=(("x1", "a"), ("x2", "b"))), renamed))
    assert told == []
    assert pairs(plan)["a/kernel"] == f"{A}/vars/0"
    _, told = planned(TWO, (Rule(rename=(("x1", "a"), ("x2", "a"))), renamed))
    assert [(problem.code, problem.part) for _, problem in told] == [("rename-collision", ("rename", 1))] * 2
    _, told = planned(TWO, (Rule(rename=(("x1", "a"), ("x2", "b"), ("y", "c"))), renamed))
    assert [(problem.code, problem.part) for _, problem in told] == [("idle-pattern", ("rename", 2))]
    _, told = planned(TWO, (Rule(rename=(("(", "c"),)), renamed))
    assert [(problem.code, problem.part) for _, problem in told] == [("bad-rename", ("rename", 0))]


def test_random_state_is_neither_missed_nor_unexpected():
    made = model(
        {A: "a", "layers/dropout": "drop"},
        (f"{A}/vars/0", "kernel", (2, 2)),
        ("layers/dropout/seed_generator/vars/0", "seed_generator_state", (2,)),
    )
    plain = file({A: "a"}, (f"{A}/vars/0", (2, 2)))
    assert planned(made, (Rule(), plain))[1] == []
    seeded = file(
        {A: "a", "layers/dropout": "noise"},
        (f"{A}/vars/0", (2, 2)),
        ("layers/dropout/seed_generator/vars/0", (2,)),
    )
    assert planned(made, (Rule(), seeded))[1] == []


COMPILED = model(
    {A: "a"},
    (f"{A}/vars/0", "kernel", (2, 2)),
    ("optimizer/vars/0", "iteration", ()),
    ("optimizer/vars/1", "a_kernel_momentum", (2, 2)),
)


def test_the_optimizers_state_is_taken_only_when_asked_for():
    trained = file({A: "a"}, (f"{A}/vars/0", (2, 2)), ("optimizer/vars/0", ()), ("optimizer/vars/1", (2, 2)))
    plan, told = planned(COMPILED, (Rule(), trained))
    assert told == []
    assert len(plan.given) == 1
    plan, told = planned(COMPILED, (Rule(optimizer=True), trained))
    assert told == []
    assert len(plan.given) == 3
    other = file({A: "a"}, (f"{A}/vars/0", (2, 2)), ("optimizer/vars/0", ()))
    assert codes(planned(COMPILED, (Rule(optimizer=True), other))[1]) == ["mismatched-weights"]
    untrained = file({A: "a"}, (f"{A}/vars/0", (2, 2)))
    assert codes(planned(COMPILED, (Rule(optimizer=True), untrained))[1]) == ["no-optimizer-state"]


def test_nothing_loaded_is_an_error_with_the_optimizers_state_asked_for_too():
    other = file({A: "x"}, (f"{A}/vars/0", (2, 2)))
    lenient = Rule(missing="init", unexpected="ignore", mismatch="skip", optimizer=True)
    assert codes(planned(COMPILED, (lenient, other))[1]) == ["nothing-matches"]
    state = file({A: "x"}, ("optimizer/vars/0", ()), ("optimizer/vars/1", (2, 2)))
    plan, told = planned(COMPILED, (lenient, state))
    assert told == []
    assert len(plan.given) == 2
    more = file({A: "x"}, (f"{A}/vars/0", (2, 2)), ("optimizer/vars/0", ()), ("optimizer/vars/1", (2, 2)))
    assert codes(planned(COMPILED, (Rule(missing="init", optimizer=True), more))[1]) == ["unexpected-weights"]


def test_a_block_is_filled_in_order_from_a_file_of_its_own():
    block = model(
        {A: "left_first", B: "left_second", "layers/dense_2": "head"},
        (f"{A}/vars/0", "kernel", (2, 2)),
        (f"{B}/vars/0", "kernel", (2, 2)),
        ("layers/dense_2/vars/0", "kernel", (2, 2)),
        owners={A: "left/first", B: "left/second", "layers/dense_2": "head"},
    )
    chain = file({A: "one", B: "two"}, (f"{A}/vars/0", (2, 2)), (f"{B}/vars/0", (2, 2)))
    for way in ("order", "path"):
        plan, told = planned(block, (Rule(into="left", match=way), chain))
        assert told == []
        assert pairs(plan) == {"left/first/kernel": f"{A}/vars/0", "left/second/kernel": f"{B}/vars/0"}
    single = file({A: "one"}, (f"{A}/vars/0", (2, 2)))
    plan, told = planned(block, (Rule(into="head", match="order"), single))
    assert told == []
    assert pairs(plan) == {"head/kernel": f"{A}/vars/0"}


def test_tensors_that_are_sorted_have_no_order():
    sorted_ones = replace(flat(("a", (2, 2)), ("b", (2,))), is_ordered=False)
    assert codes(planned(TWO, (Rule(match="order"), sorted_ones))[1]) == ["no-order"]


def test_nothing_is_renamed_where_names_do_not_count():
    for way in ("order", "path"):
        _, told = planned(TWO, (Rule(match=way, rename=(("x", "y"),)), SWAPPED))
        assert [(problem.code, problem.part) for _, problem in told] == [("bad-rename", ("rename",))]


def test_all_that_is_wrong_with_a_rule_is_told_at_once():
    rule = Rule(only=("zip",), exclude=("zap",), rename=(("(", "b"), ("zop", "c")))
    _, told = planned(TWO, (rule, SWAPPED))
    assert sorted(problem.part for _, problem in told) == [
        ("except", 0),
        ("only", 0),
        ("rename", 0),
        ("rename", 1),
    ]


def test_what_has_no_variables_is_told_as_that():
    _, told = planned(([], []), (Rule(), SWAPPED))
    assert told[0][1].message == "this model has no variables"
    _, told = planned(TWO, (Rule(exclude=("**",)), SWAPPED))
    assert "leave no variable" in told[0][1].message
    named = flat(("a/kernel", (2, 2)))
    _, told = planned(TWO, (Rule(match="path"), named))
    assert "names, not addresses" in str(told[0][1].help)


def test_the_nearest_tensor_is_compared_as_it_is_renamed():
    far = flat(("x.0.query", (2, 2)), ("x.0.key", (2, 2)))
    rule = Rule(rename=((r"x\.(\d)\.(.*)", r"b_\1/\2"),), unexpected="ignore")
    made = model({A: "b"}, (f"{A}/vars/0", "query", (2, 2)))
    _, told = planned(made, (rule, far))
    assert "`b_0/query`" in str(told[0][1].help)
