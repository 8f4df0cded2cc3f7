"""Check the implementations in this folder against torch.nn.RNN: `python verify.py [name ...]`.

Every file in right/ must equal nn.RNN in values and gradients once the weights are copied. Every
file in wrong/ must differ from it exactly where its mistake can show, equal it everywhere else, and
differ in the way its name says. Every file in odd/ must misbehave as its name says. Nothing here
uses the plugin: the few lines of glue per file are written by hand.
"""
import importlib.util
import itertools
import signal
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

HERE = Path(__file__).resolve().parent


def load(kind, name):
    """Import one file by its path, with its folder importable."""
    sys.path.insert(0, str(HERE / kind))
    try:
        spec = importlib.util.spec_from_file_location(f"{kind}_{name}", HERE / kind / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


@dataclass
class Setting:
    D: int = 3
    H: int = 4
    k: int = 1
    d: int = 1
    nonlinearity: str = "tanh"
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    training: bool = True
    L: int = 6
    N: int = 3
    given: bool = True  # an h_0 is passed

    def make(self, cls=nn.RNN, **changes):
        arguments = dict(
            input_size=self.D,
            hidden_size=self.H,
            num_layers=self.k,
            nonlinearity=self.nonlinearity,
            bias=self.bias,
            batch_first=self.batch_first,
            dropout=self.dropout,
            bidirectional=self.d == 2,
        )
        return cls(**{**arguments, **changes}).train(self.training)

    def reference(self, **changes):
        torch.manual_seed(11)
        model = self.make(**changes)
        for p in model.parameters():
            nn.init.uniform_(p, -0.7, 0.7)
        return model

    def data(self, seed=5):
        torch.manual_seed(seed)
        shape = (self.N, self.L, self.D) if self.batch_first else (self.L, self.N, self.D)
        x = torch.randn(*shape, requires_grad=True)
        h_0 = torch.randn(self.k * self.d, self.N, self.H, requires_grad=True)
        return x, (h_0 if self.given else None)


def observe(call, parameters, x, h_0):
    """Values and gradients of `call(x, h_0)`, or the stage that raised."""
    x = x.detach().clone().requires_grad_()
    h_0 = None if h_0 is None else h_0.detach().clone().requires_grad_()
    for p in parameters.values():
        p.grad = None
    torch.manual_seed(21)
    try:
        output, h_n = call(x, h_0)
    except RuntimeError:
        return {"raises": "forward"}
    seen = {"output": output.detach(), "h_n": h_n.detach(), "raises": ""}
    generator = torch.Generator().manual_seed(3)
    loss = 0
    for value in (output, h_n):
        factor = torch.randn(value.numel(), generator=generator)
        loss = loss + (value.flatten() * factor).sum()
    try:
        loss.backward()
    except RuntimeError:
        return {**seen, "raises": "backward"}
    leaves = {"x": x, "h_0": h_0, **parameters}
    seen["gradients"] = {
        name: torch.zeros_like(p) if p.grad is None else p.grad
        for name, p in leaves.items()
        if p is not None
    }
    return seen


def same(a, b, tolerance=1e-10):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name], tolerance) for name in a)
    if a.shape != b.shape:
        return False
    return torch.allclose(a.double(), b.double(), rtol=tolerance, atol=tolerance)


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


# ---------------------------------------------------------------------------------------- right

IH, HH, B_IH, B_HH = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"


def own_names(model, s):
    """Places for models with nn.RNN's parameter names: (own tensor, nn.RNN's names, transposed)."""
    return [(p, [name], False) for name, p in model.named_parameters()]


def tensors(ih, hh, *biases, transposed=False):
    """Places for one layer of raw tensors; a single bias is b_ih + b_hh."""

    def places(model, s):
        own = model.weights if isinstance(getattr(model, "weights", None), dict) else vars(model)
        own = {**own, **dict(model.named_parameters())} if isinstance(model, nn.Module) else own
        names = [[B_IH, B_HH]] if len(biases) == 1 else [[B_IH], [B_HH]]
        return [
            (own[ih], [IH], transposed),
            (own[hh], [HH], transposed),
            *((own[bias], roles, False) for bias, roles in zip(biases, names)),
        ]

    return places


