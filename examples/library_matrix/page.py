"""The page of the matrix, written of the reports: `python examples/library_matrix/page.py` prints it."""

from __future__ import annotations

import json
from typing import Any

from targets import TARGETS, Target

WORDS = """\
Recurrent networks of libraries that can stand in the place of `torch.nn`'s, judged at level `drop-in`.
Each is declared in [examples/library_matrix](../examples/library_matrix), with what it does otherwise as
expected failures; nothing else fails. A requirement that fails blocks those that need it: what is blocked
was not asked, and may deviate too."""


def page() -> str:
    """Write docs/matrix.md of the reports."""
    reports = [
        (target, report) for target in TARGETS for report in json.loads(target.report.read_text())["reports"]
    ]
    lines = [
        "# Library matrix",
        "",
        "<!-- Written by `python examples/library_matrix/run.py` from its reports. -->",
        "",
        WORDS,
        "",
        "| implementation | passed | deviates | blocked | unsupported | of |",
        "|---|---|---|---|---|---|",
    ]
    for target, report in reports:
        counts = [
            report["counts"].get(status, 0)
            for status in ("passed", "expected-failure", "blocked", "unsupported")
        ]
        name, total = report["implementation"], report["total"]
        lines.append(f"| {name}{version(target)} | {' | '.join(map(str, counts))} | {total} |")
    for target, report in reports:
        lines += ["", f"## {report['implementation']}{version(target)}", ""]
        lines += [f"Judged with `{' '.join(target.options)}`.", ""] if target.options else []
        lines += ["| requirement | what it does | what the kit saw |", "|---|---|---|"]
        lines += [row(outcome) for outcome in report["outcomes"] if outcome["status"] == "expected-failure"]
    versions = reports[0][1]["versions"]
    lines += ["", f"torch {versions['torch']}, pytest-rnn-conformance {versions['pytest-rnn-conformance']}."]
    return "\n".join(lines) + "\n"


def version(target: Target) -> str:
    """Return the version of a target's library; of torch's own, nothing."""
    if not target.requirements.exists():
        return ""
    first, *_ = target.requirements.read_text().split()
    return f" {first.partition('==')[2]}"


def row(outcome: dict[str, Any]) -> str:
    """Write one deviation."""
    return f"| {outcome['id']} | {outcome['reason']} | {cell(seen(outcome))} |"


def seen(outcome: dict[str, Any]) -> str:
    """Say what the finding of an outcome says, shortly."""
    finding = outcome["finding"]
    if raised := finding["raised"]:
        return f"{raised['type_name']}: {raised['message']}"
    if difference := finding["difference"]:
        compared = finding["compared"].rstrip(",") or "torch's"
        share = f"{difference['mismatched']} of {difference['total']} numbers"
        return f"{difference['quantity']}: {share} differ from {compared}"
    return f"{finding['subject']}: expected {finding['expected']}; found {finding['actual']}"


def cell(text: str, longest: int = 400) -> str:
    """Fit a text into a cell of a table."""
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= longest else f"{text[:longest]}..."


if __name__ == "__main__":
    print(page(), end="")
