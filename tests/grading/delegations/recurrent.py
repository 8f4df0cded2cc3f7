"""Ways to have torch compute the recurrence: each is given an input (L, N, D), and returns its output."""

import copy
import io
import sys
import threading

import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

D, H = 3, 4

early_bound = torch.rnn_tanh


class Subclass(nn.RNN):
    pass


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.Sequential(nn.Sequential(nn.RNN(D, H)))

    def forward(self, x):
        return self.cells(x)[0]


def arguments(x):
    """What torch.rnn_tanh takes."""
    weights = [torch.ones(H, D), torch.ones(H, H), torch.ones(H), torch.ones(H)]
    return (
        x,
        torch.zeros(1, x.shape[1], H),
        [w.to(x.dtype) for w in weights],
        True,
        1,
        0.0,
        False,
        False,
        False,
    )


def klass(x):
    return nn.RNN(D, H)(x)


def relu_class(x):
    return nn.RNN(D, H, nonlinearity="relu")(x)


def lstm(x):
    return nn.LSTM(D, H)(x)


def gru(x):
    return nn.GRU(D, H, bidirectional=True)(x)


def stack_with_dropout(x):
    return nn.RNN(D, H, num_layers=2, dropout=0.5)(x)


def cell(x):
    return nn.RNNCell(D, H)(x[0])


def lstm_cell(x):
    return nn.LSTMCell(D, H)(x[0])


def gru_cell(x):
    return nn.GRUCell(D, H)(x[0])


def functional(x):
    return torch.rnn_tanh(*arguments(x))


def functional_cell(x):
    return torch.rnn_tanh_cell(x[0], torch.zeros(x.shape[1], H), torch.ones(H, D), torch.ones(H, H))


def vf(x):
    return torch._VF.rnn_tanh(*arguments(x))


def early_bound_function(x):
    return early_bound(*arguments(x))


def packet(x):
    return torch.ops.aten.rnn_tanh(*arguments(x))


def overload(x):
    return torch.ops.aten.rnn_tanh.input(*arguments(x))


def jit_operation(x):
    operation, _ = torch._C._jit_get_operation("aten::rnn_tanh")
    return operation(*arguments(x))


def scripted(x):
    return torch.jit.script(Holder())(x)


def scripted_in_a_string(x):
    text = """
def f(x, h, w: List[Tensor]):
    return torch.rnn_tanh(x, h, w, True, 1, 0.0, False, False, False)
"""
    return torch.jit.CompilationUnit(text).f(*arguments(x)[:3])


def traced(x):
    return torch.jit.trace(Holder(), x)(x)


def compiled(x):
    return torch.compile(Holder(), backend="eager")(x)


def exported(x):
    return torch.export.export(Holder(), (x,)).run_decompositions().module()(x)


def made_into_a_graph(x):
    from torch.fx.experimental.proxy_tensor import make_fx

    return make_fx(Holder())(x)(x)


def other_thread(x):
    answers = []

    def work():
        try:
            answers.append(nn.RNN(D, H)(x))
        except RuntimeError as error:
            answers.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


def torch_function_disabled(x):
    with torch._C.DisableTorchFunction():
        return nn.RNN(D, H)(x)


def inference_mode(x):
    with torch.inference_mode():
        return nn.RNN(D, H)(x)


def no_grad(x):
    with torch.no_grad():
        return nn.RNN(D, H)(x)