def linears(i2h, h2h):
    def places(model, s):
        i, h = getattr(model, i2h), getattr(model, h2h)
        return [
            (i.weight, [IH], False),
            (h.weight, [HH], False),
            (i.bias, [B_IH], False),
            (h.bias, [B_HH], False),
        ]

    return places


def seed_places(model, s):
    return [
        (getattr(model, own + suffix)[layer], [f"{theirs}_l{layer}{suffix}"], False)
        for own, theirs in zip(
            ["W_ih", "W_hh", "B_ih", "B_hh"], ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        )
        for suffix in ["", "_reverse"][: s.d]
        for layer in range(s.k)
    ]


def raw_places(model, s):
    return [(model.W_xh, [IH], True), (model.W_hh, [HH], True), (model.b_h, [B_IH, B_HH], False)]


def one_bias_places(model, s):
    return [
        (model.x2h.weight, [IH], False),
        (model.h2h.weight, [HH], False),
        (model.h2h.bias, [B_IH, B_HH], False),
    ]


def cells(model, s):
    return [
        (getattr(getattr(cell, part), kind), [f"{kind}_{part}_l{layer}"], False)
        for layer, cell in enumerate(model.cells) for part in ("ih", "hh") for kind in ("weight", "bias")
    ]


def two(cls, s):
    return cls(s.D, s.H)


def plain(model, x, h_0):
    return model(x, h_0)


def no_layer_axis(model, x, h_0):
    output, h = model(x, None if h_0 is None else h_0[0])
    return output, h.unsqueeze(0)


def state_required(model, x, h_0):
    return model(x, x.new_zeros(1, x.size(1), model.h2h.out_features) if h_0 is None else h_0)


def rows_required(model, x, h_0):
    output, h = model(x, x.new_zeros(x.size(0), model.fc_in.out_features) if h_0 is None else h_0[0])
    return output, h.unsqueeze(0)


def one_row(model, x, h_0):
    output, h = model(x, h_0)
    return output, h.unsqueeze(0)


def steps_alone(model, x, h_0):
    steps = model(x, None if h_0 is None else h_0[0])
    return torch.stack(steps), steps[-1].unsqueeze(0)


def with_an_extra(model, x, h_0):
    return model(x, h_0)[:2]


def forward_alone(model, x, h_0):
    return no_layer_axis(model.forward, x, h_0)


def list_of_states(model, x, h_0):
    output, states = model(x, h_0)
    return output, torch.stack(states)


def only_x(model, x, h_0):
    return model(x)


single = [
    Setting(D=D, L=L, N=N, given=given)
    for D in (3, 4) for L, N in ((6, 3), (1, 3), (20, 1)) for given in (False, True)
]
single_batch_first = [Setting(**{**vars(s), "batch_first": True}) for s in single]
single_relu = [Setting(**{**vars(s), "nonlinearity": "relu"}) for s in single]
dropout_off = [Setting(k=k, L=6, dropout=0.5, training=False) for k in (1, 3)]
stacks = [
    Setting(k=k, L=L, given=given) for k in (1, 2, 3) for L in (1, 6) for given in (False, True)
]
seed_settings = [
    Setting(k=k, d=d, L=L, N=N, given=False, batch_first=True)
    for k in (1, 2, 3) for d in (1, 2) for L, N in ((6, 3), (1, 3), (6, 1))
]
all_settings = [
    Setting(k=k, d=d, L=L, **style)
    for k, d, L in itertools.product((1, 2, 3), (1, 2), (1, 6, 20))
    for style in (
        dict(),
        dict(given=False),
        dict(nonlinearity="relu", bias=False, D=4),
        dict(nonlinearity="relu", batch_first=True, D=8),
        dict(batch_first=True, N=1, D=4),
        dict(dropout=0.5),
        dict(dropout=0.5, training=False),
    )
]

