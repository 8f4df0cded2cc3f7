"""The `rnn-conformance` command: check, inspect, list, faults, explain, rubric.

Exit codes: 0 conformant, 1 not, 2 usage error, 3 the kit's fault; 141 nobody reads the output, as in a shell.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from pytest_rnn_conformance.errors import CandidateError, UsageError
from pytest_rnn_conformance.model import DEVICES, DTYPES, LEVELS, MODES, RELEASES, Options
from pytest_rnn_conformance.verdict import KnownMistake, Outcome, Report, Requirement, Status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parsed = parser().parse_args(arguments)
    try:
        code = int(parsed.command(parsed))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except UsageError as error:
        print(f"rnn-conformance: {error}", file=sys.stderr)
        return 2
    except CandidateError as error:
        print(
            f"rnn-conformance: your code raised while it was imported:\n\n{error.traceback_text}",
            file=sys.stderr,
        )
        return 2
    except Exception:  # noqa: BLE001 - whatever it is, it is not the user's fault
        traceback.print_exc()
        print("rnn-conformance: the kit itself failed; please report it", file=sys.stderr)
        return 3
    return code


def parser() -> argparse.ArgumentParser:
    """Describe the command line; the options are those of pytest, with or without `rnn-`."""
    from pytest_rnn_conformance.grading import commands  # noqa: PLC0415 - light, and higher up

    top = argparse.ArgumentParser(prog="rnn-conformance", description="Is this RNN right?")
    subcommands = top.add_subparsers(required=True, metavar="COMMAND")
    check = subcommands.add_parser("check", help="judge an implementation")
    check.add_argument(
        "spec",
        metavar="SPEC",
        nargs="+",
        help="pkg.mod:Name, path/to/rnn.py:Name (or .ipynb), or a registered name",
    )
    for name, options in CHECK_OPTIONS.items():
        check.add_argument(f"--{name}", f"--rnn-{name}", **options)
    check.add_argument("--json", action="store_true", help="print the JSON report, and nothing else")
    check.set_defaults(command=run_check)
    look = subcommands.add_parser("inspect", help="show how an implementation is read, and why")
    look.add_argument("spec", metavar="SPEC", help="what `check` takes: path/to/rnn.py:Name, for example")
    look.add_argument("--timeout", "--rnn-timeout", **CHECK_OPTIONS["timeout"])
    look.set_defaults(command=run_inspect)
    listing = subcommands.add_parser("list", help="list the checks of a level")
    listing.add_argument("--level", "--rnn-level", default="drop-in", metavar="LEVEL", help=LEVEL_HELP)
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(command=run_list)
    faults = subcommands.add_parser("faults", help="list the known mistakes")
    faults.add_argument("theme", metavar="THEME", nargs="*", help="only these themes, direction for example")
    faults.add_argument("--json", action="store_true")
    faults.set_defaults(command=run_faults)
    explain = subcommands.add_parser("explain", help="explain a check or a known mistake")
    explain.add_argument("id", metavar="ID", nargs="+", help="an id, or a glob such as forward.*")
    explain.add_argument("--json", action="store_true")
    explain.set_defaults(command=run_explain)
    commands.add(subcommands)
    return top


LEVEL_HELP = f"{', '.join(LEVELS)}; core@{RELEASES[0]}: as that release had it"

CHECK_OPTIONS: dict[str, dict[str, Any]] = {
    "level": {"metavar": "LEVEL", "help": f"{LEVEL_HELP} (default core)"},
    "check": {
        "action": "append",
        "default": [],
        "metavar": "ID",
        "help": "only these checks; may be a glob, may be repeated",
    },
    "require": {"default": "", "metavar": "CAP,...", "help": "capabilities that must be supported"},
    "expect-failure": {
        "action": "append",
        "default": [],
        "metavar": "ID=REASON",
        "help": "this check must fail, and why; strict, may be repeated",
    },
    "seed": {"type": int, "default": 0, "metavar": "N", "help": "shift the seeds of all drawn numbers"},
    "examples": {
        "type": int,
        "metavar": "N",
        "help": "examples of each search (default 25; 0: none)",
    },
    "timeout": {
        "type": float,
        "default": 10.0,
        "metavar": "SECONDS",
        "help": "for each check; 6 times that in all; 0: none",
    },
    "diagnose": {
        "default": "auto",
        "metavar": "HOW",
        "help": "name the likely mistake: auto (default), pairs or off",
    },
    "hints": {
        "type": int,
        "metavar": "0..3",
        "help": "how much failures give away (default 1)",
    },
    "mode": {"default": "", "metavar": "MODE", "help": f"{', '.join(MODES)} (default: found out)"},
    "device": {"default": "cpu", "metavar": "DEVICE", "help": f"{', '.join(DEVICES)} (default cpu)"},
    "dtype": {"default": "", "metavar": "DTYPE", "help": f"{', '.join(DTYPES)} (default: found out)"},
    "rubric": {"metavar": "FILE.toml", "help": "tell the points on public cases, as this rubric gives them"},
    "report": {"metavar": "FILE.json", "help": "write the JSON report here"},
    "isolate": {"action": "store_true", "help": "judge it in a process of its own, which may crash (Linux)"},
}


class CommandLine:
    """The options of `check`, by pytest's names; there is no ini file."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self.parsed = parsed

    def getoption(self, name: str) -> Any:
        """Return an option's value."""
        return getattr(self.parsed, name.removeprefix("rnn_"))

    def getini(self, _name: str) -> Any:
        """Return nothing."""
        return ()


