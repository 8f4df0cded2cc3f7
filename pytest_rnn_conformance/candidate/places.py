"""The tensors of the user's module, and the places of torch's weights among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

TORCH_NAME = re.compile(r"(?:weight_(?:ih|hh|hr)|bias_(?:ih|hh))(?:_l\d+(?:_reverse)?)?")
"""torch's own names of the weights of layers and cells."""


@dataclass(frozen=True, slots=True)
class FoundTensor:
    """A tensor of the user's module: its path, and whether it is a registered parameter.

    A path is dotted: `W_ih.0` is `W_ih[0]`, and `weights.'xh'` is `weights['xh']`.
    """

    path: str
    tensor: Tensor
    registered: bool
    in_linear: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of torch's weights is: a path, and how the weight lies in the tensor there.

    Args:
        path: of the user's own tensor.
        transposed: the tensor is stored as (in, out).
        is_sum: it is the one bias, b_ih + b_hh.
        flat: it is a bias of shape (1, H) or (H, 1).
        columns: where the weight's columns begin and end, in torch's orientation, in a matrix that holds
            both W_ih and W_hh; None: the tensor is this weight alone.
        rows: where a gate's rows begin and end, in torch's orientation, in a tensor that holds all gates.
        blocks: the places of the gates' parts, in torch's order; the path then stands for all of theirs.

    """

    path: str
    transposed: bool = False
    is_sum: bool = False
    flat: bool = False
    columns: tuple[int | None, int | None] | None = None
    rows: tuple[int, int] | None = None
    blocks: tuple[Place, ...] = ()

    @property
    def parts(self) -> tuple[Place, ...]:
        """The places of single tensors that it consists of: the gates', or itself alone."""
        return self.blocks or (self,)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the user's own tensors."""
        return tuple(dict.fromkeys(part.path for part in self.parts))

    def source(self) -> tuple[str, str]:
        """Write the path as Python, and what gives the tensor there torch's form: `W[0]`, `.T[:, :3]`."""
        text = ""
        for part in self.path.split("."):
            text += f"[{part}]" if part.isdigit() or part.startswith("'") else f".{part}"
        form = (".T" if self.transposed else "") + (".view(-1)" if self.flat else "")
        if self.columns is not None:
            start, stop = ("" if end is None else end for end in self.columns)
            form += f"[:, {start}:{stop}]"
        if self.rows is not None:
            form += f"[{self.rows[0]}:{self.rows[1]}]"
        return text.removeprefix("."), form

    def expression(self, root: str) -> str:
        """Write the place as Python: `mine.W_ih[0].T`."""
        if "*" in self.path and self.blocks:
            before, after = self.path.split("*")
            words = [block.path[len(before) : len(block.path) - len(after)] for block in self.blocks]
            named = replace(self, path=f"{before}{{{','.join(words)}}}{after}", blocks=())
            return named.expression(root)  # as a shell writes them: mine.W_x{i,f,c,o}.T
        path, form = self.source()
        return f"{root}{'' if path.startswith('[') else '.'}{path}{form}"

    def own(self, root: Any) -> list[Tensor]:
        """Return the user's own tensor, or those of the gates, in the user's layout."""
        return [as_tensor(follow(root, part.path)) for part in self.parts]

    def views(self, root: Any) -> list[Tensor]:
        """Return the weight, or its gates' parts, in torch's orientation: views of the user's own tensors."""
        return [part.in_torch_layout(own) for part, own in zip(self.parts, self.own(root), strict=True)]

    def read(self, root: Any) -> Tensor:
        """Return the weight in torch's form."""
        views = self.views(root)
        return torch.cat(views) if self.blocks else views[0]

    def gradient(self, found: list[Tensor | None], own: list[Tensor]) -> Tensor | None:
        """Put the gradient in torch's form together from those of the user's own tensors."""
        if all(gradient is None for gradient in found):
            return None
        parts = [
            part.in_torch_layout(torch.zeros_like(tensor) if gradient is None else gradient)
            for part, gradient, tensor in zip(self.parts, found, own, strict=True)
        ]
        return torch.cat(parts) if self.blocks else parts[0]

    def in_torch_layout(self, tensor: Tensor) -> Tensor:
        """Take the weight, or its gradient, out of the user's tensor, or the gradient of that."""
        if self.transposed and tensor.ndim == 2:
            tensor = tensor.T
        if self.columns is not None and tensor.ndim == 2:
            tensor = tensor[:, slice(*self.columns)]
        tensor = tensor.reshape(-1) if self.flat else tensor
        return tensor if self.rows is None else tensor[slice(*self.rows)]


def is_array(value: Any, kinds: str) -> bool:
    """Whether a value is a NumPy array, or a number of NumPy, of one of these kinds of `dtype.kind`."""
    return type(value).__module__ == "numpy" and hasattr(value, "flags") and value.dtype.kind in kinds