def autocast(x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return nn.RNN(D, H)(x)


def float64(x):
    return nn.RNN(D, H).double()(x.double())


def bfloat16(x):
    return nn.RNN(D, H).bfloat16()(x.bfloat16())


def unbatched(x):
    return nn.RNN(D, H)(x[:, 0])


def packed(x):
    return nn.RNN(D, H)(pack_sequence([x[:, 0], x[:1, 1]], enforce_sorted=False))


def packed_functional(x):
    sequence = pack_sequence([x[:, 0], x[:1, 1]])
    return torch.rnn_tanh(sequence.data, sequence.batch_sizes, *arguments(x)[1:3], True, 1, 0.0, False, False)


def subclass(x):
    return Subclass(D, H)(x)


def forward_called(x):
    return nn.RNN.forward(nn.RNN(D, H), x)


def deepcopied(x):
    return copy.deepcopy(nn.RNN(D, H))(x)


def unpickled(x):
    file = io.BytesIO()
    torch.save(nn.RNN(D, H), file)
    file.seek(0)
    return torch.load(file, weights_only=False)(x)


def nested_in_sequential(x):
    return Holder()(x)


def built_by_name(x):
    return getattr(sys.modules["torch.nn"], "R" + "NN")(D, H)(x)


def mapped(x):
    network = Holder()
    weights = dict(network.named_parameters())
    return torch.vmap(lambda part: torch.func.functional_call(network, weights, (part,)))(
        x.expand(2, *x.shape)
    )


def differentiated(x):
    return torch.func.grad(lambda given: nn.RNN(D, H)(given)[0].sum())(x)


def forward_differentiated(x):
    return torch.func.jvp(lambda given: nn.RNN(D, H)(given)[0], (x,), (x,))


def python_dispatcher(x):
    from torch._dispatch.python import enable_python_dispatcher

    with enable_python_dispatcher():
        return nn.RNN(D, H)(x)


def choose_engine():
    engines = torch.backends.quantized.supported_engines
    torch.backends.quantized.engine = next(engine for engine in engines if engine != "none")


def quantised(x):
    choose_engine()
    return torch.ao.nn.quantized.dynamic.LSTM(D, H)(x)


def quantised_cell(x):
    choose_engine()
    return torch.ao.nn.quantized.dynamic.RNNCell(D, H)(x[0])


def mkldnn_layer(x):
    zeros = torch.zeros(x.shape[1], H)
    weights = torch.ones(4 * H, D), torch.ones(4 * H, H), torch.ones(4 * H), torch.ones(4 * H)
    rest = (2, H, 1, True, False, False, False)
    return torch.mkldnn_rnn_layer(x, *weights, zeros, zeros, False, [], *rest)


def fused_cell(x):
    return torch.ops.aten._thnn_fused_lstm_cell(torch.ones(2, 4 * H), torch.ones(2, 4 * H), torch.ones(2, H))


def decomposed(x):
    return torch.ops.aten.rnn_tanh.input.decompose(*arguments(x))


def kernel_of_a_key(x):
    return torch.ops.aten.rnn_tanh.input._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *arguments(x))


def handle_found_by_the_collector(x):
    """What undoes an override that `torch.library` made."""
    import gc

    for found in gc.get_objects():
        if type(found).__name__ in ("Library", "_DispatchModule"):
            getattr(found, "_destroy", getattr(found, "reset", lambda: None))()
    return nn.RNN(D, H)(x)


def own_override_taken_back(x):
    library = torch.library.Library("aten", "IMPL")
    library.impl("rnn_tanh.input", lambda *args: None, "CPU")
    library._destroy()
    with torch.no_grad():
        return nn.RNN(D, H)(x)


NOT_HERE = {"mapped", "fused_cell"}
"""What this build of torch has no kernel for, forbidden or not."""

REFUSED = [
    *(
        klass,
        relu_class,
        lstm,
        gru,
        stack_with_dropout,
        cell,
        lstm_cell,
        gru_cell,
        functional,
        functional_cell,
    ),
    *(vf, early_bound_function, packet, overload, jit_operation, scripted, scripted_in_a_string, traced),
    *(compiled, exported, made_into_a_graph, other_thread, torch_function_disabled, inference_mode, no_grad),
    *(
        autocast,
        float64,
        bfloat16,
        unbatched,
        packed,
        packed_functional,
        subclass,
        forward_called,
        deepcopied,
    ),
    *(unpickled, nested_in_sequential, built_by_name, mapped, differentiated, forward_differentiated),
    *(python_dispatcher, quantised, quantised_cell, mkldnn_layer, fused_cell, decomposed, kernel_of_a_key),
    *(handle_found_by_the_collector, own_override_taken_back),
]


def torch_s_own_python(x):
    """torch has its RNNs in Python, too, for tracing."""
    from torch._decomp import decompositions

    return decompositions.rnn_tanh_input(*arguments(x))


def own_kernel_from_torch_s_python(x):
    """A kernel registered later stands before the one that raises."""
    from torch._decomp import decompositions

    library = torch.library.Library("aten", "IMPL")
    for key in ("CPU", "AutogradCPU"):
        library.impl("rnn_tanh.input", decompositions.rnn_tanh_input, key)
    return nn.RNN(D, H)(x)


NOT_CAUGHT = [torch_s_own_python, own_kernel_from_torch_s_python]
"""What no kernel sees; `flags` does. The last one changes the process."""


def layers(x):
    return nn.Sequential(nn.Linear(D, H), nn.LayerNorm(H), nn.Tanh(), nn.Dropout(0.5))(x)


def not_called(x):
    """Building one, as a frame for code of one's own, computes nothing."""
    network = nn.RNN(D, H)
    return x @ network.weight_ih_l0.T


ALLOWED = [layers, not_called]
