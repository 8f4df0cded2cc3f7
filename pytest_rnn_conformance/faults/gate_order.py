"""Mistakes in the order of the gates: which rows of the weights are whose."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

LSTM_GATES = ("lstm", "recur_lstm", "i_t, f_t, g_t, o_t =")
GRU_INPUT = ("gru", "recur_gru", "p_r, p_z, p_n =")
GRU_STATE = ("gru", "recur_gru", "q_r, q_z, q_n =")

FAULTS = (
    Fault(
        id="gates_in_order_i_f_o_g",
        title="the gates are taken in the order i, f, o, g",
        look_at="how the product for all gates is taken apart",
        mistake=(
            "The three sigmoids stand together and g comes last, as some papers and libraries have it. "
            "Training is as good as ever, and only weights from elsewhere show it. The rows of the weights "
            "are those of i, f, g, o."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*LSTM_GATES, "i_t, f_t, o_t, g_t ="),),
        kind="LSTM",
    ),
    Fault(
        id="gates_in_order_i_g_f_o",
        title="the gates are taken in the order i, g, f, o",
        look_at="how the product for all gates is taken apart",
        mistake=(
            "This is the order of TensorFlow's older cells, where g is called j. Training is as good as "
            "ever, and only weights from elsewhere show it. The rows of the weights are those of i, f, g, o."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*LSTM_GATES, "i_t, g_t, f_t, o_t ="),),
        kind="LSTM",
    ),
    Fault(
        id="gates_in_order_i_o_f_g",
        title="the gates are taken in the order i, o, f, g",
        look_at="how the product for all gates is taken apart",
        mistake=(
            "This is the order of ONNX. Training is as good as ever, and only weights from elsewhere show "
            "it. The rows of the weights are those of i, f, g, o."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*LSTM_GATES, "i_t, o_t, f_t, g_t ="),),
        kind="LSTM",
    ),
    Fault(
        id="input_and_forget_gates_exchanged",
        title="the input gate and the forget gate are exchanged",
        look_at="which gate multiplies the old cell state, and which one what is written",
        mistake=(
            "Either the rows of the two are confused, or their places in c = f * c + i * g. Both are "
            "sigmoids of the same form, so the network trains; it begins, though, by forgetting what it "
            "should keep. f keeps the old cell state, i lets in the new."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*LSTM_GATES, "f_t, i_t, g_t, o_t ="),),
        kind="LSTM",
    ),
    Fault(
        id="input_and_output_gates_exchanged",
        title="the input gate and the output gate are exchanged",
        look_at="which rows of the weights each gate has",
        mistake=(
            "The rows of o come first and those of i last. Both are sigmoids of the same form, so the "
            "network trains, and only weights from elsewhere show it. The rows of the weights are those of "
            "i, f, g, o."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*LSTM_GATES, "o_t, f_t, g_t, i_t ="),),
        kind="LSTM",
    ),
    Fault(
        id="gates_interleaved",
        title="the gates are taken from every fourth row, not from four blocks of rows",
        look_at="how the product for all gates is taken apart",
        mistake=(
            "The 4*H numbers are read as H groups of four, as a reshape to (H, 4) does. Training is as good "
            "as ever. They are four groups of H: first all of i, then all of f, of g and of o."
        ),
        fails=("forward.first_step",),
        edits=(Edit("lstm", "recur_lstm", ".chunk(4, dim=1)", ".unflatten(1, (-1, 4)).unbind(2)"),),
        kind="LSTM",
    ),
    Fault(
        id="reset_and_update_gates_exchanged",
        title="the reset gate and the update gate are exchanged",
        look_at="which rows of the weights each gate has",
        mistake=(
            "The rows are taken for those of z, r, n, the order of Keras and ONNX. Training is as good as "
            "ever, and only weights from elsewhere show it. The rows of the weights are those of r, z, n."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*GRU_INPUT, "p_z, p_r, p_n ="), Edit(*GRU_STATE, "q_z, q_r, q_n =")),
        kind="GRU",
    ),
    Fault(
        id="gates_in_order_n_r_z",
        title="the gates are taken in the order n, r, z",
        look_at="which rows of the weights each gate has",
        mistake=(
            "What may become the state comes first, and the two gates after it. Training is as good as "
            "ever, and only weights from elsewhere show it. The rows of the weights are those of r, z, n."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*GRU_INPUT, "p_n, p_r, p_z ="), Edit(*GRU_STATE, "q_n, q_r, q_z =")),
        kind="GRU",
    ),
    Fault(
        id="gates_of_the_state_in_another_order",
        title="the rows of W_hh are taken in another order than those of W_ih",
        look_at="how the products with W_ih and with W_hh are taken apart",
        mistake=(
            "r and z are confused in the product with the state alone, so that each of the two gates is made "
            "of one's input and the other's state. Each product is right by itself. Both have the rows of r, "
            "z, n."
        ),
        fails=("forward.first_step",),
        edits=(Edit(*GRU_STATE, "q_z, q_r, q_n ="),),
        kind="GRU",
    ),
)