# name: (make, places, call, settings, tolerance)
RIGHT = {
    "seed_style": (
        lambda c, s: c(s.D, s.H, s.k, s.d == 2),
        seed_places,
        only_x,
        seed_settings,
        1e-10,
    ),
    "two_linears": (two, linears("i2h", "h2h"), plain, single_batch_first, 1e-10),
    "raw_matrices": (two, raw_places, no_layer_axis, single, 1e-10),
    "torch_names_row": (lambda c, s: s.make(c), own_names, plain, all_settings, 1e-10),
    "one_bias_linear": (two, one_bias_places, state_required, single, 1e-10),
    "column_state": (two, own_names, plain, single, 1e-10),
    "step_list": (
        lambda c, s: c(s.D, s.H, batch_first=s.batch_first),
        linears("W_ih", "W_hh"),
        plain,
        single + single_batch_first,
        1e-10,
    ),
    "float32_inside": (two, own_names, plain, single, 3e-5),
    "hand_written_backward": (two, own_names, plain, single, 1e-10),
    "scripted": (lambda c, s: c(s.D, s.H, s.k), own_names, plain, stacks, 1e-10),
    "einsum_batch_first": (two, tensors("W_x", "W_h", "b_x", "b_h"), plain, single_batch_first, 1e-10),
    "list_of_steps": (two, tensors("W_xh", "W_hh", "b_h", transposed=True), steps_alone, single, 1e-10),
    "row_bias": (two, tensors("Wx", "Wh", "b", transposed=True), one_row, single, 1e-10),
    "relu_only": (
        lambda c, s: c.target(s.D, s.H),
        linears("x2h", "h2h"),
        with_an_extra,
        single_relu,
        1e-10,
    ),
    "plain_class": (two, tensors("W_x", "W_h", "b"), forward_alone, single, 1e-10),
    "from_function": (two, linears("input_layer", "hidden_layer"), plain, single, 1e-10),
    "state_rows_required": (
        two,
        linears("fc_in", "fc_hidden"),
        rows_required,
        single_batch_first,
        1e-10,
    ),
    "cells_per_step": (
        lambda c, s: c(s.D, s.H, s.k, s.dropout),
        cells,
        list_of_states,
        stacks + dropout_off,
        1e-10,
    ),
}


def check_right(name):
    make, places, call, settings, tolerance = RIGHT[name]
    cls = load("right", name).RNN
    for s in settings:
        reference = s.reference()
        theirs = dict(reference.named_parameters())
        model = make(cls, s)
        placed = places(model, s)
        if isinstance(model, nn.Module):
            model.train(s.training)
            expect(
                {id(p) for p in model.parameters()} == {id(p) for p, _, _ in placed},
                f"a parameter of {name} has no place",
            )
        expect(
            sorted(n for _, names, _ in placed for n in names) == sorted(theirs),
            f"{name} lacks a parameter of nn.RNN",
        )
        with torch.no_grad():
            for own, names, transposed in placed:
                value = sum(theirs[n] for n in names)
                value = value.T if transposed and value.ndim == 2 else value
                expect(own.shape in (value.shape, (1, *value.shape)), "shape")
                own.copy_(value)
        x, h_0 = s.data()
        want = observe(reference, theirs, x, h_0)
        own_leaves = {names[0]: own for own, names, _ in placed}
        got = observe(lambda x, h_0: call(model, x, h_0), own_leaves, x, h_0)
        expect(got["raises"] == "", f"{name} raises in {got['raises']}: {s}")
        for own, names, transposed in placed:
            if transposed:
                got["gradients"][names[0]] = got["gradients"][names[0]].T
            if names[0] == B_IH:
                got["gradients"][B_IH] = got["gradients"][B_IH].flatten()
        want["gradients"] = {n: g for n, g in want["gradients"].items() if n in got["gradients"]}
        for part in ("output", "h_n", "gradients"):
            expect(same(got[part], want[part], tolerance), f"{name}: {part} differs for {s}")
    if name == "float32_inside":
        expect(got["output"].dtype == torch.float32, "float32_inside returns float64")
        expect(not same(got["output"], want["output"]), "float32_inside works in float64")
    return len(settings)


# ---------------------------------------------------------------------------------------- wrong


def copied(cls, reference, s):
    """A `cls` with the reference's weights, and its parameters under nn.RNN's names."""
    model = s.make(cls)
    parameters = dict(model.named_parameters())
    if hasattr(model, "upper"):
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        for index, tensors in enumerate(model.upper, start=s.d):
            suffix = f"_l{index // s.d}" + ("_reverse" if index % s.d else "")
            parameters.update({n + suffix: tensor for n, tensor in zip(names, tensors)})
    theirs = dict(reference.named_parameters())
    expect(parameters.keys() == theirs.keys(), "parameter names")
    bound = s.H**-0.5
    expect(all(p.abs().max() <= bound for p in parameters.values()), "default init")
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(theirs[name])
    return model, parameters


