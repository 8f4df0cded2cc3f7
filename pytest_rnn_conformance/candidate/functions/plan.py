"""Plain functions that take their weights as arguments, made into networks that hold them.

`rnn_forward(input, W_ih, W_hh, B_ih, B_hh, h_0)` is called with weights that the kit keeps in torch's form.
In which form the function wants them (one tensor or a list of layers, (out, in) or (in, out), biases of one
axis or two), a first call shows, with L, N, D and H pairwise distinct.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pytest_rnn_conformance.candidate.constructor import Constructor
from pytest_rnn_conformance.candidate.functions.arguments import Argument
from pytest_rnn_conformance.candidate.functions.arrays import Backward, call, call_with_arrays
from pytest_rnn_conformance.model import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """How a function is called.

    Args:
        function: the user's own.
        arguments: in the order of the function's signature.
        many: each weight is a list of layers.
        transposed: matrices are (in, out), where an argument does not say otherwise.
        constants: arguments that are passed as they are.
        bias: `flat` (H,), `row` (1, H) or `column` (H, 1).
        axes: the order of a sequence's axes where features stand before the batch, `DNL` or `LDN`.
        layer_axis: the two states of both directions are (1, N, H) each, not (N, H).
        batch_first: a sequence is (N, L, D); told where the function takes L or N as an argument.
        outputs: how many outputs the head has; 0: as many as hidden units, and they pass through as they are.
        head_factor: what the head multiplies hidden states by.
        arrays: the function computes with NumPy.
        backward: the function beside it that gives the gradients; None: there is none.

    """

    function: Callable[..., Any]
    arguments: tuple[Argument, ...]
    many: bool = False
    transposed: bool = False
    bias: str = "flat"
    axes: str = ""
    layer_axis: bool = True
    batch_first: bool = False
    outputs: int = 0
    head_factor: float = 1.0
    arrays: bool = False
    backward: Backward | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def two_way(self) -> bool:
        """Whether the function has weights for both directions."""
        return any(argument.reverse and argument.is_weight for argument in self.arguments)

    @property
    def has_head(self) -> bool:
        """Whether the function has weights of an output head."""
        return any(argument.role.startswith("head") for argument in self.arguments)

    @property
    def state(self) -> Argument | None:
        """The argument for h_0; None: there is none."""
        return next((argument for argument in self.arguments if argument.role == "state"), None)

    def given(
        self, weights: Mapping[str, Tensor], config: Config, input: Tensor, states: Any
    ) -> dict[str, Any]:
        """Return the keyword arguments of a call.

        Args:
            weights: by torch's names, in torch's form.
            config: the architecture.
            input: in the user's own layout.
            states: h_0 in the user's own form, or those of both directions; empty: left out.

        """
        sizes = {"input_size": config.input_size, "hidden_size": config.hidden_size, **self.lengths(input)}
        given = dict(self.constants)
        for argument in self.arguments:
            if argument.role == "state":
                if not states:
                    continue
                value: Any = states[argument.reverse] if len(states) > 1 else states[0]
            elif argument.role == "input":
                value = input
            elif argument.is_weight:
                layers = [self.own(weights, argument, layer, config) for layer in range(config.num_layers)]
                value = layers if self.many and not argument.role.startswith("head") else layers[0]
            else:
                value = sizes[argument.role]
            if not argument.group:
                given[argument.name] = value
            elif isinstance(argument.key, int):
                given.setdefault(argument.group, []).append(value)
            else:
                given.setdefault(argument.group, {})[argument.key] = value
        return given

    def lengths(self, input: Tensor) -> dict[str, int]:
        """Return L and N of an input; a step has one row for each sequence."""
        if input.ndim == 2:
            return {"seq_length": 1, "batch_size": len(input)}
        axes = self.axes or ("NLD" if self.batch_first else "LND")
        return {"seq_length": input.shape[axes.index("L")], "batch_size": input.shape[axes.index("N")]}

    def own(self, weights: Mapping[str, Tensor], argument: Argument, layer: int, config: Config) -> Tensor:
        """Bring one of torch's weights into the form that an argument wants."""
        role = "bias_ih" if argument.role == "bias" else argument.role
        forward = weights["weight_hh_l0"]
        if role.startswith("head"):
            eye = (
                torch.eye(self.outputs or len(forward), len(forward), dtype=forward.dtype) * self.head_factor
            )
            return self.turned(eye if role == "head_weight" else torch.zeros_like(eye[:, 0]), argument)
        weight = weights.get(f"{role}_l{layer}{'_reverse' if argument.reverse else ''}")
        if weight is None:  # of a direction that is not asked for
            weight = torch.zeros_like(weights[f"{role}_l{layer}"])
        if self.two_way and not config.bidirectional and layer and role == "weight_ih":
            weight = torch.cat([weight, torch.zeros_like(weight)], 1)
        return self.turned(weight, argument)

    def is_transposed(self, argument: Argument) -> bool:
        """Whether a matrix is (in, out)."""
        return self.transposed if argument.transposed is None else argument.transposed

    def turned(self, weight: Tensor, argument: Argument) -> Tensor:
        """Bring a weight from torch's form into the user's."""
        if weight.ndim == 2:
            return weight.T if self.is_transposed(argument) else weight
        return {"flat": weight, "row": weight[None], "column": weight[:, None]}[self.bias]

    def call(self, given: Mapping[str, Any]) -> Any:
        """Call the function by keywords, where it takes them."""
        if self.arrays:
            return call_with_arrays(self.function, given, self.backward)
        return call(self.function, given)


