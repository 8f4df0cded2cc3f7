"""Mistakes that show where torch calls, differentiates, compiles or exports a network in ways of its own."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

READ = (
    "base",
    "RNNBase.read_weights",
    "return [[getattr(self, name) for name in names] for names in self.parameter_names]",
)
GROUP = ("base", "RNNBase.layers", "directions = [Weights(*weights) for weights in self.read_weights()]")
CHECK = ("base", "RNNBase.forward", "check_rank(input, self.mode)")
METHOD = ("base", "RNNBase", "def flatten_parameters(self) -> None:")
TANH = ("recurrence", "", '"tanh": torch.tanh_,')
TABLE = (
    "recurrence",
    "",
    "# In place: they overwrite the sum that `recur` has just made, which no one else needs.",
)


def tanh_written_by_hand(*methods: str) -> tuple[Edit, ...]:
    """Put a class with these methods in the place of tanh."""
    lines = [line if not line else f"    {line}" for method in methods for line in method.splitlines()]
    return (
        Edit(*TABLE, "\n".join(["class Tanh(torch.autograd.Function):", *lines, "", TABLE[-1]])),
        Edit(*TANH, '"tanh": Tanh.apply,'),
    )


FORWARD_WITH_CONTEXT = """\
@staticmethod
def forward(ctx, a):
    h = torch.tanh(a)
    ctx.save_for_backward(h)
    return h
"""
FORWARD = """\
@staticmethod
def forward(a):
    return torch.tanh(a)

@staticmethod
def setup_context(ctx, inputs, output):
    ctx.save_for_backward(output)
"""
BACKWARD = """\
@staticmethod
def backward(ctx, gradient):
    (h,) = ctx.saved_tensors
    return gradient * (1 - h * h)
