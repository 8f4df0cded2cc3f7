"""The one place of sentences: a finding's facts in words, in a fixed order.

The requirement; the verdict in numbers; where; the smallest failing case as a script; the likely
mistake (see `mistakes`) or what to look at; the id and how to learn more.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_rnn_conformance import model
from pytest_rnn_conformance.model import CAPABILITIES, Level
from pytest_rnn_conformance.reports.mistakes import is_named, likely
from pytest_rnn_conformance.verdict import Difference, Finding, Outcome, Report, Requirement, Status

STATUS_ORDER = (
    Status.PASSED,
    Status.FAILED,
    Status.ERROR,
    Status.CRASHED,
    Status.TIMED_OUT,
    Status.UNEXPECTED_PASS,
    Status.BLOCKED,
    Status.UNSUPPORTED,
    Status.EXPECTED_FAILURE,
    Status.ADVISORY,
    Status.NOT_RUN,
)

LISTED = 6
"""How many wrong calls are listed by name."""


def failure(outcome: Outcome) -> str:
    """Write everything that is known of a failed check."""
    requirement, finding = outcome.requirement, outcome.finding
    lines = [requirement.sentence]
    if outcome.status is Status.ADVISORY and finding is not None:
        lines.append(f"  Advisory: {outcome.reason}.")
    if finding is None:
        lines.append(f"  {outcome.reason or outcome.status}")
        if outcome.blocked_unseen:
            lines.append(f"  Run that check too: --rnn-check {outcome.blocked_by[0]}")
        return "\n".join([*lines, *ending(requirement)])
    lines += [f"  {line}" for line in verdict(outcome, finding)]
    lines += [f"  {line}" for line in where(finding)]
    if finding.raised is not None:
        lines += ["", *(f"  {line}" for line in finding.raised.traceback_text.rstrip().splitlines())]
    if finding.reproducer:
        label = f" ({finding.case.label})" if finding.case is not None else ""
        lines += ["", f"To see it{label}, run:", ""]
        lines += [f"    {line}" for line in finding.reproducer.rstrip().splitlines()]
    if outcome.printed:
        lines += [
            "",
            "Your code printed meanwhile:",
            *(f"  {line}" for line in outcome.printed.rstrip().splitlines()[:20]),
        ]
    is_crash = outcome.status is Status.CRASHED
    return "\n".join([*lines, *likely(finding.diagnosis), *ending(requirement, finding, is_crash=is_crash)])


def verdict(outcome: Outcome, finding: Finding) -> list[str]:
    """Say what is wrong, in numbers where there are any."""
    here = ["It was here:"] if finding.raised is not None and finding.raised.traceback_text else []
    if outcome.status is Status.TIMED_OUT:
        question = "Is there a loop that does not end?"
        return [f"It took too long: expected {finding.expected}, {finding.actual}. {question}", *here]
    if outcome.kit_fault and finding.raised is not None:
        return [
            f"The kit itself failed, {finding.raised.type_name}: {finding.raised.message}. Please report it."
        ]
    if outcome.status is Status.CRASHED:
        return [f"{finding.subject.capitalize()} {finding.actual}.", *here]
    if finding.raised is not None:
        return [f"Your code raised {finding.raised.type_name}: {first_line(finding.raised.message)}"]
    if finding.difference is not None:
        return numbers(finding.difference, compared(finding))
    return [f"{finding.subject}: expected {finding.expected}; found {finding.actual}"]


def compared(finding: Finding) -> str:
    """Say what numbers are compared with."""
    torch = f"torch.nn.{finding.case.config.kind if finding.case else 'RNN'}"
    torch += f"'s, through {' and '.join(finding.through)}," if finding.through else ""
    return finding.compared or torch


def numbers(difference: Difference, compared: str) -> list[str]:
    """Word a difference of two arrays."""
    if difference.shape != difference.expected_shape:
        shapes = f"has shape {difference.shape}; expected {difference.expected_shape}"
        return [f"{difference.quantity} {shapes} ({compared})"]
    share = 100 * difference.mismatched / max(difference.total, 1)
    place = ", ".join(f"{axis} {i}" for axis, i in zip(difference.axes, difference.index, strict=False))
    how_many = f"{difference.mismatched} of {difference.total} numbers ({share:.3g} %)"
    how_much = f"{difference.greatest_error:.6g} (allowed {difference.allowed:.3g})"
    values = f"got {difference.actual:.6g}, expected {difference.expected:.6g}"
    return [
        f"{difference.quantity} differs from {compared} in {how_many}.",
        f"Greatest error {how_much}, at {place or list(difference.index)}: {values}.",
    ]


def where(finding: Finding) -> list[str]:
    """Say which part of the array, and which cases."""
    lines = []
    if finding.difference is not None and finding.difference.where:
        lines.append(f"Where: {'; '.join(finding.difference.where)}.")
    if finding.case is not None and not finding.reproducer:
        lines.append(f"Case: {finding.case.label}.")
    failing, passing = finding.failing, finding.passing
    if len(failing) + len(passing) > 1:
        count = f"{len(failing)} of {len(failing) + len(passing)}"
        if finding.case is None:  # calls with arguments of their own, which have nothing in common
            more = f" and {len(failing) - LISTED} more" if len(failing) > LISTED else ""
            lines.append(f"Calls: {count} fail: {'; '.join(failing[:LISTED])}{more}.")
        else:
            lines.append(f"Cases: {count} fail{pattern(failing, passing)}.")
    return lines


def pattern(failing: tuple[str, ...], passing: tuple[str, ...]) -> str:
    """Say what the failing cases share and no passing case has: "all bidirectional, none without"."""
    if not passing:
        return ""
    shared = set.intersection(*(words(label) for label in failing))
    elsewhere = set.union(*(words(label) for label in passing))
    telling = sorted(shared - elsewhere)
    if telling:
        return f": all with {', '.join(telling)}, none without"
    only_passing = sorted(
        set.intersection(*(words(label) for label in passing)) - set[str]().union(*map(words, failing))
    )
    return f": all but those with {', '.join(only_passing)}" if only_passing else ""


def words(label: str) -> set[str]:
    """Split a case's label into words, and add whether sizes are equal."""
    parts = set(label.split())
    size = dict(part.split("=", 1) for part in parts if part[:2] in ("L=", "N=", "D=", "H="))
    if size.get("D") is not None and size.get("D") == size.get("H"):
        parts.add("D=H")
    return parts


