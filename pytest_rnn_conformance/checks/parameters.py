"""Parameters: every layer and direction has weights of its own, of the right shape, that act."""

from __future__ import annotations

import torch
from torch import nn

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.structures import every_structure, plain_structures
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case


@check(
    "parameters.registered",
    level="core",
    after={"construction.builds"},
    rows=("P-09",),
    hint="weights kept in a plain list, in a plain tensor attribute, or one tensor used for several layers",
)
def every_weight_is_a_registered_parameter(context: Context) -> None:
    """Every layer and direction has weights of its own: registered parameters that require grad.

    What is not registered is not trained, not saved and not moved: an optimiser gets
    `module.parameters()`, and nothing else. Keep weights in `nn.Parameter`, `nn.ParameterList` or a
    submodule; a plain Python list hides them.

    torch: every weight of nn.RNN is a leaf nn.Parameter with storage of its own.
    """
    context.each(plain_structures(context), lambda case: registered(context, case))


def registered(context: Context, case: Case) -> None:
    """Fail where a weight is not a registered leaf with storage of its own."""
    for name, fact in context.build(case.config).parameter_facts().items():
        if not fact.place:
            loose = f"; tensors that are not registered: {', '.join(fact.loose)}" if fact.loose else ""
            script = (
                "missing = dict(truth.named_parameters()).keys() - places.keys()",
                "assert not missing, missing",
            )
            fail(
                name,
                expected="a parameter of its own",
                actual=f"none{loose}",
                case=case,
                script=script,
            )
        if fact.shares_with:
            fail(
                f"{name}, found at {fact.place}",
                expected="storage of its own",
                actual=f"shared with {fact.shares_with}",
                case=case,
                script=(f"assert places[{name!r}].data_ptr() != places[{fact.shares_with!r}].data_ptr()",),
            )
        if not fact.registered:
            fail(
                f"{name}, found at {fact.place}",
                expected="in module.parameters()",
                actual="not registered",
                case=case,
                script=(
                    "registered = {parameter.data_ptr() for parameter in mine.parameters()}",
                    f"assert places[{name!r}].data_ptr() in registered",
                ),
            )
        if not fact.is_leaf:
            fail(
                f"{name}, found at {fact.place}",
                expected="a leaf that requires grad",
                actual="it is not",
                case=case,
            )


@check(
    "parameters.shapes",
    level="core",
    after={"construction.builds"},
    rows=("P-02",),
    hint="the sizes in the constructor; an upper layer of a bidirectional network reads 2*H features",
    sentences={
        "LSTM": "W_ih is (4*H, D) in the first layer and (4*H, d*P) above, W_hh is (4*H, P), and biases are "
        "(4*H,): i, f, g, o; without a projection P is H.",
        "GRU": "W_ih is (3*H, D) in the first layer and (3*H, d*H) above, W_hh is (3*H, H), and biases are "
        "(3*H,): r, z, n.",
        "RNNCell": "W_ih is (H, D), W_hh is (H, H), and biases are (H,).",
        "LSTMCell": "W_ih is (4*H, D), W_hh is (4*H, H), and biases are (4*H,): i, f, g, o.",
        "GRUCell": "W_ih is (3*H, D), W_hh is (3*H, H), and biases are (3*H,): r, z, n.",
    },
)
def every_weight_has_its_shape(context: Context) -> None:
    """W_ih is (H, D) in the first layer and (H, d*H) above, W_hh is (H, H), and biases are (H,).

    Which way round all matrices are stored is a convention, and found out; that a weight is missing a
    row is not. The upper layers read what the layer below puts out: d*H features, not D and, in a
    bidirectional network, not H.

    torch: "Variables" of nn.RNN.
    """
    context.each(plain_structures(context), lambda case: shaped(context, case))


def shaped(context: Context, case: Case) -> None:
    """Fail where a weight that was found has another shape than torch's."""
    facts = context.build(case.config).parameter_facts()
    for name, shape in case.config.parameter_shapes().items():
        if facts[name].place and facts[name].shape != shape:
            fail(
                f"{name}, found at {facts[name].place}",
                expected=f"shape {shape}",
                actual=f"shape {facts[name].shape}",
                case=case,
            )


