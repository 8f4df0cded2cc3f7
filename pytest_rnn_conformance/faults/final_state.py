"""Mistakes in the final state."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="h_n_is_h_0",
        title="h_n is h_0",
        look_at="which state is returned as h_n",
        mistake=(
            "The state that was given is returned, as if the loop had not changed it. The output is right. "
            "h_n is the state after the last step."
        ),
        fails=("final_state.last_step",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = h_0"),),
    ),
    Fault(
        id="h_n_one_step_early",
        title="h_n is the state before the last step",
        look_at="which state is returned as h_n",
        mistake=(
            "h_n is taken before the last step is computed, one step too early. The output is right. h_n is "
            "the state after the last step."
        ),
        fails=("final_state.last_step",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = [h_0, *states][-2]"),),
    ),
    Fault(
        id="h_n_of_first_step",
        title="h_n is the state after the first step that is read",
        look_at="which state is returned as h_n",
        mistake=(
            "The first of the states is returned, not the last. The output is right, and so is a sequence of "
            "one step. h_n is the state after the last step."
        ),
        fails=("final_state.last_step",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = states[0]"),),
    ),
    Fault(
        id="h_n_averaged",
        title="h_n is the mean of all states",
        look_at="which state is returned as h_n",
        mistake=(
            "The states of all steps are averaged, as is done to sum up a sequence. The output is right, and "
            "so is a sequence of one step. h_n is the state after the last step alone."
        ),
        fails=("final_state.last_step",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = sum(states) / len(states)"),),
    ),
    Fault(
        id="h_n_zero",
        title="h_n is zeros",
        look_at="where h_n is filled",
        mistake=(
            "h_n is made as zeros, and the states are never written into it. The output is right. h_n is the "
            "state after the last step."
        ),
        fails=("final_state.last_step",),
        also=("dropout.initial_state_kept",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = torch.zeros_like(h_0)"),),
    ),
    Fault(
        id="h_n_of_first_sequence",
        title="h_n holds the state of the first sequence for all of them",
        look_at="which rows of the batch h_n holds",
        mistake=(
            "An index drops the batch axis, and one row is spread over the batch. Batches of one do not show "
            "it. h_n has a row for each sequence."
        ),
        fails=("final_state.last_step",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = states[-1][:1].expand_as(h_0)"),),
    ),
    Fault(
        id="h_n_of_last_layer_alone",
        title="h_n holds the last layer alone",
        look_at="which layers h_n holds",
        mistake=(
            "The states of the layers below are not kept. One layer is right. h_n holds the last state of "
            "every layer, the first one first."
        ),
        fails=("forward.shapes",),
        edits=(Edit("layers", "run_layers", "torch.stack(h_n)", "torch.stack(h_n_layer)"),),
    ),
    Fault(
        id="h_n_of_last_layer_repeated",
        title="h_n repeats the state of the last layer",
        look_at="which layers h_n holds",
        mistake=(
            "The last layer's state stands in h_n once for every layer. Shapes and output are right, and so "
            "is one layer. h_n[i] is the last state of layer i."
        ),
        fails=("final_state.layers",),
        edits=(Edit("layers", "run_layers", "torch.stack(h_n)", "torch.stack(h_n_layer * len(layers))"),),
    ),
    Fault(
        id="h_n_layers_reversed",
        title="h_n holds the last layer first",
        look_at="the order of the layers in h_n",
        mistake=(
            "The layers stand in h_n from the last to the first, as where each new state is put in front. "
            "The output is right, and so is one layer. h_n begins with the layer that reads the input."
        ),
        fails=("final_state.layers",),
        edits=(Edit("layers", "run_layers", "h_n.extend(h_n_layer)", "h_n = h_n_layer + h_n"),),
    ),
    Fault(
        id="h_n_reshaped",
        title="the layers and sequences of h_n are mixed by a reshape",
        look_at="how h_n is brought into its shape",
        mistake=(
            "h_n is given its shape by view or reshape where two axes should be exchanged, so that states "
            "land in the wrong layer and sequence. One layer read one way, or one sequence, does not show "
            "it. Stack the states on the first axis."
        ),
        fails=("final_state.layers",),
        also=(
            "final_state.reverse_at_first_step",
            "transforms.export_with_any_batch",
        ),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "torch.stack(h_n)",
                "torch.stack(h_n, dim=1).reshape(len(h_n), *h_n[0].shape)",
            ),
        ),
    ),
    Fault(
        id="h_n_all_forward_first",
        title="h_n holds all forward states and then all reverse ones",
        look_at="the order of layers and directions in h_n",
        mistake=(
            "The states are collected by direction first and by layer second. The output is right whatever "
            "this order is. It is: first layer forward, first layer reverse, second layer forward, and so on."
        ),
        fails=("final_state.order",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "torch.stack(h_n)",
                "torch.stack([h for j in range(len(h_n_layer)) for h in h_n[j :: len(h_n_layer)]])",
            ),
        ),
    ),
    Fault(
        id="h_n_reverse_first",
        title="h_n holds the reverse direction before the forward one",
        look_at="the order of the directions in h_n",
        mistake=(
            "In each layer the states of the two directions are exchanged. The output is right. The forward "
            "direction comes first."
        ),
        fails=("final_state.reverse_at_first_step",),
        edits=(Edit("layers", "run_layer", "[h_n, h_n_reverse]", "[h_n_reverse, h_n]"),),
    ),
    Fault(
        id="reverse_h_n_at_last_step",
        title="h_n of the reverse direction is its output at the last step",
        look_at="the step at which h_n of the reverse direction is taken",
        mistake=(
            "h_n is taken from output[-1] for both directions, where the reverse direction has read a single "
            "step. The output is right. The reverse direction ends at step 0: its h_n is output[0]."
        ),
        fails=("final_state.reverse_at_first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "states = states[::-1]",
                "states = states[::-1]\nh_n = states[-1] if batch_sizes is None else h_n",
            ),
        ),
    ),
    Fault(
        id="forward_h_n_at_first_step",
        title="where there are two directions, h_n of the forward one is its output at step 0",
        look_at="the step at which h_n of the forward direction is taken",
        mistake=(
            "With two directions, h_n is taken from output[0] for both, where the forward direction has read "
            "a single step. One direction is right, and so is the output. The forward direction ends at the "
            "last step."
        ),
        fails=("final_state.reverse_at_first_step",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "return output, [h_n, h_n_reverse]",
                "return output, [output[0, ..., : h_n.size(-1)].expand_as(h_n), h_n_reverse]",
            ),
        ),
    ),
    Fault(
        id="h_n_of_sixteen_sequences",
        title="h_n of the sequences after the sixteenth of a batch is zeros",
        look_at="how many sequences h_n has room for",
        mistake=(
            "There is room for sixteen sequences in h_n, and the states of all others stay zero. The output "
            "is right, and so are small batches. Take the batch size from the input."
        ),
        fails=("final_state.last_step",),
        also=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "h_n = states[-1]",
                "h_n = functional.pad(states[-1][:16], (0, 0, 0, len(h_0[16:])))",
            ),
        ),
    ),
)
