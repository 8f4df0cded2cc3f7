"""Devices: what forward makes, it makes where its input is, and not where it was written to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from pytest_rnn_conformance.checks import check
from pytest_rnn_conformance.checks.context import Context, fail
from pytest_rnn_conformance.checks.dtype import runs_on_meta
from pytest_rnn_conformance.checks.own_call import allowed
from pytest_rnn_conformance.checks.twin import module_of
from pytest_rnn_conformance.model import KINDS, Case

HERE = torch.device("cpu", 0)
"""The CPU under a name that nobody writes: what has it was given the device of another tensor."""

DEVICE_OF = torch.Tensor.device.__get__
MOVES = (torch.Tensor.to, torch.Tensor.cpu, torch.Tensor.cuda, torch.Tensor.numpy)


class NamedDevices(TorchFunctionMode):
    """Notices devices that are named in code; every tensor says meanwhile that it is `HERE`."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Answer for the device of a tensor; look through the arguments of everything else."""
        if func == DEVICE_OF:
            return HERE
        options = kwargs or {}
        given = [options.get("device"), *(value for value in args if isinstance(value, torch.device))]
        if func in MOVES:
            given += [value for value in args if isinstance(value, str)]
            self.seen = self.seen or func in MOVES[1:]
        self.seen = self.seen or any(device is not None and device != HERE for device in given)
        return func(*args, **options)


@check(
    "dtype.device_of_input",
    level="module",
    after={"dtype.other_device"},
    rows=("T-07", "H-04"),
    needs_module=True,
    hint='`device="cpu"` or `.cpu()` in forward: write `device=x.device`, or `x.new_zeros(...)`',
)
def no_device_is_written_into_forward(context: Context) -> None:
    """No tensor that forward needs is on a device that the code names: it runs where its input is.

    `torch.zeros(..., device="cpu")` is right as long as there is no GPU, and raises on one. No GPU is
    needed to see it: torch's meta device, which has shapes and no numbers, stands for one.

    torch: "Meta device"; new_zeros; "device" of torch.zeros.
    """

    def ask(case: Case) -> None:
        instance, tensors = context.instance(case), context.tensors(case)
        with NamedDevices() as named:
            instance.run(tensors.input, tensors.state)
        if named.seen:  # rarely: torch loads much at the first use of that device
            runs_on_meta(context, case)

    configs = [context.config(num_layers=layers) for layers in (1, 2)]
    context.each([Case(config=config, seed=98) for config in configs], ask)


@check(
    "signature.device",
    level="drop-in",
    after={"signature.device_and_dtype", "dtype.follows_module"},
    rows=("C-01", "T-07"),
    needs_module=True,
    hint="`torch.empty(shape, device=device, dtype=dtype)` for every parameter",
    kinds=KINDS,
)
def parameters_are_made_where_they_are_asked_for(context: Context) -> None:
    """`device=` is where all parameters are made; it is not taken and forgotten.

    A network that is built on the GPU is not copied there. torch's meta device stands for one here.

    torch: "device" of nn.RNN, with which every module of torch makes its parameters.
    """
    options: dict[str, Any] = {"num_layers": 2, "bidirectional": True}
    if context.is_cell or not context.passed("signature.arguments"):
        options = {}
    network = context.construct(3, 4, **options, device="meta")
    kind = context.candidate.kind
    for name, weight in network.named_parameters():
        if not weight.is_meta:
            fail(f"{name} of {kind}(..., device='meta')", expected="on meta", actual=f"on {weight.device}")


@check(
    "dtype.shared_memory",
    level="module",
    after={"protocol.is_module", "parameters.registered", "forward.recurrence"},
    rows=("T-08",),
    needs_module=True,
    hint="an `_apply` or `share_memory` of one's own that leaves weights out",
)
def weights_can_be_shared_between_processes(context: Context) -> None:
    """`share_memory()` moves every weight into shared memory, and the network computes as before.

    Processes that train one network together share its weights so.

    torch: nn.Module.share_memory; torch.multiprocessing.
    """
    try:
        torch.zeros(1).share_memory_()  # type: ignore[no-untyped-call]
    except RuntimeError:  # this machine has no shared memory to give
        return
    case = Case(config=context.config(), seed=99)
    instance, features = context.instance(case), context.tensors(case).input
    before = instance.run(features).output
    with allowed(context, "module.share_memory()", case):
        module_of(instance).share_memory()
    for name, weight in module_of(instance).named_parameters():
        if not weight.is_shared():  # type: ignore[no-untyped-call]
            expected, actual = "in shared memory", "in memory of its own"
            fail(f"{name} after share_memory()", expected=expected, actual=actual, case=case)
    assert before is not None
    output = instance.run(features).output
    compared = "its value before share_memory()"
    context.agree(case, "output", output, before.double(), compared=compared)
