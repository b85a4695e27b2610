"""What the pages list is what there is: keys, words, functions, limits, codes, verbs, rooms."""

from __future__ import annotations

import re

import pytest
from docs_pages import CODE_PAGES, PAGES, REPOSITORY, codes_of, meaning_lines

from modelspec.cli.app import app
from modelspec.diagnostics.codes import CODES
from modelspec.language import items, load, scope, words
from modelspec.language.expressions import functions, limits
from modelspec.language.schema import InputSection
from modelspec.lint.rules import RULES
from modelspec.source import limits as text_limits

LANGUAGE = (REPOSITORY / "docs/language.md").read_text(encoding="utf-8")


def section(title: str, text: str = LANGUAGE) -> str:
    """What stands below a heading, up to the next."""
    return re.split(r"^#+ ", text.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def first_column(text: str) -> list[str]:
    """The names in backticks of the first cells of all rows."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_top_level_key_has_its_row() -> None:
    assert sorted(first_column(section("Top-level keys"))) == sorted(words.TOP_KEYS)


def test_every_word_of_an_item_has_its_row() -> None:
    table = section("Items").partition("| word |")[2]
    assert sorted(first_column(table)) == sorted(words.ITEM_WORDS)


def test_every_key_of_a_block_has_its_row() -> None:
    assert sorted(first_column(section("Blocks"))) == sorted(words.BLOCK_KEYS)


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Variables and expressions", functions.FUNCTIONS),
        ("Inputs and outputs", InputSection.model_fields),
        ("Nested models", words.MODEL_KEYS),
        ("`compile`", words.COMPILE_KEYS),
        ("`weights`", ("seed", "freeze", "inference", "load", "lora", "quantize")),
        ("`lint`", words.LINT_KEYS),
        ("`train`", words.TRAIN_KEYS),
        ("`sweep`", words.SWEEP_KEYS),
        ("`expect`, `requires`, `meta`", words.EXPECT_KEYS),
    ],
)
def test_a_section_names_everything_that_may_stand_there(title: str, names: tuple[str, ...]) -> None:
    text = section(title)
    assert [name for name in names if not re.search(rf"`{name}`|\b{name}:|`{name}: ", text)] == []


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("bytes of a document", text_limits.MAX_BYTES),
        ("levels of nesting in the text", text_limits.MAX_DEPTH),
        ("values of a document, aliases expanded", text_limits.MAX_NODES),
        ("values in one variable or parameter", scope.MAX_VALUES),
        ("characters of an expression", limits.MAX_LENGTH),
        ("items and characters that an operator or function makes", limits.MAX_SIZE),
        ("items, all repeats and blocks expanded", items.MAX_ITEMS),
        ("blocks and repeats inside each other", items.MAX_NESTING),
        ("documents that extend each other", load.MAX_EXTENDS),
    ],
)
def test_a_limit_is_the_one_that_holds(what: str, limit: int) -> None:
    assert f"| {what} | {limit:,} |" in section("Limits")


def test_every_code_has_its_section_and_every_section_its_code() -> None:
    assert sorted(code for page in CODE_PAGES for code, _ in codes_of(page)) == sorted(CODES)


def test_the_page_of_lint_has_the_rules_and_nothing_else() -> None:
    own = [rule.id for rule in RULES.values() if not rule.is_told_by_check]
    assert sorted(code for code, _ in codes_of("docs/lint.md")) == sorted(own)
    text = (REPOSITORY / "docs/lint.md").read_text(encoding="utf-8")
    told = [rule.id for rule in RULES.values() if rule.is_told_by_check]
    assert [rule for rule in told if f"(errors.md#{rule})" not in text] == []


@pytest.mark.parametrize("page", CODE_PAGES)
def test_a_code_means_on_its_page_what_it_means(page: str) -> None:
    lines = (REPOSITORY / page).read_text(encoding="utf-8").splitlines()
    wrong = [(number, lines[number - 1]) for number, text in meaning_lines(page) if lines[number - 1] != text]
    assert wrong == []


@pytest.mark.parametrize("page", CODE_PAGES)
def test_the_example_of_a_code_shows_it(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    parts = re.split(r"^### `([a-z0-9-]+)`$", text, flags=re.MULTILINE)
    for code, body in zip(parts[1::2], parts[2::2], strict=True):
        assert f"{CODES[code].severity}[{code}]: " in body, code


def test_the_readme_tells_of_every_verb_and_the_changelog_too() -> None:
    import click

    readme, changelog = (
        (REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "CHANGELOG.md")
    )
    for verb in app.list_commands(click.Context(app)):
        assert f"\n**`{verb}`** " in readme, verb
        assert f"`{verb}`" in changelog or f"`modelspec {verb}`" in changelog, verb


def test_a_link_leads_somewhere() -> None:
    for page in (*PAGES, "CHANGELOG.md"):
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            if "://" in target:
                continue
            path = (REPOSITORY / page).parent / file if file else REPOSITORY / page
            assert path.exists(), (page, target)
            if anchor:
                assert anchor in anchors(path.read_text(encoding="utf-8")), (page, target)


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
