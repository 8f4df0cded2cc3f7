"""The decomposed LSTM in float32, which calls a kernel that checks no sizes: to be judged isolated."""

from decompositions import DEVIATIONS, LSTM

from pytest_rnn_conformance import Implementation

lstm = Implementation(
    LSTM,
    name="torch._decomp LSTM, float32",
    expected_failures=DEVIATIONS
    | {
        "arguments.initial_state_shape": "an h_0 of one sequence for a batch of several ends the interpreter",
        "arguments.empty_batch": "a batch without sequences ends the interpreter",
    },
)
