"""Which checks a rubric's points are for: decided by the rubric alone, and so the same for everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_rnn_conformance import checks, levels
from pytest_rnn_conformance.checks import at_level
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.grade import Group, Rubric
from pytest_rnn_conformance.grading.told import TOLD
from pytest_rnn_conformance.model import LAYERS, Config
from pytest_rnn_conformance.verdict import Requirement

IN_NO_GROUP = "in no group"

SEARCHES = frozenset({"forward.any_sizes", "gradients.any_sizes"})
"""The checks that ask nothing where a search tries no examples, and so pass."""


@dataclass(frozen=True, slots=True)
class Share:
    """The checks of a group: those that its points are for, and those that are shown beside them.

    Args:
        group: the group.
        counting: ids, each worth the same.
        told: ids that match, and are worth no points: see `told`.

    """

    group: Group
    counting: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def each(self) -> float:
        """What one check is worth."""
        return self.group.points / len(self.counting) if self.counting else 0.0


def shares(rubric: Rubric) -> tuple[Share, ...]:
    """Return the checks of each group, in the rubric's order."""
    obstacles = {
        found.requirement.id: obstacle(found.requirement, rubric) for found in at_level(rubric.level)
    }
    found = []
    for group in rubric.groups:
        ids = matching(group.checks, rubric)
        counting = tuple(id for id in ids if not obstacles[id] and id not in TOLD)
        told = tuple(id for id in ids if not obstacles[id] and id in TOLD)
        found.append(Share(group, counting, told))
    return tuple(found)


def matching(patterns: tuple[str, ...], rubric: Rubric) -> list[str]:
    """Return the ids of the level's checks that match; none where a pattern is unknown."""
    ids = [found.requirement.id for found in at_level(rubric.level)]
    found: set[str] = set()
    for pattern in patterns:
        try:
            found.update(checks.matching([pattern], ids))
        except UsageError:
            continue
    return [id for id in ids if id in found]


def kinds(rubric: Rubric) -> tuple[str, ...]:
    """Return the kinds of network that may be submitted: any with layers, where no mode is named."""
    return (Config(mode=rubric.mode).kind,) if rubric.mode else LAYERS


def obstacle(requirement: Requirement, rubric: Rubric) -> str:
    """Say why a check counts for nobody, whoever tells of it; empty: it may count."""
    foreign = [kind for kind in kinds(rubric) if kind not in requirement.kinds]
    if foreign:
        return f"does not concern {' and '.join(foreign)}"
    lacking = sorted(requirement.needs - set(rubric.require))
    if lacking:
        return f"needs {' and '.join(lacking)}, not in `require`"
    if requirement.needs_module:
        return "looks at the module itself, which is in another process"
    if not rubric.examples and requirement.id in SEARCHES:
        return "is a search, and `examples` is 0"
    if levels.read(rubric.level).advises(requirement.since):
        return f"new in {requirement.since}; counts from the next minor release on"
    return ""


def uncounted(rubric: Rubric) -> dict[str, str]:
    """Return the checks of the level that count for nobody, and why."""
    grouped = {id for group in rubric.groups for id in matching(group.checks, rubric)}
    reasons: tuple[Callable[[Requirement], str], ...] = (
        lambda requirement: obstacle(requirement, rubric),
        lambda requirement: IN_NO_GROUP if requirement.id not in grouped else "",
        lambda requirement: told_alone(requirement.id),
    )
    found = {}
    for check in at_level(rubric.level):
        why = next(filter(None, (reason(check.requirement) for reason in reasons)), "")
        if why:
            found[check.requirement.id] = why
    return found


def told_alone(id: str) -> str:
    """Say what of a check the submission's own process alone tells; empty: nothing."""
    return f"only its own process tells {TOLD[id]}" if id in TOLD else ""
