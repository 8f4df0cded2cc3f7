"""Ways to have torch.nn compute a layer, and what the policy `no-nn` leaves: each is given (L, N, D)."""

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

D, H = 3, 4
W, b = torch.ones(H, D), torch.ones(H)


def linear(x):
    return nn.Linear(D, H)(x)


def linear_without_bias(x):
    return nn.Linear(D, H, bias=False)(x)


def functional_linear(x):
    return F.linear(x, W, b)


def early_bound_linear(x):
    return torch._C._nn.linear(x, W)


def operator(x):
    return torch.ops.aten.linear(x, W, b)


def decomposed(x):
    return torch.ops.aten.linear.default.decompose(x, W, b)


def in_inference_mode(x):
    with torch.inference_mode():
        return nn.Linear(D, H)(x)


def mapped(x):
    return torch.vmap(nn.Linear(D, H))(x)


def scripted(x):
    return torch.jit.script(nn.Sequential(nn.Linear(D, H)))(x)


def compiled(x):
    return torch.compile(nn.Linear(D, H), backend="eager")(x)


def quantised(x):
    engines = torch.backends.quantized.supported_engines
    torch.backends.quantized.engine = next(engine for engine in engines if engine != "none")
    return torch.ao.nn.quantized.dynamic.Linear(D, H)(x)


def bilinear(x):
    return nn.Bilinear(D, D, H)(x, x)


def convolution(x):
    return F.conv1d(x.mT, W[..., None])


def convolution_in_two_dimensions(x):
    return nn.Conv2d(1, H, 2)(x[:, None])


def transposed_convolution(x):
    return nn.ConvTranspose1d(D, H, 1)(x.mT)


def layer_norm(x):
    return nn.LayerNorm(D)(x)


def functional_layer_norm(x):
    return torch.layer_norm(x, (D,))


def batch_norm(x):
    return nn.BatchNorm1d(x.shape[1])(x)


def group_norm(x):
    return nn.GroupNorm(1, x.shape[1])(x)


def instance_norm(x):
    return nn.InstanceNorm1d(D)(x)


def rms_norm(x):
    return nn.RMSNorm(D)(x)


def embedding(x):
    return nn.Embedding(D, H)(torch.zeros(2, dtype=torch.int64))


def embedding_bag(x):
    return nn.EmbeddingBag(D, H)(torch.zeros(1, 2, dtype=torch.int64))


def attention(x):
    return F.scaled_dot_product_attention(x, x, x)


def multihead_attention(x):
    return nn.MultiheadAttention(D, 1)(x, x, x)


def transformer(x):
    return nn.TransformerEncoderLayer(D, 1, 2)(x)


def recurrent(x):
    return nn.RNN(D, H)(x)


REFUSED = [
    *(
        linear,
        linear_without_bias,
        functional_linear,
        early_bound_linear,
        operator,
        decomposed,
        in_inference_mode,
    ),
    *(mapped, scripted, compiled, quantised, bilinear, convolution, convolution_in_two_dimensions),
    *(
        transposed_convolution,
        layer_norm,
        functional_layer_norm,
        batch_norm,
        group_norm,
        instance_norm,
        rms_norm,
    ),
    *(embedding, embedding_bag, attention, multihead_attention, transformer, recurrent),
]
NOT_HERE: set[str] = set()
NOT_CAUGHT: list[object] = []


def products(x):
    steps = [
        torch.addmm(b, x[0], W.T),
        x @ W.T + b,
        torch.einsum("lnd,hd->lnh", x, W),
        torch.matmul(W, x[0, 0]),
    ]
    return steps, torch.bmm(x, x.mT), torch.tensordot(x, W, ([2], [1])), torch.baddbmm(x @ x.mT, x, x.mT)


def elementwise(x):
    return (
        torch.tanh(x),
        x.sigmoid(),
        torch.relu(x),
        torch.softmax(x, 0),
        torch.dropout(x, 0.5, True),
        x.exp(),
    )


def elementwise_in_torch_nn(x):
    """What kernels cannot tell from the above."""
    return nn.Tanh()(x), F.relu(x), F.softmax(x, 0), nn.Dropout()(x), F.sigmoid(x), F.hardtanh(x), F.gelu(x)


def containers(x):
    held = nn.ModuleList([nn.ParameterList([nn.Parameter(W)]), nn.Linear(D, H), nn.ParameterDict({"b": b})])
    nn.init.xavier_uniform_(held[1].weight)
    nn.init.orthogonal_(held[1].weight)
    return x @ held[1].weight.T + held[1].bias


def shapes(x):
    return (
        torch.stack(list(x)),
        torch.cat([x, x.flip(0)]),
        F.pad(x, (1, 1)),
        x.unbind(),
        F.one_hot(x[0, 0].long() * 0),
    )


def losses(x):
    return F.mse_loss(x, x), nn.CrossEntropyLoss()(x[0], torch.zeros(2, dtype=torch.int64))


def packing(x):
    return pad_packed_sequence(pack_padded_sequence(x, torch.tensor([3, 2])))


def algebra(x):
    return torch.matrix_exp(x @ x.mT), torch.linalg.norm(x), torch.linalg.qr(x), x.norm(), torch.cdist(x, x)


def training(x):
    weight = W.clone().requires_grad_()
    torch.tanh(x @ weight.T).pow(2).mean().backward()
    torch.optim.Adam([weight]).step()


ALLOWED = [
    products,
    elementwise,
    elementwise_in_torch_nn,
    containers,
    shapes,
    losses,
    packing,
    algebra,
    training,
]
