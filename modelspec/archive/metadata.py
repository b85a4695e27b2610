"""The JSON members of an archive as bytes: `config.json` and `metadata.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from modelspec.archive.json_values import unwritable, write_json
from modelspec.archive.limits import LIMITS
from modelspec.archive.moment import build_moment, keras_date
from modelspec.archive.sizes import readable_size
from modelspec.diagnostics import Place, Report

_MOST_SHOWN = 10


def config_bytes(config: Mapping[str, object], report: Report, *, place: Place | None = None) -> bytes:
    """The bytes of `config.json`: strict JSON in ASCII, keys in the order given, laid out as Keras does.

    Keras itself writes NaN and infinities bare, which is no JSON, and reads them; here they are errors.

    Args:
        config: the model's serialization dict.
        report: told of each value that JSON cannot hold, by its path (`config.layers[3].config.rate`).
        place: where the model is described.

    Raises:
        SpecError: there is such a value, or the result is larger than an archive's config may be.
    """
    return _json_bytes(config, report, name="config.json", place=place)


def metadata_bytes(
    keras_version: str,
    record: Mapping[str, object],
    report: Report,
    *,
    moment: datetime | None = None,
    place: Place | None = None,
) -> bytes:
    """The bytes of `metadata.json`, keys in this order: `keras_version`, `date_saved`, `modelspec`.

    The first two are Keras' own. Keras reads none of them.

    Args:
        keras_version: of the Keras whose config the archive holds.
        record: what goes under `modelspec`: `version`, the hashes of the document and the model, `meta`.
        report: told of each value that JSON cannot hold, by its path (`modelspec.meta.score`).
        moment: the date shown; by default fixed, or what `SOURCE_DATE_EPOCH` says.
        place: where `meta` is written.

    Raises:
        SpecError: there is such a value, or `SOURCE_DATE_EPOCH` is malformed.
    """
    date = build_moment(report) if moment is None else moment
    value = {"keras_version": keras_version, "date_saved": keras_date(date), "modelspec": dict(record)}
    return _json_bytes(value, report, name="metadata.json", place=place)


def _json_bytes(value: Mapping[str, object], report: Report, *, name: str, place: Place | None) -> bytes:
    data = write_json(dict(value))
    if data is None:
        for path, what in islice(unwritable(dict(value)), _MOST_SHOWN):
            report.add(
                "not-json",
                f"`{path}` is {what}, which `{name}` cannot hold",
                place,
                help="JSON has finite numbers, texts, lists and mappings with texts as keys",
            )
        report.raise_if_errors()
        raise AssertionError(f"{name} is not JSON, yet nothing in it is wrong")
    if len(data) > LIMITS.json:
        report.fail(
            "too-large",
            f"`{name}` would take {readable_size(len(data))}, more than {readable_size(LIMITS.json)}",
            place,
            help="keep arrays in weights or assets, not in the arguments of layers",
        )
    return data
