"""Mistakes in what is asked of h_0: a wrong one is made to fit, or a right one is refused."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="h_0_broadcast_over_batch",
        title="an h_0 made for one sequence serves the whole batch",
        look_at="what is asked of h_0's shape",
        mistake=(
            "An h_0 (k*d, 1, H) is repeated for every sequence. It looks convenient, and hides that an "
            "encoder's state lost its batch. Require exactly (k*d, N, H); a caller who wants to repeat it "
            "writes `h_0.expand`."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx.expand(-1, batch_size, -1)\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_broadcast_over_layers",
        title="an h_0 made for one layer serves all of them",
        look_at="what is asked of h_0's shape",
        mistake=(
            "An h_0 (1, N, H) is repeated for every layer and direction. The result looks plausible, and "
            "every layer above the first begins from a state that was not meant for it. Require exactly "
            "(k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx.expand(slots, -1, -1)\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_of_more_layers_cut",
        title="the surplus layers of an h_0 are ignored",
        look_at="what is asked of h_0's shape",
        mistake=(
            "Rows of h_0 beyond the network's k*d are never read. A state of a deeper network is then taken "
            "without complaint, and its upper layers are lost. Require exactly (k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx[:slots]\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_of_more_sequences_cut",
        title="an h_0 for more sequences than there are is cut to the batch",
        look_at="what is asked of h_0's shape",
        mistake=(
            "The surplus rows of h_0 are dropped so that a smaller last batch runs. The rows that are left "
            "belong to the first sequences of another batch. Require exactly (k*d, N, H), and let the caller "
            "choose the rows."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx[:, :batch_size]\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_without_batch_axis_repeated",
        title="an h_0 without a batch axis is given one",
        look_at="what forward does with an h_0 of two axes",
        mistake=(
            "For a batch, an h_0 (k*d, H) is silently repeated for every sequence. Where (N, H) was meant, "
            "and N happens to be k*d, layers and sequences are mixed up. Require three axes for a batch."
        ),
        fails=("arguments.initial_state_rank",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "check_hx_rank(hx, 3)",
                "if hx.dim() == 2:\n"
                "    batch_size = input.size(0 if self.batch_first else 1)\n"
                "    hx = hx.unsqueeze(1).expand(-1, batch_size, -1)\n"
                "check_hx_rank(hx, 3)",
            ),
        ),
    ),
    Fault(
        id="h_0_reshaped_to_fit",
        title="h_0 is reshaped to the shape that is needed",
        look_at="what forward does with h_0 before it looks at its shape",
        mistake=(
            "A `view` or `reshape` accepts every h_0 that has the right count of numbers. One that comes "
            "batch-first, or with one axis more, is taken, and its rows go to the wrong sequences. Compare "
            "the shape itself, and raise."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "check_hx_rank(hx, 3)",
                "batch_size = input.size(0 if self.batch_first else 1)\n"
                "hx = hx.reshape(-1, batch_size, self.state_size)",
            ),
        ),
    ),
    Fault(
        id="h_0_cast",
        title="an h_0 of another dtype is cast to that of the input",
        look_at="what forward does about h_0's dtype",
        mistake=(
            "A silent `hx.to(input.dtype)` hides where a state lost or gained digits on its way from another "
            "network. Leave h_0 as it is: a product of two dtypes raises by itself."
        ),
        fails=("arguments.dtype",),
        edits=(Edit("base", "RNNBase.initial_state", "return hx", "return hx.to(input.dtype)"),),
    ),
    Fault(
        id="h_0_must_be_contiguous",
        title="an h_0 that is not contiguous is refused",
        look_at="what is asked of h_0",
        mistake=(
            "A transposed, sliced or expanded h_0 holds the same numbers as its contiguous copy, and has to "
            "be taken like it. Ask for the shape alone, and write `reshape` where `view` raises."
        ),
        fails=("arguments.not_contiguous",),
        edits=(
            Edit(
                "arguments",
                "check_hx_size",
                "if hx.size() != Size(expected):",
                "if not hx.is_contiguous():\n"
                '    raise RuntimeError("rnn: hx is not contiguous")\n'
                "if hx.size() != Size(expected):",
            ),
        ),
    ),
    Fault(
        id="h_0_turned_if_it_comes_batch_first",
        title="with batch_first, an h_0 that comes batch-first is turned",
        look_at="what forward does with h_0 where batch_first is True",
        mistake=(
            "An h_0 (N, k*d, H) is silently made (k*d, N, H). Where N equals k*d, nobody can tell which of "
            "the two was meant, and such batches are read wrongly. States are never batch-first: require "
            "(k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "check_hx_rank(hx, 3)",
                "check_hx_rank(hx, 3)\n"
                "slots = self.num_layers * self.num_directions\n"
                "if self.batch_first and hx.size(0) == input.size(0) != slots:\n"
                "    hx = hx.transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="one_layer_h_0_without_axis_accepted",
        title="with a single layer, an h_0 without the layers' axis is taken too",
        look_at="what forward does with an h_0 of two axes",
        mistake=(
            "Beside (1, N, H) an h_0 (N, H) is accepted, as long as there is one layer and one direction. "
            "With a second layer the same code stops, and where N is 1, an h_0 that lacks its batch axis is "
            "not found out. Require three axes for a batch."
        ),
        fails=("arguments.initial_state_rank",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "check_hx_rank(hx, 3)",
                "if hx.dim() == 2 and self.num_layers * self.num_directions == 1:\n"
                "    hx = hx.unsqueeze(0)\n"
                "check_hx_rank(hx, 3)",
            ),
        ),
    ),
)