def run_check(parsed: argparse.Namespace) -> int:
    """Judge implementations and print failures and summaries."""
    from pytest_rnn_conformance import heap  # noqa: PLC0415

    with heap.growing():
        from pytest_rnn_conformance import checks, running, specs, stuck  # noqa: PLC0415 - imports torch
        from pytest_rnn_conformance import options as given  # noqa: PLC0415
        from pytest_rnn_conformance.grading import public  # noqa: PLC0415
        from pytest_rnn_conformance.reports import json_report, wording  # noqa: PLC0415
        from pytest_rnn_conformance.run import Run  # noqa: PLC0415

        checks.all_checks()
        heap.settle()
    source = CommandLine(parsed)
    rubric = given.read_rubric(source)
    options = given.read_options(source, rubric)
    report_file = given.writable(parsed.report)
    runs: dict[str, Run] = {}

    def on_stuck(spec: str, requirement: Requirement | None) -> None:
        reports = [run.report() for name, run in runs.items() if name != spec]
        if spec in runs:
            reports.append(stuck.stuck_report(runs[spec], requirement, runs[spec].outcomes.values()))
        else:
            reports.append(stuck.early_report(spec, options))
        say = functools.partial(print, file=sys.__stderr__, flush=True)
        stuck.end_process(say, spec, requirement, reports, report_file)

    def tell(outcome: Outcome) -> None:
        if (outcome.is_failure or outcome.status is Status.ADVISORY) and not parsed.json:
            print(f"{'_' * 100}\n{wording.failure(outcome)}\n")

    reports: list[Report] = []
    try:
        for spec in specs.expand(parsed.spec):
            run = runs[spec] = running.load(spec, options, functools.partial(on_stuck, spec))
            reports.append(running.judged(run, tell))
            if not parsed.json:
                print(f"rnn-conformance: {spec}", *public.closing(reports[-1], rubric), sep="\n")
    finally:  # a later SPEC that is refused loses nothing of the earlier ones
        if report_file is not None and reports:
            json_report.write(reports, report_file)
    if parsed.json:
        print(json_report.dumps(reports), end="")
    return max(report.exit_code for report in reports)


def run_inspect(parsed: argparse.Namespace) -> int:
    """Show what was inferred of an implementation; 1: its code raises, 2: something must be declared."""
    from pytest_rnn_conformance import opening, stuck  # noqa: PLC0415 - torch is not needed for --help
    from pytest_rnn_conformance.reports import inferences  # noqa: PLC0415
    from pytest_rnn_conformance.selection import validate  # noqa: PLC0415

    validate(Options(timeout=parsed.timeout))
    say = functools.partial(print, file=sys.__stderr__, flush=True)
    end = functools.partial(stuck.end_process, say, parsed.spec, None, (), None)
    loaded = opening.load(parsed.spec, seconds=6 * parsed.timeout, on_stuck=end)
    found = opening.inspection(loaded, seconds=parsed.timeout, on_stuck=end)
    print(inferences.text(found), end="")
    if found.problem:
        sys.stdout.flush()
        print(f"\nrnn-conformance: {found.problem}", file=sys.stderr)
        return 2
    return 1 if found.raised else 0


def run_list(parsed: argparse.Namespace) -> int:
    """List the checks of a level."""
    from pytest_rnn_conformance import checks, levels  # noqa: PLC0415
    from pytest_rnn_conformance.reports import json_report, wording  # noqa: PLC0415

    requirements = [found.requirement for found in checks.at_level(parsed.level)]
    if parsed.json:
        print(json.dumps([json_report.to_plain(requirement) for requirement in requirements], indent=1))
    else:
        print(*wording.listing(requirements, levels.read(parsed.level)), sep="\n")
    return 0


def run_faults(parsed: argparse.Namespace) -> int:
    """List the known mistakes, by theme."""
    from pytest_rnn_conformance import faults  # noqa: PLC0415
    from pytest_rnn_conformance.reports import json_report, mistakes  # noqa: PLC0415

    known = [faults.known_mistake(id) for id in faults.in_themes(parsed.theme)]
    if parsed.json:
        print(json.dumps([json_report.to_plain(mistake) for mistake in known], indent=1))
    else:
        print(*mistakes.listing(known), sep="\n")
    return 0


def run_explain(parsed: argparse.Namespace) -> int:
    """Explain checks and known mistakes."""
    from pytest_rnn_conformance import checks, faults  # noqa: PLC0415
    from pytest_rnn_conformance.reports import json_report, mistakes, wording  # noqa: PLC0415

    requirements = {id: found.requirement for id, found in checks.all_checks().items()}
    ids = checks.matching(parsed.id, [*requirements, *faults.catalogue()], "check or mistake")
    told: list[Requirement | KnownMistake] = [requirements.get(id) or faults.known_mistake(id) for id in ids]
    if parsed.json:
        print(json.dumps([json_report.to_plain(item) for item in told], indent=1))
    else:
        texts = [
            wording.explain(item) if isinstance(item, Requirement) else mistakes.explain(item)
            for item in told
        ]
        print("\n\n\n".join(texts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
