"""Mistakes in where dropout acts: in which gap between layers, on which half, for which batches."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

GAP = ("layers", "run_layers", "if index > 0:")
DROP = ("layers", "run_layers", "output = functional.dropout(output, dropout, training=training)")
TRAINING = ("base", "RNNBase.run", "training=self.training,")

FAULTS = (
    Fault(
        id="dropout_in_first_gap_alone",
        title="dropout acts between the first two layers alone",
        look_at="between which layers dropout acts in a stack of three",
        mistake=(
            "Dropout follows the first layer and no other. Two layers are right; in higher stacks the upper "
            "layers read everything. It belongs after every layer but the last."
        ),
        fails=("dropout.every_gap",),
        edits=(Edit(*GAP, "if index == 1:"),),
    ),
    Fault(
        id="dropout_in_last_gap_alone",
        title="dropout acts below the last layer alone",
        look_at="between which layers dropout acts in a stack of three",
        mistake=(
            "Dropout comes once, before the last layer. Two layers are right; in higher stacks the lower "
            "layers are not regularised. It belongs after every layer but the last."
        ),
        fails=("dropout.every_gap",),
        edits=(Edit(*GAP, "if 0 < index == len(layers) - 1:"),),
    ),
    Fault(
        id="dropout_on_forward_half",
        title="of a bidirectional layer, dropout falls on the forward half alone",
        look_at="which features of a bidirectional layer dropout falls on",
        mistake=(
            "Dropout acts on the first H features of what is passed up; with two directions there are 2H, "
            "and the reverse half stays whole. One direction is right. Drop after the halves are joined."
        ),
        fails=("dropout.every_gap",),
        edits=(
            Edit(
                *DROP,
                "half = h_0.size(-1)\n"
                "forward_half = functional.dropout(output[..., :half], dropout, training=training)\n"
                "output = torch.cat([forward_half, output[..., half:]], dim=-1)",
            ),
        ),
    ),
    Fault(
        id="dropout_mask_of_all_layers",
        title="one dropout mask serves all layers",
        look_at="how often a dropout mask is drawn in a stack of three layers",
        mistake=(
            "The mask is drawn once per call and used between every two layers. The same units are dropped "
            "all the way up, and as many are left as between two layers. Draw a mask each time."
        ),
        fails=("dropout.every_gap",),
        edits=(
            Edit(
                *DROP,
                "if index == 1:\n"
                "    mask = functional.dropout(torch.ones_like(output), dropout, training=training)\n"
                "output = output * mask",
            ),
        ),
    ),
    Fault(
        id="no_dropout_with_batch_first",
        title="with batch_first there is no dropout",
        look_at="on what it depends whether dropout acts",
        mistake=(
            "The code for batch-first input leaves dropout out. Time-first input is right. Turn the input, "
            "and let the same code do the rest."
        ),
        fails=("dropout.every_batch",),
        edits=(Edit(*TRAINING, "training=self.training and not self.batch_first,"),),
    ),
    Fault(
        id="no_dropout_for_batch_of_one",
        title="a batch of one sequence has no dropout",
        look_at="on what it depends whether dropout acts",
        mistake=(
            "Where there is one sequence, it is taken that the network is in use and not in training. "
            "Training with a batch size of 1 is then without dropout. The mode alone decides."
        ),
        fails=("dropout.every_batch",),
        edits=(Edit(*TRAINING, "training=self.training and h_0.size(1) > 1,"),),
    ),
    Fault(
        id="dropout_mask_repeated",
        title="the same numbers are dropped at every call",
        look_at="where the random numbers of dropout come from",
        mistake=(
            "Each call makes a generator with a fixed seed, and so draws the same mask: the dropped numbers "
            "are never trained. Use torch's own generator, which goes on from call to call."
        ),
        fails=("exact.dropout_mask",),
        also=("dropout.every_gap",),
        edits=(
            Edit(
                *DROP,
                "with torch.random.fork_rng(devices=[]):\n"
                "    torch.default_generator.manual_seed(0)\n"
                "    output = functional.dropout(output, dropout, training=training)",
            ),
        ),
    ),
)
