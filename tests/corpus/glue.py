"""From torch's input, h_0 and weights to those of an implementation, and back to torch's output and h_n."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import torch

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def with_state(m, x, h):
    return m(x) if h is None else m(x, h)


def nothing(*_):
    return None


@dataclass(frozen=True)
class Glue:
    """Glue for a class, which has places, or for a function, which takes weights in its call.

    Args:
        places: of W_ih, W_hh and one bias, two or none, as source; `{k}` is the layer, `{k1}` that from 1 on,
            `{i}` counts layers and directions, `{j}` directions, `{d}` is one of `words`.
        call: of a model, x and h_0 in their own layout; of a function, with torch's weights before them.
        make: the model, of a class and a Setting.
        layout: the axes of x and of the output.
        state: the own form of h_0, of (k*d, N, H); None: it is not taken.
        required: h_0 must be given.
        head: the matrix and the bias of the output head, which are set to the identity and to zero.
        cell: one call is one step.
        last_step: the last step's output alone is returned.
        observe: everything at once, for NumPy; see verify.observe.
        differs: in what it is wrong.

    """

    places: str = ""
    call: Callable[..., Any] = with_state
    make: Callable[..., Any] = lambda cls, s: cls(s.D, s.H)
    layout: str = "LND"
    state: Callable[..., Any] | None = None
    required: bool = False
    head: tuple[str, ...] = ()
    cell: bool = False
    last_step: bool = False
    layers: tuple[int, ...] = (1,)
    directions: tuple[int, ...] = (1,)
    words: tuple[str, str] = ("", "_reverse")
    has_bias: bool = True
    observe: Callable[..., Any] = nothing
    differs: frozenset[str] = frozenset()

    @property
    def given(self):
        """Whether to try without h_0, and with it."""
        return (True,) if self.required else (False,) if self.state is None else (False, True)

    def caller(self, target, truth, s):
        """Return what maps torch's x and h_0 to torch's output and h_n, on torch's weights."""
        weights = dict(truth.named_parameters())
        if self.places:
            model = self.make(target, s)
            with torch.no_grad():
                self.copy(model, weights, s)
            call = partial(self.call, model)
        else:
            b = weights["bias_ih_l0"] + weights["bias_hh_l0"]
            call = partial(self.call, target, SimpleNamespace(**weights, b=b, layers=s.k))
        return partial(self.run_cell if self.cell else self.run, call)

    def run(self, call, x, h_0):
        """Call once for a whole sequence."""
        h = None if h_0 is None else self.state(h_0)
        returned = call(x.permute(*("LND".index(letter) for letter in self.layout)), h)
        output, h_n = returned if isinstance(returned, tuple) else (returned, None)
        output = torch.stack(output) if isinstance(output, (list, tuple)) else output
        h_n = torch.stack(tuple(h_n)) if isinstance(h_n, (list, tuple)) else h_n
        h_n = h_n[None] if h_n is not None and h_n.ndim == 2 else h_n
        if self.last_step:
            return output[None], h_n
        return output.permute(*(self.layout.index(letter) for letter in "LND")), h_n

    def run_cell(self, call, x, h_0):
        """Call once for each step."""
        h = None if h_0 is None else self.state(h_0)
        columns = self.layout == "DN"
        steps = []
        for x_t in x:
            h = call(x_t.T if columns else x_t, h)
            steps.append(h.T if columns else h)
        return torch.stack(steps), steps[-1][None]

    def copy(self, model, weights, s):
        """Copy torch's weights into a model, and let hidden states pass through its head."""
        scope = {"m": model, "D": s.D, "H": s.H}
        for k, j in itertools.product(range(s.k), range(s.d)):
            words = {"k": k, "k1": k + 1, "j": j, "i": k * s.d + j, "d": self.words[j]}
            own = [eval(f"m.{text.strip().format(**words)}", scope) for text in self.places.split(";")]
            values = [weights.get(f"{name}_l{k}{'_reverse' * j}") for name in WEIGHTS]
            values[2:] = [values[2] + values[3]] if len(own) == 3 else values[2:]
            for place, value in zip(own, values):  # noqa: B905 - there may be no bias
                if place.shape != value.shape:
                    raise RuntimeError(f"{tuple(place.shape)} where torch has {tuple(value.shape)}")
                place.copy_(value)
        for name, value in zip(self.head, (torch.eye(s.H), torch.zeros(())), strict=False):
            eval(f"m.{name}", scope).copy_(value)


def rows(h_0):
    """(1, N, H) -> (N, H)."""
    return h_0[0]


def columns(h_0):
    """(1, N, H) -> (H, N)."""
    return h_0[0].T


def stacked(h_0):
    """(k*d, N, H), as in torch."""
    return h_0


def tuple_of_one(h_0):
    """(1, N, H) -> ((N, H),)."""
    return (h_0[0],)


def headed(cls, s):
    return cls(s.D, s.H, s.H)


def seven_outputs(cls, s):
    return cls(s.D, s.H, 7)


def deep(cls, s):
    return cls(s.D, s.H, s.k)


def both(cls, s):
    return cls(s.D, s.H, s.d == 2)


def deep_and_both(cls, s):
    return cls(s.D, s.H, s.k, s.d == 2)


def turned(output, h_n):
    """Bring an h_n of columns into rows."""
    return output, h_n.T


def lists(w, layers, suffix=""):
    """Return torch's weights as the seed's four lists."""
    return [[getattr(w, f"{name}_l{layer}{suffix}") for layer in range(layers)] for name in WEIGHTS]


def four(w, suffix=""):
    """Return the four weights of the first layer."""
    return [only for (only,) in lists(w, 1, suffix)]


def classic(places, **glue):
    """Glue for a class that takes an (N, H) for h_0."""
    return Glue(places, **{"state": rows, **glue})


CELL = {"cell": True, "state": rows, "required": True}
BOTH, DEEP = (1, 2), (1, 2, 3)
