"""The judge of serialization trees: what Keras writes of a harmless model passes, all else is found.

A tree is what stands in a `config.json`, in a verbatim dict of a document or in a resolved object. It is
walked whole: what is dangerous hides in a wrapper's config, a call's arguments, a loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from modelspec.catalog.lookup import Catalog
from modelspec.catalog.safety.finding import Finding, Step, shown
from modelspec.catalog.safety.names import SLICE, Kind, Resolved, resolve_name
from modelspec.catalog.safety.sizes import MOST_OUTPUT, MOST_WORK, sizes_of
from modelspec.frozen import dataclass

_Check = Callable[[Mapping[str, object], tuple[Step, ...]], Iterator[Finding]]

_ALLOW = "`--allow-unsafe` allows it, for files whose author you trust"
_REGISTER = "define the function in a module, register it, and name it here"

# Arguments of Keras' own classes that a path or URL may stand in, which is opened when the object is made.
PATH_ARGUMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "StringLookup": frozenset({"vocabulary", "idf_weights"}),
        "IntegerLookup": frozenset({"vocabulary", "idf_weights"}),
        "TextVectorization": frozenset({"vocabulary", "idf_weights"}),
        "IndexLookup": frozenset({"vocabulary", "idf_weights"}),
    }
)
# Arguments by which classes of others take paths and URLs, as far as names tell.
_PATH_LIKE = frozenset(
    {
        "cache_dir",
        "cache_subdir",
        "checkpoint",
        "checkpoint_path",
        "directory",
        "file",
        "file_path",
        "filename",
        "filepath",
        "idf_weights",
        "model_path",
        "origin",
        "path",
        "uri",
        "url",
        "vocab_file",
        "vocabulary",
        "vocabulary_file",
        "weights",
        "weights_path",
    }
)
_DOWNLOADS = frozenset({"imagenet", "noisy-student"})
# What is a path or URL rather than a word, and what leads out of the folder it is read from.
_PATH = re.compile(r"[/\\]|^~|^[A-Za-z]:|\.\w{1,8}$")
_OUTSIDE = re.compile(r"://|^[/\\~]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")


@dataclass(frozen=True, slots=True)
class _Owner:
    """The object that a value is an argument of, and whose its class is."""

    name: str
    kind: Kind


def judge(
    tree: object,
    catalog: Catalog,
    *,
    registered: Collection[str] = frozenset(),
    internal: Callable[[object], bool] = lambda node: False,
) -> Iterator[Finding]:
    """What a serialization tree must not hold, in the order of the tree.

    A class or function that is not Keras' own and not `registered` is a finding of the code
    `needs-code`; what that means is for the caller to say.

    Args:
        tree: JSON values.
        catalog: whose names are the allowlist.
        registered: names that the caller allows besides.
        internal: tells nodes that are passed over, such as a reference to a model of the document.
    """
    stack: list[tuple[object, tuple[Step, ...], _Owner | None]] = [(tree, (), None)]
    while stack:
        node, path, owner = stack.pop()
        match node:
            case dict():
                if internal(node):
                    continue
                inner = owner
                if "class_name" in node and "config" in node:
                    named = resolve_name(node, catalog, registered)
                    yield from _of_object(node, named, path, catalog)
                    if named.kind == "internal" and named.name != SLICE:
                        yield from _of_plain_value(node, named.name, path, owner)
                        continue
                    # A slice and what runs code own no arguments, but what stands in them is read as well.
                    inner = None if named.kind in ("code", "internal") else _Owner(named.name, named.kind)
                below = [
                    (value, (*path, str(key)), _owner_below(key, inner, owner))
                    for key, value in node.items()
                    if isinstance(value, dict | list | tuple | str)
                ]
                stack.extend(reversed(below))
            case list() | tuple():
                # A text in a list is a value, whatever it looks like; a vocabulary has a million.
                inside = [(n, item) for n, item in enumerate(node) if isinstance(item, dict | list | tuple)]
                stack.extend((item, (*path, n), owner) for n, item in reversed(inside))
            case str():
                yield from _of_text(node, path, owner)


def _of_plain_value(
    node: Mapping[str, object], marker: str, path: tuple[Step, ...], owner: _Owner | None
) -> Iterator[Finding]:
    """A value that Keras writes as a dict: numbers and texts in lists, of which no object is made."""
    config = node["config"]
    inside = [*config.values()] if isinstance(config, dict) else [config]
    beside = [value for key, value in node.items() if key != "config"]
    if not _is_plain(inside + beside):
        yield Finding(
            "unsafe-object",
            path,
            f"`{marker}` holds more than numbers, texts and lists of them",
            "write the value as Keras does",
        )
    value = config.get("value") if isinstance(config, dict) else None
    if marker == "__bytes__" and isinstance(value, str):
        yield from _of_text(value, path, owner)


def _is_plain(values: list[object]) -> bool:
    stack: list[object] = [values]
    while stack:
        match stack.pop():
            case list() | tuple() as items:
                stack.extend(items)
            case str() | int() | float() | None:
                pass
            case _:
                return False
    return True


def _owner_below(key: object, inner: _Owner | None, outer: _Owner | None) -> _Owner | None:
    """Whose argument a value under a key is: only `config` holds those of the object itself."""
    return inner if key == "config" or inner is outer else None


def _of_object(
    node: Mapping[str, object], named: Resolved, path: tuple[Step, ...], catalog: Catalog
) -> Iterator[Finding]:
    if named.kind in ("keras", "custom", "registered"):
        yield from _of_own_name(node["config"], named.name, path)
    match named.kind:
        case "code":
            what = "a Python lambda" if named.name == "__lambda__" else "a type that TensorFlow calls"
            yield Finding(
                "unsafe-object", path, f"{what} runs code when it is loaded", _REGISTER, liftable=True
            )
        case "forbidden":
            help_text = "name a class or function of Keras, or one that is registered"
            yield Finding("unsafe-name", path, named.reason, help_text)
        case "custom":
            yield Finding(
                "needs-code",
                path,
                f"`{shown(named.name)}` is not Keras' own: whoever loads it needs the code that registers it",
                "import the module that registers it, or give `custom_objects`",
                name=named.name,
            )
        case "keras":
            config = node["config"]
            if isinstance(config, dict):
                check = _CHECKS.get(named.name)
                if check is not None:
                    yield from check(config, path)
                yield from _of_sizes(named.name, config, path)


def _of_own_name(config: object, owner: str, path: tuple[Step, ...]) -> Iterator[Finding]:
    """An object's own name, by which the folder of its assets is called when it is saved."""
    name = config.get("name") if isinstance(config, dict) else None
    if isinstance(name, str) and (not name.isprintable() or "\\" in name or ".." in name.split("/")):
        yield Finding(
            "unsafe-path",
            (*path, "config", "name"),
            f"the name `{shown(name)}` of `{shown(owner)}` is no name of a folder, which assets are put into",
            "a name is letters, digits, `_` and `-`",
        )


