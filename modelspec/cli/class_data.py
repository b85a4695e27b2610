"""What a document can name, as JSON values."""

from __future__ import annotations

from modelspec.catalog.example import example_of
from modelspec.catalog.reference import Name, Vocabulary, reference_of


def name_data(name: Name) -> dict[str, object]:
    """A name in a list."""
    return {
        "name": name.written,
        "full_name": name.full,
        "families": list(name.families),
        "about": name.about,
    }


def page_data(name: Name, vocabulary: Vocabulary) -> dict[str, object]:
    """All that is known of a name; an argument without a default is `required`."""
    reference = reference_of(name, vocabulary)
    span = reference.span
    return name_data(name) | {
        "since": span.since if span is not None else None,
        "until": span.until if span is not None else None,
        "module": reference.home,
        "aliases": list(reference.aliases),
        "strings": list(reference.strings),
        "needs_tensorflow": reference.needs_tensorflow,
        "example": example_of(reference),
        "arguments": [
            {
                "name": argument.name,
                "kinds": list(argument.kinds),
                "choices": list(argument.choices),
                "family": argument.family,
                "required": argument.required,
                "default": argument.default,
                "since": argument.since,
                "about": argument.about,
            }
            for argument in reference.arguments
        ],
        "any_argument": reference.open,
        "call": [{"name": tensor, "required": required} for tensor, required in reference.call.items()],
    }
