from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from modelspec.archive.json_values import read_json
from modelspec.archive.metadata import config_bytes, metadata_bytes
from modelspec.archive.moment import FIXED, build_moment
from modelspec.diagnostics import Report, SpecError


def problems(make: Callable[[Report], bytes]) -> list[str]:
    report = Report()
    with pytest.raises(SpecError):
        make(report)
    assert {found.code for found in report.diagnostics} <= {"not-json", "too-large"}
    return [found.message for found in report.diagnostics]


def test_the_config_is_laid_out_as_keras_lays_it_out() -> None:
    config = {"class_name": "Ä", "config": {"b": [1, 2.5, None, True], "a": {"x": "\n"}}}
    assert config_bytes(config, Report()) == json.dumps(config).encode()


def test_the_metadata_are_keras_own_and_one_key_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    record = {"version": "0.1.0", "document": "ab", "architecture": "cd", "meta": {"z": 1, "a": "ü"}}
    data = metadata_bytes("3.15.1", record, Report())
    assert json.loads(data) == {
        "keras_version": "3.15.1",
        "date_saved": "1980-01-01@00:00:00",
        "modelspec": record,
    }
    assert list(json.loads(data)["modelspec"]["meta"]) == ["z", "a"]


def test_the_date_is_in_the_form_that_keras_writes() -> None:
    moment = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
    data = metadata_bytes("3.15.1", {}, Report(), moment=moment)
    assert json.loads(data)["date_saved"] == "2025-03-04@05:06:07"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (math.inf, "infinity"),
        (-math.inf, "minus infinity"),
        (math.nan, "NaN"),
        (np.float64("nan"), "NaN"),
        (np.float32(1.0), "a `float32`"),
        ({1, 2}, "a `set`"),
        (b"x", "a `bytes`"),
        (1 + 2j, "a `complex`"),
        pytest.param(10**5000, "a number of thousands of digits", id="long"),
    ],
)
def test_what_json_cannot_hold_is_told_with_its_path(value: object, what: str) -> None:
    config = {"class_name": "M", "config": {"layers": [{"rate": 1}, {"config": {"rate": value}}]}}
    assert problems(lambda report: config_bytes(config, report)) == [
        f"`config.layers[1].config.rate` is {what}, which `config.json` cannot hold"
    ]


def test_all_such_values_are_told_in_order_up_to_ten() -> None:
    config = {"a": math.nan, "b": [math.inf] * 20}
    found = problems(lambda report: config_bytes(config, report))
    assert len(found) == 10
    assert found[0].startswith("`a` is NaN")
    assert found[1].startswith("`b[0]` is infinity")


def test_a_nan_in_meta_is_told_with_its_path() -> None:
    record = {"version": "1", "meta": {"scores": [1.0, math.nan]}}
    (found,) = problems(lambda report: metadata_bytes("3", record, report))
    assert found.startswith("`modelspec.meta.scores[1]` is NaN")


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        ({(1, 2): 3}, "a mapping with a `tuple` as a key"),
        ({math.nan: 3}, "a mapping with a key that is no finite number"),
        ({1: 3, "1": 4}, "a mapping with two keys that JSON writes alike"),
        ({None: 3, "null": 4}, "a mapping with two keys that JSON writes alike"),
    ],
)
def test_keys_that_json_cannot_hold_are_told(mapping: dict[object, object], what: str) -> None:
    (found,) = problems(lambda report: config_bytes({"x": mapping}, report))
    assert found.startswith(f"`x` is {what},")


def test_numbers_as_keys_become_texts_as_in_keras() -> None:
    assert (
        config_bytes({"x": {1: "a", 2.5: "b", None: "c", False: "d"}}, Report())
        == json.dumps({"x": {1: "a", 2.5: "b", None: "c", False: "d"}}).encode()
    )


def _nested(depth: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_what_is_written_nests_as_deep_as_what_is_read() -> None:
    assert read_json(config_bytes(_nested(200), Report())) == _nested(200)
    for depth in (201, 100_000):
        (found,) = problems(lambda report, depth=depth: config_bytes(_nested(depth), report))
        assert "is nested more than 200 deep" in found


def test_a_value_that_holds_itself_is_told() -> None:
    loop: dict[str, object] = {}
    loop["again"] = [loop]
    (found,) = problems(lambda report: config_bytes(loop, report))
    assert "is nested more than 200 deep" in found


def test_a_config_that_no_reader_would_take_is_told() -> None:
    (found,) = problems(lambda report: config_bytes({"x": "y" * (33 << 20)}, report))
    assert found == "`config.json` would take 35 MB, more than 34 MB"


@pytest.mark.parametrize("text", ["", None])
def test_without_a_date_in_the_environment_it_is_fixed(text: str | None) -> None:
    environ = {} if text is None else {"SOURCE_DATE_EPOCH": text}
    assert build_moment(Report(), environ) == FIXED


def test_the_environment_sets_the_date() -> None:
    assert build_moment(Report(), {"SOURCE_DATE_EPOCH": "86400"}) == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "-1", "1.5", " 1", "١", "9" * 12, "9" * 5000])
def test_a_malformed_date_in_the_environment_is_told(text: str) -> None:
    report = Report()
    with pytest.raises(SpecError):
        build_moment(report, {"SOURCE_DATE_EPOCH": text})
    assert [found.code for found in report.diagnostics] == ["bad-source-date-epoch"]
