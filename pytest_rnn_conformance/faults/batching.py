"""Mistakes in how the sequences of a batch are kept apart, and in batch_first."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="batch_mean_subtracted",
        title="the mean of the batch is subtracted from the input",
        look_at="what happens to the input before it is projected",
        mistake=(
            "Each step is centred over the batch, as batch normalisation does, so that a sequence depends on "
            "its neighbours. It trains well. Each sequence is computed as if it were alone."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "functional.linear(input, weights",
                "functional.linear(input - input.mean(-2, keepdim=True), weights",
            ),
        ),
    ),
    Fault(
        id="batch_mean_in_state",
        title="a small part of the batch's mean state enters every state",
        look_at="what becomes of the state between two steps",
        mistake=(
            "A thousandth of the mean over the batch is mixed into each state. Batches of one are right, and "
            "a loose tolerance does not show it. Each sequence is computed as if it were alone."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t,",
                "torch.addmm(p_t, h_t.lerp(h_t.mean(0, keepdim=True), 0.001),",
            ),
        ),
    ),
    Fault(
        id="state_of_neighbour",
        title="each sequence reads the state of the sequence before it in the batch",
        look_at="which row of the state each sequence reads",
        mistake=(
            "The rows of the state are one off, so that the memory of one sequence goes on in the next one. "
            "Batches of one, and first steps from zeros, are right. Each sequence reads its own row."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(Edit("recurrence", "recur", "torch.addmm(p_t, h_t,", "torch.addmm(p_t, h_t.roll(1, 0),"),),
    ),
    Fault(
        id="output_batch_reversed",
        title="the sequences of the output are in reverse order",
        look_at="the order of the batch in the output",
        mistake=(
            "The output is flipped along the batch axis. Batches of one do not show it. Row n of the output "
            "belongs to row n of the input."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if not self.batch_first:\n    return self.forward_time_first(input, hx)",
                "if not self.batch_first:\n"
                "    output, h_n = self.forward_time_first(input, hx)\n"
                "    return output.flip(1), h_n",
            ),
        ),
    ),
    Fault(
        id="last_sequence_missing",
        title="the last sequence of a batch is never computed",
        look_at="over which rows of the batch the code runs",
        mistake=(
            "An index ends one too early, and the output of the last sequence stays zero. All others are "
            "right. Compute all N sequences."
        ),
        fails=("forward.batch_rows_independent",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if batch_sizes is None:\n"
                "    output = functional.pad(output[:, :-1], (0, 0, 0, 1))",
            ),
        ),
    ),
    Fault(
        id="four_sequences_at_most",
        title="sequences after the fourth of a batch are not computed",
        look_at="how the outputs of a large batch are stored",
        mistake=(
            "There is room for four sequences, the batch size of some example, and the output of all others "
            "stays zero. Small batches are right. Take the batch size from the input."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if batch_sizes is None:\n"
                "    output = functional.pad(output[:, :4], (0, 0, 0, len(h_0[4:])))",
            ),
        ),
    ),
    Fault(
        id="sixteen_sequences_at_most",
        title="sequences after the sixteenth of a batch are not computed",
        look_at="how the outputs of a large batch are stored",
        mistake=(
            "There is room for sixteen sequences, and the output of all others stays zero. Small batches are "
            "right. Take the batch size from the input."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "output = join_steps(states, batch_sizes)",
                "output = join_steps(states, batch_sizes)\n"
                "if batch_sizes is None:\n"
                "    output = functional.pad(output[:, :16], (0, 0, 0, len(h_0[16:])))",
            ),
        ),
    ),
    Fault(
        id="batch_first_ignored",
        title="batch_first is ignored",
        look_at="what forward does with batch_first",
        mistake=(
            "The option is kept and never read, so that the input is still taken as (L, N, D): steps are "
            "taken for sequences. The shapes fit all the same. Turn the input before the loop and the output "
            "after it."
        ),
        fails=("forward.batch_first",),
        edits=(Edit("base", "RNNBase.forward_batched", "if not self.batch_first:", "if input.dim() == 3:"),),
    ),
    Fault(
        id="batch_first_reshapes_output",
        title="batch_first reshapes the output instead of transposing it",
        look_at="how the output is turned for batch_first",
        mistake=(
            "view or reshape gives the right shape and leaves the numbers in their order, so that outputs of "
            "different sequences are mixed. Batches of one are right. Use transpose(0, 1)."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "output.transpose(0, 1)",
                "output.reshape(output.size(1), output.size(0), -1)",
            ),
        ),
    ),
    Fault(
        id="batch_first_h_0_ignored",
        title="with batch_first=True h_0 is ignored",
        look_at="what is passed on where batch_first turns the input",
        mistake=(
            "Where the input is turned, h_0 is not passed on, and every sequence begins from zeros. Without "
            "batch_first, or without an h_0, everything is right. Pass h_0 on as it is."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base", "RNNBase.forward_batched", "input.transpose(0, 1), hx", "input.transpose(0, 1), None"
            ),
        ),
    ),
    Fault(
        id="batch_first_reverse_flips_batch",
        title="with batch_first=True the reverse outputs are flipped along the batch",
        look_at="the axis along which the reverse outputs are flipped",
        mistake=(
            "The first axis is flipped, which is time only as long as batch_first is not asked for; then it "
            "is the batch. One direction is right. Flip the axis of time, in whatever layout."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)",
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)\n"
                "if self.bidirectional:\n"
                "    ahead, back = output.chunk(2, -1)\n"
                "    output = torch.cat([ahead, back.flip(0, 1)], -1)",
            ),
        ),
    ),
    Fault(
        id="batch_first_reshapes_between_layers",
        title="with batch_first=True a stack of layers mixes the sequences",
        look_at="how the output of a stack is turned for batch_first",
        mistake=(
            "With more than one layer, the output is brought into its shape by view or reshape, which leaves "
            "the numbers in their order. One layer is right, and so are batches of one. Use transpose(0, 1)."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)",
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)\n"
                "if self.num_layers > 1:\n"
                "    output = output.reshape(output.size(1), output.size(0), -1).transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="batch_first_h_n_reshaped",
        title="with batch_first=True the layers and sequences of h_n are mixed",
        look_at="what batch_first does to h_n",
        mistake=(
            "h_n is turned as the output is, and brought back into its shape by view or reshape, so that "
            "states land in the wrong layer and sequence. One layer read one way is right. batch_first does "
            "not concern h_n."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return output.transpose(0, 1), h_n",
                "return output.transpose(0, 1), h_n.transpose(0, 1).reshape(h_n.shape)",
            ),
        ),
    ),
)
