"""State dict: weights are called, shaped and ordered as in torch.nn.RNN, so that they can be exchanged."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.twin import build, by_torchs_names, module_of, twin, user_code
from pytest_rnn_conformance.model import CELLS, KINDS, Case


def twelve_structures(context: Context) -> list[Case]:
    """One case for each kind of network, smallest first: D differs from H."""
    return [
        Case(config=context.config(num_layers=layers, bidirectional=bidirectional, bias=bias))
        for layers in (1, 2, 3)
        for bidirectional in (False, True)
        for bias in (True, False)
    ]


def listed(names: list[str]) -> str:
    """Write names in a row."""
    return ", ".join(names) if names else "none"


@check(
    "state_dict.names",
    level="drop-in",
    after={"parameters.registered"},
    rows=("P-01", "P-04"),
    needs_module=True,
    hint="after `weight_ih_l` comes the layer's number, then `_reverse` for that direction",
)
def parameters_have_torchs_names(context: Context) -> None:
    """The parameters are called weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l1, and so on.

    A file of weights that torch.nn.RNN has written is read by these names. One bias instead of two
    computes the same, and cannot take torch's two from a file. With bias=False there are none.

    torch: "Variables" of nn.RNN.
    """

    def ask(case: Case) -> None:
        names_are_torchs(context, case)

    context.each(twelve_structures(context), ask)


def names_are_torchs(context: Context, case: Case) -> nn.Module:
    """Fail where the parameters are called otherwise than torch's; return the module."""
    module = module_of(context.build(case.config))
    own, expected = [name for name, _ in module.named_parameters()], torchs_names(context, case)
    if set(own) != set(expected):
        fail(
            "the parameters",
            expected=listed(expected),
            actual=listed(own),
            case=case,
            script=(
                "names = list(dict(mine.named_parameters()))",
                f"assert set(names) == set({names_source(context, case)}), names",
            ),
        )
    return module


def torchs_names(context: Context, case: Case) -> list[str]:
    """List the names of torch's parameters, in its order."""
    return list(by_torchs_names(context, case.config.parameter_shapes()))


def names_source(context: Context, case: Case) -> str:
    """Write the names of torch's parameters as source: a reproducer's `truth` has layers."""
    return repr(torchs_names(context, case)) if context.is_cell else "list(truth.state_dict())"


@check(
    "state_dict.shapes",
    level="drop-in",
    after={"state_dict.names", "cells.names", "parameters.shapes", "direction.stacks"},
    rows=("P-02",),
    needs_module=True,
    hint="matrices stored as (in, out), for `x @ W`; torch stores (out, in), as nn.Linear does",
    kinds=KINDS,
    sentences=dict.fromkeys(
        CELLS, "Matrices are stored as (H, D) and (H, H), biases as (H,), for each gate."
    ),
)
def parameters_have_torchs_shapes(context: Context) -> None:
    """Matrices are stored as (H, D), (H, d*H) and (H, H), biases as (H,).

    The other way round is as good, until weights are exchanged: then H rows of D become D rows of H.

    torch: "Variables" of nn.RNN.
    """

    def ask(case: Case) -> None:
        own = dict(module_of(context.build(case.config)).named_parameters())
        for name, shape in by_torchs_names(context, case.config.parameter_shapes()).items():
            if tuple(own[name].shape) != shape:
                fail(
                    name,
                    expected=f"shape {shape}",
                    actual=f"shape {tuple(own[name].shape)}",
                    case=case,
                    script=(f"assert mine.{name}.shape == {shape}, mine.{name}.shape",),
                )

    context.each(twelve_structures(context), ask)


