"""Which of PyYAML's two parsers reads: libyaml's, or the slower one in Python where that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from modelspec.source.python_parser import parse_in_python

Parse = Callable[[str], Iterator[Any]]
"""A text to its events; raises `yaml.YAMLError` on the way where it is not YAML."""


def parse_in_c(text: str) -> Iterator[Any]:
    """The events of a text by libyaml."""
    from yaml._yaml import CParser  # not there in every PyYAML

    return iter(CParser(text).get_event, None)


default_parse: Parse = parse_in_c if yaml.__with_libyaml__ else parse_in_python
