"""Mistakes in what dropout drops, and when."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

LAYERS = ("layers", "run_layers")
DROP = (*LAYERS, "output = functional.dropout(output, dropout, training=training)")
RETURN = (*LAYERS, "return output, torch.stack(h_n)")

FAULTS = (
    Fault(
        id="dropout_in_eval_mode",
        title="dropout acts in eval mode too",
        look_at="what tells dropout whether the network is being trained",
        mistake=(
            "functional.dropout drops unless it is told otherwise: without training=self.training every "
            "prediction is a random one. The module nn.Dropout knows the mode by itself, the function does "
            "not."
        ),
        fails=("dropout.off_in_eval",),
        edits=(Edit(*DROP, "output = functional.dropout(output, dropout)"),),
    ),
    Fault(
        id="dropout_scales_in_eval_mode",
        title="dropout scales in eval mode instead of in train mode",
        look_at="where the numbers are scaled to make up for those that are dropped",
        mistake=(
            "As in the first papers on dropout, everything is multiplied by 1 - p in eval mode. torch "
            "divides what is kept by 1 - p in train mode, so that eval mode needs no factor; trained weights "
            "do not fit both ways."
        ),
        fails=("dropout.off_in_eval",),
        edits=(
            Edit(
                *DROP,
                "if training:\n"
                "    output = output * (torch.rand_like(output) >= dropout)\n"
                "else:\n"
                "    output = output * (1 - dropout)",
            ),
        ),
    ),
    Fault(
        id="dropout_computed_and_unused",
        title="the result of dropout is not used",
        look_at="what becomes of the result of dropout",
        mistake=(
            "Dropout does not work in place: it returns a new tensor. Here the layer above reads the old "
            "one, and the network overfits as if dropout were 0."
        ),
        fails=("dropout.on_in_train",),
        edits=(Edit(*DROP, "functional.dropout(output, dropout, training=training)"),),
    ),
    Fault(
        id="dropout_on_last_layer",
        title="dropout falls on the output of the last layer too",
        look_at="which layers' output dropout falls on",
        mistake=(
            "Dropout follows every layer, and so the output itself has zeros in train mode. It belongs "
            "between layers; whoever wants it on the output adds it after the network."
        ),
        fails=("dropout.between_layers_only",),
        edits=(
            Edit(
                *RETURN,
                "output = functional.dropout(output, dropout, training=training)\n"
                "return output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="dropout_on_single_layer",
        title="a single layer has dropout on its output",
        look_at="what dropout does where there is one layer",
        mistake=(
            "Stacks are right, but where there is one layer, dropout falls on its output. Between layers "
            "means that a single layer has none; torch warns of that."
        ),
        fails=("dropout.between_layers_only",),
        edits=(
            Edit(
                *RETURN,
                "if len(layers) == 1:\n"
                "    output = functional.dropout(output, dropout, training=training)\n"
                "return output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="dropout_on_input_of_stack",
        title="dropout falls on the input of the first layer",
        look_at="which layers read what dropout has acted on",
        mistake=(
            "Dropout comes before every layer of a stack instead of between two, so that the first layer "
            "reads an input with holes. A single layer is right."
        ),
        fails=("dropout.between_layers_only",),
        edits=(Edit(*LAYERS, "if index > 0:", "if len(layers) > 1:"),),
    ),
    Fault(
        id="dropout_on_w_hh",
        title="dropout falls on W_hh",
        look_at="what dropout acts on",
        mistake=(
            "In train mode elements of W_hh are dropped, for all steps alike. That is another method, which "
            "language models use; here dropout acts on what goes from layer to layer, and a single layer has "
            "none."
        ),
        fails=("dropout.recurrence_kept",),
        edits=(
            Edit(
                "base",
                "RNNBase.run",
                "check_devices(input, h_0, layers)",
                "check_devices(input, h_0, layers)\n"
                "share = self.dropout if self.training else 0.0\n"
                "layers = [\n"
                "    Layer(*(w and w._replace(W_hh=nn.functional.dropout(w.W_hh, share)) for w in layer))\n"
                "    for layer in layers\n"
                "]",
            ),
        ),
    ),
    Fault(
        id="dropout_on_h_0",
        title="dropout falls on h_0",
        look_at="what is done with h_0 in train mode",
        mistake=(
            "In train mode elements of h_0 are dropped. Calls without an h_0 show nothing but that more "
            "random numbers are drawn; a sequence that is run in pieces loses part of its state at each cut."
        ),
        fails=("dropout.initial_state_kept",),
        also=("exact.dropout_mask",),
        edits=(Edit(*LAYERS, "h_0.chunk(", "functional.dropout(h_0, dropout, training=training).chunk("),),
    ),
    Fault(
        id="dropout_on_last_h_n",
        title="dropout falls on h_n of the last layer",
        look_at="what is done with h_n of the last layer in train mode",
        mistake=(
            "The last layer's h_n, which a classifier often reads, has zeros in train mode. The next piece "
            "of the sequence then begins from zeros as well. Put dropout into the classifier."
        ),
        fails=("dropout.states_kept",),
        also=("dropout.initial_state_kept",),
        edits=(
            Edit(
                *RETURN,
                "if len(layers) > 1:\n"
                "    h_n[-1] = functional.dropout(h_n[-1], dropout, training=training)\n"
                "return output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="dropout_not_scaled",
        title="what dropout keeps is not scaled up",
        look_at="what becomes of the numbers that are kept",
        mistake=(
            "What is kept must be divided by 1 - p. Without it the layer above reads smaller numbers in "
            "training than in use, and the network is worse in eval mode than it was in training."
        ),
        fails=("dropout.scaled",),
        also=("exact.dropout_mask",),
        edits=(Edit(*DROP, "if training:\n    output = output * (torch.rand_like(output) >= dropout)"),),
    ),
    Fault(
        id="dropout_is_share_kept",
        title="dropout is taken for the share that is kept",
        look_at="the probability that dropout is given",
        mistake=(
            "dropout=0.1 drops nine of ten numbers. Some libraries give the share that is kept; torch gives "
            "the share that is dropped. With 0.5 both are the same."
        ),
        fails=("dropout.scaled",),
        edits=(
            Edit(
                *DROP,
                "share = 1 - dropout if dropout > 0 else 0.0\n"
                "output = functional.dropout(output, share, training=training)",
            ),
        ),
    ),
    Fault(
        id="dropout_twice",
        title="dropout is applied twice between two layers",
        look_at="how often dropout acts between two layers",
        mistake=(
            "Dropout stands after a layer and again before the next. With dropout=0.5 three of four numbers "
            "are dropped, and those that are kept are four times as large."
        ),
        fails=("dropout.scaled",),
        also=("exact.dropout_mask",),
        edits=(
            Edit(
                *DROP,
                "for _ in range(2):\n    output = functional.dropout(output, dropout, training=training)",
            ),
        ),
    ),
    Fault(
        id="dropout_mask_of_all_steps",
        title="one dropout mask serves all time steps",
        look_at="the shape of the dropout mask",
        mistake=(
            "The same features are dropped at every time step. That is variational dropout, another method; "
            "torch draws anew for every number."
        ),
        fails=("dropout.fresh_mask",),
        also=("exact.dropout_mask",),
        edits=(
            Edit(
                *DROP,
                "mask = functional.dropout(torch.ones_like(output[0]), dropout, training=training)\n"
                "output = output * mask",
            ),
        ),
    ),
    Fault(
        id="dropout_mask_of_all_sequences",
        title="one dropout mask serves the whole batch",
        look_at="the shape of the dropout mask",
        mistake=(
            "The same numbers are dropped in every sequence of the batch, so that a batch teaches less than "
            "it could. Draw the mask in the shape of the output, batch and all."
        ),
        fails=("dropout.fresh_mask",),
        also=("exact.dropout_mask",),
        edits=(
            Edit(
                *DROP,
                "mask = functional.dropout(torch.ones_like(output[:, :1]), dropout, training=training)\n"
                "output = output * mask",
            ),
        ),
    ),
    Fault(
        id="dropout_of_whole_steps",
        title="dropout drops all features of a step at once",
        look_at="which function drops, and what it takes for a channel",
        mistake=(
            "dropout1d drops whole channels, and what it takes for a channel here are all features of one "
            "step of a sequence. functional.dropout drops single numbers."
        ),
        fails=("dropout.fresh_mask",),
        also=("exact.dropout_mask",),
        edits=(Edit(*DROP, "output = functional.dropout1d(output, dropout, training=training)"),),
    ),
    Fault(
        id="dropout_of_one_is_nan",
        title="with dropout=1 the next layer reads NaN",
        look_at="the division that makes up for what is dropped",
        mistake=(
            "A mask written by hand divides by 1 - p. For p = 1, which torch allows, that is 0 / 0. "
            "functional.dropout takes care of it."
        ),
        fails=("dropout.everything",),
        also=("exact.dropout_mask",),
        edits=(
            Edit(
                *DROP,
                "if training and dropout > 0:\n"
                "    output = output * (torch.rand_like(output) >= dropout) / (1 - dropout)",
            ),
        ),
    ),
    Fault(
        id="dropout_draws_in_eval_mode",
        title="random numbers are drawn in eval mode too",
        look_at="what is computed of dropout in eval mode",
        mistake=(
            "The mask is drawn in every mode and used in train mode alone. Outputs are right, but each "
            "evaluation moves torch's generator, and with it all that is drawn afterwards in training."
        ),
        fails=("exact.dropout_mask",),
        edits=(
            Edit(
                *DROP,
                "mask = functional.dropout(torch.ones_like(output), dropout)\n"
                "output = output * mask if training else output",
            ),
        ),
    ),
)
