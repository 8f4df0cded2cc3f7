"""Mistakes in the biases."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="b_ih_missing",
        title="b_ih is never added",
        look_at="the biases in the formula of a step",
        mistake=(
            "Only b_hh is added, so b_ih has no effect and is never trained. A network whose biases begin at "
            "zero does not show it. Both biases are added."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return B_hh"),),
    ),
    Fault(
        id="b_hh_missing",
        title="b_hh is never added",
        look_at="the biases in the formula of a step",
        mistake=(
            "Only b_ih is added, so b_hh has no effect and is never trained. A network whose biases begin at "
            "zero does not show it. Both biases are added."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return B_ih"),),
    ),
    Fault(
        id="b_ih_twice",
        title="b_ih is added twice, in the place of b_hh",
        look_at="which biases are added",
        mistake=(
            "The same bias is added with both products. Where both biases have the same values, nothing "
            "shows. Add b_ih and b_hh, once each."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return B_ih + B_ih"),),
    ),
    Fault(
        id="b_hh_subtracted",
        title="b_hh is subtracted",
        look_at="the biases in the formula of a step",
        mistake=(
            "b_hh has the wrong sign. Training learns the opposite values, so that only weights from "
            "elsewhere show it. Both biases are added."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return B_ih - B_hh"),),
    ),
    Fault(
        id="biases_averaged",
        title="the mean of the two biases is added, not their sum",
        look_at="where the two biases become one",
        mistake=(
            "The two biases are averaged. Both have an effect, and training makes up for the half, so that "
            "only weights from elsewhere show it. Add them."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return (B_ih + B_hh) / 2"),),
    ),
    Fault(
        id="bias_at_first_step_alone",
        title="the biases are added at the first step alone",
        look_at="where the biases are added",
        mistake=(
            "The biases enter once, before the loop, and not at every step. Sequences of one step are right. "
            "Every step adds both biases."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "projected = functional.linear(input, weights.W_ih)\n"
                "if bias is not None:\n"
                "    projected[0] += bias\n"
                "return projected",
            ),
        ),
    ),
    Fault(
        id="b_hh_skipped_at_first_step",
        title="b_hh is left out of the first step",
        look_at="the first step that is read",
        mistake=(
            "Where there is no state yet, the recurrent term is left out, and b_hh with it. All later steps "
            "add it, so the error fades. With a state of zeros the term is b_hh, not nothing."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "projected = split_steps(MODES[mode].project(input, weights), batch_sizes)\n"
                "if reverse:\n    projected = projected[::-1]",
                "projected = split_steps(MODES[mode].project(input, weights), batch_sizes)\n"
                "if reverse:\n    projected = projected[::-1]\n"
                "if weights.B_hh is not None and not h_0.any():\n"
                "    projected = [projected[0] - weights.B_hh, *projected[1:]]",
            ),
        ),
    ),
    Fault(
        id="bias_after_nonlinearity",
        title="the biases are added to the output, after the nonlinearity",
        look_at="where the biases are added",
        mistake=(
            "The biases are added when all steps are done, so they neither go through the nonlinearity nor "
            "enter the state that is carried. Without biases the network is right. Add them before the "
            "nonlinearity, at every step."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "MODES[mode].project(input, weights)",
                "functional.linear(input, weights.W_ih)",
            ),
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if weights.B_ih is not None:\n"
                "    output = output + weights.B_ih + weights.B_hh",
            ),
        ),
    ),
    Fault(
        id="bias_false_keeps_biases",
        title="bias=False is ignored",
        look_at="what the constructor does with the option bias",
        mistake=(
            "The biases are made and added whatever the option says. Nothing raises, and with bias=True all "
            "is right. With bias=False there are no biases."
        ),
        fails=("forward.no_bias",),
        also=("state_dict.names",),
        edits=(Edit("base", "RNNBase.__init__", "bias=bias,", "bias=True,"),),
    ),
    Fault(
        id="bias_false_raises",
        title="a bias of None is added where bias=False",
        look_at="the sum of the biases when there are none",
        mistake=(
            "With bias=False the biases are None, and adding them raises. Nobody notices who always uses "
            "biases. Leave the sum out where there is nothing to add."
        ),
        fails=("forward.no_bias",),
        edits=(
            Edit(
                "recurrence",
                "fused_bias",
                "if B_ih is None:\n    return B_hh\nif B_hh is None:\n    return B_ih\nreturn",
                "return",
            ),
        ),
    ),
    Fault(
        id="bias_along_batch",
        title="the biases run along the batch where it has as many rows as there are hidden units",
        look_at="along which axis the biases are added",
        mistake=(
            "The biases are added along the axis whose size fits, and where the batch has H rows that is the "
            "wrong one. All other batches are right. The biases belong to the features, the last axis."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "if bias is not None and len(bias) == input.size(-2):\n"
                "    return functional.linear(input, weights.W_ih) + bias.unsqueeze(-1)\n"
                "return functional.linear(input, weights.W_ih, bias)",
            ),
        ),
    ),
    Fault(
        id="b_hh_in_first_layer_alone",
        title="b_hh is added in the first layer alone",
        look_at="the weights that the upper layers are given",
        mistake=(
            "The upper layers are given only three of their four weights. One layer is right, and biases of "
            "zero do not show it. Every layer adds both biases."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "base",
                "RNNBase.layers",
                "directions = [Weights(*w[:2], *no_biases, *w[2:]) for w in self.read_weights()]",
                "first = self.num_directions\n"
                "directions = [\n"
                "    Weights(*(weights if index < first else weights[:3]))\n"
                "    for index, weights in enumerate(self.read_weights())\n"
                "]",
            ),
        ),
    ),
    Fault(
        id="reverse_biases_of_forward",
        title="the reverse direction uses the biases of the forward direction",
        look_at="the biases of the reverse direction",
        mistake=(
            "Both directions add the same biases, and those of the reverse direction are never read. Biases "
            "of zero do not show it. Each direction has biases of its own."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "output_reverse, h_n_reverse = run_direction(\n"
                "    input, batch_sizes, h_0_directions[1], layer.reverse, mode, reverse=True\n",
                "biases = {name: getattr(layer.forward, name) for name in ('B_ih', 'B_hh')}\n"
                "reverse = layer.reverse._replace(**biases)\n"
                "output_reverse, h_n_reverse = run_direction(\n"
                "    input, batch_sizes, h_0_directions[1], reverse, mode, reverse=True\n",
            ),
        ),
    ),
)
