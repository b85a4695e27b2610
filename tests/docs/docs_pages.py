"""Pages of documentation taken apart: fenced blocks, and the comments that say how each is run.

A comment on the line before a block says what the reader need not see, entries apart by `;`:

- `<!-- file: base.yaml -->`: the block is a file of that name, for the blocks of its section;
- `<!-- with: image -->`: a fragment, made a document by a wrapper of `WRAPPERS`;
- `<!-- error: code -->`, `<!-- warning: code -->`: what the block must give, codes apart by spaces;
- `<!-- keras -->`: a document that only Keras finds wrong, which the command below it shows;
- `<!-- part -->`: a file that is wrong by itself;
- `<!-- set: PATH=VALUE -->`: overrides, apart by spaces;
- `<!-- allow: own_layers.py -->`: modules that may be imported, apart by spaces;
- `<!-- build -->`: the archive is written and loaded, too;
- `<!-- raises: code -->`: a Python block that ends with a `SpecError`;
- `<!-- printed -->`: what the Python block above prints, or the text of what it raises;
- `<!-- setup: name -->`: a function of `docs_setups` prepares the folder of a console block;
- `<!-- varies -->`: a console block whose text depends on releases of Keras; only its codes are compared.

A section ends at the next heading; on a page of `WHOLE_PAGES` files last to its end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

REPOSITORY = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/language.md",
    "docs/errors.md",
    "docs/safety.md",
    "docs/editors.md",
    "docs/weights.md",
    "docs/training.md",
    "docs/sweeps.md",
    "docs/lint.md",
    "docs/version-control.md",
)
WHOLE_PAGES = frozenset({"README.md"})

# The inputs that a fragment may rely on.
WRAPPERS: Mapping[str, str] = MappingProxyType(
    {
        "vector": "inputs: {x: [8]}\n",
        "vectors": "inputs: {a: [8], b: [8]}\n",
        "image": "inputs: {image: [32, 32, 3]}\n",
        "sequence": "inputs: {steps: [10, 8]}\n",
        "nothing": "",
    }
)

_CODE_HEADING = re.compile(r"### `([a-z0-9-]+)`$")
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A fenced block.

    Args:
        page: the page, relative to the repository.
        line: the line of the opening fence, counted from 1.
        language: the word after the fence.
        text: what stands between the fences.
        section: the line of the heading above, `0` on a page whose files last to its end.
        notes: the entries of the comment before it.
    """

    page: str
    line: int
    language: str
    text: str
    section: int
    notes: Mapping[str, str]

    @property
    def id(self) -> str:
        """What tests call it."""
        return f"{Path(self.page).name}:{self.line}"


def read_blocks(page: str) -> tuple[Block, ...]:
    """All fenced blocks of a page, in order."""
    blocks: list[Block] = []
    lines = iter(enumerate((REPOSITORY / page).read_text(encoding="utf-8").splitlines(), 1))
    section, notes = 0, ""
    for number, line in lines:
        if line.startswith("```"):
            body = []
            for _, inner in lines:
                if inner.startswith("```"):
                    break
                body.append(f"{inner}\n")
            blocks.append(Block(page, number, line[3:].strip(), "".join(body), section, _notes(notes)))
            notes = ""
        elif line.startswith("#"):
            section, notes = (0 if page in WHOLE_PAGES else number), ""
        elif line.strip():
            comment = _COMMENT.match(line)
            notes = comment[1] if comment else ""
    return tuple(blocks)


def _notes(text: str) -> Mapping[str, str]:
    entries = (entry.partition(":") for entry in text.split(";") if entry.strip())
    return MappingProxyType({key.strip(): value.strip() for key, _, value in entries})


def all_blocks(language: str) -> tuple[Block, ...]:
    """The blocks of one language on all pages."""
    return tuple(block for page in PAGES for block in read_blocks(page) if block.language == language)


def document_of(block: Block) -> str:
    """The whole document that a YAML block stands for."""
    wrapper = block.notes.get("with")
    if wrapper is None:
        return block.text
    text = block.text
    if text.lstrip().startswith("- "):
        text = "layers:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    parts = [] if _has_key(text, "modelspec") else ["modelspec: 1\n"]
    if not _has_key(text, "inputs"):
        parts.append(WRAPPERS[wrapper])
    parts.append(text)
    if not any(_has_key(text, key) for key in ("layers", "model", "extends")):
        parts.append("layers:\n  - Dense: {units: 4}\n")
    return "".join(parts)


def _has_key(text: str, key: str) -> bool:
    return re.search(rf"^{key}:", text, re.MULTILINE) is not None


def write_files(block: Block, folder: Path) -> None:
    """Write the files that stand before a block in its section."""
    for other in read_blocks(block.page):
        name = other.notes.get("file")
        if name is not None and other.section == block.section and other.line <= block.line:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document_of(other), encoding="utf-8")


# The pages that describe codes, each code on one of them.
CODE_PAGES = ("docs/errors.md", "docs/lint.md")


def codes_of(page: str) -> tuple[tuple[str, int], ...]:
    """The codes that a page has a heading for, and the lines of the headings."""
    lines = (REPOSITORY / page).read_text(encoding="utf-8").splitlines()
    found = ((_CODE_HEADING.match(line), number) for number, line in enumerate(lines, 1))
    return tuple((heading[1], number) for heading, number in found if heading)


def meaning_lines(page: str) -> tuple[tuple[int, str], ...]:
    """The line below each code's heading, and what stands there: the code's meaning as a sentence."""
    from modelspec.diagnostics.codes import CODES

    return tuple(
        (number + 2, f"{CODES[code].meaning[:1].upper()}{CODES[code].meaning[1:]}.")
        for code, number in codes_of(page)
        if code in CODES
    )
