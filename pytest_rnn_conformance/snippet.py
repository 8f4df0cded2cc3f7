"""What a reproducer must know of an implementation: how it is imported, built and called, as source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """The parts of a reproducer that are the implementation's own.

    Args:
        imports: lines that bind the class or function to `implementation`.
        constructor: what builds `mine`: `implementation`, or torch.nn.RNN, which holds a function's weights.
        arguments: the constructor call's arguments, as source.
        places: by torch's name, for the tensor or for each gate's, the path of the user's own tensor from
            `mine`, and what follows it to make torch's weight of it: `("W_ih[0]", ".T")`,
            `("i2h.weight", "[:, :3]")`; empty: named as torch names them.
        one_bias: b_ih and b_hh go into one bias.
        call: the call of `mine` on `x` and `h_0`, as source: with h_0, and without.
        returns: what a call unpacks to: `output, h_n`, or `output`.
        results: the expressions of the time-first output and of h_n (k*d, N, H), as source; of an LSTM the
            second is a pair.
        before: lines before each call.
        after: lines after the weights are set.
        loop: `beginnings`: a call gives the last step of what it is given; `steps`: it is one step of a cell,
            of `x_t` and `h_t`; empty: it gives every step.
        is_module: it is a torch module.
        differentiable: autograd gives its gradients.
        arrays: its weights are NumPy arrays.

    """

    imports: tuple[str, ...]
    arguments: str
    places: dict[str, tuple[tuple[str, str], ...]]
    one_bias: bool
    call: tuple[str, str]
    returns: str
    results: tuple[str, str]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    loop: str = ""
    is_module: bool = True
    constructor: str = "implementation"
    differentiable: bool = True
    arrays: bool = False
