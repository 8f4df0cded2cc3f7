"""How each right implementation is called, and where torch's weights are in it, written by hand."""

import torch

from . import numpy_by_hand
from .glue import (
    BOTH,
    CELL,
    DEEP,
    Glue,
    both,
    classic,
    columns,
    deep,
    deep_and_both,
    four,
    headed,
    lists,
    rows,
    seven_outputs,
    stacked,
    tuple_of_one,
    turned,
)


def step_by_step(m, x, h):
    """Of a network with a head that cannot be the identity: the states of single steps."""
    states = []
    for x_t in x:
        _, h = m(x_t[None], h)
        states.append(h)
    return states, h


def flat(output, state, x):
    """(L*N, H) -> (L, N, H)."""
    return output.reshape(*x.shape[:2], -1), state


def two_sides(w):
    sides = [four(w, suffix) for suffix in ("", "_reverse")]
    return [value for W_ih, W_hh, b_ih, b_hh in sides for value in (W_ih.T, W_hh.T, b_ih + b_hh)]


CELL_PARTS = ("i2h.weight", "h2h.weight", "i2h.bias", "h2h.bias")

RIGHT = {
    "char_tutorial_cell:RNN": Glue(
        "i2h.weight[:, :D]; i2h.weight[:, D:]; i2h.bias",
        make=seven_outputs,
        call=lambda m, x, h: m(x, h)[1],
        **CELL,
    ),
    "tutorial_i2o_cell:NameGenerator": Glue(
        "i2h.weight[:, :D]; i2h.weight[:, D:]; i2h.bias",
        make=seven_outputs,
        call=lambda m, x, h: m(x, h)[1],
        **CELL,
    ),
    "state_first_concatenated_head:SimpleRNN": Glue(
        "W.weight[:, H:]; W.weight[:, :H]; W.bias", make=headed, head=("fc.weight", "fc.bias"), layout="NLD"
    ),
    "vanilla_rnn_fixed_sizes:VanillaRNN": Glue(
        "W_hx; W_hh; b_h[:, 0]",
        make=lambda cls, s: cls(s.L, s.D, s.H, s.H, s.N),
        head=("W_ph", "b_p"),
        layout="NLD",
        last_step=True,
    ),
    "logits_list_fixed_T:UnrolledRNN": Glue(
        "W_ih; W_hh; b_h", make=lambda cls, s: cls(s.L, s.D, s.H, s.H), head=("W_ho", "b_o")
    ),
    "many_to_one_linears:SentimentRNN": Glue(
        "i2h.weight; h2h.weight; i2h.bias",
        make=headed,
        head=("classifier.weight", "classifier.bias"),
        layout="NLD",
        last_step=True,
    ),
    "in_out_hid_raw:RNN": classic("W_xh.T; W_hh.T; b_h", make=headed, head=("W_hy", "b_y")),
    "one_hot_lm_uwv:RNNLanguageModel": classic("U; W; b", call=step_by_step),
    "uwv_other_sense:ElmanNet": Glue("W.T; U.T; b", make=headed, head=("V", "c"), layout="NLD"),
    "steps_and_batch_in_constructor:BasicRNN": Glue(
        "Wx.T; Wy.T; b[0]", make=lambda cls, s: cls(s.N, s.L, s.D, s.H), layout="NLD"
    ),
    "d2l_class:RNNScratch": Glue("W_xh.T; W_hh.T; b_h", state=tuple_of_one),
    "last_hidden_encoder:Encoder": Glue(
        "x2h.weight; h2h.weight; x2h.bias; h2h.bias", layout="NLD", last_step=True
    ),
    "cell_linears:RNNCell": Glue("ih.weight; hh.weight; ih.bias; hh.bias", **CELL),
    "cell_columns:RNNCell": Glue("Wax; Waa; ba[:, 0]", cell=True, layout="DN", state=columns, required=True),
    "cell_hidden_then_output:RNNCell": Glue(
        "W_hx; W_hh; b_h", make=seven_outputs, call=lambda m, x, h: m(x, h)[0], **CELL
    ),
    "cell_optional_state:ElmanCell": Glue(
        "x2h.weight; h2h.weight; x2h.bias; h2h.bias", cell=True, state=rows
    ),
    "seed_notebook:rnn_forward": Glue(
        call=lambda f, w, x, h: f(x, *four(w), h), layout="NLD", state=stacked, required=True
    ),
    "seed_notebook:bidirectional_rnn_forward": Glue(
        call=lambda f, w, x, h: f(x, *four(w), h[:1], *four(w, "_reverse"), h[1:]),
        layout="NLD",
        state=stacked,
        required=True,
        directions=(2,),
    ),
    "seed_notebook:rnn_forward_multilayers": Glue(
        call=lambda f, w, x, h: f(x, *lists(w, w.layers)), layout="NLD", layers=DEEP
    ),
    "seed_notebook:bidirectional_rnn_forward_multilayers": Glue(
        call=lambda f, w, x, h: f(x, *lists(w, w.layers), *lists(w, w.layers, "_reverse")),
        layout="NLD",
        layers=DEEP,
        directions=(2,),
    ),
    "seed_notebook:RNN": Glue(
        "W_ih{d}[{k}]; W_hh{d}[{k}]; B_ih{d}[{k}]; B_hh{d}[{k}]",
        make=deep_and_both,
        layout="NLD",
        layers=DEEP,
        directions=BOTH,
    ),
    "function_wx_wh_b:rnn_forward": Glue(
        call=lambda f, w, x, h: f(x, h, w.weight_ih_l0.T, w.weight_hh_l0.T, w.b),
        layout="NLD",
        state=rows,
        required=True,
    ),
    "function_weights_first:my_rnn": Glue(
        call=lambda f, w, x, h: f(*four(w), x) if h is None else f(*four(w), x, h), state=stacked
    ),
    "function_uwb_list:elman": Glue(
        call=lambda f, w, x, h: f(x, w.weight_ih_l0, w.weight_hh_l0, w.b, h), state=rows, required=True
    ),
    "function_columns_ldn:forward_pass": Glue(
        call=lambda f, w, x, h: turned(*f(x, h, w.weight_ih_l0, w.weight_hh_l0, w.b[:, None])),
        layout="LDN",
        state=columns,
        required=True,
    ),
    "function_columns_dnl:rnn_forward": Glue(
        call=lambda f, w, x, h: turned(*f(x, h, w.weight_ih_l0, w.weight_hh_l0, w.b[:, None])),
        layout="DNL",
        state=columns,
        required=True,
    ),
    "function_scan_state_first:rnn": Glue(
        call=lambda f, w, x, h: f(h, x, w.weight_hh_l0.T, w.weight_ih_l0.T, w.b)[::-1],
        state=rows,
        required=True,
    ),
    "function_step:rnn_step": Glue(
        call=lambda f, w, x, h: f(x, h, w.weight_ih_l0.T, w.weight_hh_l0.T, w.b), **CELL
    ),
    "function_step_with_output:step": Glue(
        call=lambda f, w, x, h: f(x, h, w.weight_ih_l0, w.weight_hh_l0, w.weight_hh_l0, w.b, 0.0)[1], **CELL
    ),
    "numpy_cs231n:rnn_forward": Glue(observe=numpy_by_hand.sequence, state=rows, required=True),
    "numpy_cs231n:rnn_step_forward": Glue(observe=numpy_by_hand.steps, state=rows, required=True),
    "numpy_deeplearning_ai:rnn_forward": Glue(observe=numpy_by_hand.columns, state=columns, required=True),
    "numpy_forward_only:simple_rnn": Glue(observe=numpy_by_hand.forward_only),
    "numpy_class:RNN": Glue(observe=numpy_by_hand.class_of_arrays, state=rows, required=True),
    "function_bidirectional:birnn": Glue(call=lambda f, w, x, h: f(x, *two_sides(w)), directions=(2,)),
    "d2l_function:rnn": Glue(
        call=lambda f, w, x, h: flat(
            *f(x, h, w.weight_ih_l0.T, w.weight_hh_l0.T, w.b, torch.eye(len(w.b)), 0.0), x
        ),
        state=tuple_of_one,
        required=True,
    ),
    "parameter_dict:RNN": classic("params['W_xh'].T; params['W_hh'].T; params['b_h']", layout="NLD"),
    "module_dict_state_first_out:RecurrentLayer": classic(
        "layers['x2h'].weight; layers['h2h'].weight; layers['h2h'].bias", call=lambda m, x, h: m(x, h)[::-1]
    ),
    "keras_names:SimpleRNN": classic("kernel.T; recurrent_kernel.T; bias", layout="NLD"),
    "lin1_lin2:MyRNN": Glue("lin1.weight; lin2.weight; lin1.bias; lin2.bias", layout="NLD"),
    "linear_i_linear_h:VanillaRNN": Glue(
        "linear_i.weight; linear_h.weight; linear_i.bias; linear_h.bias", state=stacked, required=True
    ),
    "fc_x_fc_h_head:CustomRNN": classic(
        "fc_x.weight; fc_h.weight; fc_x.bias", make=headed, head=("fc_y.weight", "fc_y.bias"), layout="NLD"
    ),
    "in_proj_rec_proj:ElmanLayer": classic(
        "in_proj.weight; rec_proj.weight; in_proj.bias", call=lambda m, x, h: m(x, state=h), layout="NLD"
    ),
    "cells_in_module_list:DeepRNN": Glue(
        "cells[{k}].i2h.weight; cells[{k}].h2h.weight; cells[{k}].i2h.bias; cells[{k}].h2h.bias",
        make=deep,
        layout="NLD",
        state=list,
        layers=DEEP,
    ),
    "plain_list_of_layers:StackedRNN": Glue(
        "layers[{k}].W_ih; layers[{k}].W_hh; layers[{k}].b", make=deep, state=stacked, layers=DEEP
    ),
    "one_based_layer_names:MultiLayerRNN": Glue(
        "W_xh{k1}.T; W_hh{k1}.T; b_h{k1}", make=deep, layout="NLD", layers=DEEP
    ),
    "zero_based_layer_names:RNN": Glue(
        "W_ih{k}; W_hh{k}; b_ih{k}; b_hh{k}", make=deep, state=stacked, layers=DEEP
    ),
    "bidirectional_back_suffix:RNNLayer": Glue(
        "W_xh{d}.T; W_hh{d}.T; b_h{d}", make=both, layout="NLD", directions=BOTH, words=("", "_back")
    ),
    "bidirectional_r_suffix:RNN": Glue(
        "x2h{d}[{k}].weight; h2h{d}[{k}].weight; x2h{d}[{k}].bias",
        make=deep_and_both,
        layers=DEEP,
        directions=BOTH,
        words=("", "_r"),
    ),
    "bidirectional_fw_bw_prefix:BiRNN": Glue(
        "{d}_ih.weight; {d}_hh.weight; {d}_ih.bias; {d}_hh.bias",
        make=both,
        layout="NLD",
        directions=BOTH,
        words=("fw", "bw"),
    ),
    "f_rnn_b_rnn:BiRNNScratch": Glue(
        "{d}_rnn.W_xh.T; {d}_rnn.W_hh.T; {d}_rnn.b_h", state=list, directions=(2,), words=("f", "b")
    ),
    "forward_cells_backward_cells:RNN": Glue(
        "{d}_cells[{k}].wx.weight; {d}_cells[{k}].wh.weight; {d}_cells[{k}].wx.bias",
        make=deep_and_both,
        layout="NLD",
        layers=DEEP,
        directions=BOTH,
        words=("forward", "backward"),
    ),
    "nested_weights:RNN": Glue(
        "; ".join(f"weights[{{k}}][{{j}}]['{name}']" for name in ("W_ih", "W_hh", "b_ih", "b_hh")),
        make=deep_and_both,
        state=stacked,
        layers=DEEP,
        directions=BOTH,
    ),
    "flat_layer_direction:RNN": Glue(
        "cells[{i}].i2h.weight; cells[{i}].h2h.weight; cells[{i}].i2h.bias; cells[{i}].h2h.bias",
        make=deep_and_both,
        layout="NLD",
        state=stacked,
        layers=DEEP,
        directions=BOTH,
    ),
    "flat_direction_first:RNN": Glue(
        "; ".join(f"cells[{{j}} * m.num_layers + {{k}}].{part}" for part in CELL_PARTS),
        make=deep_and_both,
        layers=DEEP,
        directions=BOTH,
    ),
    "nested_direction_first:RNN": Glue(
        "; ".join(f"cells[{{j}}][{{k}}].{part}" for part in CELL_PARTS),
        make=deep_and_both,
        layers=DEEP,
        directions=BOTH,
    ),
    "no_bias:RNN": classic("wax; waa", has_bias=False),
    "columns_inside:RNN": Glue("Wx; Wh; b[:, 0]", call=lambda m, x, h: (m(x)[0], m(x)[1].T), layout="NLD"),
    "row_bias_tuple_state:TanhRNN": Glue("W_xh.T; W_hh.T; b_h[0]", state=tuple_of_one),
    "learned_initial_state:RNN": Glue(
        "linear_x.weight; linear_h.weight; linear_x.bias; linear_h.bias", layout="NLD"
    ),
    "layer_states_required:RNN": Glue(
        "W_ih[{k}].T; W_hh[{k}].T; b[{k}]", make=deep, state=list, required=True, layers=DEEP
    ),
    "nested_submodules:Encoder": Glue(
        "core['cell'].input_to_hidden.weight.T; core['cell'].hidden_to_hidden.weight.T; "
        "core['cell'].input_to_hidden.bias; core['cell'].hidden_to_hidden.bias",
        layout="NLD",
    ),
    "last_logits_and_state:Model": classic(
        "wx.weight; wh.weight; wx.bias; wh.bias",
        make=headed,
        head=("fc.weight", "fc.bias"),
        layout="NLD",
        last_step=True,
    ),
}
