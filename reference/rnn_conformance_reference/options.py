"""What the constructors of `RNN`, `LSTM` and `GRU` refuse.

The types and messages of the errors are those of ``torch.nn``, and so is what is let
pass: ``bidirectional=1``, say.
"""

import warnings
from collections.abc import Mapping
from numbers import Real

from .recurrence import NONLINEARITIES


def check_no_more_options(network: str, unknown: Mapping[str, object]) -> None:
    """Refuse options that an RNN or a GRU does not have; the LSTM's proj_size is one."""
    if "proj_size" in unknown:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    for name in unknown:
        raise TypeError(f"{network}.__init__() got an unexpected keyword argument '{name}'")


def check_nonlinearity(nonlinearity: str) -> None:
    """Refuse a nonlinearity that is neither tanh nor relu."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")


def check_dropout(dropout: object, num_layers: int) -> None:
    """Refuse what is no probability; warn where there is nothing to drop from."""
    if not is_probability(dropout):
        raise ValueError(
            "dropout should be a number in range [0, 1] "
            "representing the probability of an element being zeroed"
        )
    if dropout != 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            UserWarning,
            stacklevel=4,
        )


def is_probability(value: object) -> bool:
    """Tell whether this is a number from 0 to 1; True, NaN and text are not."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return 0 <= float(value) <= 1


def check_flag(name: str, value: object) -> None:
    """Refuse a flag that is not exactly True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")


def check_size(name: str, value: object) -> None:
    """Refuse a size that is not a positive whole number."""
    if not isinstance(value, int):
        raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
    check_positive(name, value)


def check_positive(name: str, value: float) -> None:
    """Refuse zero and less."""
    if value <= 0:
        raise ValueError(f"{name} must be greater than zero")


def check_proj_size(proj_size: int, hidden_size: int) -> None:
    """Refuse a projection that would not make h_t smaller; zero stands for none."""
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
