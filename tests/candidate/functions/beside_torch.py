"""What tests of calls share: a network through the door, on the same weights as torch.nn.RNN."""

import torch

from pytest_rnn_conformance import guard, oracle
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Case, Config, Implementation

SIZES = (
    {"steps": 3, "batch": 4, "input_size": 2, "hidden_size": 6},
    {"steps": 4, "batch": 4, "input_size": 4, "hidden_size": 4},
    {"steps": 1, "batch": 1, "input_size": 3, "hidden_size": 2},
)
"""L, N, D and H: all differ, none does, and single ones."""


def adapted(target, **declared):
    with guard.judging():
        return adapt(Implementation(target, **declared))


def cases(candidate, sizes=SIZES):
    """Yield what a candidate can be asked: all layers, directions and states that it offers."""
    offered = candidate.capabilities
    for size in sizes:
        widths = {name: size[name] for name in ("input_size", "hidden_size")}
        for layers in (1, 3) if "multilayer" in offered else (1,):
            for both in (False, True) if "bidirectional" in offered else (False,):
                config = Config(**widths, num_layers=layers, bidirectional=both)
                for given in (False, True) if "initial_state" in offered else (False,):
                    yield Case(config, steps=size["steps"], batch=size["batch"], with_state=given)


def run(candidate, case):
    """Run a case on its weights; return the network and the result."""
    tensors = materialise(case)
    with guard.judging():
        instance = candidate.build(case.config)
        instance.write(tensors.parameters)
        return instance, instance.run(tensors.input, tensors.state)


def differences(candidate, sizes=SIZES):
    """Return what is not as torch's, as (`output`, case)."""
    found = []
    for case in cases(candidate, sizes):
        truth, (_, result) = oracle.truth(case), run(candidate, case)
        pairs = {"output": (result.output, truth.output), "h_n": (result.state, truth.state)}
        if result.state is None and "final_state" not in candidate.capabilities:
            del pairs["h_n"]
        found += [(name, case.label) for name, (own, right) in pairs.items() if not alike(own, right)]
    return found


def alike(own, right):
    return own is not None and own.shape == right.shape and torch.allclose(own.double(), right, atol=1e-12)


def is_right_or_asked_for(target, **declared):
    """Whether a right network is found to be as torch's, or is refused with words for its author."""
    try:
        return differences(adapted(target, **declared)) == []
    except UsageError:
        return True