def ending(requirement: Requirement, finding: Finding | None = None, *, is_crash: bool = False) -> list[str]:
    """Say what to look at, where the mistake is not named already, and how to learn more."""
    told = is_crash or (finding is not None and is_named(finding.diagnosis))
    lines = ["", f"Look at: {requirement.hint}."] if requirement.hint and not told else [""]
    return [
        *lines,
        f"{requirement.id} (level {requirement.level}); more: rnn-conformance explain {requirement.id}",
    ]


def explain(requirement: Requirement) -> str:
    """Write everything that is known of a requirement."""
    lines = [
        f"{requirement.id}  (level {requirement.level}, since {requirement.since}{advisory(requirement)})",
        "",
        requirement.sentence,
    ]
    if requirement.reason:
        lines += ["", requirement.reason]
    if requirement.hint:
        lines += ["", f"When it fails, look at: {requirement.hint}."]
    if requirement.needs:
        listed = "; ".join(f"{name} ({CAPABILITIES[name]})" for name in sorted(requirement.needs))
        lines += ["", f"Asked of implementations with: {listed}."]
    if requirement.after:
        lines += ["", f"Asked after: {', '.join(sorted(requirement.after))}."]
    if requirement.rows:
        lines += ["", f"Rows of the contract of torch.nn: {', '.join(requirement.rows)}."]
    return "\n".join(lines)


def advisory(requirement: Requirement) -> str:
    """Say whether a requirement is new, so that it does not count yet in this release."""
    is_new = Level(version=model.RELEASES[-1]).advises(requirement.since)
    return "; advisory until the next minor release" if is_new else ""


def counts(report: Report) -> str:
    """Write the counts with their denominator: `37 passed, 2 failed, 3 blocked, 6 unsupported of 48`."""
    counted = report.counts
    listed = [f"{counted[status]} {status}" for status in STATUS_ORDER if counted[status]]
    return f"{', '.join(listed)} of {report.total}"


