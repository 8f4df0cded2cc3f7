"""Mistakes that show only where a size is 1, or odd, or large, or equal to another one."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="one_unit_squeezed",
        title="the output loses its last axis where there is one hidden unit",
        look_at="the shape of the output for hidden_size=1",
        mistake=(
            "The last axis is squeezed, which removes it for a hidden size of 1. All other sizes are right. "
            "The output always has an axis of features."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "return self.run(input, None, h_0, layers)",
                "output, h_n = self.run(input, None, h_0, layers)\nreturn output.squeeze(-1), h_n",
            ),
        ),
    ),
    Fault(
        id="h_n_squeezed",
        title="h_n loses every axis of size 1",
        look_at="the shape of h_n",
        mistake=(
            "squeeze() without an axis removes every axis of size 1 from h_n: the layer axis of a single "
            "layer, and the batch axis of a single sequence. Name the axis, or do not squeeze."
        ),
        fails=("forward.shapes",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return self.forward_time_first(input, hx)",
                "output, h_n = self.forward_time_first(input, hx)\nreturn output, h_n.squeeze()",
            ),
        ),
    ),
    Fault(
        id="h_n_batch_squeezed",
        title="h_n loses its batch axis where there is one sequence",
        look_at="the shape of h_n for a batch of one",
        mistake=(
            "The state of a single sequence is returned without its batch axis. All other batches are right. "
            "h_n of a batch always has three axes."
        ),
        fails=("forward.shapes",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return self.forward_time_first(input, hx)",
                "output, h_n = self.forward_time_first(input, hx)\nreturn output, h_n.squeeze(1)",
            ),
        ),
    ),
    Fault(
        id="input_squeezed",
        title="the input loses every axis of size 1",
        look_at="what happens to the shape of the input",
        mistake=(
            "squeeze() without an axis removes every axis of size 1 from the input: with one sequence, one "
            "step or one feature, the network reads something else or raises. Name the axis, or do not "
            "squeeze."
        ),
        fails=("forward.shapes",),
        also=("purity.results_own_their_memory",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "check_rank(input, self.mode)",
                "input = input.squeeze()\ncheck_rank(input, self.mode)",
            ),
        ),
    ),
    Fault(
        id="time_axis_is_longest",
        title="the longer of the first two axes is taken for time",
        look_at="which axis of the input is taken for time",
        mistake=(
            "Where there are more sequences than steps, the input is turned, and sequences are taken for "
            "steps. Long sequences in small batches are right. The order of the axes is fixed, and not a "
            "matter of sizes."
        ),
        fails=("forward.shapes",),
        also=("purity.results_own_their_memory",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if not self.batch_first:",
                "if not self.batch_first and len(input) >= input.size(1):",
            ),
        ),
    ),
    Fault(
        id="square_batch_turned",
        title="the input is turned where there are as many sequences as steps",
        look_at="which axis of the input is taken for time",
        mistake=(
            "The code looks at sizes to find out which axis is time, and guesses wrong where both are equal. "
            "All other sizes are right. The order of the axes is fixed, and not a matter of sizes."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if not self.batch_first:",
                "if not self.batch_first and len(input) != input.size(1):",
            ),
        ),
    ),
    Fault(
        id="odd_hidden_size_cut",
        title="with an odd number of hidden units the last one is never computed",
        look_at="the hidden units that a step computes",
        mistake=(
            "The hidden units are computed in two halves of H // 2 units, so that one is left out where H is "
            "odd, and stays zero. Even sizes are right. Compute all H units."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))\n"
                "if h_t.size(1) % 2:\n"
                "    h_t = torch.nn.functional.pad(h_t[:, :-1], (0, 1))",
            ),
        ),
    ),
    Fault(
        id="thirty_two_units_at_most",
        title="hidden units after the 32nd have no part in the recurrence",
        look_at="how many hidden units the recurrence runs over",
        mistake=(
            "A number that fits one example, 32, stands where hidden_size is meant: the states of all other "
            "units are not read. Small networks are right. Take the sizes from the weights."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t, W_hh_transposed)",
                "torch.addmm(p_t, h_t[:, :32], W_hh_transposed[:32])",
            ),
        ),
    ),
    Fault(
        id="sixty_four_features_at_most",
        title="input features after the 64th are not read",
        look_at="how many input features a step reads",
        mistake=(
            "A number that fits one example, 64, stands where input_size is meant. Smaller inputs are right. "
            "Take the sizes from the weights."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "functional.linear(input, weights.W_ih, bias)",
                "functional.linear(input[..., :64], weights.W_ih[:, :64], bias)",
            ),
        ),
    ),
    Fault(
        id="sixty_four_sequences_at_most",
        title="sequences after the 64th of a batch are not computed",
        look_at="how the outputs of a large batch are stored",
        mistake=(
            "There is room for 64 sequences, the batch size that a network is usually trained with, and the "
            "output of all others stays zero. Smaller batches are right. Take the batch size from the input."
        ),
        fails=("forward.long_sequences",),
        also=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if batch_sizes is None:\n"
                "    output = functional.pad(output[:, :64], (0, 0, 0, len(h_0[64:])))",
            ),
        ),
    ),
    Fault(
        id="three_layers_at_most",
        title="layers above the third are built and never run",
        look_at="over which layers the loop runs",
        mistake=(
            "The loop ends after the third layer, whatever num_layers is. Stacks of one, two and three "
            "layers are right. All layers are run."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit("layers", "run_layers", "in enumerate(layers):", "in enumerate(layers[:3]):"),
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
        id="fourth_layer_uses_third",
        title="layers above the third compute with the weights of the third",
        look_at="the weights that the layers of a high stack are given",
        mistake=(
            "The number of a layer is cut off, so that all layers above the third use its weights and their "
            "own are never read. Stacks of one, two and three layers are right. Each layer has its own "
            "weights."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "in enumerate(layers):",
                "in enumerate(layers[min(i, 2)] for i in range(len(layers))):",
            ),
        ),
    ),
    Fault(
        id="seventh_step_left_over_not_read",
        title="where seven steps are left over, the last is not read",
        look_at="what happens to the steps that are left over from blocks of eight",
        mistake=(
            "The loop takes eight steps at a time, and the steps left over one by one, but at most six of "
            "them: the range ends one too early. Sequences of 7, 15 or 23 steps are wrong, others are right."
        ),
        fails=("forward.any_sizes",),
        also=("initial_state.chunks",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "if reverse:\n    projected = projected[::-1]",
                "if len(projected) % 8 == 7:\n"
                "    projected = (*projected[:-1], projected[-2])\n"
                "if reverse:\n    projected = projected[::-1]",
            ),
        ),
    ),
)
