"""The rubric to begin with: valid as it stands, worth 100 points, every option explained in comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_rnn_conformance.grade import Group, Limits, Rubric
from pytest_rnn_conformance.model import CAPABILITIES, LEVELS, MODES, RELEASES

POLICY_WORDS: Mapping[str, str] = {
    "any": "nothing is forbidden",
    "fused": "no recurrent kernel of torch (nn.RNN, nn.LSTM, nn.GRU, their cells)",
    "no-nn": "nothing that torch.nn computes (nn.Linear, ...)",
    "no-autograd": "no gradients by autograd: the backward pass is written by hand",
}
PARTIAL_WORDS: Mapping[str, str] = {
    "cases": "by the fraction of its cases that pass",
    "checks": "not at all",
}
VISIBILITY_WORDS: Mapping[str, str] = {
    "visible": "at once",
    "hidden": "never",
    "after_due_date": "after the due date",
    "after_published": "when grades are published",
}
LIMIT_WORDS: Mapping[str, str] = {
    "seconds": "for each check",
    "total_seconds": "for all checks together, and for importing it",
    "memory": "MiB beyond what torch itself takes",
    "processes": "how many it may start beside its own",
}
LEVEL_WORDS: Mapping[str, str] = {
    "core": "the mathematics that any RNN must get right",
    "module": "a good torch module, beside that",
    "drop-in": "exchangeable with torch's own, beside that",
}

REQUIRED = ("all_steps", "final_state", "initial_state", "multilayer", "bidirectional", "gradients")
"""What the template asks of everybody."""

GROUPS = (
    Group("Forward pass", 30, ("construction.*", "parameters.*", "purity.*", "forward.*", "numerics.*")),
    Group("Initial and final state", 20, ("initial_state.*", "final_state.*")),
    Group("Layers and directions", 25, ("layers.*", "direction.*")),
    Group("Gradients", 25, ("gradients.*",), "after_published"),
)
"""The template's groups."""


def text() -> str:
    """Write the template."""
    usual, limits = Rubric(groups=()), Limits()
    lines = [
        "# What is graded, and how. See what it comes to: rnn-conformance rubric check FILE",
        "",
        'title = "RNN from scratch"',
        "",
        *said("level: whose checks may be named", LEVEL_WORDS),
        f"# `{LEVELS[0]}@{RELEASES[-1]}` means what that release asked: a newer one changes nobody's points.",
        f'level = "{LEVELS[0]}@{RELEASES[-1]}"',
        "",
        f"# mode: {', '.join(MODES)}; without it, whatever is submitted is found out, and checks that",
        "# concern some of these alone count for nobody.",
        f'mode = "{MODES[0]}"',
        "",
        "# require: what is asked of everybody alike. A check that needs something else counts for nobody.",
        "require = [",
        *(
            f"    {('' if name in REQUIRED else '# ') + quoted(name) + ',':22}# {words}"
            for name, words in CAPABILITIES.items()
        ),
        "]",
        "",
        *said("policy: what is forbidden; each forbids what the one before does, too", POLICY_WORDS),
        f'policy = "{usual.policy}"',
        "",
        *said("partial: how a check counts that fails", PARTIAL_WORDS),
        f'partial = "{usual.partial}"',
        "",
        "# hints: what feedback gives away: 0 nothing; 1 a known mistake's name, and where to look;",
        "# 2 what is wrong there; 3 the right line.",
        f"hints = {usual.hints}",
        "",
        "# examples: how many random examples each search tries; 0: none.",
        f"examples = {usual.examples}",
        "",
        "# What one submission may use.",
        "[limits]",
        *(f"{name} = {getattr(limits, name)}  # {words}" for name, words in LIMIT_WORDS.items()),
        "",
        "# A group has a name that students read, points, and the checks that they are for, as ids or globs,",
        "# each check worth the same: `rnn-conformance list` shows all ids. No check may be in two groups.",
        *said("visibility: when students see what became of it", VISIBILITY_WORDS),
        "# description: a sentence for students.",
    ]
    for group in GROUPS:
        lines += ["", *written(group)]
    return "\n".join(lines) + "\n"


def said(about: str, words: Mapping[str, str]) -> list[str]:
    """Write a comment about an option and what each of its words means."""
    return [f"# {about}:", *(f"#   {quoted(word)}: {meaning}" for word, meaning in words.items())]


def written(group: Group) -> Iterable[str]:
    """Write a group."""
    yield "[[group]]"
    yield f"name = {quoted(group.name)}"
    yield f"points = {group.points:g}"
    yield f"checks = [{', '.join(map(quoted, group.checks))}]"
    yield f"visibility = {quoted(group.visibility)}"
    if group.description:
        yield f"description = {quoted(group.description)}"


def quoted(word: str) -> str:
    """Write a text of TOML."""
    return f'"{word}"'
