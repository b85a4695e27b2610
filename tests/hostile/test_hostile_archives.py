"""Forged archives: each is refused by its own diagnostic, quickly, and nothing of it is written or run."""

from __future__ import annotations

import io
import itertools
import json
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelspec.archive.limits import Limits
from modelspec.archive.reader import open_keras
from modelspec.diagnostics import Diagnostic, Report, SpecError

CONFIG = b'{"class_name": "Sequential", "config": {"layers": []}}'
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(range(256))


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive that `zipfile` packs; the config is added if no member is one."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", method) as archive:
        if all(getattr(name, "filename", name) != "config.json" for name, _ in members):
            archive.writestr("config.json", CONFIG)
        for name, data in members:
            archive.writestr(name, data)
    return result.getvalue()


HONEST = packed(("metadata.json", b"{}"), ("model.weights.h5", HDF5))


def doubled(name: str, first: bytes, second: bytes) -> bytes:
    """Two members of one name, without `zipfile`'s warning."""
    return packed((name, first), (name[:-1] + "\x7f", second)).replace(
        name[:-1].encode() + b"\x7f", name.encode()
    )


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., Diagnostic]:
    def refusal(data: bytes, **limits: int) -> Diagnostic:
        path = tmp_path / "net.keras"
        path.write_bytes(data)
        report = Report()
        assert open_keras(path, report, limits=Limits(**limits)) is None
        assert list(tmp_path.iterdir()) == [path]
        (found,) = report.diagnostics
        assert found.message.startswith(f"`{path}` ")
        assert found.message.isprintable()
        return found

    return refusal


def test_the_honest_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(HONEST)
    report = Report()
    with open_keras(tmp_path / "net.keras", report) as archive:
        archive.verify()
    assert report.diagnostics == []


def test_two_configs_are_refused_because_readers_differ_in_which_they_take(refusal) -> None:
    evil = CONFIG.replace(b"Sequential", b"EvilLambda")
    found = refusal(doubled("config.json", CONFIG, evil))
    assert found.code == "unsafe-archive"
    assert "two members called `config.json`" in found.message


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../../x", "leads out of the archive"),
        ("assets/../../x", "leads out of the archive"),
        ("assets/..", "leads out of the archive"),
        ("/etc/passwd", "is absolute"),
        ("a\\..\\b", "has a backslash"),
        ("C:/x", "starts with a drive"),
        ("c:x", "starts with a drive"),
        ("assets//x", "has an empty part"),
        ("./config2.json", "has an empty part"),
        ("a\nb", "has a control character"),
        ("a\x1b[31mb", "has a control character"),
        ("config.json\x7f", "has a control character"),
        ("/", "is empty"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(refusal, name: str, problem: str) -> None:
    # `zipfile` tidies names when it writes; a name of the same length is put in afterwards.
    stand_in = "Z" * len(name)
    found = refusal(packed((stand_in, b"x")).replace(stand_in.encode(), name.encode()))
    assert found.code == "unsafe-archive"
    assert found.message.endswith(f"whose name {problem}")


def test_a_name_that_some_readers_cut_at_a_zero_byte_is_refused(refusal) -> None:
    found = refusal(packed(("config.jsonZ", b"x")).replace(b"config.jsonZ", b"config.json\0"))
    assert "has a member `config.json\\x00` whose name has a control character" in found.message


def test_a_second_name_in_an_extra_field_is_refused(refusal) -> None:
    info = zipfile.ZipInfo("readme")
    other = b"config.json"
    info.extra = struct.pack("<HHBL", 0x7075, 5 + len(other), 1, zlib.crc32(b"readme")) + other
    found = refusal(packed((info, b"x")))
    assert "two names" in found.message


@pytest.mark.parametrize(
    ("kind", "words"), [(stat.S_IFLNK, "symbolic link"), (stat.S_IFIFO, "no file"), (stat.S_IFCHR, "no file")]
)
def test_members_that_are_no_files_are_refused(refusal, kind: int, words: str) -> None:
    info = zipfile.ZipInfo("assets/x")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    found = refusal(packed((info, b"/etc/passwd")))
    assert found.code == "unsafe-archive"
    assert words in found.message


def patched(data: bytes, signature: bytes, offset: int, value: bytes, *, index: int = 0) -> bytes:
    """An archive with a field of its `index`th record of a kind overwritten."""
    at = -1
    for _ in range(index + 1):
        at = data.index(signature, at + 1)
    return data[: at + offset] + value + data[at + offset + len(value) :]


def both(data: bytes, local_offset: int, value: bytes, *, index: int = 0) -> bytes:
    """The same field overwritten in a member's two records."""
    data = patched(data, b"PK\x03\x04", local_offset, value, index=index)
    return patched(data, b"PK\x01\x02", local_offset + 2, value, index=index)


@pytest.mark.parametrize("flags", [1, 1 << 6, 1 << 13, 0xFFFF & ~(1 << 3 | 1 << 5)])
def test_encrypted_members_are_refused(refusal, flags: int) -> None:
    found = refusal(both(HONEST, 6, struct.pack("<H", flags), index=2))
    assert found.code == "unsafe-archive"
    assert "the encrypted member `model.weights.h5`" in found.message


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99])
def test_other_packings_are_refused(refusal, method: int) -> None:
    found = refusal(both(HONEST, 8, struct.pack("<H", method)))
    assert found.code == "archive-form"
    assert f"packed by method {method}" in found.message