def never(s):
    return False


def flipped(s):
    return s.d == 2 and s.L > 1


def recurs(s):
    return s.given or s.L > 1


def everywhere(where):
    return dict(output=where, h_n=where, gradients=where)


# where each mistake shows: in which settings the output, h_n or a gradient differs from nn.RNN's
SHOWS = {
    "h_n_order": dict(h_n=lambda s: s.k > 1 and s.d == 2, gradients=lambda s: s.k > 1 and s.d == 2),
    "reverse_not_flipped_back": dict(
        output=flipped, h_n=lambda s: flipped(s) and s.k > 1, gradients=flipped
    ),
    "h_0_ignored_in_layer_2": dict(
        output=lambda s: s.k > 1 and s.given,
        h_n=lambda s: s.k > 1 and s.given,
        gradients=lambda s: s.k > 1 and s.given,
    ),
    "carry_detached": dict(gradients=lambda s: s.L > 1),
    "h_0_mutated": {},
    "dropout_on_last_layer": dict(
        output=lambda s: s.dropout and s.training, gradients=lambda s: s.dropout and s.training
    ),
    "dropout_always_on": everywhere(lambda s: s.dropout and not s.training and s.k > 1),
    "w_hh_transposed": everywhere(recurs),
    "bias_hh_missing": everywhere(lambda s: s.bias),
    "no_nonlinearity": everywhere(lambda s: True),
    "relu_ignored": everywhere(lambda s: s.nonlinearity == "relu"),
    "reverse_reads_forward_weights": everywhere(lambda s: s.d == 2 and recurs(s)),
    "state_kept_between_calls": {},
    "final_state_from_first_step_reverse": dict(h_n=flipped, gradients=flipped),
    "h_0_detached": dict(gradients=lambda s: s.given),
    "batch_mixed": everywhere(lambda s: s.N > 1 and recurs(s)),
    "reshape_instead_of_transpose": everywhere(lambda s: s.batch_first and s.N > 1 and s.L > 1),
    "h_n_batch_first": dict(
        h_n=lambda s: s.batch_first and (s.N > 1 or s.k * s.d > 1),
        gradients=lambda s: s.batch_first and s.N > 1 and s.k * s.d > 1,
    ),
    "float32_state": dict(raises=lambda s: "" if s.given else "forward"),
    "looks_ahead": everywhere(lambda s: s.L > 1),
    "layer_2_reads_input_when_sizes_match": everywhere(lambda s: s.k > 1 and s.D == s.d * s.H),
    "parameters_unregistered": {},
    "truncated_bptt": dict(gradients=lambda s: s.L > 16),
    "inplace_output_breaks_backward": dict(raises=lambda s: "backward"),
}


def pair(cls, **setting):
    """The wrong model, nn.RNN with the same weights, and data."""
    s = Setting(**setting)
    reference = s.reference()
    model, _ = copied(cls, reference, s)
    return model, reference, *s.data()


def equal_results(got, want):
    expect(same(got[0], want[0]) and same(got[1], want[1]), "not the result the mistake gives")


@torch.no_grad()
def change(reference, **values):
    for name, value in values.items():
        getattr(reference, name).copy_(value)
    return reference


# the way each mistake differs: the same result by other means


def h_n_order(cls):
    model, reference, x, h_0 = pair(cls, k=3, d=2)
    output, h_n = reference(x, h_0)
    equal_results(model(x, h_0), (output, h_n[[0, 2, 4, 1, 3, 5]]))


def reverse_not_flipped_back(cls):
    model, reference, x, h_0 = pair(cls, d=2)
    output, h_n = reference(x, h_0)
    output = torch.cat([output[..., :4], output[..., 4:].flip(0)], 2)
    equal_results(model(x, h_0), (output, h_n))


