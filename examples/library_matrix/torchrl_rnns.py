"""torchrl's LSTM and GRU: torch.nn's in Python, so that torch.vmap and torch.compile see through them."""

from torchrl.modules import GRU, LSTM

from pytest_rnn_conformance import Implementation

BOTH = {
    "signature.arguments": "bidirectional=True is refused",
    "signature.defaults": "batch_first is True unless it is given",
    "conventions.strides": "the output lies in memory batch-first",
    "conventions.input_forms": "one sequence (L, D) and a PackedSequence are refused",
}
PROJECTED = {
    "projection.values": "proj_size is taken by the constructor, and forward raises",
    "arguments.initial_state_shape": "an h_0 of another batch, number of layers or rank is broadcast, or cut",
}
lstm = Implementation(LSTM, name="torchrl LSTM", expected_failures=BOTH | PROJECTED)
gru = Implementation(GRU, name="torchrl GRU", expected_failures=BOTH)
