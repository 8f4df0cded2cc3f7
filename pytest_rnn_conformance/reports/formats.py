"""The formats in which a grade is written, by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_rnn_conformance.grade import Grade
from pytest_rnn_conformance.reports.json_report import to_plain


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the end of a file's name, and what writes a grade."""

    suffix: str
    text: Callable[[Grade], str]


FORMATS: Mapping[str, Format] = {
    "json": Format(".json", lambda grade: json.dumps(to_plain(grade), indent=1) + "\n"),
}
