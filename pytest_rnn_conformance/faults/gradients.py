"""Mistakes that leave the output right and the gradient wrong."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

STEP = "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))  # (N, H)"
PRODUCT = """
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h_t, W):
        {forward}
        return h_t @ W

    @staticmethod
    def backward(ctx, gradient):
        {backward}
        return gradient @ W.t(), h_t.t() @ gradient


"""
"""A product of state and weights whose backward is written by hand."""


def by_hand(forward: str, backward: str) -> tuple[Edit, ...]:
    """Return the edits that put a product with a hand-written backward into the loop."""
    heading = "class Weights(NamedTuple):"
    function = PRODUCT.format(forward=forward, backward=backward).strip()
    return (
        Edit("recurrence", "Weights", heading, f"{function}\n\n\n{heading}"),
        Edit("recurrence", "recur", STEP, "h_t = phi(p_t + Product.apply(h_t, W_hh_transposed))"),
    )


FAULTS = (
    Fault(
        id="state_detached",
        title="the state is detached after every step",
        look_at="what the loop over the steps carries from one step to the next",
        mistake=(
            "The graph is cut after every step, so that no step learns what it did to later ones. The outputs "
            "are right, and training goes on, but nothing is learned over time. Detach between batches if "
            "at all, never inside the loop."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("recurrence", "recur", "states.append(h_t)", "states.append(h_t)\nh_t = h_t.detach()"),),
    ),
    Fault(
        id="truncated_after_16_steps",
        title="the graph is cut every 16 steps",
        look_at="what the loop over the steps does once in a while",
        mistake=(
            "Truncated backpropagation is built into the network. Tests with short sequences never see it, "
            "and on long ones nothing is learned across a cut. Truncation belongs in the training loop, "
            "which gives the network shorter pieces."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "for p_t in projected:",
                "for step, p_t in enumerate(projected):\n    if step > 0 and step % 16 == 0:\n"
                "        h_t = h_t.detach()",
            ),
        ),
    ),
    Fault(
        id="only_last_64_steps_learn",
        title="only the last 64 steps of a long sequence are differentiated",
        look_at="what happens to sequences that are longer than some number of steps",
        mistake=(
            "All steps but the last 64 are computed without a graph, to save memory. The outputs are right, "
            "and up to 64 steps the gradients are too. If memory is short, give the network shorter pieces."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "for p_t in projected:",
                "projected = list(projected)\nfor step, p_t in enumerate(projected):\n"
                "    if step == len(projected) - 64:\n        h_t = h_t.detach()",
            ),
        ),
    ),
    Fault(
        id="packed_state_detached",
        title="packed sequences: the state is detached wherever a sequence ends",
        look_at="how the state is carried on where the batch of a PackedSequence gets smaller",
        mistake=(
            "The state is cut off the graph at each change of the batch size. Sequences of equal length "
            "train rightly, and those of several lengths forget what came before each cut. Cut rows off the "
            "state by indexing alone."
        ),
        fails=("packed.gradients",),
        edits=(Edit("packing", "recur_packed", "h_t = states[-1]", "h_t = states[-1].detach()"),),
    ),
    Fault(
        id="h_0_detached",
        title="h_0 is detached",
        look_at="what becomes of h_0 before the first step",
        mistake=(
            "The gradient stops before it reaches h_0. Whoever gives zeros never notices, but an initial state "
            "that is learned, or that an encoder computed, gets no gradient. Use h_0 as it is given."
        ),
        fails=("gradients.initial_state",),
        edits=(Edit("layers", "run_layers", "h_0.chunk(len(layers))", "h_0.detach().chunk(len(layers))"),),
    ),
    Fault(
        id="upper_h_0_detached",
        title="h_0 is detached in the layers above the first",
        look_at="how an upper layer gets its part of h_0",
        mistake=(
            "The rows of h_0 for the upper layers are copied without their graph. A single layer is right, and "
            "so are all outputs. Take the rows by indexing, chunk or unbind, which keep the graph."
        ),
        fails=("gradients.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_0_layers = h_0.chunk(len(layers))",
                "first, *upper = h_0.chunk(len(layers))\nh_0_layers = [first, *(h.detach() for h in upper)]",
            ),
        ),
    ),
    Fault(
        id="h_n_detached",
        title="h_n is detached",
        look_at="what is done with h_n before it is returned",
        mistake=(
            "h_n is returned without its graph, as is usual for a state that goes to the next batch. But a "
            "classifier or a decoder that reads h_n then teaches the network nothing. Let the caller detach it."
        ),
        fails=("gradients.final_state",),
        edits=(Edit("layers", "run_layers", "torch.stack(h_n)", "torch.stack(h_n).detach()"),),
    ),
    Fault(
        id="input_detached",
        title="the input is detached",
        look_at="what becomes of the input before the first layer",
        mistake=(
            "The gradient stops before it reaches the input. The network itself learns, but an embedding or "
            "another network below it does not. Use the input as it is given."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("layers", "run_layers", "output = input", "output = input.detach()"),),
    ),
    Fault(
        id="detached_above_second_layer",
        title="from the second layer on, what is passed up is detached",
        look_at="what the third layer reads",
        mistake=(
            "The output of a layer is passed up without its graph, from the second layer on. Stacks of two "
            "layers are right, and in higher ones the lower layers learn nothing from the output."
        ),
        fails=("gradients.layers",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "if index > 0:",
                "if index > 1:\n    output = output.detach()\nif index > 0:",
            ),
        ),
    ),
    Fault(
        id="reverse_input_detached",
        title="the reverse direction reads a detached copy of the input",
        look_at="how the reverse direction gets its input",
        mistake=(
            "The input of the reverse direction has lost its graph, as when it is reversed by way of NumPy. "
            "Each direction alone looks right; the input, and the layer below, get half of their gradient. "
            "Reverse with flip or with indices."
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
        id="batch_first_input_detached",
        title="with batch_first=True the input is detached",
        look_at="how a batch-first input becomes time-first",
        mistake=(
            "Swapping the two axes of a batch-first input makes a copy without a graph. Time-first networks "
            "are right. Use transpose, which keeps the graph."
        ),
        fails=("gradients.any_sizes",),
        edits=(
            Edit("module", "RNN.forward_batched", "input.transpose(0, 1)", "input.detach().transpose(0, 1)"),
        ),
    ),
    Fault(
        id="w_hh_gradient_of_first_step",
        title="W_hh gets the gradient of the first step alone",
        look_at="what contributes to the gradient of W_hh",
        mistake=(
            "W_hh is used at every step, and its gradient is the sum over all of them, but only the first "
            "step contributes. This is what happens where a backward written by hand assigns instead of adds."
        ),
        fails=("gradients.parameters",),
        edits=(Edit("recurrence", "recur", STEP, f"{STEP}\nW_hh_transposed = W_hh_transposed.detach()"),),
    ),
    Fault(
        id="w_hh_gradient_averaged",
        title="the gradient of W_hh is divided by the batch size",
        look_at="how the gradient of W_hh is put together from the sequences of a batch",
        mistake=(
            "The gradient of a weight is the sum over the batch; the average, if one is wanted, is made by the "
            "loss. Divided once more, it is right for a batch of one and too small for all others."
        ),
        fails=("gradients.parameters",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "W_hh_transposed = W_hh.t()",
                "W_hh_transposed = W_hh.t()\nif W_hh_transposed.requires_grad:\n"
                "    W_hh_transposed.register_hook(lambda gradient: gradient / len(h_0))",
            ),
        ),
    ),
    Fault(
        id="b_hh_without_gradient",
        title="b_hh gets no gradient",
        look_at="the sum of the two biases",
        mistake=(
            "One of the two biases is added without its graph. As the biases always act together, the network "
            "still learns, at half the speed in this place. Add the parameters themselves."
        ),
        fails=("gradients.parameters",),
        edits=(Edit("recurrence", "fused_bias", "return B_ih + B_hh", "return B_ih + B_hh.data"),),
    ),
    Fault(
        id="gradient_clipped",
        title="the gradient of the state is clipped inside the network",
        look_at="hooks on the states, and what they do to a gradient",
        mistake=(
            "A hook clips the gradient at every step. Small gradients pass and large ones come out too small, "
            "so that what the optimiser gets is no gradient of the loss. Clip in the training loop, with "
            "torch.nn.utils.clip_grad_norm_."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "states.append(h_t)",
                "states.append(h_t)\nif h_t.requires_grad:\n"
                "    h_t.register_hook(lambda gradient: gradient.clamp(-0.5, 0.5))",
            ),
        ),
    ),
    Fault(
        id="clipped_in_training",
        title="in train mode the gradient of the output is clipped",
        look_at="what differs between train mode and eval mode, beside dropout",
        mistake=(
            "In train mode a hook clips the gradient of each layer's output. In eval mode, in which gradients "
            "are often tested, all is right. Clip in the training loop, where it can be seen."
        ),
        fails=("gradients.train_mode",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "h_n.extend(h_n_layer)\nif training and output.requires_grad:\n"
                "    output.register_hook(lambda gradient: gradient.clamp(-0.1, 0.1))",
            ),
        ),
    ),
    Fault(
        id="frozen_weights_thawed",
        title="forward sets requires_grad of the weights",
        look_at="what forward does to the parameters before it uses them",
        mistake=(
            "Every call sets requires_grad=True on the weights. Fine-tuning with frozen weights then trains "
            "them all the same. Whether a weight is trained is the caller's choice."
        ),
        fails=("gradients.frozen_weights",),
        edits=(
            Edit(
                "module",
                "RNN.read_weights",
                "getattr(self, name) for",
                "getattr(self, name).requires_grad_() for",
            ),
        ),
    ),
    Fault(
        id="enable_grad_in_forward",
        title="forward records a graph under torch.no_grad() too",
        look_at="contexts such as torch.enable_grad in forward",
        mistake=(
            "Forward switches the recording of gradients on. Under torch.no_grad() nothing is saved then: "
            "evaluation needs as much memory as training. Leave the grad mode to the caller."
        ),
        fails=("gradients.no_grad_respected",),
        edits=(
            Edit(
                "module",
                "RNN.forward_time_first",
                "return self.run(",
                "with torch.enable_grad():\n    return self.run(",
            ),
        ),
    ),
    Fault(
        id="no_graph_in_eval_mode",
        title="in eval mode no graph is recorded",
        look_at="contexts such as torch.no_grad in forward, and when they are entered",
        mistake=(
            "eval() is taken to mean that no gradient is wanted. It only switches dropout off: attributions, "
            "adversarial examples and frozen encoders need gradients in eval mode. Leave the grad mode to the "
            "caller."
        ),
        fails=("gradients.no_grad_respected",),
        edits=(
            Edit(
                "module",
                "RNN.forward_time_first",
                "return self.run(",
                "with torch.set_grad_enabled(torch.is_grad_enabled() and self.training):\n    return self.run(",
            ),
        ),
    ),
    Fault(
        id="relu_slope_at_zero",
        title="the slope of relu at 0 is 1",
        look_at="how relu is written",
        mistake=(
            "relu is written as clamp(min=0), whose gradient at exactly 0 is 1 and not 0. The outputs are the "
            "same; with zero biases or padding of zeros the argument is often exactly 0. Use torch.relu."
        ),
        fails=("gradients.relu_at_zero",),
        edits=(Edit("recurrence", "", '"relu": torch.relu_', '"relu": lambda x: x.clamp(min=0)'),),
    ),
    Fault(
        id="in_place_state",
        title="the state is overwritten in place at every step",
        look_at="how the new state takes the place of the old one",
        mistake=(
            "The new state is written over the old one, which backward still needs. Forward is right, and "
            "backward raises. Give the new state a tensor of its own, and collect the states in a list."
        ),
        fails=("gradients.through_time",),
        edits=(
            Edit("recurrence", "recur", "h_t = h_0  #", "h_t = h_0.clone()  #"),
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t.copy_(phi(torch.addmm(p_t, h_t, W_hh_transposed)))",
            ),
            Edit("recurrence", "recur", "states.append(h_t)", "states.append(h_t.clone())"),
        ),
    ),
    Fault(
        id="once_differentiable",
        title="the gradient cannot be differentiated again",
        look_at="the backward that is written by hand",
        mistake=(
            "A backward written by hand computes with .data, which has no graph, so that the gradient of "
            "the gradient lacks terms. Ordinary training is right. Compute with the saved tensors themselves."
        ),
        fails=("gradients.twice",),
        edits=by_hand(
            "ctx.save_for_backward(h_t, W)", "h_t, W = (saved.data for saved in ctx.saved_tensors)"
        ),
    ),
    Fault(
        id="backward_frees_states",
        title="backward can be called only once",
        look_at="what the backward that is written by hand does with what forward kept",
        mistake=(
            "Backward throws away what forward kept for it, to save memory, whether or not the caller asked "
            "to keep the graph. The second of two losses on one output raises. torch frees what was saved with "
            "save_for_backward at the right time."
        ),
        fails=("gradients.repeated",),
        edits=by_hand("ctx.kept = h_t, W", "(h_t, W), ctx.kept = ctx.kept, None"),
    ),
    Fault(
        id="w_hh_kept_behind_autograd",
        title="W_hh is kept for backward in a way that autograd does not watch",
        look_at="how the backward that is written by hand gets at W_hh",
        mistake=(
            "W_hh is kept as an attribute of ctx. If it is changed between forward and backward, as by an "
            "optimiser's step in the wrong place, the gradient is wrong and nothing raises. Use "
            "ctx.save_for_backward."
        ),
        fails=("gradients.changed_values",),
        edits=by_hand("ctx.kept = h_t, W", "h_t, W = ctx.kept"),
    ),
    Fault(
        id="product_skipped_for_zeros",
        title="the product with W_hh is skipped while the state is zero",
        look_at="conditions on the values of the state in the loop over the steps",
        mistake=(
            "From a state of zeros the product with W_hh is left out, as it is zero. For a sequence of one "
            "step W_hh is then in no graph, and its gradient is None instead of zeros. An h_0 that is learned "
            "from zeros gets none either."
        ),
        fails=("exact.zero_gradients",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t, W_hh_transposed)",
                "torch.addmm(p_t, h_t, W_hh_transposed) if h_t.any() else p_t.clone()",
            ),
        ),
    ),
)
