"""What the kit must say of each implementation of the corpus, as it stands: nothing is declared."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One implementation.

    Args:
        file: its file in implementations/, without .py.
        name: the class or function.
        fails: the checks that must fail at level core; empty: it is right.
        inferred: what must stand in the lines that say what was found out.
        note: the convention, or the mistake.
        refused: what must stand in the message that asks for a change or a declaration instead of judging.
        limit: why what is right for what it is cannot pass.

    """

    file: str
    name: str
    fails: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    note: str = ""
    refused: tuple[str, ...] = ()
    limit: str = ""

    @property
    def key(self) -> str:
        return f"{self.file}:{self.name}"


CELLS = (
    Entry(
        "char_tutorial_cell",
        "RNN",
        inferred=("i2h.weight[:, :D]",),
        note="[x, h] in one Linear; (output, hidden)",
    ),
    Entry(
        "tutorial_i2o_cell",
        "NameGenerator",
        inferred=("i2h.weight[:, D:]",),
        note="output off [x, h], not off the new state",
    ),
    Entry("cell_linears", "RNNCell", inferred=("ih.weight", "hh.weight"), note="(x_t, h) -> h in rows"),
    Entry(
        "cell_columns", "RNNCell", inferred=("weight_ih = Wax", "bias = ba"), note="columns; n_x, n_a, a_prev"
    ),
    Entry("cell_hidden_then_output", "RNNCell", inferred=("weight_ih = W_hx",), note="(h, y)"),
    Entry("cell_optional_state", "ElmanCell", inferred=("x2h.weight",), note="hx may be left out"),
)

HEADS = (
    Entry(
        "state_first_concatenated_head",
        "SimpleRNN",
        inferred=("batch-first", "W.weight[:, H:]"),
        note="[h, x]; logits",
    ),
    Entry(
        "vanilla_rnn_fixed_sizes",
        "VanillaRNN",
        inferred=("batch-first", "weight_ih = W_hx", "num_hidden=hidden_size"),
        note="(seq_length, in, hid, classes, batch_size)",
    ),
    Entry(
        "logits_list_fixed_T",
        "UnrolledRNN",
        inferred=("time-first", "weight_hh = W_hh"),
        note="T; a list of logits",
    ),
    Entry(
        "many_to_one_linears",
        "SentimentRNN",
        inferred=("batch-first", "bias = i2h.bias"),
        note="last step only",
    ),
    Entry(
        "in_out_hid_raw", "RNN", inferred=("weight_ih = W_xh.T", "n_out"), note="(in, out, hid); (logits, h)"
    ),
    Entry(
        "one_hot_lm_uwv",
        "RNNLanguageModel",
        inferred=("weight_ih = U", "weight_hh = W"),
        note="U input; vocab_size is D and O",
    ),
    Entry(
        "uwv_other_sense",
        "ElmanNet",
        inferred=("weight_ih = W.T", "weight_hh = U.T"),
        note="W input, U recurrent",
    ),
    Entry(
        "fc_x_fc_h_head",
        "CustomRNN",
        inferred=("batch-first", "weight_hh = fc_h.weight"),
        note="one head on all steps",
    ),
    Entry("last_logits_and_state", "Model", inferred=("batch-first", "wx.weight"), note="(last logits, h)"),
)

