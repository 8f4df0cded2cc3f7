"""What a policy forbids raises, in the process that `arm` was called in and in all that it forks.

The policies, each forbidding what the one before does, too:

- `any`: nothing.
- `fused`: torch's recurrent kernels, however they are reached (`nn.RNN`, a cell, `torch.rnn_tanh`,
  `torch.ops`, TorchScript, quantised ones); and the kit's own network, oracle and faults. `nn.Linear` is
  fine.
- `no-nn`: the kernels that compute a layer of torch.nn: linear, convolution, normalisation, embedding,
  attention. Modules and parameters as containers are fine, and so is what torch offers outside of torch.nn:
  products, `torch.tanh`, `torch.relu`, `torch.softmax`, `torch.dropout`. Kernels do not know under which name
  they were called: `F.tanh` passes, and `flags` shows it to a human.
- `no-autograd`: derivatives that torch works out. They are written by hand: a function beside the forward
  that is called its backward, or a `torch.autograd.Function`, whose backward the engine then only calls; see
  `engine`.

A kernel of the dispatcher is replaced by one that raises: no result can come of it, whatever the process
says of itself. The replacements are in torch's own tables, and what holds them there is out of Python's
reach. Code that does without these kernels pays nothing.

This must be called before threads start or autograd runs: forks follow.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import torch

from pytest_rnn_conformance.candidate.probing import known_truth
from pytest_rnn_conformance.errors import REFUSALS
from pytest_rnn_conformance.grade import POLICIES
from pytest_rnn_conformance.grading import engine, hidden
from pytest_rnn_conformance.grading.engine import NotFromScratch
from pytest_rnn_conformance.model import GRU_ONE_BIAS, MODES

RECURRENCE = "This assignment asks you to write the recurrence."
LAYER = "This assignment asks you to write what torch.nn computes with plain tensors, as in x @ W.T + b."

FORBIDDEN: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fused": {
        r"(^|_)rnn(_|$)": ("torch's own RNN", RECURRENCE),
        r"(^|_)lstm(_|$)": ("torch's own LSTM", RECURRENCE),
        r"(^|_)gru(_|$)": ("torch's own GRU", RECURRENCE),
    },
    "no-nn": {
        r"(^|_)q?linear(_|$)|(^|_)bilinear$": ("what nn.Linear and F.linear compute", LAYER),
        r"(^|_)q?conv(olution|_tbc|\d|_|$)": ("what torch's convolutions compute", LAYER),
        r"(^|_)q?(batch|layer|group|instance|rms)_?norm": ("what torch's normalisations compute", LAYER),
        r"(^|_)embedding(_bag|_renorm|_\d|_byte|_backward|_dense|_sparse|_*$)": (
            "what nn.Embedding computes",
            LAYER,
        ),
        r"attention|(^|_)transformer": ("what torch's attention computes", LAYER),
    },
    "no-autograd": {
        r"^(tanh|sigmoid|threshold|hardtanh|leaky_relu|elu)_backward$": (
            "a derivative that torch works out",
            engine.ASKED,
        ),
        r"^_make_dual$": ("forward-mode differentiation", engine.ASKED),
    },
}
"""By policy: which operators it forbids, in addition, what they are, and what is asked instead."""

HARMLESS = re.compile(r"flatten_weight|reorder|prepack|unpack|combination")
"""What only brings weights into another form, which constructors do, and a part of `torch.matrix_exp`."""

ALWAYS = ("CPU", "CUDA", "Autograd", "FuncTorchBatched")
"""The dispatch keys at which every forbidden operator raises."""

WHERE_KNOWN = (
    "CompositeImplicitAutograd",
    "CompositeExplicitAutograd",
    "CompositeExplicitAutogradNonFunctional",
    "CompositeImplicitAutogradNestedTensor",
    "QuantizedCPU",
    "MkldnnCPU",
    "NestedTensorCPU",
    "SparseCPU",
    "SparseCsrCPU",
    "AutogradNestedTensor",
    "FuncTorchBatchedDecomposition",
    "FuncTorchVmapMode",
    "FuncTorchDynamicLayerFrontMode",
    "Functionalize",
)
"""Those at which it raises where it has a kernel: torch would use that one, else."""


def arm(policy: str) -> None:
    """Forbid what a policy does, for good; once in a process."""
    if policy == POLICIES[0]:
        return
    for mode in (*MODES, GRU_ONE_BIAS):
        known_truth(mode)  # the kit asks torch's own networks for it
    forbidden = forbidden_operators(policy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that kernels are replaced is what is wanted
        for namespace in sorted({name.partition("::")[0] for name in forbidden}):
            replace_kernels(namespace, forbidden)
    for name in forbidden:
        forget_python_kernels(name)
    if policy == "no-autograd":
        engine.guard()
    hidden.hide()


def forbidden_operators(policy: str) -> dict[str, str]:
    """Return what each forbidden operator's kernel says, by its name with its overload's."""
    rules = {
        re.compile(pattern): words
        for each in POLICIES[: POLICIES.index(policy) + 1]
        for pattern, words in FORBIDDEN.get(each, {}).items()
    }
    found = {}
    for name in sorted(torch._C._dispatch_get_all_op_names()):  # noqa: SLF001 - no public list of them
        operator = name.partition(".")[0]
        base = operator.partition("::")[2]
        words = next((words for pattern, words in rules.items() if pattern.search(base)), None)
        if words and not HARMLESS.search(base):
            what, asked = words
            found[name] = f"{operator} is {what}. {asked}"
    return found


def replace_kernels(namespace: str, forbidden: Mapping[str, str]) -> None:
    """Register what raises in the place of a namespace's kernels, out of Python's reach.

    `torch.library` would keep a handle that the garbage collector knows: whoever finds it takes all back.
    """
    handle = torch._C._dispatch_library("IMPL", namespace, "", __file__, 0)  # noqa: SLF001 - see above
    for name, message in forbidden.items():
        if name.startswith(f"{namespace}::"):
            for key in keys_of(name):
                handle.impl(name.partition("::")[2], key, refusal(message))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))  # it is never freed, and nothing refers to it


def keys_of(name: str) -> Iterator[str]:
    """Yield the dispatch keys at which an operator must raise."""
    yield from ALWAYS
    for key in WHERE_KNOWN:
        with contextlib.suppress(RuntimeError):  # another release's
            if torch._C._dispatch_has_kernel_for_dispatch_key(name, key):  # noqa: SLF001 - no public question
                yield key


def refusal(message: str) -> Callable[..., NoReturn]:
    """Make a kernel that raises."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        said = message + at_import()
        REFUSALS[:] = REFUSALS or [said]
        raise NotFromScratch(said)

    return refuse


AT_IMPORT = (
    " It was called while the file was loaded; what only compares with it belongs below "
    '`if __name__ == "__main__":`.'
)


def at_import() -> str:
    """Say where a call belongs that is made while a submission is imported; empty: it is not."""
    frame = sys._getframe(1)  # noqa: SLF001 - what is on the stack, and nothing kept of it
    while frame is not None:
        if frame.f_code.co_name == "<module>" and not frame.f_code.co_filename.startswith("<"):
            return AT_IMPORT
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def forget_python_kernels(name: str) -> None:
    """Take from an operator the kernels that torch has in Python: tracing would prefer them."""
    operator, _, overload = name.partition(".")
    namespace, _, base = operator.partition("::")
    with contextlib.suppress(AttributeError):
        found = getattr(getattr(getattr(torch.ops, namespace), base), overload or "default")
        found.py_kernels.clear()
        found._dispatch_cache.clear()  # noqa: SLF001 - else it would still know them