def conclusion(report: Report) -> str:
    """Write the verdict in a sentence."""
    level = f"level {report.options.level}"
    run = report.total - report.counts[Status.NOT_RUN]
    if report.failures:
        blocked = report.counts[Status.BLOCKED]
        after = f", {blocked} blocked by that" if blocked else ""
        return f"NOT CONFORMANT at {level}: {len(report.failures)} failed{after}"
    if report.lacking:
        return f"NOT CONFORMANT at {level}: required, and not supported: {', '.join(report.lacking)}"
    if report.partial:
        return f"partial run: {run} of {report.total}; no verdict"
    if not report.values_compared:
        return f"NOT CONFORMANT at {level}: no value was compared; all that does is unsupported or blocked"
    caveats = [
        f"{report.counts[status]} {status}"
        for status in (Status.UNSUPPORTED, Status.EXPECTED_FAILURE, Status.ADVISORY)
        if report.counts[status]
    ]
    return f"conformant at {level}{', with ' + ' and '.join(caveats) if caveats else ''}"


def next_level(report: Report) -> str:
    """Say what the next level would add."""
    if not report.levels_above or report.partial or report.failures:
        return ""
    level, count = report.levels_above[0]
    version = f"@{report.level.version}" if "@" in report.options.level else ""
    return f"next: --rnn-level {level}{version} asks {count} more checks" if count else ""


def unsupported(report: Report) -> str:
    """List the capabilities that are missing, once each."""
    lacking = [name for name in CAPABILITIES if name not in report.capabilities]
    return f"not supported: {', '.join(lacking)}" if lacking and report.counts[Status.UNSUPPORTED] else ""


def declared(report: Report) -> list[str]:
    """Say how the declared capabilities differ from those that were found."""
    if report.declared_capabilities is None:
        return []
    own, found = report.declared_capabilities, report.found_capabilities
    differing = {
        "found, and not declared": [name for name in found if name not in own],
        "declared, and not found": [name for name in own if name not in found],
    }
    return [f"{words}: {', '.join(names)}" for words, names in differing.items() if names]


def expected(report: Report) -> list[str]:
    """Say of each expected failure whether it was met."""
    words = {
        "met": "failed as expected",
        "passed": "expected to fail, and passed",
        "blocked": "expected to fail, and blocked",
        "unsupported": "expected to fail, and not asked, as it is not supported",
        "not-run": "expected to fail, and not run",
        "not-asked": f"expected to fail, and not asked at {report.level}",
    }
    return [f"{words[found.result]}: {found.id} ({found.reason})" for found in report.expectations]


def advised(report: Report) -> list[str]:
    """List the new checks that failed and do not count yet."""
    ids = ", ".join(outcome.requirement.id for outcome in report.advisories)
    until = f"new in {report.level.version}, counted from the next minor release on"
    return [f"advisory, {until}: {ids}"] if ids else []


def conditions(report: Report) -> str:
    """Say what the verdict depends on: versions, level, seed and searches."""
    words = [f"{name} {version}" for name, version in report.versions]
    words += [
        str(report.level),
        f"seed {report.options.seed}",
        f"{report.options.examples} examples a search",
    ]
    return ", ".join(words)


def summary(report: Report) -> list[str]:
    """Write a report's closing lines."""
    lines = [*particulars(report), f"{report.options.level}: {counts(report)}", conclusion(report)]
    return lines + [line for line in (next_level(report),) if line]


def particulars(report: Report) -> list[str]:
    """Write how an implementation was read and judged, without the verdict."""
    lines = list(report.inferred)
    lines += [f"note: {remark}" for remark in report.remarks]
    lines += declared(report)
    lines += [line for line in (unsupported(report),) if line]
    lines += [*expected(report), *advised(report), f"judged with: {conditions(report)}"]
    return lines + ([f"seed: --rnn-seed {report.options.seed}"] if report.options.seed else [])


def first_line(text: str) -> str:
    """Return the first line of a text."""
    return text.strip().splitlines()[0] if text.strip() else "(no message)"


def listing(requirements: Iterable[Requirement], level: Level) -> list[str]:
    """Write requirements as a table: id, level, sentence; and which of them do not count yet at a level."""
    rows = list(requirements)
    width = max((len(row.id) for row in rows), default=0)
    marks = ["  (advisory)" if level.advises(row.since) else "" for row in rows]
    return [
        f"{row.id:{width}}  {row.level:8}  {row.sentence}{mark}"
        for row, mark in zip(rows, marks, strict=True)
    ]
