"""An Elman RNN written from scratch, exchangeable with ``torch.nn.RNN``.

Read the files in this order; each uses only those before it:

1. ``recurrence``  the equation, and the loop over the steps
2. ``packing``     sequences of one length or of several, as lists of steps
3. ``layers``      one direction, one layer, a stack of layers
4. ``arguments``   what a call refuses
5. ``options``     what the constructor refuses
6. ``functions``   the four functions, weights in hand
7. ``parameters``  names, shapes, order and initial values of the weights
8. ``module``      ``RNN``, the ``nn.Module``

Letters in shapes: ``L`` steps, ``N`` sequences in the batch, ``D`` input size,
``H`` hidden size, ``k`` layers, ``d`` directions (1 or 2). ``N_t`` is the number of
sequences that have a step ``t``: always ``N``, unless the batch is packed.
"""

from .functions import (
    bidirectional_rnn_forward,
    bidirectional_rnn_forward_multilayers,
    rnn_forward,
    rnn_forward_multilayers,
)
from .module import RNN

__all__ = [
    "RNN",
    "bidirectional_rnn_forward",
    "bidirectional_rnn_forward_multilayers",
    "rnn_forward",
    "rnn_forward_multilayers",
]
