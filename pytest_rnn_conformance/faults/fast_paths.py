"""Mistakes in a faster path that float32 alone takes: what is judged in float64 does not go there."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="float32_input_through_bfloat16",
        title="a float32 input is rounded to bfloat16 before the product with W_ih",
        look_at="what happens to a float32 input before it is multiplied",
        mistake=(
            "The products are made faster on a GPU by rounding their factors to bfloat16, which has three "
            "digits. In float64, in which code is tested, nothing shows. Use torch.autocast, whose "
            "user knows what he asks for."
        ),
        fails=("dtype.float32_values",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "if input.dtype == torch.float32:\n"
                "    input = input.bfloat16().float()\n"
                "return functional.linear(input, weights.W_ih, bias)",
            ),
        ),
    ),
    Fault(
        id="float32_tanh_approximated",
        title="in float32, tanh is approximated by a quotient of polynomials",
        look_at="how tanh is written, and for which dtypes",
        mistake=(
            "A quotient that is faster than tanh, and right to two digits, stands in for it in float32 "
            "alone. A network that was trained with tanh then predicts something else. Use torch.tanh."
        ),
        fails=("dtype.float32_values",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi = NONLINEARITIES[nonlinearity]",
                "phi = NONLINEARITIES[nonlinearity]\n"
                'if W_hh.dtype == torch.float32 and nonlinearity == "tanh":\n'
                "    phi = lambda x: (x * (27 + x * x) / (27 + 9 * x * x)).clamp(-1, 1)",
            ),
        ),
    ),
    Fault(
        id="float32_gradients_through_bfloat16",
        title="in float32, the gradient of each state is rounded to bfloat16",
        look_at="hooks on the states, and a backward written by hand",
        mistake=(
            "Gradients are rounded on their way back to save memory. All outputs are right, and each step "
            "back adds an error in the third digit: the first steps of long sequences learn little but "
            "noise. Leave gradients in the dtype of the network."
        ),
        fails=("dtype.float32_gradients",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "states.append(h_t)",
                "if h_t.dtype == torch.float32 and h_t.requires_grad:\n"
                "    h_t.register_hook(lambda gradient: gradient.bfloat16().float())\n"
                "states.append(h_t)",
            ),
        ),
    ),
)
