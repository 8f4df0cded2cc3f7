"""Mistakes of a GRU with what is carried from step to step, and with its two biases."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault
from pytest_rnn_conformance.faults.gru import CANDIDATE, MIXED, PRODUCT

STATE_PARTS = ("gru", "recur_gru", "q_r, q_z, q_n = q_t.chunk(3, dim=1)")
WITHOUT_B_HN = "q_n = q_n - weights.B_hh.chunk(3)[2]"

FAULTS = (
    Fault(
        id="gru_w_hh_transposed",
        title="W_hh is transposed gate by gate",
        look_at="the product of the previous state and W_hh",
        mistake=(
            "Each gate's square block of W_hh is used the wrong way round. Nothing raises, and the first "
            "step from zeros is right. Row i of a block (column i, if you store weights for `x @ W`) makes "
            "unit i of the gate: use W_hh the same way round as W_ih."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                *PRODUCT,
                "W_hh = torch.cat([block.t() for block in weights.W_hh.chunk(3)])\n"
                "q_t = functional.linear(h_t, W_hh, weights.B_hh)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="candidate_of_h_0",
        title="what may become the state is made of h_0 at every step",
        look_at="which state the products read",
        mistake=(
            "The products with W_hh read h_0 instead of the state of the step before, which is only mixed "
            "in. So something is remembered, and it trains. From zeros W_hh has no effect. Each step reads "
            "the state after the step before."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("gru", "recur_gru", "functional.linear(h_t,", "functional.linear(h_0,"),),
        kind="GRU",
    ),
    Fault(
        id="h_0_kept_at_every_step",
        title="the update gate keeps h_0, not the state of the step before",
        look_at="which state the update gate multiplies",
        mistake=(
            "The old state that is mixed in is that of the beginning. The products read the right one, so "
            "something is remembered. z multiplies the state after the step before."
        ),
        fails=("forward.recurrence",),
        edits=(Edit(*MIXED, "h_t = n_t + z_t * (h_0 - n_t)"),),
        kind="GRU",
    ),
    Fault(
        id="gru_state_detached",
        title="the state is detached from step to step",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "The graph is cut after each step, so that nothing is learned over time. All outputs are right. "
            "Carry the state as it is."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                "gru", "recur_gru", "for p_t in projected:", "for p_t in projected:\n    h_t = h_t.detach()"
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="kept_state_detached",
        title="no gradient passes through what the update gate keeps",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "The old state is detached where it is mixed in, the very path on which a GRU remembers. All "
            "outputs are right, and what passes through the products still trains. Mix it in as it is."
        ),
        fails=("gradients.through_time",),
        edits=(Edit(*MIXED, "h_t = n_t + z_t * (h_t.detach() - n_t)"),),
        kind="GRU",
    ),
    Fault(
        id="candidate_of_the_state_detached",
        title="no gradient passes through the products with the previous state",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "The old state is detached where W_hh multiplies it, so that only what the update gate keeps "
            "carries a gradient back. All outputs are right. Multiply it as it is."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("gru", "recur_gru", "functional.linear(h_t,", "functional.linear(h_t.detach(),"),),
        kind="GRU",
    ),
    Fault(
        id="b_hn_outside_of_the_reset",
        title="b_hn is not multiplied by the reset gate",
        look_at="where the bias of what the reset gate multiplies is added",
        mistake=(
            "b_hn is added outside of the product with r, as where the two biases are added to one before "
            "the loop. Biases of zero do not show it. r * (W_hn h + b_hn): it belongs inside."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                "b_hn = 0.0 if weights.B_hh is None else weights.B_hh.chunk(3)[2]\n"
                "n_t = torch.tanh(p_n + r_t * (q_n - b_hn) + b_hn)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="b_in_inside_of_the_reset",
        title="b_in is multiplied by the reset gate, too",
        look_at="where the bias of the input's product is added",
        mistake=(
            "Both biases are added inside of the product with r. Biases of zero do not show it. Only b_hn "
            "belongs there: n = tanh(W_in x + b_in + r * (W_hn h + b_hn))."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                "b_in = 0.0 if weights.B_ih is None else weights.B_ih.chunk(3)[2]\n"
                "n_t = torch.tanh(p_n - b_in + r_t * (q_n + b_in))",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="biases_of_the_candidate_exchanged",
        title="b_in and b_hn are exchanged",
        look_at="which of the two biases the reset gate multiplies",
        mistake=(
            "b_hn is added to the product with the input, and b_in inside of the product with r. In an RNN "
            "or an LSTM the two biases may change places; here they may not. n = tanh(W_in x + b_in + r * "
            "(W_hn h + b_hn))."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                "change = 0.0\n"
                "if weights.B_ih is not None and weights.B_hh is not None:\n"
                "    change = (weights.B_hh - weights.B_ih).chunk(3)[2]\n"
                "n_t = torch.tanh(p_n + change + r_t * (q_n - change))",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="b_hn_missing",
        title="b_hn is never added",
        look_at="the biases of what may become the state",
        mistake=(
            "r and z have both biases, n has b_in alone. Where new biases are zeros it goes unnoticed, and "
            "training makes up for it. n = tanh(W_in x + b_in + r * (W_hn h + b_hn))."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                f"if weights.B_hh is not None:\n    {WITHOUT_B_HN}\nn_t = torch.tanh(p_n + r_t * q_n)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="b_hh_missing_in_gates",
        title="the reset and update gates have b_ih alone",
        look_at="the biases of the gates",
        mistake=(
            "b_hh is added in the candidate alone, where it cannot be left out. Biases of zero do not show "
            "it, and training makes up for it. Each of r, z and n has two biases."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *STATE_PARTS,
                "q_r, q_z, q_n = q_t.chunk(3, dim=1)\n"
                "if weights.B_hh is not None:\n"
                "    b_hr, b_hz, _ = weights.B_hh.chunk(3)\n"
                "    q_r, q_z = q_r - b_hr, q_z - b_hz",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="gru_b_ih_twice",
        title="b_ih is added with both products",
        look_at="which bias each of the two products has",
        mistake=(
            "The product with the state adds b_ih again, and b_hh is never read. Where both biases have the "
            "same values nothing shows. Each product has a bias of its own."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("gru", "recur_gru", "weights.B_hh)", "weights.B_ih)"),),
        kind="GRU",
    ),
    Fault(
        id="b_hn_skipped_at_first_step",
        title="b_hn is left out of the first step",
        look_at="the first step that is read, from a state of zeros",
        mistake=(
            "Where there is no state yet, the product with it is taken for zero, and b_hn goes with it. All "
            "later steps are right, so the error fades. With a state of zeros W_hn h + b_hn is b_hn."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *CANDIDATE,
                "if weights.B_hh is not None and not states and not h_0.any():\n"
                f"    {WITHOUT_B_HN}\n"
                "n_t = torch.tanh(p_n + r_t * q_n)",
            ),
        ),
        kind="GRU",
    ),
    Fault(
        id="gru_bias_false_raises",
        title="without biases a GRU takes b_hh apart all the same",
        look_at="what is done with the biases when there are none",
        mistake=(
            "b_hn is cut out of b_hh, to be added inside of the product with r. With bias=False there is "
            "nothing to cut, and it raises. Leave the bias out where there is none."
        ),
        fails=("forward.no_bias",),
        edits=(
            Edit(
                *PRODUCT,
                "q_t = functional.linear(h_t, weights.W_hh) + torch.cat(weights.B_hh.chunk(3))",
            ),
        ),
        kind="GRU",
    ),
)
