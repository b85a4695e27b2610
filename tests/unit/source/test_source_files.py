"""Documents are read within bounds, and the paths they name stay inside the project."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from modelspec.diagnostics import Diagnostic, Place, Report, Source
from modelspec.diagnostics.render import render_full
from modelspec.source import limits
from modelspec.source.files import find_root, load_stdin, load_text, resolve_inside, shown_path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project `p` with a document in `p/nets`, beside a file outside of it."""
    root = tmp_path / "p"
    (root / "nets" / "parts").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "nets" / "net.yaml").write_text("modelspec: 1\n")
    (root / "nets" / "base.yaml").write_text("base: é\n", encoding="utf-8")
    (root / "nets" / "parts" / "block.yaml").write_text("")
    (root / "shared.yaml").write_text("")
    (tmp_path / "secret.yaml").write_text("secret")
    monkeypatch.chdir(root)
    return root


PLACE = Place(Source("net.yaml", "extends: x"), 9, 10)


def resolve(reference: str, root: Path, *allowed: Path, **more) -> Path | Diagnostic:
    report = Report()
    path = resolve_inside(
        reference, root / "nets", root, allowed=tuple(allowed), place=PLACE, report=report, **more
    )
    if path is not None:
        assert report.diagnostics == []
        return path
    (mistake,) = report.diagnostics
    assert mistake.place == PLACE
    return mistake


def load(path: Path, place: Place | None = None) -> tuple[Source, str] | Diagnostic:
    report = Report()
    loaded = load_text(path, report, place=place)
    if loaded is not None:
        assert report.diagnostics == []
        return loaded
    (mistake,) = report.diagnostics
    return mistake


# --- reading -------------------------------------------------------------------------------------------


def test_a_document_has_its_text_its_hash_and_its_folder(project):
    source, sha256 = load(Path("nets/base.yaml"))
    assert (source.name, source.text, source.folder) == ("nets/base.yaml", "base: é\n", project / "nets")
    assert sha256 == hashlib.sha256("base: é\n".encode()).hexdigest()


def test_a_document_on_standard_input_is_named_so(project):
    report = Report()
    source, sha256 = load_stdin(io.BytesIO(b"\xef\xbb\xbfa: 1"), report)
    assert (source.name, source.text, source.folder) == ("<stdin>", "a: 1", project)
    assert sha256 == hashlib.sha256(b"\xef\xbb\xbfa: 1").hexdigest()


def test_line_ends_stay_as_they_are(project):
    (project / "x.yaml").write_bytes(b"a: 1\r\nb: 2\r\n")
    assert load(Path("x.yaml"))[0].text == "a: 1\r\nb: 2\r\n"


@pytest.mark.parametrize(
    ("path", "name"), [("nets/net.yaml", "nets/net.yaml"), ("../secret.yaml", "../secret.yaml")]
)
def test_a_path_is_shown_as_the_user_would_write_it(project, path, name):
    assert shown_path(Path(path)) == name
    assert shown_path(project / path) == name


def test_a_path_elsewhere_is_shown_whole(project):
    assert shown_path(Path("/nowhere/x.yaml")) == "/nowhere/x.yaml"


def test_a_missing_file_is_named_with_the_nearest_one(project):
    mistake = load(Path("nets/bsae.yaml"))
    assert mistake.code == "file-not-found"
    assert render_full(mistake).splitlines() == [
        "error[file-not-found]: `nets/bsae.yaml` does not exist",
        " --> nets/bsae.yaml",
        "help: did you mean `base.yaml`?",
    ]


def test_a_suffix_in_common_makes_no_names_alike(project):
    (project / "tabs.yaml").write_text("")
    assert load(Path("bse.yaml")).help is None
    (project / "base.yml").write_text("")
    assert load(Path("bse.yaml")).help == "did you mean `base.yml`?"


