"""Opacus' DPRNN, DPLSTM and DPGRU: networks for training with differential privacy."""

from opacus.layers import DPGRU, DPLSTM, DPRNN

from pytest_rnn_conformance import Implementation

ALL = {
    "dropout.between_layers_only": "dropout falls on the output of the last layer, too",
    "dropout.recurrence_kept": "dropout falls on the state that the next step begins from",
    "arguments.initial_state_shape": "an h_0 of one sequence is broadcast, more layers are ignored",
    "parameters.replaced": "a weight that is assigned under its name is added, and never read",
    "dtype.every_form": "h_n of packed sequences has torch's default dtype",
    "state_dict.entries": "the biases do not come after the weights",
    "exact.reset_parameters": "there is no reset_parameters",
    "signature.device_and_dtype": "the constructor takes neither device nor dtype",
    "signature.forward": "forward calls h_0 state_init",
}

RNN = {
    "unbatched.shapes": "an input (L, D) gives an output of three axes",
    "signature.attributes": "there is no attribute nonlinearity",
    "signature.positions": "the fourth argument is bias, not nonlinearity",
}
LSTM = {
    "unbatched.shapes": "an input (L, D) gives an output of three axes",
    "signature.arguments": "proj_size is refused",
}
GRU = {
    "conventions.input_forms": "an input (L, D) raises",
    "signature.attributes": "there is no attribute mode",
    "messages.sizes": "sizes of 0 or less are taken: num_layers=0 is a network without layers",
}
rnn = Implementation(DPRNN, name="opacus DPRNN", expected_failures=ALL | RNN)
lstm = Implementation(DPLSTM, name="opacus DPLSTM", expected_failures=ALL | LSTM)
gru = Implementation(DPGRU, name="opacus DPGRU", expected_failures=ALL | GRU)
