"""Check the corpus against torch.nn.RNN by hand: `python -m tests.corpus.verify [file ...]`.

Nothing here uses the kit: how each implementation is called, and where its weights are, stands in the other
files of this folder. A right one must equal nn.RNN in output, h_n and gradients; a wrong one must differ in
what is said there, and in nothing else.
"""

import importlib.util
import itertools
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import nn

from .right_by_hand import RIGHT
from .wrong_by_hand import WRONG

GLUE = {**RIGHT, **WRONG}
HERE = Path(__file__).resolve().parent / "implementations"
SIZES = ((6, 3, 3, 4), (1, 2, 3, 4), (5, 4, 4, 4), (10, 1, 2, 3))
"""L, N, D and H."""


@dataclass(frozen=True)
class Setting:
    L: int
    N: int
    D: int
    H: int
    k: int
    d: int
    given: bool


def settings(glue):
    return [
        Setting(*sizes, k, d, given)
        for sizes, k, d, given in itertools.product(SIZES, glue.layers, glue.directions, glue.given)
    ]


@cache
def load(file):
    """Import one file of the corpus by its path."""
    spec = importlib.util.spec_from_file_location(f"corpus_{file}", HERE / f"{file}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differences(spec):
    """Return what differs from nn.RNN anywhere; gradients are looked at where the output is right."""
    glue = GLUE[spec]
    file, _, name = spec.partition(":")
    found = set()
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        for s in settings(glue):
            found |= differences_for(glue, load(file), name, s)
    finally:
        torch.set_default_dtype(default)
    return found


def differences_for(glue, module, name, s):
    generator = torch.Generator().manual_seed(3)
    truth = nn.RNN(s.D, s.H, s.k, bias=glue.has_bias, bidirectional=s.d == 2)
    for parameter in truth.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.7
    x = torch.randn((s.L, s.N, s.D), generator=generator)
    h_0 = torch.randn((s.k * s.d, s.N, s.H), generator=generator) if s.given else None
    cotangent = torch.randn((s.L, s.N, s.d * s.H), generator=generator)
    if glue.last_step:
        cotangent[:-1] = 0
    want = observe(truth, x, h_0, cotangent)
    want |= {name: parameter.grad for name, parameter in truth.named_parameters()}
    try:
        got = glue.observe(module, x, h_0, cotangent, truth) or observe(
            glue.caller(getattr(module, name), truth, s), x, h_0, cotangent
        )
    except (RuntimeError, ValueError):
        return {"raises"}
    if glue.last_step:
        want["output"] = want["output"][-1:]
    if not same(got["output"], want["output"]):
        return {"first step" if s.L == 1 and not s.given else "output"}
    return {
        "weights" if "_l0" in part else part for part, value in got.items() if not same(value, want[part])
    }


def observe(call, x, h_0, cotangent):
    """Return output, h_n, and the gradients by x and h_0 of the loss that a cotangent of the output gives."""
    x = x.clone().requires_grad_()
    h_0 = None if h_0 is None else h_0.clone().requires_grad_()
    output, h_n = call(x, h_0)
    seen = {"output": output.detach()}
    if h_n is not None:
        seen["h_n"] = h_n.detach()
    (output * cotangent[-len(output) :]).sum().backward()
    leaves = {"x": x} if h_0 is None else {"x": x, "h_0": h_0}
    return seen | {
        part: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for part, leaf in leaves.items()
    }


def same(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-10, atol=1e-10)


def main(files):
    chosen = [spec for spec in GLUE if not files or spec.partition(":")[0] in files]
    surprises = [spec for spec in chosen if differences(spec) != set(GLUE[spec].differs)]
    for spec in surprises:
        print(f"{spec} differs in {differences(spec)}, and should in {set(GLUE[spec].differs)}")
    print(f"{len(chosen) - len(surprises)} of {len(chosen)} are what they are said to be")
    return bool(surprises)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
