"""RNN, LSTM and GRU written from scratch, exchangeable with those of ``torch.nn``.

Read the files in this order; each uses only those before it:

 1. ``recurrence``  the equation of an Elman network, and the loop over the steps
 2. ``lstm``        the equations of an LSTM
 3. ``gru``         the equations of a GRU
 4. ``modes``       these recurrences by torch's words for them
 5. ``packing``     sequences of one length or of several, as lists of steps
 6. ``layers``      one direction, one layer, a stack of layers
 7. ``arguments``   what a call refuses
 8. ``options``     what the constructors refuse
 9. ``functions``   four functions, weights in hand
10. ``parameters``  names, shapes, order and initial values of the weights
11. ``base``        what the modules share: all but the constructors
12. ``module``      ``RNN``, ``LSTM`` and ``GRU``, each an ``nn.Module``
13. ``cells``       ``RNNCell``, ``LSTMCell`` and ``GRUCell``: one step, the loop left to you

Letters in shapes: ``L`` steps, ``N`` sequences in the batch, ``D`` input size,
``H`` hidden size, ``k`` layers, ``d`` directions (1 or 2). ``N_t`` is the number of
sequences that have a step ``t``: always ``N``, unless the batch is packed. ``G`` is the
number of gates: 1 in an RNN, 4 in an LSTM, 3 in a GRU. ``P`` is the number of columns of
h_t: ``H``, unless an LSTM projects it to fewer. ``S`` is the number of columns of what is
carried from step to step: ``P``, and in an LSTM ``P + H``, for c_t is carried too.
"""

from .cells import GRUCell, LSTMCell, RNNCell
from .functions import (
    bidirectional_rnn_forward,
    bidirectional_rnn_forward_multilayers,
    rnn_forward,
    rnn_forward_multilayers,
)
from .module import GRU, LSTM, RNN

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "bidirectional_rnn_forward",
    "bidirectional_rnn_forward_multilayers",
    "rnn_forward",
    "rnn_forward_multilayers",
]
