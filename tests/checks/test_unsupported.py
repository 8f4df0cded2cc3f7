"""What is not claimed raises or is right: whatever else is given fails, and nobody right is accused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import rnn_conformance_reference as reference
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from pytest_rnn_conformance import Implementation, check_rnn, opening, running
from pytest_rnn_conformance.checks.context import Context
from pytest_rnn_conformance.checks.unsupported_options import unclaimed
from pytest_rnn_conformance.model import Options

OPTIONS, INPUTS = "capabilities.options_refused", "capabilities.inputs_refused"
RIGHT = Path(__file__).parents[1] / "implementations" / "right"
FEW = frozenset({"all_steps", "final_state"})


def told(target, id, **options):
    """What a check finds, or its status."""
    options = {"level": "module", "checks": [id], "diagnose": "off", "examples": 0, **options}
    (outcome,) = [found for found in check_rnn(target, **options).outcomes if found.requirement.id == id]
    return outcome.finding.actual if outcome.finding else str(outcome.status)


def fewer(target, *without):
    """Declare everything that an implementation can do, but for some of it."""
    found = check_rnn(target, checks=["construction.builds"]).found_capabilities
    return Implementation(target, capabilities=frozenset(found) - set(without))


class Plain(nn.Module):
    """One layer, one way, tanh; `swallowed` are the options that it takes and does not read."""

    swallowed = ()

    def __init__(self, input_size, hidden_size, **options):
        super().__init__()
        if unknown := set(options) - set(self.swallowed):
            raise TypeError(f"unknown options: {unknown}")
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, hx=None):  # (L, N, D)
        h = x.new_zeros(x.shape[1], self.h2h.in_features) if hx is None else hx[0]
        output = []
        for x_t in x:
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            output.append(h)
        return torch.stack(output), h[None]


def swallowing(*options):
    return type("Swallowing", (Plain,), {"swallowed": options})


WITHOUT = "the output that it gives without it, of shape (4, 3, 5), for "


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("num_layers",), WITHOUT + "num_layers=2"),
        (("bidirectional",), WITHOUT + "bidirectional=True"),
        (("bias",), WITHOUT + "bias=False"),
        (("nonlinearity",), WITHOUT + "nonlinearity='relu'"),
        (("bias", "num_layers"), WITHOUT + "num_layers=2, bias=False"),
    ],
)
def test_an_option_that_is_taken_and_not_read_is_named(options, words):
    assert told(swallowing(*options), OPTIONS) == words


def test_a_layout_that_is_taken_and_not_read_gives_other_numbers():
    text = told(swallowing("batch_first"), OPTIONS)

    assert text.endswith(" of the output for batch_first=True")
    assert ", not " in text


def test_what_the_constructor_refuses_in_any_way_passes():
    assert told(Plain, OPTIONS) == "passed"

    class Exits(Plain):
        def __init__(self, input_size, hidden_size, **options):
            if options:
                raise SystemExit("one layer, one way")
            super().__init__(input_size, hidden_size)

    class AtTheFirstCall(swallowing("bidirectional")):
        def __init__(self, input_size, hidden_size, **options):
            super().__init__(input_size, hidden_size, **options)
            self.options = options

        def forward(self, x, hx=None):
            if self.options:
                raise NotImplementedError
            return super().forward(x, hx)

    assert told(Exits, OPTIONS) == "passed"
    assert told(AtTheFirstCall, OPTIONS) == "passed"


def test_options_that_are_passed_on_pass():
    class ToModule(Plain):
        def __init__(self, input_size, hidden_size, **options):
            nn.Module.__init__(self, **options)
            self.i2h = nn.Linear(input_size, hidden_size)
            self.h2h = nn.Linear(hidden_size, hidden_size)

    class ToTorch(nn.RNN):
        def __init__(self, input_size, hidden_size, **options):
            super().__init__(input_size, hidden_size, **options)

    class Wrapped(nn.Module):
        def __init__(self, input_size, hidden_size, **options):
            super().__init__()
            self.inner = reference.RNN(input_size, hidden_size, **options)

        def forward(self, x, hx=None):
            return self.inner(x, hx)

    for target in (ToModule, ToTorch, Wrapped):
        assert check_rnn(target, checks=["construction.builds"]).capabilities.count("bidirectional") == 0
        assert told(target, OPTIONS) == "passed"


def test_who_swallows_every_keyword_has_one_failure():
    report = check_rnn(
        swallowing("bidirectional", "bias", "no_such_option"),
        level="module",
        checks=["construction.unknown_keyword", OPTIONS],
        diagnose="off",
    )

    assert [outcome.requirement.id for outcome in report.failures] == ["construction.unknown_keyword"]
    assert report.counts["blocked"] == 1


def test_a_wrong_value_of_an_option_is_shown_beside_torch_s():
    class NoLastBias(nn.RNN):
        def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh"):
            super().__init__(input_size, hidden_size, bias=bias, nonlinearity=nonlinearity)

        def forward(self, x, hx=None):
            output, h_n = super().forward(x, hx)
            return (output * 2 if self.nonlinearity == "relu" else output), h_n

    assert told(fewer(NoLastBias, "no_bias"), OPTIONS) == "passed"
    text = told(fewer(NoLastBias, "relu"), OPTIONS)
    given, right = (float(word) for word in text.partition(", at")[0].split(", not "))

    assert text.endswith("of the output for nonlinearity='relu'")
    assert given == pytest.approx(2 * right, rel=1e-4)


def test_an_option_that_does_something_else_than_torch_s_is_shown_by_its_shape():
    class Summed(reference.RNN):
        def __init__(self, input_size, hidden_size, bidirectional=False):
            super().__init__(input_size, hidden_size, bidirectional=bidirectional)

        def forward(self, x, hx=None):
            output, h_n = super().forward(x, hx)
            return output.unflatten(-1, (-1, self.hidden_size)).sum(-2), h_n

    text = told(fewer(Summed, "bidirectional"), OPTIONS)

    assert text == "an output of shape (4, 3, 5), not (4, 3, 10), for bidirectional=True"


def test_dropout_that_never_drops_is_seen_where_there_are_layers():
    class Kept(reference.RNN):
        def __init__(self, input_size, hidden_size, num_layers=1, dropout=0.0):
            super().__init__(input_size, hidden_size, num_layers=num_layers)

    class Dropped(reference.RNN):
        def __init__(self, input_size, hidden_size, num_layers=1, dropout=0.0):
            super().__init__(input_size, hidden_size, num_layers=num_layers, dropout=dropout)

    assert told(fewer(Kept, "dropout"), OPTIONS) == "in train mode the output of eval mode, for dropout=0.5"
    assert told(fewer(Dropped, "dropout"), OPTIONS) == "passed"
    assert told(fewer(Kept, "dropout", "multilayer"), OPTIONS) == "passed"  # with one layer it has no effect


def test_a_network_of_one_layout_may_take_the_option_for_it():
    class BatchFirst(Plain):
        swallowed = ("batch_first",)

        def __init__(self, input_size, hidden_size, **options):
            if options.get("batch_first") is False:
                raise ValueError("batch-first alone")
            super().__init__(input_size, hidden_size, **options)

        def forward(self, x, hx=None):
            output, h_n = super().forward(x.transpose(0, 1), hx)
            return output.transpose(0, 1), h_n

    assert told(BatchFirst, OPTIONS) == "passed"


def test_a_declared_constant_is_not_asked_for_again():
    class Deep(nn.RNN):
        def __init__(self, input_size, hidden_size, nonlinearity="tanh"):
            super().__init__(input_size, hidden_size)

    declared = Implementation(Deep, arguments={"nonlinearity": None}, capabilities=FEW)
    asked = Implementation(Deep, capabilities=FEW)

    assert told(declared, OPTIONS) == "passed"
    assert told(asked, OPTIONS) == WITHOUT + "nonlinearity='relu'"


# ------------------------------------------------------------------------------------ inputs


class AnyArguments(Plain):
    def forward(self, x, *_):
        return super().forward(x)


class PassedOn(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.inner = nn.RNN(input_size, hidden_size)

    def forward(self, *arguments):
        return self.inner(*arguments)


class Masked(Plain):
    def forward(self, x, mask=None):
        return super().forward(x if mask is None else x * mask)


class StateForgotten(Plain):
    def forward(self, x, hx=None):
        return super().forward(x)


class Padded(PassedOn):
    """Takes a PackedSequence, and gives what it holds padded."""

    def forward(self, x, hx=None):
        return self.inner(pad_packed_sequence(x)[0] if isinstance(x, PackedSequence) else x, hx)


class DataAlone(PassedOn):
    """Takes the data of a PackedSequence for one sequence."""

    def forward(self, x, hx=None):
        return self.inner(x.data if isinstance(x, PackedSequence) else x, hx)


def test_an_h_0_among_arguments_that_nothing_reads_is_named():
    assert told(AnyArguments, INPUTS) == "the output that it gives without it, for an h_0"


def test_an_h_0_that_a_declaration_leaves_out_is_asked_for():
    assert (
        told(fewer(StateForgotten, "initial_state"), INPUTS)
        == "the output that it gives without it, for an h_0"
    )
    assert told(fewer(Plain, "initial_state"), INPUTS) == "passed"


def test_arguments_that_are_passed_on_and_those_of_another_meaning_pass():
    assert told(PassedOn, INPUTS) == "passed"
    assert told(Masked, INPUTS) == "passed"


def test_one_sequence_that_is_taken_for_a_batch_is_shown_by_its_shape():
    words = "an output of shape (4, 3, 5), not (4, 5), for one sequence (L, D)"

    assert told(fewer(Plain, "unbatched"), INPUTS) == words
    assert told(fewer(nn.RNN, "unbatched"), INPUTS) == "passed"


def test_packed_sequences_that_are_read_as_something_else_are_named():
    assert told(DataAlone, INPUTS).endswith(" for a PackedSequence")
    assert told(Padded, INPUTS) == "passed"
    assert told(fewer(nn.RNN, "packed"), INPUTS) == "passed"


@pytest.mark.parametrize(
    ("target", "id"),
    [
        (swallowing("bidirectional"), OPTIONS),
        (swallowing("batch_first"), OPTIONS),
        (AnyArguments, INPUTS),
        (DataAlone, INPUTS),
    ],
)
def test_the_reproducer_shows_the_call_that_returns(target, id):
    (outcome,) = check_rnn(target, level="module", checks=[id], diagnose="off").failures
    script = outcome.finding.reproducer.splitlines()

    assert script[-1] == "raise AssertionError('no exception')"
    assert script[-2].startswith("print(")


def test_the_reproducer_runs_in_a_fresh_process(tmp_path):
    (tmp_path / "rnn.py").write_text(
        "from torch import nn\n\n\nclass RNN(nn.RNN):\n"
        "    def __init__(self, input_size, hidden_size, **options):\n"
        "        options.pop('bidirectional', None)\n"
        "        super().__init__(input_size, hidden_size, **options)\n"
    )
    (outcome,) = check_rnn(
        f"{tmp_path}/rnn.py:RNN", level="module", checks=[OPTIONS], diagnose="off"
    ).failures
    done = subprocess.run(
        [sys.executable, "-c", outcome.finding.reproducer], capture_output=True, text=True, check=False
    )

    assert "bidirectional=True" in outcome.finding.reproducer
    assert done.returncode == 1
    assert done.stderr.endswith("AssertionError: no exception\n")


# ------------------------------------------------------------- right code that claims less than it can


@pytest.mark.parametrize("path", sorted(RIGHT.glob("*.py")), ids=lambda path: path.stem)
def test_no_right_implementation_is_accused_of_an_option_that_it_does_not_claim(path):
    without = {"multilayer", "bidirectional", "no_bias", "relu", "batch_first"}

    assert told(f"{path}:RNN", OPTIONS) == "passed"
    assert told(claiming_less(path, without), OPTIONS) == "passed"


@pytest.mark.parametrize("path", sorted(RIGHT.glob("*.py")), ids=lambda path: path.stem)
def test_no_right_implementation_is_accused_of_an_input_that_it_does_not_claim(path):
    assert told(f"{path}:RNN", INPUTS) == "passed"
    assert told(claiming_less(path, {"initial_state", "packed"}), INPUTS) == "passed"


def claiming_less(path, without):
    """The implementation of a file, which claims all that was found but for some of it."""
    found = check_rnn(f"{path}:RNN", checks=["construction.builds"]).found_capabilities
    own = opening.load(f"{path}:RNN", seconds=10).implementation
    return replace(own, capabilities=frozenset(found) - without)


@pytest.mark.parametrize("target", [nn.RNN, reference.RNN], ids=["torch.nn.RNN", "the reference"])
def test_who_offers_all_of_it_has_nothing_left_to_be_asked_for(target):
    candidate = running.of_object(target, Options()).candidate

    assert list(unclaimed(Context(candidate))) == []
