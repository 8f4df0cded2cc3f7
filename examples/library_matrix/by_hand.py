"""Every deviation that the matrix lists, shown by a few calls and without the kit.

python by_hand.py opacus_rnns         all of one file's declarations
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

Class = Callable[..., Any]


def refused(call: Callable[[], object]) -> type[Exception] | None:
    """Return the type of what a call raises."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - a library may raise anything
        return type(error)
    return None


def ends_badly(call: Callable[[], object]) -> bool:
    """Whether a call raises, or is the end of the process that makes it: a child of this one."""
    child = os.fork()
    if not child:
        os._exit(1 if refused(call) else 0)
    return os.waitpid(child, 0)[1] != 0


def zeros(torchs: Class, *shape: int) -> Any:
    """Return an h_0 of zeros, and for an LSTM a c_0 beside it."""
    part = torch.zeros(shape, dtype=torch.float64)
    return (part, part) if torchs is nn.LSTM else part


def h_of(state: Any) -> torch.Tensor:
    """Return h_n of what was returned beside the output."""
    return state[0] if isinstance(state, tuple) else state


def packed() -> Any:
    """Make sequences of several lengths."""
    return pack_sequence([torch.ones(4, 3), torch.ones(2, 3)])


def dropout_is_lost(own: Class, torchs: Class) -> None:
    for network, is_lost in (
        (own(3, 8, num_layers=2, dropout=1.0), True),
        (torchs(3, 8, 2, dropout=1.0), False),
    ):
        x = torch.randn(4, 2, 3)
        assert torch.allclose(network.train()(x)[0], network.eval()(x)[0]) == is_lost


def dropout_falls_on_the_last_layer(own: Class, torchs: Class) -> None:
    x = torch.randn(1, 50, 3)
    assert (own(3, 8, dropout=0.5).train()(x)[0] == 0).any()
    assert not (torchs(3, 8, dropout=0.5).train()(x)[0] == 0).any()


def dropout_falls_on_what_is_remembered(own: Class, torchs: Class) -> None:
    network, x = own(3, 8, dropout=0.5), torch.zeros(3, 50, 3)
    kept, dropped = network.eval()(x)[0][2], network.train()(x)[0][2]
    values = {round(value, 4) for value in dropped[:, 0].tolist()}
    assert len(values) > 2, "dropped alone, each number would be 0 or twice what eval mode gives"
    assert len({round(value, 4) for value in kept[:, 0].tolist()}) == 1


def a_wrong_h_0_is_taken(own: Class, torchs: Class) -> None:
    x = torch.randn(4, 3, 3).double()
    network, theirs = own(3, 5, batch_first=False).double(), torchs(3, 5).double()
    for shape in ((1, 1, 5), (2, 3, 5)):
        state = zeros(torchs, *shape)
        assert refused(lambda state=state: network(x, state)) is None
        assert refused(lambda state=state: theirs(x, state)) is RuntimeError


def an_assigned_weight_is_not_read(own: Class, torchs: Class) -> None:
    for network, is_read in ((own(3, 5), False), (torchs(3, 5), True)):
        x = torch.randn(4, 2, 3)
        before = network(x)[0]
        network.weight_ih_l0 = nn.Parameter(torch.ones_like(network.weight_ih_l0))
        assert torch.equal(network(x)[0], before) != is_read


def packed_h_n_is_float32(own: Class, torchs: Class) -> None:
    assert h_of(own(3, 5).double()(packed().double())[1]).dtype == torch.float32
    assert h_of(torchs(3, 5).double()(packed().double())[1]).dtype == torch.float64


def parameters_are_listed_otherwise(own: Class, torchs: Class) -> None:
    names = [[name for name, _ in network.named_parameters()] for network in (own(3, 5), torchs(3, 5))]
    assert names[0] != names[1]


def there_is_no_reset_parameters(own: Class, torchs: Class) -> None:
    assert hasattr(torchs(3, 5), "reset_parameters")
    assert not hasattr(own(3, 5), "reset_parameters")


def device_and_dtype_are_not_taken(own: Class, torchs: Class) -> None:
    torchs(3, 5, device="cpu", dtype=torch.float32)
    assert (
        refused(lambda: own(3, 5, device="cpu"))
        is refused(lambda: own(3, 5, dtype=torch.float32))
        is TypeError
    )


def forward_names_its_arguments_otherwise(own: Class, torchs: Class) -> None:
    x = torch.randn(4, 2, 3)
    torchs(3, 5)(input=x, hx=None)
    assert refused(lambda: own(3, 5)(input=x, hx=None)) is TypeError


def one_sequence_gives_three_axes(own: Class, torchs: Class) -> None:
    assert own(3, 5)(torch.randn(4, 3))[0].dim() == 3
    assert torchs(3, 5)(torch.randn(4, 3))[0].dim() == 2


def an_attribute_is_missing(own: Class, torchs: Class) -> None:
    name = "nonlinearity" if torchs is nn.RNN else "mode"
    assert hasattr(torchs(3, 5), name)
    assert not hasattr(own(3, 5), name)


def the_fourth_argument_is_another(own: Class, torchs: Class) -> None:
    torchs(3, 4, 2, "relu", False, True, 0.5, True)
    assert refused(lambda: own(3, 4, 2, "relu", False, True, 0.5, True)) is ValueError


