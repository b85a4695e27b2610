from __future__ import annotations

import pytest

from modelspec.report.words import duration_text, hash_text, moment_text, number_writer, shape_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1m 00s"),
        (200, "3m 20s"),
        (3599.6, "1h 00m"),
        (7500, "2h 05m"),
    ],
)
def test_a_time_is_written_short(seconds, text):
    assert duration_text(seconds) == text


def test_the_numbers_of_a_column_are_written_alike():
    write = number_writer([0.91, 0.9, None, 0.0])
    assert [write(value) for value in (0.91, 0.9, 0.0)] == ["0.9100", "0.9000", "0.0000"]
    write = number_writer([1e-7, 0.5])
    assert [write(value) for value in (1.23456e-7, 0.5)] == ["1.2346e-07", "0.5"]


def test_shapes_hashes_and_moments_are_written_short():
    assert shape_text({"a": [None, 3]}) == "{a: [null, 3]}"
    assert (hash_text("m1:0123456789abcdef"), hash_text(None)) == ("0123456789ab", "–")
    assert moment_text(0.0) == "1970-01-01 00:00:00 UTC"
