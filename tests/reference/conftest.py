"""What the tests of the reference share: a seed, one thread, and pairs of modules to compare."""

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn


@pytest.fixture(autouse=True)
def one_seed_and_one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def pair():
    """Make torch's network and ours with the same options and the same weights."""

    def make(*sizes, network="RNN", **options):
        options.setdefault("dtype", torch.float64)
        theirs = getattr(nn, network)(*sizes, **options)
        ours = getattr(reference, network)(*sizes, **options)
        ours.load_state_dict(theirs.state_dict())
        return theirs, ours

    return make


@pytest.fixture
def state_for():
    """Make a random state for a network: h_0, and for an LSTM the pair of h_0 and c_0."""

    def make(module, *batch):
        slots = module.num_layers * (2 if module.bidirectional else 1)
        dtype = module.weight_hh_l0.dtype
        h_0 = torch.randn(slots, *batch, module.proj_size or module.hidden_size, dtype=dtype)
        c_0 = torch.randn(slots, *batch, module.hidden_size, dtype=dtype)
        return (h_0, c_0) if module.mode == "LSTM" else h_0

    return make


@pytest.fixture
def same_error():
    """Do the same with torch's network and ours, and compare the types and messages of the errors."""

    def check(action, network="RNN"):
        errors = []
        for package in (nn, reference):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # torch says which one
                action(getattr(package, network))
            errors.append((caught.type, str(caught.value).replace("RNNBase", network)))
        theirs, ours = errors

        assert ours == theirs

    return check
