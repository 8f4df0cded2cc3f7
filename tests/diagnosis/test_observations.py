"""What is looked at: the same for right code in any style, different for known mistakes."""

from pathlib import Path

import pytest
import torch

from pytest_rnn_conformance import faults, guard, running
from pytest_rnn_conformance.diagnosis import observations, signature, views
from pytest_rnn_conformance.diagnosis.observations import alike
from pytest_rnn_conformance.model import Options

ONES = torch.ones(2, dtype=torch.float64)
RIGHT = Path(__file__).parents[1] / "implementations" / "right"


def view(target):
    run = running.load(target, Options())
    return views.View(run.candidate, views.aspects_of(run.candidate))


@pytest.mark.parametrize("name", sorted(path.stem for path in RIGHT.glob("*.py")))
def test_right_code_in_any_style_looks_like_the_reference(name):
    own = view(f"{RIGHT / name}.py:RNN")
    with guard.judging(own.candidate.dtype):
        known = views.known_view((), own.aspects)
        different = [o.name for o in signature.observations(own.aspects) if not own.agrees(known, o)]

    assert different == []


def test_torch_s_own_network_looks_like_the_reference():
    own = view("torch.nn:RNN")
    with guard.judging():
        assert own.matches(views.known_view((), own.aspects), signature.observations(own.aspects))


def test_another_salt_draws_other_numbers():
    aspects = views.aspects_of(views.reference_door("RNN"))
    first = next(iter(signature.observations(aspects)))
    with guard.judging():
        seen = [
            views.known_view(
                (), observations.Aspects(aspects.mode, aspects.dtype, aspects.capabilities, salt)
            ).of(first)
            for salt in (0, 0, 1)
        ]

    assert alike(seen[0], seen[1], torch.float64)
    assert not alike(seen[0], seen[2], torch.float64)


def test_an_implementation_that_offers_little_is_looked_at_in_what_it_offers():
    aspects = views.aspects_of(views.reference_door("RNN"))
    bare = observations.Aspects(aspects.mode, aspects.dtype, frozenset({"all_steps"}))
    names = {observation.name for observation in signature.observations(bare)}

    assert "values: a recurrence" in names
    assert not any("stack of" in name or "both" in name or "dropout" in name for name in names)
    assert names < {observation.name for observation in signature.observations(aspects)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((ONES,), (ONES + 1e-11,), True),
        ((ONES,), (ONES + 1e-8,), False),
        ((1e6 * ONES,), (1e6 * ONES + 1e-4,), True),
        ((ONES,), (torch.ones(1, 2),), False),
        ((torch.tensor([torch.nan, 1.0]),), (torch.tensor([torch.nan, 1.0]),), True),
        ((torch.tensor([torch.nan, 1.0]),), (torch.tensor([1.0, 1.0]),), False),
        ((ONES,), ("raises",), False),
        (("raises",), ("raises",), True),
        ((None,), (None,), True),
        ((True, 1), (True,), False),
    ],
)
def test_arrays_are_alike_normwise_and_facts_exactly(one, other, same):
    assert alike(one, other, torch.float64) is same


def test_a_random_initial_state_is_seen_as_a_difference_from_call_to_call():
    class Wild(torch.nn.RNN):
        def forward(self, input, hx=None):
            if hx is None:
                hx = torch.randn(self.num_layers * (1 + self.bidirectional), input.shape[1], self.hidden_size)
            return super().forward(input, hx)

    run = running.of_object(Wild, Options())
    own = views.View(run.candidate, views.aspects_of(run.candidate))
    first = next(
        o for o in signature.observations(own.aspects) if o.name == "values: the first step from zeros"
    )
    with guard.judging():
        assert own.of(first) == ("differs from call to call",)


def test_what_raises_is_seen_as_a_fact():
    class Broken(torch.nn.RNN):
        def forward(self, input, hx=None):
            if self.bidirectional:
                raise RuntimeError("no")
            return super().forward(input, hx)

    run = running.of_object(Broken, Options())
    own = views.View(run.candidate, views.aspects_of(run.candidate))
    both = next(o for o in signature.observations(own.aspects) if o.name == "values: both directions")
    with guard.judging():
        assert own.of(both) == ("raises",)


def test_every_known_view_is_kept():
    aspects = views.aspects_of(views.reference_door("RNN"))
    fault = faults.catalogue()["w_hh_transposed"]

    assert views.known_view((fault,), aspects) is views.known_view((fault,), aspects)
