"""Ways to have torch work out a derivative, and what the policy `no-autograd` leaves."""

import torch
from torch import nn
from torch.autograd import forward_ad
from torch.utils.checkpoint import checkpoint

D, H = 3, 4
weight = torch.linspace(-1, 1, H * D).reshape(H, D).requires_grad_()


class ByHand(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight, y := torch.tanh(x @ weight.T))
        return y

    @staticmethod
    def backward(ctx, gradient):
        x, weight, y = ctx.saved_tensors
        inner = gradient * (1 - y * y)
        return inner @ weight, torch.einsum("...h,...d->hd", inner, x)


class ByAutogradWithin(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return torch.tanh(x @ weight.T)

    @staticmethod
    def backward(ctx, gradient):
        x, weight = (saved.detach().requires_grad_() for saved in ctx.saved_tensors)
        with torch.enable_grad():
            y = torch.tanh(x @ weight.T)
        return torch.autograd.grad(y, (x, weight), gradient)


class Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(y := torch.tanh(x))
        return y

    @staticmethod
    def backward(ctx, gradient):
        (y,) = ctx.saved_tensors
        return gradient * (1 - y * y)


def loss(x):
    return torch.tanh(x @ weight.T).sum()


def backward(x):
    return loss(x).backward()


def grad(x):
    return torch.autograd.grad(loss(x), weight)


def autograd_backward(x):
    return torch.autograd.backward(loss(x))


def with_cotangent(x):
    return torch.autograd.grad(torch.tanh(x @ weight.T), weight, torch.ones(*x.shape[:2], H))


def of_an_edge(x):
    return torch.autograd.graph.get_gradient_edge(loss(x)), torch.autograd.backward(
        [torch.autograd.graph.get_gradient_edge(loss(x))], [torch.ones(())]
    )


def functional_grad(x):
    return torch.func.grad(loss)(x)


def vjp(x):
    return torch.func.vjp(loss, x)[1](torch.ones(()))


def jacobian(x):
    return torch.autograd.functional.jacobian(loss, x)


def forward_mode(x):
    return torch.func.jvp(loss, (x,), (x,))


def dual_numbers(x):
    with forward_ad.dual_level():
        return loss(forward_ad.make_dual(x, x))


def checkpointed(x):
    return checkpoint(loss, x.clone().requires_grad_(), use_reentrant=False).backward()


def scripted(x):
    text = """
def f(x, w):
    y = torch.tanh(torch.matmul(x, w.t())).sum()
    return torch.autograd.grad([y], [w])
"""
    return torch.jit.CompilationUnit(text).f(x, weight)


def traced_ahead(x):
    return torch.compile(lambda given: torch.tanh(given @ weight.T).sum(), backend="aot_eager")(x).backward()


def within_a_function(x):
    return ByAutogradWithin.apply(x, weight).sum().backward()


def product_outside_a_function(x):
    return Tanh.apply(x @ weight.T).sum().backward()


def relu(x):
    return torch.relu(weight).sum().backward()


def product_of_results(x):
    y = ByHand.apply(x, weight)
    return (y * y * y).sum().backward()


def linear(x):
    return nn.Linear(D, H)(x)


def kernel(x):
    return torch.ops.aten.tanh_backward(x, x)


def own_engine(x):
    engine = torch._C._ImperativeEngine()
    return engine.run_backward((loss(x),), (torch.ones(()),), False, False, (weight,), True, False)


REFUSED = [
    *(
        backward,
        grad,
        autograd_backward,
        with_cotangent,
        of_an_edge,
        functional_grad,
        vjp,
        jacobian,
        forward_mode,
    ),
    *(
        dual_numbers,
        checkpointed,
        scripted,
        traced_ahead,
        within_a_function,
        product_outside_a_function,
        relu,
    ),
    *(product_of_results, linear, kernel, own_engine),
]
NOT_HERE: set[str] = set()


def own_engine_for_products(x):
    engine = torch._C._ImperativeEngine()
    y = Tanh.apply(x @ weight.T).sum()
    return engine.run_backward((y,), (torch.ones(()),), False, False, (weight,), True, False)


NOT_CAUGHT = [own_engine_for_products]
"""An engine of one's own, where its kernels are those of the forward; `flags` sees it."""


def forward(x):
    return loss(x)


def by_hand(x):
    (found,) = torch.autograd.grad((ByHand.apply(x, weight) * 2).sum(), weight)
    with torch.no_grad():
        expected = torch.einsum("lnh,lnd->hd", 2 * (1 - torch.tanh(x @ weight.T) ** 2), x)
    assert torch.allclose(found, expected)
    return found


def by_hand_of_rearranged(x):
    states = [ByHand.apply(row, weight.clone()) for row in x.flip(0).unbind()]
    output = torch.stack([*states, torch.cat(states[:1])])
    out = torch.zeros(len(x), 2, H)
    out[0] = output[1]
    return torch.autograd.grad(output.transpose(0, 1).reshape(-1).sum() + (out + output[1:2]).sum(), weight)


def nothing_to_do(x):
    return torch.autograd.grad(weight.sum(), weight)


ALLOWED = [forward, by_hand, by_hand_of_rearranged, nothing_to_do]
