"""One matrix over the concatenation of input and state is judged as two are, whichever of them is first."""

import itertools

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import Implementation, check_rnn, guard, oracle
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.errors import UsageError
from pytest_rnn_conformance.model import Case, Config


@pytest.fixture(autouse=True)
def as_when_judging():
    with guard.judging():
        yield


def accusations(report):
    fine = ("passed", "unsupported")
    return {o.requirement.id: str(o.status) for o in report.outcomes if o.status not in fine}


def failures(report):
    return [outcome.requirement.id for outcome in report.failures]


class Concatenated(nn.Module):
    """One layer, time-first, [x, h]; each class below changes one thing."""

    state_first = False

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)

    def step(self, x_t, h):
        return torch.tanh(self.i2h(torch.cat([h, x_t] if self.state_first else [x_t, h], 1)))

    def forward(self, x, h_0=None):
        h = x.new_zeros(x.shape[1], self.hidden_size) if h_0 is None else h_0[0]
        steps = []
        for x_t in x:
            h = self.step(x_t, h)
            steps.append(h)
        return torch.stack(steps), h[None]


class StateFirst(Concatenated):
    state_first = True


def both_orders(base):
    """A class, and the same with the state first."""
    return [base, type(f"{base.__name__}StateFirst", (base,), {"state_first": True})]


def state_first(target, **declared):
    """What the first network showed of the order."""
    return adapt(Implementation(target, **declared)).conventions.learned.state_first


# ---------------------------------------------------------------------------------- right, in every style


def style(weight, biases, order):
    """A network of layers and directions in one combination of conventions."""

    class RNN(nn.Module):
        def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
            super().__init__()
            self.hidden_size, self.directions = hidden_size, 2 if bidirectional else 1
            widths = [input_size] + [self.directions * hidden_size] * (num_layers - 1)
            for suffix in ("", "_reverse")[: self.directions]:
                shapes = [(hidden_size, width + hidden_size) for width in widths]
                if weight == "linear":
                    modules = [nn.Linear(n_in, n_out, bias=biases == 1) for n_out, n_in in shapes]
                    self.add_module(f"cells{suffix}", nn.ModuleList(modules))
                else:
                    turn = -1 if weight == "(in, out)" else 1
                    self.add_module(f"W{suffix}", self.parameters_of([shape[::turn] for shape in shapes]))
                for number in range(biases - (weight == "linear" and biases == 1)):
                    self.add_module(
                        f"b_{'xh'[number]}{suffix}", self.parameters_of([hidden_size] * num_layers)
                    )

        @staticmethod
        def parameters_of(shapes):
            return nn.ParameterList([nn.Parameter(torch.randn(shape)) for shape in shapes])

        def matrix(self, layer, suffix):
            if weight == "linear":
                return getattr(self, f"cells{suffix}")[layer].weight
            raw = getattr(self, f"W{suffix}")[layer]
            return raw.T if weight == "(in, out)" else raw

        def bias(self, layer, suffix):
            if weight == "linear" and biases == 1:
                return getattr(self, f"cells{suffix}")[layer].bias
            return sum(getattr(self, f"b_{letter}{suffix}")[layer] for letter in "xh"[:biases])

        def scan(self, x, h, layer, suffix):
            steps = []
            for x_t in x:
                both = torch.cat([x_t, h] if order == "[x, h]" else [h, x_t], 1)
                h = torch.tanh(both @ self.matrix(layer, suffix).T + self.bias(layer, suffix))
                steps.append(h)
            return torch.stack(steps), h

        def forward(self, x, hx=None):
            layers = len(self.cells if weight == "linear" else self.W)
            zeros = x.new_zeros(layers * self.directions, x.shape[1], self.hidden_size)
            states, h_n = iter(zeros if hx is None else hx), []
            for layer in range(layers):
                output, h = self.scan(x, next(states), layer, "")
                h_n.append(h)
                if self.directions == 2:
                    back, h = self.scan(x.flip(0), next(states), layer, "_reverse")
                    output = torch.cat([output, back.flip(0)], 2)
                    h_n.append(h)
                x = output
            return x, torch.stack(h_n)

    return RNN


STYLES = list(itertools.product(("linear", "(out, in)", "(in, out)"), (1, 2), ("[x, h]", "[h, x]")))


@pytest.mark.parametrize(("weight", "biases", "order"), STYLES)
def test_one_matrix_in_any_style_passes_core_whole(weight, biases, order):
    report = check_rnn(style(weight, biases, order), examples=0)

    assert accusations(report) == {}
    assert {"multilayer", "bidirectional", "initial_state"} <= set(report.capabilities)
    assert ("two_biases" in report.capabilities) == (biases == 2)


def test_code_that_computes_in_float32_is_still_judged_in_float32():
    class Float32Inside(StateFirst):
        def step(self, x_t, h):
            return super().step(x_t, h).float().to(x_t.dtype)

    candidate = adapt(Implementation(Float32Inside))

    assert candidate.dtype == torch.float32
    assert candidate.conventions.learned.state_first is True