def as_tensor(value: Any) -> Any:
    """Return a NumPy array as a tensor of the same memory; everything else as it is."""
    return torch.from_numpy(value) if is_array(value, "f") and value.flags.writeable else value


@contextmanager
def moved(tensors: Iterable[Tensor], by: float) -> Iterator[None]:
    """Move all numbers of some tensors meanwhile, to see what follows from it."""
    kept = [(tensor.detach(), tensor.detach().clone()) for tensor in tensors]
    with torch.no_grad():
        for tensor, _ in kept:
            tensor.add_(by)
        try:
            yield
        finally:
            for tensor, own in kept:
                tensor.copy_(own)


def follow(root: Any, path: str) -> Any:
    """Walk from an object along a dotted path of attributes, indices and keys."""
    value = root
    for part in path.split("."):
        if isinstance(value, (list, tuple)):
            value = value[int(part)]
        elif isinstance(value, Mapping):
            value = value[part.strip("'")]
        else:
            value = getattr(value, part)
    return value


def find_tensors(root: Any) -> list[FoundTensor]:
    """List the tensors of a module or object: registered parameters first, then those in its attributes.

    One that has torch's own name beside that of a part which computes with it is listed under torch's alone.
    """
    found = all_tensors(root)
    named = {id(item.tensor) for item in found if TORCH_NAME.fullmatch(item.path)}
    return [item for item in found if TORCH_NAME.fullmatch(item.path) or id(item.tensor) not in named]


def all_tensors(root: Any) -> list[FoundTensor]:
    """List the tensors of a module or object under all of their names."""
    found: dict[str, FoundTensor] = {}
    if isinstance(root, nn.Module):
        for path, parameter in root.named_parameters(remove_duplicate=False):
            owner = root.get_submodule(path.rpartition(".")[0])
            found[path] = FoundTensor(path, parameter, True, isinstance(owner, nn.Linear))
    registered = {id(item.tensor) for item in found.values()}
    for path, tensor in loose_tensors(root, "", set(), type(root).__module__):
        if isinstance(root, nn.Module) and not isinstance(follow(root, path), torch.Tensor):
            continue  # a module computes with tensors: an array of NumPy is something else
        if id(tensor) not in registered:  # a parameter may stand in a list of one's own, too
            found[path] = FoundTensor(path, tensor, False, False)
    return list(found.values())


def loose_tensors(value: Any, path: str, seen: set[int], home: str) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in the attributes, lists and dicts of an object.

    Args:
        value: the object.
        path: from the root to it.
        seen: what was looked at, by id.
        home: the module of the root's class: objects of its other classes are parts of the network.

    """
    if id(value) in seen or len(seen) > 10_000:
        return
    seen.add(id(value))
    value = as_tensor(value)
    if isinstance(value, torch.Tensor):
        yield path, value
        return
    items: list[tuple[str, Any]] = []
    if isinstance(value, (list, tuple)):
        items = [(str(i), item) for i, item in enumerate(value)]
    elif isinstance(value, Mapping):
        items = [(f"'{key}'", item) for key, item in value.items() if isinstance(key, str) and "." not in key]
    elif isinstance(value, nn.Module):
        attributes = {k: v for k, v in vars(value).items() if not k.startswith("_")}
        items = [*attributes.items(), *value._modules.items()]  # noqa: SLF001 - by name, duplicates too
    elif hasattr(value, "__dict__") and (path == "" or type(value).__module__ == home):
        items = list(vars(value).items())
    for key, item in items:
        yield from loose_tensors(item, f"{path}.{key}" if path else key, seen, home)


def holds_arrays(root: Any) -> bool:
    """Whether the tensors of an object are NumPy arrays, all of them."""
    paths = [item.path for item in find_tensors(root)]
    return bool(paths) and not any(isinstance(follow(root, path), torch.Tensor) for path in paths)


def share_tensors(source: Any, target: Any) -> None:
    """Give a network the tensors of another one that was built alike, where they have the same shape."""
    theirs = {item.path: item.tensor for item in all_tensors(target)}
    for item in all_tensors(source):
        if item.path in theirs and theirs[item.path].shape == item.tensor.shape:
            owner, _, name = item.path.rpartition(".")
            put(follow(target, owner) if owner else target, name, follow(source, item.path))


def put(owner: Any, name: str, tensor: Any) -> None:
    """Set an attribute, an item or an entry, as `follow` names it."""
    if isinstance(owner, nn.Module) and name in owner._parameters:  # noqa: SLF001 - a list of parameters, too
        owner._parameters[name] = tensor  # noqa: SLF001
    elif isinstance(owner, list):
        owner[int(name)] = tensor
    elif isinstance(owner, dict):
        owner[name.strip("'")] = tensor
    elif not isinstance(owner, (tuple, Mapping)):
        setattr(owner, name, tensor)
