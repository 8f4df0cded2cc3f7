"""Mistakes in a backward that is written by hand: a product of state and weights in an autograd.Function."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

RECUR = ("recurrence", "recur")
BEFORE_WEIGHTS = ("recurrence", "Weights", "class Weights(NamedTuple):")
PRODUCT = """class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h_t, W):
        {forward}
        return h_t @ W

    @staticmethod
    def backward(ctx, gradient):
        {backward}
        return gradient @ W.t(), h_t.t() @ gradient


class Weights(NamedTuple):"""
"""A product of state and weights whose backward is written by hand."""
BY_HAND = Edit(*RECUR, "torch.addmm(p_t, h_t, W_hh_transposed)", "p_t + Product.apply(h_t, W_hh_transposed)")

FAULTS = (
    Fault(
        id="second_gradient_lacks_terms",
        title="the gradient of the gradient lacks terms",
        look_at="the backward that is written by hand",
        mistake=(
            "A backward written by hand computes with .data, which has no graph. Ordinary training is right; "
            "a gradient penalty is not. Compute with the saved tensors themselves."
        ),
        fails=("gradients.twice",),
        also=("transforms.gradient",),
        edits=(
            Edit(
                *BEFORE_WEIGHTS,
                PRODUCT.format(
                    forward="ctx.save_for_backward(h_t, W)",
                    backward="h_t, W = (saved.data for saved in ctx.saved_tensors)",
                ),
            ),
            BY_HAND,
        ),
    ),
    Fault(
        id="backward_only_once",
        title="backward can be called only once",
        look_at="what the backward that is written by hand does with what forward kept",
        mistake=(
            "Backward throws away what forward kept for it, though the caller may have asked to retain the "
            "graph: the second of two losses raises. Keep it with save_for_backward, and torch frees it."
        ),
        fails=("gradients.repeated",),
        also=(
            "gradients.twice",
            "transforms.gradient",
        ),
        edits=(
            BY_HAND,
            Edit(
                *BEFORE_WEIGHTS,
                PRODUCT.format(forward="ctx.kept = h_t, W", backward="(h_t, W), ctx.kept = ctx.kept, None"),
            ),
        ),
    ),
    Fault(
        id="w_hh_kept_behind_autograd",
        title="W_hh is kept for backward in a way that autograd does not watch",
        look_at="how the backward that is written by hand gets at W_hh",
        mistake=(
            "W_hh is kept as an attribute of ctx. If an optimiser changes it between forward and backward, "
            "the gradient is wrong and nothing raises. Use ctx.save_for_backward."
        ),
        fails=("gradients.changed_values",),
        also=(
            "gradients.forward_mode",
            "transforms.gradient",
        ),
        edits=(
            BY_HAND,
            Edit(*BEFORE_WEIGHTS, PRODUCT.format(forward="ctx.kept = h_t, W", backward="h_t, W = ctx.kept")),
        ),
    ),
)
