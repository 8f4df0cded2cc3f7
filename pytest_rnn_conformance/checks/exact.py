"""Exactness: with torch's seed come torch's numbers, and what else nn.RNN has beside its mathematics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance import guard
from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.dropout import NEEDS, dropout_case
from pytest_rnn_conformance.checks.own_call import kind
from pytest_rnn_conformance.checks.twin import attribute, build, module_of, twin, user_code
from pytest_rnn_conformance.model import CELLS, KINDS, Case

SEED = 5


@check(
    "exact.initial_values",
    level="drop-in",
    after={
        "state_dict.shapes",
        "state_dict.entries",
        "cells.entries",
        "initialisation.weights",
        "initialisation.not_saturated",
    },
    rows=("P-07", "P-08"),
    needs_module=True,
    hint="`uniform_(-k, k)`, k = 1/sqrt(hidden_size), on every parameter in order, biases too",
    kinds=KINDS,
    sentences={
        kind: f"After the same seed, a new cell has the same weights and biases as a new torch.nn.{kind}."
        for kind in CELLS
    },
)
def the_same_seed_gives_torchs_initial_values(context: Context) -> None:
    """After the same seed, a new network has the same weights and biases as a new torch.nn.RNN.

    All are drawn from U(-1/sqrt(H), 1/sqrt(H)): the bound depends on H alone, for W_ih too, and biases
    are not zero. An experiment that is repeated with its seed then gives its old result.

    torch: "All the weights and biases are initialized from U(-sqrt(k), sqrt(k)) where k = 1/hidden_size".
    """
    wide = Case(config=context.config(input_size=4, hidden_size=256))
    bound = 1 / math.sqrt(wide.config.hidden_size)
    for name, weight in fresh(context, wide):
        spread = weight.std().item() * math.sqrt(3) / bound
        if weight.abs().max() > bound or abs(spread - 1) > 0.2:
            expected = f"from -{bound:.4f} to {bound:.4f}, standard deviation {bound / math.sqrt(3):.4f}"
            actual = f"from {weight.min():.4f} to {weight.max():.4f}, standard deviation {weight.std():.4f}"
            fail(f"the initial {name}", expected=expected, actual=actual, case=wide)

    def ask(case: Case) -> None:
        guard.seed_generators(SEED)
        theirs = dict(build(context, case.config, torch.float32).named_parameters())
        for name, weight in fresh(context, case):
            if not torch.equal(weight, theirs[name]):
                expected, actual = theirs[name].flatten()[0].item(), weight.flatten()[0].item()
                words = f"the initial {name} after torch.manual_seed({SEED})"
                fail(
                    words,
                    expected=f"{expected:.7f} first",
                    actual=f"{actual:.7f} first, in the right range",
                    case=case,
                )

    both = context.config(num_layers=2, bidirectional=True)
    one_unit = context.config(hidden_size=1)
    configs = (context.config(), both, context.config(bias=False), one_unit)
    context.each([Case(config=config) for config in configs], ask)


def fresh(context: Context, case: Case) -> Iterator[tuple[str, Tensor]]:
    """Yield the initial values of a new network in float32, built after the seed."""
    instance = context.build(case.config, seed=SEED, default_dtype=torch.float32)
    for name, parameter in module_of(instance).named_parameters():
        yield name, parameter.detach()


@check(
    "exact.reset_parameters",
    level="drop-in",
    after={"state_dict.names", "cells.names"},
    rows=("P-12",),
    needs_module=True,
    hint="`reset_parameters` draws into the parameters there are, `nn.init.uniform_(weight, -k, k)`",
    kinds=KINDS,
)
def reset_parameters_draws_anew_in_place(context: Context) -> None:
    """`reset_parameters()` draws every parameter anew, in place, and returns None.

    An optimiser holds the parameters themselves: were they replaced, it would go on training the old ones.

    torch: RNNBase.reset_parameters.
    """
    module: Any = module_of(context.build(context.config()))
    before: dict[str, Tensor] = dict(module.named_parameters())
    values = {name: weight.detach().clone() for name, weight in before.items()}
    attribute(context, module, "reset_parameters", "reset_parameters", expected="a method")
    with user_code(context):
        returned = module.reset_parameters()
    if returned is not None:
        fail("what reset_parameters() returns", expected="None", actual=type(returned).__name__)
    after = dict(module.named_parameters())
    for name, weight in before.items():
        if after.get(name) is not weight:
            fail(f"{name} after reset_parameters()", expected="the same object", actual="another one")
        if torch.equal(weight, values[name]) and bool(values[name].any()):  # zeros are drawn as zeros
            fail(f"{name} after reset_parameters()", expected="new values", actual="the old ones")


@check(
    "exact.all_weights",
    level="drop-in",
    after={"state_dict.entries"},
    rows=("P-06", "M-11"),
    needs_module=True,
    hint="a property `all_weights` that looks the parameters up, and an empty method `flatten_parameters`",
)
def weights_are_listed_by_layer_and_direction(context: Context) -> None:
    """`all_weights` lists the parameters by layer and direction, and `flatten_parameters()` may be called.

    Training scripts loop over the first to initialise, and call the second after moving a network. The
    list holds the parameters themselves, not copies; the call returns None.

    torch: RNNBase.all_weights and RNNBase.flatten_parameters.
    """

    def ask(case: Case) -> None:
        module: Any = module_of(context.build(case.config))
        expected_kind = "a list of lists of parameters"
        own = attribute(context, module, "all_weights", "all_weights", expected=expected_kind)
        attribute(context, module, "flatten_parameters", "flatten_parameters", expected="a method")
        if not isinstance(own, list) or not all(isinstance(group, (list, tuple)) for group in own):
            fail("all_weights", expected=expected_kind, actual=kind(own), case=case)
        with user_code(context):
            returned = module.flatten_parameters()
        groups = case.config.state_rows
        names, parameters = list(case.config.parameter_shapes()), dict(module.named_parameters())
        size = len(names) // groups
        expected = [names[start : start + size] for start in range(0, len(names), size)]
        by_id = {id(parameter): name for name, parameter in parameters.items()}
        actual = [[by_id.get(id(weight), "another tensor") for weight in group] for group in own]
        if actual != expected:
            fail("all_weights", expected=str(expected), actual=str(actual), case=case)
        if returned is not None:
            fail(
                "what flatten_parameters() returns",
                expected="None",
                actual=type(returned).__name__,
                case=case,
            )

    configs = (context.config(), context.config(bias=False), context.config(num_layers=2, bidirectional=True))
    context.each([Case(config=config) for config in configs], ask)


@check(
    "exact.repr",
    level="drop-in",
    after={"signature.attributes", "cells.attributes", "state_dict.entries", "cells.entries"},
    rows=("M-07",),
    needs_module=True,
    hint="`extra_repr`: the two sizes, then what differs from its default, as name=value",
    kinds=KINDS,
    sentences=dict.fromkeys(
        CELLS, "Printing a cell shows its sizes, then every option that is not at its default."
    ),
)
def printing_a_network_shows_its_options(context: Context) -> None:
    """Printing a network shows its sizes, then every option but the nonlinearity that is not at its default.

    torch: RNNBase.extra_repr; RNNCellBase.extra_repr, which shows the nonlinearity too.
    """

    def ask(case: Case) -> None:
        module = module_of(context.build(case.config))
        with user_code(context):
            own = repr(module)
        theirs = build(context, case.config, torch.float32)
        expected = type(module).__name__ + repr(theirs).removeprefix(type(theirs).__name__)
        if own != expected:
            script = (f"assert repr(mine) == {expected!r}, mine",)
            fail(
                "repr(cell)" if context.is_cell else "repr(rnn)",
                expected=expected,
                actual=own,
                case=case,
                script=script,
            )

    several = {"num_layers": 2, "bidirectional": True, "bias": False, "batch_first": True, "dropout": 0.5}
    configs = [context.config(), context.config(num_layers=2), context.config(bias=False)]
    configs.append(context.config(**several))
    configs += [context.config(proj_size=2)] if context.has("projection") else []
    if len(context.candidate.modes) > 1:
        configs += [context.config(mode="RNN_RELU"), context.config(mode="RNN_RELU", bias=False)]
    context.each([Case(config=config) for config in configs], ask)


@check(
    "exact.dropout_mask",
    level="drop-in",
    needs=NEEDS,
    after={"dropout.between_layers_only", "dropout.recurrence_kept"},
    rows=("D-06",),
    needs_module=True,
    hint="`F.dropout(output, p, self.training)` once, on the whole output (L, N, d*H) of a layer",
)
def the_same_seed_drops_what_torch_drops(context: Context) -> None:
    """After the same seed, dropout zeroes what torch.nn.RNN zeroes; in eval mode no random number is drawn.

    The mask is that of one `F.dropout` on the layer's whole output (L, N, d*H). Drawn step by step in
    reverse, or batch-first, it is another.
    """
    case = dropout_case(context, 0.5)
    x = context.tensors(case).input
    theirs = twin(context, case).train()
    guard.seed_generators(SEED)
    with torch.no_grad():
        expected, _ = theirs(x)
    own = context.instance(case).run(x, training=True, seed=SEED).output
    context.agree(
        case, "output", own, expected, compared=f"{context.torchs} in train mode, after the same seed"
    )

    instance, states = context.instance(case), []
    module = module_of(instance)
    module.register_forward_pre_hook(lambda *_: states.append(torch.get_rng_state()))
    module.register_forward_hook(lambda *_: states.append(torch.get_rng_state()))
    instance.run(x)
    if len(states) == 2 and not torch.equal(*states):
        fail("torch's random generator, in eval mode", expected="not used", actual="used", case=case)


@check(
    "exact.zero_gradients",
    level="drop-in",
    after={"gradients.parameters", "gradients.final_state", "gradients.layers"},
    rows=("A-13",),
    hint="a weight that is skipped when it cannot matter: `if hx is None`, `if L == 1`",
)
def gradients_that_must_be_zero_are_zeros(context: Context) -> None:
    """A weight that cannot matter gets a gradient of zeros, not None.

    W_hh does not matter over one step from h_0 = 0, nor do the upper layers for h_n[0]. Code that reads
    `weight.grad` of every parameter, to clip or to log it, stops at None.
    """
    asked = [(Case(config=context.config(), steps=1), "output")]
    if context.has("multilayer", "final_state"):
        asked.append((Case(config=context.config(num_layers=2)), "h_n"))
    for case, through in asked:
        tensors = context.tensors(case)
        cotangent = tensors.cotangents[through].clone()
        cotangent[1:] = 0.0  # the first step, or the first layer, alone
        names = tuple(case.config.parameter_shapes())
        found = context.instance(case).gradients(tensors.input, None, {through: cotangent}, wanted=names)
        for name in names:
            if found[name] is None:
                fail(f"the gradient of {name}", expected="zeros", actual="None", case=case)
