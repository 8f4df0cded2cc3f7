"""What `check_rnn` returns: a Report that prints itself, raises, and turns into JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from pytest_rnn_conformance.reports import json_report, wording
from pytest_rnn_conformance.verdict import Report


@dataclass(frozen=True, slots=True, repr=False)
class View(Report):
    """A Report for interactive use: `.ok`, `.failures`, `.counts`, and the methods below."""

    def __str__(self) -> str:
        """Write every failure, what does not count yet last, then the summary."""
        failures = [f"{wording.failure(outcome)}\n" for outcome in (*self.failures, *self.advisories)]
        return "\n".join([*failures, *wording.summary(self)])

    __repr__ = __str__

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, after the schema `rnn-conformance-report/1`."""
        return json.loads(json_report.dumps([self]))  # type: ignore[no-any-return]

    def raise_for_failures(self) -> None:
        """Raise AssertionError with every failure in words, unless the implementation is conformant."""
        __tracebackhide__ = True
        if not self.ok:
            raise AssertionError(str(self))


def view(report: Report) -> View:
    """Make a View of a Report."""
    return View(**{field.name: getattr(report, field.name) for field in dataclasses.fields(report)})
