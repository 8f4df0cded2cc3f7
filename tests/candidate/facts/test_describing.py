"""The declaration that is printed freezes what was inferred: pasted, it is read as the code itself was."""

from dataclasses import replace

import pytest
from torch import nn

from pytest_rnn_conformance import Implementation, check_rnn, guard, loading
from pytest_rnn_conformance.candidate import adapt, inspect
from pytest_rnn_conformance.candidate.facts.describing import FREEZE
from pytest_rnn_conformance.inspection import Inspection
from pytest_rnn_conformance.model import Config
from tests.corpus.table import ENTRIES, REFUSED
from tests.corpus.verify import HERE

UNFREEZABLE: dict[str, str] = {}
"""What a declaration cannot say: the key of an entry, and why."""

FROZEN = [entry for entry in ENTRIES if entry not in REFUSED and entry.key not in UNFREEZABLE]
JUDGED = (
    "seed_notebook:RNN",
    "state_first_concatenated_head:SimpleRNN",
    "cell_columns:RNNCell",
    "numpy_cs231n:rnn_forward",
    "vanilla_rnn_fixed_sizes:VanillaRNN",
    "function_reverse_left_reversed:bidirectional",
)


def each(entries):
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry.key)


def adapted(implementation):
    with guard.judging():
        return adapt(implementation)


def inspected(implementation):
    log = guard.new_log()
    with guard.judging():
        return inspect(implementation, Inspection("rnn.py:RNN", from_spec=True), log=log, seconds=10.0)


def load(entry):
    return loading.load(f"{HERE / entry.file}.py:{entry.name}").implementation


def pasted(text, target):
    """Execute a declaration where the class or function is known by its name."""
    return eval(text, {"Implementation": Implementation, target.__name__: target})


def configs(candidate):
    names = candidate.constructor.names
    for layers in (1, 2, 3) if "num_layers" in names else (1,):
        for bidirectional in (False, True) if "bidirectional" in names else (False,):
            yield Config(num_layers=layers, bidirectional=bidirectional)


def places(candidate):
    return [candidate.build(config).places for config in configs(candidate)]


def arguments(plan):
    """What a function's arguments are; that an orientation is declared, or found out, makes no difference."""
    if plan is None:
        return None
    told = [
        (replace(a, transposed=None), a.role.startswith("weight") and plan.is_transposed(a))
        for a in plan.arguments
    ]
    return told, replace(plan, arguments=(), transposed=False)


def read(candidate):
    """All that was found out."""
    return (
        replace(candidate.conventions, declared={}, learned=None),
        places(candidate),
        arguments(candidate.plan),
        candidate.capabilities,
        candidate.dtype,
    )


@pytest.mark.sampled(every=3)
@each(FROZEN)
def test_a_declaration_that_is_printed_can_be_pasted(entry):
    implementation = load(entry)
    candidate, found = adapted(implementation), inspected(implementation)
    line = candidate.inferred[-1]

    assert line.startswith(FREEZE)
    short, laid_out = (
        pasted(text, implementation.target) for text in (line.removeprefix(FREEZE), found.declaration)
    )
    assert short == laid_out
    assert read(adapted(short)) == read(candidate)


@each([entry for entry in FROZEN if entry.key in JUDGED])
def test_a_pasted_declaration_is_judged_as_the_code_itself(entry):
    implementation = load(entry)
    declared = pasted(inspected(implementation).declaration, implementation.target)
    as_it_is, frozen = (check_rnn(i, examples=0, diagnose="off") for i in (implementation, declared))

    assert [(o.requirement.id, o.status) for o in frozen.outcomes] == [
        (o.requirement.id, o.status) for o in as_it_is.outcomes
    ]
    assert [failed.requirement.id for failed in frozen.failures] == list(entry.fails)


@each([entry for entry in FROZEN if entry.key in JUDGED])
def test_a_pasted_declaration_is_given_as_the_reason(entry):
    implementation = load(entry)
    found = inspected(pasted(inspected(implementation).declaration, implementation.target))
    roles = {"input_size", "input", "weight_ih_l0", "weight_hh_l0", "weight_ih", "weight_hh"}
    facts = [fact for section in found.sections for fact in section.facts if fact.role in roles]
    reasons = {fact.notes[0] for fact in facts}

    assert reasons <= {"declared", "torch's own name", "a cell: one step a call"}
    assert "declared" in reasons


class Renamed(nn.RNN):
    def __init__(self, n_in, n_hidden):
        super().__init__(n_in, n_hidden)


def test_what_was_declared_beside_stays_in_the_declaration_that_is_printed():
    given = Implementation(
        Renamed,
        mode="RNN_TANH",
        capabilities=frozenset({"all_steps", "gradients"}),
        expected_failures={"forward.runs": "for a reason"},
        name="mine",
    )
    again = pasted(inspected(given).declaration, Renamed)

    assert again.arguments == {"input_size": "n_in", "hidden_size": "n_hidden"}
    assert replace(again, arguments={}, layout=None) == given


def test_a_class_is_called_by_its_own_name_in_a_declaration_not_by_that_of_reports():
    candidate = adapted(Implementation(Renamed, name="mine"))

    assert f"{FREEZE}Implementation(Renamed, " in candidate.inferred[-1]
