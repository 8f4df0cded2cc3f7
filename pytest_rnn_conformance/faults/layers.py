"""Mistakes in how layers are stacked."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="upper_layers_read_raw_input",
        title="upper layers read the input of the network where its size fits",
        look_at="what an upper layer reads",
        mistake=(
            "Every layer is given the input of the network, wherever input_size equals the size that it was "
            "built for. It runs, and the layers below are idle. Each layer reads the output of the one below."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "run_layer(output,",
                "run_layer(input if input.size(-1) == layer.forward.W_ih.size(1) else output,",
            ),
        ),
    ),
    Fault(
        id="upper_layers_read_first_layer",
        title="every upper layer reads the output of the first layer",
        look_at="what the layers from the third on read",
        mistake=(
            "The variable that is passed up is not assigned again after the first layer. Two layers are "
            "right, three are not. Each layer reads the output of the one directly below."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit("layers", "run_layers", "run_layer(output,", "run_layer(first if index > 0 else output,"),
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "if index == 0:\n    first = output\nh_n.extend(h_n_layer)",
            ),
        ),
    ),
    Fault(
        id="upper_layers_read_last_state",
        title="upper layers read the last state of the layer below at every step",
        look_at="what goes from one layer to the next",
        mistake=(
            "The last state of the layer below is passed up and repeated, not its output sequence. So the "
            "first step of an upper layer knows the whole sequence. Pass the whole output up, step by step."
        ),
        fails=("forward.causal",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "run_layer(output,",
                "run_layer(output[-1:].expand_as(output) if index > 0 else output,",
            ),
        ),
    ),
    Fault(
        id="upper_layers_one_step_late",
        title="upper layers read the layer below one step late",
        look_at="which step of the layer below an upper layer reads",
        mistake=(
            "An upper layer is computed before the layer below has been brought up to date, so at step t it "
            "reads the output of step t - 1. One layer is right. At step t it reads the output of step t."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0:\n"
                "    output = torch.cat([torch.zeros_like(output[:1]), output[:-1]])\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="residual_layers",
        title="the input of an upper layer is added to its output",
        look_at="what becomes of the output of an upper layer",
        mistake=(
            "Each upper layer adds what it has read to what it puts out, as residual networks do. The shapes "
            "fit and it trains well. In torch.nn.RNN the output of a layer is its states alone."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(output,",
                "below = output\noutput, h_n_layer = run_layer(output,",
            ),
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "output = output + below if index > 0 else output\nh_n.extend(h_n_layer)",
            ),
        ),
    ),
    Fault(
        id="output_of_first_layer",
        title="the output is that of the first layer",
        look_at="which layer's output is returned",
        mistake=(
            "All layers are run, and h_n is right, but the output returned is that of the first layer. One "
            "layer is right. Return the output of the last layer."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "first = output if index == 0 else first\nh_n.extend(h_n_layer)",
            ),
            Edit("layers", "run_layers", "return output,", "return first,"),
        ),
    ),
    Fault(
        id="two_layers_at_most",
        title="layers above the second are built and never run",
        look_at="over which layers the loop runs",
        mistake=(
            "The loop ends after the second layer, whatever num_layers is. One layer and two layers are "
            "right. All layers are run."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit("layers", "run_layers", "in enumerate(layers):", "in enumerate(layers[:2]):"),
            Edit(
                "layers",
                "run_layers",
                "return output, torch.stack(h_n)",
                "h_n.extend([torch.zeros_like(h_n[0])] * (len(h_0) - len(h_n)))\n"
                "return output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="w_hh_of_first_layer",
        title="all layers use W_hh of the first layer",
        look_at="the weights that the upper layers are given",
        mistake=(
            "An index is missing, so the upper layers compute with W_hh of the first layer and their own is "
            "never read. As all are (H, H), nothing raises. Each layer has its own W_hh."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "forward = layer.forward._replace(W_hh=layers[0].forward.W_hh)\n"
                "layer = layer._replace(forward=forward)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="biases_of_first_layer",
        title="all layers use the biases of the first layer",
        look_at="the weights that the upper layers are given",
        mistake=(
            "The upper layers add the biases of the first layer, and their own are never read. Biases of "
            "zero do not show it. Each layer has its own biases."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "below = layers[0].forward\n"
                "forward = layer.forward._replace(B_ih=below.B_ih, B_hh=below.B_hh)\n"
                "layer = layer._replace(forward=forward)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="upper_layers_reversed",
        title="the layers above the first are run in the wrong order",
        look_at="the order in which the layers are run",
        mistake=(
            "The last layer is run directly after the first one. One layer and two layers are right. Run "
            "the layers from the first to the last."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers", "run_layers", "in enumerate(layers):", "in enumerate([layers[0], *layers[:0:-1]]):"
            ),
        ),
    ),
    Fault(
        id="state_passed_up",
        title="each layer begins from the last state of the layer below",
        look_at="the state that an upper layer begins from",
        mistake=(
            "One state variable serves all layers and is not reset between them. One layer is right. Without "
            "an h_0 every layer begins from zeros."
        ),
        fails=("forward.causal",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers[index]",
                "torch.stack(h_n_layer) if index > 0 else h_0_layers[0]",
            ),
        ),
    ),
    Fault(
        id="upper_layers_begin_from_first_end",
        title="all upper layers begin from the last state of the first layer",
        look_at="the state that the upper layers begin from",
        mistake=(
            "The state of the first layer, as it is after the last step, is where all upper layers begin. "
            "One layer is right. Without an h_0 every layer begins from zeros."
        ),
        fails=("forward.causal",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers[index]",
                "torch.stack(h_n[: len(h_n_layer)]) if index > 0 else h_0_layers[0]",
            ),
        ),
    ),
    Fault(
        id="upper_layers_always_tanh",
        title="upper layers always use tanh",
        look_at="the options that the upper layers are given",
        mistake=(
            "The option nonlinearity reaches the first layer alone. With tanh, the default, nothing shows. "
            "All layers use the same nonlinearity."
        ),
        fails=("forward.relu_stacks",),
        also=("gradients.relu",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "layer, mode)",
                'layer, mode if index == 0 else "RNN_TANH")',
            ),
        ),
    ),
    Fault(
        id="ten_layers_sorted_as_text",
        title="more than ten layers are run in the order of their names as text",
        look_at="the order in which the layers are run",
        mistake=(
            "The parameters are sorted by name, where l10 comes before l2. Up to ten layers are right. Count "
            "the layers, and take each by its number."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "base", "RNNBase.read_weights", "in self.parameter_names]", "in sorted(self.parameter_names)]"
            ),
        ),
    ),
    Fault(
        id="upper_layers_sized_by_input",
        title="upper layers are built for the size of the network's input",
        look_at="the input size of the layers above the first",
        mistake=(
            "Every layer is built to read input_size features. The layers above the first read the hidden "
            "states of the layer below; while D equals H nothing shows."
        ),
        fails=("parameters.shapes",),
        also=("forward.runs",),
        edits=(Edit("parameters", "parameter_shapes", "= num_directions * output_size", "= input_size"),),
    ),
)
