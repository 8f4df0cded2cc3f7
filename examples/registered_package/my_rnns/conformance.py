"""What pytest-rnn-conformance should know of our RNN: declared, so that nothing is left to inference."""

from my_rnns.fold import FoldRNN
from pytest_rnn_conformance import Implementation

fold_rnn = Implementation(
    FoldRNN,
    arguments={"input_size": "n_in", "hidden_size": "n_hidden"},
    parameters={"weight_ih": "kernel.T", "weight_hh": "recurrent.T", "bias": "b"},
    layout="batch_first",
    capabilities=frozenset(
        {"all_steps", "final_state", "initial_state", "any_dtype", "double_backward"},
    ),
    name="FoldRNN",
)