FUNCTIONS = (
    Entry("seed_notebook", "rnn_forward", inferred=("batch-first",), note="the seed's, as it was"),
    Entry(
        "seed_notebook",
        "bidirectional_rnn_forward",
        inferred=("batch-first",),
        note="W_reverse_ih, h_reverse_0",
    ),
    Entry(
        "seed_notebook", "rnn_forward_multilayers", inferred=("batch-first",), note="a list of weights a role"
    ),
    Entry(
        "seed_notebook",
        "bidirectional_rnn_forward_multilayers",
        inferred=("batch-first",),
        note="lists of both",
    ),
    Entry(
        "function_wx_wh_b", "rnn_forward", inferred=("batch-first", "Wx.T"), note="(x, h0, Wx, Wh, b) -> h"
    ),
    Entry("function_weights_first", "my_rnn", inferred=("time-first", "W_ih"), note="weights, x, h0=None"),
    Entry(
        "function_uwb_list", "elman", inferred=("time-first",), note="U input, W recurrent; h last; a list"
    ),
    Entry("function_columns_ldn", "forward_pass", inferred=("Wxh",), note="(L, D, N), bh (H, 1), h_n (H, N)"),
    Entry("function_columns_dnl", "rnn_forward", inferred=("Wax",), note="(D, N, L), ba (H, 1), h_n (H, N)"),
    Entry(
        "function_scan_state_first", "rnn", inferred=("time-first", "Wx.T"), note="h0 first; (h_n, output)"
    ),
    Entry("function_step", "rnn_step", inferred=("W_xh.T",), note="(x, h, ...) -> h"),
    Entry("function_step_with_output", "step", inferred=("Wxh",), note="-> y, h; Why and by are a head's"),
    Entry("function_bidirectional", "birnn", inferred=("time-first", "W_xh_f.T"), note="_f and _b"),
    Entry(
        "d2l_function",
        "rnn",
        inferred=("time-first", "W_xh.T"),
        note="state (H,); rows of all steps, (L*N, O)",
    ),
    Entry("numpy_cs231n", "rnn_forward", inferred=("batch-first", "Wx.T"), note="-> h, cache; rnn_backward"),
    Entry("numpy_cs231n", "rnn_step_forward", inferred=("Wx.T",), note="-> next_h, cache; rnn_step_backward"),
    Entry(
        "numpy_deeplearning_ai",
        "rnn_forward",
        inferred=("Wax",),
        note="(x, a0, parameters) -> a, y_pred, caches; (n_x, m, T_x)",
    ),
    Entry(
        "numpy_forward_only", "simple_rnn", inferred=("time-first",), note="W input, U recurrent; no backward"
    ),
    Entry(
        "numpy_class",
        "RNN",
        inferred=("weight_ih = Wxh.T", "learning_rate=0.01"),
        note="arrays in attributes",
    ),
)

NAMES = (
    Entry("seed_notebook", "RNN", inferred=("batch-first", "W_ih"), note="W_ih_reverse.1"),
    Entry(
        "steps_and_batch_in_constructor",
        "BasicRNN",
        inferred=("batch-first", "weight_hh = Wy.T"),
        note="n_steps, n_neurons; Wx and Wy",
    ),
    Entry("d2l_class", "RNNScratch", inferred=("time-first", "W_xh.T"), note="a list of steps, state (H,)"),
    Entry(
        "last_hidden_encoder", "Encoder", inferred=("batch-first", "x2h.weight"), note="the last state alone"
    ),
    Entry(
        "parameter_dict", "RNN", inferred=("batch-first", "W_xh"), note="ParameterDict; written into zeros"
    ),
    Entry(
        "module_dict_state_first_out", "RecurrentLayer", inferred=("time-first", "x2h"), note="(h_n, output)"
    ),
    Entry(
        "keras_names",
        "SimpleRNN",
        inferred=("weight_ih = kernel.T", "weight_hh = recurrent_kernel.T"),
        note="units; output alone",
    ),
    Entry("lin1_lin2", "MyRNN", inferred=("weight_ih = lin1.weight",), note="names that say nothing"),
    Entry(
        "linear_i_linear_h",
        "VanillaRNN",
        inferred=("time-first", "weight_ih = linear_i.weight"),
        note="h0 required",
    ),
    Entry(
        "in_proj_rec_proj",
        "ElmanLayer",
        inferred=("weight_hh = rec_proj.weight",),
        note="batch_first=True; forward(x, mask, state)",
    ),
    Entry(
        "cells_in_module_list",
        "DeepRNN",
        inferred=("batch-first", "i2h.weight"),
        note="a list of states, in and out",
    ),
    Entry("plain_list_of_layers", "StackedRNN", inferred=("time-first", "W_ih"), note="layer after layer"),
    Entry("one_based_layer_names", "MultiLayerRNN", inferred=("batch-first", "W_xh"), note="W_xh1, W_xh2"),
    Entry("zero_based_layer_names", "RNN", inferred=("time-first", "W_ih"), note="W_ih0, W_ih1"),
    Entry("bidirectional_back_suffix", "RNNLayer", inferred=("batch-first", "W_xh"), note="W_xh_back"),
    Entry("bidirectional_r_suffix", "RNN", inferred=("time-first", "x2h"), note="x2h_r.0"),
    Entry(
        "bidirectional_fw_bw_prefix",
        "BiRNN",
        inferred=("batch-first", "fw_ih.weight"),
        note="fw_ih and bw_ih",
    ),
    Entry(
        "f_rnn_b_rnn",
        "BiRNNScratch",
        refused=("weights for both directions", "f_rnn.W_xh", "b_rnn.W_xh", "bidirectional"),
        note="always in both directions; lists",
    ),
    Entry(
        "forward_cells_backward_cells",
        "RNN",
        inferred=("batch-first", "forward_cells"),
        note="two lists of cells",
    ),
    Entry(
        "nested_weights", "RNN", inferred=("time-first", "weights"), note="weights[layer][direction]['W_ih']"
    ),
    Entry(
        "flat_layer_direction", "RNN", inferred=("batch-first", "cells"), note="cells[layer * 2 + direction]"
    ),
    Entry(
        "nested_submodules",
        "Encoder",
        inferred=("input_to_hidden.weight.T",),
        note="an own Affine, (in, out)",
    ),
    Entry("flat_direction_first", "RNN", inferred=("cells",), note="cells[direction * k + layer]"),
    Entry("nested_direction_first", "RNN", inferred=("cells",), note="cells[direction][layer]"),
)