def h_0_ignored_in_layer_2(cls):
    model, reference, x, h_0 = pair(cls, k=3, d=2)
    used = torch.cat([h_0[:2], torch.zeros_like(h_0[2:])])
    equal_results(model(x, h_0), reference(x, used))


def in_chunks(reference, x, h_0, size):
    """Output and h_n of nn.RNN with the state detached between chunks of `size` steps."""
    outputs = []
    for i, chunk in enumerate(x.split(size)):
        output, h = reference(chunk, h_0.detach() if i else h_0)
        outputs.append(output)
        h_0 = h
    return torch.cat(outputs), h


def same_gradients_as_chunks(cls, size, L):
    model, reference, x, h_0 = pair(cls, L=L)
    got = observe(model, dict(model.named_parameters()), x, h_0)
    want = observe(
        lambda x, h: in_chunks(reference, x, h, size), dict(reference.named_parameters()), x, h_0
    )
    expect(same(got["gradients"], want["gradients"]), "not the truncated gradient")


def carry_detached(cls):
    same_gradients_as_chunks(cls, 1, 6)


def truncated_bptt(cls):
    same_gradients_as_chunks(cls, 16, 40)


def h_0_mutated(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    before = h_0.detach().clone()
    equal_results(model(x, h_0), reference(x, before))
    expect(same(h_0.detach(), reference(x, before)[1].detach()), "h_0 is not overwritten with h_n")


def dropout_on_last_layer(cls):
    model, reference, x, h_0 = pair(cls, k=2, dropout=0.5)
    torch.manual_seed(1)
    got = model(x, h_0)
    torch.manual_seed(1)
    output, h_n = reference(x, h_0)
    equal_results(got, (F.dropout(output, 0.5), h_n))


def dropout_always_on(cls):
    model, reference, x, h_0 = pair(cls, k=2, dropout=0.5, training=False)
    torch.manual_seed(1)
    got = model(x, h_0)
    torch.manual_seed(1)
    equal_results(got, reference.train()(x, h_0))


def w_hh_transposed(cls):
    model, reference, x, h_0 = pair(cls)
    change(reference, weight_hh_l0=reference.weight_hh_l0.T.clone())
    equal_results(model(x, h_0), reference(x, h_0))


def bias_hh_missing(cls):
    model, reference, x, h_0 = pair(cls)
    change(reference, bias_hh_l0=torch.zeros(4))
    equal_results(model(x, h_0), reference(x, h_0))


def no_nonlinearity(cls):
    model, reference, x, h_0 = pair(cls, nonlinearity="relu")
    change(reference, bias_ih_l0=100.0)  # far from relu's corner, relu is linear
    change(model, bias_ih_l0=100.0)
    change(reference, weight_hh_l0=reference.weight_hh_l0.abs())
    change(model, weight_hh_l0=model.weight_hh_l0.abs())
    equal_results(model(x, h_0), reference(x, h_0))
    model, _, x, h_0 = pair(cls, k=2, bias=False)
    expect(same(model(-3 * x, -3 * h_0)[0], -3 * model(x, h_0)[0]), "not linear")


def relu_ignored(cls):
    model, reference, x, h_0 = pair(cls, k=2, nonlinearity="relu")
    tanh = nn.RNN(3, 4, 2)
    tanh.load_state_dict(reference.state_dict())
    equal_results(model(x, h_0), tanh(x, h_0))


def reverse_reads_forward_weights(cls):
    model, reference, x, h_0 = pair(cls, d=2)
    change(reference, weight_hh_l0_reverse=reference.weight_hh_l0)
    equal_results(model(x, h_0), reference(x, h_0))


def state_kept_between_calls(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    first = model(x)
    equal_results(first, reference(x))
    equal_results(model(x), reference(x, first[1]))
    equal_results(model(x, h_0), reference(x, h_0))
    equal_results(model(x[:, :1]), reference(x[:, :1]))


def final_state_from_first_step_reverse(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    output, h_n = reference(x, h_0)
    got, got_h_n = model(x, h_0)
    want_h_n = torch.stack([h_n[0], h_n[2], output[-1, :, 4:]])
    equal_results((got, got_h_n[[0, 2, 3]]), (output, want_h_n))


def h_0_detached(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    got = observe(model, dict(model.named_parameters()), x, h_0)["gradients"]
    want = observe(reference, dict(reference.named_parameters()), x, h_0)["gradients"]
    expect(same(got, {**want, "h_0": torch.zeros_like(h_0)}), "more than h_0's gradient differs")


def batch_mixed(cls):
    model, reference, x, h_0 = pair(cls)
    outputs = []
    h = h_0
    for x_t in x.split(1):
        output, h = reference(x_t, h.mean(1, keepdim=True).expand_as(h))
        outputs.append(output)
    equal_results(model(x, h_0), (torch.cat(outputs), h))


def reshape_instead_of_transpose(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2, batch_first=True)
    mixed = x.reshape(6, 3, 3).transpose(0, 1)
    equal_results(model(x, h_0), reference(mixed, h_0))


def h_n_batch_first(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2, batch_first=True)
    output, h_n = reference(x, h_0)
    equal_results(model(x, h_0), (output, h_n.transpose(0, 1)))


def float32_state(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    model, reference, x = model.float(), reference.float(), x.float()
    (output, h_n), (want, want_h_n) = model(x), reference(x)
    expect(same(output, want, 1e-5) and same(h_n, want_h_n, 1e-5), "float32 is wrong")


def looks_ahead(cls):
    model, reference, x, h_0 = pair(cls)
    equal_results(model(x, h_0), reference(torch.cat([x[1:], x[-1:]]), h_0))


def layer_2_reads_input_when_sizes_match(cls):
    model, reference, x, h_0 = pair(cls, k=2, D=4)
    first, second = nn.RNN(4, 4), nn.RNN(4, 4)
    first.load_state_dict({n: p for n, p in reference.state_dict().items() if n.endswith("l0")})
    second.load_state_dict(
        {n.replace("l1", "l0"): p for n, p in reference.state_dict().items() if n.endswith("l1")}
    )
    output, h_2 = second(x, h_0[1:])
    equal_results(model(x, h_0), (output, torch.cat([first(x, h_0[:1])[1], h_2])))


def parameters_unregistered(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    lower = [name for name, _ in reference.named_parameters() if "_l0" in name]
    expect([name for name, _ in model.named_parameters()] == lower, "registered names")
    expect(list(model.state_dict()) == lower, "state_dict")


def inplace_output_breaks_backward(cls):
    model, reference, x, h_0 = pair(cls, k=2, d=2)
    equal_results(model(x, h_0), reference(x, h_0))


def check_wrong(name):
    cls = load("wrong", name).RNN
    shows = SHOWS[name]
    count = 0
    for s in all_settings:
        reference = s.reference()
        model, parameters = copied(cls, reference, s)
        x, h_0 = s.data()
        got = observe(model, parameters, x, h_0)
        want = observe(reference, dict(reference.named_parameters()), x, h_0)
        raises = shows.get("raises", lambda s: "")(s)
        expect(got["raises"] == raises, f"{name}: raises in {got['raises']!r} for {s}")
        for part in ("output", "h_n", "gradients"):
            if part in got:
                expected = bool(shows.get(part, never)(s))
                differs = not same(got[part], want[part])
                expect(differs == expected, f"{name}: {part} {differs=}, {expected=} for {s}")
                count += expected
    globals()[name](cls)
    return count


def check_base():
    """The shared base of the wrong ones has no mistake, unbatched input and bad h_0 included."""
    cls = load("wrong", "_base").BaseRNN
    for s in all_settings:
        reference = s.reference()
        model, parameters = copied(cls, reference, s)
        x, h_0 = s.data()
        got = observe(model, parameters, x, h_0)
        want = observe(reference, dict(reference.named_parameters()), x, h_0)
        for part in ("output", "h_n", "gradients"):
            expect(same(got[part], want[part]), f"_base: {part} differs for {s}")
    for batch_first in (False, True):
        model, reference, x, h_0 = pair(cls, k=2, d=2, batch_first=batch_first)
        x, h_0 = x.reshape(-1, 3), h_0[:, 0]
        equal_results(model(x, h_0), reference(x, h_0))
        equal_results(model(x), reference(x))
        try:
            model(x[:, None], h_0[1:, None])
        except RuntimeError:
            continue
        raise AssertionError("_base: an h_0 of the wrong shape is accepted")
    return len(all_settings)


# ------------------------------------------------------------------------------------------ odd

# what happens in a fresh process: (exit status, how the last line of its stderr begins);
# a status in text says what happens when the process, still running, is interrupted
ODD = {
    "raises_in_forward": (1, "ValueError: forward is not finished"),
    "returns_string": (0, "str"),
    "returns_nan": (0, "nan float32 threads=1"),
    "prints_a_lot": (0, "right float32 threads=1"),
    "hangs_in_forward": ("ends", ""),
    "swallows_interrupts": ("goes on", ""),
    "changes_globals": (0, "right float64 threads=3"),
    "raises_on_import": (1, "KeyError: 'vocabulary'"),
    "unknown_constructor": (1, "TypeError: RNN.__init__() got an unexpected keyword"),
    "unknown_parameters": (0, "right float32 threads=1"),
    "not_a_class": (1, "TypeError: 'int' object is not callable"),
    "exits": (3, ""),
    "two_classes": (1, "AttributeError: module 'odd_two_classes' has no attribute 'RNN'"),
    "no_torch_module": (0, "right float32 threads=1"),
}


def run_odd(name):
    torch.set_num_threads(1)
    model = load("odd", name).RNN(input_size=3, hidden_size=4)
    dtype = torch.get_default_dtype()
    print("calling", file=sys.stderr, flush=True)
    result = model(torch.randn(5, 2, 3))
    if isinstance(result, str):
        print("str", file=sys.stderr)
        return
    tensors = dict(model.named_parameters()) if isinstance(model, nn.Module) else vars(model)
    matrix = {n: p.detach() for n, p in tensors.items() if torch.is_tensor(p)}
    reference = nn.RNN(3, 4)
    if "alpha" in matrix:
        w_ih, w_hh, b = matrix["gamma"][:3].T, matrix["beta"], matrix["alpha"][0]
    elif "W_xh" in matrix:
        w_ih, w_hh, b = matrix["W_xh"].T, matrix["W_hh"].T, matrix["b_h"]
    else:
        w_ih, w_hh = matrix["i2h.weight"], matrix["h2h.weight"]
        b = matrix["i2h.bias"] + matrix["h2h.bias"]
    if "alpha" in matrix:
        w_hh = w_hh.T
    change(reference, **{IH: w_ih, HH: w_hh, B_IH: b, B_HH: 0 * b})
    x = torch.randn(5, 2, 3)
    output, want = model(x)[0], reference(x)[0]
    verdict = "nan" if output.isnan().all() else "right" if same(output, want, 1e-5) else "wrong"
    print(verdict, str(dtype)[6:], f"threads={torch.get_num_threads()}", file=sys.stderr)


def check_odd(name):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", __file__, "--odd", name],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    status, last = ODD[name]
    try:
        if isinstance(status, str):
            while process.stderr.readline() not in ("calling\n", ""):
                pass
            expect(not ends(process), f"{name} returns")
            process.send_signal(signal.SIGINT)
            expect(ends(process) == (status == "ends"), f"{name}: an interrupt")
        else:
            stderr = process.communicate(timeout=60)[1]
            expect(process.returncode == status, f"{name}: status {process.returncode}\n{stderr}")
            lines = stderr.splitlines() or [""]
            expect(lines[-1].startswith(last), f"{name}: {lines[-1]!r}")
    finally:
        process.kill()
        process.communicate()
    return 1


def ends(process):
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        return False
    return True


def main(names):
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    warnings.simplefilter("ignore")
    for kind, table, check in (
        ("right", RIGHT, check_right),
        ("wrong", SHOWS, check_wrong),
        ("odd", ODD, check_odd),
    ):
        files = {path.stem for path in (HERE / kind).glob("*.py")} - {"_base"}
        unmatched = sorted(files ^ set(table))
        expect(not unmatched, f"{kind}: {unmatched} not in both table and folder")
        if kind == "wrong" and not names:
            print(f"wrong/_base.py: {check_base()} settings, all right")
        for name in table:
            if not names or name in names:
                print(f"{kind}/{name}.py: {check(name)} ok", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--odd"]:
        run_odd(sys.argv[2])
    else:
        main(sys.argv[1:])
