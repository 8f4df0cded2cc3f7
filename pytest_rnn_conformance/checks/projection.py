"""Projection: with proj_size, an LSTM shows P = proj_size features of its H units, and itself reads those."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from pytest_rnn_conformance import guard, oracle
from pytest_rnn_conformance.cases import sizes
from pytest_rnn_conformance.checks import check, packed, unbatched
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.exact import SEED, fresh
from pytest_rnn_conformance.checks.golden import ONE, gives, golden
from pytest_rnn_conformance.checks.gradients import through
from pytest_rnn_conformance.checks.initialisation import new_networks, symmetry_is_broken
from pytest_rnn_conformance.checks.parameters import registered, shaped
from pytest_rnn_conformance.checks.state_dict import listed
from pytest_rnn_conformance.checks.structures import every_structure
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case

NEEDS = frozenset({"projection"})


def projected(case: Case) -> Case:
    """Return a case of a network that shows half of its units' number."""
    return replace(case, config=replace(case.config, proj_size=max(1, case.config.hidden_size // 2)))


def every_size(context: Context, *, with_state: bool = False) -> list[Case]:
    """Cases of every structure in all sizes, with a projection."""
    shapes = ((1, False), (2, False), (1, True), (3, True))
    grids = [sizes(context.mode, k, bidirectional=d, with_state=with_state) for k, d in shapes]
    return [projected(case) for grid in grids for case in grid]


@check(
    "projection.parameters",
    level="core",
    needs=NEEDS,
    after={"parameters.registered", "parameters.shapes"},
    rows=("P-05",),
    hint="W_hr (P, H) in every layer and direction; W_hh is (4*H, P), and W_ih of an upper layer (4*H, d*P)",
)
def every_direction_has_a_projection_of_its_own(context: Context) -> None:
    """With proj_size=P, every layer and direction has a W_hr (P, H), and what reads h has P columns.

    W_hh multiplies the projected state and is (4*H, P); W_ih of an upper layer reads the projections of
    all directions below and is (4*H, d*P). They are registered parameters like all others.

    torch: "proj_size" and "Variables" of nn.LSTM.
    """

    def ask(case: Case) -> None:
        registered(context, case)
        shaped(context, case)

    context.each(map(projected, every_structure(context)), ask)


@check(
    "projection.values",
    level="core",
    needs=NEEDS,
    after={"projection.parameters", "forward.long_stacks", "direction.layers", "gates.cell_state"},
    rows=("F-13",),
    hint="h_t = W_hr (o * tanh(c_t)) at every step: the next step, the output and the layer above read this",
)
def what_is_shown_is_projected_at_every_step(context: Context) -> None:
    """With proj_size every step gives h_t = W_hr (o * tanh(c_t)), and the next step reads that h_t.

    So does the layer above. c_t stays as it is, H wide. Projecting the finished output gives the same
    shapes, and another recurrence.

    torch: "If proj_size > 0 is specified, LSTM with projections will be used"; Sak et al., 2014.
    """
    config = replace(ONE, mode=context.mode, hidden_size=2, proj_size=1)
    g = math.atanh(0.5)
    weights = {"bias_ih_l0": (0.0, 0.0, 0.0, 0.0, g, -g, 0.0, 0.0), "weight_hr_l0": ((3.0, 1.0),)}
    case = golden("g = 1/2, -1/2, W_hr = 3, 1", config, weights, ((0.0,), (0.0,)))
    gives(context, case, [math.tanh(0.25), math.tanh(0.375)])
    context.each(every_size(context), context.matches_oracle)


@check(
    "projection.final_state",
    level="core",
    needs=NEEDS | {"final_state"},
    after={"projection.values"},
    rows=("F-13",),
    hint="h_n is projected (k*d, N, P), c_n is not (k*d, N, H)",
)
def h_n_is_projected_and_c_n_is_not(context: Context) -> None:
    """With proj_size h_n is (k*d, N, P), the last h_t of every layer and direction; c_n is (k*d, N, H).

    torch: "Outputs" of nn.LSTM.
    """
    context.each(every_size(context), lambda case: context.matches_oracle(case, ("h_n",)))


@check(
    "projection.initial_state",
    level="core",
    needs=NEEDS | {"initial_state"},
    after={"projection.values", "projection.final_state"},
    rows=("F-13",),
    hint="h_0 is (k*d, N, P), and enters the first step as it is; c_0 is (k*d, N, H)",
)
def h_0_comes_projected_and_c_0_whole(context: Context) -> None:
    """With proj_size h_0 is (k*d, N, P), what a step before would have shown, and c_0 is (k*d, N, H).

    torch: "Inputs: input, (h_0, c_0)" of nn.LSTM.
    """
    context.each(
        every_size(context, with_state=True), lambda case: context.matches_oracle(case, ("output", "h_n"))
    )


@check(
    "projection.gradients",
    level="core",
    needs=NEEDS | {"gradients"},
    after={"projection.initial_state", "projection.final_state", "gradients.layers", "gradients.directions"},
    rows=("A-03", "F-13"),
    hint="a `detach` or `.data` around the projection",
)
def gradients_pass_through_the_projection(context: Context) -> None:
    """With proj_size the input, h_0, c_0 and every weight, W_hr among them, get the right gradient."""
    cases = [projected(case) for case in every_structure(context)]
    if context.has("initial_state"):
        cases = [replace(case, with_state=True) for case in cases]
    context.each(cases, lambda case: context.gradients_match(case, through(context)))


@check(
    "projection.new_weights",
    level="module",
    needs=NEEDS,
    after={"projection.parameters", "initialisation.weights"},
    rows=("P-07",),
    hint="draw W_hr as the other weights are drawn",
)
def a_new_projection_lets_something_through(context: Context) -> None:
    """W_hr of a new network is finite, differs from unit to unit, and has both signs.

    With a W_hr of zeros the network shows nothing, and no other weight gets a gradient.

    torch: every weight is drawn from U(-1/sqrt(H), 1/sqrt(H)).
    """

    def ask(case: Case) -> None:
        for name, weight in context.build(case.config).read().items():
            if name.startswith("weight_hr"):
                if not weight.isfinite().all():
                    words = f"{name} of a new network"
                    fail(words, expected="finite numbers", actual="NaN or infinity", case=case)
                symmetry_is_broken(name, weight, case)

    context.each(map(projected, new_networks(context)), ask)


@check(
    "projection.input_forms",
    level="module",
    needs=NEEDS,
    after={
        "projection.final_state",
        "projection.initial_state",
        "forward.batch_first",
        "unbatched.batch_first_ignored",
        "packed.batch_first_ignored",
    },
    rows=("F-13", "U-02", "K-02"),
    hint="a size of the state that is taken for H, or for P, in the code for one form of input",
)
def a_projection_fits_every_form_of_input(context: Context) -> None:
    """With proj_size batch-first, packed and single sequences give the right output, h_n and c_n, too.

    h and c differ in size then: code for one form of input may have one size for both.
    """
    plain = [projected(case) for case in every_structure(context)]
    cases = [replace(case, with_state=given) for case in plain for given in (False, True)]
    if context.works("unbatched", "unbatched.values"):
        single = [replace(case, batch=1) for case in cases]
        context.each(single, lambda case: unbatched.matches_a_batch_of_one(context, case))
    lengths = packed.LENGTHS
    of_lengths = [replace(case, steps=max(lengths), batch=len(lengths), lengths=lengths) for case in cases]
    context.each(of_lengths, lambda case: packed.output_matches(context, case))
    context.each(of_lengths, lambda case: packed.h_n_matches(context, case))
    turned = [replace(case, config=replace(case.config, batch_first=True)) for case in plain]
    context.each(turned, context.matches_oracle)


@check(
    "projection.state_dict",
    level="drop-in",
    needs=NEEDS,
    after={"projection.parameters", "state_dict.shapes", "state_dict.entries"},
    rows=("P-05",),
    needs_module=True,
    hint="create weight_hr_l0 after bias_hh_l0, before the next direction's weight_ih",
)
def the_projection_is_the_last_weight_of_its_direction(context: Context) -> None:
    """With proj_size the state dict holds weight_hr_l0 (P, H) after bias_hh_l0, and so on in each direction.

    torch: `weight_hr_l[k]` of nn.LSTM; RNNBase registers it last.
    """

    def ask(case: Case) -> None:
        module = module_of(context.build(case.config))
        with user_code(context):
            own = written({str(name): weight for name, weight in module.state_dict().items()})
        expected = written(oracle.build(case.config, context.dtype).state_dict())
        if own != expected:
            fail("module.state_dict()", expected=listed(expected), actual=listed(own), case=case)

    plain = [projected(case) for case in every_structure(context)]
    context.each([*plain, replace(plain[0], config=replace(plain[0].config, bias=False))], ask)


def written(weights: dict[str, Tensor]) -> list[str]:
    """Write weights by name and shape."""
    return [f"{name} {tuple(weight.shape)}" for name, weight in weights.items()]


@check(
    "projection.initial_values",
    level="drop-in",
    needs=NEEDS,
    after={"projection.state_dict", "projection.new_weights", "exact.initial_values"},
    rows=("P-08",),
    needs_module=True,
    hint="draw W_hr with the other weights, in their order, from the same range: 1/sqrt(H), not 1/sqrt(P)",
)
def the_same_seed_gives_torchs_projection(context: Context) -> None:
    """After the same seed a new network with proj_size has the same weights as a new torch.nn.LSTM.

    torch: "All the weights and biases are initialized from U(-sqrt(k), sqrt(k)) where k = 1/hidden_size".
    """

    def ask(case: Case) -> None:
        guard.seed_generators(SEED)
        theirs = dict(oracle.build(case.config, torch.float32).named_parameters())
        for name, weight in fresh(context, case):
            if not torch.equal(weight, theirs[name]):
                expected, actual = theirs[name].flatten()[0].item(), weight.flatten()[0].item()
                words = f"the initial {name} after torch.manual_seed({SEED})"
                fail(words, expected=f"{expected:.7f} first", actual=f"{actual:.7f} first", case=case)

    context.each(map(projected, every_structure(context)), ask)
