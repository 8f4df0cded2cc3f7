"""Mistakes that are made in train mode alone, where tests in eval mode do not look."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

LAYERS = ("layers", "run_layers")
DROP = (*LAYERS, "output = functional.dropout(output, dropout, training=training)")

FAULTS = (
    Fault(
        id="h_0_detached_in_training",
        title="in train mode h_0 is detached",
        look_at="what becomes of h_0 in train mode",
        mistake=(
            "In train mode the graph is cut at h_0, so that no batch reaches into the one before. An encoder "
            "that computed h_0, or an h_0 that is learned, is not trained. The training loop detaches where "
            "it wants to."
        ),
        fails=("gradients.train_mode_weights",),
        edits=(Edit(*LAYERS, "h_0_layers =", "if training:\n    h_0 = h_0.detach()\nh_0_layers ="),),
    ),
    Fault(
        id="h_n_detached_in_training",
        title="in train mode h_n is detached",
        look_at="what becomes of h_n in train mode",
        mistake=(
            "In train mode h_n is returned without its graph, ready for the next batch. A classifier or a "
            "decoder that reads h_n then teaches the network nothing. The training loop detaches what it "
            "keeps."
        ),
        fails=("gradients.train_mode_weights",),
        edits=(
            Edit(*LAYERS, "torch.stack(h_n)", "torch.stack(h_n).detach() if training else torch.stack(h_n)"),
        ),
    ),
    Fault(
        id="w_hh_not_trained_in_training",
        title="in train mode W_hh gets no gradient",
        look_at="how W_hh is used in train mode",
        mistake=(
            "In train mode the values of W_hh are used without their graph. Forward and the gradient of the "
            "input are right, and W_hh stays what it was when the network was built."
        ),
        fails=("gradients.train_mode_weights",),
        edits=(
            Edit(
                "base",
                "RNNBase.read_weights",
                "getattr(self, name) for",
                "getattr(self, name).data\n"
                "if self.training and 'weight_hh' in name\n"
                "else getattr(self, name)\n"
                "for",
            ),
        ),
    ),
    Fault(
        id="gradient_stops_at_dropout",
        title="the gradient does not pass through dropout",
        look_at="the graph between two layers where dropout acts",
        mistake=(
            "What dropout acts on is detached first, so that the layers below get no gradient. With "
            "dropout=0, and in eval mode, all is right. functional.dropout passes the gradient on to what it "
            "keeps."
        ),
        fails=("gradients.dropout",),
        edits=(
            Edit(
                *DROP,
                "if training and dropout > 0:\n"
                "    output = output.detach()\n"
                "output = functional.dropout(output, dropout, training=training)",
            ),
        ),
    ),
    Fault(
        id="gradient_not_dropped",
        title="the gradient passes through dropout as if nothing were dropped",
        look_at="the gradient of what dropout drops",
        mistake=(
            "What dropout takes away is taken away from the value alone, and the gradient flows as without "
            "dropout. A number that was dropped had no part in the loss and gets no gradient. Multiply by "
            "the mask, inside the graph."
        ),
        fails=("gradients.dropout",),
        edits=(
            Edit(
                *DROP,
                "dropped = functional.dropout(output, dropout, training=training)\n"
                "output = output + (dropped - output).detach()",
            ),
        ),
    ),
    Fault(
        id="bfloat16_in_training",
        title="in train mode the layers are computed in bfloat16",
        look_at="contexts that forward enters in train mode",
        mistake=(
            "Forward enters torch.autocast by itself in train mode, and float32 is then rounded to three "
            "digits. In float64, in which gradients are tested, autocast does nothing. The program chooses "
            "mixed precision, around the call."
        ),
        fails=("dtype.float32_train_mode",),
        also=("other_dtypes.autocast",),
        edits=(
            Edit(
                "base",
                "RNNBase.run",
                "return run_layers(\n"
                "    input,\n"
                "    batch_sizes,\n"
                "    h_0,\n"
                "    layers,\n"
                "    self.mode,\n"
                "    dropout=self.dropout,\n"
                "    training=self.training,\n"
                ")",
                "options = {'dropout': self.dropout, 'training': self.training}\n"
                "with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.training):\n"
                "    return run_layers(input, batch_sizes, h_0, layers, self.mode, **options)",
            ),
        ),
    ),
)