@check(
    "state_dict.entries",
    level="drop-in",
    after={"state_dict.names"},
    rows=("M-01", "P-03", "P-04", "P-09"),
    needs_module=True,
    hint="create the weights layer by layer, forward before reverse; keep no buffer and no submodule",
)
def the_state_dict_holds_the_parameters_in_order_and_nothing_else(context: Context) -> None:
    """The state dict holds the parameters in torch's order; there is no buffer and no submodule.

    An optimiser's state goes by the order of the parameters, not by their names: in another order a
    loaded checkpoint gives every weight another's momentum, silently.

    torch: "Variables" of nn.RNN; RNNBase registers layer by layer, forward before reverse.
    """

    def ask(case: Case) -> None:
        entries_are_torchs(context, case)

    context.each(twelve_structures(context), ask)


def entries_are_torchs(context: Context, case: Case) -> None:
    """Fail where the parameters are in another order than torch's, or not all that there is."""
    module = module_of(context.build(case.config))
    with user_code(context):
        saved = [str(name) for name in module.state_dict()]
    expected, source = listed(torchs_names(context, case)), names_source(context, case)
    for subject, actual in (
        ("module.named_parameters()", listed([name for name, _ in module.named_parameters()])),
        ("module.state_dict()", listed(saved)),
    ):
        if actual != expected:
            fail(
                subject,
                expected=expected,
                actual=actual,
                case=case,
                script=(
                    f"assert list(dict(mine.named_parameters())) == {source}",
                    f"assert list(mine.state_dict()) == {source}",
                ),
            )
    for subject, names in (
        ("buffers", [name for name, _ in module.named_buffers()]),
        ("submodules", [name for name, _ in module.named_children()]),
    ):
        if names:
            fail(subject, expected="none", actual=listed(names), case=case)


@check(
    "state_dict.exchange",
    level="drop-in",
    after={
        "state_dict.shapes",
        "state_dict.entries",
        "cells.entries",
        "forward.recurrence",
        "forward.relu",
        "direction.layers",
        "layers.stacked",
    },
    rows=("M-02",),
    needs_module=True,
    hint="a `state_dict` of one's own, or a copy of the weights that loading does not reach",
    kinds=KINDS,
    sentences={
        kind: f"A file of weights that torch.nn.{kind} saved loads here, and the other way round."
        for kind in CELLS
    },
)
def weights_are_exchanged_with_torch(context: Context) -> None:
    """A file of weights that torch.nn.RNN saved loads here, and the other way round, with the same output.

    Loaded strictly, with nothing renamed: trained weights go from one to the other.

    torch: "Saving and Loading Models".
    """

    def ask(case: Case) -> None:
        tensors, torchs = context.tensors(case), f"torch.nn.{context.candidate.kind}"
        expected = oracle.truth(case, context.salt, context.dtype).output

        theirs = twin(context, case)
        instance = context.build(case.config)
        with user_code(context):
            module_of(instance).load_state_dict(through_a_file(theirs.state_dict()), strict=True)
        own = instance.run(tensors.input).output
        context.agree(case, "output", own, expected, compared=f"{torchs}, whose weights were loaded")

        with user_code(context):
            saved = module_of(context.instance(case)).state_dict()
        theirs = build(context, case.config, context.dtype)
        load_into_torch(torchs, theirs, saved, case)
        with torch.no_grad():
            output = oracle.walked(theirs, tensors.input) if context.is_cell else theirs(tensors.input)[0]
        context.agree(case, "output", output, expected, compared=f"{torchs} with the weights saved here")

    structures = ((1, False), (2, False), (2, True))
    cases = [Case(config=context.config(num_layers=k, bidirectional=d), seed=31) for k, d in structures]
    context.each(cases, ask)


def load_into_torch(torchs: str, network: nn.Module, state: dict[str, Any], case: Case) -> None:
    """Load strictly from a file; what torch refuses is the candidate's failure."""
    try:
        network.load_state_dict(through_a_file(state), strict=True)
    except Exception as error:  # noqa: BLE001 - whatever torch makes of what was saved
        actual = f"{type(error).__name__}: {error}"
        fail(f"{torchs} loading the weights saved here", expected="it loads", actual=actual, case=case)


def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    """Save and load a state dict, as a file would."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return dict(torch.load(file, weights_only=True))