@pytest.mark.parametrize(("offset", "value"), [(6, b"\x40\0"), (8, b"\x20\0")])
def test_newer_forms_of_archive_are_refused(refusal, offset: int, value: bytes) -> None:
    found = refusal(patched(HONEST, b"PK\x01\x02", offset, value))
    assert found.code == "archive-form"


def test_too_many_members_are_refused_before_they_are_read(refusal) -> None:
    data = packed(*((f"assets/{number}", b"") for number in range(200)))
    assert refusal(data, members=150).code == "archive-too-large"
    lying = patched(HONEST, b"PK\x05\x06", 8, struct.pack("<HH", 0xFFFF, 0xFFFF))
    assert refusal(lying).code == "archive-too-large"


def test_a_long_list_of_members_is_refused_before_it_is_read(refusal) -> None:
    info = zipfile.ZipInfo("assets/x")
    info.comment = b"x" * 60_000
    found = refusal(packed((info, b"")), directory=50_000)
    assert "a list of members of 60 kB" in found.message


def test_a_config_that_unpacks_to_too_much_is_refused_by_what_it_says(refusal) -> None:
    data = packed(("config.json", b" " * (40 << 20)), method=zipfile.ZIP_DEFLATED)
    found = refusal(data)
    assert found.code == "archive-too-large"
    assert found.message.endswith("has a `config.json` of 42 MB, more than 34 MB")


def test_a_member_that_unpacks_too_far_is_refused_by_what_it_says(refusal) -> None:
    data = packed(("assets/x", bytes(1 << 20)), method=zipfile.ZIP_DEFLATED)
    found = refusal(data, ratio_floor=1 << 19)
    assert found.code == "archive-too-large"
    assert "that unpack to 1.0 MB" in found.message
    sizes = both(data, 22, struct.pack("<L", 0xFFFFFFF0), index=1)
    assert refusal(sizes).code == "archive-too-large"


def test_all_members_together_are_bounded(refusal) -> None:
    data = packed(("assets/x", bytes(1000)), ("assets/y", bytes(1000)))
    assert refusal(data, total=1500).message.endswith("unpacks to 2.1 kB")


