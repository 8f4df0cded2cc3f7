"""Mistakes with the states of packed sequences: with h_0, with h_n, and where sequences begin and end."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="packed_h_n_after_the_padding",
        title="h_n of packed sequences is the state after the padding",
        look_at="where h_n of packed sequences is taken from",
        mistake=(
            "h_n is that of the padded batch: for a short sequence, the state after it has gone on over "
            "zeros. The output is right everywhere. Take the state after each sequence's own last step."
        ),
        fails=("packed.final_state",),
        edits=(
            Edit(
                "base",
                "",
                "from torch.nn.utils.rnn import PackedSequence",
                "from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence",
            ),
            Edit(
                "base",
                "RNNBase.forward_packed",
                "return packed_output, h_n",
                "_, h_n = self.forward_time_first(pad_packed_sequence(input)[0], hx)\n"
                "return packed_output, h_n",
            ),
        ),
    ),
    Fault(
        id="h_0_left_in_the_callers_order",
        title="h_0 is not sorted as the packed sequences are",
        look_at="what happens to h_0 before the first step of packed sequences",
        mistake=(
            "Packing sorts the sequences by length, and h_0 comes in the caller's order: a sequence begins "
            "from another's state. With sequences that were sorted already it is right. Sort it: `h_0[:, "
            "sorted_indices]`."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "if input.sorted_indices is not None:\n"
                "    h_0 = h_0.index_select(1, input.sorted_indices)\n"
                "output, h_n = self.run",
                "output, h_n = self.run",
            ),
        ),
    ),
    Fault(
        id="h_0_sorted_the_wrong_way",
        title="h_0 is sorted by unsorted_indices",
        look_at="what happens to h_0 before the first step of packed sequences",
        mistake=(
            "The order that turns sorted sequences back is used to sort. For two sequences both orders are "
            "the same, so that small trials do not show it. What goes in is sorted by `sorted_indices`."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "h_0.index_select(1, input.sorted_indices)",
                "h_0.index_select(1, input.unsorted_indices)",
            ),
        ),
    ),
    Fault(
        id="h_n_left_sorted",
        title="h_n of packed sequences stays in the order of their lengths",
        look_at="what happens to h_n after the last step of packed sequences",
        mistake=(
            "Packing sorts the sequences by length, and h_n is returned in that order, so that its rows are "
            "taken for other sequences'. With sequences that were sorted already it is right. Sort it back: "
            "`h_n[:, unsorted_indices]`."
        ),
        fails=("packed.final_state",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "if input.unsorted_indices is not None:\n"
                "    h_n = h_n.index_select(1, input.unsorted_indices)\n"
                "packed_output = PackedSequence(",
                "packed_output = PackedSequence(",
            ),
        ),
    ),
    Fault(
        id="h_n_sorted_the_wrong_way",
        title="h_n of packed sequences is sorted once more instead of back",
        look_at="what happens to h_n after the last step of packed sequences",
        mistake=(
            "h_n is turned by `sorted_indices`, the order in which the sequences went in. For two sequences "
            "both orders are the same, so that small trials do not show it. What comes out is turned back by "
            "`unsorted_indices`."
        ),
        fails=("packed.final_state",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "h_n.index_select(1, input.unsorted_indices)",
                "h_n.index_select(1, input.sorted_indices)",
            ),
        ),
    ),
    Fault(
        id="packed_h_n_after_the_first_step",
        title="h_n of packed sequences is the state after their first step",
        look_at="from which end the states are gone through for h_n of packed sequences",
        mistake=(
            "The states are gone through from the first step on, where every sequence is found at once. A "
            "sequence's last state is met first from the other end: go through them in reverse."
        ),
        fails=("packed.final_state",),
        edits=(Edit("packing", "last_states", "reversed(states)", "states"),),
    ),
    Fault(
        id="late_sequences_take_other_rows_of_h_0",
        title="sequences that begin later begin from other sequences' rows of h_0",
        look_at="where the reverse direction takes the state of a short sequence from",
        mistake=(
            "Read from the end, short sequences begin later than long ones. They take the first rows of h_0, "
            "which are the long ones'. Row n of h_0 is for sequence n: take the rows after those that run."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                "packing",
                "carry_over",
                "h_0[len(running) : batch_size]",
                "h_0[: max(batch_size - len(running), 0)]",
            ),
        ),
    ),
    Fault(
        id="late_sequences_begin_from_zeros",
        title="sequences that begin later begin from zeros, not from h_0",
        look_at="where the reverse direction takes the state of a short sequence from",
        mistake=(
            "Read from the end, short sequences begin later than long ones. They are given zeros, and their "
            "rows of h_0 are never read. Without an h_0 it is right. Take their own rows of h_0."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                "packing",
                "carry_over",
                "beginning = h_0[len(running) : batch_size]",
                "beginning = torch.zeros_like(h_0[len(running) : batch_size])",
            ),
        ),
    ),
    Fault(
        id="packed_h_n_detached",
        title="no gradient passes through h_n of packed sequences",
        look_at="what happens to h_n after the last step of packed sequences",
        mistake=(
            "h_n is detached when it is sorted back, so that a loss on the last states trains nothing. All "
            "numbers are right. `index_select` passes gradients on; use no `detach` and no `.data`."
        ),
        fails=("packed.gradients",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "h_n.index_select(1, input.unsorted_indices)",
                "h_n.detach().index_select(1, input.unsorted_indices)",
            ),
        ),
    ),
    Fault(
        id="packed_h_0_detached",
        title="no gradient passes through the h_0 of packed sequences",
        look_at="what happens to h_0 before the first step of packed sequences",
        mistake=(
            "h_0 is detached when it is sorted: an encoder that it comes from is not trained. All numbers "
            "are right. `index_select` passes gradients on; use no `detach` and no `.data`."
        ),
        fails=("packed.gradients",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "h_0 = h_0.index_select",
                "h_0 = h_0.detach().index_select",
            ),
        ),
    ),
    Fault(
        id="packed_h_0_broadcast",
        title="beside packed sequences, an h_0 made for one sequence serves them all",
        look_at="what is asked of h_0's shape where the input is packed",
        mistake=(
            "An h_0 (k*d, 1, H) is repeated for every packed sequence, where a padded batch refuses it. The "
            "number of sequences is `batch_sizes[0]`: require exactly (k*d, N, H)."
        ),
        fails=("packed.initial_state_shape",),
        also=("messages.packed",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "h_0 = self.initial_state(hx,",
                "hx = None if hx is None else hx.expand(-1, batch_sizes[0], -1)\n"
                "h_0 = self.initial_state(hx,",
            ),
        ),
    ),
    Fault(
        id="packed_h_n_left_sorted_by_batch_first",
        title="with batch_first, h_n of packed sequences stays in the order of their lengths",
        look_at="what batch_first does to the states of packed sequences",
        mistake=(
            "h_n is sorted back into the caller's order unless batch_first is True. batch_first does not "
            "concern packed sequences, nor their states: leave it out of that code."
        ),
        fails=("packed.batch_first_ignored",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "if input.unsorted_indices is not None:",
                "if input.unsorted_indices is not None and not self.batch_first:",
            ),
        ),
    ),
    Fault(
        id="packed_h_0_left_unsorted_by_batch_first",
        title="with batch_first, the h_0 of packed sequences is not sorted as they are",
        look_at="what batch_first does to the states of packed sequences",
        mistake=(
            "h_0 is sorted as the sequences are unless batch_first is True: then a sequence begins from "
            "another's state. batch_first does not concern packed sequences, nor their states."
        ),
        fails=("packed.batch_first_ignored",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "if input.sorted_indices is not None:",
                "if input.sorted_indices is not None and not self.batch_first:",
            ),
        ),
    ),
)
