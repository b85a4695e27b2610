"""A foreign file judged by the rules for documents; nothing of it runs, and Keras is not imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from modelspec.archive.container import open_regular
from modelspec.archive.foreign import HEAD_SIZE
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS, Limits
from modelspec.archive.member_names import ASSETS, CONFIG, WEIGHTS
from modelspec.archive.npz import flaws_of_npz, npy_flaw
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.recognition import HDF5_SIGNATURE, Kind, identify_file, kind_of
from modelspec.archive.refusal import Refused
from modelspec.archive.safetensors import flaws_of as flaws_of_safetensors
from modelspec.archive.shard_map import WEIGHT_MAP, read_shard_map
from modelspec.catalog.load import newest_packaged_catalog
from modelspec.catalog.safety.finding import Finding, path_text, shown
from modelspec.catalog.safety.judge import judge
from modelspec.catalog.safety.policy import MAX_PARAMS
from modelspec.catalog.safety.sizes import parameters_of
from modelspec.diagnostics import Diagnostic, Report, SpecError
from modelspec.diagnostics.codes import CODES, Severity
from modelspec.weights.foreign_hdf5 import flaws_of as flaws_of_hdf5

_MOST_KEPT = 100
_PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


# What to do about a file of somebody else, where a document's author would rather write something else.
_HELP: Mapping[str, str] = MappingProxyType(
    {
        "unsafe-object": "load it only if you trust who made it, and then with `safe_mode=False`",
        "unsafe-name": "do not load it: Keras writes no such name",
        "unsafe-path": "ask for the archive with the values in it, which is how Keras writes them",
        "excessive-size": "do not load it on a machine that others need",
        "needs-code": "read the code before you import the module that registers it",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of an audit.

    Args:
        member: the member of an archive, or the shard; `` for the file itself.
        path: in the member: of a JSON value (`config.layers[2].config`), an HDF5 object, a tensor.
        name: of `needs-code`, the class or function that is to be registered, fit to be printed.
    """

    code: str
    member: str
    path: str
    message: str
    help: str | None = None
    name: str = ""

    @property
    def severity(self) -> Severity:
        """`error` or `warning`, fixed by the code."""
        return CODES[self.code].severity


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Args:
        form: what the file is, as a noun.
        problems: in the order of the file; of errors and of warnings the first hundred each.
        left_out: how many problems there are besides.
        needs: the names of all classes and functions that loading needs the code of, sorted.
    """

    path: Path
    form: str
    problems: tuple[Problem, ...]
    left_out: int
    needs: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is worse than a warning."""
        return all(problem.severity != "error" for problem in self.problems)