def by_hand(data: bytes, *, size: int, crc: int) -> bytes:
    """An archive of a deflated config with these bytes, whatever its records say of it."""
    name = b"config.json"
    head = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, crc, len(data), size, len(name), 0)
    local = b"PK\x03\x04" + head + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<3H2L", 0, 0, 0, 0, 0) + name
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def deflated(*blocks: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(map(packer.compress, blocks)) + packer.flush()


def test_a_member_that_unpacks_to_more_than_it_says_is_stopped_there(tmp_path: Path) -> None:
    """In a process that may not have the memory to unpack it."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "net.keras"
    zeros = itertools.repeat(bytes(1 << 20), 400)
    path.write_bytes(by_hand(deflated(*zeros), size=100, crc=0))
    program = """
import sys
from pathlib import Path
from modelspec.archive.reader import open_keras
from modelspec.diagnostics import Report
report = Report()
assert open_keras(Path(sys.argv[1]), report) is None
print(report.diagnostics[0].code, report.diagnostics[0].message)
"""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))

    found = subprocess.run(
        [sys.executable, "-c", program, path], preexec_fn=limit, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("broken-archive")
    assert found.stdout.strip().endswith("`config.json` holds more than it says")


@pytest.mark.parametrize(
    ("method", "offset", "value", "words"),
    [
        (zipfile.ZIP_DEFLATED, 22, 10, "holds more than it says"),
        (zipfile.ZIP_DEFLATED, 22, 100_000, "holds less than it says"),
        (zipfile.ZIP_DEFLATED, 14, 0, "the checksum of"),
        (zipfile.ZIP_STORED, 14, 0, "the checksum of"),
        (zipfile.ZIP_STORED, 22, 10, "yet has two sizes"),
    ],
)
def test_what_members_say_is_held_to_what_they_hold(
    refusal, method: int, offset: int, value: int, words: str
) -> None:
    found = refusal(both(packed(method=method), offset, struct.pack("<L", value)))
    assert found.code == "broken-archive"
    assert words in found.message


def test_packed_data_with_something_behind_it_is_refused(refusal) -> None:
    data = by_hand(deflated(CONFIG) + b"hidden", size=len(CONFIG), crc=zlib.crc32(CONFIG))
    assert "has data after its end" in refusal(data).message


def test_packed_data_that_is_damaged_is_refused(refusal) -> None:
    data = packed(method=zipfile.ZIP_DEFLATED)
    at = data.index(b"config.json") + len(b"config.json")
    found = refusal(data[:at] + b"\xff" * 8 + data[at + 8 :])
    assert "cannot be unpacked" in found.message


@pytest.mark.parametrize("before", [b"#!/bin/sh\nexit\n", b"\x89HDF\r\n\x1a\n" + bytes(600), HONEST])
def test_something_before_an_archive_is_refused(refusal, before: bytes) -> None:
    found = refusal(before + HONEST)
    assert found.code == "unsafe-archive"
    assert "before or between its members that belong to none" in found.message


@pytest.mark.parametrize("after", [b"\0", b"MZ" * 100, b"x" * 70_000])
def test_something_after_an_archive_is_refused(refusal, after: bytes) -> None:
    found = refusal(HONEST + after)
    assert found.code == ("unsafe-archive" if len(after) < 65_536 else "broken-archive")


def test_a_comment_is_refused(refusal) -> None:
    result = io.BytesIO(HONEST)
    with zipfile.ZipFile(result, "a") as archive:
        archive.comment = b"x" * 20
    assert refusal(result.getvalue()).message.endswith("ends in a comment of 20 bytes")


def test_something_between_members_is_refused(refusal) -> None:
    at = HONEST.index(b"PK\x03\x04", 4)
    count = HONEST.count(b"PK\x01\x02")
    data = HONEST[:at] + b"hidden" + HONEST[at:]
    for index in range(1, count):
        record = -1
        for _ in range(index + 1):
            record = data.index(b"PK\x01\x02", record + 1)
        (offset,) = struct.unpack_from("<L", data, record + 42)
        data = patched(data, b"PK\x01\x02", 42, struct.pack("<L", offset + 6), index=index)
    end = data.rindex(b"PK\x05\x06")
    (start,) = struct.unpack_from("<L", data, end + 16)
    data = patched(data, b"PK\x05\x06", 16, struct.pack("<L", start + 6))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
    assert "6 bytes before or between its members" in refusal(data).message


def test_members_that_share_their_bytes_are_refused(refusal) -> None:
    """The way to a small archive that unpacks to very much."""
    data = packed(("model.weights.h5", HDF5))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 1)
    length = second - first
    copy = bytearray(data[first:second])
    copy[46:57] = b"config2json"
    end = data.index(b"PK\x05\x06")
    central = data[first:end] + bytes(copy)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, end - first + length, first, 0)
    found = refusal(data[:first] + central + tail)
    assert found.code == "unsafe-archive"
    assert "overlaps another" in found.message


@pytest.mark.parametrize(
    ("offset", "value"),
    [(8, b"\x08\0"), (14, b"\0\0\0\0"), (18, b"\x01\0\0\0"), (22, b"\x01\0\0\0"), (30, b"C"), (6, b"\0\x08")],
)
def test_records_of_a_member_that_differ_are_refused(refusal, offset: int, value: bytes) -> None:
    found = refusal(patched(HONEST, b"PK\x03\x04", offset, value))
    assert found.code == "unsafe-archive"
    assert "describes `config.json` in two ways" in found.message


@pytest.mark.parametrize("cut", [1, 10, 22, 23, 60, 200, len(HONEST) - 5, len(HONEST) - 30])
def test_an_archive_that_is_cut_off_is_told(refusal, cut: int) -> None:
    found = refusal(HONEST[:-cut])
    assert found.code in {"broken-archive", "not-an-archive"}


def test_an_archive_in_several_parts_is_told(refusal) -> None:
    assert refusal(patched(HONEST, b"PK\x05\x06", 4, b"\x01\0")).message.endswith("one part of several")


def test_two_end_records_that_differ_are_refused(refusal) -> None:
    end = HONEST.rindex(b"PK\x05\x06")
    _, _, _, _, count, size, start, _ = struct.unpack("<4s4H2LH", HONEST[end:])
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count - 1, count - 1, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    found = refusal(HONEST[:end] + large + locator + HONEST[end:])
    assert "two end records that contradict each other" in found.message


def test_an_archive_in_the_archive_is_refused_outside_the_assets(refusal, tmp_path: Path) -> None:
    found = refusal(packed(("inner.keras", HONEST)))
    assert found.code == "unsafe-archive"
    assert "another archive in it, `inner.keras`" in found.message
    found = refusal(packed(("x", HONEST), method=zipfile.ZIP_DEFLATED))
    assert "another archive in it, `x`" in found.message
    (tmp_path / "b.keras").write_bytes(packed(("assets/words.npz", HONEST)))
    with open_keras(tmp_path / "b.keras", Report()) as archive:
        assert archive.read("assets/words.npz") == HONEST


@pytest.mark.parametrize("name", ["model.weights.npz", "model.weights.json", "model.weights.h5.bak"])
def test_other_forms_of_weights_are_refused(refusal, name: str) -> None:
    found = refusal(packed(("model.weights.h5", HDF5), (name, b"")))
    assert found.code == "archive-form"
    assert f"`{name}`" in found.message


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        (b"", "archive-config", "is not JSON: line 1, column 1"),
        (b"{", "archive-config", "is not JSON"),
        (CONFIG + b"{}", "archive-config", "is not JSON"),
        (b"\xef\xbb\xbf" + CONFIG, "archive-config", "is not JSON"),
        (CONFIG.decode().encode("utf-16"), "archive-config", "is not UTF-8"),
        (b'"\xff"', "archive-config", "is not UTF-8"),
        (b"[]", "archive-config", "is not a JSON object"),
        (b"null", "archive-config", "is not a JSON object"),
        (b"{}", "archive-config", "describes no Keras object"),
        (b'{"class_name": "A"}', "archive-config", "describes no Keras object"),
        (b'{"class_name": 1, "config": {}}', "archive-config", "describes no Keras object"),
        (b'{"class_name": "A", "config": []}', "archive-config", "describes no Keras object"),
        (b'{"class_name": "A", "config": {}, "config": {}}', "archive-config", "the key `config` twice"),
        (b'{"a": [{"b": {"x\\n": 1, "x\\n": 2}}]}', "archive-config", "the key `x\\n` twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "archive-config", "a number that is too long"),
        (b'{"a": ' * 201 + b"1" + b"}" * 201, "archive-too-large", "nested more than 200 deep"),
        (b"[" * 100_000 + b"]" * 100_000, "archive-too-large", "nested more than 200 deep"),
        (b'{"a":' * 1_000_000, "archive-too-large", "nested more than 200 deep"),
    ],
)
def test_configs_that_mislead_are_refused(refusal, config: bytes, code: str, words: str) -> None:
    found = refusal(packed(("config.json", config)))
    assert found.code == code
    assert "has a `config.json` that " in found.message
    assert words in found.message


def test_messages_hold_nothing_of_a_files_content(tmp_path: Path) -> None:
    """A path that a document smuggles in must not be read out by a message."""
    secret = "root-x-0-0-secret"
    for content in (f"{secret}\n", f'{{"{secret}": 1', f"import {secret.replace('-', '_')}"):
        path = tmp_path / "passwd"
        for data in (content.encode(), packed(("config.json", content.encode()))):
            path.write_bytes(data)
            report = Report()
            assert open_keras(path, report) is None
            shown = json.dumps([(d.message, d.help, d.notes) for d in report.diagnostics])
            assert "secret" not in shown


def _mutations() -> st.SearchStrategy[bytes]:
    spot = st.integers(0, len(HONEST))
    change = st.one_of(
        st.tuples(st.just("set"), spot, st.binary(min_size=1, max_size=4)),
        st.tuples(st.just("insert"), spot, st.binary(min_size=1, max_size=30)),
        st.tuples(st.just("cut"), spot, st.integers(1, 40)),
        st.tuples(st.just("copy"), spot, spot),
    )

    def apply(changes: list[tuple[str, int, object]]) -> bytes:
        data = HONEST
        for kind, at, value in changes:
            match kind, value:
                case "set", bytes():
                    data = data[:at] + value + data[at + len(value) :]
                case "insert", bytes():
                    data = data[:at] + value + data[at:]
                case "cut", int():
                    data = data[:at] + data[at + value :]
                case "copy", int():
                    data = data + data[min(at, value) : max(at, value)]
        return data

    return st.lists(change, min_size=1, max_size=3).map(apply)


@settings(max_examples=600, deadline=None)
@given(_mutations())
def test_whatever_is_done_to_an_archive_we_refuse_it_or_see_what_zipfile_sees(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    _compare_with_zipfile(tmp_path_factory.getbasetemp() / "mutated.keras", data)


def _single_changes() -> Iterator[bytes]:
    for at, value in itertools.product(range(len(HONEST)), (0x00, 0xFF, 0x01)):
        yield HONEST[:at] + bytes([HONEST[at] ^ value if value == 1 else value]) + HONEST[at + 1 :]


def test_any_byte_may_be_changed(tmp_path: Path) -> None:
    outcomes = {_compare_with_zipfile(tmp_path / "net.keras", data) for data in _single_changes()}
    assert outcomes == {True, False}


def _compare_with_zipfile(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    report = Report()
    archive = open_keras(path, report)
    if archive is None:
        assert report.has_errors
        return False
    with archive, zipfile.ZipFile(path) as theirs:
        assert [member.name for member in archive.members] == theirs.namelist()
        assert archive.config == json.loads(theirs.read("config.json"))
        for member in archive.members:
            with suppress(SpecError):
                assert archive.read(member.name) == theirs.read(member.name)
    return True
