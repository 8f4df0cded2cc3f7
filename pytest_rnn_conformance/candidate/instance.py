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
from pytest_rnn_conformance.cases import State, mapped, parts_of, state_of
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
    def is_module(self) -> bool:
        """Whether it is a torch module."""
        return isinstance(self.target, nn.Module)

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
        fetch = self.candidate.fetch
        return {name: fetch(place.read(self.target).detach().clone()) for name, place in self.places.items()}

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
                views = place.views(self.target)
                blocks = weight.chunk(len(views)) if place.blocks else (weight,)
                for part, view, block in zip(place.parts, views, blocks, strict=True):
                    if view.shape != block.shape:
                        raise RequirementFailed(
                            Finding(
                                f"the weight {part.expression('self')}",
                                f"shape {tuple(block.shape)}",
                                f"shape {tuple(view.shape)}",
                            )
                        )
                    view.detach().copy_(block)

    def parameter_facts(self) -> dict[str, ParameterFact]:
        """Return what is known of each weight; see `Instance.parameter_facts`."""
        registered = {id(item.tensor) for item in find_tensors(self.target) if item.registered}
        loose = [f"{t.path} {tuple(t.tensor.shape)}" for t in find_tensors(self.target) if not t.registered]
        facts: dict[str, ParameterFact] = {}
        owners: dict[int, str] = {}
        places = self.places
        for name in self.config.parameter_shapes():
            place = places.get(name)
            if place is None:
                missing = ParameterFact("", registered=False, is_leaf=False, shape=(), loose=tuple(loose))
                facts[name] = missing
                continue
            own = place.own(self.target)
            storages = [tensor.untyped_storage().data_ptr() for tensor in own]
            other = next((owners[storage] for storage in storages if storage in owners), name)
            owners |= {storage: other for storage in storages if storage}
            shared_by_design = place.is_sum or place.columns is not None
            own_pair = shared_by_design and name.replace("_hh_", "_ih_") == other
            facts[name] = ParameterFact(
                place=place.expression("self"),
                registered=self.module is None or all(id(tensor) in registered for tensor in own),
                is_leaf=self.candidate.arrays or all(t.is_leaf and t.requires_grad for t in own),
                shape=tuple(place.read(self.target).shape),
                shares_with="" if other == name or own_pair else other,
            )
        return facts

    def run(
        self,
        input: Tensor,
        state: State | None = None,
        *,
        training: bool = False,
        lengths: tuple[int, ...] | None = None,
        seed: int | None = DEFAULT_SEED,
        strided: bool = False,
    ) -> Result:
        """Run without recording gradients; see `Instance.run`."""
        how: Any = {"training": training, "lengths": lengths, "seed": seed, "strided": strided}
        with torch.no_grad():
            return calling.call_sequence(self, input.clone(), mapped(state, torch.clone), **how)

    def own_arguments(
        self, input: Tensor, state: State | None = None, lengths: tuple[int, ...] | None = None
    ) -> tuple[Any, ...]:
        """Return what the user's forward is given; see `Instance.own_arguments`."""
        if lengths is not None:
            return calling.packed_arguments(self, input, mapped(state, torch.clone), lengths)
        return calling.first_arguments(self, input, state)

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

    def own_state(self, state: State | None, input: Tensor) -> tuple[Any, ...]:
        """Return the arguments after the input: h_0, and of an LSTM c_0, in the user's shape, or none."""
        argument = self.candidate.conventions.state
        if state is None and (argument is None or not argument.required):
            return ()
        if state is None:
            state = self.zeros(input.shape[1:2] if input.ndim == 3 else (), input)
        if self.candidate.conventions.state_axes == 2:
            state = mapped(state, lambda part: part[0] if part.ndim == 3 and part.shape[0] == 1 else part)
        return self.state_arguments(state)

    def zeros(self, batch: tuple[int, ...], like: Tensor) -> State:
        """Return a state of zeros; a negative size is for the user's code to refuse."""
        shapes = self.config.state_shapes(1).values()
        return state_of([like.new_zeros(max(rows, 0), *batch, max(width, 0)) for rows, _, width in shapes])

    def state_arguments(self, state: State) -> tuple[Any, ...]:
        """Return the arguments after the input, of a state in the user's shape: of an LSTM a pair, or two."""
        argument = self.candidate.conventions.state
        before = () if argument is None else argument.before
        if isinstance(state, tuple) and argument is not None and argument.cell:
            return (*before, *state)
        return (*before, state)

    def gradients(
        self,
        input: Tensor,
        state: State | None,
        cotangents: dict[str, Tensor],
        *,
        wanted: tuple[str, ...],
        training: bool = False,
        twice: bool = False,
        frozen: bool = False,
    ) -> dict[str, Tensor | None]:
        """Return a vector-Jacobian product; see `Instance.gradients`."""
        places = self.places
        if frozen:
            for place in places.values():
                for tensor in place.own(self.target):
                    tensor.requires_grad_(False)
        parts = parts_of(mapped(state, torch.clone))
        leaves = {"input": input.clone()} | parts
        for name, leaf in leaves.items():
            leaf.requires_grad_(name in wanted)
        own = {name: places[name].own(self.target) for name in wanted if name in places}
        sources = {name: own.get(name, [leaves[name]] if name in leaves else []) for name in wanted}
        given = state_of(list(parts.values())) if parts else None
        with torch.enable_grad():
            result = calling.call_sequence(self, leaves["input"], given, training=training)
            tensors = {  # after forward: it may have thawed what was frozen
                id(tensor): tensor for source in sources.values() for tensor in source if tensor.requires_grad
            }
            found = self.differentiate(result, cotangents, tensors, create_graph=twice)
            if twice:
                gradients = [
                    self.gradient(places.get(name), source, found) for name, source in sources.items()
                ]
                squares = [g.pow(2).sum() for g in gradients if g is not None and g.requires_grad]
                found = self.back(squares, tensors)
        return {name: self.gradient(places.get(name), source, found) for name, source in sources.items()}

    def gradient(
        self, place: Place | None, own: list[Tensor], found: Mapping[int, Tensor | None]
    ) -> Tensor | None:
        """Bring the gradient of the user's own tensors into torch's form; None: it is of no weight."""
        gradients = [found.get(id(tensor)) for tensor in own]
        found_in = place.gradient(gradients, own) if place is not None else next(iter(gradients), None)
        return None if found_in is None else self.candidate.fetch(found_in)

    def differentiate(
        self, result: Result, cotangents: dict[str, Tensor], tensors: dict[int, Tensor], *, create_graph: bool
    ) -> dict[int, Tensor | None]:
        """Pull the cotangents back through the results that require grad."""
        results = result.results
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
        self, losses: list[Tensor], tensors: dict[int, Tensor], *, create_graph: bool = False
    ) -> dict[int, Tensor | None]:
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

    def effects(self, input: Tensor, state: State | None = None, *, training: bool = False) -> Effects:
        """Return what a call does beside computing; see `Instance.effects`."""
        return effects.observe(self, input, state, training=training)
