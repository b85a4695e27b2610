"""Which modules and Python files the caller lets documents import."""

from __future__ import annotations

from pathlib import Path

from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.language.words import is_file
from modelspec.source.files import shown_path


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be imported.

    Args:
        modules: by dotted name; each stands for what lies below it as well.
        files: Python files, and folders for all the files below them; links resolved.
    """

    modules: frozenset[str] = frozenset()
    files: frozenset[Path] = frozenset()

    def has_module(self, name: str) -> bool:
        """Whether a module may be imported."""
        steps = name.split(".")
        return any(".".join(steps[:count]) in self.modules for count in range(1, len(steps) + 1))

    def has_file(self, path: Path) -> bool:
        """Whether a Python file may be imported."""
        return any(path == allowed or path.is_relative_to(allowed) for allowed in self.files)


def allowed_by_caller(given: tuple[str, ...], here: Path, report: Report) -> Allowed:
    """What `--allow` and the `pyproject.toml` above the working folder allow together.

    Args:
        given: modules and files, relative to `here`.
        here: the caller's working folder; no document has a say in which `pyproject.toml` counts.
        report: gets `bad-setting` where that file cannot be read, or says something else than a list.
    """
    entries = [(text, here) for text in given]
    settings = _settings(here, report)
    if settings is not None:
        path, listed = settings
        if isinstance(listed, list) and all(isinstance(text, str) for text in listed):
            entries += [(text, path.parent) for text in listed]
        else:
            report.add(
                "bad-setting",
                f"`allow` under `[tool.modelspec]` of `{shown_path(path)}` is no list of modules",
                help='write `allow = ["acme", "layers.py"]`',
            )
    return Allowed(
        frozenset(text for text, _ in entries if not is_file(text)),
        frozenset((folder / text).resolve() for text, folder in entries if is_file(text)),
    )


def _settings(here: Path, report: Report) -> tuple[Path, object] | None:
    """The nearest `pyproject.toml` and what it says under `allow`; `None` where none says anything."""
    for folder in (here, *here.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            import tomllib  # late: only documents that use modules need it

            try:
                tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
            except (OSError, ValueError) as error:
                report.add(
                    "bad-setting",
                    f"`{shown_path(path)}` cannot be read: {str(error).rstrip('.').lower()}",
                    help="documents may import only what `--allow` names until it can",
                )
                return None
            section = tool.get("modelspec", {}) if isinstance(tool, dict) else {}
            listed = section.get("allow") if isinstance(section, dict) else None
            return (path, listed) if listed is not None else None
    return None
