"""Mistakes in the nonlinearity: which function it is, and what it is applied to."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="no_nonlinearity",
        title="there is no nonlinearity",
        look_at="the last operation of a step",
        mistake=(
            "The sum becomes the state as it is, so the whole network is linear. With small weights tanh is "
            "nearly linear, and the outputs look plausible. Apply the nonlinearity to the whole sum."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "torch.addmm(p_t, h_t, W_hh_transposed)",
            ),
        ),
    ),
    Fault(
        id="nonlinearity_on_input_alone",
        title="the nonlinearity is applied before the recurrent term is added",
        look_at="what the nonlinearity is applied to",
        mistake=(
            "Only the part of the input goes through the nonlinearity; W_hh h is added afterwards. From "
            "zeros the first step is right. The nonlinearity is applied to the whole sum."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "torch.addmm(phi(p_t.clone()), h_t, W_hh_transposed)",
            ),
        ),
    ),
    Fault(
        id="nonlinearity_twice",
        title="the nonlinearity is applied twice",
        look_at="the nonlinearity in the formula of a step",
        mistake=(
            "The sum goes through the nonlinearity, and the result once more. With relu nothing shows, as "
            "relu of relu is relu; with tanh every number is too small. Apply it once."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "phi(phi(torch.addmm(p_t, h_t, W_hh_transposed)).clone())",
            ),
        ),
    ),
    Fault(
        id="output_before_nonlinearity",
        title="the output is the sum before the nonlinearity",
        look_at="which value of a step becomes its output",
        mistake=(
            "Output and h_n hold the sum, and the nonlinearity is applied only when the next step reads it. "
            "The state that is carried is right. The output is the value after the nonlinearity."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "torch.addmm(p_t, phi(h_t.clone()), W_hh_transposed)",
            ),
        ),
    ),
    Fault(
        id="sigmoid_for_tanh",
        title="the nonlinearity is the sigmoid instead of tanh",
        look_at="the function that is called for nonlinearity='tanh'",
        mistake=(
            "The sigmoid is used, whose values lie between 0 and 1 and which gives 0.5 for 0. The network "
            "trains, if slowly. Use torch.tanh."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "", '"tanh": torch.tanh_', '"tanh": torch.sigmoid_'),),
    ),
    Fault(
        id="always_relu",
        title="the nonlinearity is always relu",
        look_at="how the nonlinearity is chosen",
        mistake=(
            "relu is used whatever the option says. Only where nonlinearity='relu' is asked for is the "
            "result right. Choose the function by the option, whose default is tanh."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "recur", "NONLINEARITIES[nonlinearity]", "torch.relu_"),),
    ),
    Fault(
        id="always_tanh",
        title="the nonlinearity is always tanh",
        look_at="how the nonlinearity is chosen",
        mistake=(
            "The option nonlinearity is accepted and ignored. As tanh is the default, nothing shows until "
            "somebody asks for relu. Choose the function by the option."
        ),
        fails=("forward.relu",),
        edits=(Edit("recurrence", "recur", "NONLINEARITIES[nonlinearity]", "torch.tanh_"),),
    ),
    Fault(
        id="leaky_relu",
        title="relu lets a small part of negative numbers through",
        look_at="the function that is called for nonlinearity='relu'",
        mistake=(
            "A leaky relu is used, which multiplies negative numbers by 0.01 instead of making them 0. The "
            "outputs look almost the same. Use torch.relu."
        ),
        fails=("forward.relu",),
        edits=(Edit("recurrence", "", '"relu": torch.relu_', '"relu": torch.nn.functional.leaky_relu'),),
    ),
    Fault(
        id="relu_clipped",
        title="relu is cut off at 6",
        look_at="the function that is called for nonlinearity='relu'",
        mistake=(
            "relu6 is used, which keeps states from growing beyond 6. Small states do not show it. relu has "
            "no upper bound."
        ),
        fails=("forward.relu",),
        edits=(Edit("recurrence", "", '"relu": torch.relu_', '"relu": torch.nn.functional.relu6'),),
    ),
    Fault(
        id="tanh_approximated",
        title="tanh is replaced by a quotient of polynomials",
        look_at="the function that is called for nonlinearity='tanh'",
        mistake=(
            "An approximation stands in the place of tanh. Near zero it is very good; for large numbers it "
            "is wrong, and grows beyond 1. Use torch.tanh."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "",
                '"tanh": torch.tanh_',
                '"tanh": lambda x: x * (27 + x * x) / (27 + 9 * x * x)',
            ),
        ),
    ),
    Fault(
        id="tanh_as_clamp",
        title="tanh is replaced by cutting off at -1 and 1",
        look_at="the function that is called for nonlinearity='tanh'",
        mistake=(
            "A hard tanh is used: numbers between -1 and 1 pass unchanged and the rest is cut off. For small "
            "numbers the difference is small. Use torch.tanh."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "", '"tanh": torch.tanh_', '"tanh": torch.nn.functional.hardtanh'),),
    ),
    Fault(
        id="states_clamped",
        title="states are cut off at -0.95 and 0.95",
        look_at="what happens to the state after the nonlinearity",
        mistake=(
            "States are kept away from -1 and 1, so that the slope of tanh is never very small. States "
            "within the bounds are right, so small inputs do not show it. The formula cuts nothing off."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed)).clamp(-0.95, 0.95)",
            ),
        ),
    ),
    Fault(
        id="states_rounded",
        title="states are rounded to four decimals",
        look_at="what happens to the state after the nonlinearity",
        mistake=(
            "The states are rounded, perhaps for printing. Most numbers agree to four digits, and the slope "
            "of rounding is zero, so that nothing can be trained. Round what is printed, not what is used."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "phi(torch.addmm(p_t, h_t, W_hh_transposed)).round(decimals=4)",
            ),
        ),
    ),
    Fault(
        id="relu_clipped_at_1000",
        title="relu is cut off at 1000",
        look_at="the function that is called for nonlinearity='relu'",
        mistake=(
            "States are kept from growing beyond 1000, so that nothing overflows. Ordinary numbers are "
            "right. relu has no upper bound."
        ),
        fails=("forward.relu",),
        edits=(Edit("recurrence", "", '"relu": torch.relu_', '"relu": lambda x: x.clamp(0, 1000)'),),
    ),
    Fault(
        id="tanh_argument_clamped",
        title="the sum is cut off at -5 and 5 before tanh",
        look_at="what is done to the sum before tanh is applied",
        mistake=(
            "Large sums are cut off, so that an exponential does not overflow. The result differs from tanh "
            "by less than 0.0001, but its slope becomes zero. torch.tanh needs no such guard."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit("recurrence", "", '"tanh": torch.tanh_', '"tanh": lambda x: torch.tanh(x.clamp(-5, 5))'),
        ),
    ),
    Fault(
        id="always_tanh_without_bias",
        title="without biases the nonlinearity is always tanh",
        look_at="what bias=False changes beside the biases",
        mistake=(
            "The path for bias=False was written for tanh, and does not look at the nonlinearity. Where "
            "only one of the two options is used, it is right. Options do not depend on each other."
        ),
        fails=("forward.relu_stacks",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "projected = split_steps(",
                'if weights.B_ih is None:\n    mode = "RNN_TANH"\nprojected = split_steps(',
            ),
        ),
    ),
)
