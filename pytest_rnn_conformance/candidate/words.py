"""What the authors of from-scratch RNNs call torch's arguments; torch's own name first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CONSTRUCTOR_NAMES: Mapping[str, str] = {
    "input_size": (
        "input_size dims input_dim input_dims in_features in_dim in_size n_in nin num_inputs num_input "
        "n_inputs n_input input_features n_features num_features feature_dim feature_size d_in dim_in x_dim "
        "n_x data_dim embedding_dim embed_dim emb_dim embed_size embedding_size emb_size ninp "
        "indim inputs idim input_len D"
    ),
    "hidden_size": (
        "hidden_size hidden_dims hidden_dim hidden_features num_hiddens num_hidden n_hidden n_hiddens "
        "hid_dim hidden_units num_units n_units units hidden nhid hid_size d_hidden dim_hidden h_dim n_h "
        "n_a n_neurons state_size state_dim rnn_size rnn_units hidden_num num_hidden_units hidden_len "
        "n_hid hid n_nodes num_nodes nodes H"
    ),
    "num_layers": "num_layers n_layers layers depth num_layer n_layer nlayers layer_num num_hidden_layers",
    "nonlinearity": "nonlinearity activation",
    "bias": "bias use_bias with_bias",
    "batch_first": "batch_first",
    "dropout": "dropout dropout_rate dropout_prob dropout_p drop_prob p_dropout drop_rate",
    "bidirectional": "bidirectional bidir bi_directional",
    "proj_size": "proj_size projection_size",
    "device": "device",
    "dtype": "dtype",
}
"""What the constructors of from-scratch RNNs call torch's arguments; torch's own name first."""

OTHER_NAMES: Mapping[str, str] = {
    "output_size": (
        "output_size output_dim out_dim out_size n_out num_outputs num_output n_outputs n_output num_classes "
        "n_classes nclasses num_class class_num out_features output_features d_out dim_out n_y y_dim "
        "vocab_size n_vocab target_size num_labels n_labels n_categories output_len output O"
    ),
    "seq_length": "seq_length seq_len sequence_length time_steps timesteps num_steps n_steps steps T",
    "batch_size": "batch_size batch bs N B",
}
"""What torch.nn.RNN has no argument for: the outputs of a head, and sizes that torch leaves to the input."""

HARMLESS: Mapping[str, object] = {"learning_rate": 0.01, "lr": 0.01, "eta": 0.01, "seed": 0, "name": "rnn"}
"""Arguments that a constructor may require and that no forward depends on, with a value for each."""

STATE_NAMES = (
    "hx",
    "h_0",
    "h0",
    "hidden",
    "state",
    "h",
    "H",
    "h_prev",
    "initial_state",
    "hidden_state",
    "prev_h",
    "init_state",
    "hidden_prev",
    "prev_hidden",
    "h_t",
    "h_tm1",
    "ht",
    "hprev",
    "h_init",
    "hidden_0",
    "last_hidden",
    "prev_state",
    "a0",
    "a_prev",
    "s0",
    "s_prev",
    "s",
    "a",
    "states",
    "hiddens",
    "hs",
    "hc",
    "h_c",
    "H_C",
    "init_states",
    "initial_states",
    "hidden_states",
    "prev_states",
    "memory_state",
)
"""What forward methods call h_0, or an LSTM's (h_0, c_0)."""

STATE_WORDS = frozenset({"h", "hx", "h0", "hidden", "hiddens", "state", "states", "hc"})
TIME_WORDS = frozenset({"0", "init", "initial", "start", "prev", "previous", "last"})
"""Words that say of a state that it is the first: `state_init`, `initial_hidden_state`."""

CELL_NAMES = (
    "c",
    "c_0",
    "c0",
    "cx",
    "cell",
    "cell_state",
    "c_prev",
    "prev_c",
    "c_t",
    "ct",
    "c_tm1",
    "cprev",
    "c_init",
    "init_c",
    "cell_prev",
    "prev_cell",
    "cell_0",
    "memory",
    "cs",
    "cells",
)
"""What forward methods call c_0, where it is an argument of its own."""

INPUT_NAMES = (
    "input",
    "inputs",
    "x",
    "xs",
    "x_t",
    "xt",
    "seq",
    "sequence",
    "features",
    "data",
    "input_seq",
    "x_seq",
)
"""What functions call their input."""


def is_state_name(name: str) -> bool:
    """Whether forward methods call h_0 so, or an LSTM's (h_0, c_0)."""
    words = set(name.lower().split("_"))
    return name in STATE_NAMES or (words <= STATE_WORDS | TIME_WORDS and bool(words & STATE_WORDS))


def called(synonyms: str, named: Iterable[str]) -> list[str]:
    """Return the arguments that have one of these names, the likeliest name first; in any case."""
    exact = list(named)
    by_name = {own.lower(): own for own in exact if len(own) > 1} | {own: own for own in exact}
    return list(dict.fromkeys(by_name[word] for word in synonyms.split() if word in by_name))
