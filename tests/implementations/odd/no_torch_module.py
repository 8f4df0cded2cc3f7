"""Clumsy: a plain class, not an nn.Module, with weights in tensor attributes; right otherwise."""
import torch


class RNN:
    def __init__(self, input_size, hidden_size):
        self.hidden_size = hidden_size
        self.W_xh = (torch.randn(input_size, hidden_size) / input_size**0.5).requires_grad_()
        self.W_hh = (torch.randn(hidden_size, hidden_size) / hidden_size**0.5).requires_grad_()
        self.b_h = torch.zeros(hidden_size, requires_grad=True)

    def __call__(self, x, h_0=None):
        return self.forward(x, h_0)

    def forward(self, x, h_0=None):
        h = x.new_zeros(x.shape[1], self.hidden_size) if h_0 is None else h_0
        output = []
        for x_t in x:
            h = torch.tanh(x_t @ self.W_xh + h @ self.W_hh + self.b_h)
            output.append(h)
        return torch.stack(output), h
