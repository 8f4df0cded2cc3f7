"""torch.nn's networks as torch's Python decompositions compute them, which compilers use for the kernels."""

from torch import nn
from torch._dispatch.python import enable_python_dispatcher

from pytest_rnn_conformance import Implementation


class Decomposed:
    """Calls the decompositions where torch.nn calls its kernels, and leaves h_0 to them, too."""

    def forward(self, input, hx=None):
        with enable_python_dispatcher():
            return super().forward(input, hx)

    def check_forward_args(self, input, hidden, batch_sizes):
        self.check_input(input, batch_sizes)


class RNN(Decomposed, nn.RNN):
    """torch.nn.RNN, decomposed."""


class LSTM(Decomposed, nn.LSTM):
    """torch.nn.LSTM, decomposed."""


class GRU(Decomposed, nn.GRU):
    """torch.nn.GRU, decomposed."""


DEVIATIONS = {
    "dropout.on_in_train": "dropout stands under a condition that never holds, and is lost",
    "arguments.initial_state_shape": "an h_0 of one sequence is broadcast, more layers are ignored",
    "messages.input": "a sequence without steps raises, in the words of torch.cat",
}
rnn = Implementation(RNN, name="torch._decomp RNN", expected_failures=DEVIATIONS)
lstm = Implementation(LSTM, name="torch._decomp LSTM", expected_failures=DEVIATIONS)
gru = Implementation(GRU, name="torch._decomp GRU", expected_failures=DEVIATIONS)
