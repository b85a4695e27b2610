"""The tables of `modelspec classes` at the widths of a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from modelspec.catalog.matching import find_names
from modelspec.catalog.reference import FAMILY_ORDER, names_of, reference_of
from modelspec.cli.class_tables import list_table, overview_table, page
from modelspec.cli.classes import FAMILY_CHOICES
from modelspec.compiler.vocabulary import read_vocabulary
from modelspec.diagnostics import Report

VOCABULARY = read_vocabulary((), Report())
NAMES = names_of(VOCABULARY)


def lines(made, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(made)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def page_of(name: str, width: int) -> list[str]:
    (found,) = find_names(NAMES, name)
    return lines(page(reference_of(found, VOCABULARY), width=width), width)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_longer_than_the_terminal(width):
    printed = [
        *lines(overview_table(NAMES, "3.15.1"), width),
        *lines(list_table(NAMES), width),
        *page_of("MultiHeadAttention", width),
    ]
    assert max(map(len, printed)) <= width


def test_a_narrow_terminal_has_what_is_said_below_each_argument():
    printed = page_of("conv2d", 80)
    position = next(number for number, line in enumerate(printed) if line.startswith("  use_bias "))
    assert printed[position].split() == ["use_bias", "bool", "true"]
    assert printed[position + 1].startswith("    bool, if true, bias will be added")
    assert any(line.split()[-2:] == ["since", "3.10"] for line in printed if line.startswith("  lora_alpha"))


def test_a_wide_terminal_has_a_row_for_each_argument():
    printed = page_of("conv2d", 160)
    row = next(line for line in printed if line.startswith(" use_bias "))
    assert row.split()[:6] == ["use_bias", "bool", "true", "bool,", "if", "true,"]
    assert any(line.split()[:1] == ["lora_alpha"] and "3.10" in line.split() for line in printed)


def test_required_arguments_say_so_and_texts_are_not_quoted():
    printed = page_of("Dense", 160)
    assert next(line for line in printed if line.startswith(" units ")).split()[2] == "required"
    assert " glorot_uniform " in next(line for line in printed if line.startswith(" kernel_initializer "))


def test_an_overview_has_the_first_names_of_each_family():
    printed = lines(overview_table(NAMES, "3.15.1"), 80)
    assert printed[0] == "Keras 3.15.1"
    row = next(line for line in printed if line.startswith(" layer "))
    assert "Activation" in row
    assert row.endswith("…")


def test_every_family_can_be_asked_for():
    assert set(FAMILY_CHOICES) == set(FAMILY_ORDER)
