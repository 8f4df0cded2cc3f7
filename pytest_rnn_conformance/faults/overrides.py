"""Mistakes in methods of nn.Module that were overridden with fewer arguments, or do less, than its own."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault


def method(source: str) -> tuple[Edit, ...]:
    """Give RNN one more method."""
    before = "def flatten_parameters(self) -> None:"
    return (Edit("base", "RNNBase", before, f"{source}\n\n{before}"),)


FAULTS = (
    Fault(
        id="state_dict_without_arguments",
        title="state_dict takes no arguments",
        look_at="a `state_dict` method of the class's own",
        mistake=(
            "Alone the network is saved. As a part of a larger one it is not: that calls the `state_dict` of "
            "each part with the place for the weights and the beginning of their names. Take `*args, "
            "**kwargs`, and pass them on; or leave the method out."
        ),
        fails=("protocol.part_of_a_module",),
        edits=method("def state_dict(self):\n    return super().state_dict()"),
    ),
    Fault(
        id="train_argument_renamed",
        title="the argument of train has another name",
        look_at="a `train` method of the class's own",
        mistake=(
            "`rnn.train(mode=training)` raises, because the argument is called flag here. An overridden "
            "method keeps the names of the arguments: `def train(self, mode=True)`."
        ),
        fails=("protocol.train_and_eval",),
        edits=method("def train(self, flag=True):\n    return super().train(flag)"),
    ),
    Fault(
        id="to_takes_one_argument",
        title="`.to` takes a device or a dtype, not both",
        look_at="a `to` method of the class's own",
        mistake=(
            '`rnn.to("cuda", torch.float16)` and `rnn.to(dtype=torch.float64)` raise, as the overridden '
            "method has one argument. Take `*args, **kwargs`, and pass them on; or leave the method out."
        ),
        fails=("dtype.conversion",),
        edits=method("def to(self, device):\n    return super().to(device)"),
    ),
    Fault(
        id="zero_grad_without_arguments",
        title="zero_grad takes no arguments",
        look_at="a `zero_grad` method of the class's own",
        mistake=(
            "`rnn.zero_grad(set_to_none=False)` raises, which code uses that counts on gradients being "
            "tensors. Take the argument, and pass it on; or leave the method out."
        ),
        fails=("protocol.zero_grad",),
        edits=method("def zero_grad(self):\n    super().zero_grad()"),
    ),
    Fault(
        id="unpickled_in_train_mode",
        title="a network that was pickled in eval mode comes back in train mode",
        look_at="the methods of the class that say how it is copied or pickled",
        mistake=(
            "`__setstate__` puts every loaded network into train mode. Saved whole after evaluation and "
            "loaded to predict, it drops. nn.Module keeps the mode by itself: leave such methods out."
        ),
        fails=("protocol.pickle",),
        edits=method(
            "def __setstate__(self, state):\n    super().__setstate__(state)\n    self.training = True"
        ),
    ),
    Fault(
        id="call_overridden",
        title="calling the network goes past nn.Module, and past all hooks",
        look_at="a `__call__` method of the class's own",
        mistake=(
            "A `__call__` of its own calls forward directly. The numbers are right, but hooks are never "
            "called: those of profilers and debuggers, and those by which pruning works. Write forward "
            "alone."
        ),
        fails=("protocol.hooks",),
        edits=method(
            "def __call__(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:\n"
            "    return self.forward(input, hx)"
        ),
    ),
)