class FunctionNetwork:
    """A network of a function: it holds weights in torch's form, and takes a sequence."""

    def __init__(
        self,
        plan: Plan,
        input_size: int,
        hidden_size: int,
        *,
        num_layers: int = 1,
        bidirectional: bool = False,
    ) -> None:
        self.plan = plan
        self.config = Config(
            input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, bidirectional=bidirectional
        )
        roles = {argument.role for argument in plan.arguments}
        kinds = ("weight", "bias_ih") if "bias" in roles else ("weight", *roles & {"bias_ih", "bias_hh"})
        for name, shape in self.config.parameter_shapes().items():
            if name.startswith(kinds):
                setattr(self, name, torch.zeros(shape, requires_grad=True))

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights by torch's names."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """Call the function; where one direction is asked for, of both the forward one is shown."""
        plan, config = self.plan, self.config
        states: list[Any] = [] if hx is None else [hx]
        count = sum(argument.role == "state" for argument in plan.arguments)
        if plan.axes:
            input = input.permute(["LND".index(axis) for axis in plan.axes])
            states = [state.reshape(state.shape[-2:]).T for state in states]
        if states and count == 2:  # by direction, whichever comes first
            rows = hx if hx.ndim == 3 else hx[None]
            states = [rows[::2], rows[1::2]] if config.bidirectional else [rows, torch.zeros_like(rows)]
            states = states if plan.layer_axis else [state[0] for state in states]
        if states and plan.two_way and not config.bidirectional and count == 1:
            states = [torch.stack([hx, torch.zeros_like(hx)], 1).flatten(0, 1)]
        returned = plan.call(plan.given(self.weights, config, input, states))
        if plan.axes:
            returned = rows_of(returned, plan.axes)
        if plan.two_way and not config.bidirectional:
            returned = forward_half(returned, config)
        return returned


def rows_of(returned: Any, axes: str) -> Any:
    """Bring (H, N, L) into (L, N, H), and (H, N) into (N, H)."""
    if type(returned) in (list, tuple):
        return type(returned)(rows_of(item, axes) for item in returned)
    if isinstance(returned, Tensor) and returned.ndim == 3:
        return returned.permute([axes.replace("D", "H").index(axis) for axis in "LNH"])
    return returned.T if isinstance(returned, Tensor) and returned.ndim == 2 else returned


def forward_half(returned: Any, config: Config) -> Any:
    """Leave out the reverse direction's half of the output, or of each of its steps, and its rows of h_n."""
    rows = 2 * config.num_layers
    if type(returned) in (list, tuple):
        shapes = [tuple(getattr(item, "shape", ())) for item in returned]
        are_states = len(shapes) == rows and all(
            len(shape) == 2 and shape[-1] == config.hidden_size for shape in shapes
        )
        return (
            returned[::2] if are_states else type(returned)(forward_half(item, config) for item in returned)
        )
    if not isinstance(returned, Tensor) or returned.ndim not in (2, 3):
        return returned
    if returned.shape[-1] == 2 * config.hidden_size:
        return returned[..., : config.hidden_size]
    return returned[::2] if returned.ndim == 3 and returned.shape[0] == rows else returned


def constructor_of(plan: Plan) -> Constructor:
    """Return what builds networks of a function, with the options that its weights offer."""
    names = ["input_size", "hidden_size", *["num_layers"] * plan.many, *["bidirectional"] * plan.two_way]
    return Constructor(functools.partial(FunctionNetwork, plan), {name: name for name in names}, {})
