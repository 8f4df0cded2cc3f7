"""Mistakes in what is kept between calls, and in results that share memory."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

BUILT = Edit(
    "base",
    "RNNBase.__init__",
    "self.reset_parameters()",
    "self.reset_parameters()\nself.kept = torch.zeros(0)",
)
ZEROS = ("base", "RNNBase.initial_state", "return input.new_zeros(shape)")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")
KEEP = "output, h_n = self.run(input, None, h_0, layers)\nself.kept = h_n.detach()\nreturn output, h_n"
GO_ON = "return self.kept if {} else input.new_zeros(shape)"

FAULTS = (
    Fault(
        id="state_kept_in_eval_mode",
        title="in eval mode each call begins from the last state of the call before",
        look_at="what is kept on the network after a call, and who reads it in eval mode",
        mistake=(
            "In eval mode the last state is kept on self and used by the next call, as when a text is "
            "generated step by step. Two sequences that have nothing to do with each other are then joined. "
            "Whoever wants to go on gives h_n back."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(*ZEROS, GO_ON.format("self.kept.shape == shape and not self.training")),
            Edit(*PADDED, KEEP),
        ),
    ),
    Fault(
        id="state_kept_in_train_mode",
        title="in train mode each call begins from the last state of the call before",
        look_at="what is kept on the network after a call, and who reads it in train mode",
        mistake=(
            "In train mode the last state is kept on self and used by the next batch, which has other "
            "sequences in it. In eval mode all is right. Without an h_0 every call begins from zeros."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(*ZEROS, GO_ON.format("self.kept.shape == shape and self.training")),
            Edit(*PADDED, KEEP),
        ),
    ),
    Fault(
        id="given_h_0_kept",
        title="an h_0 that was given once is used by later calls too",
        look_at="what becomes of h_0 after the call that it was given to",
        mistake=(
            "h_0 is stored on self, and a later call that is given none begins from it instead of from "
            "zeros. Calls that never get an h_0 are right. Use a local variable."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(*ZEROS, GO_ON.format("self.kept.shape == shape")),
            Edit(
                "base",
                "RNNBase.initial_state",
                "check_hx_size(hx, shape)",
                "check_hx_size(hx, shape)\nself.kept = hx.detach()",
            ),
        ),
    ),
    Fault(
        id="output_fades_after_calls",
        title="the output depends on how often the network was called",
        look_at="counters that forward keeps on self",
        mistake=(
            "A counter on self changes the result after some calls, as a schedule that is built into the "
            "network does. The first calls, which tests make, are right. A schedule belongs in the training "
            "loop."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(
                *PADDED,
                "self.calls = getattr(self, 'calls', 0) + 1\n"
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "return (output * 0.999 if self.calls > 4 else output), h_n",
            ),
        ),
    ),
    Fault(
        id="packed_state_kept",
        title="the last state of packed sequences is used by the next call",
        look_at="what is kept on the network after a call on packed sequences",
        mistake=(
            "The code for packed sequences keeps the last state on self, and the next call without an h_0 "
            "begins from it. Calls on padded sequences alone are right. Without an h_0 every call begins "
            "from zeros."
        ),
        fails=("purity.repeatable_in_every_form",),
        edits=(
            BUILT,
            Edit(*ZEROS, GO_ON.format("self.kept.shape == shape")),
            Edit(
                "base",
                "RNNBase.forward_packed",
                "packed_output = PackedSequence(",
                "self.kept = h_n.detach()\npacked_output = PackedSequence(",
            ),
        ),
    ),
    Fault(
        id="state_of_one_sequence_kept",
        title="one sequence begins from the last state of the one before",
        look_at="what is kept on the network after a call on one sequence",
        mistake=(
            "The code for one sequence without a batch axis keeps the last state on self and goes on from "
            "it. Batches are right. Without an h_0 every call begins from zeros; whoever wants to go on "
            "gives h_n back."
        ),
        fails=("purity.repeatable_in_every_form",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "output, h_n = self.forward_time_first(input.unsqueeze(1), hx)",
                "kept = getattr(self, 'kept', None)\n"
                "output, h_n = self.forward_time_first(input.unsqueeze(1), kept if hx is None else hx)\n"
                "self.kept = h_n.detach()",
            ),
        ),
    ),
    Fault(
        id="output_memory_used_again",
        title="the memory of the output is used again by the next call",
        look_at="where the output is stored",
        mistake=(
            "A tensor for the output is kept on self and filled at each call of the same shape. Results that "
            "the caller collects are all the last one in the end. Make a new tensor in every call."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if torch.is_grad_enabled():\n"
                "    return output, h_n\n"
                "if self.kept.shape != output.shape:\n"
                "    self.kept = torch.empty_like(output)\n"
                "return self.kept.copy_(output), h_n",
            ),
        ),
    ),
    Fault(
        id="h_n_memory_used_again",
        title="the memory of h_n is used again by the next call",
        look_at="where h_n is stored",
        mistake=(
            "A tensor for h_n is kept on self and filled at each call. The state that the caller keeps for "
            "later changes under its hands. Make a new tensor in every call."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if torch.is_grad_enabled():\n"
                "    return output, h_n\n"
                "if self.kept.shape != h_n.shape or self.kept.dtype != h_n.dtype:\n"
                "    self.kept = torch.empty_like(h_n)\n"
                "return output, self.kept.copy_(h_n)",
            ),
        ),
    ),
    Fault(
        id="output_memory_used_again_in_training",
        title="in train mode the memory of the output is used again by the next call",
        look_at="where the output is stored in train mode",
        mistake=(
            "In train mode under no_grad, a tensor for the output is kept on self and filled anew. Samples "
            "that are drawn with dropout on, to see how sure a model is, are then all the last one. Make a "
            "new tensor in every call."
        ),
        fails=("purity.repeatable",),
        edits=(
            BUILT,
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if torch.is_grad_enabled() or not self.training:\n"
                "    return output, h_n\n"
                "if self.kept.shape != output.shape:\n"
                "    self.kept = torch.empty_like(output)\n"
                "return self.kept.copy_(output), h_n",
            ),
        ),
    ),
    Fault(
        id="batch_first_h_n_is_view",
        title="with batch_first h_n is a view of the output",
        look_at="what h_n is made of where the input is batch-first",
        mistake=(
            "For a single layer the code for batch-first input cuts h_n out of the output, and both share "
            "memory: whoever changes one changes the other. Time-first input is right. Stack the states "
            "anew."
        ),
        fails=("purity.results_own_their_memory",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return output.transpose(0, 1), h_n",
                "return output.transpose(0, 1), output[-1:] if len(h_n) == 1 else h_n",
            ),
        ),
    ),
    Fault(
        id="one_h_n_is_view",
        title="for one sequence h_n is a view of the output",
        look_at="what h_n of one sequence is made of",
        mistake=(
            "For one sequence without a batch axis h_n is cut out of the output, and both share memory: "
            "whoever changes one changes the other. Batches are right. Stack the states anew."
        ),
        fails=("purity.results_own_their_memory",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "return output.squeeze(1), h_n.squeeze(1)",
                "return output.squeeze(1), output[-1] if len(h_n) == 1 else h_n.squeeze(1)",
            ),
        ),
    ),
)
