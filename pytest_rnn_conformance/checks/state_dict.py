"""State dict: weights are called, shaped and ordered as in torch.nn.RNN, so that they can be exchanged."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch import nn

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case


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
        module = module_of(context.candidate.build(case.config))
        own, expected = [name for name, _ in module.named_parameters()], case.config.parameter_shapes()
        if set(own) != set(expected):
            fail(
                "the parameters",
                expected=listed(list(expected)),
                actual=listed(own),
                case=case,
                script=(
                    "names = list(dict(mine.named_parameters()))",
                    "assert set(names) == set(dict(truth.named_parameters())), names",
                ),
            )

    context.each(twelve_structures(context), ask)


@check(
    "state_dict.shapes",
    level="drop-in",
    after={"state_dict.names", "parameters.shapes"},
    rows=("P-02",),
    needs_module=True,
    hint="matrices stored as (in, out), for `x @ W`; torch stores (out, in), as nn.Linear does",
)
def parameters_have_torchs_shapes(context: Context) -> None:
    """Matrices are stored as (H, D), (H, d*H) and (H, H), biases as (H,).

    The other way round is as good, until weights are exchanged: then H rows of D become D rows of H.

    torch: "Variables" of nn.RNN.
    """

    def ask(case: Case) -> None:
        own = dict(module_of(context.candidate.build(case.config)).named_parameters())
        for name, shape in case.config.parameter_shapes().items():
            if tuple(own[name].shape) != shape:
                fail(
                    name,
                    expected=f"shape {shape}",
                    actual=f"shape {tuple(own[name].shape)}",
                    case=case,
                    script=(f"assert mine.{name}.shape == truth.{name}.shape, mine.{name}.shape",),
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
        module = module_of(context.candidate.build(case.config))
        with user_code(context):
            saved = [str(name) for name in module.state_dict()]
        expected = listed(list(case.config.parameter_shapes()))
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
                        "assert list(dict(mine.named_parameters())) == list(truth.state_dict())",
                        "assert list(mine.state_dict()) == list(truth.state_dict())",
                    ),
                )
        for subject, names in (
            ("buffers", [name for name, _ in module.named_buffers()]),
            ("submodules", [name for name, _ in module.named_children()]),
        ):
            if names:
                fail(subject, expected="none", actual=listed(names), case=case)

    context.each(twelve_structures(context), ask)


@check(
    "state_dict.exchange",
    level="drop-in",
    after={
        "state_dict.shapes",
        "state_dict.entries",
        "forward.recurrence",
        "forward.relu",
        "direction.layers",
        "layers.stacked",
    },
    rows=("M-02",),
    needs_module=True,
    hint="a `state_dict` of one's own, or a copy of the weights that loading does not reach",
)
def weights_are_exchanged_with_torch(context: Context) -> None:
    """A file of weights that torch.nn.RNN saved loads here, and the other way round, with the same output.

    Loaded strictly, with nothing renamed: trained weights go from one to the other.

    torch: "Saving and Loading Models".
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        expected = oracle.truth(case, context.salt, context.dtype).output

        theirs = oracle.build(case.config, context.dtype)
        theirs.load_state_dict(tensors.parameters)
        instance = context.candidate.build(case.config)
        with user_code(context):
            module_of(instance).load_state_dict(through_a_file(theirs.state_dict()), strict=True)
        own = instance.run(tensors.input).output
        context.agree(case, "output", own, expected, compared=f"{context.torchs}, whose weights were loaded")

        with user_code(context):
            saved = module_of(context.instance(case)).state_dict()
        theirs = oracle.build(case.config, context.dtype)
        load_into_torch(context, theirs, saved, case)
        with torch.no_grad():
            output, _ = theirs(tensors.input)
        context.agree(
            case, "output", output, expected, compared=f"{context.torchs} with the weights saved here"
        )

    structures = ((1, False), (2, False), (2, True))
    cases = [Case(config=context.config(num_layers=k, bidirectional=d), seed=31) for k, d in structures]
    context.each(cases, ask)


def load_into_torch(context: Context, network: nn.RNNBase, state: dict[str, Any], case: Case) -> None:
    """Load strictly from a file; what torch refuses is the candidate's failure."""
    try:
        network.load_state_dict(through_a_file(state), strict=True)
    except Exception as error:  # noqa: BLE001 - whatever torch makes of what was saved
        actual = f"{type(error).__name__}: {error}"
        fail(
            f"{context.torchs} loading the weights saved here", expected="it loads", actual=actual, case=case
        )


def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    """Save and load a state dict, as a file would."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return dict(torch.load(file, weights_only=True))
