"""How each wrong implementation is called, where torch's weights are in it, and what it must get wrong."""

from . import numpy_by_hand
from .glue import BOTH, CELL, DEEP, Glue, both, classic, columns, deep, four, headed, rows, seven_outputs


def one_bias(w, suffix=""):
    W_ih, W_hh, b_ih, b_hh = four(w, suffix)
    return W_ih, W_hh, b_ih + b_hh


WRONG = {
    "function_transposed_recurrent:rnn_forward": Glue(
        call=lambda f, w, x, h: f(x, h, w.weight_ih_l0.T, w.weight_hh_l0.T, w.b),
        layout="NLD",
        state=rows,
        required=True,
        differs={"output"},
    ),
    "cell_columns_transposed_recurrent:RNNCell": Glue(
        "W_xh; W_hh; b_h[:, 0]", **{**CELL, "state": columns}, layout="DN", differs={"output"}
    ),
    "classifier_transposed_recurrent:ReviewClassifier": Glue(
        "fc_x.weight; fc_h.weight; fc_x.bias",
        make=headed,
        head=("fc_y.weight", "fc_y.bias"),
        layout="NLD",
        last_step=True,
        differs={"output"},
    ),
    "product_turned_by_shape:RNN": Glue("W_ih; W_hh; b", layout="NLD", differs={"output"}),
    "tutorial_cell_without_tanh:RNN": Glue(
        "i2h.weight[:, :D]; i2h.weight[:, D:]; i2h.bias",
        make=seven_outputs,
        call=lambda m, x, h: m(x, h)[1],
        **CELL,
        differs={"output"},
    ),
    "function_reverse_left_reversed:bidirectional": Glue(
        call=lambda f, w, x, h: f(x, *one_bias(w), *one_bias(w, "_reverse")),
        layout="NLD",
        directions=(2,),
        differs={"output"},
    ),
    "reverse_reads_input_forwards:RNN": Glue(
        "i2h{d}.weight; h2h{d}.weight; i2h{d}.bias; h2h{d}.bias",
        make=both,
        layout="NLD",
        directions=BOTH,
        words=("", "_r"),
        differs={"output"},
    ),
    "bias_on_batch_axis:VanillaRNN": Glue("W_hx; W_hh; bias_h", layout="NLD", differs={"raises", "output"}),
    "given_state_forgotten:DecoderRNN": classic(
        "linear_x.weight; linear_h.weight; linear_x.bias; linear_h.bias", layout="NLD", differs={"output"}
    ),
    "layers_read_raw_input:StackedRNN": Glue(
        "x2h[{k}].weight; h2h[{k}].weight; x2h[{k}].bias; h2h[{k}].bias",
        make=deep,
        layout="NLD",
        layers=DEEP,
        differs={"raises", "output"},
    ),
    "bidirectional_last_step_as_state:BiRNN": Glue(
        "wx['{d}'].weight; wh['{d}'].weight; wx['{d}'].bias",
        make=both,
        directions=BOTH,
        words=("fwd", "bwd"),
        differs={"h_n"},
    ),
    "numpy_backward_without_carry:rnn_forward": Glue(
        observe=numpy_by_hand.sequence, state=rows, required=True, differs={"x", "h_0", "weights"}
    ),
    "numpy_backward_without_derivative:rnn_forward": Glue(
        observe=numpy_by_hand.sequence, state=rows, required=True, differs={"x", "h_0", "weights"}
    ),
    "numpy_class_state_not_carried:RNN": Glue(
        observe=numpy_by_hand.class_of_arrays, state=rows, required=True, differs={"output"}
    ),
    "numpy_backward_bias_of_one_step:rnn_forward": Glue(
        observe=numpy_by_hand.sequence, state=rows, required=True, differs={"weights"}
    ),
    "numpy_step_backward_transposed:rnn_step_forward": Glue(
        observe=numpy_by_hand.steps, state=rows, required=True, differs={"x", "h_0", "weights"}
    ),
    "steps_share_one_buffer:RNN": Glue("W_xh.T; W_hh.T; b_h", differs={"raises"}),
    "batch_viewed_as_time:RNN": Glue(
        "i2h.weight; h2h.weight; i2h.bias; h2h.bias", layout="NLD", differs={"output"}
    ),
    "state_cut_in_classifier:CharClassifier": classic(
        "i2h.weight; h2h.weight; i2h.bias; h2h.bias",
        make=headed,
        head=("out.weight", "out.bias"),
        layout="NLD",
        differs={"x", "h_0"},
    ),
    "upper_layers_are_one_cell:DeepRNN": Glue(
        "cells[{k}].ih.weight; cells[{k}].hh.weight; cells[{k}].ih.bias; cells[{k}].hh.bias",
        make=deep,
        layout="NLD",
        layers=DEEP,
        differs={"first step", "output"},
    ),
    "state_reset_every_step:Tagger": Glue(
        "hidden.weight[:, :D]; hidden.weight[:, D:]; hidden.bias",
        make=headed,
        head=("tag.weight", "tag.bias"),
        layout="NLD",
        differs={"output"},
    ),
}