def audit_file(path: Path, *, max_params: int = MAX_PARAMS, limits: Limits = LIMITS) -> Audit:
    """Judge an archive, packed or not, a file of weights or a `config.json`, known by its content."""
    form, found = "file", _Found()
    try:
        form, auditor = _auditor(path)
        # To the end, however much is found: what comes last may be the worst.
        for problem in auditor(path, max_params, limits):
            found.add(problem)
    except Refused as refused:
        found.add(Problem(refused.code, "", "", f"the file {refused.message}", refused.help))
    except FileNotFoundError:
        found.add(Problem("file-not-found", "", "", "the file does not exist"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        found.add(Problem("file-not-found", "", "", f"the file cannot be read: {reason}"))
    left_out = found.counts.total() - len(found.kept)
    return Audit(path, form, tuple(found.kept), left_out, tuple(sorted(found.needs)))


@dataclass(slots=True)
class _Found:
    """What an audit has found so far: as much of it as is kept, and how much there was."""

    kept: list[Problem] = field(default_factory=list)
    counts: Counter[Severity] = field(default_factory=Counter)
    needs: set[str] = field(default_factory=set)

    def add(self, problem: Problem) -> None:
        self.counts[problem.severity] += 1
        if self.counts[problem.severity] <= _MOST_KEPT:
            self.kept.append(problem)
        if problem.name:
            self.needs.add(problem.name)


_Auditor = Callable[[Path, int, Limits], Iterator[Problem]]


def _auditor(path: Path) -> tuple[str, _Auditor]:
    """What a file is, and who judges it.

    That is told by its content, except for a name in `.keras`: Keras opens that as an archive.
    """
    if path.is_dir():
        return "unzipped archive", _archive
    with open_regular(path) as file:
        kind = kind_of(file)
        if path.name.endswith(".keras"):
            return "Keras archive", _archive
        if kind is None:
            what, help_text = identify_file(file)
            raise Refused("not-an-archive", f"is {what}, not a model or weights", help=help_text)
    if kind == "zip" and not _is_npz(path):
        return "Keras archive", _archive
    return _AUDITORS[kind]


def _is_npz(path: Path) -> bool:
    """Whether the first member of a zip archive is an array: an archive of Keras begins with JSON."""
    with open_regular(path) as file:
        head = file.read(HEAD_SIZE)
    length = int.from_bytes(head[26:28], "little")
    return path.suffix == ".npz" or head[30 : 30 + length].endswith(b".npy")


def _archive(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    report = Report()
    archive = open_keras(path, report, limits=limits)
    yield from _told(report, path)
    if archive is None:
        return
    with archive:
        yield from _config(archive.config, CONFIG, max_params)
        yield from _damage(archive, path)
        yield from _asset_pickles(archive)
        try:
            weights = archive.weights()
        except SpecError as error:
            yield _problem(error.diagnostics[-1], path)
            return
        if weights is not None:
            yield from _of_hdf5(weights, WEIGHTS)


def _told(report: Report, path: Path) -> Iterator[Problem]:
    for item in report.diagnostics:
        yield _problem(item, path)


def _problem(item: Diagnostic, path: Path) -> Problem:
    return Problem(item.code, "", "", item.message.replace(f"`{path}`", "the file", 1), item.help)


def _damage(archive: KerasArchive, path: Path) -> Iterator[Problem]:
    try:
        archive.verify()
    except SpecError as error:
        yield _problem(error.diagnostics[-1], path)


def _asset_pickles(archive: KerasArchive) -> Iterator[Problem]:
    for member in archive.members:
        if member.name.startswith(ASSETS) and archive.head(member, 2).startswith(_PICKLE_STARTS):
            yield Problem(
                "unsafe-object",
                member.name,
                "",
                "it is a Python pickle, which can run any code when it is read",
                "Keras writes no pickles: ask for the archive without it",
            )


def _config(config: Mapping[str, object], member: str, max_params: int) -> Iterator[Problem]:
    for found in judge(config, newest_packaged_catalog()):
        yield _of_finding(found, member)
    if parameters_of(config) > max_params:
        yield Problem(
            "too-many-parameters",
            member,
            "",
            f"the model has more than {max_params:,} parameters, by its arguments alone",
            "`--max-params` allows more",
        )


def _of_finding(found: Finding, member: str) -> Problem:
    return Problem(
        found.code,
        member,
        path_text(found.path),
        found.message,
        _HELP.get(found.code),
        name=shown(found.name),
    )


def _hdf5(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    with open_regular(path) as file:
        yield from _of_hdf5(file, "")


def _of_hdf5(file: object, member: str) -> Iterator[Problem]:
    for path, message in flaws_of_hdf5(file):
        yield Problem("unsafe-weights", member, path, message, "save the weights anew with Keras")


def _npz(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    for member, message in flaws_of_npz(path, limits):
        yield Problem("unsafe-weights", member, "", message)


def _npy(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    with open_regular(path) as file:
        flaw = npy_flaw(file.read(1 << 16), path.stat().st_size)
    if flaw is not None:
        yield Problem("unsafe-weights", "", "", flaw)


def _safetensors(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    for tensor, message in flaws_of_safetensors(path, limits):
        yield Problem("unsafe-weights", "", tensor, message)


def _json(path: Path, max_params: int, limits: Limits) -> Iterator[Problem]:
    """A bare `config.json`, or the map of weights that lie in several files."""
    with open_regular(path) as file:
        data = file.read(limits.json + 1)
    if len(data) > limits.json:
        raise Refused("archive-too-large", f"has more than {limits.json:,} bytes of JSON")
    value = read_json(data, limits)
    if WEIGHT_MAP in value:
        yield from _shards(value, path)
    elif isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict):
        yield from _config(value, "", max_params)
    else:
        raise Refused("archive-config", "describes no Keras object and maps no weights")


def _shards(value: Mapping[str, object], path: Path) -> Iterator[Problem]:
    shard_map = read_shard_map(value, path.parent)
    for flaw in shard_map.flaws:
        yield Problem(flaw.code, "", flaw.where, flaw.message)
    for name in shard_map.files:
        shard = path.parent / name
        if shard.is_symlink() or not shard.is_file():
            continue
        with open_regular(shard) as file:
            if file.read(8) != HDF5_SIGNATURE:
                yield Problem("unsafe-weights", name, "", "it is no HDF5 file")
                continue
            file.seek(0)
            yield from _of_hdf5(file, name)


_AUDITORS: Mapping[Kind, tuple[str, _Auditor]] = MappingProxyType(
    {
        "zip": ("npz file", _npz),
        "hdf5": ("HDF5 file of weights", _hdf5),
        "npy": ("npy file", _npy),
        "safetensors": ("safetensors file", _safetensors),
        "json": ("JSON file", _json),
    }
)
