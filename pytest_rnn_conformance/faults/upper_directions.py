"""Mistakes that need two directions and more than one layer."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="upper_layers_built_for_one_direction",
        title="upper layers are built for H input features where two directions come in",
        look_at="the sizes of the upper layers in the constructor",
        mistake=(
            "The input size of an upper layer is hidden_size whatever the number of directions. Everything "
            "runs with one layer or one direction, and raises with both. An upper layer reads 2*H features."
        ),
        fails=("direction.stacks",),
        edits=(Edit("parameters", "parameter_shapes", "num_directions * output_size", "output_size"),),
    ),
    Fault(
        id="upper_reverse_not_flipped_back",
        title="the reverse outputs of upper layers are not put back into order",
        look_at="the reverse direction of the layers above the first",
        mistake=(
            "Only the first layer flips its reverse outputs back. With one layer everything is right. Every "
            "layer puts its reverse outputs back into the order of the input."
        ),
        fails=("direction.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(output, batch_sizes, h_0_layers[index], layer, mode)\n"
                "h_n.extend(h_n_layer)",
                "output, h_n_layer = run_layer(output, batch_sizes, h_0_layers[index], layer, mode)\n"
                "if index > 0 and layer.reverse is not None:\n"
                "    ahead, back = output.chunk(2, dim=-1)\n"
                "    output = torch.cat([ahead, back.flip(0)], dim=-1)\n"
                "h_n.extend(h_n_layer)",
            ),
        ),
    ),
    Fault(
        id="flipped_back_at_the_end_alone",
        title="upper layers read reverse outputs that are not yet put back into order",
        look_at="what goes from one layer to the next in a bidirectional stack",
        mistake=(
            "The reverse outputs are flipped back only once, after the last layer. One layer is right. Each "
            "layer must do so, as the next one reads both halves of a step together."
        ),
        fails=("direction.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0 and layer.reverse is not None:\n"
                "    ahead, back = output.chunk(2, dim=-1)\n"
                "    output = torch.cat([ahead, back.flip(0)], dim=-1)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="upper_layers_read_halves_swapped",
        title="upper layers read the reverse half first",
        look_at="how both directions are joined for the next layer",
        mistake=(
            "Between layers the halves are joined in the other order than at the end. One layer is right, "
            "and training does not care. The forward half comes first everywhere."
        ),
        fails=("direction.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0 and layer.reverse is not None:\n"
                "    output = torch.cat(output.chunk(2, dim=-1)[::-1], dim=-1)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="upper_reverse_reads_forward_half_twice",
        title="the reverse direction of upper layers reads the forward half twice",
        look_at="the input of the reverse direction in the layers above the first",
        mistake=(
            "In upper layers the reverse direction is given the forward outputs in the place of both halves. "
            "One layer is right, and so is the forward half of the second. Both directions read both halves."
        ),
        fails=("direction.layers",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "output_reverse, h_n_reverse = run_direction(\n    input, batch_sizes, h_0_directions[1]",
                "if input.size(-1) == 2 * output.size(-1):\n"
                "    input = input[..., : output.size(-1)].tile(2)\n"
                "output_reverse, h_n_reverse = run_direction(\n"
                "    input, batch_sizes, h_0_directions[1]",
            ),
        ),
    ),
    Fault(
        id="upper_reverse_w_hh_of_forward",
        title="the reverse direction of upper layers uses W_hh of the forward direction",
        look_at="the weights of the layers above the first",
        mistake=(
            "In upper layers one of the reverse direction's weights is taken from the forward one. One "
            "layer is right. Each direction of each layer has its own W_hh."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0 and layer.reverse is not None:\n"
                "    reverse = layer.reverse._replace(W_hh=layer.forward.W_hh)\n"
                "    layer = layer._replace(reverse=reverse)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="upper_directions_swapped",
        title="the directions of upper layers exchange their weights",
        look_at="the order in which the weights of a layer are taken",
        mistake=(
            "From the second layer on, the forward direction computes with the reverse weights and the other "
            "way round. One layer is right, and training does not care. Take the weights by name."
        ),
        fails=("direction.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0 and layer.reverse is not None:\n"
                "    layer = Layer(layer.reverse, layer.forward)\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
    ),
    Fault(
        id="third_layer_h_0_directions_swapped",
        title="from the third layer on, the directions begin from each other's h_0",
        look_at="which part of h_0 each direction of a layer begins from",
        mistake=(
            "The slots of h_0 are counted so that forward and reverse change places in the layers above the "
            "second. One layer and two layers are right. Slot 2*i + j belongs to layer i, direction j, for "
            "every layer."
        ),
        fails=("initial_state.per_direction",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers[index]",
                "h_0_layers[index] if index < 2 else h_0_layers[index].flip(0)",
            ),
        ),
    ),
    Fault(
        id="third_layer_h_n_directions_swapped",
        title="from the third layer on, h_n holds the reverse direction before the forward one",
        look_at="the order of the directions in h_n, in every layer",
        mistake=(
            "The states of the two directions are exchanged in the layers above the second. The output is "
            "right, and so are one layer and two layers. The forward direction comes first in every layer."
        ),
        fails=("final_state.order",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "h_n.extend(h_n_layer if index < 2 else h_n_layer[::-1])",
            ),
        ),
    ),
    Fault(
        id="dropout_in_eval_with_two_directions",
        title="with two directions dropout acts in eval mode too",
        look_at="whether dropout is told the mode wherever it is called",
        mistake=(
            "A bidirectional stack calls dropout in a place of its own, where it is not told that training "
            "is over. One direction is right. In eval mode dropout does nothing, however many directions "
            "there are."
        ),
        fails=("dropout.off_in_eval",),
        edits=(
            Edit(
                "layers", "run_layers", "training=training", "training=training or layer.reverse is not None"
            ),
        ),
    ),
)