"""
BACKWARD_ONCE = f"""\
@staticmethod
@torch.autograd.function.once_differentiable
{BACKWARD.partition(chr(10))[2]}"""

FAULTS = (
    Fault(
        id="weights_listed_when_set",
        title="the weights are read from a list that is renewed only when a weight is set",
        look_at="where forward takes the weights from, and what keeps that up to date",
        mistake=(
            "A list of the weights is made once, and `__setattr__` puts a weight into it that is set later. "
            "torch.func.functional_call sets none: it puts tensors in their place for one call, and forward "
            "goes on with those on the list. Look every weight up by its name in forward."
        ),
        fails=("transforms.functional_call",),
        also=("messages.devices",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\nself.listed = dict(self._parameters)",
            ),
            Edit(
                *METHOD,
                "def __setattr__(self, name, value):\n"
                "    super().__setattr__(name, value)\n"
                "    if 'listed' in self.__dict__ and isinstance(value, nn.Parameter):\n"
                "        self.listed[name] = value\n"
                "\n"
                "def flatten_parameters(self) -> None:",
            ),
            Edit(
                *READ,
                "def read(name):\n"
                "    return self.listed[name] if name in self._parameters else getattr(self, name)\n"
                "\n"
                "return [[read(name) for name in names] for names in self.parameter_names]",
            ),
        ),
    ),
    Fault(
        id="weights_made_parameters",
        title="forward makes a parameter of every weight that is none",
        look_at="what forward does to a weight before it is used",
        mistake=(
            "Where a weight is a plain tensor, as under a parametrization or in a functional call, it is "
            "wrapped in nn.Parameter. The numbers are right, but a new parameter is a leaf: no gradient "
            "passes from it to what it was made of. Use the weight as it is."
        ),
        fails=("transforms.gradient", "protocol.parametrization"),
        edits=(
            Edit(
                *READ,
                "def read(name):\n"
                "    weight = getattr(self, name)\n"
                "    return weight if isinstance(weight, nn.Parameter) else nn.Parameter(weight)\n"
                "\n"
                "return [[read(name) for name in names] for names in self.parameter_names]",
            ),
        ),
    ),
    Fault(
        id="tanh_without_setup_context",
        title="tanh is an autograd.Function that saves for backward inside its forward",
        look_at="the classes of autograd.Function, and the arguments of their forward",
        mistake=(
            "`forward(ctx, a)` computes and saves at once. Backward is right, but torch.func.grad refuses "
            "such a class, and forward mode has no derivative. What torch has, as it has tanh, need not be "
            "written again; else write `forward(a)`, `setup_context` and `jvp`."
        ),
        fails=("transforms.gradient", "gradients.forward_mode"),
        edits=tanh_written_by_hand(FORWARD_WITH_CONTEXT, BACKWARD),
    ),
    Fault(
        id="tanh_without_jvp",
        title="tanh is an autograd.Function without a derivative in forward mode",
        look_at="the classes of autograd.Function, and which methods they have",
        mistake=(
            "The class has a backward and no `jvp`: gradients are right, and forward-mode differentiation "
            "raises. What torch has, as it has tanh, need not be written again."
        ),
        fails=("gradients.forward_mode",),
        edits=tanh_written_by_hand(FORWARD, BACKWARD),
    ),
    Fault(
        id="float32_tanh_differentiated_once",
        title="in float32 tanh is an autograd.Function whose gradient cannot be differentiated again",
        look_at="what is done for float32 alone, and its backward",
        mistake=(
            "A faster tanh for float32 has a backward that is marked `once_differentiable`. Gradients are "
            "right, and those of float64 can be differentiated again; in float32, in which networks are "
            "trained, a gradient penalty raises. Write backward in operations that torch can differentiate."
        ),
        fails=("dtype.float32_second_gradients",),
        edits=(
            *tanh_written_by_hand(FORWARD_WITH_CONTEXT, BACKWARD_ONCE)[:1],
            Edit(*TANH, '"tanh": lambda a: Tanh.apply(a) if a.dtype == torch.float32 else torch.tanh_(a),'),
        ),
    ),
    Fault(
        id="compiled_without_h_0",
        title="compiled or exported, it begins from zeros whatever h_0 is given",
        look_at="what depends on whether the code is being compiled",
        mistake=(
            "A shorter way for the compiler, under torch.compiler.is_compiling(), makes the initial state "
            "itself and leaves out the one that is given. Without compiling all is right. Compute the same "
            "in both ways, best in one."
        ),
        fails=("transforms.compile", "transforms.export"),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "if hx is None:",
                "if hx is None or torch.compiler.is_compiling():",
            ),
        ),
    ),
    Fault(
        id="compiled_bias_is_constant",
        title="compiled, the sum of the biases is a constant",
        look_at="the functions that are decorated for the compiler",
        mistake=(
            "The function that adds the biases is decorated with assume_constant_result, so that a compiled "
            "network adds them once. From then on they are numbers: training changes the biases, and the "
            "compiled network neither sees it nor gives them a gradient. Take the decorator away."
        ),
        fails=("transforms.compile",),
        edits=(
            Edit(
                "recurrence",
                "fused_bias",
                "def fused_bias(",
                "@torch.compiler.assume_constant_result\ndef fused_bias(",
            ),
        ),
    ),
    Fault(
        id="branch_on_numbers",
        title="forward looks at the numbers of the input, and goes on as they say",
        look_at="an `if`, `max()` or `any()` on the input's numbers, in forward",
        mistake=(
            "An input with a very large number in it is refused: `if (input.abs() > 1e30).any()`. An export "
            "has shapes and no numbers, and cannot know which way to go; on a GPU each call waits for the "
            "answer. Leave numbers as they are."
        ),
        fails=("transforms.export",),
        also=("messages.devices",),
        edits=(
            Edit(
                *CHECK,
                "if (input.abs() > 1e30).any():\n"
                "    raise OverflowError('the input is too large')\n"
                "check_rank(input, self.mode)",
            ),
        ),
    ),
    Fault(
        id="exact_type_of_input",
        title="the input must be of exactly the type torch.Tensor",
        look_at="a comparison of types, `type(input)`",
        mistake=(
            "`type(input) is torch.Tensor` is false for a subclass, and what an export passes through "
            "forward is one. Use isinstance, or nothing at all."
        ),
        fails=("transforms.export",),
        edits=(
            Edit(
                *CHECK,
                "if type(input) is not torch.Tensor:\n"
                "    raise TypeError(f'expected a torch.Tensor, got {type(input).__name__}')\n"
                "check_rank(input, self.mode)",
            ),
        ),
    ),
    Fault(
        id="steps_counted_by_tensor",
        title="the number of steps is taken out of a tensor",
        look_at="`.item()` or `int(...)` of a tensor, in forward",
        mistake=(
            "A tensor of lengths is made for the batch, and its largest number says how many steps are read. "
            "It is right, but a size of a tensor is a number of Python already, and a number in a tensor is "
            "unknown to an export, and on the meta device. Use `input.size(0)`."
        ),
        fails=("transforms.export",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "check_length(input)",
                "check_length(input)\n"
                "lengths = torch.full((max(1, input.size(1)),), input.size(0))\n"
                "input = input[: int(lengths.max())]",
            ),
        ),
    ),
    Fault(
        id="h_0_filled_row_by_row",
        title="the initial state is filled in a loop over the sequences of the batch",
        look_at="loops over the rows of a batch",
        mistake=(
            "Zeros are written into h_0 one sequence after the other. It is right, but a loop of Python has "
            "a number of rounds, and an export for batches of any size has none to give. Make all rows at "
            "once."
        ),
        fails=("transforms.export_with_any_batch",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return input.new_zeros(shape)",
                "h_0 = input.new_empty(shape)\n"
                "for row in range(batch_size):\n"
                "    h_0[:, row] = 0\n"
                "return h_0",
            ),
        ),
    ),
)