# ----------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize("target", both_orders(Concatenated))
def test_a_state_s_part_that_is_used_transposed_fails_the_recurrence_alone(target):
    class Transposed(target):
        def step(self, x_t, h):
            weight = self.i2h.weight
            border = self.hidden_size if self.state_first else weight.shape[1] - self.hidden_size
            first, second = weight[:, :border], weight[:, border:]
            weight_hh, weight_ih = (first, second) if self.state_first else (second, first)
            return torch.tanh(x_t @ weight_ih.T + h @ weight_hh + self.i2h.bias)

    assert failures(check_rnn(Transposed)) == ["forward.recurrence"]


class RollsTheState(Concatenated):
    def step(self, x_t, h):
        return super().step(x_t, h.roll(1, 1))


class HalvesTheInput(Concatenated):
    def step(self, x_t, h):
        return super().step(x_t / 2, h)


@pytest.mark.parametrize(
    ("target", "check"),
    [(RollsTheState, "forward.recurrence"), (HalvesTheInput, "forward.first_step")],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_mistake_is_one_failure_in_either_order(target, check, turned):
    assert failures(check_rnn(both_orders(target)[turned], examples=0)) == [check]


@pytest.mark.parametrize("order", ["[x, h]", "[h, x]"])
def test_a_matrix_that_two_layers_share_is_said_to_be_and_its_two_parts_are_not(order):
    class Shared(style("linear", 1, order)):
        def __init__(self, input_size, hidden_size, num_layers=1):
            super().__init__(input_size, hidden_size, num_layers)
            for cell in self.cells:
                cell.weight = self.cells[0].weight

    facts = adapt(Implementation(Shared)).build(Config(input_size=5, num_layers=2)).parameter_facts()
    shares = {name: fact.shares_with for name, fact in facts.items() if fact.shares_with}

    assert shares == {"weight_ih_l1": "weight_ih_l0", "weight_hh_l1": "weight_ih_l0"}


@pytest.mark.parametrize("order", ["[x, h]", "[h, x]"])
def test_a_matrix_that_two_directions_share_is_accused(order):
    class Shared(style("linear", 1, order)):
        def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
            super().__init__(input_size, hidden_size, num_layers, bidirectional)
            for k in range(num_layers if bidirectional else 0):
                self.cells_reverse[k].weight = self.cells[k].weight

    assert "parameters.registered" in failures(check_rnn(Shared, examples=0))


def test_a_matrix_that_is_no_parameter_is_accused():
    class Unregistered(Concatenated):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            self.weight = torch.randn(hidden_size, input_size + hidden_size, requires_grad=True)
            self.i2h = None
            self.bias = nn.Parameter(torch.zeros(hidden_size))

        def step(self, x_t, h):
            return torch.tanh(torch.cat([x_t, h], 1) @ self.weight.T + self.bias)

    assert failures(check_rnn(Unregistered, examples=0)) == ["parameters.registered"]


def test_a_matrix_that_the_call_writes_to_is_named():
    class Writes(Concatenated):
        def forward(self, x, h_0=None):
            result = super().forward(x, h_0)
            self.i2h.weight.data.mul_(0.5)
            return result

    case = Case(Config(), steps=3, batch=2)
    instance = adapt(Implementation(Writes)).build(case.config)

    assert set(instance.effects(materialise(case).input).changed) == {"weight_ih_l0", "weight_hh_l0"}


# ---------------------------------------------------------------------------------------------- gradients


@pytest.mark.parametrize("target", [Concatenated, StateFirst])
@pytest.mark.parametrize("wanted", ["weight_ih_l0", "weight_hh_l0"])
def test_the_gradient_of_a_part_s_gradients_is_that_of_this_part_alone(target, wanted):
    case = Case(Config(), steps=3, batch=2, seed=32)
    exact = materialise(case)
    found = {}
    for network in (target, nn.RNN):
        instance = adapt(Implementation(network)).build(case.config)
        instance.write(exact.parameters)
        found[network] = instance.gradients(
            exact.input, None, {"output": exact.cotangents["output"]}, wanted=(wanted, "input"), twice=True
        )

    for name in (wanted, "input"):
        torch.testing.assert_close(found[target][name], found[nn.RNN][name], atol=1e-12, rtol=0)


@pytest.mark.parametrize("target", [Concatenated, StateFirst])
def test_the_gradients_of_both_parts_are_torch_s(target):
    case = Case(Config(), steps=3, batch=2, seed=33)
    exact = materialise(case)
    instance = adapt(Implementation(target)).build(case.config)
    instance.write(exact.parameters)
    wanted = ("weight_hh_l0", "weight_ih_l0")
    found = instance.gradients(exact.input, None, {"output": exact.cotangents["output"]}, wanted=wanted)
    truth = oracle.gradients(case, ("output",))

    for name in wanted:
        torch.testing.assert_close(found[name], truth[name], atol=1e-12, rtol=0)


# -------------------------------------------------------------------------------------- which comes first


class RaisesAtOneStep(Concatenated):
    def forward(self, x, h_0=None):
        if len(x) == 1:
            raise ValueError("one step")
        return super().forward(x, h_0)


class RaisesGivenAState(Concatenated):
    def forward(self, x, h_0=None):
        if h_0 is not None:
            raise ValueError("a state")
        return super().forward(x)


class StartsElsewhere(Concatenated):
    def forward(self, x, h_0=None):
        return super().forward(x, torch.ones(1, x.shape[1], self.hidden_size) if h_0 is None else h_0)


class StateRequired(Concatenated):
    def forward(self, x, h):
        return super().forward(x, h)


class BatchFirstOutputAlone(Concatenated):
    def forward(self, x):
        return super().forward(x.transpose(0, 1))[0].transpose(0, 1)


@pytest.mark.parametrize(
    "target",
    [
        Concatenated,
        RollsTheState,
        HalvesTheInput,
        RaisesAtOneStep,
        RaisesGivenAState,
        StartsElsewhere,
        StateRequired,
        BatchFirstOutputAlone,
    ],
)
def test_the_order_is_found_by_what_the_first_step_depends_on(target):
    assert [state_first(turned) for turned in both_orders(target)] == [False, True]


def test_the_order_says_nothing_of_two_matrices():
    assert state_first(nn.RNN) is None


class AlwaysStartsElsewhere(Concatenated):
    def forward(self, x):
        return super().forward(x, torch.ones(1, x.shape[1], self.hidden_size))


class HasNoGradient(Concatenated):
    def forward(self, x, h_0=None):
        with torch.no_grad():
            return super().forward(x, h_0)


class IgnoresEverything(Concatenated):
    def step(self, x_t, h):
        return 0.0 * super().step(x_t, h)


def test_the_order_is_seen_where_there_are_no_gradients():
    assert [state_first(turned) for turned in both_orders(HasNoGradient)] == [False, True]


@pytest.mark.parametrize("base", [AlwaysStartsElsewhere, IgnoresEverything])
def test_where_nothing_shows_the_order_the_input_is_taken_to_be_first(base):
    assert [state_first(turned) for turned in both_orders(base)] == [False, False]


# ------------------------------------------------------------------------------- printed and declared


def test_what_is_inferred_is_printed_as_a_declaration_of_columns():
    input_first, turned = (adapt(Implementation(target)).inferred for target in (Concatenated, StateFirst))

    assert (
        "inferred parameters: weight_ih = i2h.weight[:, :D], weight_hh = i2h.weight[:, D:], bias = i2h.bias"
        in input_first
    )
    assert (
        "inferred parameters: weight_ih = i2h.weight[:, H:], weight_hh = i2h.weight[:, :H], bias = i2h.bias"
        in turned
    )


@pytest.mark.parametrize(("weight", "biases", "order"), STYLES)
def test_the_declaration_that_is_printed_freezes_what_was_inferred(weight, biases, order):
    RNN = style(weight, biases, order)
    inferred = adapt(Implementation(RNN))
    line = inferred.inferred[-1].removeprefix("to freeze what was inferred: ")
    declared = adapt(eval(line, {"Implementation": Implementation, "RNN": RNN}))
    config = Config(num_layers=2, bidirectional=True)

    assert declared.inferred == ("nothing had to be inferred: names are declared, or torch's own",)
    assert declared.build(config).places == inferred.build(config).places
    assert declared.capabilities == inferred.capabilities


def test_a_declared_order_is_taken_even_where_it_is_not_what_runs():
    parameters = {"weight_ih": "i2h.weight[:, H:]", "weight_hh": "i2h.weight[:, :H]", "bias": "i2h.bias"}

    assert state_first(Concatenated, parameters=parameters) is True
    assert failures(check_rnn(Implementation(Concatenated, parameters=parameters), examples=0)) != []
    assert accusations(check_rnn(Implementation(StateFirst, parameters=parameters), examples=0)) == {}


def test_a_wrong_slice_is_a_mistake_of_the_declaration():
    parameters = {"weight_ih": "i2h.weight[:, :3]", "weight_hh": "i2h.weight[:, 3:]", "bias": "i2h.bias"}
    with pytest.raises(UsageError, match=r"'i2h.weight\[:, :3\]'.*\[:, :D\] or \[:, H:\]"):
        adapt(Implementation(Concatenated, parameters=parameters))


def test_which_of_two_matrices_holds_both_weights_is_not_guessed():
    class Two(Concatenated):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            self.first = nn.Linear(input_size + hidden_size, hidden_size)
            self.second = nn.Linear(input_size + hidden_size, hidden_size)
            del self.i2h

    with pytest.raises(UsageError, match="cannot be placed") as caught:
        adapt(Implementation(Two))

    assert "found first.weight (5, 8): role unknown" in str(caught.value)
    assert "'[:, :D]' and '[:, D:]'" in str(caught.value)
