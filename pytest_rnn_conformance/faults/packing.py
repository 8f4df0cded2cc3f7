"""Mistakes with packed sequences: which have several lengths, and are sorted by them."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="packed_refused",
        title="a PackedSequence is refused",
        look_at="the first lines of forward",
        mistake=(
            "torch.nn.RNN takes a PackedSequence wherever it takes a batch, and code that trains on "
            "sequences of several lengths relies on it. Read its `data` step by step, `batch_sizes[t]` rows "
            "at step t."
        ),
        fails=("conventions.input_forms",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "return self.forward_packed(input, hx)",
                'raise TypeError("packed sequences are not supported")',
            ),
        ),
    ),
    Fault(
        id="packed_returned_padded",
        title="the output of packed sequences comes back padded",
        look_at="what is returned for a PackedSequence",
        mistake=(
            "The output is a padded tensor, and the lengths are lost to whoever comes next. What goes in "
            "packed comes out packed; the caller pads with `pad_packed_sequence` where that is wanted."
        ),
        fails=("packed.structure",),
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
                "return pad_packed_sequence(packed_output)[0], h_n",
            ),
        ),
    ),
    Fault(
        id="packed_indices_lost",
        title="the output of packed sequences forgets their order",
        look_at="what the PackedSequence that is returned is made of",
        mistake=(
            "The output is packed without `sorted_indices` and `unsorted_indices`. When it is padded, its "
            "rows come in the order of their lengths, and the caller takes them for other sequences'. Pass "
            "both on from the input."
        ),
        fails=("packed.structure",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "output, input.batch_sizes, input.sorted_indices, input.unsorted_indices",
                "output, input.batch_sizes",
            ),
        ),
    ),
    Fault(
        id="packed_indices_swapped",
        title="the two orders of packed sequences are swapped in the output",
        look_at="what the PackedSequence that is returned is made of",
        mistake=(
            "`sorted_indices` and `unsorted_indices` are given in each other's place. For two sequences they "
            "are the same, so that small trials do not show it. The sorted ones come first."
        ),
        fails=("packed.structure",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "input.sorted_indices, input.unsorted_indices",
                "input.unsorted_indices, input.sorted_indices",
            ),
        ),
    ),
    Fault(
        id="sorted_packs_crash",
        title="packed sequences that were sorted already are not provided for",
        look_at="what is asked of sorted_indices and unsorted_indices before they are used",
        mistake=(
            "Sequences that were packed with enforce_sorted=True have no `sorted_indices`: they are None. "
            "Sorting by them raises. Sort only where they are there."
        ),
        fails=("packed.structure",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "if input.unsorted_indices is not None:\n"
                "    h_n = h_n.index_select(1, input.unsorted_indices)",
                "h_n = h_n.index_select(1, input.unsorted_indices)",
            ),
        ),
    ),
    Fault(
        id="packed_run_padded",
        title="packed sequences are padded, and the padding is read like steps",
        look_at="what happens after the end of a short sequence",
        mistake=(
            "The sequences are padded, run as a batch and packed again. The output of one direction is "
            "right, but h_n is the state after the padding, and the reverse direction reads the padding "
            "first. Let each sequence end at its own last step."
        ),
        fails=("packed.output",),
        edits=(
            Edit(
                "base",
                "",
                "from torch.nn.utils.rnn import PackedSequence",
                "from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence",
            ),
            Edit(
                "base",
                "RNNBase.forward_packed",
                "layers = self.layers()",
                "in_order = input.sorted_indices is None\n"
                "padded, lengths = pad_packed_sequence(input)\n"
                "output, h_n = self.forward_time_first(padded, hx)\n"
                "return pack_padded_sequence(output, lengths, enforce_sorted=in_order), h_n\n"
                "layers = self.layers()",
            ),
        ),
    ),
    Fault(
        id="packed_read_as_one_sequence",
        title="packed sequences are read as one long sequence",
        look_at="what is read as the next step of a packed sequence",
        mistake=(
            "The rows of `data` are read one after another, as if they were the steps of a single sequence. "
            "The output has the right shape. In `data` the first `batch_sizes[0]` rows are the first step of "
            "all sequences, the next `batch_sizes[1]` rows the second, and so on."
        ),
        fails=("packed.output",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "output, h_n = self.run(input.data, batch_sizes, h_0, layers)",
                "output, h_n = self.run(input.data.unsqueeze(1), None, h_0[:, :1], layers)\n"
                "output, h_n = output.squeeze(1), h_n.expand_as(h_0)",
            ),
        ),
    ),
    Fault(
        id="first_sequences_end",
        title="when packed sequences end, the states of the wrong ones are kept",
        look_at="which rows of the state are kept when fewer sequences have a next step",
        mistake=(
            "The last rows are kept when sequences end, and the long sequences go on from the short ones' "
            "states. Packed sequences are sorted, longest first: those which have ended are the last rows."
        ),
        fails=("packed.output",),
        edits=(Edit("packing", "carry_over", "h_t[:batch_size]", "h_t[-batch_size:]"),),
    ),
    Fault(
        id="packed_data_turned_by_batch_first",
        title="batch_first transposes packed data",
        look_at="where the input is transposed for batch_first",
        mistake=(
            "With batch_first=True the data of packed sequences are transposed like a padded batch. They "
            "have no batch axis: one row is one step of one sequence, whatever batch_first says."
        ),
        fails=("packed.batch_first_ignored",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "output, h_n = self.run(input.data, batch_sizes, h_0, layers)",
                "data = input.data.transpose(0, 1) if self.batch_first else input.data\n"
                "output, h_n = self.run(data, batch_sizes, h_0, layers)",
            ),
        ),
    ),
    Fault(
        id="no_dropout_for_packed",
        title="dropout does not act on packed sequences",
        look_at="on which way through forward dropout stands",
        mistake=(
            "Dropout stands in the code for padded batches alone. Training on packed sequences goes without, "
            "and nothing tells. Apply it to the data that pass from layer to layer, packed or not."
        ),
        fails=("packed.dropout",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "training=training",
                "training=training and batch_sizes is None",
            ),
        ),
    ),
    Fault(
        id="packed_states_detached",
        title="the gradient of packed sequences stops where a sequence ends",
        look_at="what happens to the state when fewer sequences have a next step",
        mistake=(
            "The state is detached each time that a sequence of the batch ends, so that nothing before it is "
            "trained by what comes after. All numbers are right. Slicing needs no `detach` and no `.data`."
        ),
        fails=("packed.gradients",),
        edits=(Edit("packing", "carry_over", "h_t[:batch_size]", "h_t[:batch_size].detach()"),),
    ),
    Fault(
        id="packed_data_cast",
        title="packed data of another dtype are cast to that of the weights",
        look_at="what forward does about the dtype of a PackedSequence",
        mistake=(
            "A silent `input.to(weight.dtype)` hides a mistake of the caller: token numbers where their "
            "embeddings were meant, or float64 data that lose half their digits. A padded batch is refused. "
            "Compare the dtypes and raise."
        ),
        fails=("packed.dtype",),
        also=("messages.packed",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "layers = self.layers()",
                "layers = self.layers()\ninput = input.to(layers[0].forward.W_ih.dtype)",
            ),
        ),
    ),
    Fault(
        id="packed_input_detached",
        title="no gradient passes through the data of packed sequences to what comes before",
        look_at="what is read from a PackedSequence",
        mistake=(
            "The data are detached before the first layer. The weights of the network are trained, and the "
            "embeddings that the data come from are not. All numbers are right. Read `input.data` as it is: "
            "for a PackedSequence that is a field, and not the `.data` of a tensor."
        ),
        fails=("packed.gradients",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "self.run(input.data,",
                "self.run(input.data.detach(),",
            ),
        ),
    ),
    Fault(
        id="packed_rank_in_other_words",
        title="packed data of a wrong rank are refused in other words than torch's",
        look_at="the exception for a PackedSequence whose data are not (rows, features)",
        mistake=(
            "The call is refused, but with another text than torch's, which says how many axes are expected "
            "and how many there are."
        ),
        fails=("messages.packed",),
        edits=(
            Edit("arguments", "check_input", "input must have {rank} dimensions", "{rank} dimensions wanted"),
        ),
    ),
    Fault(
        id="packed_h_n_of_default_dtype",
        title="h_n of packed sequences is made in torch's default dtype",
        look_at="the tensor that h_n of packed sequences is put together in",
        mistake=(
            "The last states are written row by row into `torch.zeros(N, H)`, of torch's default dtype. "
            "The h_n of a float64 network is rounded to float32 so, and the next call refuses it. Write "
            "`h_t.new_zeros(N, H)`, or stack the rows."
        ),
        fails=("dtype.every_form",),
        edits=(
            Edit(
                "packing",
                "last_states",
                "return torch.cat(collected)",
                "h_n = torch.zeros(found, states[0].size(1))\nh_n[:] = torch.cat(collected)\nreturn h_n",
            ),
        ),
    ),
)
