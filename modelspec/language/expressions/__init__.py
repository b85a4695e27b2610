r"""The `$…` of texts: what is read, what it may hold, and its value. No Python code is ever run for it.

A text holds, besides itself,

    "$$"                        the character `$`
    "$" name                    a variable, by the longest identifier: `block$i_conv` reads `i_conv`
    "${" name "}"               the same where a letter, digit or `_` follows
    "$(" expression ")"         the value of an expression

and every other `$` is a `$`. A text that is nothing but one of them has the value with its type; inside a
longer text a string stands as it is and every other value as YAML writes it (`true`, `0.001`, `[1, 2]`).

Expressions, the loosest operators first, with the precedence and associativity of Python's:

    expression  = or { "if" or "else" or }
    or          = and { "or" and }
    and         = not { "and" not }
    not         = "not" not | comparison
    comparison  = sum { ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" ) sum }
    sum         = product { ( "+" | "-" ) product }
    product     = sign { ( "*" | "/" | "//" | "%" ) sign }
    sign        = ( "-" | "+" ) sign | power
    power       = index [ "**" sign ]
    index       = value { "[" expression "]" }
    value       = number | string | "true" | "false" | "null" | name | "(" expression ")"
                | "[" [ expression { "," expression } [ "," ] ] "]"
                | function "(" [ expression { "," expression } [ "," ] ] ")"
    function    = "min" | "max" | "abs" | "int" | "float" | "round" | "ceil" | "floor" | "len" | "range"
                | "sum"
    number      = as in YAML 1.2, without sign: `16`, `017` (17), `0o17`, `0xff`, `.5`, `1e-3`, `.inf`, `.nan`
    string      = in single or double quotes, with `\\`, `\"`, `\'`, `\n`, `\t`, and `$$` for `$`
    name        = letter or "_", then letters, digits and "_"; where dotted names are on, such parts (later
                  ones may be whole numbers) joined by "."

Values are null, booleans, integers of 64 bits, floats, strings and lists. Anything else that a variable
holds is handed on as it is: it can be read, chosen, put into a list and compared with null, and no more.
"""

from modelspec.language.expressions.constants import format_constant
from modelspec.language.expressions.errors import ExpressionError
from modelspec.language.expressions.evaluate import evaluate, evaluate_expression
from modelspec.language.expressions.parser import parse_expression
from modelspec.language.expressions.syntax import Expression, Name, Template
from modelspec.language.expressions.template import parse_template

__all__ = [
    "Expression",
    "ExpressionError",
    "Name",
    "Template",
    "evaluate",
    "evaluate_expression",
    "format_constant",
    "parse_expression",
    "parse_template",
]
