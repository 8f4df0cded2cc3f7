"""Mistakes that leave the output right and the gradient wrong."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

RECUR = ("recurrence", "recur")
LAYERS = ("layers", "run_layers")

FAULTS = (
    Fault(
        id="state_detached",
        title="the state is detached after every step",
        look_at="what the loop over the steps carries from one step to the next",
        mistake=(
            "The graph is cut after every step, so that no step learns what it did to later ones. The "
            "outputs are right, and nothing is learned over time. Detach between batches, never inside the "
            "loop."
        ),
        fails=("gradients.through_time",),
        edits=(Edit(*RECUR, "states.append(h_t)", "states.append(h_t)\nh_t = h_t.detach()"),),
    ),
    Fault(
        id="truncated_after_16_steps",
        title="the graph is cut every 16 steps",
        look_at="what the loop over the steps does once in a while",
        mistake=(
            "Truncated backpropagation is built into the network: on long sequences nothing is learned "
            "across a cut. It belongs in the training loop, which gives the network shorter pieces."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                *RECUR,
                "for p_t in projected:",
                "for step, p_t in enumerate(projected):\n"
                "    if step > 0 and step % 16 == 0:\n"
                "        h_t = h_t.detach()",
            ),
        ),
    ),
    Fault(
        id="clipped_in_training",
        title="in train mode the gradient is clipped inside the network",
        look_at="what differs between train mode and eval mode, beside dropout",
        mistake=(
            "In train mode a hook clips the gradient of each layer's output. In eval mode, in which "
            "gradients are often tested, all is right. Clip in the training loop."
        ),
        fails=("gradients.train_mode",),
        edits=(
            Edit(
                *LAYERS,
                "h_n.extend(h_n_layer)",
                "h_n.extend(h_n_layer)\n"
                "if training and output.requires_grad:\n"
                "    output.register_hook(lambda gradient: gradient.clamp(-0.1, 0.1))",
            ),
        ),
    ),
    Fault(
        id="state_overwritten",
        title="the state is overwritten in place at every step",
        look_at="how the new state takes the place of the old one",
        mistake=(
            "The new state is written over the old one, which backward still needs: forward is right, and "
            "backward raises. Give every state a tensor of its own, and collect them in a list."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(*RECUR, "h_t = h_0  #", "h_t = h_0.clone()  #"),
            Edit(
                *RECUR,
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t.copy_(phi(torch.addmm(p_t, h_t, W_hh_transposed)))",
            ),
            Edit(*RECUR, "states.append(h_t)", "states.append(h_t.clone())"),
        ),
    ),
    Fault(
        id="input_detached",
        title="the input is detached",
        look_at="what becomes of the input before the first layer",
        mistake=(
            "The gradient stops before it reaches the input. The network itself learns, but an embedding "
            "below it does not. Use the input as it is given."
        ),
        fails=("gradients.through_time",),
        edits=(Edit(*LAYERS, "output = input", "output = input.detach()"),),
    ),
    Fault(
        id="h_0_detached",
        title="h_0 is detached",
        look_at="what becomes of h_0 before the first step",
        mistake=(
            "The gradient stops before it reaches h_0. With zeros nobody notices, but an initial state that "
            "is learned, or that an encoder computed, gets no gradient. Use h_0 as it is given."
        ),
        fails=("gradients.initial_state",),
        edits=(Edit(*LAYERS, "h_0.chunk(len(layers))", "h_0.detach().chunk(len(layers))"),),
    ),
    Fault(
        id="h_n_detached",
        title="h_n is detached",
        look_at="what is done with h_n before it is returned",
        mistake=(
            "h_n is returned without its graph, as is usual for a state that goes to the next batch. A "
            "classifier or a decoder that reads h_n then teaches the network nothing. Let the caller detach "
            "it."
        ),
        fails=("gradients.final_state",),
        edits=(Edit(*LAYERS, "torch.stack(h_n)", "torch.stack(h_n).detach()"),),
    ),
    Fault(
        id="detached_above_second_layer",
        title="from the second layer on, what is passed up is detached",
        look_at="what the third layer reads",
        mistake=(
            "From the second layer on, a layer's output is passed up without its graph. Two layers are "
            "right, and in higher stacks the lower layers learn nothing. Pass the output itself on."
        ),
        fails=("gradients.layers",),
        edits=(Edit(*LAYERS, "if index > 0:", "if index > 1:\n    output = output.detach()\nif index > 0:"),),
    ),
    Fault(
        id="reverse_input_detached",
        title="the reverse direction reads a detached copy of its input",
        look_at="how the reverse direction gets its input",
        mistake=(
            "What the reverse direction reads has lost its graph, as when it is reversed by way of NumPy. "
            "All weights of a single layer are right; the input gets half of its gradient. Reverse with "
            "flip."
        ),
        fails=("gradients.directions",),
        edits=(
            Edit(
                "layers",
                "run_layer",
                "input, batch_sizes, h_0_directions[1]",
                "input.detach(), batch_sizes, h_0_directions[1]",
            ),
        ),
    ),
    Fault(
        id="w_ih_without_gradient_without_bias",
        title="with bias=False W_ih gets no gradient",
        look_at="the product of the input and W_ih where there is no bias",
        mistake=(
            "Without biases another line of code makes the product, and it uses the values of W_ih without "
            "their graph. With biases all is right. Write the product once, for both cases."
        ),
        fails=("gradients.any_sizes",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "return functional.linear",
                "if bias is None:\n    return input @ weights.W_ih.data.t()\nreturn functional.linear",
            ),
        ),
    ),
    Fault(
        id="w_hh_gradient_of_first_step",
        title="W_hh gets the gradient of the first step alone",
        look_at="what contributes to the gradient of W_hh",
        mistake=(
            "The gradient of W_hh is a sum over all steps, and only the first one contributes: this is what "
            "happens where a backward written by hand assigns instead of adding."
        ),
        fails=("gradients.parameters",),
        also=("gradients.final_state",),
        edits=(
            Edit(
                *RECUR, "states.append(h_t)", "states.append(h_t)\nW_hh_transposed = W_hh_transposed.detach()"
            ),
        ),
    ),
    Fault(
        id="w_hh_gradient_averaged",
        title="the gradient of W_hh is divided by the batch size",
        look_at="how the gradient of W_hh is put together from the sequences of a batch",
        mistake=(
            "The gradient of a weight is the sum over the batch; if an average is wanted, the loss makes it. "
            "Divided once more, it is right for a batch of one and too small for all others."
        ),
        fails=("gradients.parameters",),
        also=("gradients.final_state",),
        edits=(
            Edit(
                *RECUR,
                "W_hh_transposed = W_hh.t()",
                "W_hh_transposed = W_hh.t()\n"
                "if W_hh_transposed.requires_grad:\n"
                "    W_hh_transposed.register_hook(lambda gradient: gradient / len(h_0))",
            ),
        ),
    ),
    Fault(
        id="b_hh_without_gradient",
        title="b_hh gets no gradient",
        look_at="the sum of the two biases",
        mistake=(
            "b_hh is added without its graph. As only the sum of the biases acts, the network still learns, "
            "at half the speed there. Add the parameters themselves."
        ),
        fails=("gradients.parameters",),
        also=(
            "gradients.final_state",
            "transforms.export",
        ),
        edits=(Edit("recurrence", "fused_bias", "B_ih + B_hh", "B_ih + B_hh.data"),),
    ),
    Fault(
        id="product_skipped_for_zeros",
        title="the product with W_hh is skipped while the state is 0",
        look_at="conditions on the state in the loop over the steps",
        mistake=(
            "From a state of zeros the product with W_hh is left out, as it is 0. After one step W_hh is "
            "then in no graph, and its gradient is None instead of zeros; so is that of an h_0 that is to be "
            "learned from zeros."
        ),
        fails=("exact.zero_gradients",),
        also=("transforms.export",),
        edits=(
            Edit(
                *RECUR,
                "torch.addmm(p_t, h_t, W_hh_transposed)",
                "torch.addmm(p_t, h_t, W_hh_transposed) if h_t.any() else p_t.clone()",
            ),
        ),
    ),
)
