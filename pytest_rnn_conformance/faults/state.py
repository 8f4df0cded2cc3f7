"""Mistakes in the initial state."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="h_0_ignored",
        title="h_0 is ignored",
        look_at="what forward does with h_0",
        mistake=(
            "An h_0 is accepted, and every sequence begins from zeros all the same. Long sequences hardly "
            "show it, as they forget where they began. Begin the first step from h_0."
        ),
        fails=("initial_state.used",),
        edits=(Edit("base", "RNNBase.initial_state", "return hx", "return torch.zeros_like(hx)"),),
    ),
    Fault(
        id="h_0_of_first_sequence",
        title="every sequence begins from the h_0 of the first one",
        look_at="which rows of h_0 the sequences of a batch begin from",
        mistake=(
            "An index drops the batch axis, and one row of h_0 is spread over the batch. Batches of one, or "
            "equal rows, do not show it. Each sequence begins from its own row."
        ),
        fails=("initial_state.used",),
        edits=(Edit("base", "RNNBase.initial_state", "return hx", "return hx[:, :1].expand_as(hx)"),),
    ),
    Fault(
        id="h_0_ignored_for_one_step",
        title="h_0 is ignored for sequences of one step",
        look_at="when h_0 is used",
        mistake=(
            "A sequence of one step is computed apart, without the recurrent term. All longer sequences are "
            "right. The first step reads h_0 whatever the length is."
        ),
        fails=("initial_state.used",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return hx",
                "return hx if len(input) > 1 else torch.zeros_like(hx)",
            ),
        ),
    ),
    Fault(
        id="h_0_ignored_in_upper_layers",
        title="h_0 is ignored in all layers but the first",
        look_at="the state that the upper layers begin from",
        mistake=(
            "Only the first layer begins from h_0, the others from zeros. One layer is right. Layer i begins "
            "from its own part of h_0."
        ),
        fails=("initial_state.per_layer",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers[index]",
                "h_0_layers[index] if index == 0 else torch.zeros_like(h_0_layers[index])",
            ),
        ),
    ),
    Fault(
        id="h_0_of_first_layer",
        title="all layers begin from the h_0 of the first layer",
        look_at="the state that the upper layers begin from",
        mistake=(
            "h_0[0] is used for every layer, and the rest of h_0 is never read. One layer, or equal states "
            "for all layers, do not show it. Layer i begins from its own part of h_0."
        ),
        fails=("initial_state.per_layer",),
        edits=(Edit("layers", "run_layers", "h_0_layers[index]", "h_0_layers[0]"),),
    ),
    Fault(
        id="h_0_of_second_layer",
        title="layers above the second begin from the h_0 of the second",
        look_at="the state that the layers from the third on begin from",
        mistake=(
            "The code tells only the first layer from the others, and all others begin from the second part "
            "of h_0. One layer and two layers are right. Layer i begins from its own part of h_0."
        ),
        fails=("initial_state.per_layer",),
        edits=(Edit("layers", "run_layers", "h_0_layers[index]", "h_0_layers[min(index, 1)]"),),
    ),
    Fault(
        id="h_0_layers_reversed",
        title="the layers take their h_0 in reverse order",
        look_at="the order in which the layers take their part of h_0",
        mistake=(
            "The last layer's state comes first in h_0, as if layers were counted from the top. One layer is "
            "right. The first part of h_0 belongs to the layer that reads the input."
        ),
        fails=("initial_state.per_layer",),
        edits=(Edit("layers", "run_layers", "h_0.chunk(len(layers))", "h_0.chunk(len(layers))[::-1]"),),
    ),
    Fault(
        id="h_0_all_forward_first",
        title="h_0 is taken as all forward states and then all reverse ones",
        look_at="how h_0 is divided among layers and directions",
        mistake=(
            "h_0 is divided by direction first and by layer second. One layer or one direction do not show "
            "it. The order is: first layer forward, first layer reverse, second layer forward, and so on."
        ),
        fails=("initial_state.per_direction",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0.chunk(len(layers))",
                "[h_0[index :: len(layers)] for index in range(len(layers))]",
            ),
        ),
    ),
    Fault(
        id="h_0_reshaped",
        title="the layers and sequences of h_0 are mixed by a reshape",
        look_at="how h_0 is divided among the layers",
        mistake=(
            "h_0 is given another shape by view or reshape where two axes should be exchanged, so that "
            "states land in the wrong layer and sequence. One layer read one way, or one sequence, does not "
            "show it. Use transpose, or take h_0[i]."
        ),
        fails=("initial_state.per_layer",),
        also=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return hx",
                "return hx.reshape(batch_size, slots, self.state_size).transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="h_0_axes_guessed",
        title="h_0 is turned where there are as many sequences as layers",
        look_at="how the axes of h_0 are told apart",
        mistake=(
            "The code looks at sizes to find out which axis of h_0 is the batch, and guesses wrong where "
            "both are equal. All other sizes are right. The first axis is always that of layers and "
            "directions."
        ),
        fails=("initial_state.per_layer",),
        also=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return hx",
                "return hx.transpose(0, 1) if hx.size(1) == slots else hx",
            ),
        ),
    ),
    Fault(
        id="h_0_ignored_in_reverse",
        title="h_0 is ignored in the reverse direction",
        look_at="the state that the reverse direction begins from",
        mistake=(
            "Only the forward direction begins from h_0, the reverse one from zeros. One direction is right. "
            "Each direction begins from its own part of h_0."
        ),
        fails=("initial_state.per_direction",),
        edits=(Edit("layers", "run_layer", "h_0_directions[1], layer", "torch.zeros_like(h_n), layer"),),
    ),
    Fault(
        id="reverse_h_0_of_forward",
        title="the reverse direction begins from the h_0 of the forward direction",
        look_at="the state that the reverse direction begins from",
        mistake=(
            "Both directions begin from the same state, and that of the reverse direction is never read. "
            "Without an h_0 nothing shows. Each direction begins from its own part of h_0."
        ),
        fails=("initial_state.per_direction",),
        edits=(Edit("layers", "run_layer", "h_0_directions[1], layer", "h_0_directions[0], layer"),),
    ),
    Fault(
        id="upper_reverse_h_0_ignored",
        title="in upper layers the reverse direction begins from zeros",
        look_at="the state that the reverse direction of upper layers begins from",
        mistake=(
            "The reverse direction reads its h_0 in the first layer alone. One layer or one direction do not "
            "show it. Every direction of every layer begins from its own part of h_0."
        ),
        fails=("initial_state.per_direction",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers[index]",
                "torch.cat([h_0_layers[index][:1], h_0_layers[index][1:] * (index == 0)])",
            ),
        ),
    ),
    Fault(
        id="random_h_0",
        title="without an h_0 the initial state is random",
        look_at="the initial state where none is given",
        mistake=(
            "The default state is drawn anew in each call, so that the same input gives another output each "
            "time. With an h_0 everything is right. The default is zeros."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return input.new_zeros(shape)",
                "return torch.randn_like(input.new_zeros(shape))",
            ),
        ),
    ),
    Fault(
        id="ones_for_h_0",
        title="without an h_0 the initial state is ones",
        look_at="the initial state where none is given",
        mistake=(
            "The default state is made of ones. With an h_0 everything is right, and long sequences forget "
            "where they began. The default is zeros."
        ),
        fails=("forward.first_step",),
        edits=(Edit("base", "RNNBase.initial_state", "input.new_zeros(shape)", "input.new_ones(shape)"),),
    ),
    Fault(
        id="upper_layers_begin_from_ones",
        title="without h_0, the layers above the first begin from ones",
        look_at="what each layer begins from where no h_0 is given",
        mistake=(
            "The default state is made of zeros for the first layer alone. With an h_0 of zeros, the same "
            "network gives another output than without one. All layers begin from zeros."
        ),
        fails=("initial_state.none_is_zeros",),
        also=("layers.stacked",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return input.new_zeros(shape)",
                "h_0 = input.new_ones(shape)\nh_0[: self.num_directions] = 0\nreturn h_0",
            ),
        ),
    ),
    Fault(
        id="h_n_since_h_0",
        title="h_n is the change since h_0, not the state",
        look_at="what is returned as h_n where an h_0 is given",
        mistake=(
            "h_0 is subtracted from the last state. From zeros this is right, and only a sequence that is "
            "read in pieces shows it. h_n is the state itself, ready to be the next h_0."
        ),
        fails=("initial_state.chunks",),
        also=(
            "forward.long_stacks",
            "gradients.layers",
            "dropout.initial_state_kept",
            "dtype.full_precision",
            "dtype.float32_values",
            "unbatched.values",
            "conventions.state_layout",
        ),
        edits=(Edit("layers", "run_layers", "torch.stack(h_n)", "torch.stack(h_n) - h_0"),),
    ),
    Fault(
        id="h_0_made_ready_for_next_call",
        title="after the call, h_0 is set to the last state",
        look_at="what happens to the caller's h_0 at the end of forward",
        mistake=(
            "To be ready for the next call, the last state is copied into the tensor that the caller gave. "
            "The result is right, and so are the gradients; but the caller's h_0 is another than before. "
            "Return h_n, and let the caller keep it."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit("layers", "run_layers", "h_0_layers =", "given, h_0 = h_0, h_0.clone()\nh_0_layers ="),
            Edit(
                "layers",
                "run_layers",
                "return output, torch.stack(h_n)",
                "with torch.no_grad():\n    given.copy_(torch.stack(h_n))\nreturn output, torch.stack(h_n)",
            ),
        ),
    ),
)
