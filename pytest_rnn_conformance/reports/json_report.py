"""Reports as JSON, after the versioned schema beside this file; and outcomes as plain values and back."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pytest_rnn_conformance.verdict import Finding, Outcome, Report, Status

SCHEMA = "rnn-conformance-report/1"
SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def document(reports: Iterable[Report]) -> dict[str, Any]:
    """Make the JSON document of one run: a report for each implementation."""
    listed = list(reports)
    return {
        "schema": SCHEMA,
        "exit_code": max((report.exit_code for report in listed), default=0),
        "reports": [report_object(report) for report in listed],
    }


def report_object(report: Report) -> dict[str, Any]:
    """Make the JSON object of one report."""
    options = report.options
    return {
        "implementation": report.implementation,
        "spec": report.spec,
        "verdict": verdict(report),
        "level": report.level.name,
        "level_version": report.level.version,
        "seed": options.seed,
        "examples": options.examples,
        "isolated": options.isolate,
        "precision": report.precision,
        "capabilities": list(report.capabilities),
        "declared_capabilities": to_plain(report.declared_capabilities),
        "found_capabilities": list(report.found_capabilities),
        "required_capabilities": list(options.require),
        "expected_failures": to_plain(report.expectations),
        "inferred": list(report.inferred),
        "remarks": list(report.remarks),
        "versions": dict(report.versions),
        "counts": dict(sorted(report.counts.items())),
        "total": report.total,
        "outcomes": [outcome_object(outcome) for outcome in report.outcomes],
    }


def verdict(report: Report) -> str:
    """Return `conformant`, `not-conformant` or `partial`."""
    if not report.ok:
        return "not-conformant"
    return "partial" if report.partial else "conformant"


def outcome_object(outcome: Outcome) -> dict[str, Any]:
    """Make the JSON object of one outcome."""
    requirement, finding = outcome.requirement, outcome.finding
    return {
        "id": requirement.id,
        "level": requirement.level,
        "requirement": requirement.sentence,
        "status": str(outcome.status),
        "failure": outcome.is_failure,
        "reason": outcome.reason,
        "blocked_by": list(outcome.blocked_by),
        "duration": round(outcome.duration, 4),
        "printed": outcome.printed,
        "finding": None if finding is None else finding_object(finding),
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """Make the JSON object of a finding."""
    plain = to_plain(finding)
    plain["case_label"] = finding.case.label if finding.case else None
    del plain["script"]
    return typing.cast("dict[str, Any]", plain)


def write(reports: Iterable[Report], path: Path) -> None:
    """Write the document to a file."""
    path.write_text(dumps(reports), encoding="utf-8")


def dumps(reports: Iterable[Report]) -> str:
    """Return the document as text; NaN and infinities become null, as JSON has none."""
    return json.dumps(without_nan(document(reports)), indent=1, allow_nan=False) + "\n"


def without_nan(value: Any) -> Any:
    """Replace what JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return value


def to_plain(value: Any) -> Any:
    """Make plain values of a frozen dataclass: dicts, lists, strings and numbers alone."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(to_plain(item) for item in value)
    return str(value) if isinstance(value, str) else value


def outcome_from_plain(plain: dict[str, Any]) -> Outcome:
    """Read back what `to_plain` made of an outcome, for reports that cross processes."""
    return typing.cast("Outcome", from_plain(Outcome, plain))


@functools.cache
def kinds_of(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; they take long to find out."""
    return typing.get_type_hints(kind)


def from_plain(kind: Any, value: Any) -> Any:
    """Read a plain value as a type: a dataclass, a tuple, a set, an enumeration or a union with None."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else from_plain(arguments[0], value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = kinds_of(kind)
        return kind(**{name: from_plain(hints[name], item) for name, item in value.items()})
    if origin is tuple:
        items = arguments[:1] * len(value) if arguments[-1:] == (Ellipsis,) else arguments
        return tuple(from_plain(item_kind, item) for item_kind, item in zip(items, value, strict=True))
    if origin is frozenset:
        return frozenset(value)
    if kind is Any:
        return tuple(from_plain(Any, item) for item in value) if isinstance(value, list) else value
    return kind(value) if kind in (Status, float) else value