STATES = (
    Entry(
        "no_bias",
        "RNN",
        fails=("forward.first_step", "parameters.registered"),
        inferred=("weight_ih = wax",),
        note="no bias at all",
        limit="torch.nn.RNN has biases unless it is told otherwise, and there is nothing to tell",
    ),
    Entry(
        "columns_inside", "RNN", inferred=("batch-first", "weight_ih = Wx"), note="bias (H, 1), h_n (H, N)"
    ),
    Entry(
        "row_bias_tuple_state",
        "TanhRNN",
        inferred=("weight_ih = W_xh.T",),
        note="bias (1, H); (output, (h,))",
    ),
    Entry(
        "learned_initial_state",
        "RNN",
        inferred=("batch-first", "linear_x.weight"),
        note="h0 is a parameter, 0",
    ),
    Entry("layer_states_required", "RNN", inferred=("time-first", "W_ih"), note="a list of states, required"),
)

WRONG = (
    Entry("function_transposed_recurrent", "rnn_forward", ("forward.recurrence",), note="x @ Wx, h @ Wh.T"),
    Entry(
        "cell_columns_transposed_recurrent", "RNNCell", ("forward.recurrence",), note="W_xh @ x, W_hh.T @ h"
    ),
    Entry(
        "classifier_transposed_recurrent",
        "ReviewClassifier",
        ("forward.recurrence",),
        note="h @ Linear.weight; last step only",
    ),
    Entry("product_turned_by_shape", "RNN", ("forward.first_step",), note="W.T where x @ W does not fit"),
    Entry("tutorial_cell_without_tanh", "RNN", ("forward.first_step",), note="hidden = i2h(combined)"),
    Entry("function_reverse_left_reversed", "bidirectional", ("direction.reverse_flipped_back",)),
    Entry("reverse_reads_input_forwards", "RNN", ("direction.reverse_flipped_back",), note="names with _r"),
    Entry("bias_on_batch_axis", "VanillaRNN", ("forward.runs",), note="(H, N) + (H,) runs where N is H or 1"),
    Entry("given_state_forgotten", "DecoderRNN", ("initial_state.used",)),
    Entry(
        "layers_read_raw_input",
        "StackedRNN",
        ("parameters.shapes", "forward.runs"),
        note="and is sized for it",
    ),
    Entry("bidirectional_last_step_as_state", "BiRNN", ("final_state.reverse_at_first_step",)),
    Entry(
        "numpy_backward_without_carry",
        "rnn_forward",
        ("gradients.through_time",),
        note="dh_next is forgotten",
    ),
    Entry(
        "numpy_backward_without_derivative", "rnn_forward", ("gradients.through_time",), note="no 1 - h**2"
    ),
    Entry("numpy_class_state_not_carried", "RNN", ("parameters.take_effect",), note="hs[-1] for hs[t - 1]"),
    Entry("numpy_backward_bias_of_one_step", "rnn_forward", ("gradients.parameters",), note="db = for db +="),
    Entry("numpy_step_backward_transposed", "rnn_step_forward", ("gradients.through_time",), note="dz @ Wh"),
    Entry("steps_share_one_buffer", "RNN", ("forward.causal",), note="h[:] = ..., and h appended"),
    Entry(
        "batch_viewed_as_time",
        "RNN",
        ("forward.batch_rows_independent", "forward.causal"),
        note="reshape for transpose mixes rows and steps",
    ),
    Entry(
        "state_cut_in_classifier", "CharClassifier", ("gradients.through_time",), note="detach every 8 steps"
    ),
    Entry("upper_layers_are_one_cell", "DeepRNN", ("layers.stacked",), note="[Cell(h, h)] * (n - 1)"),
    Entry(
        "state_reset_every_step", "Tagger", ("parameters.take_effect",), note="init_hidden within the loop"
    ),
)

JUDGED = (*CELLS, *HEADS, *FUNCTIONS, *NAMES, *STATES)
RIGHT = tuple(entry for entry in JUDGED if not entry.refused and not entry.limit)
REFUSED = tuple(entry for entry in JUDGED if entry.refused)
LIMITED = tuple(entry for entry in JUDGED if entry.limit)
ENTRIES = (*JUDGED, *WRONG)
