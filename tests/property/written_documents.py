"""Documents as people write them who do not care how: every style of YAML, and comments anywhere."""

from __future__ import annotations

from random import Random

_WORDS = (
    "Dense",
    "filters",
    "units",
    "a b",
    "relu",
    "x",
    "same",
    "tokens",
    "w_1",
    "on",
    "~",
    "naïve",
    "層",
    "a#b",
    "it's",
)
_NUMBERS = ("1", "1e-3", "0o17", "-0.5", "12:30", "1_000", "017", ".inf", "true", "null", "~")
_EXPRESSIONS = ("$width", "$(n * 2)", "$(1 / 255)")
_REMARKS = (
    "# why",
    "#",
    "#no space",
    "#\ttab\there  ",
    "# naïve — 層",
    "# a: [1, 2",
    '# "',
    "# - x: y",
    "#  ",
    "# fmt: off",
    "# fmt: on",
)


class Writer:
    """Writes one document, by the choices of `random`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.anchors: list[str] = []
        self.open: list[str] = []
        self.serial = 0

    def document(self) -> str:
        """A document; most can be read."""
        lines = ["modelspec: 1"]
        if self.chance(0.1):
            lines.insert(0, "---")
        step = self.random.choice((1, 2, 3, 4))
        for _ in range(self.random.randint(1, 6)):
            lines += self.blanks() + self.remarks(0)
            lines += self.entry(0, step, 3)
        lines += self.blanks() + self.remarks(self.random.choice((0, 2)))
        ends = self.random.choice(("\n", "\n", "\n", "\r\n"))
        text = ends.join(line for part in lines for line in part.split("\n"))
        return text + self.random.choice((ends, ends, "", ends * 3, f"  {ends}"))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pad(self, least: int = 0) -> str:
        return " " * (least + (self.random.randint(0, 4) if self.chance(0.3) else 0))

    def blanks(self) -> list[str]:
        return ["  " if self.chance(0.2) else "" for _ in range(self.random.choice((0, 0, 0, 1, 2, 3)))]

    def remarks(self, column: int) -> list[str]:
        if self.chance(0.75):
            return []
        column = max(0, column + self.random.choice((0, 0, 0, -2, 2, 5)))
        count = self.random.choice((1, 1, 2, 3))
        return [" " * column + self.random.choice(_REMARKS) for _ in range(count)]

    def remark(self) -> str:
        return f"{self.pad(1)}{self.random.choice(_REMARKS)}" if self.chance(0.2) else self.pad()

    def key(self) -> str:
        self.serial += 1
        word = f"{self.random.choice(('k', 'Layer', 'name', 'rename', 'blocks', 'a b', 'é'))}{self.serial}"
        return self.random.choice((word, word, word, f'"{word}"', f"'{word}'"))

    def entry(self, column: int, step: int, depth: int) -> list[str]:
        """A key of a mapping that stands in a column, with its value."""
        key = f"{' ' * column}{self.key()}{self.pad()}:"
        match self.random.randint(0, 5 if depth else 2):
            case 0 | 1:
                return [f"{key}{self.pad(1)}{self.value(column)}"]
            case 2:
                return [f"{key}{self.remark()}"]
            case 3:
                anchor = self.anchor()
                inner = self.mapping(column + step, step, depth - 1)
            case 4:
                anchor = self.anchor()
                inner = self.list(column + (0 if self.chance(0.3) else step), step, depth - 1)
            case _:
                return [f"{key}{self.pad(1)}{self.flow(depth, column)}{self.remark()}"]
        return [f"{key}{f' {anchor}' if anchor else ''}{self.remark()}", *inner]

    def mapping(self, column: int, step: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 4)):
            lines += self.blanks() + self.remarks(column) + self.entry(column, step, depth)
        return lines

    def list(self, column: int, step: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 4)):
            lines += self.blanks() + self.remarks(column)
            dash = f"{' ' * column}-{self.pad(1)}"
            kind = self.random.randint(0, 4 if depth else 1)
            if kind == 0:
                lines.append(f"{dash}{self.value(column)}")
            elif kind == 1:
                lines.append(f"{dash}{self.flow(2, column)}{self.remark()}")
            elif kind == 2:
                lines += [f"{' ' * column}-{self.remark()}", *self.mapping(column + step, step, depth - 1)]
            else:
                make = self.mapping if kind == 3 else self.list
                inner = make(len(dash), step, depth - 1)
                first = next(
                    number
                    for number, line in enumerate(inner)
                    if line.strip(" ") and "#" not in line[: len(dash) + 1]
                )
                lines += [f"{dash}{inner[first][len(dash) :]}", *inner[first + 1 :]]
        return lines

    def value(self, column: int) -> str:
        """A scalar or alias and what stands behind it on the line, with its lines."""
        deeper = "\n" + " " * (column + self.random.randint(1, 5))
        match self.random.randint(0, 9):
            case 0:
                header = self.random.choice(("|", ">", "|-", ">+", "|+", "|  # why"))
                lines = [
                    self.random.choice(("text", "  more", "", "# none", "a: b", "x  ")) for _ in range(3)
                ]
                return header + "".join(f"{deeper}{line}" if line else "\n" for line in ("first", *lines))
            case 1:
                digit = self.random.randint(1, 4)
                return f"|{digit}\n{' ' * (column + digit)}  more\n{' ' * (column + digit)}text"
            case 2:
                return f'"two{self.pad()}{deeper}lines"{self.remark()}'
            case 3:
                return f"two words{deeper}on lines{self.remark()}"
            case 4 if self.anchors:
                return f"*{self.random.choice(self.anchors)}{self.remark()}"
            case _:
                anchor = self.anchor()
                return f"{f'{anchor}  ' if anchor else ''}{self.scalar()}{self.remark()}"

    def anchor(self) -> str:
        """An anchor, now and then; aliases know it from the next one on."""
        self.anchors, self.open = [*self.anchors, *self.open], []
        if self.chance(0.9):
            return ""
        self.serial += 1
        self.open = [f"x{self.serial}"]
        return f"&x{self.serial}"

    def scalar(self) -> str:
        word = self.random.choice((*_WORDS, *_NUMBERS, *_EXPRESSIONS))
        quoted = word.replace("'", "''")
        return self.random.choice((word, word, f"'{quoted}'", f'"{word}"', '"\\u00e9\\n"'))

    def flow(self, depth: int, column: int) -> str:
        """A collection in brackets, most on one line."""
        breaks = self.chance(0.15)

        def gap() -> str:
            if breaks and self.chance(0.4):
                return f"{self.remark()}\n" + " " * (column + self.random.randint(1, 8))
            return self.pad()

        count = self.random.choice((0, 1, 2, 3, 8))
        parts: list[str] = []
        is_mapping = self.chance(0.6)
        for _ in range(count):
            inner = self.flow(depth - 1, column) if depth and self.chance(0.4) else self.flow_scalar()
            if is_mapping:
                key = self.key()
                inner = f"{key}{self.pad()}:{self.pad(1)}{inner}"
            parts.append(f"{gap()}{inner}{gap()}")
        comma = "," if parts and self.chance(0.1) else ""
        start, end = "{}" if is_mapping else "[]"
        return f"{start}{','.join(parts)}{comma}{gap()}{end}"

    def flow_scalar(self) -> str:
        if self.anchors and self.chance(0.1):
            return f"*{self.random.choice(self.anchors)} "
        return self.scalar()
