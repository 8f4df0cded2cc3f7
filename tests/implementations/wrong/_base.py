"""A correct RNN with torch.nn.RNN's interface, in small methods for a mistake to override."""
import torch
import torch.nn.functional as F
from torch import nn


class BaseRNN(nn.Module):
    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
    ):
        super().__init__()
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.nonlinearity = nonlinearity
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self.directions
            for suffix in ["", "_reverse"][: self.directions]:
                self.add(f"weight_ih_l{layer}{suffix}", hidden_size, width)
                self.add(f"weight_hh_l{layer}{suffix}", hidden_size, hidden_size)
                if bias:
                    self.add(f"bias_ih_l{layer}{suffix}", hidden_size)
                    self.add(f"bias_hh_l{layer}{suffix}", hidden_size)

    def add(self, name, *shape):
        bound = self.hidden_size**-0.5
        setattr(self, name, nn.Parameter(torch.empty(*shape).uniform_(-bound, bound)))

    def weights(self, layer, reverse):
        suffix = f"l{layer}_reverse" if reverse else f"l{layer}"
        names = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if self.bias else [])
        weights = [getattr(self, f"{name}_{suffix}") for name in names]
        return weights if self.bias else weights + [0.0, 0.0]

    def default_state(self, x):
        return x.new_zeros(self.num_layers * self.directions, x.size(1), self.hidden_size)

    def initial_state(self, hx, layer, reverse):
        return hx[layer * self.directions + reverse]

    def activation(self, a):
        return torch.tanh(a) if self.nonlinearity == "tanh" else torch.relu(a)

    def step(self, x_t, h, w_ih, w_hh, b_ih, b_hh):
        return self.activation(x_t @ w_ih.T + b_ih + h @ w_hh.T + b_hh)

    def run_steps(self, steps, h, weights):
        states = []
        for x_t in steps:
            h = self.step(x_t, h, *weights)
            states.append(h)
        return torch.stack(states), h

    def run_direction(self, x, h, layer, reverse):
        states, h = self.run_steps(x.flip(0) if reverse else x, h, self.weights(layer, reverse))
        return (states.flip(0) if reverse else states), h

    def between_layers(self, output, layer):
        if layer == self.num_layers - 1:
            return output
        return F.dropout(output, self.dropout, self.training)

    def stack_final_states(self, finals):
        return torch.stack(finals)

    def run_layers(self, x, hx):
        finals = []
        for layer in range(self.num_layers):
            outputs = []
            for reverse in range(self.directions):
                h = self.initial_state(hx, layer, reverse)
                output, h = self.run_direction(x, h, layer, reverse)
                outputs.append(output)
                finals.append(h)
            x = self.between_layers(torch.cat(outputs, dim=2), layer)
        return x, self.stack_final_states(finals)

    def to_time_first(self, input):
        return input.transpose(0, 1) if self.batch_first else input

    def forward(self, input, hx=None):
        if input.dim() == 2:
            hx = self.default_state(input.unsqueeze(1)) if hx is None else hx.unsqueeze(1)
            output, h_n = self.run_layers(input.unsqueeze(1), hx)
            return output.squeeze(1), h_n.squeeze(1)
        x = self.to_time_first(input)
        if hx is None:
            hx = self.default_state(x)
        shape = (self.num_layers * self.directions, x.size(1), self.hidden_size)
        if tuple(hx.shape) != shape:
            raise RuntimeError(f"Expected hidden size {shape}, got {list(hx.shape)}")
        output, h_n = self.run_layers(x, hx)
        return (output.transpose(0, 1) if self.batch_first else output), h_n