def test_of_a_missing_folder_the_nearest_folder_is_named(project):
    assert load(Path("nest/base.yaml")).help == "did you mean `nets`?"
    assert load(Path("quite/elsewhere.yaml")).help is None


def test_a_missing_file_that_a_document_names_is_told_there(project):
    assert load(Path("nets/bsae.yaml"), PLACE).place == PLACE


def test_a_folder_is_no_document(project):
    assert load(Path("nets")).message == "`nets` is a folder"


def test_a_path_that_cannot_be_one_is_no_document(project):
    assert load(Path("a\0b")).message == "`a\\x00b` is no path"
    assert load(Path("x" * 5_000)).code == "file-not-found"


def test_bytes_that_are_not_utf8_are_shown_where_they_stand(project):
    (project / "x.yaml").write_bytes("a: é\nb: ".encode() + b"caf\xe9\n")
    mistake = load(Path("x.yaml"), PLACE)
    assert (mistake.code, str(mistake.place)) == ("not-utf8", "x.yaml:2:7")
    assert "0xe9" in mistake.message
    assert mistake.labels[0].place == PLACE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_another_unicode_is_not_utf8(project, encoding):
    (project / "x.yaml").write_bytes("a: é\n".encode(encoding))
    assert load(Path("x.yaml")).code == "not-utf8"


def test_a_file_of_too_many_bytes_is_not_read_whole(project):
    with (project / "x.yaml").open("wb") as stream:
        stream.truncate(limits.MAX_BYTES * 1_000)
    mistake = load(Path("x.yaml"))
    assert (mistake.code, "16,777,216 bytes" in mistake.message) == ("too-large", True)


def test_standard_input_without_end_is_not_read_whole():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            assert size > 0
            self.taken += size
            return b"a" * size

    report = Report()
    stream = Endless()
    assert load_stdin(stream, report) is None
    assert report.diagnostics[0].code == "too-large"
    assert stream.taken <= limits.MAX_BYTES + 1


def test_a_pipe_is_read_for_the_caller_and_refused_to_a_document(project):
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_text("a: 1"))
    writer.start()
    source, _ = load(Path("pipe"))
    writer.join()
    assert source.text == "a: 1"
    assert load(Path("pipe"), PLACE).message == "`pipe` is no regular file"


def test_a_device_is_no_document():
    assert load(Path("/dev/zero")).message == "`/dev/zero` is no regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission_is_told(project):
    (project / "x.yaml").touch(mode=0o000)
    assert load(Path("x.yaml")).message == "`x.yaml` cannot be read: permission denied"


# --- the root ------------------------------------------------------------------------------------------


def test_the_root_is_the_nearest_folder_above_with_a_mark(project):
    assert find_root(project / "nets" / "net.yaml") == project
    (project / "nets" / ".git").write_text("gitdir: elsewhere")
    assert find_root(Path("nets/net.yaml")) == project / "nets"


def test_without_a_mark_the_root_is_the_folder_of_the_document(tmp_path):
    assert find_root(tmp_path / "a" / "net.yaml") == tmp_path / "a"


def test_the_root_is_that_of_the_document_a_link_leads_to(project, tmp_path):
    (tmp_path / "link.yaml").symlink_to(project / "nets" / "net.yaml")
    assert find_root(tmp_path / "link.yaml") == project


# --- references ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("base.yaml", "nets/base.yaml"),
        ("./parts/block.yaml", "nets/parts/block.yaml"),
        ("../shared.yaml", "shared.yaml"),
        ("parts/../base.yaml", "nets/base.yaml"),
    ],
)
def test_a_reference_inside_the_root_is_the_file(project, reference, path):
    assert resolve(reference, project) == project / path


