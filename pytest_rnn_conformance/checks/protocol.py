"""Protocol: what every nn.Module can do: be copied, pickled, loaded and hooked."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable

import torch
from torch import Tensor, nn

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.construction import WrongCall, all_refused
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.own_call import allowed, own_arguments, quiet_call, same, tensors_in
from pytest_rnn_conformance.checks.twin import module_of, user_code
from pytest_rnn_conformance.model import Case

READY = frozenset(
    {
        "protocol.is_module",
        "forward.recurrence",
        "parameters.registered",
        "purity.repeatable",
        "purity.arguments_unchanged",
    }
)
"""What must hold before a module is asked for more than to compute."""


def a_case(context: Context, *, seed: int = 91) -> Case:
    """The case of most checks here: one layer, one direction."""
    return Case(config=context.config(), seed=seed)


@check(
    "protocol.is_module",
    level="module",
    after={"construction.builds"},
    hint="`class RNN(nn.Module)`, with `super().__init__()` in the constructor",
)
def the_network_is_a_module(context: Context) -> None:
    """The network is a torch.nn.Module, so that it can be part of a larger one.

    An optimiser, a checkpoint and `.to(device)` reach the weights of modules, and of nothing else.

    torch: nn.Module.
    """
    if not context.build(context.config()).is_module:
        fail("the network", expected="a torch.nn.Module", actual="an object of another kind")


@check(
    "protocol.train_and_eval",
    level="module",
    after={"protocol.is_module"},
    rows=("M-09",),
    needs_module=True,
    hint="a `train` or `eval` of one's own without `return super().train(mode)`",
)
def train_and_eval_return_the_module(context: Context) -> None:
    """`train()` and `eval()` set the mode and return the module itself, as in `net = RNN(...).eval()`.

    The mode may be given to `train` by its name, `train(mode=False)`.

    torch: "Returns: self" of nn.Module.train, and its argument `mode`.
    """
    module = module_of(context.build(context.config()))
    ways: tuple[tuple[str, dict[str, bool], bool], ...] = (
        ("train", {}, True),
        ("eval", {}, False),
        ("train", {"mode": True}, True),
        ("train", {"mode": False}, False),
    )
    for name, options, mode in ways:
        words = f"{name}({', '.join(f'{option}={value}' for option, value in options.items())})"
        with allowed(context, words):
            returned, training = getattr(module, name)(**options), module.training
        if returned is not module:
            fail(f"what {words} returns", expected="the module itself", actual=type(returned).__name__)
        if training is not mode:
            fail(f"training after {words}", expected=str(mode), actual=str(training))


@check(
    "protocol.deepcopy",
    level="module",
    after=READY,
    rows=("M-05",),
    needs_module=True,
    hint="a tensor with a graph kept on self, or a function defined in the constructor that holds on to self",
)
def a_deep_copy_is_independent(context: Context) -> None:
    """`copy.deepcopy` gives a network that computes the same; changing the copy leaves the original alone.

    Averaged weights, target networks and early stopping copy networks, in the middle of training too.

    torch: copy.deepcopy of any nn.Module.
    """
    case = a_case(context)
    instance = context.instance(case)
    module, arguments = module_of(instance), own_arguments(instance, context.tensors(case).input)
    before = quiet_call(context, module, arguments)
    instance.call_target(*arguments)  # with a graph, as in training
    script = ("import copy", "run(x)", "copy.deepcopy(mine)")
    with allowed(context, "copy.deepcopy(module) after a call", case, script=script):
        copied = copy.deepcopy(module)
    if not same(quiet_call(context, copied, arguments), before):
        fail("the output of a deep copy", expected="that of the original", actual="another", case=case)
    with torch.no_grad():
        for weight in copied.parameters():
            weight.zero_()
    if not same(quiet_call(context, module, arguments), before):
        actual = "it changes"
        fail("the original, when the copy is changed", expected="it stays", actual=actual, case=case)
    if same(quiet_call(context, copied, arguments), before):
        actual = "its output stays: it uses the original's weights"
        fail("a deep copy, when its weights are set to 0", expected="it changes", actual=actual, case=case)


@check(
    "protocol.pickle",
    level="module",
    after=READY | {"protocol.train_and_eval"},
    rows=("M-06",),
    needs_module=True,
    hint="a lambda, an inner function or a class defined in a function, kept on self",
)
def a_network_can_be_pickled_and_saved(context: Context) -> None:
    """A network that is pickled or saved whole, and loaded, computes the same as before, in the same mode.

    Worker processes are given networks by pickle. A lambda on `self` cannot be pickled; a function of
    the module's file can.

    torch: torch.save of a module; "Saving and Loading Models".
    """
    case = a_case(context)
    instance = context.instance(case)
    module, arguments = module_of(instance), own_arguments(instance, context.tensors(case).input)
    before = quiet_call(context, module, arguments)

    def saved() -> nn.Module:
        file = io.BytesIO()
        torch.save(module, file)
        file.seek(0)
        loaded: nn.Module = torch.load(file, weights_only=False)
        return loaded

    ways: dict[str, Callable[[], nn.Module]] = {
        "pickle.loads(pickle.dumps(module))": lambda: pickle.loads(pickle.dumps(module)),  # noqa: S301
        "torch.load of torch.save(module)": saved,
    }
    for words, way in ways.items():
        with allowed(context, words, case, script=("import pickle", "pickle.loads(pickle.dumps(mine))")):
            loaded = way()
            modes = [(mode, copy_in_mode(module, mode, way).training) for mode in (True, False)]
        for mode, found in modes:
            if found is not mode:
                subject = f"training of {words}, of a network in {'train' if mode else 'eval'} mode"
                fail(subject, expected=str(mode), actual=str(found), case=case)
        if not same(quiet_call(context, loaded, arguments), before):
            fail(f"the output of {words}", expected="as before", actual="another", case=case)


def copy_in_mode(module: nn.Module, mode: bool, way: Callable[[], nn.Module]) -> nn.Module:
    """Make a copy of a network while it is in a mode."""
    module.train(mode)
    return way()


@check(
    "protocol.state_dict_is_strict",
    level="module",
    after=READY,
    rows=("M-03",),
    needs_module=True,
    hint="a `load_state_dict` of one's own with strict=False, or one that broadcasts",
)
def a_state_dict_that_does_not_fit_is_refused(context: Context) -> None:
    """Loading weights of which one is missing, unknown or of another shape raises an exception.

    torch: RuntimeError "Error(s) in loading state_dict"; strict=True is the default.
    """
    module = module_of(context.build(context.config()))
    with user_code(context):
        weights = {name: weight.clone() for name, weight in module.state_dict().items()}
    name, _ = next(module.named_parameters())
    if name not in weights:
        fail("the state dict", expected=f"an entry {name}", actual=", ".join(map(str, weights)) or "none")
    wrong: dict[str, dict[str, Tensor]] = {
        f"weights without {name}": {key: weight for key, weight in weights.items() if key != name},
        "weights with one more, no_such_weight,": {**weights, "no_such_weight": weights[name]},
        f"weights with one more column in {name}": {**weights, name: torch.cat([weights[name]] * 2, -1)},
    }

    def load(given: dict[str, Tensor]) -> object:
        with user_code(context):
            return module.load_state_dict(given)

    calls = [WrongCall(words, lambda given=given: load(given)) for words, given in wrong.items()]  # type: ignore[misc]
    all_refused("loading a state dict that does not fit", calls)


@check(
    "protocol.assigned_weights",
    level="module",
    after=READY | {"parameters.replaced"},
    rows=("M-04",),
    needs_module=True,
    hint="weights kept in a second form beside the parameters",
)
def weights_can_be_assigned_when_loading(context: Context) -> None:
    """`load_state_dict(..., assign=True)` puts the loaded tensors in the place of the weights, and they act.

    Large checkpoints are loaded so, without a second copy in memory; into a network that was built on
    the meta device, without a first one.

    torch: nn.Module.load_state_dict, assign.
    """
    case = a_case(context)
    features, other = context.tensors(case).input, context.instance(case)
    expected = other.run(features).output
    assert expected is not None
    for device in ("cpu", "meta"):
        with torch.device(device):
            instance = context.build(case.config)
        if device == "cpu":
            instance.run(features)  # whatever is kept from a call is kept now
        with user_code(context):
            weights = {name: weight.clone() for name, weight in module_of(other).state_dict().items()}
        with allowed(context, f"load_state_dict(weights, assign=True) on {device}", case):
            module_of(instance).load_state_dict(weights, assign=True)
        with allowed(context, f"a call after load_state_dict(weights, assign=True) on {device}", case):
            output = instance.run(features).output
        compared = "that of the network that the weights were taken from"
        context.agree(case, "output", output, expected.double(), compared=compared)


@check(
    "protocol.hooks",
    level="module",
    after=READY | {"gradients.parameters"},
    rows=("M-08",),
    needs_module=True,
    hint="a `__call__` of one's own: write `forward` only, and let nn.Module call it",
)
def hooks_are_called(context: Context) -> None:
    """Hooks before and after forward, and after backward, are called once for each call.

    Profilers, debuggers and feature extractors are hooks. They are called once for one sequence, and
    for a PackedSequence, too.

    torch: nn.Module.register_forward_hook, register_full_backward_hook.
    """
    case = a_case(context)
    instance = context.instance(case)
    module = module_of(instance)
    first, *others = own_arguments(instance, context.tensors(case).input)
    hooks, seen = ["a forward pre-hook", "a forward hook"], []
    module.register_forward_pre_hook(lambda *_: seen.append("a forward pre-hook"))
    module.register_forward_hook(lambda *_: seen.append("a forward hook"))
    module.register_full_backward_hook(lambda *_: seen.append("a full backward hook"))
    returned = instance.call_target(first.clone().requires_grad_(), *others)
    with allowed(context, "backward with a full backward hook", case):
        torch.autograd.backward([value.sum() for value in tensors_in(returned) if value.requires_grad])
    items = returned if isinstance(returned, tuple) else (returned,)
    if all(isinstance(item, Tensor) for item in items):  # torch finds no tensors in lists
        hooks.append("a full backward hook")
    for words in hooks:
        if seen.count(words) != 1:
            actual = f"called {seen.count(words)} times"
            fail(words, expected="called once for a call", actual=actual, case=case)
    x = context.tensors(case).input
    others_of = {}
    if context.works("unbatched", "unbatched.shapes"):
        others_of["one sequence"] = own_arguments(context.instance(case), x[:, 0])
    if context.works("packed", "packed.structure"):
        others_of["a PackedSequence"] = own_arguments(context.instance(case), x, lengths=(2, 4, 1))
    for form, arguments in others_of.items():
        called: list[None] = []
        instance = context.instance(case)
        module_of(instance).register_forward_hook(lambda *_, called=called: called.append(None))
        instance.call_target(*arguments)
        if len(called) != 1:
            actual = f"called {len(called)} times"
            fail(f"a forward hook, for {form}", expected="called once for a call", actual=actual, case=case)
