"""Mistakes in the reverse direction, and in how two directions are joined."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="reverse_output_not_flipped",
        title="the outputs of the reverse direction are not put back into the order of the input",
        look_at="the outputs of the reverse direction, before both directions are joined",
        mistake=(
            "The reverse outputs stand in the order in which they were read, so that the two halves of a "
            "step speak of different inputs. Shapes and h_n are right. Flip the reverse outputs along time "
            "before joining them."
        ),
        fails=("direction.reverse_flipped_back",),
        edits=(Edit("layers", "run_direction", "states = states[::-1]", "states = list(states)"),),
    ),
    Fault(
        id="reverse_input_not_flipped",
        title="the reverse direction reads the input forwards, and its outputs are flipped",
        look_at="the order in which the reverse direction reads the input",
        mistake=(
            "The input of the reverse direction is not flipped; its outputs are. Shapes are right, and so "
            "is a sequence of one step. The reverse direction reads from the last step to the first."
        ),
        fails=("direction.reverse_flipped_back",),
        edits=(
            Edit("layers", "run_direction", "projected = projected[::-1]", "projected = list(projected)"),
        ),
    ),
    Fault(
        id="reverse_reads_forwards",
        title="both directions read from the first step to the last",
        look_at="what makes the reverse direction a reverse one",
        mistake=(
            "Nothing is flipped at all: the second direction is another forward one, with weights of its "
            "own. It trains, and never sees what follows a step. Flip its input along time, and its outputs "
            "back."
        ),
        fails=("direction.reverse_flipped_back",),
        edits=(
            Edit("layers", "run_direction", "projected = projected[::-1]", "projected = list(projected)"),
            Edit("layers", "run_direction", "states = states[::-1]", "states = list(states)"),
        ),
    ),
    Fault(
        id="reverse_flips_batch",
        title="the input of the reverse direction is flipped along the batch axis",
        look_at="the axis along which the input of the reverse direction is flipped",
        mistake=(
            "The order of the sequences is reversed instead of the order of the steps, so that the reverse "
            "half of each output belongs to another sequence. With one sequence nothing is mixed. Flip the "
            "time axis: the first of (L, N, D), the second of (N, L, D)."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "projected = projected[::-1]",
                "projected = [p_t.flip(0) for p_t in projected]",
            ),
        ),
    ),
    Fault(
        id="reverse_stops_before_step_0",
        title="the reverse direction stops before the first step",
        look_at="where the loop of the reverse direction ends",
        mistake=(
            "A range that counts down ends before its second number: range(L - 1, 0, -1) never reaches 0. "
            "The reverse half of the first output stays zero, and all others are right. Count down to -1."
        ),
        fails=("direction.reverse_flipped_back",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "states = states[::-1]",
                "states = [torch.zeros_like(states[-1]), *states[-2::-1]]",
            ),
        ),
    ),
    Fault(
        id="halves_swapped",
        title="the reverse half of the output comes before the forward half",
        look_at="how the outputs of both directions are joined",
        mistake=(
            "The two halves are joined in the wrong order. Training does not care, so that only weights "
            "from elsewhere show it. The forward direction has the first H features."
        ),
        fails=("direction.forward_half",),
        edits=(Edit("layers", "run_layer", "[output, output_reverse]", "[output_reverse, output]"),),
    ),
    Fault(
        id="halves_interleaved",
        title="the features of both directions alternate",
        look_at="how the outputs of both directions are joined",
        mistake=(
            "The features are joined one by one, forward and reverse in turn, as by stacking on a new last "
            "axis and flattening. The shape is right. All forward features come first."
        ),
        fails=("direction.forward_half",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "torch.cat([output, output_reverse], dim=-1)",
                "torch.stack([output, output_reverse], dim=-1).flatten(-2)",
            ),
        ),
    ),
    Fault(
        id="directions_summed_at_the_end",
        title="the last layer's directions are added, not joined",
        look_at="what becomes of both directions' outputs in the last layer",
        mistake=(
            "The outputs of both directions are added, which keeps H features. What the reverse direction "
            "saw can no longer be told from what the forward one saw. Join them, to 2*H features."
        ),
        fails=("forward.shapes",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "return output, torch.stack(h_n)",
                "if layers[0].reverse is not None:\n"
                "    output = sum(output.chunk(2, dim=-1))\n"
                "return output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="directions_averaged",
        title="the directions are averaged in every layer, not joined",
        look_at="how the outputs of both directions become the input of the next layer",
        mistake=(
            "The mean of both directions is passed on, so that upper layers have weights for H input "
            "features only. It trains. Join the directions: an upper layer reads 2*H features."
        ),
        fails=("forward.shapes",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "torch.cat([output, output_reverse], dim=-1)",
                "(output + output_reverse) / 2",
            ),
            Edit("parameters", "parameter_shapes", "num_directions * output_size", "output_size"),
        ),
    ),
    Fault(
        id="reverse_weights_of_forward",
        title="the reverse direction uses the weights of the forward direction",
        look_at="the weights that the reverse direction is given",
        mistake=(
            "Both directions compute with the same weights, and those of the reverse direction are never "
            "read or trained. Shapes and the forward half are right. Each direction has its own weights."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("layers", "run_layer", "layer.reverse, mode", "layer.forward, mode"),),
    ),
    Fault(
        id="reverse_w_hh_of_forward",
        title="the reverse direction uses W_hh of the forward direction",
        look_at="the weights that the reverse direction is given",
        mistake=(
            "One of the reverse direction's weights is taken from the other direction, as after copying a "
            "line. Sequences of one step are right. Each direction has its own W_hh."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "layer.reverse, mode",
                "layer.reverse._replace(W_hh=layer.forward.W_hh), mode",
            ),
        ),
    ),
    Fault(
        id="reverse_w_ih_of_forward",
        title="the reverse direction uses W_ih of the forward direction",
        look_at="the weights that the reverse direction is given",
        mistake=(
            "One of the reverse direction's weights is taken from the other direction, as where the "
            "projected input is computed once for both. All shapes are right. Each direction has its own "
            "W_ih."
        ),
        fails=("parameters.take_effect",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "layer.reverse, mode",
                "layer.reverse._replace(W_ih=layer.forward.W_ih), mode",
            ),
        ),
    ),
    Fault(
        id="reverse_begins_from_forward_end",
        title="the reverse direction begins from the last state of the forward direction",
        look_at="the state that the reverse direction begins from",
        mistake=(
            "The state is passed on from the forward direction to the reverse one. Shapes and the forward "
            "half are right. Without an h_0 both directions begin from zeros."
        ),
        fails=("direction.reverse_flipped_back",),
        edits=(Edit("layers", "run_layer", "h_0_directions[1], layer", "h_n, layer"),),
    ),
    Fault(
        id="reverse_always_tanh",
        title="the reverse direction always uses tanh",
        look_at="the options that the reverse direction is given",
        mistake=(
            "The option nonlinearity does not reach the reverse direction. With tanh, the default, nothing "
            "shows. Both directions use the same nonlinearity."
        ),
        fails=("forward.relu_stacks",),
        also=("gradients.relu",),
        edits=(Edit("layers", "run_layer", "layer.reverse, mode", 'layer.reverse, "RNN_TANH"'),),
    ),
    Fault(
        id="sixteen_sequences_at_most_in_reverse",
        title="the reverse direction leaves out the sequences after the sixteenth of a batch",
        look_at="how the reverse outputs of a large batch are stored",
        mistake=(
            "There is room for sixteen sequences in the reverse outputs, and those of all others stay zero. "
            "Small batches are right. Take the batch size from the input."
        ),
        fails=("direction.reverse_flipped_back",),
        also=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if batch_sizes is None and reverse:\n"
                "    output = functional.pad(output[:, :16], (0, 0, 0, len(h_0[16:])))",
            ),
        ),
    ),
)
