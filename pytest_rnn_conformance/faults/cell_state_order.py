"""Mistakes with c_n: which layers it holds and in which order, its axes, its memory and its gradient."""

from __future__ import annotations

from pytest_rnn_conformance.faults.cell_state import BY_LAYER, JOINED, LOOK_AT_C_N, PARTED, RETURNED
from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="c_n_of_last_layer_alone",
        title="c_n holds the last layer alone",
        look_at=LOOK_AT_C_N,
        mistake=(
            "The cell states of the layers below are not kept, while h_n has all of them. One layer is "
            "right. c_n holds the cell state of every layer and direction, as h_n does."
        ),
        fails=("forward.shapes",),
        edits=(Edit(*RETURNED, f"{PARTED}return output, (h_n, c_n[-self.num_directions :])"),),
        kind="LSTM",
    ),
    Fault(
        id="c_n_of_last_layer_repeated",
        title="c_n repeats the cell state of the last layer",
        look_at=LOOK_AT_C_N,
        mistake=(
            "The last layer's cell state stands in c_n once for every layer. Shapes, output and h_n are "
            "right, and so is one layer. c_n[i] is the cell state of layer i."
        ),
        fails=("final_state.layers",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                "c_n = torch.cat([c_n[-self.num_directions :]] * self.num_layers)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_layers_reversed",
        title="c_n holds the last layer first",
        look_at=LOOK_AT_C_N,
        mistake=(
            "The layers stand in c_n from the last to the first, in h_n from the first to the last. The "
            "output is right, and so is one layer. c_n begins with the layer that reads the input."
        ),
        fails=("final_state.layers",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                f"c_n = c_n.unflatten(0, {BY_LAYER}).flip(0).flatten(0, 1)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_forward_directions_first",
        title="c_n holds all forward directions before all reverse ones",
        look_at=LOOK_AT_C_N,
        mistake=(
            "c_n goes through the layers once for each direction, h_n layer by layer. One layer, or one "
            "direction, is right, and so is the output. c_n has the order of h_n: layer by layer, forward "
            "before reverse."
        ),
        fails=("final_state.order",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                f"c_n = c_n.unflatten(0, {BY_LAYER}).transpose(0, 1).flatten(0, 1)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_directions_exchanged",
        title="c_n holds the reverse direction before the forward one",
        look_at=LOOK_AT_C_N,
        mistake=(
            "In each layer the two cell states are exchanged, while h_n has the forward one first. One "
            "direction is right, and so is the output. c_n has the order of h_n."
        ),
        fails=("final_state.reverse_at_first_step",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                f"c_n = c_n.unflatten(0, {BY_LAYER}).flip(1).flatten(0, 1)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_detached",
        title="c_n is detached",
        look_at="how the gradient gets from c_n into the network",
        mistake=(
            "The cell state that is returned carries no graph. All values are right; a decoder that begins "
            "from it, or a sequence that is read in pieces, does not train what came before. Return it as it "
            "is."
        ),
        fails=("gradients.final_state",),
        edits=(Edit(*RETURNED, f"{PARTED}return output, (h_n, c_n.detach())"),),
        kind="LSTM",
    ),
    Fault(
        id="dropout_on_c_n",
        title="dropout falls on c_n",
        look_at="what dropout is applied to",
        mistake=(
            "In training, elements of the cell state that is returned are set to zero. The output and h_n "
            "are right. Dropout acts on what goes from layer to layer, and on no state."
        ),
        fails=("dropout.states_kept",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                "c_n = torch.nn.functional.dropout(c_n, self.dropout, self.training)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="h_n_and_c_n_in_one_memory",
        title="h_n and c_n are views of one tensor",
        look_at="the memory of the two final states",
        mistake=(
            "Both are computed in one tensor and cut out of it. Who keeps one keeps both in memory, and "
            "`.view` on them raises. Return tensors of their own."
        ),
        fails=("purity.results_own_their_memory",),
        also=("conventions.strides",),
        edits=(
            Edit(
                *RETURNED,
                "size = self.part_sizes[0]\nreturn output, (state_n[..., :size], state_n[..., size:])",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="cell_states_batch_first",
        title="with batch_first c_0 and c_n are (N, k*d, H)",
        look_at="what batch_first does to the states",
        mistake=(
            "batch_first turns the cell states together with the sequences, and the hidden states not. A "
            "batch of as many sequences as there are layers does not raise. States are (k*d, N, H) always."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "module",
                "LSTM.forward",
                "state_0 = None if hx is None",
                "turns = self.batch_first and isinstance(input, Tensor) and input.dim() == 3\n"
                "if turns and hx is not None and hx[1].dim() == 3:\n"
                "    hx = (hx[0], hx[1].transpose(0, 1))\n"
                "state_0 = None if hx is None",
            ),
            Edit(
                *RETURNED,
                f"{PARTED}return output, (h_n, c_n.transpose(0, 1).contiguous() if turns else c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_of_one_sequence_keeps_its_batch_axis",
        title="c_n of one sequence keeps a batch axis",
        look_at="what is done to the final states of a sequence without batch axis",
        mistake=(
            "Output and h_n lose the batch axis that was added, and c_n keeps it. Batches are right. Without "
            "a batch axis c_n is (k*d, H)."
        ),
        fails=("unbatched.shapes",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}return output, (h_n, c_n.unsqueeze(1) if c_n.dim() == 2 else c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_after_the_padding",
        title="c_n of packed sequences is the cell state after the padding",
        look_at="where c_n of packed sequences is taken from",
        mistake=(
            "The cell state of a short sequence goes on over zeros until the longest one ends, and that is "
            "returned. The output and h_n are right. c_n is taken after each sequence's own last step."
        ),
        fails=("packed.final_state",),
        edits=(
            Edit(
                "module",
                "",
                "from torch.nn.utils.rnn import PackedSequence",
                "from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence",
            ),
            Edit(
                *RETURNED,
                f"{PARTED}"
                "if isinstance(input, PackedSequence):\n"
                "    padded, _ = pad_packed_sequence(input)\n"
                "    _, state_n = self.forward_time_first(padded, state_0)\n"
                "    _, c_n = part_state(state_n, self.part_sizes[0])\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_left_sorted",
        title="c_n of packed sequences stays in the order of their lengths",
        look_at="the order of the rows of c_n after packed sequences",
        mistake=(
            "h_n is sorted back into the caller's order and c_n is not, so that its rows are taken for other "
            "sequences'. With sequences that were sorted already it is right. Sort both back."
        ),
        fails=("packed.final_state",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                "if isinstance(input, PackedSequence) and input.sorted_indices is not None:\n"
                "    c_n = c_n.index_select(1, input.sorted_indices)\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_left_in_the_callers_order",
        title="c_0 is not sorted as the packed sequences are",
        look_at="what happens to c_0 before the first step of packed sequences",
        mistake=(
            "Packing sorts the sequences by length; h_0 is sorted with them and c_0 is not: a sequence "
            "begins from another's cell state. With sequences that were sorted already it is right. Sort "
            "both."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                *JOINED,
                "if isinstance(input, PackedSequence) and input.unsorted_indices is not None:\n"
                "    return join_state(hx[0], hx[1].index_select(1, input.unsorted_indices))\n"
                "return join_state(*hx)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="later_cell_states_begin_at_zero",
        title="a packed sequence that begins later begins from a c of zeros",
        look_at="where the reverse direction enters a shorter sequence",
        mistake=(
            "Read backwards, short sequences begin after the others. Their hidden state is then taken from "
            "h_0, and their cell state is zeros. Without a state it is right. Both come from the sequence's "
            "own row."
        ),
        fails=("packed.initial_state",),
        edits=(
            Edit(
                "packing",
                "recur_packed",
                "h_t = carry_over(h_t, h_0, batch_size)",
                "size = weights.W_hh.size(1)\n"
                "late = torch.cat([h_0[:, :size], torch.zeros_like(h_0[:, size:])], dim=1)\n"
                "h_t = carry_over(h_t, late, batch_size)",
            ),
        ),
        kind="LSTM",
    ),
)
