"""The truth is torch's, and torch's is the recurrence, written here once more by hand."""

from dataclasses import replace

import pytest
import torch

from pytest_rnn_conformance import oracle
from pytest_rnn_conformance.cases import materialise
from pytest_rnn_conformance.model import Case, Config

CONFIGS = [
    Config(),
    Config(mode="RNN_RELU", bias=False),
    Config(num_layers=2, bidirectional=True),
    Config(mode="RNN_RELU", num_layers=3, bidirectional=True),
]
CASES = [
    Case(config, steps=5, batch=3, with_state=state, seed=4) for config in CONFIGS for state in (True, False)
]


def recurrence(case, weights, x, h_0):
    """h_t = act(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh), for every layer and direction."""
    config = case.config
    act = torch.tanh if config.mode == "RNN_TANH" else torch.relu
    finals = []
    for layer in range(config.num_layers):
        halves = []
        for suffix in ("", "_reverse")[: config.num_directions]:
            W_ih, W_hh = weights[f"weight_ih_l{layer}{suffix}"], weights[f"weight_hh_l{layer}{suffix}"]
            b = 0.0
            if config.bias:
                b = weights[f"bias_ih_l{layer}{suffix}"] + weights[f"bias_hh_l{layer}{suffix}"]
            h = x.new_zeros(case.batch, config.hidden_size) if h_0 is None else h_0[len(finals)]
            order = range(case.steps) if not suffix else reversed(range(case.steps))
            steps = {}
            for t in order:
                h = act(x[t] @ W_ih.T + h @ W_hh.T + b)
                steps[t] = h
            halves.append(torch.stack([steps[t] for t in range(case.steps)]))
            finals.append(h)
        x = torch.cat(halves, dim=2)
    return x, torch.stack(finals)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_truth_is_the_recurrence(case):
    tensors = materialise(case)
    output, state = recurrence(case, tensors.parameters, tensors.input, tensors.state)
    truth = oracle.truth(case)

    torch.testing.assert_close(truth.output, output, atol=1e-13, rtol=0)
    torch.testing.assert_close(truth.state, state, atol=1e-13, rtol=0)


@pytest.mark.parametrize("through", [("output",), ("h_n",), ("output", "h_n")], ids="+".join)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_right_gradients_are_those_of_the_recurrence(case, through):
    tensors = materialise(case)
    weights = {name: weight.clone().requires_grad_() for name, weight in tensors.parameters.items()}
    leaves = {"input": tensors.input.clone().requires_grad_()}
    if tensors.state is not None:
        leaves["h_0"] = tensors.state.clone().requires_grad_()
    results = recurrence(case, weights, leaves["input"], leaves.get("h_0"))
    pairs = dict(zip(("output", "h_n"), zip(results, tensors.cotangents.values(), strict=True), strict=True))
    sum((pairs[name][0] * pairs[name][1]).sum() for name in through).backward()
    found = oracle.gradients(case, through)

    assert found.keys() == {**leaves, **weights}.keys()
    for name, leaf in {**leaves, **weights}.items():
        expected = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        torch.testing.assert_close(found[name], expected, atol=1e-12, rtol=0)


def test_a_loss_on_h_n_leaves_no_gradient_where_nothing_reaches_it():
    found = oracle.gradients(Case(steps=1, seed=5), ("h_n",))

    assert not found["weight_hh_l0"].any()
    assert found["weight_ih_l0"].any()


def test_positions_after_the_end_of_a_sequence_are_zero():
    case = Case(steps=4, batch=2, lengths=(2, 4), seed=6)
    truth = oracle.truth(case)
    alone = oracle.truth(replace(case, lengths=None))

    assert not truth.output[2:, 0].any()
    torch.testing.assert_close(truth.output[:2, 0], alone.output[:2, 0])
    torch.testing.assert_close(truth.state[0, 0], alone.output[1, 0])


def test_the_truth_knows_no_dropout():
    config = Config(num_layers=2)
    case = Case(config, seed=7)

    assert torch.equal(
        oracle.truth(replace(case, config=replace(config, dropout=0.9))).output, oracle.truth(case).output
    )


def test_the_truth_is_float64_and_unharmed_by_the_judged_dtype():
    truth = oracle.truth(Case(seed=8), 0, torch.float32)

    assert truth.output.dtype == torch.float64
    assert not truth.output.requires_grad
    torch.testing.assert_close(truth.output, oracle.truth(Case(seed=8)).output, atol=1e-6, rtol=0)


def test_a_salt_changes_the_truth_of_a_drawn_case():
    assert not torch.equal(oracle.truth(Case(), 0).output, oracle.truth(Case(), 1).output)