def test_a_link_that_stays_inside_is_the_file_it_leads_to(project):
    (project / "nets" / "link.yaml").symlink_to("../shared.yaml")
    assert resolve("link.yaml", project) == project / "shared.yaml"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("../../secret.yaml", "lies outside of the project"),
        ("parts/../../../secret.yaml", "lies outside of the project"),
        ("..", "is a folder"),
        ("../..", "lies outside of the project"),
        ("/etc/passwd", "is an absolute path out of the project"),
        ("/dev/zero", "is an absolute path"),
        ("//etc/passwd", "is an absolute path"),
        ("https://example.org/x.yaml", "is a URL"),
        ("file:///etc/passwd", "is a URL"),
        ("..\\..\\secret.yaml", "is a path of Windows"),
        ("C:/x.yaml", "is a path of Windows"),
        ("c:x.yaml", "is a path of Windows"),
        ("~/x.yaml", "is a path from a home folder"),
        ("a\0b", "is no path"),
        ("", "is no path"),
        (" ", "is no path"),
    ],
)
def test_a_reference_that_leads_out_is_refused(project, reference, message):
    mistake = resolve(reference, project)
    assert mistake.code == ("outside-root" if reference != ".." else "file-not-found")
    assert message in mistake.message
    assert mistake.help


def test_an_absolute_path_is_refused_even_inside(project):
    mistake = resolve(str(project / "shared.yaml"), project)
    assert (mistake.code, mistake.help) == ("outside-root", "write it relative to this document")


@pytest.mark.parametrize("target", ["../../secret.yaml", "{tmp}/secret.yaml"])
def test_a_link_that_leads_out_is_refused(project, tmp_path, target):
    (project / "nets" / "link.yaml").symlink_to(target.format(tmp=tmp_path))
    mistake = resolve("link.yaml", project)
    assert mistake.code == "outside-root"
    assert "is a link that leads out of the project" in mistake.message


def test_a_link_of_a_folder_that_leads_out_is_refused(project, tmp_path):
    (project / "nets" / "out").symlink_to(tmp_path)
    assert resolve("out/secret.yaml", project).code == "outside-root"
    assert resolve("out/nothing.yaml", project).code == "outside-root"


def test_a_link_that_leads_to_itself_is_told(project):
    (project / "nets" / "loop.yaml").symlink_to("loop.yaml")
    mistake = resolve("loop.yaml", project)
    assert (mistake.code, mistake.message) == ("file-not-found", "`loop.yaml` is a link that leads to itself")


def test_a_file_elsewhere_may_be_allowed(project, tmp_path):
    secret = tmp_path / "secret.yaml"
    assert resolve("../../secret.yaml", project, secret) == secret
    assert resolve("../../secret.yaml", project, tmp_path) == secret
    assert resolve(str(secret), project, tmp_path) == secret
    assert resolve("../../secret.yaml", project, tmp_path / "other").code == "outside-root"
    assert resolve("../../secret.yaml", project, tmp_path / "secret").code == "outside-root"


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(project, tmp_path):
    (tmp_path / "alias").symlink_to(project)
    assert resolve("base.yaml", tmp_path / "alias") == project / "nets" / "base.yaml"


def test_a_missing_reference_is_told_with_the_nearest_name(project):
    mistake = resolve("bsae.yaml", project)
    assert (mistake.code, mistake.message, mistake.help) == (
        "file-not-found",
        "`bsae.yaml` does not exist",
        "did you mean `base.yaml`?",
    )
    assert resolve("part/block.yaml", project).help == "did you mean `parts`?"
    assert resolve("base.yaml/x", project).code == "file-not-found"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_reference_to_no_regular_file_is_refused(project, kind):
    path = project / "nets" / "special"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    mistake = resolve("special", project)
    assert (mistake.code, mistake.message) == (
        "file-not-found",
        f"`special` {'is a folder' if kind == 'folder' else 'is no regular file'}",
    )


def test_a_folder_is_taken_where_folders_are(project):
    assert resolve("parts", project, folders="taken") == project / "nets" / "parts"
    assert resolve("../..", project, folders="taken").code == "outside-root"


def test_the_working_folder_is_not_shown_as_a_dot(project):
    assert "whose root is the working folder" in resolve("../../secret.yaml", project).message
