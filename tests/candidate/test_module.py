"""The door: every right implementation is read, written, run and differentiated in torch's terms."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_rnn_conformance import guard, loading, oracle
from pytest_rnn_conformance.candidate import adapt
from pytest_rnn_conformance.cases import features, materialise
from pytest_rnn_conformance.errors import CandidateError, RequirementFailed
from pytest_rnn_conformance.model import Case, Config, Implementation

IMPLEMENTATIONS = Path(__file__).parents[1] / "implementations"
RIGHT = sorted(path.stem for path in (IMPLEMENTATIONS / "right").glob("*.py"))
TOLERANCE = {torch.float64: 1e-12, torch.float32: 3e-5}


@pytest.fixture(autouse=True)
def as_when_judging():
    with guard.judging():
        yield


@pytest.fixture(scope="module")
def candidates():
    """Every right implementation behind the door, by name; adapted once."""
    known = {}

    def candidate(name):
        if name not in known:
            loaded = loading.load(f"{IMPLEMENTATIONS / 'right' / name}.py:RNN")
            known[name] = adapt(loaded.implementation, import_lines=loaded.import_lines)
        return known[name]

    return candidate


def adapted(target, **declared):
    return adapt(Implementation(target, **declared))


def largest(candidate, *, with_state=False):
    """The case with the most that a candidate offers: layers, directions, and an h_0 if there is one."""
    offers = candidate.capabilities
    config = Config(
        candidate.mode,
        num_layers=2 if "multilayer" in offers else 1,
        bidirectional="bidirectional" in offers,
    )
    case = Case(config, steps=4, batch=2, with_state=with_state and "initial_state" in offers, seed=31)
    assert features(case) <= offers
    return case


def tensors_for(candidate, case):
    exact = materialise(case, 0, candidate.dtype)
    return (
        {name: weight.to(candidate.dtype) for name, weight in exact.parameters.items()},
        exact.input.to(candidate.dtype),
        None if exact.state is None else exact.state.to(candidate.dtype),
        [cotangent.to(candidate.dtype) for cotangent in exact.cotangents.values()],
    )


def built(candidate, case):
    instance = candidate.build(case.config)
    instance.write(tensors_for(candidate, case)[0])
    return instance


def close(candidate, actual, expected):
    torch.testing.assert_close(actual.double(), expected, atol=TOLERANCE[candidate.dtype], rtol=0)


# ------------------------------------------------------------------------------ weights, both ways


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_written_is_read_back(name, candidates):
    candidate = candidates(name)
    case = largest(candidate)
    weights = tensors_for(candidate, case)[0]
    instance = built(candidate, case)
    read = instance.read()

    assert read.keys() == weights.keys()
    for role, weight in weights.items():
        expected = weight
        if role.startswith("bias") and instance.places[role].is_sum:
            expected = sum(
                weights[role.replace("_ih_", f"_{part}_").replace("_hh_", f"_{part}_")]
                for part in ("ih", "hh")
            )
        assert torch.equal(read[role], expected), role


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_read_is_a_copy(name, candidates):
    candidate = candidates(name)
    case = largest(candidate)
    instance = built(candidate, case)
    before = instance.read()
    for weight in instance.read().values():
        weight.zero_()

    assert all(torch.equal(instance.read()[role], weight) for role, weight in before.items())


@pytest.mark.parametrize("name", RIGHT)
def test_every_weight_of_right_code_is_a_registered_leaf_of_its_own_in_torch_s_shape(name, candidates):
    candidate = candidates(name)
    config = largest(candidate).config
    facts = candidate.build(config).parameter_facts()

    assert {role: fact.shape for role, fact in facts.items()} == config.parameter_shapes()
    for fact in facts.values():
        assert (fact.registered, fact.is_leaf, fact.shares_with) == (True, True, "")
        assert fact.place.startswith("self.")


# ------------------------------------------------------------------------------- values, gradients


@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_gives_torch_s_values_through_the_door(name, with_state, candidates):
    candidate = candidates(name)
    case = largest(candidate, with_state=with_state)
    _, input, state, _ = tensors_for(candidate, case)
    result = built(candidate, case).run(input, state)
    truth = oracle.truth(case, 0, candidate.dtype)

    close(candidate, result.output, truth.output)
    if "final_state" in candidate.capabilities:
        close(candidate, result.state, truth.state)


@pytest.mark.parametrize("name", RIGHT)
def test_right_code_gives_torch_s_gradients_in_torch_s_layout(name, candidates):
    candidate = candidates(name)
    case = largest(candidate, with_state=True)
    _, input, state, (cotangent, _) = tensors_for(candidate, case)
    truth = oracle.gradients(case, ("output",), 0, candidate.dtype)
    found = built(candidate, case).gradients(input, state, {"output": cotangent}, wanted=tuple(truth))

    for role, expected in truth.items():
        assert found[role].shape == expected.shape, role
        close(candidate, found[role], expected)


def test_the_gradient_of_one_bias_is_that_of_b_ih_alone(candidates):
    candidate = candidates("raw_matrices")
    case = largest(candidate)
    _, input, _, (cotangent, _) = tensors_for(candidate, case)
    found = built(candidate, case).gradients(
        input, None, {"output": cotangent}, wanted=("bias_ih_l0", "bias_hh_l0")
    )

    assert torch.equal(found["bias_ih_l0"], found["bias_hh_l0"])
    close(candidate, found["bias_ih_l0"], oracle.gradients(case, ("output",))["bias_ih_l0"])


def test_gradients_enter_where_the_cotangents_say():
    candidate = adapted(nn.RNN)
    case = largest(candidate)
    _, input, _, (output, state) = tensors_for(candidate, case)
    for through in (("output",), ("h_n",), ("output", "h_n")):
        cotangents = {name: {"output": output, "h_n": state}[name] for name in through}
        found = built(candidate, case).gradients(input, None, cotangents, wanted=("input",))
        close(candidate, found["input"], oracle.gradients(case, through)["input"])


def test_the_gradient_of_gradients_is_that_of_the_sum_of_their_squares():
    candidate = adapted(nn.RNN)
    case = Case(Config(), steps=3, batch=2, seed=32)
    weights, input, _, (cotangent, _) = tensors_for(candidate, case)
    found = built(candidate, case).gradients(
        input, None, {"output": cotangent}, wanted=("input", "weight_hh_l0"), twice=True
    )
    leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    leaves["input"] = input.clone().requires_grad_()
    h, steps = torch.zeros(2, 5), []
    for x_t in leaves["input"]:
        h = torch.tanh(
            x_t @ leaves["weight_ih_l0"].T
            + leaves["bias_ih_l0"]
            + h @ leaves["weight_hh_l0"].T
            + leaves["bias_hh_l0"]
        )
        steps.append(h)
    wanted = [leaves["input"], leaves["weight_hh_l0"]]
    once = torch.autograd.grad(torch.stack(steps), wanted, cotangent, create_graph=True)
    twice = torch.autograd.grad(sum(gradient.pow(2).sum() for gradient in once), wanted)

    close(candidate, found["input"], twice[0])
    close(candidate, found["weight_hh_l0"], twice[1])


def test_frozen_weights_have_no_gradient_and_the_input_has():
    candidate = adapted(nn.RNN)
    case = largest(candidate)
    _, input, _, (cotangent, _) = tensors_for(candidate, case)
    found = built(candidate, case).gradients(
        input, None, {"output": cotangent}, wanted=("input", "weight_ih_l0"), frozen=True
    )

    assert found["weight_ih_l0"] is None
    assert found["input"].abs().sum() > 0


# -------------------------------------------------------------------------------------------- runs


@pytest.mark.parametrize("name", ["torch_names_row", "two_linears", "step_list", "state_rows_required"])
def test_an_input_with_gaps_gives_the_same(name, candidates):
    candidate = candidates(name)
    case = largest(candidate, with_state=True)
    _, input, state, _ = tensors_for(candidate, case)
    instance = built(candidate, case)

    torch.testing.assert_close(
        instance.run(input, state, strided=True).output, instance.run(input, state).output
    )
    instance.run(input, strided=True)


def test_batch_first_options_and_packed_sequences_come_back_time_first():
    candidate = adapted(nn.RNN)
    case = replace(largest(candidate), lengths=(2, 4))
    _, input, _, _ = tensors_for(candidate, case)
    for batch_first in (False, True):
        own = replace(case, config=replace(case.config, batch_first=batch_first))
        result = built(candidate, own).run(input, lengths=(2, 4))
        close(candidate, result.output, oracle.truth(case).output)
        close(candidate, result.state, oracle.truth(case).state)


def test_unbatched_calls_keep_their_axes():
    candidate = adapted(nn.RNN)
    case = largest(candidate)
    _, input, _, _ = tensors_for(candidate, case)
    result = built(candidate, case).run(input[:, 0])

    close(candidate, result.output, oracle.truth(case).output[:, 0])
    assert result.state.shape == (4, 5)


def test_dropout_is_drawn_from_the_seed_that_is_given():
    candidate = adapted(nn.RNN)
    case = Case(Config(num_layers=2, dropout=0.5), training=True, seed=33)
    instance = built(candidate, case)
    _, input, _, _ = tensors_for(candidate, case)

    def output(**options):
        return instance.run(input, training=True, **options).output

    assert torch.equal(output(seed=1), output(seed=1))
    assert not torch.equal(output(seed=1), output(seed=2))
    torch.manual_seed(1)
    assert torch.equal(output(seed=None), output(seed=1))


def test_the_user_s_tensors_are_never_those_of_the_kit(candidates):
    class Overwrites(nn.RNN):
        def forward(self, input, hx=None):
            result = super().forward(input.clone(), hx)
            input.zero_()
            return result

    candidate = adapted(Overwrites)
    case = largest(candidate)
    _, input, _, _ = tensors_for(candidate, case)
    before = input.clone()
    built(candidate, case).run(input)

    assert torch.equal(input, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_is_built_in_the_dtype_that_is_asked_for(dtype):
    for target in (nn.RNN, TwoLinears):
        instance = adapted(target).build(Config(), dtype=dtype)
        assert {weight.dtype for weight in instance.read().values()} == {dtype}


def test_a_module_that_is_not_one_yet_raises_as_the_user_s_code():
    class Unfinished(nn.Module):
        def __init__(self, input_size, hidden_size):
            self.sizes = input_size, hidden_size

        def forward(self, x, hx=None):
            return x, hx

    with pytest.raises(CandidateError, match="_parameters"):
        adapted(Unfinished).build(Config())


def test_a_constructor_is_called_with_its_own_arguments():
    assert adapted(nn.RNN).construct(2, 3, num_layers=2).num_layers == 2


# ----------------------------------------------------------------------- facts about wrong weights


class TwoLinears(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, hx=None):
        h = torch.zeros(x.shape[1], self.h2h.in_features) if hx is None else hx[0]
        output = []
        for x_t in x:
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            output.append(h)
        return torch.stack(output), h[None]


def facts(change):
    """The facts of a network that a constructor of its own has changed."""

    class Changed(TwoLinears):
        def __init__(self, input_size, hidden_size):
            super().__init__(input_size, hidden_size)
            change(self)

    return adapted(Changed).build(Config()).parameter_facts()


def test_a_weight_that_is_no_parameter_is_found_and_said_not_to_be_registered():
    def change(module):
        weight = module.h2h.weight.detach().clone().requires_grad_()
        del module.h2h.weight
        module.h2h.weight = weight

    fact = facts(change)["weight_hh_l0"]
    assert (fact.place, fact.registered, fact.is_leaf) == ("self.h2h.weight", False, True)


def test_a_weight_that_requires_no_grad_is_no_leaf_to_train():
    fact = facts(lambda module: module.i2h.weight.requires_grad_(False))["weight_ih_l0"]

    assert (fact.registered, fact.is_leaf) == (True, False)


def test_two_roles_in_one_tensor_are_said_to_share_it():
    def change(module):
        module.h2h.bias = module.i2h.bias

    assert facts(change)["bias_hh_l0"].shares_with == "bias_ih_l0"


def test_a_weight_of_a_wrong_shape_is_a_fact_and_cannot_be_written():
    class Narrow(nn.RNN):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if self.num_layers > 1:
                self.weight_ih_l1 = nn.Parameter(torch.zeros(self.hidden_size, 1))

    instance = adapted(Narrow).build(Config(num_layers=2))
    with pytest.raises(RequirementFailed) as caught:
        instance.write({"weight_ih_l1": torch.zeros(5, 5)})

    assert instance.parameter_facts()["weight_ih_l1"].shape == (5, 1)
    assert (caught.value.finding.expected, caught.value.finding.actual) == ("shape (5, 5)", "shape (5, 1)")


def test_a_weight_that_is_nowhere_is_said_to_be_missing_with_what_is_loose():
    class Forgets(nn.RNN):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if self.num_layers > 1:
                del self.weight_hh_l1
                self.thing = torch.zeros(7, 2)

    fact = adapted(Forgets).build(Config(num_layers=2)).parameter_facts()["weight_hh_l1"]
    assert (fact.place, fact.loose) == ("", ("thing (7, 2)",))


# ----------------------------------------------------------------------------------------- effects


def effects(forward, *, with_state=True):
    class Own(nn.RNN):
        pass

    Own.forward = forward
    candidate = adapted(Own)
    case = Case(Config(), steps=3, batch=2, with_state=with_state, seed=34)
    _, input, state, _ = tensors_for(candidate, case)
    return built(candidate, case).effects(input, state)


def torch_forward(self, input, hx=None):
    return nn.RNN.forward(self, input, hx)


def test_right_code_has_no_effects():
    seen = effects(torch_forward)

    assert (seen.changed, seen.shared, seen.grad_without_need, seen.grad_in_eval) == ((), (), False, True)


def test_what_a_call_writes_is_named():
    def forward(self, input, hx=None):
        result = nn.RNN.forward(self, input, hx)
        input.mul_(2.0)
        hx.copy_(result[1])
        self.bias_ih_l0.data.add_(1.0)
        return result

    assert set(effects(forward).changed) == {"input", "h_0", "bias_ih_l0"}


def test_results_that_share_memory_are_named():
    def forward(self, input, hx=None):
        output, _ = nn.RNN.forward(self, input, hx)
        return output, output[-1:]

    (pair,) = effects(forward).shared
    assert set(pair) == {"output", "h_n"}


def test_an_h_0_that_comes_back_as_h_n_is_named():
    def forward(self, input, hx=None):
        return nn.RNN.forward(self, input, hx)[0], hx

    assert effects(forward).shared == (("h_n", "h_0"),)


def test_a_graph_that_nobody_wants_is_seen():
    @torch.enable_grad()
    def forward(self, input, hx=None):
        return nn.RNN.forward(self, input, hx)

    assert effects(forward).grad_without_need


def test_a_missing_graph_is_seen():
    @torch.no_grad()
    def forward(self, input, hx=None):
        return nn.RNN.forward(self, input, hx)

    assert not effects(forward).grad_in_eval


# ----------------------------------------------------------------------- what the user's code raises


def raising(stage):
    """The error with which code that raises at some stage comes through the door."""

    def helper():
        return {}["missing"]

    class Backward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, value):
            return value.clone()

        @staticmethod
        def backward(ctx, gradient):
            return helper()

    class Raises(nn.RNN):
        armed = False

        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            if self.armed and stage == "constructor":
                helper()

        def forward(self, input, hx=None):
            if self.armed and stage == "forward":
                helper()
            output, h_n = super().forward(input, hx)
            return (Backward.apply(output) if self.armed and stage == "backward" else output), h_n

    candidate = adapted(Raises)
    Raises.armed = True
    with pytest.raises(CandidateError) as caught:
        instance = candidate.build(Config())
        x = torch.ones(2, 2, 3)
        instance.run(x)
        instance.gradients(x, None, {"output": torch.ones(2, 2, 5)}, wanted=("input",))
    return caught.value


@pytest.mark.parametrize("stage", ["constructor", "forward", "backward"])
def test_an_error_shows_the_user_s_frames_and_none_of_the_kit_s(stage):
    error = raising(stage)

    assert (error.type_name, error.message) == ("KeyError", "'missing'")
    assert "in helper" in error.traceback_text
    assert 'return {}["missing"]' in error.traceback_text
    assert "pytest_rnn_conformance" not in error.traceback_text.replace(str(Path(__file__)), "")
    assert "_call_impl" not in error.traceback_text


@pytest.mark.parametrize("stage", ["constructor", "forward"])
def test_a_traceback_begins_with_the_user_s_own_frame(stage):
    first, second = raising(stage).traceback_text.splitlines()[:2]

    assert first == "Traceback (most recent call last):"
    assert second.strip().startswith(f'File "{__file__}"')


def test_what_the_kit_was_handling_is_no_part_of_the_user_s_error():
    error = raising("forward")
    try:
        raise error
    except CandidateError:
        chained = raising("forward")

    assert "During handling" not in chained.traceback_text


def test_what_the_user_s_code_was_handling_is_part_of_its_error():
    class Handles(nn.RNN):
        def forward(self, input, hx=None):
            try:
                return {}["first"]
            except KeyError:
                raise ValueError("second")  # noqa: B904 - the chain is the point

    candidate = adapted(Handles)
    with pytest.raises(CandidateError) as caught:
        candidate.build(Config()).run(torch.ones(2, 2, 3))

    assert "KeyError: 'first'" in caught.value.traceback_text


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt"])
def test_code_that_ends_the_program_is_an_error_of_its_own_but_for_an_interrupt(name):
    kind = {"SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt}[name]

    class Exits(nn.RNN):
        armed = False

        def forward(self, input, hx=None):
            if self.armed:
                raise kind
            return super().forward(input, hx)

    instance = adapted(Exits).build(Config())
    Exits.armed = True
    with pytest.raises(CandidateError if kind is SystemExit else KeyboardInterrupt):
        instance.run(torch.ones(2, 2, 3))


def effects_of(forward, **options):
    class RNN(nn.RNN):
        pass

    RNN.forward = forward
    instance = adapt(Implementation(RNN)).build(Config())
    return instance.effects(torch.randn(4, 2, 3), torch.randn(1, 2, 5), **options)


def test_a_tensor_that_is_made_to_require_grad_was_changed():
    def forward(self, input, hx=None):
        input.requires_grad_()
        return nn.RNN.forward(self, input, hx)

    assert effects_of(forward).changed == ("input",)


def test_what_is_written_in_train_mode_alone_is_seen_there():
    def forward(self, input, hx=None):
        output, h_n = nn.RNN.forward(self, input, hx)
        if self.training and hx is not None:
            hx.copy_(h_n)
        return output, h_n

    assert effects_of(forward).changed == ()
    assert effects_of(forward, training=True).changed == ("h_0",)


def test_an_h_n_without_a_graph_is_no_output_without_one():
    def forward(self, input, hx=None):
        output, h_n = nn.RNN.forward(self, input, hx)
        return output, h_n.detach()

    assert effects_of(forward).grad_in_eval


def test_weights_that_forward_thaws_get_a_gradient_though_they_were_frozen():
    class Thawing(nn.RNN):
        def forward(self, input, hx=None):
            for parameter in self.parameters():
                parameter.requires_grad_()
            return super().forward(input, hx)

    instance = adapt(Implementation(Thawing)).build(Config())
    wanted = ("input", "weight_hh_l0")
    found = instance.gradients(
        torch.randn(4, 2, 3), None, {"output": torch.randn(4, 2, 5)}, wanted=wanted, frozen=True
    )

    assert found["weight_hh_l0"] is not None
