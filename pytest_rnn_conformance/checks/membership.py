"""Membership: the network as a part of a larger module, and in the hands of its training loop."""

from __future__ import annotations

import torch
from torch import nn

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, own_arguments, quiet_call, same, tensors_in
from pytest_rnn_conformance.checks.protocol import READY, a_case
from pytest_rnn_conformance.checks.twin import module_of


@check(
    "protocol.part_of_a_module",
    level="module",
    after=READY | {"protocol.train_and_eval"},
    rows=("M-05",),
    needs_module=True,
    hint="a `state_dict` of one's own without the arguments that a larger module gives: write none",
)
def a_larger_module_saves_and_loads_it(context: Context) -> None:
    """A larger module that the network is a part of saves its weights, under its name, and loads them.

    A model is saved as a whole. Its `state_dict()` calls that of each part, with arguments of its own:
    where to put the weights, and what to write before their names.

    torch: nn.Module.state_dict and load_state_dict; "Saving and Loading Models".
    """
    case = a_case(context)
    instance, other = context.instance(case), context.build(case.config)
    module, arguments = module_of(instance), own_arguments(instance, context.tensors(case).input)
    expected = quiet_call(context, module, arguments)
    parent, other_parent = nn.ModuleDict({"rnn": module}), nn.ModuleDict({"rnn": module_of(other)})
    with allowed(context, "state_dict() of a module that the network is a part of", case):
        saved = {name: weight.clone() for name, weight in parent.state_dict().items()}
    names = {f"rnn.{name}" for name, _ in module.named_parameters()}
    if missing := names - set(saved):
        actual = f"without {', '.join(sorted(missing))}: {', '.join(saved) or 'nothing'}"
        wanted = "every weight, as rnn.<its name>"
        fail("the state dict of a larger module", expected=wanted, actual=actual, case=case)
    with allowed(context, "load_state_dict() of a module that the network is a part of", case):
        other_parent.load_state_dict(saved)
    if not same(quiet_call(context, module_of(other), arguments), expected):
        subject = "the output, after a larger module has loaded the weights"
        fail(subject, expected="that of the network saved", actual="another", case=case)
    with allowed(context, "train() and eval() of a module that the network is a part of", case):
        modes = [(mode, parent.train(mode), module.training) for mode in (True, False)]
    for mode, _, found in modes:
        if found is not mode:
            subject = f"training, after train({mode}) of a larger module"
            fail(subject, expected=str(mode), actual=str(found), case=case)


@check(
    "protocol.zero_grad",
    level="module",
    after=READY | {"gradients.parameters"},
    needs_module=True,
    hint="a `zero_grad` of one's own: leave it to nn.Module",
)
def gradients_are_cleared(context: Context) -> None:
    """`zero_grad()` clears the gradient of every weight: to None, or with set_to_none=False to zeros.

    What is not cleared is added to the next batch's gradient.

    torch: nn.Module.zero_grad.
    """
    case = a_case(context)
    instance = context.instance(case)
    module, arguments = module_of(instance), own_arguments(instance, context.tensors(case).input)
    for words, options in (
        ("zero_grad()", {}),
        ("zero_grad(set_to_none=True)", {"set_to_none": True}),
        ("zero_grad(set_to_none=False)", {"set_to_none": False}),
    ):
        returned = instance.call_target(*arguments)
        with allowed(context, "backward", case):
            torch.autograd.backward([value.sum() for value in tensors_in(returned) if value.requires_grad])
        trained = {name: weight for name, weight in module.named_parameters() if weight.grad is not None}
        with allowed(context, f"module.{words}", case):
            module.zero_grad(**options)
        zeros = options == {"set_to_none": False}
        for name, weight in trained.items():
            left = weight.grad
            if (left is not None and bool(left.any())) or (left is None) == zeros:
                actual = "None" if left is None else "zeros" if not left.any() else "what it was"
                expected = "zeros" if zeros else "None"
                fail(f"the gradient of {name} after {words}", expected=expected, actual=actual, case=case)
