"""Mistakes with the device that tensors are made on, or moved to."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

ZEROS = ("base", "RNNBase.initial_state", "return input.new_zeros(shape)")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")

FAULTS = (
    Fault(
        id="h_0_of_default_device",
        title="the h_0 that forward makes is on torch's default device",
        look_at="how forward makes its own h_0",
        mistake=(
            "torch.zeros without a device makes a tensor on the CPU, wherever the network is. On a GPU every "
            "call without an h_0 raises. input.new_zeros has the dtype and the device of the input."
        ),
        fails=("dtype.other_device",),
        edits=(Edit(*ZEROS, "return torch.zeros(shape, dtype=input.dtype)"),),
    ),
    Fault(
        id="h_0_always_on_cpu",
        title="the h_0 that forward makes is on the CPU by name",
        look_at="the device that forward names for its own h_0",
        mistake=(
            'The h_0 that forward makes is given device="cpu". On a GPU every call without an h_0 raises. '
            "Give it the device of the input."
        ),
        fails=("dtype.device_of_input",),
        also=("messages.devices",),
        edits=(Edit(*ZEROS, 'return torch.zeros(shape, dtype=input.dtype, device="cpu")'),),
    ),
    Fault(
        id="results_moved_to_cpu",
        title="the results are moved to the CPU",
        look_at="what is done with the output and h_n before they are returned",
        mistake=(
            "Output and h_n are moved to the CPU, to be plotted or saved. On a GPU the layer above and the "
            "loss then raise, and every call waits for the copy. Let the caller move what it wants."
        ),
        fails=("dtype.device_of_input",),
        edits=(
            Edit(*PADDED, "output, h_n = self.run(input, None, h_0, layers)\nreturn output.cpu(), h_n.cpu()"),
        ),
    ),
    Fault(
        id="devices_that_differ_in_other_words",
        title="tensors on different devices are refused in other words than torch's",
        look_at="the exception for an h_0 or a weight that is on another device than the input",
        mistake=(
            "The call is refused, but not with torch's text, which names both devices and whose tensor it "
            "is. A reader who searches for that text does not find it."
        ),
        fails=("messages.devices",),
        edits=(
            Edit("arguments", "check_device", 'f"Input and {role} tensors', 'f"{role} and input tensors'),
        ),
    ),
    Fault(
        id="bfloat16_refused_under_autocast",
        title="under autocast, the bfloat16 of the layer below is refused",
        look_at="the check of the input's dtype",
        mistake=(
            "Under torch.autocast a Linear gives bfloat16, and the recurrent layer above it, with weights in "
            "float32, refuses that. Ask torch.is_autocast_enabled before dtypes are compared."
        ),
        fails=("other_dtypes.autocast",),
        edits=(
            Edit(
                "arguments",
                "autocast_is_on",
                "return torch.is_autocast_enabled(device_type)",
                "return False",
            ),
        ),
    ),
)
