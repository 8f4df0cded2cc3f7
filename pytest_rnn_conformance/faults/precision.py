"""Mistakes with dtypes, rounding, and numbers that are very large or no numbers."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

ZEROS = ("base", "RNNBase.initial_state", "return input.new_zeros(shape)")
EMPTY = ("base", "RNNBase.__init__", "values = torch.empty(shape, device=device, dtype=dtype)")
COMPUTE = ("base", "RNNBase.run", "check_devices(input, h_0, layers)")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")
PRODUCT = ("recurrence", "project", "return functional.linear(input, weights.W_ih, bias)")

FAULTS = (
    Fault(
        id="h_0_of_default_dtype",
        title="the h_0 that forward makes has torch's default dtype",
        look_at="how forward makes its own h_0",
        mistake=(
            "torch.zeros without a dtype makes a tensor of torch's default dtype. A float64 network then "
            "raises as soon as it is called without an h_0. input.new_zeros has the dtype and the device of "
            "the input."
        ),
        fails=("dtype.follows_module",),
        edits=(Edit(*ZEROS, "return torch.zeros(shape, device=input.device)"),),
    ),
    Fault(
        id="h_0_kept_from_constructor",
        title="zeros for h_0 are made once, in the constructor",
        look_at="tensors that the constructor keeps on self, beside the parameters",
        mistake=(
            "A plain tensor on self is neither parameter nor buffer: .double() and .to(device) convert the "
            "weights and leave it as it was. Make the zeros in forward, as the input is made."
        ),
        fails=("dtype.conversion",),
        also=("protocol.assigned_weights", "messages.devices"),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\n"
                "self.h_init = torch.zeros(self.state_size, device=device, dtype=dtype)",
            ),
            Edit(*ZEROS, "return self.h_init.expand(shape)"),
        ),
    ),
    Fault(
        id="h_0_kept_from_first_call",
        title="zeros for h_0 are kept and used again while the shape is the same",
        look_at="what forward keeps for its next call",
        mistake=(
            "The zeros of the last call are used again where their shape fits. After .double() or a move to "
            "a GPU they are still what they were. Making zeros costs next to nothing."
        ),
        fails=("dtype.conversion",),
        also=("transforms.export",),
        edits=(
            Edit(
                *ZEROS,
                "if getattr(self, 'zeros', None) is None or self.zeros.shape != shape:\n"
                "    self.zeros = input.new_zeros(shape)\n"
                "return self.zeros",
            ),
        ),
    ),
    Fault(
        id="weights_always_float32",
        title="weights are float32 unless a dtype is given",
        look_at="the dtype of new parameters where none is asked for",
        mistake=(
            "The constructor asks for float32 where no dtype is given, whatever torch's default dtype is. "
            "Pass dtype=None on: torch then takes its default."
        ),
        fails=("dtype.default",),
        edits=(Edit(*EMPTY, "values = torch.empty(shape, device=device, dtype=dtype or torch.float32)"),),
    ),
    Fault(
        id="dtype_argument_ignored",
        title="the argument dtype is accepted and ignored",
        look_at="what becomes of the argument dtype",
        mistake=(
            "The constructor takes dtype and makes its weights without it. A network built with "
            "dtype=torch.float64 refuses an input of float64."
        ),
        fails=("dtype.follows_module",),
        edits=(Edit(*EMPTY, "values = torch.empty(shape, device=device)"),),
    ),
    Fault(
        id="results_always_float32",
        title="the results are cast to float32",
        look_at="what is done with the output and h_n before they are returned",
        mistake=(
            "Output and h_n are made float32, whatever the network computes in. All but seven digits of a "
            "float64 network are gone, and a loss in float64 refuses the output."
        ),
        fails=("dtype.follows_module",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\nreturn output.float(), h_n.float()",
            ),
        ),
    ),
    Fault(
        id="states_through_float32",
        title="states are rounded to float32 after every step",
        look_at="casts in the loop over the steps",
        mistake=(
            "Every state goes through float32 and back. float32 networks are right; in float64 eight of "
            "fifteen digits are lost, and gradcheck fails."
        ),
        fails=("dtype.full_precision",),
        also=("other_dtypes.complex",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "states.append(h_t)",
                "h_t = h_t.to(torch.float32).to(p_t.dtype)\nstates.append(h_t)",
            ),
        ),
    ),
    Fault(
        id="weights_through_bfloat16",
        title="weights are rounded to bfloat16 before use",
        look_at="what is done with the weights before they are used",
        mistake=(
            "The weights go through bfloat16, which has three digits. What is trained in that way is not "
            "what a checkpoint says. Use torch.autocast, or convert the whole network."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "base",
                "RNNBase.layers",
                "directions = [Weights(*w[:2], *no_biases, *w[2:]) for w in self.read_weights()]",
                "directions = [\n"
                "    Weights(*(weight.to(torch.bfloat16).to(weight.dtype) for weight in weights))\n"
                "    for weights in self.read_weights()\n"
                "]",
            ),
        ),
    ),
    Fault(
        id="output_rounded_for_evaluation",
        title="where no gradient is recorded, the output is rounded to six decimals",
        look_at="what is done with the output under torch.no_grad()",
        mistake=(
            "Outputs are rounded, to look tidy when they are printed or saved. Training is right, as "
            "rounding is left out there; evaluation and training then differ. Round what is shown, not what "
            "is computed."
        ),
        fails=("dtype.full_precision",),
        also=("other_dtypes.complex",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if torch.is_grad_enabled():\n"
                "    return output, h_n\n"
                "return output.round(decimals=6), h_n",
            ),
        ),
    ),
    Fault(
        id="half_precision_refused",
        title="only float32 and float64 are accepted",
        look_at="which dtypes of the input are let pass",
        mistake=(
            "A list of dtypes that was meant to keep whole numbers out keeps bfloat16 and float16 out as "
            "well. It is enough that input and weights have the same dtype."
        ),
        fails=("other_dtypes.half",),
        edits=(
            Edit(
                *COMPUTE,
                "check_devices(input, h_0, layers)\n"
                "if input.dtype not in (torch.float32, torch.float64, torch.complex64):\n"
                "    raise TypeError('expected float32 or float64')",
            ),
        ),
    ),
    Fault(
        id="half_precision_overflows",
        title="intermediate results are too large for float16",
        look_at="constants by which the projection is multiplied and divided",
        mistake=(
            "The projection is scaled up and down again, which float32 and float64 do not mind. float16 ends "
            "at 65504, and what is beyond becomes infinite. Leave scaling to the training loop, as torch.amp "
            "does."
        ),
        fails=("other_dtypes.half",),
        edits=(
            Edit(
                *PRODUCT,
                "product = functional.linear(input * 1e5, weights.W_ih) / 1e5\n"
                "return product if bias is None else product + bias",
            ),
        ),
    ),
    Fault(
        id="w_hh_conjugated",
        title="W_hh is used conjugated",
        look_at="how W_hh is transposed",
        mistake=(
            "mH and adjoint transpose a matrix and conjugate it. For real weights that is the transpose; for "
            "complex ones every imaginary part has the wrong sign. Use t() or mT."
        ),
        fails=("other_dtypes.complex",),
        edits=(Edit("recurrence", "recur", "W_hh.t()", "W_hh.mH"),),
    ),
    Fault(
        id="nan_replaced",
        title="NaN in the input is replaced by 0",
        look_at="what is done with the input before the first layer",
        mistake=(
            "nan_to_num makes zeros of NaN. What went wrong before the network no longer shows, and training "
            "goes on with made-up data. Let NaN pass through."
        ),
        fails=("numerics.nan_passes_through",),
        edits=(Edit("layers", "run_layers", "output = input", "output = torch.nan_to_num(input)"),),
    ),
    Fault(
        id="tanh_overflows",
        title="tanh is a quotient of exponentials that overflow",
        look_at="how tanh is written",
        mistake=(
            "(e^x - e^-x) / (e^x + e^-x) is tanh for ordinary numbers. From about 710 on, in float32 from 89 "
            "on, it is infinity over infinity, which is NaN. Use torch.tanh."
        ),
        fails=("numerics.large_inputs",),
        edits=(
            Edit(
                "recurrence",
                "",
                '"tanh": torch.tanh_',
                '"tanh": lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())',
            ),
        ),
    ),
    Fault(
        id="relu_slope_at_zero",
        title="the slope of relu at 0 is 1",
        look_at="how relu is written",
        mistake=(
            "clamp(min=0) has the values of relu, but its gradient at exactly 0 is 1 and not 0. With zero "
            "biases, or padding of zeros, the argument is often exactly 0. Use torch.relu."
        ),
        fails=("gradients.relu_at_zero",),
        edits=(Edit("recurrence", "", '"relu": torch.relu_', '"relu": lambda x: x.clamp(min=0)'),),
    ),
    Fault(
        id="weights_scaled_and_result_divided",
        title="W_ih is multiplied by a factor and the product divided by it again",
        look_at="factors in the product of input and W_ih",
        mistake=(
            "A factor is put on W_ih and taken off the product. On paper that changes nothing; in floating "
            "point it rounds twice, and even whole numbers come out with a tail of digits."
        ),
        fails=("numerics.exact_integers",),
        edits=(
            Edit(
                *PRODUCT,
                "scale = weights.W_hh.size(0) ** 0.5\n"
                "product = functional.linear(input, weights.W_ih * scale) / scale\n"
                "return product if bias is None else product + bias",
            ),
        ),
    ),
    Fault(
        id="share_memory_does_nothing",
        title="share_memory does nothing",
        look_at="methods of nn.Module that the network overrides",
        mistake=(
            "The network has a share_memory of its own that moves nothing. Processes that should train one "
            "network together then train one each. Leave the method to nn.Module."
        ),
        fails=("dtype.shared_memory",),
        edits=(
            Edit(
                "base",
                "RNNBase.flatten_parameters",
                "def flatten_parameters(",
                "def share_memory(self):\n    return self\n\ndef flatten_parameters(",
            ),
        ),
    ),
)
