"""Mistakes that change the caller's tensors in one form of call, the network itself, or the process."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")
UNBATCHED = ("base", "RNNBase.forward_unbatched")
TURNED = ("base", "RNNBase.forward_batched")

FAULTS = (
    Fault(
        id="h_0_overwritten_in_training",
        title="in train mode the last state is written into h_0",
        look_at="what is done with h_0 in train mode",
        mistake=(
            "In train mode h_n is written into the caller's h_0, so that the next batch goes on from there. "
            "Whoever gives the same h_0 to every batch gets another each time. Return h_n, and let the "
            "caller pass it on."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "return output, torch.stack(h_n)",
                "if training:\n    h_0.data.copy_(torch.stack(h_n))\nreturn output, torch.stack(h_n)",
            ),
        ),
    ),
    Fault(
        id="output_written_into_input",
        title="where the shapes fit, the output is written into the input",
        look_at="where the output is stored when D = H",
        mistake=(
            "To save memory the output is written over the input where it has the same shape. The caller's "
            "data are then the network's output, and a second call reads that. Give the output memory of "
            "its own."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if output.shape == input.shape and not torch.is_grad_enabled():\n"
                "    output = input.copy_(output).clone()\n"
                "return output, h_n",
            ),
        ),
    ),
    Fault(
        id="input_turned_in_place",
        title="a batch-first input is turned in place",
        look_at="how a batch-first input is made time-first",
        mistake=(
            "transpose_ turns the caller's own tensor: after the call it is (L, N, D), and the next call "
            "takes steps for sequences. transpose without the underscore returns a view."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(Edit(*TURNED, "input.transpose(0, 1)", "input.transpose_(0, 1)"),),
    ),
    Fault(
        id="h_0_overwritten_with_batch_first",
        title="with batch_first the last state is written into h_0",
        look_at="what is done with h_0 where the input is batch-first",
        mistake=(
            "The code for batch-first input stores h_n in the caller's h_0. Time-first input is right. "
            "Return h_n, and leave h_0 as it is."
        ),
        fails=("purity.every_form",),
        also=("gradients.batch_first",),
        edits=(
            Edit(
                *TURNED,
                "return output.transpose(0, 1), h_n",
                "if hx is not None:\n    hx.data.copy_(h_n)\nreturn output.transpose(0, 1), h_n",
            ),
        ),
    ),
    Fault(
        id="one_input_gets_batch_axis",
        title="one sequence gets its batch axis in place",
        look_at="how one sequence is given a batch axis",
        mistake=(
            "unsqueeze_ gives the caller's own tensor the batch axis. The call is right, and the next one "
            "with the same tensor gets a batch. unsqueeze without the underscore returns a view."
        ),
        fails=("purity.every_form",),
        edits=(Edit(*UNBATCHED, "input.unsqueeze(1)", "input.unsqueeze_(1)"),),
    ),
    Fault(
        id="one_h_0_gets_batch_axis",
        title="the h_0 of one sequence gets its batch axis in place",
        look_at="how h_0 is given a batch axis for one sequence",
        mistake=(
            "unsqueeze_ gives the caller's own h_0 the batch axis, so that it is refused the next time: for "
            "one sequence h_0 has two axes. unsqueeze without the underscore returns a view."
        ),
        fails=("purity.every_form",),
        edits=(Edit(*UNBATCHED, "hx.unsqueeze(1)", "hx.unsqueeze_(1)"),),
    ),
    Fault(
        id="h_0_overwritten_by_packed",
        title="for packed sequences the last state is written into h_0",
        look_at="what is done with h_0 for packed sequences",
        mistake=(
            "The code for packed sequences stores h_n in the caller's h_0. Padded input is right. Return "
            "h_n, and leave h_0 as it is."
        ),
        fails=("purity.every_form",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_packed",
                "packed_output = PackedSequence(",
                "if hx is not None:\n    hx.data.copy_(h_n)\npacked_output = PackedSequence(",
            ),
        ),
    ),
    Fault(
        id="input_made_to_require_grad",
        title="the input is made to require grad",
        look_at="flags that forward sets on the input",
        mistake=(
            "Forward calls requires_grad_() on the caller's input. From then on every computation with these "
            "data records a graph, and memory fills up. Whoever wants the gradient of the input sets the "
            "flag."
        ),
        fails=("purity.every_form",),
        also=("transforms.gradient",),
        edits=(
            Edit(
                *PADDED,
                "if torch.is_grad_enabled() and input.is_leaf:\n"
                "    input.requires_grad_()\n"
                "return self.run(input, None, h_0, layers)",
            ),
        ),
    ),
    Fault(
        id="weights_thawed_by_forward",
        title="forward makes frozen weights require grad again",
        look_at="flags that forward sets on the weights",
        mistake=(
            "Forward calls requires_grad_() on the weights, so that those that were frozen for fine-tuning "
            "are trained again. Parameters require grad from the beginning; leave the flag to the user."
        ),
        fails=("gradients.frozen_weights",),
        also=("transforms.gradient",),
        edits=(
            Edit(
                "base",
                "RNNBase.read_weights",
                "getattr(self, name) for",
                "getattr(self, name).requires_grad_() for",
            ),
        ),
    ),
    Fault(
        id="train_mode_set_by_forward",
        title="forward switches the network to train mode",
        look_at="what forward does to the mode of the network",
        mistake=(
            "Forward calls self.train(), so that the call after eval() is right and the next one drops "
            "numbers. The mode is set by whoever uses the network."
        ),
        fails=("purity.network_unchanged",),
        also=("gradients.values_kept",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\nself.train()\nreturn output, h_n",
            ),
        ),
    ),
    Fault(
        id="batch_first_switched_off",
        title="one sequence switches batch_first off",
        look_at="options that forward sets on self",
        mistake=(
            "For one sequence batch_first is switched off on self, and it stays off: every later batch is "
            "read with steps and sequences exchanged. Use a local variable."
        ),
        fails=("purity.network_unchanged",),
        edits=(Edit(*UNBATCHED, "output, h_n = self", "self.batch_first = False\noutput, h_n = self"),),
    ),
    Fault(
        id="gradients_cleared_by_forward",
        title="in train mode forward clears the gradients",
        look_at="what forward does to the gradients of the weights",
        mistake=(
            "Forward calls zero_grad(), so that the training loop need not. Gradients that are gathered over "
            "several batches are lost but for the last. Clear them in the training loop."
        ),
        fails=("purity.network_unchanged",),
        edits=(
            Edit(
                *PADDED, "if self.training:\n    self.zero_grad()\nreturn self.run(input, None, h_0, layers)"
            ),
        ),
    ),
)