def an_option_is_refused(own: Class, torchs: Class) -> None:
    options = [{"bidirectional": True}, *([{"proj_size": 2}] if torchs is nn.LSTM else [])]
    torchs(3, 5, **{name: value for option in options for name, value in option.items()})
    assert any(refused(lambda option=option: own(3, 5, **option)) for option in options)


def no_layers_are_taken(own: Class, torchs: Class) -> None:
    assert refused(lambda: torchs(3, 5, num_layers=0)) is ValueError
    assert refused(lambda: own(3, 5, num_layers=0)) is None


def a_form_of_input_is_refused(own: Class, torchs: Class) -> None:
    forms = (torch.randn(4, 3), packed())
    assert [refused(lambda x=x: torchs(3, 5)(x)) for x in forms] == [None, None]
    assert any(refused(lambda x=x: own(3, 5)(x)) for x in forms)


def a_projection_does_not_run(own: Class, torchs: Class) -> None:
    x = torch.randn(4, 2, 3)
    torchs(3, 5, proj_size=2)(x)
    network = own(3, 5, proj_size=2)
    assert refused(lambda: network(x)) is RuntimeError


def a_default_is_another(own: Class, torchs: Class) -> None:
    theirs, network = torchs(3, 5), own(3, 5)
    assert (network.batch_first, network.training) != (theirs.batch_first, theirs.training)


def the_output_lies_batch_first(own: Class, torchs: Class) -> None:
    for batch_first in (False, True):
        options, x = {"batch_first": batch_first}, torch.randn(4, 2, 3)
        if own(3, 5, **options)(x)[0].stride() != torchs(3, 5, **options)(x)[0].stride():
            return
    raise AssertionError("both lie as torch's do")


def a_stack_of_both_directions_does_not_run(own: Class, torchs: Class) -> None:
    x = torch.randn(4, 2, 3)
    options = {"num_layers": 2, "bidirectional": True}
    torchs(3, 5, **options)(x)
    assert refused(lambda: own(3, 5, **options)(x)) is RuntimeError


def a_float64_network_does_not_run(own: Class, torchs: Class) -> None:
    x = torch.randn(4, 2, 3).double()
    torchs(3, 5).double()(x)
    assert refused(lambda: own(3, 5).double()(x)) is RuntimeError


def an_empty_batch_is_refused(own: Class, torchs: Class) -> None:
    torchs(3, 5)(torch.zeros(4, 0, 3))
    assert ends_badly(lambda: own(3, 5)(torch.zeros(4, 0, 3)))


def no_steps_are_refused_in_other_words(own: Class, torchs: Class) -> None:
    said = []
    for network in (own, torchs):
        try:
            network(3, 5)(torch.zeros(0, 2, 3))
        except (RuntimeError, ValueError) as error:
            said.append(str(error))
    assert ["Expected sequence length" in words for words in said] == [False, True]


SHOWN: dict[str, Callable[[Class, Class], None]] = {
    "arguments.empty_batch": an_empty_batch_is_refused,
    "arguments.initial_state_shape": a_wrong_h_0_is_taken,
    "conventions.input_forms": a_form_of_input_is_refused,
    "conventions.strides": the_output_lies_batch_first,
    "direction.stacks": a_stack_of_both_directions_does_not_run,
    "dropout.between_layers_only": dropout_falls_on_the_last_layer,
    "dropout.on_in_train": dropout_is_lost,
    "dropout.recurrence_kept": dropout_falls_on_what_is_remembered,
    "dtype.every_form": packed_h_n_is_float32,
    "dtype.follows_module": a_float64_network_does_not_run,
    "exact.reset_parameters": there_is_no_reset_parameters,
    "messages.input": no_steps_are_refused_in_other_words,
    "messages.sizes": no_layers_are_taken,
    "parameters.replaced": an_assigned_weight_is_not_read,
    "projection.values": a_projection_does_not_run,
    "signature.arguments": an_option_is_refused,
    "signature.attributes": an_attribute_is_missing,
    "signature.defaults": a_default_is_another,
    "signature.device_and_dtype": device_and_dtype_are_not_taken,
    "signature.forward": forward_names_its_arguments_otherwise,
    "signature.positions": the_fourth_argument_is_another,
    "state_dict.entries": parameters_are_listed_otherwise,
    "state_dict.names": parameters_are_listed_otherwise,
    "unbatched.shapes": one_sequence_gives_three_axes,
}
"""What shows that a check is right to fail, of the library's class and torch's."""


def show(declaration: Any, torchs: Class) -> None:
    """Show every expected failure of a declaration; raise where one does not show."""
    for id in declaration.expected_failures:
        torch.manual_seed(0)
        SHOWN[id](declaration.target, torchs)


def show_all(file: str) -> int:
    """Show every expected failure of a file's declarations; return how many there are."""
    declared = importlib.import_module(file)
    names = [name for name in ("rnn", "lstm", "gru") if hasattr(declared, name)]
    for name in names:
        show(getattr(declared, name), getattr(nn, name.upper()))
    return sum(len(getattr(declared, name).expected_failures) for name in names)


if __name__ == "__main__":
    for file in sys.argv[1:]:
        print(f"{file}: {show_all(file)} deviations shown")
