"""What the tests of the reference share: a seed, one thread, and pairs of modules to compare."""

import pytest
import torch
from rnn_conformance_reference import RNN
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
    """Make torch's RNN and ours with the same options and the same weights."""

    def make(*sizes, **options):
        options.setdefault("dtype", torch.float64)
        theirs = nn.RNN(*sizes, **options)
        ours = RNN(*sizes, **options)
        ours.load_state_dict(theirs.state_dict())
        return theirs, ours

    return make


@pytest.fixture
def same_error():
    """Do the same with torch's RNN and ours, and compare the types and messages of the errors."""

    def check(action):
        errors = []
        for cls in (nn.RNN, RNN):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # torch says which one
                action(cls)
            errors.append((caught.type, str(caught.value).replace("RNNBase", "RNN")))
        theirs, ours = errors

        assert ours == theirs

    return check
