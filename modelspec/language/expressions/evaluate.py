"""Expression and lookup to value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from modelspec.diagnostics import nearest
from modelspec.language.expressions.budget import Budget
from modelspec.language.expressions.constants import format_constant, holds_object, is_list, weigh
from modelspec.language.expressions.errors import ExpressionError, Fault, shorten
from modelspec.language.expressions.functions import FUNCTIONS, call
from modelspec.language.expressions.limits import MAX_DEPTH, MAX_INSERTED
from modelspec.language.expressions.operators import (
    apply_arithmetic,
    apply_comparison,
    apply_sign,
    condition,
    index,
)
from modelspec.language.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    Expression,
    Index,
    ListOf,
    Logical,
    Name,
    Node,
    Template,
    Unary,
)

Lookup = Callable[[str], object]


def evaluate(template: Template, lookup: Lookup, *, known: Iterable[str] = ()) -> object:
    """The value of a text: a string, or of any kind where the text is nothing but one `$…`.

    Args:
        lookup: the value of a name; `KeyError` where there is none. Every name is looked up once, those in
            branches that are not taken too, so that a misspelt name never hides.
        known: the names there are; they only serve the help of `unknown-variable`.

    Raises:
        ExpressionError: its offsets are into `template.text`.
    """
    evaluator = _Evaluator(_look_up(template.reads, lookup, known))
    if len(template.parts) == 1 and not isinstance(template.parts[0], str):
        return evaluator.value(template.parts[0])
    return "".join(evaluator.written(part, template.text) for part in template.parts)


def evaluate_expression(expression: Expression, lookup: Lookup, *, known: Iterable[str] = ()) -> object:
    """The value of a bare expression; arguments and errors as for `evaluate`."""
    return _Evaluator(_look_up(expression.reads, lookup, known)).value(expression.root)


@dataclass(slots=True)
class _Evaluator:
    """One evaluation: the values of the names, and what it may still cost."""

    values: Mapping[str, object]
    budget: Budget = field(default_factory=Budget)
    depth: int = 0
    inserted: int = 0

    def value(self, node: Node) -> object:
        """The value of a node."""
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                raise Fault(
                    "expression-too-large", f"the expression is nested deeper than {MAX_DEPTH} levels"
                )
            self.budget.spend(1)
            return self._value(node)
        except Fault as fault:
            raise _placed(fault, node.start, node.end) from None
        finally:
            self.depth -= 1

    def written(self, part: str | Node, text: str) -> str:
        """A part of a longer text: a string as it is, other values as YAML writes them."""
        if isinstance(part, str):
            return part
        value = self.value(part)
        try:
            if is_list(value) and isinstance(part, Name) and text[part.end : part.end + 1] == "[":
                raise Fault(
                    "expression-type",
                    f"`{text[part.start : part.end]}` is the whole list, and the `[` after it only text",
                    f"write `$({part.name}[0])`",
                )
            return self._formatted(value)
        except Fault as fault:
            raise _placed(fault, part.start, part.end) from None

    def _formatted(self, value: object) -> str:
        self.inserted += weigh(value, MAX_INSERTED)
        if self.inserted > MAX_INSERTED:
            raise Fault(
                "expression-too-large", f"more than {MAX_INSERTED:,} characters are put into one text"
            )
        if isinstance(value, str):
            return value
        if holds_object(value):
            what = "a list with an object in it" if is_list(value) else "an object"
            raise Fault(
                "expression-type",
                f"{what} cannot stand inside a longer text",
                "let the value be nothing but this one `$…`",
            )
        try:
            return format_constant(value)
        except ValueError:  # Python refuses to write integers of thousands of digits
            raise Fault("expression-too-large", "an integer here is too large to be written") from None

    def _value(self, node: Node) -> object:
        match node:
            case Constant():
                return node.value
            case Name():
                return self.values[node.name]
            case ListOf():
                items = [self.value(item) for item in node.items]
                self.budget.check_made(items)
                return items
            case Unary(operator="not"):
                return not condition(self.value(node.operand), "not")
            case Unary():
                return apply_sign(node.operator, self.value(node.operand))
            case Arithmetic():
                return self._arithmetic(node)
            case Comparison():
                return self._comparison(node)
            case Logical():
                return self._logical(node)
            case Conditional():
                return self._conditional(node)
            case Index():
                return self._index(node)
            case Call():
                arguments = tuple(self.value(argument) for argument in node.arguments)
                return call(node.function, arguments, budget=self.budget)

    def _arithmetic(self, node: Arithmetic) -> object:
        result = self.value(node.first)
        for symbol, operand in node.rest:
            right = self.value(operand)
            try:
                result = apply_arithmetic(symbol, result, right, budget=self.budget)
            except Fault as fault:
                raise _placed(fault, node.first.start, operand.end) from None
        return result

    def _comparison(self, node: Comparison) -> bool:
        left_node, left = node.first, self.value(node.first)
        for symbol, operand in node.rest:
            right = self.value(operand)
            try:
                if not apply_comparison(symbol, left, right, budget=self.budget):
                    return False
            except Fault as fault:
                raise _placed(fault, left_node.start, operand.end) from None
            left_node, left = operand, right
        return True

    def _logical(self, node: Logical) -> bool:
        decisive = node.operator == "or"  # the operand that settles the rest
        for operand in node.operands:
            if self._condition(operand, node.operator) == decisive:
                return decisive
        return not decisive

    def _conditional(self, node: Conditional) -> object:
        for value, wanted in node.cases:
            if self._condition(wanted, "if"):
                return self.value(value)
        return self.value(node.otherwise)

    def _condition(self, node: Node, user: str) -> bool:
        value = self.value(node)
        try:
            return condition(value, user)
        except Fault as fault:
            raise _placed(fault, node.start, node.end) from None

    def _index(self, node: Index) -> object:
        value = self.value(node.value)
        for position in node.indices:
            at = self.value(position)
            try:
                value = index(value, at)
            except Fault as fault:
                raise _placed(fault, node.value.start, position.end) from None
        return value


def _placed(fault: Fault, start: int, end: int) -> ExpressionError:
    return ExpressionError(fault.code, fault.message, start=start, end=end, help=fault.help)


def _look_up(reads: Iterable[Name], lookup: Lookup, known: Iterable[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for read in reads:
        if read.name in values:
            continue
        try:
            values[read.name] = lookup(read.name)
        except KeyError:
            raise _unknown(read, frozenset(known)) from None
    return values


_CONSTANT_WORDS = {"true": "true", "false": "false", "null": "null", "none": "null"}


def _unknown(read: Name, known: frozenset[str]) -> ExpressionError:
    """The error for a name that nobody bound, with the names it may have meant."""
    return ExpressionError(
        "unknown-variable",
        f"no variable is called `{shorten(read.name)}` here",
        start=read.start,
        end=read.end,
        help=_unknown_help(read, known),
    )


def _unknown_help(read: Name, known: frozenset[str]) -> str | None:
    name = read.name
    if len(name) > 100:
        return None
    if name in FUNCTIONS:
        return f"`{name}` is a function: write `{name}(…)`" + (
            " inside `$(…)`" if read.style != "inner" else ""
        )
    if name.lower() in _CONSTANT_WORDS:
        return f"write `{_CONSTANT_WORDS[name.lower()]}`, without `$`"
    near = nearest(name, known)
    meant = [f"`{_spelt(near, read)}`"] if near else []
    if read.style == "bare":
        # The longest identifier is read; one that starts it may be what was meant: `$i_conv`, `${i}_conv`.
        starts = [other for other in known if name.startswith(other)]
        if starts:
            longest = max(starts, key=len)
            meant.append(f"`${{{longest}}}{name[len(longest) :]}`")
    if meant:
        return f"did you mean {', or '.join(meant)}?"
    if not known:
        return "no variables are known here; they are written under `vars`"
    listed = ", ".join(f"`{other}`" for other in sorted(known)[:8])
    return f"the variables here are {listed}{' and others' if len(known) > 8 else ''}"


def _spelt(name: str, read: Name) -> str:
    """Another name, written the way the one that was read is."""
    match read.style:
        case "bare":
            return f"${name}"
        case "braced":
            return f"${{{name}}}"
        case "inner":
            return name
