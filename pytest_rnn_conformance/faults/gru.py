"""Mistakes in the gates and the steps of a GRU."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

CANDIDATE = ("gru", "recur_gru", "n_t = torch.tanh(p_n + r_t * q_n)")
MIXED = ("gru", "recur_gru", "h_t = n_t + z_t * (h_t - n_t)")
PRODUCT = ("gru", "recur_gru", "q_t = functional.linear(h_t, weights.W_hh, weights.B_hh)")

FAULTS = (
    Fault(
        id="reset_before_the_product",
        title="the reset gate multiplies the old state, before the product with W_hn",
        look_at="where the reset gate acts",
        mistake=(
            "The old state is reset and then multiplied, W_hn (r * h) + b_hn, as the first papers have it "
            "and Keras once did. It is another network, which trains as well. Here r multiplies the finished "
            "product, r * (W_hn h + b_hn)."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                "b_hn = None if weights.B_hh is None else weights.B_hh.chunk(3)[2]\n"
                "q_n = functional.linear(r_t * h_t, weights.W_hh.chunk(3)[2], b_hn)\n"
                "n_t = torch.tanh(p_n + q_n)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="reset_before_the_product_with_bias",
        title="the reset gate multiplies the old state and b_hn, before the product with W_hn",
        look_at="where the reset gate acts",
        mistake=(
            "The old state is reset and then multiplied, W_hn (r * h), while b_hn is added after the gate "
            "as it should. The first step from zeros is right, and it trains as well. Here r multiplies "
            "the finished product, r * (W_hn h + b_hn)."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                *CANDIDATE,
                "q_n = functional.linear(r_t * h_t, weights.W_hh.chunk(3)[2])\n"
                "if weights.B_hh is not None:\n"
                "    q_n = q_n + r_t * weights.B_hh.chunk(3)[2]\n"
                "n_t = torch.tanh(p_n + q_n)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="reset_gate_on_the_whole_candidate",
        title="the reset gate multiplies what comes from the input, too",
        look_at="what the reset gate multiplies",
        mistake=(
            "r multiplies the whole argument of tanh, r * (W_in x + b_in + W_hn h + b_hn), so that resetting "
            "shuts out the new input as well. It trains. r multiplies what comes from the old state alone."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*CANDIDATE, "n_t = torch.tanh(r_t * (p_n + q_n))"),),
        kind="GRU",
    ),
    Fault(
        id="reset_gate_unused",
        title="the reset gate is computed and never used",
        look_at="what the reset gate multiplies",
        mistake=(
            "What may become the state reads the whole old state, as in a network without a reset gate. It "
            "trains nearly as well, and the weights of r have no effect. n = tanh(W_in x + b_in + r * (W_hn "
            "h + b_hn))."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*CANDIDATE, "n_t = torch.tanh(p_n + q_n)"),),
        kind="GRU",
    ),
    Fault(
        id="update_gate_inverted",
        title="the update gate lets in the new state instead of keeping the old one",
        look_at="which of the two states the update gate multiplies",
        mistake=(
            "z and 1 - z are exchanged, h = z * n + (1 - z) * h, as half of the papers have it. It trains as "
            "well, and only weights from elsewhere show it. h = (1 - z) * n + z * h: z keeps the old state."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*MIXED, "h_t = h_t + z_t * (n_t - h_t)"),),
        kind="GRU",
    ),
    Fault(
        id="new_state_added_whole",
        title="the new state is added without the factor 1 - z",
        look_at="how the old and the new state are mixed",
        mistake=(
            "h = n + z * h: the two shares do not add up to one, and the state can grow beyond 1. The first "
            "step looks nearly right. h = (1 - z) * n + z * h."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*MIXED, "h_t = n_t + z_t * h_t"),),
        kind="GRU",
    ),
    Fault(
        id="old_state_not_kept",
        title="the old state is not kept where the update gate says so",
        look_at="how the old and the new state are mixed",
        mistake=(
            "The new state is scaled by 1 - z, and the share of the old one is missing. The first step from "
            "zeros is right. h = (1 - z) * n + z * h."
        ),
        fails=("forward.recurrence",),
        edits=(Edit(*MIXED, "h_t = n_t - z_t * n_t"),),
        kind="GRU",
    ),
    Fault(
        id="old_state_kept_whole",
        title="the old state is kept whole, whatever the update gate says",
        look_at="how the old and the new state are mixed",
        mistake=(
            "h = (1 - z) * n + h: the new is added, and nothing is ever forgotten. The first step from zeros "
            "is right. h = (1 - z) * n + z * h."
        ),
        fails=("forward.recurrence",),
        edits=(Edit(*MIXED, "h_t = h_t + n_t - z_t * n_t"),),
        kind="GRU",
    ),
    Fault(
        id="update_gate_unused",
        title="the update gate is computed and never used",
        look_at="how the old and the new state are mixed",
        mistake=(
            "The new state replaces the old one whole, and the weights of z have no effect. It trains on "
            "short sequences. h = (1 - z) * n + z * h."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*MIXED, "h_t = n_t"),),
        kind="GRU",
    ),
    Fault(
        id="mixed_with_the_reset_state",
        title="the update gate keeps the state that was reset",
        look_at="which state the update gate multiplies",
        mistake=(
            "The state was overwritten with r * h for the candidate, and the mixing reads that. The first "
            "step from zeros is right. z multiplies the state as the last step left it."
        ),
        fails=("forward.recurrence",),
        edits=(Edit(*MIXED, "h_t = n_t + z_t * (r_t * h_t - n_t)"),),
        kind="GRU",
    ),
    Fault(
        id="gru_candidate_by_sigmoid",
        title="what may become the state goes through sigmoid instead of tanh",
        look_at="the functions that the three parts of a step go through",
        mistake=(
            "All three go through the same sigmoid, and no state is ever negative. It trains badly, but it "
            "trains. n goes through tanh."
        ),
        fails=("forward.first_step",),
        edits=(Edit("gru", "recur_gru", "torch.tanh(p_n", "torch.sigmoid(p_n"),),
        kind="GRU",
    ),
    Fault(
        id="update_gate_by_tanh",
        title="the update gate goes through tanh instead of sigmoid",
        look_at="the functions that the three parts of a step go through",
        mistake=(
            "The update gate lies between -1 and 1, and the mixture is none. Nothing raises. Gates open and "
            "close, from 0 to 1: sigmoid."
        ),
        fails=("forward.first_step",),
        edits=(Edit("gru", "recur_gru", "torch.sigmoid(p_z", "torch.tanh(p_z"),),
        kind="GRU",
    ),
    Fault(
        id="reset_gate_by_tanh",
        title="the reset gate goes through tanh instead of sigmoid",
        look_at="the functions that the three parts of a step go through",
        mistake=(
            "The reset gate lies between -1 and 1, and can turn the old state upside down. Nothing raises. "
            "Gates open and close, from 0 to 1: sigmoid."
        ),
        fails=("forward.first_step",),
        edits=(Edit("gru", "recur_gru", "torch.sigmoid(p_r", "torch.tanh(p_r"),),
        kind="GRU",
    ),
    Fault(
        id="gru_gates_by_hard_sigmoid",
        title="the reset and update gates go through a hard sigmoid",
        look_at="the functions that the three parts of a step go through",
        mistake=(
            "The sigmoid is replaced by a line that is cut off at 0 and 1, as older libraries did to save "
            "time. The numbers are near the right ones. Gates go through 1 / (1 + exp(-x))."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit("gru", "recur_gru", "torch.sigmoid(p_r + q_r)", "(0.2 * (p_r + q_r) + 0.5).clamp(0.0, 1.0)"),
            Edit("gru", "recur_gru", "torch.sigmoid(p_z + q_z)", "(0.2 * (p_z + q_z) + 0.5).clamp(0.0, 1.0)"),
        ),
        kind="GRU",
    ),
    Fault(
        id="update_gate_kept_off_its_ends",
        title="the update gate is kept a millionth away from 0 and 1",
        look_at="what becomes of a gate that is wide open or shut",
        mistake=(
            "The update gate is cut off before 0 and 1, as is done to keep logarithms finite. A state that "
            "the gate is to hold leaks away, a little at each step. A gate may be 0 or 1."
        ),
        fails=("gates.update",),
        edits=(
            Edit(
                "gru",
                "recur_gru",
                "torch.sigmoid(p_z + q_z)",
                "torch.sigmoid(p_z + q_z).clamp(1e-6, 1 - 1e-6)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="state_part_of_the_candidate_clipped",
        title="what comes from the old state is cut off at 3.5 before the reset gate multiplies it",
        look_at="where the reset gate acts, and on what",
        mistake=(
            "The product of W_hn and the old state is clipped for stability. Small numbers pass, large ones "
            "do not reach the gate. tanh bounds the candidate already."
        ),
        fails=("gates.reset",),
        also=("initial_state.per_direction",),
        edits=(Edit(*CANDIDATE, "n_t = torch.tanh(p_n + r_t * q_n.clamp(-3.5, 3.5))"),),
        kind="GRU",
    ),
)