def _of_sizes(name: str, config: Mapping[str, object], path: tuple[Step, ...]) -> Iterator[Finding]:
    for size in sizes_of(name, config):
        most = {"work": MOST_WORK, "output": MOST_OUTPUT}.get(size.of)
        if most is not None and size.amount > most:
            arguments = " and ".join(f"`{argument}`" for argument in size.arguments)
            what = "at once" if size.of == "work" else "for each sample"
            yield Finding(
                "excessive-size",
                (*path, "config", size.arguments[0]),
                f"{arguments} of `{name}`: {_number(size.amount)} numbers {what}, and {most:,} are allowed",
                "give a smaller number",
            )


def _number(amount: int) -> str:
    return f"{amount:,}" if amount < 10**21 else f"about 10^{len(str(amount)[:4000]) - 1}"


def _of_text(text: str, path: tuple[Step, ...], owner: _Owner | None) -> Iterator[Finding]:
    """A text where a path or URL may stand that is opened."""
    argument = path[-1] if path else None
    if owner is None or not isinstance(argument, str) or not text:
        return
    match owner.kind:
        case "keras":
            opened = argument in PATH_ARGUMENTS.get(owner.name, ())
        case "registered":
            # The caller allows its code, which may well read a file of the project.
            opened = argument in _PATH_LIKE and _OUTSIDE.search(text) is not None
        case _:
            opened = argument in _PATH_LIKE and (text in _DOWNLOADS or _PATH.search(text) is not None)
    if opened:
        what = "a URL" if "://" in text else "a path"
        yield Finding(
            "unsafe-path",
            path,
            f"`{argument}` of `{shown(owner.name)}` is {what}, which is opened when it is loaded",
            "write the values themselves, as a list",
            liftable=True,
        )


def _check_lambda(config: Mapping[str, object], path: tuple[Step, ...]) -> Iterator[Finding]:
    """A `Lambda` of the older form: code as a list of texts. Of a newer one, the lambda inside is found."""
    if isinstance(config.get("function"), list) or config.get("function_type") == "lambda":
        yield Finding(
            "unsafe-object",
            (*path, "config", "function"),
            "a Python lambda runs code when it is loaded",
            _REGISTER,
            liftable=True,
        )


def _check_program(config: Mapping[str, object], path: tuple[Step, ...]) -> Iterator[Finding]:
    """A layer around functions of JAX or Flax: they are registered ones, by name, or none."""
    for argument in ("call_fn", "init_fn", "module", "method"):
        given = config.get(argument)
        named = isinstance(given, dict) and "class_name" in given
        if given is not None and not named and not (argument == "method" and isinstance(given, str)):
            yield Finding(
                "unsafe-object",
                (*path, "config", argument),
                f"`{argument}` is no registered function or object, and so the code of somebody",
                _REGISTER,
                liftable=True,
            )


def _refused(message: str) -> _Check:
    def check(config: Mapping[str, object], path: tuple[Step, ...]) -> Iterator[Finding]:
        yield Finding("unsafe-object", path, message, _ALLOW, liftable=True)

    return check


# What is looked at beyond its name.
_CHECKS: Mapping[str, _Check] = MappingProxyType(
    {
        "Lambda": _check_lambda,
        "TFSMLayer": _refused("`TFSMLayer` loads a SavedModel from a path, and a SavedModel holds code"),
        "TorchModuleWrapper": _refused("`TorchModuleWrapper` reads a pickle, which can run any code"),
        "JaxLayer": _check_program,
        "FlaxLayer": _check_program,
    }
)
