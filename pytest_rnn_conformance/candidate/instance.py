"""One network of a user's module behind the door: its weights, its calls, its gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from pytest_rnn_conformance.candidate import calling, effects, reactions
from pytest_rnn_conformance.candidate.door import Effects, ParameterFact, Result
from pytest_rnn_conformance.candidate.form import Form
from pytest_rnn_conformance.candidate.functions.arrays import to_array, to_tensor
from pytest_rnn_conformance.candidate.places import Place, find_tensors, share_tensors
from pytest_rnn_conformance.errors import RequirementFailed
from pytest_rnn_conformance.guard import DEFAULT_SEED
from pytest_rnn_conformance.model import Config
from pytest_rnn_conformance.verdict import Finding

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.module import ModuleCandidate


@dataclass(slots=True)
class ModuleInstance:
    """One network of a ModuleCandidate."""

    config: Config
    target: Any
    candidate: ModuleCandidate
    default_dtype: torch.dtype
    sizes: Mapping[str, int]

    @property
    def module(self) -> nn.Module | None:
        """The torch module itself; see `Instance.module`."""
        return self.target if isinstance(self.target, nn.Module) else None

    @property
    def places(self) -> dict[str, Place]:
        """Where the weights are."""
        candidate, key = self.candidate, self.candidate.architecture(self.config)
        is_known = key in candidate.known_places
        places = candidate.find_places(self.target, self.config)
        learned = candidate.conventions.learned
        if not is_known and learned is not None:
            candidate.known_places[key] = places = reactions.complete(self, places, learned)
        return places

    def read(self) -> dict[str, Tensor]:
        """Return copies of the weights; see `Instance.read`."""
        return {name: place.view(self.target).detach().clone() for name, place in self.places.items()}

    def write(self, weights: dict[str, Tensor]) -> None:
        """Set the weights in place; see `Instance.write`."""
        places = self.places
        with torch.no_grad():
            for name, weight in weights.items():
                place = places.get(name)
                if place is None or (place.is_sum and name.startswith("bias_hh")):
                    continue
                if place.is_sum:
                    weight = weight + weights.get(name.replace("bias_ih", "bias_hh"), 0.0)  # noqa: PLW2901
                view = place.view(self.target).detach()
                if view.shape != weight.shape:
                    raise RequirementFailed(
                        Finding(
                            f"the weight {place.expression('self')}",
                            f"shape {tuple(weight.shape)}",
                            f"shape {tuple(view.shape)}",
                        )
                    )
                view.copy_(weight)

    def parameter_facts(self) -> dict[str, ParameterFact]:
        """Return what is known of each weight; see `Instance.parameter_facts`."""
        registered = {id(item.tensor) for item in find_tensors(self.target) if item.registered}
        loose = [f"{t.path} {tuple(t.tensor.shape)}" for t in find_tensors(self.target) if not t.registered]
        facts: dict[str, ParameterFact] = {}
        owners: dict[int, str] = {}
        for name in self.config.parameter_shapes():
            place = self.places.get(name)
            if place is None:
                missing = ParameterFact("", registered=False, is_leaf=False, shape=(), loose=tuple(loose))
                facts[name] = missing
                continue
            tensor = place.view(self.target)
            storage = tensor.untyped_storage().data_ptr()
            other = owners.setdefault(storage, name) if storage else name
            shared_by_design = place.is_sum or place.columns is not None
            own_pair = shared_by_design and name.replace("_hh_", "_ih_") == other
            base = place.own(self.target)
            facts[name] = ParameterFact(
                place=place.expression("self"),
                registered=self.module is None or id(base) in registered,
                is_leaf=self.candidate.arrays or (base.is_leaf and base.requires_grad),
                shape=tuple(tensor.shape),
                shares_with="" if other == name or own_pair else other,
            )
        return facts

    def run(
        self,
        input: Tensor,
        state: Tensor | None = None,
        *,
        training: bool = False,
        lengths: tuple[int, ...] | None = None,
        seed: int | None = DEFAULT_SEED,
        strided: bool = False,
    ) -> Result:
        """Run without recording gradients; see `Instance.run`."""
        how: Any = {"training": training, "lengths": lengths, "seed": seed, "strided": strided}
        with torch.no_grad():
            return calling.call_sequence(self, input.clone(), clone(state), **how)

    def call_target(self, *args: Any, training: bool = False, seed: int | None = DEFAULT_SEED) -> Any:
        """Call the user's network with its own arguments, contained."""
        call: Callable[..., Any] = self.target if callable(self.target) else self.target.forward
        if isinstance(self.target, nn.Module) and self.target.training != training:
            self.target.train(training)
        with self.candidate.user_code(seed=seed, dtype=self.default_dtype):
            return to_tensor(call(*map(to_array, args))) if self.candidate.arrays else call(*args)

    def resize(self, input: Tensor) -> None:
        """Build the network anew, on the same weights, where its constructor fixes L or N."""
        constructor = self.candidate.constructor
        sizes = constructor.fixed(input.shape[0], input.shape[1] if input.ndim == 3 else 1)
        if sizes != self.sizes:
            target, self.sizes = self.target, sizes
            self.target = self.candidate.construct_for(self.config, sizes, dtype=self.default_dtype)
            share_tensors(target, self.target)

    @property
    def form(self) -> Form:
        """How what the user's forward returns is packed."""
        return self.candidate.conventions.form

    @property
    def batch_first(self) -> bool:
        """Whether the user's forward takes (N, L, D)."""
        layout = self.candidate.conventions.layout
        return self.config.batch_first if layout is None else layout == "batch_first"

    def own_layout(self, input: Tensor) -> Tensor:
        """Bring an input (L, N, D) into the user's layout; contiguous, as most code expects."""
        if self.batch_first and input.ndim == 3:
            return input.transpose(0, 1).contiguous()
        return input

    def own_state(self, state: Tensor | None, input: Tensor) -> tuple[Any, ...]:
        """Return the arguments after the input: h_0 in the user's shape, or none."""
        conventions = self.candidate.conventions
        argument = conventions.state
        if state is None and (argument is None or not argument.required):
            return ()
        before = () if argument is None else argument.before
        if state is None:
            batch = input.shape[1:2] if input.ndim == 3 else ()
            hidden = max(self.config.hidden_size, 0)  # a negative one is for the user's code to refuse
            state = input.new_zeros(max(self.config.state_rows, 0), *batch, hidden)
        if conventions.state_axes == 2 and state.ndim == 3 and state.shape[0] == 1:
            return (*before, state[0])
        return (*before, state)

    def gradients(
        self,
        input: Tensor,
        state: Tensor | None,
        cotangents: dict[str, Tensor],
        *,
        wanted: tuple[str, ...],
        training: bool = False,
        twice: bool = False,
        frozen: bool = False,
    ) -> dict[str, Tensor | None]:
        """Return a vector-Jacobian product; see `Instance.gradients`."""
        if frozen:
            for place in self.places.values():
                place.own(self.target).requires_grad_(False)
        leaves = {"input": input.clone().requires_grad_("input" in wanted)}
        if state is not None:
            leaves["h_0"] = state.clone().requires_grad_("h_0" in wanted)
        own = {name: self.places[name].own(self.target) for name in wanted if name in self.places}
        sources = {name: leaves.get(name, own.get(name)) for name in wanted}
        with torch.enable_grad():
            result = calling.call_sequence(self, leaves["input"], leaves.get("h_0"), training=training)
            tensors = {  # after forward: it may have thawed what was frozen
                name: tensor
                for name, tensor in sources.items()
                if tensor is not None and tensor.requires_grad
            }
            found = self.differentiate(result, cotangents, tensors, create_graph=twice)
            if twice:
                parts = [self.torch_layout(name, g) for name, g in found.items()]
                squares = [g.pow(2).sum() for g in parts if g is not None and g.requires_grad]
                found = self.back(squares, tensors)
        return {name: self.torch_layout(name, found.get(name)) for name in wanted}

    def differentiate(
        self, result: Result, cotangents: dict[str, Tensor], tensors: dict[str, Tensor], *, create_graph: bool
    ) -> dict[str, Tensor | None]:
        """Pull the cotangents back through the results that require grad."""
        results = {"output": result.output, "h_n": result.state}
        for name, cotangent in cotangents.items():
            value = results[name]
            if value is not None and value.shape != cotangent.shape:
                raise RequirementFailed(
                    Finding(name, f"shape {tuple(cotangent.shape)}", f"shape {tuple(value.shape)}")
                )
        losses = [
            (value * cotangent.to(value.dtype)).sum()
            for name, cotangent in cotangents.items()
            if (value := results[name]) is not None and value.requires_grad
        ]
        return self.back(losses, tensors, create_graph=create_graph)

    def back(
        self, losses: list[Tensor], tensors: dict[str, Tensor], *, create_graph: bool = False
    ) -> dict[str, Tensor | None]:
        """Differentiate inside the user's code: a backward written by hand may raise.

        Of scalars, as a training loop does: torch imports sympy when it is given cotangents.
        """
        if not losses or not tensors:
            return dict.fromkeys(tensors)
        with self.candidate.user_code(dtype=self.default_dtype):
            found = torch.autograd.grad(
                losses, list(tensors.values()), allow_unused=True, create_graph=create_graph
            )
        return dict(zip(tensors, found, strict=True))

    def torch_layout(self, name: str, gradient: Tensor | None) -> Tensor | None:
        """Bring the gradient of a weight into torch's orientation."""
        place = self.places.get(name)
        return gradient if gradient is None or place is None else place.in_torch_layout(gradient)

    def effects(self, input: Tensor, state: Tensor | None = None, *, training: bool = False) -> Effects:
        """Return what a call does beside computing; see `Instance.effects`."""
        return effects.observe(self, input, state, training=training)


def clone(tensor: Tensor | None) -> Tensor | None:
    """Copy a tensor, or None."""
    return None if tensor is None else tensor.clone()
