"""Mistakes in the gates of an LSTM: which function each goes through, and what it multiplies."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

WRITTEN = (
    "lstm",
    "recur_lstm",
    "c_t = torch.sigmoid(f_t) * c_t + torch.sigmoid(i_t) * torch.tanh(g_t)",
)
SHOWN = ("lstm", "recur_lstm", "h_t = torch.sigmoid(o_t) * torch.tanh(c_t)")

FAULTS = (
    Fault(
        id="candidate_by_sigmoid",
        title="what may be written goes through sigmoid instead of tanh",
        look_at="the functions that the four parts of a step go through",
        mistake=(
            "All four go through the same sigmoid. The cell state can then only grow, and the network "
            "trains badly, but it trains. g goes through tanh: it adds and takes away."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.tanh(g_t)", "torch.sigmoid(g_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="output_gate_by_tanh",
        title="the output gate goes through tanh instead of sigmoid",
        look_at="the functions that the four parts of a step go through",
        mistake=(
            "The output gate lies between -1 and 1, so that it can turn what it shows upside down. Nothing "
            "raises. Gates open and close, from 0 to 1: sigmoid."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(o_t)", "torch.tanh(o_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="input_gate_by_tanh",
        title="the input gate goes through tanh instead of sigmoid",
        look_at="the functions that the four parts of a step go through",
        mistake=(
            "The input gate lies between -1 and 1, so that it can write the opposite of what it is given. "
            "Nothing raises. Gates open and close, from 0 to 1: sigmoid."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(i_t)", "torch.tanh(i_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="forget_gate_by_tanh",
        title="the forget gate goes through tanh instead of sigmoid",
        look_at="the functions that the four parts of a step go through",
        mistake=(
            "The forget gate lies between -1 and 1: the cell state changes its sign from step to step. The "
            "first step from zeros is right. Gates open and close, from 0 to 1: sigmoid."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t)", "torch.tanh(f_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="gates_by_hard_sigmoid",
        title="the gates go through a hard sigmoid",
        look_at="the functions that the four parts of a step go through",
        mistake=(
            "The sigmoid is replaced by a line that is cut off at 0 and 1, as older libraries did to save "
            "time. The numbers are near the right ones, and training is as good. Gates go through "
            "1 / (1 + exp(-x))."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                *WRITTEN,
                "i_t, f_t, o_t = ((0.2 * gate + 0.5).clamp(0.0, 1.0) for gate in (i_t, f_t, o_t))\n"
                "c_t = f_t * c_t + i_t * torch.tanh(g_t)",
            ),
            Edit(*SHOWN, "h_t = o_t * torch.tanh(c_t)"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="shown_without_tanh",
        title="the cell state is shown without tanh",
        look_at="how the new hidden state is made of the cell state",
        mistake=(
            "The output gate multiplies the cell state itself. While that is small tanh makes little "
            "difference, and afterwards the hidden state has no bounds. h = o * tanh(c)."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "* torch.tanh(c_t)", "* c_t"),),
        kind="LSTM",
    ),
    Fault(
        id="shown_by_sigmoid",
        title="the cell state is shown through sigmoid instead of tanh",
        look_at="how the new hidden state is made of the cell state",
        mistake=(
            "All that is shown is positive, and an empty cell state shows one half. Nothing raises. "
            "h = o * tanh(c)."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.tanh(c_t)", "torch.sigmoid(c_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="tanh_of_the_product",
        title="tanh is taken of the product with the output gate, not of the cell state alone",
        look_at="how the new hidden state is made of the cell state",
        mistake=(
            "The output gate is inside of the tanh. For small cell states it makes hardly any difference. "
            "h = o * tanh(c): first tanh, then the gate."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*SHOWN, "h_t = torch.tanh(torch.sigmoid(o_t) * c_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="forget_bias_added_in_forward",
        title="a forget bias of 1 is added at every step",
        look_at="the argument of the forget gate's sigmoid",
        mistake=(
            "One is added to the forget gate in forward, as TensorFlow's older cells did, so that a new "
            "network remembers. Training moves the bias accordingly, and only weights from elsewhere show "
            "it. Whoever wants such a bias sets it once, in the weights."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t)", "torch.sigmoid(f_t + 1)"),),
        kind="LSTM",
    ),
    Fault(
        id="forget_gate_missing",
        title="nothing is ever forgotten",
        look_at="what becomes of the old cell state",
        mistake=(
            "The new is added to the old cell state as it is, without a forget gate, as in the LSTM of 1997. "
            "The first step from zeros is right, and short sequences train. c = f * c + i * g."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t) * c_t", "c_t"),),
        kind="LSTM",
    ),
    Fault(
        id="forget_gate_coupled",
        title="the forget gate is 1 - i",
        look_at="what becomes of the old cell state",
        mistake=(
            "The old is kept where the new is not let in, a variant with one gate less. It trains well, and "
            "the first step from zeros is right; the weights of the forget gate have no effect. c = f * c + "
            "i * g, with a gate of its own for each."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t) * c_t", "(1 - torch.sigmoid(i_t)) * c_t"),),
        kind="LSTM",
    ),
    Fault(
        id="input_gate_missing",
        title="everything new is written whole",
        look_at="what is added to the cell state",
        mistake=(
            "g is added to the cell state without the input gate, whose weights have no effect then. It "
            "trains. c = f * c + i * g."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(i_t) * torch.tanh(g_t)", "torch.tanh(g_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="output_gate_missing",
        title="the cell state is shown whole",
        look_at="how the new hidden state is made of the cell state",
        mistake=(
            "The hidden state is tanh of the cell state, without the output gate, whose weights have no "
            "effect then. It trains. h = o * tanh(c)."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*SHOWN, "h_t = torch.tanh(c_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="input_gate_added",
        title="the input gate is added to what is written, not multiplied",
        look_at="what is added to the cell state",
        mistake=(
            "A sum stands where the product belongs. The shapes are the same, and nothing raises. A gate "
            "multiplies: c = f * c + i * g."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(i_t) *", "torch.sigmoid(i_t) +"),),
        kind="LSTM",
    ),
    Fault(
        id="peephole_left_in",
        title="the output gate looks at the cell state, too",
        look_at="what the gates are made of",
        mistake=(
            "The cell state is added to the argument of the output gate, a peephole as other variants have "
            "it. It trains well. The gates are made of the input and of the hidden state alone."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(o_t)", "torch.sigmoid(o_t + c_t)"),),
        kind="LSTM",
    ),
    Fault(
        id="gates_without_the_state",
        title="the gates do not hear the previous hidden state",
        look_at="what the gates are made of",
        mistake=(
            "Only what may be written is made of the previous hidden state; the three gates see the input "
            "alone. The first step from zeros is right. All four read x_t and h_(t-1)."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "lstm",
                "recur_lstm",
                "i_t, f_t, g_t, o_t = torch.addmm(p_t, h_t, W_hh_transposed).chunk(4, dim=1)",
                "i_t, f_t, _, o_t = p_t.chunk(4, dim=1)\n"
                "g_t = torch.addmm(p_t, h_t, W_hh_transposed).chunk(4, dim=1)[2]",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="b_hh_missing_in_forget_gate",
        title="the forget gate has one of its two biases alone",
        look_at="the biases of each gate",
        mistake=(
            "b_hh is added to the other three parts and left out of the forget gate. Biases of zero do not "
            "show it, nor does the first step from zeros. Each part of a step has both biases."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                *WRITTEN,
                "if weights.B_hh is not None:\n"
                "    f_t = f_t - weights.B_hh.chunk(4)[1]\n"
                "c_t = torch.sigmoid(f_t) * c_t + torch.sigmoid(i_t) * torch.tanh(g_t)",
            ),
        ),
        kind="LSTM",
    ),
)
