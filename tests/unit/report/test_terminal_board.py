"""The leaderboard in terminals of any width."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from rich.console import Console
from sweep_rows import built_board, hostile_board, trained_board

from modelspec.cli.diffing.terminal import print_trimmed
from modelspec.cli.sweep.board_table import reason_lines, terminal_table
from modelspec.report.board import Board


def lines(board: Board, width: int | None) -> Sequence[str]:
    text = io.StringIO()
    console = Console(file=text, width=width or 1000, highlight=False)
    print_trimmed(console, terminal_table(board, board.entries, width=width))
    return text.getvalue().splitlines()


@pytest.mark.parametrize("width", [200, 160, 133, 120, 100, 80, 60, 50])
@pytest.mark.parametrize(
    "board", [trained_board(), built_board(), hostile_board()], ids=["trained", "built", "hostile"]
)
def test_a_line_of_the_table_is_a_line_of_the_terminal(board, width):
    found = lines(board, width)
    assert len(found) == 1 + len(board.entries)
    assert max(map(cell_len, found)) <= width


def test_in_a_wide_terminal_nothing_is_cut():
    found = lines(trained_board(), 200)
    assert "…" not in "".join(found)
    assert found[0].split() == [
        *("rank", "#", "name", "width", "depth", "body", "expand", "learning_rate"),
        *("val_accuracy", "epochs", "params", "time", "state"),
    ]


def test_a_narrow_terminal_loses_the_time_first_and_keeps_rank_number_value_and_state():
    board = trained_board()
    assert "time" not in lines(board, 120)[0]
    assert "epochs" in lines(board, 133)[0]
    for width in (120, 100, 80, 60):
        found = lines(board, width)
        assert found[1].split()[:2] == ["1", "18"]
        assert "0.9972 ± 0.0000 (2)" in found[1]
        assert found[1].endswith("done")


def test_reasons_stand_below_a_terminal_and_behind_a_line_of_a_pipe():
    board = trained_board()
    assert lines(board, 200)[26].endswith("failed")
    assert lines(board, None)[26].endswith("failed: the loss is no number after epoch 3")
    assert next(reason_lines(board.entries)) == "#5 failed: the loss is no number after epoch 3"


def test_many_reasons_are_counted():
    board = trained_board()
    rejected = board.entries[-1]
    found = list(reason_lines([rejected] * 25))
    assert len(found) == 11
    assert found[-1].startswith("… and 15 more")


def test_a_name_moves_no_cursor():
    shown = "".join(lines(hostile_board(), None))
    assert not {"\0", "\u202e", "\u2028"} & {*shown}