@check(
    "parameters.take_effect",
    level="core",
    after={"forward.shapes", "parameters.shapes", "purity.repeatable"},
    rows=("P-10", "F-04"),
    hint="a weight or bias that is never read, is read in another's place, or was copied in the constructor",
)
def every_weight_acts_when_changed_in_place(context: Context) -> None:
    """Changing any weight or bias in place changes the result of the next call.

    An optimiser changes weights in place. A weight that has no effect is forgotten in the formula, or
    a copy of it was made when the network was built.

    torch: h_t = tanh(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh).
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        instance = context.instance(case)
        before = instance.run(tensors.input, tensors.state)
        for name, weight in tensors.parameters.items():
            if not instance.parameter_facts()[name].place:
                continue
            instance.write({**tensors.parameters, name: weight + 0.5})
            after = instance.run(tensors.input, tensors.state)
            pairs = ((before.output, after.output), (before.state, after.state))
            if all(a is None or b is None or torch.equal(a, b) for a, b in pairs):
                fail(
                    name,
                    expected="a change of it changes the output",
                    actual="the output stays the same",
                    case=case,
                    script=(
                        "before = run(x)",
                        f"places[{name!r}].data.add_(0.5)",
                        "after = run(x)",
                        "assert any(a is not None and not torch.equal(a, b) for a, b in zip(before, after))",
                    ),
                )
        instance.write(tensors.parameters)

    context.each(every_structure(context), ask)


@check(
    "parameters.replaced",
    level="module",
    after={"protocol.is_module", "parameters.registered", "parameters.take_effect"},
    rows=("P-10",),
    needs_module=True,
    hint="weights kept in a second form, a list or a concatenation made once: read them in every forward",
)
def every_weight_acts_when_replaced(context: Context) -> None:
    """A weight that is given new `.data`, or replaced by a new nn.Parameter, takes effect at the next call.

    Loading, pruning, averaging and quantising weights replace them, after the network was used.

    torch: RNNBase.__setattr__ keeps its list of weights up to date.
    """

    def ask(case: Case) -> None:
        tensors = context.tensors(case)
        for way, script in WAYS.items():
            instance, twin = context.instance(case), context.instance(case)
            instance.run(tensors.input)
            with user_code(context):
                replace_weights(module_of(instance), new_parameters=way == "a new nn.Parameter")
            with torch.no_grad():
                for parameter in module_of(twin).parameters():
                    parameter.mul_(0.5)
            expected = twin.run(tensors.input).output
            assert expected is not None
            compared = f"that of a network whose weights were changed in place, not by {way},"
            output = instance.run(tensors.input).output
            context.agree(case, "output", output, expected.double(), compared=compared, script=script)

    context.each(every_structure(context), ask)


HALF = (
    "for weight in truth.parameters():",
    "    weight.data *= 0.5",
    "torch.testing.assert_close(run(x)[0], truth(x)[0])",
)
WAYS = {
    "a new .data": (
        "run(x)",
        "for weight in mine.parameters():",
        "    weight.data = weight.detach() * 0.5",
        *HALF,
    ),
    "a new nn.Parameter": (
        "run(x)",
        "for path, weight in list(mine.named_parameters()):",
        "    owner, _, name = path.rpartition('.')",
        "    setattr(mine.get_submodule(owner), name, torch.nn.Parameter(weight.detach() * 0.5))",
        *HALF,
    ),
}
"""How a weight is replaced, and the end of a reproducer of each way."""


def replace_weights(module: nn.Module, *, new_parameters: bool) -> None:
    """Halve every weight, not in place."""
    for path, parameter in list(module.named_parameters()):
        owner, _, name = path.rpartition(".")
        half = parameter.detach() * 0.5
        if new_parameters:
            setattr(module.get_submodule(owner), name, nn.Parameter(half))
        else:
            parameter.data = half
